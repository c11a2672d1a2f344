//! Which locks a function still has at a line: each `here()` says so behind it, and when it runs.
//!
//! `held` are those that it has for certain, in every edition of Rust; `perhaps` those of which the source cannot tell, or not
//! without the edition; what is not named it has not. "closure": the line is in a closure whose function called it. "thread": in
//! a closure that another thread runs. `rustc --edition 2021` and `2024` build this, and it ends with an error where the comments are not true.
//! The comments were written before the reader of sources was changed.
#![allow(unused, let_underscore_lock, clippy::all)]

use std::cell::RefCell;
use std::panic::Location;
use std::sync::{Condvar, Mutex, MutexGuard, RwLock};

type Numbers = Vec<u64>;

static A: Mutex<Numbers> = Mutex::new(Vec::new());
static B: Mutex<Numbers> = Mutex::new(Vec::new());
static C: Mutex<Numbers> = Mutex::new(Vec::new());
static R: RwLock<Numbers> = RwLock::new(Vec::new());
static CHANGED: Condvar = Condvar::new();

/// What is held where it is called; compared with the comment of the line.
#[track_caller]
fn here() -> u64 {
    let line = Location::caller().line() as usize;
    let comment = include_str!("guards.rs").lines().nth(line - 1).unwrap_or("");
    let told = |word: &str| -> Vec<String> {
        let rest = comment.split("//").nth(1).unwrap_or("").split(word).nth(1).unwrap_or("");
        let list = rest.split(|letter| letter == ';').next().unwrap_or("");
        list.split(',').map(|name| name.trim().to_owned()).collect()
    };
    let (held, perhaps) = (told("held:"), told("perhaps:"));
    for (name, taken) in [
        ("A", A.try_lock().is_err()),
        ("B", B.try_lock().is_err()),
        ("C", C.try_lock().is_err()),
        ("R", R.try_write().is_err()),
    ] {
        let (name, text) = (name.to_owned(), if taken { "held" } else { "free" });
        if !perhaps.contains(&name) && held.contains(&name) != taken {
            println!("line {line}: {name} is {text}");
            WRONG.lock().unwrap().push(line);
        }
        if perhaps.contains(&name) {
            println!("line {line}: {name} is {text}, which nobody need know");
        }
    }
    7
}

static WRONG: Mutex<Vec<usize>> = Mutex::new(Vec::new());

fn let_binds() {
    here(); // held: -
    let first = A.lock().unwrap();
    here(); // held: A
    let mut second = B.lock().expect("it is not poisoned");
    here(); // held: A, B
    let third: MutexGuard<'_, Numbers> = C.lock().unwrap_or_else(|error| error.into_inner());
    here(); // held: A, B, C
}

fn underscore_drops_at_once() {
    let _ = A.lock().unwrap();
    here(); // held: -
    let _kept = B.lock().unwrap();
    here(); // held: B
}

fn value_is_no_guard() {
    let length = A.lock().unwrap().len();
    here(); // held: -
    let copied = B.lock().unwrap().clone();
    here(); // held: -
    let first = *C.lock().unwrap().first().unwrap_or(&0);
    here(); // held: -
}

fn borrow_extends() {
    let numbers = &*A.lock().unwrap();
    here(); // held: A
    let mutable = &mut B.lock().unwrap();
    here(); // held: A, B
}

fn block_ends() {
    {
        let inner = A.lock().unwrap();
        here(); // held: A
    }
    here(); // held: -
    let length = {
        let inner = B.lock().unwrap();
        here(); // held: B
        inner.len()
    };
    here(); // held: -
    unsafe {
        let inner = C.lock().unwrap();
    }
    here(); // held: -
}

fn guard_out_of_block() {
    let guard = {
        let first = A.lock().unwrap();
        first
    };
    here(); // perhaps: A
}

fn dropped() {
    let guard = A.lock().unwrap();
    drop(guard);
    here(); // held: -
    let other = B.lock().unwrap();
    std::mem::drop(other);
    here(); // held: -
}

fn dropped_on_one_way(flag: bool) {
    let guard = A.lock().unwrap();
    let other = B.lock().unwrap();
    if flag {
        drop(guard);
        here(); // held: B
    } else {
        here(); // held: A, B
    }
    here(); // held: B; perhaps: A
}

