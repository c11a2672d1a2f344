"""Merged stacks, told short: what a reader of a flame graph wants to see of Python, Rust and what lies between."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from pyo3ops.profiling.layers import Layer, charged_layer, own_layer
from pyo3ops.stacks.model import Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyo3ops.profiling.layers import Sources
    from pyo3ops.stacks.model import Frame, Frames

#: PyO3's way from a C function pointer to Rust: nine inlined frames a call, the same in each.
_TRAMPOLINE = re.compile(r"^(?:src|pyo3)[/\\]impl_[/\\](?:trampoline|panic|pymethods|pyfunction|pyclass)\b")
_HASH = re.compile(r"::h[0-9a-f]{16}$")


@dataclass(frozen=True)
class Call:
    """One call of a folded stack; `layer` is the one that its own code belongs to."""

    name: str
    layer: Layer


@dataclass(frozen=True)
class Profile:
    """What was sampled: folded stacks from root to leaf with their counts, and the samples of each layer."""

    stacks: Counter[tuple[Call, ...]]
    #: Where time is spent, and whom it is charged to where libc, the kernel and Rust's library work for others.
    own: Counter[Layer]
    charged: Counter[Layer]

    @property
    def samples(self) -> int:
        """How many there are."""
        return sum(self.stacks.values())


def profile_of(stacks: Iterable[tuple[Frames, int]], sources: Sources) -> Profile:
    """Fold stacks (leaf first, with their counts) one by one; what is kept grows with the distinct ones only."""
    profile = Profile(Counter(), Counter(), Counter())
    for stack, count in stacks:
        profile.stacks[folded(stack, sources)] += count
        profile.own[own_layer(stack, sources)] += count
        profile.charged[charged_layer(stack, sources)] += count
    return profile


def folded(stack: Frames, sources: Sources) -> tuple[Call, ...]:
    """A stack from root to leaf without what every such stack has between the calls that somebody wrote.

    Left out are the interpreter's loop and start-up, PyO3's trampolines, and generic functions of Rust's library that
    call on. What the leaf runs in is always kept.
    """
    stack = tuple(frame for frame in stack if not _is_start(frame))
    layers = [sources.layer(frame) for frame in stack]
    python = any(frame.language is Language.PYTHON for frame in stack)
    # What comes before the first call that somebody wrote works for it, and tells what it does.
    written = next((index for index, pair in enumerate(zip(stack, layers)) if _is_written(*pair)), len(stack))
    kept = (
        Call(name_of(frame, sources), layer)
        for index, (frame, layer) in enumerate(zip(stack, layers))
        if not (python and _is_loop(frame))
        and (index < written or _is_written(frame, layer))
        and (index == 0 or not _is_trampoline(frame, layer, sources))
    )
    return tuple(reversed(list(kept)))


_WRITTEN = frozenset({Layer.CRATE, Layer.DEPENDENCY, Layer.GLUE, Layer.KERNEL, Layer.UNCLASSIFIED})


def _is_written(frame: Frame, layer: Layer) -> bool:
    return frame.language is Language.PYTHON or layer in _WRITTEN


def _is_start(frame: Frame) -> bool:
    """True for what starts the script: runpy, and the runner of profiling/recording.py."""
    if frame.language is not Language.PYTHON or frame.file is None:
        return False
    path = PurePath(frame.file)
    return path.name in {"runpy.py", "<frozen runpy>"} or path.parts[-2:] == ("profiled", "__main__.py")


def _is_loop(frame: Frame) -> bool:
    """True for the interpreter's loop: the Python function that it runs has a frame of its own."""
    loops = ("_PyEval_EvalFrame", "py_trampoline_evaluator", "_PyEval_Vector")
    return frame.language is not Language.PYTHON and frame.function.startswith(loops)


def _is_trampoline(frame: Frame, layer: Layer, sources: Sources) -> bool:
    origin = sources.origin(frame) if layer is Layer.GLUE else None
    # Without debug information the symbol's path stands for the file's.
    path = (origin.rest or frame.function.replace("::", "/")) if origin else ""
    return bool(_TRAMPOLINE.search(path))


def name_of(frame: Frame, sources: Sources) -> str:
    """A frame's name: Python functions with their file, Rust ones with crate and module, without type arguments."""
    if frame.language is Language.PYTHON:
        return f"{frame.function} ({PurePath(frame.file).name})" if frame.file else frame.function
    name = without_arguments(_HASH.sub("", frame.function))
    origin = sources.origin(frame)
    # What was inlined has no path in its name; its file tells.
    if origin is None or "::" in name or not origin.rest:
        return name
    parts = [part for part in PurePath(origin.rest).with_suffix("").parts if part not in {"src", "lib", "mod", "main"}]
    return "::".join([origin.crate.replace("-", "_"), *parts, name])


def without_arguments(name: str) -> str:
    """A Rust name without type arguments: `Vec<T>::push` is `Vec::push`, `<A as B>::c` stays."""
    kept: list[str] = []
    depth = 0
    for index, letter in enumerate(name):
        if letter == "<" and (depth or (index and (name[index - 1].isalnum() or name[index - 1] in "_:}"))):
            depth += 1
            if depth == 1 and name[index - 2 : index] == "::":
                del kept[-2:]
        elif letter == ">" and depth and name[index - 1] != "-":
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)


def text_of(profile: Profile) -> str:
    """Folded stacks as flame graph tools read them: calls from the root, joined by semicolons, and the count."""
    lines = (
        f"{';'.join(_plain(call.name) for call in stack)} {count}" for stack, count in profile.stacks.items() if stack
    )
    return "".join(f"{line}\n" for line in sorted(lines))


def _plain(name: str) -> str:
    return re.sub(r"[;\s]+", " ", name).strip() or "?"


@dataclass(frozen=True)
class Row:
    """One function of a top table: samples in which it was the leaf, and in which it stood anywhere."""

    name: str
    layer: Layer
    own: int
    total: int


def top(profile: Profile) -> list[Row]:
    """Every function, that which most samples ended in first."""
    own: Counter[Call] = Counter()
    total: Counter[Call] = Counter()
    for stack, count in profile.stacks.items():
        if stack:
            own[stack[-1]] += count
        for call in set(stack):
            total[call] += count
    rows = (Row(call.name, call.layer, own[call], total[call]) for call in total)
    return sorted(rows, key=lambda row: (-row.own, -row.total, row.name))
