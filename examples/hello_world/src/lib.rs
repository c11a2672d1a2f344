//! The smallest extension worth copying, and what one call across the boundary costs.

use pyo3::prelude::*;

/// Greetings from Rust.
// No global state, so nothing here needs the GIL: a free-threaded Python need not switch it on again.
#[pymodule(gil_used = false)]
mod hello_world {
    use super::*;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// Greet somebody by name.
    #[pyfunction]
    fn hello(name: &str) -> String {
        format!("Hello, {name}!")
    }

    /// True for one of aeiou, in either case.
    ///
    /// Too little work for a call of its own: see the README before you write a function like this.
    #[pyfunction]
    fn is_vowel(letter: char) -> bool {
        is_one(letter)
    }

    /// Count the vowels of a whole text in one call.
    #[pyfunction]
    fn count_vowels(text: &str) -> usize {
        text.chars().filter(|&letter| is_one(letter)).count()
    }
}

fn is_one(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}
