"""The names of Rust functions as texts: with generics or without, as symbols, debug information or people have them."""

from __future__ import annotations

import re

from pyo3ops.stacks.demangle import demangled

_CLOSURE = re.compile(r"\{closure#\d{1,6}\}")
#: What the older mangling makes of every closure of a function.
_ANY_CLOSURE = "{{closure}}"
#: An implementation block: debug information numbers them, symbols have the type in its place.
_BLOCK = re.compile(r"\{impl#\d{1,6}\}")
#: What a pattern means only where it names it.
_LIBRARIES = frozenset(
    "std core alloc pyo3 pyo3_ffi hashbrown gimli addr2line rustc_demangle once_cell memchr object miniz_oxide adler2 "  # noqa: SIM905 - words
    "unwinding panic_unwind panic_abort __rustc".split()
)
_GLUE = re.compile(r"__pyfunction_|__pymethod_|_PYO3_DEF|__pyo3_")
#: What a shown frame has behind its name.
_BEHIND = " (inlined)"


def tidy(name: str) -> str:
    """A name as a person gives it: a symbol, or copied out of a stack."""
    bare = demangled(name.strip())
    return bare[: -len(_BEHIND)] if bare.endswith(_BEHIND) else bare


def is_special(name: str) -> bool:
    """True for a name with generics, traits, closures or numbered blocks, which more than its path tells apart."""
    return "<" in name or "{" in name


def is_closure(name: str) -> bool:
    """True for the last name of a path that is a closure's."""
    return name == _ANY_CLOSURE or _CLOSURE.fullmatch(name) is not None


def is_any_closure(name: str) -> bool:
    """True where a symbol does not say which closure of a function it is."""
    return _ANY_CLOSURE in name


def ends(name: str, given: str) -> bool:
    """True where a function is called as given, or with more names in front of that."""
    if _ANY_CLOSURE in name:
        given = _CLOSURE.sub(_ANY_CLOSURE, given)
    return f"::{name}".endswith(f"::{given}")


def stands_for(given: str, path: str, name: str) -> bool:
    """True where a path fits what was given, a numbered block being any type of the crate; `name` is the whole one."""
    parts = given.split("::")
    block = max((at for at, part in enumerate(parts) if _BLOCK.fullmatch(part)), default=None)
    if block is None:
        return ends(path, given)
    tail = "::".join(parts[block + 1 :])
    of_crate = block == 0 or re.search(rf"(?<!\w){re.escape(parts[0])}::", name or path) is not None
    return bool(tail) and of_crate and ends(path, tail) and not ends(tail, path)


def is_meant(path: str, pattern: str) -> bool:
    """False for functions of libraries and of PyO3's making that a pattern, or a name, does not speak of."""
    crate = crate_of(path)
    if _GLUE.search(path) and "__py" not in pattern and "_PYO3" not in pattern:
        return False
    return crate not in _LIBRARIES or crate in pattern


def crate_of(path: str) -> str:
    """The first name of a path."""
    return path.partition("::")[0].lstrip("<&* ")


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
