"""Scripts that run in a debugger's own Python: standard library only, they print JSON."""
