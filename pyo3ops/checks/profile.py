"""Profilers, and what they need to see both sides."""
