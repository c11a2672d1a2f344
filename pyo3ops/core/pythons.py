"""Python versions as this project counts them: minor releases, free-threaded or not."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPELLING = re.compile(r"(?:cp|python)?3[.]?(\d{1,2})(t?)")


@dataclass(frozen=True, order=True)
class PythonVersion:
    """One CPython minor release, such as 3.8 or 3.13t; major is always 3."""

    minor: int
    free_threaded: bool = False

    @staticmethod
    def parse(text: str) -> PythonVersion:
        """Read "3.13t", "cp313t" or "python3.13t"; `ValueError` for anything else."""
        match = _SPELLING.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no Python version like 3.11 or 3.13t")
        return PythonVersion(int(match[1]), bool(match[2]))

    @property
    def tag(self) -> str:
        """The interpreter tag with the ABI flag, as in wheel names: cp311, cp313t."""
        return f"cp3{self.minor}" + "t" * self.free_threaded

    def __str__(self) -> str:
        return f"3.{self.minor}" + "t" * self.free_threaded
