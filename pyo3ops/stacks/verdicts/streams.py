"""Rust's locks of stdin, stdout and stderr, which `println!` takes where no source shows it: told by frames of std."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Layer
from pyo3ops.stacks.verdicts.guards import Taken, stream
from pyo3ops.stacks.verdicts.waiting import last

if TYPE_CHECKING:
    from typing import Iterator

    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.verdicts.standing import Standing

_MACROS = {"_print": "stdout", "_eprint": "stderr"}
_NAMED = re.compile(r"\bstdio::(?P<name>Std(?:in|out|err))(?:Raw|Lock)?\b")
#: What formats with the lock in hand; into a buffer around the stream it is done without.
_WRITES = re.compile(
    r"(?:^|::|_)(?:print_to|write_fmt)<(?:std::io::)?stdio::(?P<of>Stdout|Stderr)(?:Lock)?>"
    r"|^<&?(?:std::io::)?stdio::(?P<by>Stdout|Stderr)(?:Lock)?(?:<'_>)? as std::io::Write>::write_fmt$"
)
#: Letters of a name that are looked at.
_LONGEST = 4000
_QUIET = frozenset({Layer.STD, Layer.LIBC, Layer.KERNEL})


def wanted(standing: Standing) -> Taken | None:
    """The stream whose lock a thread waits for: from the wait on there is nothing but std."""
    for frame in standing.frames[standing.at :] if standing.at >= 0 else ():
        if frame.layer is not Layer.STD:
            return None
        named = _NAMED.search(frame.function[:_LONGEST])
        name = _macro(frame) or (named["name"].lower() if named else None)
        if name:
            user = standing.user
            return Taken(stream(name), (user.line if user else None) or 0)
    return None


def held(standing: Standing) -> Iterator[Taken]:
    """The streams that a thread is writing to: with the lock in hand, std calls whoever knows what is to be written."""
    called = False
    for at, frame in enumerate(standing.frames):
        called = called or frame.layer not in _QUIET
        name = _written(frame) if called else None
        if name:
            below = next((standing.frames[own].line for own in standing.own if own > at), None)
            yield Taken(stream(name), below or 0)


def _written(frame: Frame) -> str | None:
    match = _WRITES.search(frame.function[:_LONGEST]) if frame.layer is Layer.STD else None
    return (match["of"] or match["by"]).lower() if match else _macro(frame)


def _macro(frame: Frame) -> str | None:
    """The stream of what `println!` and `eprintln!` call."""
    file = (frame.file or frame.function).replace("\\", "/")
    is_std = frame.layer is Layer.STD and ("/io/stdio.rs" in file or "io::stdio::" in file)
    return _MACROS.get(last(frame.function)) if is_std else None
