import os
from typing import Final, final

__all__ = ["Counts", "__version__", "count", "count_file"]

__version__: Final[str]

@final
class Counts:
    """How many lines, words, characters and bytes there are."""

    def __new__(cls, lines: int = 0, words: int = 0, characters: int = 0, bytes: int = 0) -> Counts: ...  # noqa: A002
    @property
    def lines(self) -> int:
        """Ends of lines, which is one less than lines where the last has none."""
    @property
    def words(self) -> int:
        """What `bytes.split()` would give."""
    @property
    def characters(self) -> int:
        """Characters of UTF-8."""
    @property
    def bytes(self) -> int:
        """Bytes."""
    def __add__(self, other: Counts, /) -> Counts: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[int, int, int, int]: ...

def count(data: bytes) -> Counts:
    """Count what is in some bytes; other threads run meanwhile."""

def count_file(path: str | os.PathLike[str]) -> Counts:
    """Count what is in a file, in constant memory; OSError with its name where it cannot be read."""
