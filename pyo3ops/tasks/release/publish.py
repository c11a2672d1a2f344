"""`pyo3ops release publish`: files that were built before, made public: those bytes, all of them, and no others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

from pyo3ops.release.model import State
from pyo3ops.tasks.release import run as release
from pyo3ops.tasks.release.course import Request as ReleaseRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.model import Report


@dataclass(frozen=True)
class Request:
    """What to publish and to where: the release that is sealed here, or files of a folder or a run."""

    env: Mapping[str, str]
    version: str | None = None
    index: str | None = None
    source: str | None = None
    dry_run: bool = False
    break_lock: bool = False
    yes: bool = False
    ignore: tuple[tuple[str, str], ...] = ()
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None
    tell: Callable[[str], None] = lambda _: None
    show: Callable[[Report], None] = lambda _: None
    confirm: Callable[[str], bool] | None = None


def run(root: Path, request: Request) -> Report:
    """Take the files, seal, check and publish them; nothing is built, and nothing is tagged.

    Raises what `pyo3ops release` raises, and `UsageError` where nothing is sealed and no files are named.
    """
    whole = ReleaseRequest(
        env=request.env,
        version=request.version,
        index=request.index,
        source=request.source,
        build=False,
        until=State.PUBLISHED.value,
        dry_run=request.dry_run,
        break_lock=request.break_lock,
        yes=request.yes,
        ignore=request.ignore,
        strict=request.strict,
        progress=request.progress,
        tell=request.tell,
        show=request.show,
        confirm=request.confirm,
    )
    return replace(release.run(root, whole), task="release publish")
