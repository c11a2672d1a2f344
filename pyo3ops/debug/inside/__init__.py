"""What runs in the debugged Python itself: the standard library alone, from 3.8 on, and no word on its streams."""
