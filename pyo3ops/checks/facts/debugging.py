"""Facts of debuggers, memory checkers and profilers, and of the kernel settings that they depend on."""