fn dropped_on_a_way_out(flag: bool) -> u64 {
    let guard = A.lock().unwrap();
    if flag {
        drop(guard);
        return here(); // held: -
    }
    here() // held: A
}

fn if_let_with_else(flag: bool) {
    if let Some(number) = A.lock().unwrap().first() {
        here(); // held: A
    } else {
        here(); // perhaps: A
    }
    here(); // held: -
}

fn if_let_else_if() {
    if let Some(1) = A.lock().unwrap().first() {
        here(); // held: A
    } else if let Some(2) = B.lock().unwrap().first() {
        here(); // held: B; perhaps: A
    } else {
        here(); // perhaps: A, B
    }
    here(); // held: -
}

fn if_let_guard() {
    if let Ok(guard) = A.lock() {
        here(); // held: A
        drop(guard);
        here(); // perhaps: A
    }
    here(); // held: -
}

fn plain_condition() {
    if A.lock().unwrap().is_empty() {
        here(); // held: -
    } else {
        here(); // held: -
    }
    let mut left = 1;
    while B.lock().unwrap().is_empty() && left > 0 {
        here(); // held: -
        left -= 1;
    }
    here(); // held: -
}

fn in_the_condition() {
    if A.lock().unwrap().is_empty()
        && here() > 0 // held: -
    {
        here(); // held: -
    }
}

fn while_let() {
    A.lock().unwrap().push(1);
    while let Some(number) = A.lock().unwrap().pop() {
        here(); // held: A
    }
    here(); // held: -
}

fn loop_with_let() {
    A.lock().unwrap().push(1);
    loop {
        here(); // held: -
        let Some(number) = A.lock().unwrap().pop() else {
            here(); // held: -
            break;
        };
        here(); // held: -
    }
    here(); // held: -
}

fn for_over_guard() {
    A.lock().unwrap().push(1);
    for number in A.lock().unwrap().iter() {
        here(); // held: A
    }
    here(); // held: -
    for number in B.lock().unwrap().clone() {
        here(); // held: B
    }
    A.lock().unwrap().clear();
}

fn match_on_guard() {
    match A.lock().unwrap().first() {
        Some(number) => {
            here(); // held: A
        }
        None => {
            here(); // held: A
        }
    }
    here(); // held: -
    let length = match B.lock().unwrap().len() {
        0 => here(), // held: B
        _ => 1,
    };
    here(); // held: -
}

fn match_arms() {
    let number = match 2 {
        1 => A.lock().unwrap().len() as u64,
        2 => here(), // held: -
        _ => 0,
    };
    match number {
        0 => {
            let guard = A.lock().unwrap();
        }
        _ => {
            here(); // held: -
        }
    }
}

fn match_binds() {
    match A.lock() {
        Ok(guard) => {
            here(); // held: A
        }
        Err(_) => {}
    }
    let guard = match B.lock() {
        Ok(guard) => guard,
        Err(error) => error.into_inner(),
    };
    here(); // perhaps: B
}

fn let_else() {
    let Ok(guard) = A.lock() else {
        return;
    };
    here(); // held: A
    let Some(number) = B.lock().unwrap().pop() else {
        here(); // held: A
        return;
    };
}

fn try_lock() {
    if let Ok(guard) = A.try_lock() {
        here(); // held: A
    }
    let Ok(guard) = B.try_lock() else { return };
    here(); // held: B
    let attempt = C.try_lock();
    here(); // held: B; perhaps: C
}

fn statement_lives() {
    A.lock()
        .unwrap()
        .push(here()); // held: A
    here(); // held: -
    B.lock().unwrap().push(here()); // perhaps: B
    pair(
        C.lock().unwrap().len() as u64,
        here(), // held: C
    );
    here(); // held: -
}

fn pair(one: u64, other: u64) -> u64 {
    one + other
}

fn closure_called_in_a_statement() {
    let number = A
        .lock()
        .unwrap()
        .first()
        .copied()
        .unwrap_or_else(|| {
            here() // closure; held: A
        });
    here(); // held: -
    let number = B.lock().unwrap().pop().unwrap_or_else(|| here()); // closure; held: B
}

