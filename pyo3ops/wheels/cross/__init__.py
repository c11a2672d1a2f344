"""Wheels for other machines than this one: what builds them here, what brings that, and whether they run."""
