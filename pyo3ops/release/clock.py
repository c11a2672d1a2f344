"""Time, handed in: so that a test of an hour of waiting takes none."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol

#: The year 3000: what an index says is added to, and the last years have no room for that.
_LAST = 32_503_680_000.0


class Clock(Protocol):
    """What time it is, and a way to let some pass."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Come back when that many seconds are over."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Come back when that many seconds are over."""
        time.sleep(seconds)


def written(seconds: float) -> str:
    """A time in UTC as ISO 8601 writes it, to the second; the other way round of `read`."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> float | None:
    """Seconds since the epoch of a time in ISO 8601, with a zone or in UTC; None for what is none, or none of ours."""
    # Fractions have any number of digits in ISO 8601, and three or six before Python 3.11.
    whole, _, rest = text.strip().replace("Z", "+00:00").partition(".")
    zone = rest.lstrip("0123456789")
    try:
        moment = datetime.fromisoformat(whole + zone)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < _LAST else None
