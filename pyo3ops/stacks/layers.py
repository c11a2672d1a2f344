"""Whose code a frame is: the interpreter's, PyO3's, a crate's, the C library's; told by file, module and symbol.

Names alone do not tell: an inlined `{closure#0}` may be anybody's, and generic code of the standard library that is
compiled into a crate carries that crate's symbols. Paths do: cargo's registry names the crate, rustc's own sources are
below /rustc/HASH/library.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Mapping, Optional, Tuple

from pyo3ops.stacks.model import Dump, Frame, Language, Layer
from pyo3ops.stacks.pairing import INTERPRETER

#: What converts and calls, and what generates it.
GLUE = frozenset({"pyo3", "pyo3-ffi", "pyo3_ffi", "pyo3-macros", "pyo3-macros-backend", "pyo3-build-config"})
#: What #[pyfunction] and #[pymethods] generate; its file is the user's.
WRAPPER = re.compile(r"__py(?:function|method|class|o3)_\w*")
#: The functions in C that #[pyfunction] and #[pymethods] make, inside of what the user wrote, or of nothing.
_TRAMPOLINE = re.compile(r"::(?:_PYO3_DEF|ITEMS)::trampoline$")
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
INTERPRETER_SOURCE = re.compile(
    r"(?:^|[/\\][Pp]ython-?3[\w.+~-]{0,40}[/\\])(?:\./)?(?:Include|Modules|Objects|Parser|Programs|Python)/[\w/]+\.[ch]$"
)
#: The path of a Rust symbol, as it begins: `<` for an implementation's.
_CRATE_OF_SYMBOL = re.compile(r"^[<&*(\[]*(?:dyn |mut |const |impl )?(\w+)(?:\[[0-9a-f]+\])?::")
#: Who implements a trait for a tuple has defined the trait: a tuple is nobody's own (Rust's orphan rule).
_OF_A_TUPLE = re.compile(r"^<\((?:(?! as )[^()]){0,2000}\) as (\w+)(?:\[[0-9a-f]{1,16}\])?::")
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
        names = {*self.crates.values(), *self.others.values(), *self.locked, *_STD, *GLUE}
        return frozenset(name.replace("-", "_") for name in names)

    def origin(self, frame: Frame) -> Origin | None:
        """The crate of a Rust frame by its file, by its symbol without one; None where neither tells."""
        return self._by_file(frame.file) if frame.file else self._by_symbol(frame.function)

    def by_path(self, file: str) -> Origin | None:
        """The crate that a path names, or whose folder it is in; None for any other."""
        for pattern in (_REGISTRY, _CHECKOUT, _LIBRARY, _LIBRARY_DEPENDENCY, _GENERATED):
            match = pattern.search(file)
            if match:
                return Origin(match["crate"], match["rest"], std=pattern in {_LIBRARY, _LIBRARY_DEPENDENCY})
        path = Path(os.path.normpath(file))
        for folder in path.parents:
            name = self.crates.get(folder) or self.others.get(folder)
            if name:
                return Origin(name, str(path.relative_to(folder)))
        return None

    def _by_file(self, file: str) -> Origin | None:
        found = self.by_path(file)
        # Built with remapped paths: relative to the crate's root.
        if found is None and file.endswith(".rs") and not Path(file).is_absolute() and len(self.crates) == 1:
            return Origin(next(iter(self.crates.values())), file)
        return found

    def _by_symbol(self, function: str) -> Origin | None:
        match = _crate_of_symbol(function)
        if not match or match[1] not in self._known:
            return None
        return Origin(match[1], std=match[1] in _STD)


#: The interpreter's own extension modules.
_OWN_MODULE = re.compile(r"[/\\](?:lib-dynload|DLLs)[/\\][^/\\]+$")
#: The C library and what every program is linked with.
_LIBC = re.compile(
    r"(?:^|[/\\])(?:lib(?:c|m|dl|rt|util|pthread|resolv|crypt|gcc_s|stdc\+\+|anl|nsl)|ld(?:-linux[\w-]*|-musl-\w+|64)?)"
    r"[-.](?:[\w.-]{0,20}\.)?so(?:\.\d+){0,3}$|(?:^|[/\\])libSystem[\w.]*\.dylib$|(?:^|[/\\])libsystem_\w+\.dylib$"
)
CratesOfFiles = Mapping[Tuple[Optional[str], str], str]
NONE_KNOWN: CratesOfFiles = MappingProxyType({})
#: Without a crate in their names, and linked into every extension.
_RUNTIME = re.compile(r"(?:__rust_\w+|__rdl_\w+|__rg_\w+|rust_(?:begin_unwind|panic|eh_personality|oom)|__rustc::\w+)$")


#: The C library's start of a program and of a thread, where no module is told but the file of its sources, or none.
_LIBC_START = re.compile(r"__libc_start\w{1,30}|_start|start_thread|_?_?clone3?")
_LIBC_SOURCE = re.compile(r"^(?:\.{1,2}/){1,4}(?:csu|nptl|sysdeps|misc|stdlib|signal)/")
#: What the interpreter runs a program with (Python/pythonrun.c), where nothing is told but the name.
_RUNS = re.compile(r"run_(?:eval_code_obj|mod)|pyrun_\w{1,30}|pymain_\w{1,40}|Py_(?:BytesMain|RunMain)")


def classified(dump: Dump, sources: Sources) -> Dump:
    """The dump with the layer and the crate of each frame; what nothing tells is unclassified and has no crate.

    Where no project is known, the code of a wheel is called a user crate by the root of its symbols.
    """
    known: dict[tuple[object, ...], Frame] = {}
    crates = _crates_of_files(dump, sources)

    def told(frame: Frame) -> Frame:
        # Threads of a pool have the same frames: each is told once, and is one and the same from here on.
        key = tuple(vars(frame).values())
        if key not in known:
            layer, crate = layer_of(frame, sources, crates)
            known[key] = replace(frame, layer=layer, crate=crate or frame.crate)
        return known[key]

    stacks = (replace(stack, frames=tuple(map(told, stack.frames))) for stack in dump.stacks)
    return replace(dump, stacks=tuple(stacks))


def _crates_of_files(dump: Dump, sources: Sources) -> CratesOfFiles:
    """The crate of each file that a path does not tell, by the symbols of other functions in it."""
    found: dict[tuple[str | None, str], set[str]] = {}
    told = functools.lru_cache(maxsize=None)(sources.by_path)
    for frame in (frame for stack in dump.stacks for frame in stack.frames):
        if frame.file and frame.file.endswith(".rs") and told(frame.file) is None:
            root = root_of(frame)
            if root:
                found.setdefault((frame.module, frame.file), set()).add(root)
    return {key: roots.pop() for key, roots in found.items() if len(roots) == 1}


def layer_of(frame: Frame, sources: Sources, crates: CratesOfFiles = NONE_KNOWN) -> tuple[Layer, str | None]:
    """Whose code a frame is, and its Rust crate as cargo names it; `crates` by module and file, where known."""
    if frame.language is Language.PYTHON:
        return Layer.PYTHON, None
    if frame.language is Language.KERNEL or (frame.module or "").startswith(("[kernel", "[vdso]", "linux-vdso")):
        return Layer.KERNEL, None
    if _is_interpreter(frame):
        return Layer.CPYTHON, None
    if _LIBC.search(frame.module or ""):
        return Layer.LIBC, None
    found = _of_rust(frame, sources, crates)
    if found is None and _RUNTIME.match(frame.function):
        found = Layer.STD, "std"
    return found or (_by_symbol(frame) or Layer.UNCLASSIFIED, None)


def _by_symbol(frame: Frame) -> Layer | None:
    """The layer of a frame of which no module is told, as in a backtrace that was printed, by what it is called."""
    file = frame.file or ""
    if frame.module or file.endswith(".rs"):
        return None
    if _LIBC_START.fullmatch(frame.function) or _LIBC_SOURCE.match(file):
        return Layer.LIBC
    return Layer.CPYTHON if _RUNS.fullmatch(frame.function) else None


def _is_interpreter(frame: Frame) -> bool:
    module = frame.module or ""
    if INTERPRETER.search(module) or _OWN_MODULE.search(module):
        return True
    # Headers of Python are compiled into extensions as well.
    return not module and INTERPRETER_SOURCE.search(frame.file or "") is not None


def _of_rust(frame: Frame, sources: Sources, crates: CratesOfFiles) -> tuple[Layer, str | None] | None:
    origin = sources.by_path(frame.file) if frame.file else None
    own = {each.replace("-", "_"): each for each in sources.crates.values()}
    told = crates.get((frame.module, frame.file or "")) or _of_relative(frame, own)
    crate = origin.crate if origin else root_of(frame) or told
    if crate is None:
        return None
    if (origin and origin.std) or (origin is None and crate in _STD):
        return Layer.STD, crate
    if crate in GLUE:
        return Layer.PYO3, crate
    name = crate.replace("-", "_")
    if own:
        mine = name in own
    elif origin is not None:
        mine = False
    elif frame.file is None and name != stem_of(frame.module):
        # Without a file it may be any crate that the extension was built with.
        return (Layer.PYO3 if _is_wrapper(frame) else Layer.UNCLASSIFIED), crate
    else:
        mine = True
    if not mine:
        return Layer.DEPENDENCY, crate
    return (Layer.PYO3 if _is_wrapper(frame) else Layer.CRATE), own.get(name, crate)


def _is_wrapper(frame: Frame) -> bool:
    """True for what PyO3's macros wrote, whosever crate it stands in."""
    return (WRAPPER.search(frame.function) or _TRAMPOLINE.search(frame.function)) is not None


def _of_relative(frame: Frame, own: Mapping[str, str]) -> str | None:
    """The crate of a path from the root of its package, where the extension has the name of one of ours."""
    stem = stem_of(frame.module)
    relative = re.match(r"src[/\\].*\.rs$", frame.file or "", re.DOTALL)
    return stem if relative and stem in own else None


def root_of(frame: Frame) -> str | None:
    """The crate that the symbol of a Rust frame begins with; None for a C function, or where the name has no path."""
    if frame.language is Language.C or not (frame.language is Language.RUST or frame.symbol):
        return None
    match = _crate_of_symbol(frame.function)
    return match[1] if match else None


def _crate_of_symbol(function: str) -> re.Match[str] | None:
    return _OF_A_TUPLE.match(function) or _CRATE_OF_SYMBOL.match(function)


def stem_of(module: str | None) -> str | None:
    """The name that an extension is imported by: "crate" of "crate.cpython-313-x86_64-linux-gnu.so"."""
    return re.split(r"[/\\]", module)[-1].partition(".")[0] if module else None
