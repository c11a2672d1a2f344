"""What is said of Rust functions that are not there, with those that are near."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Sequence

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import near
from pyo3ops.debug.breakpoints.rust_paths import is_meant
from pyo3ops.tools import elf_functions

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.debug.breakpoints.where import Where


def closure(name: str) -> UsageError:
    """A closure that no symbol is for: line tables know all of them by their number alone."""
    return UsageError(
        f"{name} has no code of its own",
        cause="the compiler put this closure into what calls it, or there is no such one",
        command="pyo3ops debug breakpoint src/lib.rs:LINE -- python script.py",
    )


def too_many(where: Where, found: Sequence[str], most: int) -> UsageError:
    """A pattern that finds more functions than anybody wants to stop at."""
    return UsageError(
        f"{where.text} finds {len(found):,} functions",
        cause=f"{most} are as many as one pattern may stand for: {', '.join(found[:3])}, ...",
        command=f"pyo3ops debug breakpoint '/^{found[0].partition('::')[0]}::.*name/' -- python script.py",
    )


def unmatched(where: Where, known: Sequence[str], libraries: Sequence[Path]) -> UsageError:
    """A pattern that finds nothing among the paths that are known."""
    there = ", ".join(path.name for path in libraries)
    words = re.findall(r"[^\W\d]\w{2,60}", where.name)
    # Debug information has the last name of what is inlined, and nobody's path.
    inlined = any(elf_functions.speaks_of(library, words[-1]) for library in libraries) if words else False
    plain = "::".join(words[-2:]) if inlined else ""
    alike = near.functions("::".join(words), _own(known, where.name)) if words else []
    cause = f"none of {len(known):,} functions in {there} fits" if known else f"{there} has no symbol table"
    cause += f"; near it: {', '.join(alike)}" if alike else ""
    cause += f"; a pattern does not see functions that are inlined, as {words[-1]} may be: name it" if inlined else ""
    return UsageError(
        f"{where.text} finds no Rust function",
        cause=cause if libraries else "no Rust extension was found where the program imports from",
        command=f"pyo3ops debug breakpoint {plain or 'my_crate::function'} -- python script.py",
    )


def unknown(where: Where, name: str, known: Sequence[str], libraries: Sequence[Path]) -> UsageError:
    """A name that nothing has; `name` is its path, and so are those that are known."""
    alike = near.functions(name, _own(known, name))
    there = ", ".join(sorted({path.name for path in libraries}))
    if not known:
        cause = f'{there} has no symbol table: build with `debug = "line-tables-only"` and without `strip`'
    elif alike:
        cause = f"near it: {', '.join(alike)}"
    else:
        cause = f"none of {len(known):,} functions in {there} is called so"
    example = alike[0] if alike else f"/{name.rpartition('::')[2]}/"
    return UsageError(
        f"no Rust function is called {where.name}",
        cause=cause,
        command=f"pyo3ops debug breakpoint '{example}' -- python script.py",
    )


def _own(known: Sequence[str], name: str) -> list[str]:
    return [each for each in known if is_meant(each, name) and "{" not in each]
