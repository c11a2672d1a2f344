"""How long a run of publishing goes on trying, so that every run ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator


@dataclass(frozen=True)
class Patience:
    """How often, and how long in seconds."""

    #: Uploads of one file in one run, and how often an index that does not answer is asked.
    tries: int = 6
    #: The first wait between two of them, which doubles, and the longest.
    first: float = 2.0
    longest: float = 60.0
    #: How long a file that was accepted may take to be shown; caches keep a list for ten minutes.
    shown: float = 660.0
    #: The longest wait that an index may ask for.
    asked: float = 900.0

    def waits(self) -> Iterator[float]:
        """The waits between tries, without an end."""
        wait = self.first
        while True:
            yield min(wait, self.longest)
            wait = min(wait * 2, self.longest)


#: Of a release that a person, or a job of CI, waits for.
PATIENT = Patience()
