use pyo3::prelude::*;
use std::hint::black_box;

#[pyfunction]
#[inline(never)]
pub fn first_word(text: &str, length: usize) -> String {
    text[..length].to_owned()
}

#[pyfunction]
#[inline(never)]
pub fn field(line: &str, number: usize) -> String {
    let fields: Vec<&str> = line.split(';').collect();
    fields[number].to_owned()
}

#[pyfunction]
#[inline(never)]
pub fn decode_header(bytes: Vec<u8>) -> u32 {
    let head = bytes.get(..4).unwrap();
    u32::from_be_bytes(head.try_into().unwrap())
}

#[pyfunction]
#[inline(never)]
pub fn digits(text: &str) -> u64 {
    text.parse::<u64>().unwrap()
}

#[pyfunction]
#[inline(never)]
pub fn checksum(bytes: Vec<u8>) -> u8 {
    let mut sum = 0_u8;
    for byte in bytes {
        sum += byte;
    }
    sum
}

#[pyfunction]
#[inline(never)]
pub fn ratio(one: i64, two: i64) -> i64 {
    black_box(one) / black_box(two)
}

#[pyfunction]
#[inline(never)]
pub fn parse_flag(text: &str) -> bool {
    match text {
        "y" => true,
        "n" => false,
        "m" => todo!("modules are not built yet"),
        _ => unreachable!("flag {text:?} was validated before"),
    }
}

#[pyfunction]
#[inline(never)]
pub fn reserve(items: usize) -> usize {
    let room: Vec<[u8; 4096]> = Vec::with_capacity(items);
    black_box(room).capacity()
}

/// Call back for every item.
#[pyfunction]
#[inline(never)]
pub fn walk(items: Vec<Bound<'_, PyAny>>, visit: &Bound<'_, PyAny>) -> PyResult<usize> {
    for item in &items {
        visit_one(item, visit)?;
    }
    Ok(items.len())
}

#[inline(never)]
fn visit_one(item: &Bound<'_, PyAny>, visit: &Bound<'_, PyAny>) -> PyResult<()> {
    visit.call1((item,))?;
    Ok(())
}

#[pyfunction]
#[inline(never)]
pub fn column(line: &str, number: usize) -> String {
    let columns: Vec<&str> = line.split(';').collect();
    columns[number].to_owned()
}

/// In a thread; whether all went well.
#[pyfunction]
#[inline(never)]
pub fn spawn_check(py: Python<'_>, number: u64) -> bool {
    py.detach(|| {
        std::thread::Builder::new()
            .name("checker".into())
            .spawn(move || assert!(number < 5, "number {number} is too large"))
            .unwrap()
            .join()
            .is_ok()
    })
}

#[pyfunction]
#[inline(never)]
pub fn nibble(text: &str) -> u8 {
    u8::from_str_radix(text, 16).expect("one hexadecimal digit")
}
