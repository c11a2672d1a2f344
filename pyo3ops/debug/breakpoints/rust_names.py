"""Rust functions by what a person types: partial names and patterns, held against the symbol tables of extensions."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints.where import Kind
from pyo3ops.stacks.demangle import demangled
from pyo3ops.tools import elf_functions

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.debug.breakpoints.where import Where

#: Functions that one pattern may stand for.
MOST = 200
#: What a pattern means only where it names it.
_LIBRARIES = ("std", "core", "alloc", "pyo3", "pyo3_ffi", "hashbrown", "gimli", "addr2line", "rustc_demangle")
_GLUE = re.compile(r"__pyfunction_|__pymethod_|_PYO3_DEF|__pyo3_")
#: Called once for each panic that begins, whatever it carries; the other one for those that go on, too.
_PANICS = ("std::panicking::rust_panic_with_hook", "std::panicking::panic_with_hook")
_PANICS_AGAIN = ("__rustc::rust_panic", "std::panicking::rust_panic", "rust_panic")


@dataclass(frozen=True)
class Function:
    """One Rust function of an extension; `path` as it is written in the source, without generics."""

    path: str
    symbol: str
    library: Path

    @property
    def crate(self) -> str:
        """The first name of its path."""
        return self.path.partition("::")[0].lstrip("<&* ")


@dataclass(frozen=True)
class Resolved:
    """What a debugger is to look for, for one place."""

    #: Paths, for debug information that has them.
    paths: tuple[str, ...] = ()
    #: Mangled names.
    symbols: tuple[str, ...] = ()
    #: A name without its path: a function that is inlined everywhere, where the debug information has no paths.
    short: str | None = None
    #: Files that may hold the function of `short`, each the end of a path.
    files: tuple[str, ...] = ()
    #: Why nothing may come of it, in words.
    doubt: str = ""


def functions(libraries: Iterable[Path]) -> tuple[Function, ...]:
    """The Rust functions that the symbol tables of some libraries name."""
    return tuple(each for library in libraries for each in _of_library(library))


def _of_library(library: Path) -> Iterator[Function]:
    for symbol in dict.fromkeys(elf_functions.names(library)):
        if symbol.startswith(("_ZN", "_R")):
            name = demangled(symbol)
            if name != symbol:
                yield Function(plain(name), symbol, library)


def plain(path: str) -> str:
    """A path without generic arguments: `<a::B<u8>>::c::<d>` is `a::B::c`; a trait that is implemented is left out."""
    inner = path
    while inner.startswith("<") and _without_outer(inner) != inner:
        inner = _without_outer(inner)
    kept, depth = [], 0
    for place, character in enumerate(inner):
        # The > of an arrow closes nothing.
        if character == "<":
            depth += 1
        elif character == ">" and inner[place - 1 : place] != "-":
            depth = max(depth - 1, 0)
        elif depth == 0:
            kept.append(character)
    return re.sub(r"(?:::){2,}", "::", "".join(kept)).strip(": ") or path


def _without_outer(path: str) -> str:
    """`<T as Trait>::method` and `<T>::method` as `T::method`."""
    if not path.startswith("<"):
        return path
    depth = 0
    for place, character in enumerate(path):
        depth += (character == "<") - (character == ">" and path[place - 1] != "-")
        if depth == 0:
            inside, rest = path[1:place], path[place + 1 :]
            return _self_type(inside).lstrip("&*") + rest
    return path


def _self_type(inside: str) -> str:
    depth = 0
    for place, character in enumerate(inside):
        depth += (character in "<([") - (character in ">)]")
        if depth == 0 and inside.startswith(" as ", place):
            return inside[:place]
    return inside


def resolve(where: Where, known: tuple[Function, ...], libraries: tuple[Path, ...]) -> Resolved:
    """What a place in Rust stands for; raises `UsageError`, with what is near, for a name that no extension has.

    `known` are the functions of `libraries`. Without any library nothing can be told, and the debugger waits for one.
    """
    if where.kind is Kind.PANIC:
        return _panic(known)
    if where.kind is Kind.RUST_PATTERN:
        return _pattern(where, known, libraries)
    name = plain(where.name)
    found = [each for each in known if f"::{each.path}".endswith(f"::{name}")]
    if found:
        return Resolved(tuple(dict.fromkeys(each.path for each in found)), tuple(each.symbol for each in found))
    last = name.rpartition("::")[2]
    if any(elf_functions.speaks_of(library, last) for library in libraries):
        return Resolved((name,), (), last, _files(name), "it is inlined wherever it is called, if it is a function")
    if not libraries or _is_elsewhere(name, known):
        return Resolved((name,), (), None, (), "no extension that has it was found before the program began")
    raise _unknown(where, name, known, libraries)


def _panic(known: tuple[Function, ...]) -> Resolved:
    for names in (_PANICS, _PANICS_AGAIN):
        symbols = tuple(each.symbol for each in known if each.path in names)
        if symbols:
            return Resolved(("panic",), symbols)
    return Resolved(("panic",), (), "rust_panic", (), "no extension with symbols was found before the program began")


def _pattern(where: Where, known: tuple[Function, ...], libraries: tuple[Path, ...]) -> Resolved:
    pattern = re.compile(where.name)
    found = [each for each in known if pattern.search(each.path) and _is_meant(each, where.name)]
    paths = tuple(dict.fromkeys(each.path for each in found))
    if len(paths) > MOST:
        raise UsageError(
            f"{where.text} finds {len(paths):,} functions",
            cause=f"{MOST} are as many as one pattern may stand for: {', '.join(paths[:3])}, ...",
            command=f"pyo3ops debug breakpoint '/^{found[0].crate}::.*name/' -- python script.py",
        )
    if not found:
        there = ", ".join(path.name for path in libraries)
        stripped = f"none of {len(known):,} functions in {there} fits" if known else f"{there} has no symbol table"
        raise UsageError(
            f"{where.text} finds no Rust function",
            cause=stripped if libraries else "no Rust extension was found where the program imports from",
            command="pyo3ops debug breakpoint my_crate::function -- python script.py",
        )
    return Resolved(paths, tuple(each.symbol for each in found))


def _is_meant(function: Function, pattern: str) -> bool:
    crate = function.crate
    if _GLUE.search(function.path) and "__py" not in pattern and "_PYO3" not in pattern:
        return False
    return crate not in _LIBRARIES or crate in pattern


def _files(name: str) -> tuple[str, ...]:
    """The files that a function of this path may stand in, by Rust's rules for modules."""
    modules = name.split("::")[1:-1]
    if not modules:
        return ("lib.rs", "main.rs") if "::" in name else ()
    return (f"{'/'.join(modules)}.rs", f"{'/'.join(modules)}/mod.rs", "lib.rs")


