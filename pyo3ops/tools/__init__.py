"""External programs, one file each: how to find it, what it says of itself, the argv to drive it."""
