"""Breakpoints in Rust and Python in one session: where they are, what they resolve to, the session, what it saw."""
