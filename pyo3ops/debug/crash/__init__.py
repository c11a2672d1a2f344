"""Crashes as people paste them: cleaned, read, each joined to one story, with signature, cause and next step."""
