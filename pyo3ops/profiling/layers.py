"""Which layer a frame belongs to, told by the file its code was written in.

Names do not tell: an inlined `{closure#0}` may be anybody's, and generic code of the standard library that is compiled
into a crate carries that crate's symbols. Paths do: cargo's registry names the crate, rustc's own sources are below
/rustc/HASH/library.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Frame, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

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


#: What converts and calls, and what generates it.
_GLUE = frozenset({"pyo3", "pyo3-ffi", "pyo3_ffi", "pyo3-macros", "pyo3-macros-backend", "pyo3-build-config"})
#: What #[pyfunction] and #[pymethods] generate; its file is the user's.
_WRAPPER = re.compile(r"__py(?:function|method|class|o3)_\w*")
_REGISTRY = re.compile(r"[/\\]registry[/\\]src[/\\][^/\\]+[/\\](?P<crate>[\w-]+?)-\d+\.\d+[^/\\]*[/\\](?P<rest>.*)")
_CHECKOUT = re.compile(r"[/\\]git[/\\]checkouts[/\\](?P<crate>[\w-]+?)-[0-9a-f]+[/\\][0-9a-f]+[/\\](?P<rest>.*)")
_LIBRARY = re.compile(
    r"(?:^|[/\\])(?:rustc[/\\][0-9a-f]+|rustlib[/\\]src[/\\]rust)[/\\]library[/\\](?P<crate>\w+)[/\\](?P<rest>.*)"
)
#: What Rust's library is itself built with, hashbrown for one, as the toolchain's builders name it.
_LIBRARY_DEPENDENCY = re.compile(r"(?:^|[/\\])rust[/\\]deps[/\\](?P<crate>[\w-]+?)-\d+\.\d+[^/\\]*[/\\](?P<rest>.*)")
#: What a build script wrote (https://doc.rust-lang.org/cargo/reference/build-scripts.html): the crate and a hash.
_GENERATED = re.compile(r"[/\\]build[/\\](?P<crate>[\w-]+)-[0-9a-f]{16}[/\\]out[/\\](?P<rest>.*)")
#: CPython's sources, as its own build names them.
_INTERPRETER_SOURCE = re.compile(r"^(?:\./)?(?:Include|Modules|Objects|Parser|Programs|Python)/[\w/]+\.[ch]$")
_INTERPRETER = re.compile(r"(?:^|[/\\])(?:libpython|python)[^/\\]*$")
#: The path of a Rust symbol, as it begins: `<` for an implementation's.
_CRATE_OF_SYMBOL = re.compile(r"^[<&*(\[]*(?:dyn |mut |const |impl )?(\w+)(?:\[[0-9a-f]+\])?::")
_STD = frozenset({"core", "std", "alloc", "std_detect", "rustc_demangle", "compiler_builtins", "proc_macro"})


@dataclass(frozen=True)
class Origin:
    """The crate that a frame's source belongs to, and its path in there."""

    crate: str
    rest: str = ""
    #: Part of Rust's own library.
    std: bool = False


@dataclass(frozen=True)
class Sources:
    """What tells whose a Rust frame is: folders (real paths) of crates, each with the name that its symbols carry."""

    #: The project's own: members of its workspace, and what it depends on by path.
    crates: Mapping[Path, str]
    #: What else it builds with; a vendored one lies below the project.
    others: Mapping[Path, str] = field(default_factory=dict)
    #: Names of packages without a known folder.
    locked: frozenset[str] = frozenset()

    @functools.cached_property
    def _known(self) -> frozenset[str]:
        names = {*self.crates.values(), *self.others.values(), *self.locked, *_STD, *_GLUE}
        return frozenset(name.replace("-", "_") for name in names)

    def origin(self, frame: Frame) -> Origin | None:
        """The crate of a Rust frame by its file, by its symbol without one; None where neither tells."""
        return self._by_file(frame.file) if frame.file else self._by_symbol(frame.function)

    def _by_file(self, file: str) -> Origin | None:
        for pattern in (_REGISTRY, _CHECKOUT, _LIBRARY, _LIBRARY_DEPENDENCY, _GENERATED):
            match = pattern.search(file)
            if match:
                return Origin(match["crate"], match["rest"], std=pattern in {_LIBRARY, _LIBRARY_DEPENDENCY})
        path = Path(os.path.normpath(file))
        for folder in path.parents:
            name = self.crates.get(folder) or self.others.get(folder)
            if name:
                return Origin(name, str(path.relative_to(folder)))
        # Built with remapped paths: relative to the crate's root.
        if path.suffix == ".rs" and not path.is_absolute() and len(self.crates) == 1:
            return Origin(next(iter(self.crates.values())), file)
        return None

    def _by_symbol(self, function: str) -> Origin | None:
        match = _CRATE_OF_SYMBOL.match(function)
        if not match or match[1] not in self._known:
            return None
        return Origin(match[1], std=match[1] in _STD)

    def layer(self, frame: Frame) -> Layer:
        """The layer that a frame's own code belongs to."""
        if frame.language is Language.PYTHON:
            return Layer.PYTHON
        if frame.language is Language.KERNEL:
            return Layer.KERNEL
        origin = self.origin(frame)
        if origin is not None:
            return Layer.STD if origin.std else self._of_crate(origin.crate, frame.function)
        if _INTERPRETER.search(frame.module or "") or _INTERPRETER_SOURCE.search(frame.file or ""):
            return Layer.PYTHON
        native = frame.language is Language.C or (frame.module is not None and frame.language is not Language.RUST)
        return Layer.NATIVE if native else Layer.UNCLASSIFIED

    def _of_crate(self, crate: str, function: str) -> Layer:
        own = {name.replace("-", "_") for name in self.crates.values()}
        if crate.replace("-", "_") in own:
            return Layer.GLUE if _WRAPPER.search(function) else Layer.CRATE
        return Layer.GLUE if crate in _GLUE else Layer.DEPENDENCY


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