fn shadowed() {
    let guard = A.lock().unwrap();
    let guard = 5;
    here(); // held: A
    let other = B.lock().unwrap();
    let other = C.lock().unwrap();
    here(); // held: A, B, C
}

fn assigned() {
    let mut guard = A.lock().unwrap();
    guard = B.lock().unwrap();
    here(); // held: B
    let later;
    later = C.lock().unwrap();
    here(); // held: B, C
}

struct Holder {
    guard: MutexGuard<'static, Numbers>,
    number: u64,
}

fn moved_into_struct() {
    let guard = A.lock().unwrap();
    let holder = Holder { guard, number: 1 };
    here(); // perhaps: A
    let other = Holder { guard: B.lock().unwrap(), number: 2 };
    here(); // perhaps: A, B
}

fn moved_into_call() {
    let guard = A.lock().unwrap();
    consume(guard);
    here(); // perhaps: A
    let mut kept = Vec::new();
    kept.push(B.lock().unwrap());
    here(); // perhaps: A, B
}

fn consume(guard: MutexGuard<'_, Numbers>) -> usize {
    guard.len()
}

fn option_of_guard() {
    let mut guard = Some(A.lock().unwrap());
    here(); // perhaps: A
    guard = None;
    here(); // perhaps: A
}

fn moved_into_closure() {
    let guard = A.lock().unwrap();
    let call = move || guard.len();
    here(); // perhaps: A
    call();
    drop(call);
    here(); // perhaps: A
}

fn renamed() {
    let guard = A.lock().unwrap();
    let same = guard;
    here(); // held: A
    drop(same);
    here(); // held: -
}

fn lent() {
    let mut guard = A.lock().unwrap();
    look(&guard, guard.len());
    guard.push(1);
    change(&mut guard);
    *guard = Vec::new();
    here(); // held: A
}

fn look(numbers: &Numbers, number: usize) {}

fn change(numbers: &mut Numbers) {}

fn condvar() {
    let mut guard = A.lock().unwrap();
    while !guard.is_empty() {
        guard = CHANGED.wait(guard).unwrap();
        here(); // held: A
    }
    here(); // held: A
    let guard = CHANGED.wait_while(guard, |numbers| !numbers.is_empty()).unwrap();
    here(); // held: A
}

fn returned() -> MutexGuard<'static, Numbers> {
    let guard = A.lock().unwrap();
    here(); // held: A
    guard
}

fn a() -> MutexGuard<'static, Numbers> {
    A.lock().unwrap()
}

fn guard_of_a_function() {
    let guard = a();
    here(); // perhaps: A
    drop(guard);
    here(); // held: -
}

fn loops() {
    for turn in 0..2 {
        here(); // held: -
        let guard = A.lock().unwrap();
        here(); // held: A
    }
    here(); // held: -
    let outer = B.lock().unwrap();
    for turn in 0..2 {
        if turn == 1 {
            continue;
        }
        here(); // held: B
    }
}

fn labelled() {
    let mut turns = 0;
    'all: loop {
        let guard = A.lock().unwrap();
        loop {
            here(); // held: A
            turns += 1;
            if turns > 1 {
                break 'all;
            }
            break;
        }
    }
    here(); // held: -
}

fn read_and_write() {
    let seen = R.read().unwrap();
    here(); // held: R
    drop(seen);
    let changed = R.write().unwrap();
    here(); // held: R
}

fn reading_a_file_is_no_lock(mut input: impl std::io::Read) {
    let mut bytes = [0; 4];
    let count = input.read(&mut bytes);
    here(); // held: -
}

fn texts_and_comments() {
    let text = "let guard = A.lock().unwrap(); { \" {";
    let letter = '{';
    let raw = r#"let guard = "A.lock();" {"#;
    // let guard = A.lock().unwrap();
    /* let guard = A.lock().unwrap(); { /* { */ */
    here(); // held: -
    let life: &'static str = "}";
    let guard = B.lock().unwrap();
    here(); // held: B
}

fn inner_function() {
    let guard = A.lock().unwrap();
    fn inside() {
        let own = B.lock().unwrap();
    }
    inside();
    here(); // held: A
}

