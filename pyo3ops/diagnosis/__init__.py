"""What went wrong, read from what tools printed: lines of a log, known messages in them, root causes first."""
