"""Wheels: where they are compiled, and what was built."""
