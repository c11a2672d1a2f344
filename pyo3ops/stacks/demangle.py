"""Names of Rust symbols as a person writes them: without hashes, crate disambiguators and what compilers append.

Both manglings, and what a C++ demangler left of the older one. Names of C++ stay as they come: the debuggers that give
us frames have demangled those already. No library does this for every Python that we run on.
"""

from __future__ import annotations

import functools
import re

from pyo3ops.stacks import demangle_v0

#: Characters; what is longer is demangled by nobody here, and loses the crates' disambiguators alone.
LONGEST = 16384

#: What GCC and LLVM append to a function that they cut up, clone or make unique.
_APPENDED = frozenset(
    "cold constprop isra part lto_priv localalias clone warm hot exit unlikely".split()  # noqa: SIM905 - words
)
_HASH = re.compile(r"h[0-9a-f]{16}")
_HASH_BEHIND = re.compile(r"::h[0-9a-f]{16}$")
#: "core[3c1d]::ptr", as backtraces write a crate with its disambiguator.
_DISAMBIGUATOR = re.compile(r"(?<=\w)\[[0-9a-f]{1,16}\](?=::)")
_ESCAPES = {"SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ","}
_ESCAPE = re.compile(r"\$(?:(SP|BP|RF|LT|GT|LP|RP|C)|u([0-9a-f]{1,6}))\$")
#: A name that C++ demanglers gave, with what they do not know in it.
_HALF = re.compile(r"\$(?:SP|BP|RF|LT|GT|LP|RP|C|u[0-9a-f]{1,6})\$")
_IN_TEXT = re.compile(r"(?<![\w$.])_{1,2}(?:ZN\d|R[A-Z])[\w$]{2,8000}(?:\.{1,2}[\w$]{1,200}){0,200}", re.ASCII)


@functools.lru_cache(maxsize=2048)
def demangled(name: str) -> str:
    """The name of a symbol for people; what is not mangled, or wrongly, keeps its name. Never raises."""
    if len(name) > LONGEST:
        return _DISAMBIGUATOR.sub("", name)
    bare = _without_appended(name)
    return demangle_v0.demangled(bare) or _legacy(bare) or _tidied(bare)


def in_text(text: str) -> str:
    """A text with each Rust symbol in it demangled."""
    return _IN_TEXT.sub(lambda match: demangled(match[0]), text)


def is_mangled(name: str) -> bool:
    """True where something of a name is still mangled, or carries a hash."""
    return in_text(name) != name or bool(_HALF.search(name) or _HASH_BEHIND.search(name))


def _without_appended(name: str) -> str:
    parts = name.split(".")
    while len(parts) > 1:
        if parts[-1] in _APPENDED:
            parts.pop()
        elif len(parts) > 2 and (parts[-2] == "llvm" or (parts[-2] in _APPENDED and parts[-1].isdigit())):  # noqa: PLR2004
            del parts[-2:]
        else:
            break
    return ".".join(parts)


def _legacy(name: str) -> str | None:
    """What `_ZN4core3ptr...17h0123456789abcdefE` says; None for any other name."""
    start = next((len(prefix) for prefix in ("__ZN", "_ZN", "ZN") if name.startswith(prefix)), 0)
    if not start or not name.isascii():
        return None
    segments = []
    while start < len(name) and name[start] != "E":
        # No segment is longer than the name: more digits are no length.
        digits = re.compile(r"\d{1,5}").match(name, start)
        if digits is None:
            return None
        end = digits.end() + int(digits[0])
        segments.append(name[digits.end() : end])
        start = end
    # Behind the E there is nothing, or what a tool appended: parameters are C++'s.
    if name[start : start + 1] != "E" or name[start + 1 : start + 2] not in {"", "."} or not all(segments):
        return None
    if _HASH.fullmatch(segments[-1]) and segments[1:]:
        segments.pop()
    return "::".join(map(_unescaped, segments)) if segments else None


def _unescaped(segment: str) -> str:
    # An identifier may not begin with a dollar.
    plain = segment[1:] if segment.startswith("_$") else segment
    return _ESCAPE.sub(_escaped, plain.replace("..", "::"))


def _escaped(match: re.Match[str]) -> str:
    if match[1]:
        return _ESCAPES[match[1]]
    code = int(match[2], 16)
    # Control characters and halves of pairs stay as they are written.
    return chr(code) if code < 0x110000 and chr(code).isprintable() else match[0]  # noqa: PLR2004 - Unicode's end


def _tidied(name: str) -> str:
    """A name that another tool demangled, in part perhaps."""
    bare = _DISAMBIGUATOR.sub("", _HASH_BEHIND.sub("", name))
    if not _HALF.search(bare):
        return bare
    return "::".join(_unescaped(part) for part in bare.split("::"))
