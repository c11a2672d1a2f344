"""Edits of text files: planned as values, carried out together or not at all."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.errors import ConfigError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.version_places import decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Rewritten:
    """A file's bytes as the plan found them, and as they will be; `path` has no symbolic link in it."""

    path: Path
    #: None for a file that is not there.
    before: bytes | None
    after: bytes


@dataclass(frozen=True)
class Edit:
    """One line of a file, counted from 1, before and after; `path` is relative to the project's root."""

    path: str
    line: int
    before: str
    after: str
    file: Rewritten = field(repr=False, compare=False)


def edits_of(path: Path, shown: str, after: str) -> tuple[Edit, ...]:
    """The edits that make a file's text another one, a line of it each; none where it says that already.

    A file that is not there begins to be; a byte order mark stays. Raises `ConfigError` where it cannot be read.
    """
    real = Path(os.path.realpath(path))
    try:
        before: bytes | None = real.read_bytes()
    except FileNotFoundError:
        before = None
    except OSError as error:
        raise ConfigError(f"cannot read {reason_of(error, path)}", cause="it is not yours to read") from None
    file = Rewritten(real, before, encoded(after, before or b""))
    return tuple(Edit(shown, *row, file) for row in _changed(decoded(before or b""), after))


def _changed(before: str, after: str) -> Iterator[tuple[int, str, str]]:
    """Line, old text and new text of what differs; lines that are only put in have no old text."""
    old, new = _lines(before), _lines(after)
    if len(old) == len(new):
        yield from ((line, *pair) for line, pair in enumerate(zip(old, new), 1) if pair[0] != pair[1])
        return
    head, shortest = 0, min(len(old), len(new))
    while head < shortest and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    import difflib  # noqa: PLC0415 - few commands edit

    # What an edit touches is small beside the file, and comparing costs its square.
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    for what, first, last, start, end in difflib.SequenceMatcher(None, gone, come, autojunk=False).get_opcodes():
        for offset in range(max(last - first, end - start) if what != "equal" else 0):
            line = head + min(start + offset, max(end - 1, 0)) + 1
            before_it = gone[first + offset] if first + offset < last else ""
            yield line, before_it, come[start + offset] if start + offset < end else ""


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.split("\n")]


def carry_out(edits: Iterable[Edit]) -> tuple[Path, ...]:
    """Write every file that the edits are of, each whole; the files that were written.

    Raises `ConfigError` where one of them is no longer as the plan found it, is read-only or cannot be written; then
    all of them are as they were.
    """
    files = _files(edits)
    for file in files:
        _check(file)
    written: list[Rewritten] = []
    try:
        for file in files:
            written.append(file)
            write_whole(file.path, file.after)
    except BaseException as error:
        lost = _put_back(written)
        if isinstance(error, OSError):
            raise _unwritable(error, written[-1], lost) from None
        raise
    return tuple(file.path for file in files)


def put_back(edits: Iterable[Edit]) -> tuple[str, ...]:
    """Undo what `carry_out` did; the files for which that failed. A file that changed since is left alone."""
    return _put_back([file for file in _files(edits) if _bytes(file.path) == file.after])


def _files(edits: Iterable[Edit]) -> tuple[Rewritten, ...]:
    files: dict[Path, Rewritten] = {}
    for edit in edits:
        if files.setdefault(edit.file.path, edit.file) != edit.file:
            raise ConfigError(
                f"two plans want to change {edit.path}",
                cause="the change log is none of the places of tool.pyo3ops.release.versions",
            )
    return tuple(files.values())


def _check(file: Rewritten) -> None:
    if _bytes(file.path) != file.before:
        raise ConfigError(
            f"{file.path} changed while this was planned: nothing is written",
            cause="another program works in the same folder",
            command="git status",
        )
    if file.before is not None and not file.path.stat().st_mode & 0o222:
        raise ConfigError(
            f"{file.path} is read-only: nothing is written",
            cause="somebody means it to stay as it is",
            command=f"chmod u+w {file.path}",
        )


def _put_back(files: Sequence[Rewritten]) -> tuple[str, ...]:
    for file in files:
        with contextlib.suppress(OSError):
            if file.before is None:
                file.path.unlink()
            elif _bytes(file.path) != file.before:
                write_whole(file.path, file.before)
    return tuple(str(file.path) for file in files if _bytes(file.path) != file.before)


def _unwritable(error: OSError, file: Rewritten, lost: Sequence[str]) -> ConfigError:
    state = f"these could not be put back: {', '.join(lost)}" if lost else "all files are as they were"
    return ConfigError(
        f"cannot write {reason_of(error, file.path)}; {state}",
        cause="the folder is not yours to write, or the disk is full",
        command="git status",
    )


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