def _is_elsewhere(name: str, known: tuple[Function, ...]) -> bool:
    """True where a path begins with a crate that none of the extensions is made of."""
    crate, colons, _ = name.partition("::")
    parts = {part for each in known for part in each.path.split("::")}
    return bool(colons) and crate not in parts


def _unknown(where: Where, name: str, known: tuple[Function, ...], libraries: tuple[Path, ...]) -> UsageError:
    near = _near(name, known)
    there = ", ".join(sorted({path.name for path in libraries}))
    if not known:
        cause = f'{there} has no symbol table: build with `debug = "line-tables-only"` and without `strip`'
    elif near:
        cause = f"near it: {', '.join(near)}"
    else:
        cause = f"none of {len(known):,} functions in {there} is called so"
    example = near[0] if near else f"/{name.rpartition('::')[2]}/"
    return UsageError(
        f"no Rust function is called {where.name}",
        cause=cause,
        command=f"pyo3ops debug breakpoint '{example}' -- python script.py",
    )


def _near(name: str, known: tuple[Function, ...]) -> list[str]:
    last = name.rpartition("::")[2]
    own: dict[str, str] = {}
    for each in known:
        if _is_meant(each, name) and "{" not in each.path:
            own.setdefault(each.path.rpartition("::")[2], each.path)
    by_last = [own[each] for each in difflib.get_close_matches(last, list(own)[:20_000], 5, 0.6)]
    by_path = difflib.get_close_matches(name, list(own.values())[:20_000], 3, 0.8) if "::" in name else []
    return list(dict.fromkeys([*by_path, *by_last]))[:5]
