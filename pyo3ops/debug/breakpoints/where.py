"""Where to stop, as it is typed: a Rust function, a pattern over Rust functions, a line, a Python function.

    crate::module::function     a Rust function; its last names are enough: `module::function`, `function`
    <T as Trait>::method        the same as stacks show it: with types, `{impl#0}`, `{closure#0}`, or mangled
    /pattern/                   every Rust function that a regular expression finds
    src/lib.rs:12               a line of Rust or C
    script.py:30                a line of Python
    script.py::Class.method     a Python function, by its file
    package.module:function     a Python function, by its module

Each may end in ` if EXPRESSION`, which is asked in the language of the place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from pyo3ops.core.errors import UsageError

#: Characters of one WHERE, and the last line that a file may have.
LIMIT = 4096
LAST_LINE = 9_999_999

_PYTHON_SUFFIXES = (".py", ".pyw")
_NATIVE_SUFFIXES = (".rs", ".c", ".cc", ".cpp", ".cxx", ".h", ".hpp")
_EXAMPLE = "pyo3ops debug breakpoint my_crate::function src/lib.rs:12 script.py:30 -- python script.py"
_FORMS = (
    "it is one of my_crate::module::function, /pattern/, src/lib.rs:12, script.py:30, script.py::function, "
    "package.module:function"
)
#: What a stack has behind the name of an inlined call.
_BEHIND = " (inlined)"
#: A symbol as compilers write it.
_MANGLED = re.compile(r"_{1,2}(?:ZN|R)[\w$.]{2,4000}")


class Kind(Enum):
    """What a place is, in the words of the report."""

    RUST_FUNCTION = "Rust function"
    RUST_PATTERN = "Rust functions"
    NATIVE_LINE = "Rust line"
    PYTHON_LINE = "Python line"
    PYTHON_FUNCTION = "Python function"
    PANIC = "panic"

    @property
    def is_python(self) -> bool:
        """True where the interpreter stops, and not the debugger."""
        return self in (Kind.PYTHON_LINE, Kind.PYTHON_FUNCTION)


@dataclass(frozen=True)
class Where:
    """One place; `text` is what was typed, without the condition."""

    text: str
    kind: Kind
    #: A Rust path, a regular expression, or the qualified name of a Python function.
    name: str = ""
    #: The file as it was typed.
    file: str | None = None
    line: int | None = None
    #: The dotted name of a Python module.
    module: str | None = None
    condition: str | None = None


#: What `--on panic` stands for.
PANIC = Where("--on panic", Kind.PANIC, "rust_panic")


def parse(text: str) -> Where:
    """The place that a text names; raises `UsageError`, with the forms there are, for what names none."""
    if len(text) > LIMIT or any(not each.isprintable() for each in text):
        raise UsageError(
            "a breakpoint is longer than a line, or holds control characters", cause=_FORMS, command=_EXAMPLE
        )
    whole = text.strip()
    found = _pattern(whole) or _line(whole) or _python_function(whole)
    if found is not None:
        return found
    # Before a Rust function: its name may have spaces, as in `<T as Trait>::method`.
    for place, condition in [*_split(whole), (whole, None)]:
        found = _pattern(place) or _line(place) or _python_function(place) or _rust_function(place)
        if found is not None:
            return replace(found, condition=condition)
    raise UsageError(f"{whole or 'an empty text'} is no place to stop at", cause=_cause(whole), command=_EXAMPLE)


def _split(text: str) -> list[tuple[str, str | None]]:
    """Place and condition, at each ` if ` that stands between the two: a folder may be called so."""
    cuts = [match.start() for match in re.finditer(" if ", text)][:20]
    return [(text[:cut].strip(), text[cut + 4 :].strip()) for cut in cuts if text[cut + 4 :].strip()]


def _pattern(text: str) -> Where | None:
    if len(text) < 3 or not (text.startswith("/") and text.endswith("/")):  # noqa: PLR2004 - two slashes and what is between
        return None
    try:
        re.compile(text[1:-1])
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{text} is no regular expression: {error}",
            cause="between the slashes is Python's syntax; a path would not end in a slash",
            command="pyo3ops debug breakpoint '/my_crate::.*parse/' -- python script.py",
        ) from None
    return Where(text, Kind.RUST_PATTERN, text[1:-1])


def _line(text: str) -> Where | None:
    file, colon, number = text.rpartition(":")
    if not (colon and file and re.fullmatch(r"[0-9]{1,7}", number)) or int(number) < 1:
        return None
    if file.endswith(_PYTHON_SUFFIXES):
        return Where(text, Kind.PYTHON_LINE, file=file, line=int(number))
    return Where(text, Kind.NATIVE_LINE, file=file, line=int(number)) if file.endswith(_NATIVE_SUFFIXES) else None


def _python_function(text: str) -> Where | None:
    file, colon, name = text.rpartition("::")
    while colon and not file.endswith(_PYTHON_SUFFIXES):
        # `test_it.py::Class::method`, as pytest writes it.
        file, colon, more = file.rpartition("::")
        name = f"{more}.{name}"
    if colon:
        return Where(text, Kind.PYTHON_FUNCTION, name, file=file) if _is_dotted(name) else None
    module, colon, name = text.rpartition(":")
    if colon and not module.endswith(":") and _is_dotted(module) and _is_dotted(name):
        return Where(text, Kind.PYTHON_FUNCTION, name, module=module)
    return None


def _is_dotted(name: str) -> bool:
    return all(each.isidentifier() for each in name.split("."))


def _rust_function(text: str) -> Where | None:
    name = text[: -len(_BEHIND)] if text.endswith(_BEHIND) else text
    parts = name.split("::")
    if all(each.isidentifier() for each in parts) or _MANGLED.fullmatch(name) or (all(parts) and _is_shown(name)):
        return Where(text, Kind.RUST_FUNCTION, name)
    return None


def _is_shown(name: str) -> bool:
    """True for `<T as Trait>::method`, `area<f32>`, `module::{closure#0}`: what stacks show of a function."""
    outside, depth = [], 0
    for place, character in enumerate(name):
        # The > of an arrow closes nothing.
        closes = character == "}" or (character == ">" and name[place - 1 : place] != "-")
        if depth == 0 and not closes and character not in "<{":
            outside.append(character)
        depth += (character in "<{") - closes
        if depth < 0:
            return False
    grouped = len(outside) < len(name)
    return depth == 0 and re.fullmatch(r"[\w:&*()\[\]]*", "".join(outside)) is not None and (grouped or "::" in name)


def _cause(text: str) -> str:
    file, _, line = text.rpartition(":")
    if file.endswith((*_PYTHON_SUFFIXES, *_NATIVE_SUFFIXES)) and line.lstrip("-").isdigit():
        return f"lines count from 1 to {LAST_LINE}"
    if file and not file.endswith(":") and line.isdigit():
        known = ", ".join(_PYTHON_SUFFIXES + _NATIVE_SUFFIXES)
        return f"the language of {file} is not known: it ends in none of {known}"
    if text.endswith((*_PYTHON_SUFFIXES, *_NATIVE_SUFFIXES)):
        return f"a file has many lines: {text}:30, or {text}::function for Python"
    if "." in text and _is_dotted(text):
        module, _, name = text.rpartition(".")
        return f"for a Python function a colon stands before its name: {module}:{name}"
    return _FORMS
