import os

# Panics are wanted here, pages of stack are not. Rust reads it at its first panic.
os.environ["RUST_BACKTRACE"] = "0"
