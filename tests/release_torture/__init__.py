"""Releases under torture: an index that forgets, lies and hangs up by seeded scripts, and runs that are killed."""
