"""Code objects: what is in them by name, and which of their lines are worth a stop."""

from __future__ import annotations

from typing import Any, Iterator

#: CO_NEWLOCALS: set for functions, and not for modules and the bodies of classes.
_NEW_LOCALS = 2
_GENERATED = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


def module_name(frame: Any) -> str | None:  # noqa: ANN401
    """The name that a module is imported by, also where it runs as the program."""
    name = frame.f_globals.get("__name__")
    if name == "__main__":
        spec = frame.f_globals.get("__spec__")
        name = getattr(spec, "name", None) or name
    return name if isinstance(name, str) else None


def tree(code: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """A code object and those inside of it, each with its qualified name without `<locals>`."""
    yield name, code
    for each in code.co_consts:
        if hasattr(each, "co_code"):
            yield from tree(each, f"{name}.{each.co_name}" if name else each.co_name)


def stops_at(code: Any, line: int) -> bool:  # noqa: ANN401
    """True where a line of a code object is worth a stop: not again where a class, or a comprehension, begins."""
    is_function = code.co_flags & _NEW_LOCALS
    begins = line == code.co_firstlineno and not is_function and code.co_name != "<module>"
    return line in lines(code) and code.co_name not in _GENERATED and not begins


def lines(code: Any) -> frozenset[int]:  # noqa: ANN401
    """The lines that a code object has instructions of."""
    import dis  # noqa: PLC0415 - where a module has breakpoints alone

    return frozenset(line for _, line in dis.findlinestarts(code) if line)
