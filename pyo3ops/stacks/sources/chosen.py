"""Which source looks at a target: the best that is here and can, or the one that was asked for."""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.sources.protocol import Refused

if TYPE_CHECKING:
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.protocol import Look, Source, Target

#: Module and name of each source, the one that sees most first.
SOURCES = {
    "gdb": "pyo3ops.stacks.sources.gdb",
    "lldb": "pyo3ops.stacks.sources.lldb",
    "pystack": "pyo3ops.stacks.sources.pystack",
    "py-spy": "pyo3ops.stacks.sources.py_spy",
}
#: What no other source would do better: there is no such process, or the kernel keeps it from everybody.
FINAL = frozenset({"gone", "denied"})


@dataclass(frozen=True)
class Looked:
    """What was read, and which sources gave nothing, in the order in which they were tried."""

    raws: tuple[Raw, ...]
    refused: tuple[tuple[str, Refused], ...] = ()


def look(target: Target, how: Look, backend: str | None = None) -> Looked:
    """One `Raw` for each look; empty where every source that is here refused, or the time was over before one did.

    `how.timeout` is for all of them together.
    """
    until = time.monotonic() + how.timeout
    refused: list[tuple[str, Refused]] = []
    for name in _tried(backend):
        left = until - time.monotonic()
        if refused and left <= 0:
            break
        how.progress(f"looking with {name}")
        found = _source(name).look(target, replace(how, timeout=left))
        if not isinstance(found, Refused):
            return Looked(found, tuple(refused))
        refused.append((name, found))
        if found.reason in FINAL:
            break
    return Looked((), tuple(refused))


def _tried(backend: str | None) -> Sequence[str]:
    return tuple(SOURCES) if backend is None else (backend,)


def _source(name: str) -> Source:
    source: Source = importlib.import_module(SOURCES[name])
    return source
