"""Debugging across the boundary: breakpoints, crash reports, editor settings, and a dump from inside the process."""
