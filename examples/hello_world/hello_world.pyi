from typing import Final

__all__ = ["__version__", "count_vowels", "hello", "is_vowel"]

__version__: Final[str]

def hello(name: str) -> str:
    """Greet somebody by name."""

def is_vowel(letter: str) -> bool:
    """True for one of aeiou, in either case; `letter` is a single character."""

def count_vowels(text: str) -> int:
    """Count the vowels of a whole text in one call."""
