"""Imported by letters_of_letters alone, through Rust."""

import skein

LETTERS = "abc" * skein.letter_count()
