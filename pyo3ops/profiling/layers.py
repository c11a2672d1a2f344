"""Whose time a sample is: the layer of its frames, and whom what works for others is charged to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pyo3ops.stacks.layers import GLUE, INTERPRETER_SOURCE, WRAPPER
from pyo3ops.stacks.layers import Sources as _Sources
from pyo3ops.stacks.model import Frame, Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames


class Layer(Enum):
    """Whose time it is."""

    PYTHON = "Python"
    GLUE = "PyO3 glue"
    CRATE = "the crate"
    DEPENDENCY = "other crates"
    STD = "Rust's library"
    NATIVE = "libc and others"
    KERNEL = "kernel"
    UNCLASSIFIED = "unclassified"


_INTERPRETER = re.compile(r"(?:^|[/\\])(?:libpython|python)[^/\\]*$")


@dataclass(frozen=True)
class Sources(_Sources):
    """What tells whose a Rust frame is, and the layer that its time counts for."""

    def layer(self, frame: Frame) -> Layer:
        """The layer that a frame's own code belongs to."""
        if frame.language is Language.PYTHON:
            return Layer.PYTHON
        if frame.language is Language.KERNEL:
            return Layer.KERNEL
        origin = self.origin(frame)
        if origin is not None:
            return Layer.STD if origin.std else self._of_crate(origin.crate, frame.function)
        if _INTERPRETER.search(frame.module or "") or INTERPRETER_SOURCE.search(frame.file or ""):
            return Layer.PYTHON
        native = frame.language is Language.C or (frame.module is not None and frame.language is not Language.RUST)
        return Layer.NATIVE if native else Layer.UNCLASSIFIED

    def _of_crate(self, crate: str, function: str) -> Layer:
        own = {name.replace("-", "_") for name in self.crates.values()}
        if crate.replace("-", "_") in own:
            return Layer.GLUE if WRAPPER.search(function) else Layer.CRATE
        return Layer.GLUE if crate in GLUE else Layer.DEPENDENCY


#: What works for its caller, whoever that is.
_HIRED = frozenset({Layer.STD, Layer.NATIVE, Layer.KERNEL, Layer.UNCLASSIFIED})


def own_layer(stack: Frames, sources: Sources) -> Layer:
    """Where a sample's time is spent: the leaf's layer.

    Rust's library counts as its caller, because most of it is generic and compiled into it; so does the interpreter
    where Rust called it: an API function is part of a conversion.
    """
    layers = [sources.layer(frame) for frame in stack]
    position = next((index for index, layer in enumerate(layers) if layer is not Layer.STD), None)
    if position is None:
        return layers[0] if layers else Layer.UNCLASSIFIED
    layer = layers[position]
    return _api(stack, layers, position) if layer is Layer.PYTHON else layer


def charged_layer(stack: Frames, sources: Sources) -> Layer:
    """Whom a sample is charged to: libc, the kernel and Rust's library work for the nearest caller that is none."""
    layers = [sources.layer(frame) for frame in stack]
    position = next((index for index, layer in enumerate(layers) if layer not in _HIRED), None)
    if position is None:
        return own_layer(stack, sources)
    layer = layers[position]
    return _api(stack, layers, position) if layer is Layer.PYTHON else layer


def _api(stack: Frames, layers: list[Layer], position: int) -> Layer:
    """The interpreter's own functions: glue where Rust called them, Python where Python did."""
    for frame, layer in zip(stack[position:], layers[position:]):
        if frame.language is Language.PYTHON or _evaluates(frame):
            return Layer.PYTHON
        if layer in {Layer.GLUE, Layer.CRATE, Layer.DEPENDENCY}:
            return Layer.GLUE
    return Layer.PYTHON


def _evaluates(frame: Frame) -> bool:
    return frame.function.startswith("_PyEval_EvalFrame")
