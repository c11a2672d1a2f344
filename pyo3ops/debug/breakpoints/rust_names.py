"""Rust functions by what a person types: names and patterns, held against symbol tables and debug information."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterable, Iterator, Sequence

from pyo3ops.debug.breakpoints import rust_unknown
from pyo3ops.debug.breakpoints.rust_paths import (
    crate_of,
    ends,
    is_any_closure,
    is_closure,
    is_meant,
    is_special,
    plain,
    stands_for,
    tidy,
)
from pyo3ops.debug.breakpoints.where import Kind
from pyo3ops.stacks.demangle import demangled
from pyo3ops.tools import elf_functions

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.debug.breakpoints.debug_names import DebugNames
    from pyo3ops.debug.breakpoints.where import Where

#: Functions that one pattern may stand for.
MOST = 200
#: Places that a function is looked for in that has no symbol.
INLINED = 50
#: Called once for each panic that begins, whatever it carries; the other one for those that go on, too.
_PANICS = ("std::panicking::rust_panic_with_hook", "std::panicking::panic_with_hook")
_PANICS_AGAIN = ("__rustc::rust_panic", "std::panicking::rust_panic", "rust_panic")


@dataclass(frozen=True)
class Function:
    """One Rust function of an extension; `path` as it is written in the source, without generics."""

    path: str
    symbol: str
    library: Path
    #: With generics and traits, as its symbol has them.
    name: str = ""

    @property
    def crate(self) -> str:
        """The first name of its path."""
        return crate_of(self.path)


@dataclass(frozen=True)
class Target:
    """One function: its name for debug information, and its mangled names, one for each set of types."""

    name: str
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolved:
    """What a debugger is to look for, for one place."""

    targets: tuple[Target, ...] = ()
    #: A name without its path: a function that is inlined everywhere, where the debug information has no paths.
    short: str | None = None
    #: Files that may hold the function of `short`, each the end of a path.
    files: tuple[str, ...] = ()
    #: Why nothing may come of it, in words.
    doubt: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The names of all of them."""
        return tuple(each.name for each in self.targets)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The mangled names of all of them."""
        return tuple(symbol for each in self.targets for symbol in each.symbols)


def functions(libraries: Iterable[Path]) -> tuple[Function, ...]:
    """The Rust functions that the symbol tables of some libraries name."""
    return tuple(each for library in libraries for each in _of_library(library))


def _of_library(library: Path) -> Iterator[Function]:
    for symbol in dict.fromkeys(elf_functions.names(library)):
        if symbol.startswith(("_ZN", "_R")):
            name = demangled(symbol)
            if name != symbol:
                yield Function(plain(name), symbol, library, name)


def resolve(
    where: Where, known: tuple[Function, ...], libraries: tuple[Path, ...], debug: DebugNames | None = None
) -> Resolved:
    """What a place in Rust stands for; raises `UsageError`, with what is near, for a name that no extension has.

    `known` are the functions of `libraries`. Without any library nothing can be told, and the debugger waits for one.
    `debug` is asked where symbols do not tell, for it takes seconds.
    """
    if where.kind is Kind.PANIC:
        return _panic(known)
    if where.kind is Kind.RUST_PATTERN:
        return _pattern(where, known, libraries, debug)
    symbol = [each for each in known if each.symbol == where.name]
    found = _targets(symbol) or _named(tidy(where.name), known, libraries, debug)
    return Resolved(found) if found else _later(where, tidy(where.name), known, libraries)


def _named(
    name: str, known: tuple[Function, ...], libraries: tuple[Path, ...], debug: DebugNames | None
) -> tuple[Target, ...]:
    """The functions of a name: with all that it says before without."""
    path = plain(name)
    if not is_special(name):
        return _targets(each for each in known if ends(each.path, path))
    exact = [each for each in known if ends(each.name, name)]
    if exact and not any(is_any_closure(each.name) for each in exact):
        return _targets(exact)
    fits = (each for each in known if stands_for(path, each.path, each.name))
    alike = exact or [each for each in fits if is_meant(each.path, name)]
    asked = tuple(dict.fromkeys(each.library for each in alike)) or libraries
    written = _written(asked, debug, lambda each: ends(each, name))
    if written or any(elf_functions.speaks_of(library, name) for library in libraries):
        return written
    return _targets(alike)


def _written(libraries: Sequence[Path], debug: DebugNames | None, fits: Callable[[str], bool]) -> tuple[Target, ...]:
    """The functions that debug information has, of those names that fit."""
    names = [each for each in debug.names(libraries) if fits(each)] if debug is not None and libraries else []
    if debug is None or not names or len(names) > MOST:
        return tuple(map(Target, names))
    symbols = debug.symbols(libraries, names)
    return tuple(Target(each, symbols.get(each, ())) for each in names)


def _targets(found: Iterable[Function]) -> tuple[Target, ...]:
    by_path: dict[str, list[str]] = {}
    for each in found:
        by_path.setdefault(each.path, []).append(each.symbol)
    return tuple(Target(path, tuple(symbols)) for path, symbols in by_path.items())


def _later(where: Where, name: str, known: tuple[Function, ...], libraries: tuple[Path, ...]) -> Resolved:
    """What the debugger is to wait for, where no symbol has a name."""
    path = plain(name)
    last = path.rpartition("::")[2]
    if libraries and is_closure(last) and not _is_elsewhere(path, known):
        raise rust_unknown.closure(name)
    # Line tables have the name alone, with its types.
    for short in dict.fromkeys((name, last)):
        if any(elf_functions.speaks_of(library, short) for library in libraries):
            doubt = "it is inlined wherever it is called, if it is a function"
            return Resolved(tuple(map(Target, _inlined(name, path, known))), short, _files(path), doubt)
    if not libraries or _is_elsewhere(path, known):
        stripped = f"{', '.join(sorted({each.name for each in libraries}))} has no symbol table"
        doubt = stripped if libraries and not known else "no extension that has it was found before the program began"
        return Resolved((Target(name if is_special(name) else path),), doubt=doubt)
    raise rust_unknown.unknown(where, path, [each.path for each in known], libraries)


def _inlined(name: str, path: str, known: tuple[Function, ...]) -> list[str]:
    """The paths that a function without a symbol may have: beside those that have one."""
    if is_special(name):
        return [name]
    module, _, last = path.rpartition("::")
    beside = dict.fromkeys(each.path.rpartition("::")[0] for each in known if is_meant(each.path, name))
    fitting = [each for each in beside if each and "<" not in each and (not module or ends(each, module))]
    return [path, *[f"{each}::{last}" for each in fitting if each != module]][:INLINED]


def _panic(known: tuple[Function, ...]) -> Resolved:
    for names in (_PANICS, _PANICS_AGAIN):
        symbols = tuple(each.symbol for each in known if each.path in names)
        if symbols:
            return Resolved((Target("panic", symbols),))
    return Resolved(
        (Target("panic"),), "rust_panic", doubt="no extension with symbols was found before the program began"
    )


def _pattern(
    where: Where, known: tuple[Function, ...], libraries: tuple[Path, ...], debug: DebugNames | None
) -> Resolved:
    pattern = re.compile(where.name)
    fits = (each for each in known if pattern.search(each.path) or pattern.search(each.name))
    found = _targets(each for each in fits if is_meant(each.path, where.name))
    if not found:
        found = _written(libraries, debug, lambda each: bool(pattern.search(each)) and is_meant(each, where.name))
    if len(found) > MOST:
        raise rust_unknown.too_many(where, [each.name for each in found], MOST)
    if not found:
        raise rust_unknown.unmatched(where, [each.path for each in known], libraries)
    return Resolved(found)


def _files(name: str) -> tuple[str, ...]:
    """The files that a function of this path may stand in, by Rust's rules for modules."""
    crate, *modules = name.split("::")[:-1] or [""]
    if not modules:
        return ("lib.rs", "main.rs", f"{crate}.rs") if crate else ()
    return (f"{'/'.join(modules)}.rs", f"{'/'.join(modules)}/mod.rs", "lib.rs", f"{crate}.rs")


def _is_elsewhere(name: str, known: tuple[Function, ...]) -> bool:
    """True where a path begins with a crate that none of the extensions is made of."""
    crate, colons, _ = name.partition("::")
    parts = {part for each in known for part in each.path.split("::")}
    return bool(colons) and crate not in parts