fn closure_in_the_same_thread() {
    let guard = A.lock().unwrap();
    call(|| {
        let own = B.lock().unwrap();
        here() // closure; held: A, B
    });
    here(); // held: A
}

fn call(function: impl FnOnce() -> u64) -> u64 {
    function()
}

fn closure_of_another_thread() {
    let guard = A.lock().unwrap();
    let run = || {
        let own = B.lock().unwrap();
        let twice = Some(1).map(|number| number * 2);
        here(); // held: A, B
        call(|| {
            here() // held: A, B
        });
    };
    run();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let own = C.lock().unwrap();
            let twice = Some(1).map(|number| number * 2);
            pair(here_in_thread(), 1); // thread; held: C
        });
    });
}

/// Whose line is asked about in another thread; what is locked there need not be so here.
fn here_in_thread() -> u64 {
    7
}

fn tail_of_a_block() {
    let number = pair({ A.lock().unwrap().len() as u64 }, 1);
    here(); // held: -
    pair(
        { B.lock().unwrap().len() as u64 },
        here(), // perhaps: B
    );
}

fn labels_of_structs() {
    struct Pair {
        one: usize,
        other: u64,
    }
    let made = Pair {
        one: A.lock().unwrap().len(),
        other: here(), // held: A
    };
    here(); // held: -
    if (Pair { one: 1, other: 2 }).one == 1 {
        let guard = B.lock().unwrap();
        here(); // held: B
    }
    here(); // held: -
}

fn diverging_else(flag: bool) -> u64 {
    let guard = if flag { A.lock().unwrap() } else { B.lock().unwrap() };
    here() // perhaps: A, B
}

fn question_mark() -> Result<u64, Box<dyn std::error::Error>> {
    let guard = A.lock().map_err(|error| error.to_string())?;
    here(); // perhaps: A
    Ok(1)
}

fn cells() {
    thread_local! {
        static CELL: RefCell<u64> = const { RefCell::new(0) };
    }
    CELL.with(|cell| {
        let kept = A.lock().unwrap();
        *cell.borrow_mut() = 1;
        here() // closure; held: A
    });
    here(); // held: -
}

fn attributes() {
    #[allow(unused_mut)]
    let mut first = A.lock().unwrap();
    here(); // held: A
    #[allow(unused_variables)] let second = B.lock().unwrap();
    here(); // held: A, B
    #[cfg(windows)]
    let third = C.lock().unwrap();
    here(); // held: A, B; perhaps: C
    #[cfg(not(windows))]
    drop(first);
    here(); // held: B; perhaps: A, C
    #[cfg(not(windows))]
    fn nothing() {}
    let fourth = R.read().unwrap();
    #[allow(unused)] let seen = here(); // held: B, R; perhaps: A, C
}

fn items_in_a_block() {
    {
        let guard = A.lock().unwrap();
        use std::collections::{BTreeMap, BTreeSet};
        here(); // held: A
        struct Pair {
            one: u64,
        }
        const PAIR: Pair = Pair { one: 1 };
        static TWO: [u64; 2] = [1, 2];
        here(); // held: A
        const fn takes(one: (u64, u64), two: [u64; 2]) -> u64 {
            one.0 + two[0]
        }
        unsafe fn nothing() {}
        async fn later() {}
        let union = 3;
        here(); // held: A
    }
    here(); // held: -
}

fn array_in_a_signature(bytes: [u8; 4]) -> [u8; 3] {
    let guard = A.lock().unwrap();
    here(); // held: A
    [bytes[0], bytes[1], bytes[2]]
}

struct Numbered<const N: usize>;

fn block_in_a_signature(sized: Numbered<{ 1 + 1 }>) -> Numbered<{ 2 + 1 }>
where
    u64: Copy,
{
    let guard = A.lock().unwrap();
    here(); // held: A
    Numbered
}

fn loop_gives_a_guard() {
    let guard = loop {
        let taken = A.lock().unwrap();
        if taken.is_empty() {
            break taken;
        }
        drop(taken);
        here(); // held: -
    };
    here(); // perhaps: A
    let tried = loop {
        if let Ok(taken) = B.try_lock() {
            break taken;
        }
    };
    here(); // perhaps: A, B
    let named = 'outer: loop {
        loop {
            let taken = C.lock().unwrap();
            break 'outer taken;
        }
    };
    here(); // perhaps: A, B, C
}

