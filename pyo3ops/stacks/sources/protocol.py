"""What every source of stacks takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Mapping, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.stacks.raw import Raw


@dataclass(frozen=True)
class Target:
    """A running process, or a core with the executable that left it (None: as the core says)."""

    pid: int | None = None
    core: Path | None = None
    executable: Path | None = None


@dataclass(frozen=True)
class Look:
    """How to look at a target."""

    env: Mapping[str, str]
    #: Read arguments and locals: slower, and only in a process of its own.
    variables: bool = False
    #: How many looks, `pause` seconds apart; the process runs between them.
    looks: int = 1
    pause: float = 0.2
    #: Folders that hold `.build-id/xx/yyyy.debug`.
    symbol_folders: tuple[Path, ...] = ()
    #: Ask debuginfod servers.
    online: bool = False
    #: Seconds for all looks together, not counting the pauses between them.
    timeout: float = 60.0
    progress: Callable[[str], None] = field(default=lambda _: None)


@dataclass(frozen=True)
class Refused:
    """Why a source gives nothing; `reason` is one of the words of `REASONS`, `said` what the tool wrote."""

    reason: str
    said: str = ""


#: missing: the tool is not here; denied: ptrace is not allowed; gone: no such process; timeout; broken: anything else;
#: unable: this source cannot look at such a target at all.
REASONS = ("missing", "denied", "gone", "timeout", "broken", "unable")


class Source(Protocol):
    """A module of this package: `NAME`, `look`, and whether it can be used here."""

    NAME: str

    def look(self, target: Target, how: Look) -> tuple[Raw, ...] | Refused:
        """One `Raw` for each look that was asked for; never leaves the process stopped."""
        ...
