from array import array
from collections.abc import Sequence
from typing import Final

__all__ = ["__version__", "digest", "mix", "scale", "scale_in_place", "search", "take"]

__version__: Final[str]

def scale(values: Sequence[float], factor: float) -> list[float]:
    """The wrong way: two lists cross the boundary, and hardly anything is computed between."""

def scale_in_place(values: array[float], factor: float) -> None:
    """The cure: the numbers stay where they are, in an array that both sides see."""

def take(values: Sequence[float]) -> int:
    """Conversion glue and nothing else: a list becomes a vector, which is thrown away."""

def mix(rounds: int) -> int:
    """The crate's own code: mixes bits in a loop, and detaches meanwhile."""

def digest(kibibytes: int) -> str:
    """A dependency's code: hashes that many kibibytes with SHA-256."""

def search(kibibytes: int) -> bool:
    """libc's code: looks for what is not there, in that many kibibytes."""
