"""Releases: the world read, a plan shown, files sealed, published one by one, read back; every step in a journal."""
