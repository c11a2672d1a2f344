"""Type conversions between Python and Rust: what is asked of them, the module that answers, what it said."""
