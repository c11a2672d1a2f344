"""Inspection of wheels and sdists: what a file promises, held against what is in it."""