fn dropped_where_a_loop_is_left(flag: bool) {
    let guard = A.lock().unwrap();
    loop {
        if flag {
            drop(guard);
            break;
        }
    }
    here(); // perhaps: A
}

fn future_that_never_runs() {
    let guard = A.lock().unwrap();
    let never = async move {
        drop(guard);
        let inside = B.lock().unwrap();
    };
    here(); // perhaps: A
}

struct Keeper<'a> {
    kept: Option<MutexGuard<'a, Numbers>>,
}

fn assigned_to_a_field() {
    let mut keeper = Keeper { kept: None };
    {
        keeper.kept = A.lock().ok();
        here(); // perhaps: A
    }
    here(); // perhaps: A
    let mut pair = (B.lock().unwrap(), 1);
    pair.0 = {
        drop(pair.0);
        B.lock().unwrap()
    };
    here(); // perhaps: A, B
}

fn field_of_a_guard() {
    let mut guards = (A.lock().unwrap(), 1);
    drop(guards.0);
    guards.0 = A.lock().unwrap();
    here(); // perhaps: A
}

fn closure_that_takes() {
    let take = || A.lock().unwrap();
    here(); // held: -
    let guard = take();
    here(); // perhaps: A
}

/// As parking_lot has it.
struct Unlocking;

impl Unlocking {
    fn unlocked<T>(guard: &mut Option<MutexGuard<'static, Numbers>>, run: impl FnOnce() -> T) -> T {
        drop(guard.take());
        let value = run();
        *guard = Some(A.lock().unwrap());
        value
    }
}

fn unlocked_for_a_while() {
    let mut guard = Some(A.lock().unwrap());
    Unlocking::unlocked(&mut guard, || here()); // perhaps: A
    here(); // perhaps: A
}

fn reading_is_no_lock(mut file: &[u8]) -> Result<usize, std::io::Error> {
    use std::io::Read;
    let shared = R.read().unwrap();
    here(); // held: R
    file.read(&mut [0; 4])
}

fn main() {
    let all: &[fn()] = &[
        let_binds,
        underscore_drops_at_once,
        value_is_no_guard,
        borrow_extends,
        block_ends,
        guard_out_of_block,
        dropped,
        || dropped_on_one_way(true),
        || dropped_on_one_way(false),
        || drop(dropped_on_a_way_out(true)),
        || drop(dropped_on_a_way_out(false)),
        || if_let_with_else(true),
        if_let_else_if,
        if_let_guard,
        plain_condition,
        in_the_condition,
        while_let,
        loop_with_let,
        for_over_guard,
        match_on_guard,
        match_arms,
        match_binds,
        let_else,
        try_lock,
        statement_lives,
        closure_called_in_a_statement,
        shadowed,
        assigned,
        moved_into_struct,
        moved_into_call,
        option_of_guard,
        moved_into_closure,
        renamed,
        lent,
        || std::thread::scope(|scope| condvar()),
        || drop(returned()),
        guard_of_a_function,
        loops,
        labelled,
        read_and_write,
        || reading_a_file_is_no_lock(std::io::empty()),
        texts_and_comments,
        inner_function,
        closure_in_the_same_thread,
        closure_of_another_thread,
        tail_of_a_block,
        labels_of_structs,
        || drop(diverging_else(true)),
        || drop(question_mark()),
        cells,
        attributes,
        items_in_a_block,
        || drop(array_in_a_signature([1; 4])),
        || drop(block_in_a_signature(Numbered)),
        loop_gives_a_guard,
        || dropped_where_a_loop_is_left(true),
        future_that_never_runs,
        assigned_to_a_field,
        field_of_a_guard,
        closure_that_takes,
        unlocked_for_a_while,
        || drop(reading_is_no_lock(b"four")),
    ];
    for each in all {
        for lock in [&A, &B, &C] {
            lock.lock().unwrap().clear();
        }
        each();
    }
    let wrong = WRONG.lock().unwrap().len();
    std::process::exit(i32::from(wrong > 0));
}
