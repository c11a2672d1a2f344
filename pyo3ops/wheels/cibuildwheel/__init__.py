"""The planned set, built by cibuildwheel: its `[tool.cibuildwheel]`, and its runs."""
