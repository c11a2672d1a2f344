"""Calls and their locals as the interpreter that runs them tells them: every value short, and none that breaks it."""

from __future__ import annotations

import os
from reprlib import Repr
from typing import Any, Iterator

#: Calls of one stack, calls of it whose locals are written down, locals of each, and characters of a value.
CALLS, CALLS_WITH_LOCALS, LOCALS, VALUE = 200, 12, 30, 160

_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib is slow to import


def told(frame: Any, cwd: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """The calls of a thread from a frame on, leaf first, the innermost with their locals; `cwd` is where it began."""
    for depth in range(CALLS):
        if frame is None:
            return
        code = frame.f_code
        yield {
            "function": getattr(code, "co_qualname", code.co_name),
            "file": os.path.join(cwd, code.co_filename),  # noqa: PTH118
            "line": frame.f_lineno,
            "variables": variables(frame) if depth < CALLS_WITH_LOCALS and _is_own(code) else [],
        }
        frame = frame.f_back


def variables(frame: Any) -> list[list[Any]]:  # noqa: ANN401
    """Name, value, type and whether it is an argument, of what a person would look at among the locals."""
    code = frame.f_code
    flags = code.co_flags
    count = code.co_argcount + code.co_kwonlyargcount + bool(flags & 4) + bool(flags & 8)
    arguments = code.co_varnames[:count]
    top = frame.f_locals is frame.f_globals
    return [
        [name, shown(value), type(value).__qualname__[:VALUE], name in arguments]
        for name, value in list(frame.f_locals.items())
        if not (top and (name.startswith("__") or _is_definition(value)))
    ][:LOCALS]


def shown(value: Any) -> str:  # noqa: ANN401
    """A value in few characters; what its own __repr__ raises is said in its place."""
    try:
        text = _REPR.repr(value)
    except Exception as error:  # noqa: BLE001 - it may raise anything
        text = f"<its __repr__ raised {type(error).__name__}>"
    return text if len(text) <= VALUE else text[: VALUE - 3] + "..."


def _bounded() -> Repr:
    shown = Repr()
    shown.maxstring = shown.maxother = shown.maxlong = VALUE // 2
    shown.maxlevel = 3
    return shown


_REPR = _bounded()


def _is_own(code: Any) -> bool:  # noqa: ANN401
    """False for the standard library, whose locals nobody asks for."""
    file = code.co_filename
    return not file.startswith("<frozen") and ("-packages" in file or not file.startswith(_LIBRARY))


def _is_definition(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, type) or type(value).__name__ in ("module", "function", "builtin_function_or_method")
