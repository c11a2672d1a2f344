"""Operates PyO3 (Rust <-> Python) extension projects."""

__version__ = "0.1.0"
