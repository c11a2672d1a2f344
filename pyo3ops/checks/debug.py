"""Debuggers and memory checkers, and what they need to see both sides."""
