"""Stacks of Python and Rust: one model, and readers of what tools print."""
