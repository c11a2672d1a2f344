use pyo3::prelude::*;

#[inline(never)]
fn same_size(rows: &[Vec<u8>]) -> usize {
    let first = rows[0].len();
    for row in rows {
        assert_eq!(row.len(), first, "all rows of a shelf are of one length");
    }
    first
}

/// The length of all rows.
#[pyfunction]
#[inline(never)]
pub fn check(rows: Vec<Vec<u8>>) -> usize {
    same_size(&rows)
}

#[pyclass]
pub struct Shelf {
    places: Vec<Option<String>>,
}

#[pymethods]
impl Shelf {
    #[new]
    fn new(places: Vec<Option<String>>) -> Self {
        Self { places }
    }

    #[inline(never)]
    fn take(&mut self, place: usize) -> String {
        match self.places[place].take() {
            Some(what) => what,
            None => unreachable!("place {place} was counted as full"),
        }
    }
}
