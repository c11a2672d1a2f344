"""Facts of the Rust toolchain, its configuration and the tools that link with it."""
