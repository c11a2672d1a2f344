"""`cfg(...)` expressions of cargo's configuration, evaluated for a target triple.

Rules: the Rust Reference, "Conditional compilation"; the values of a triple follow `rustc --print cfg`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(r'\s*([A-Za-z_]\w*|"[^"]*"|[(),=])')
#: Deeper ones are nobody's, and would exhaust the stack.
_DEPTH = 50
#: What rustc calls a processor that triples name otherwise.
_PROCESSORS = {
    "i586": "x86",
    "i686": "x86",
    "arm64": "aarch64",
    "powerpc64le": "powerpc64",
    "riscv32": "riscv32",
    "riscv64": "riscv64",
}
_SYSTEMS = {"darwin": "macos", "wasip1": "wasi", "wasip2": "wasi"}


def holds(expression: str, target: str) -> bool:
    """True where `cfg(...)` is true for the target in a debug build; what a triple does not tell is taken as false."""
    match = re.fullmatch(r"\s*cfg\s*\((.*)\)\s*", expression, re.DOTALL)
    tokens = _tokens(match[1]) if match else None
    if not tokens:
        return False
    facts = values(target)
    try:
        result, rest = _evaluated(tokens, facts, 0)
    except (IndexError, ValueError):
        return False
    return result and not rest


def values(target: str) -> frozenset[tuple[str, str | None]]:
    """The names that are set for a target, and the pairs of name and value."""
    parts = target.split("-")
    processor = _processor(parts[0])
    system = next((part for part in parts[1:] if part in _KNOWN), parts[-1])
    windows, wasm = "windows" in parts, processor.startswith("wasm")
    families = ["windows"] if windows else ["wasm"] if wasm else ["unix"]
    if "emscripten" in parts:
        families.append("unix")
    environment = re.match(r"gnu|musl|msvc", parts[-1])
    pairs = {
        ("target_arch", processor),
        ("target_os", "android" if parts[-1].startswith("android") else _SYSTEMS.get(system, system)),
        ("target_vendor", next((part for part in parts[1:2] if part not in _KNOWN), "unknown")),
        ("target_env", environment[0] if environment else ""),
        *(("target_family", family) for family in families),
        ("target_pointer_width", "64" if "64" in processor or processor == "s390x" else "32"),
        ("target_endian", "big" if re.match(r"s390x|sparc|powerpc(64)?-", target) else "little"),
        ("panic", "unwind"),
    }
    return frozenset({*pairs, *((family, None) for family in families if family != "wasm"), ("debug_assertions", None)})


_KNOWN = frozenset({"darwin", "emscripten", "freebsd", "ios", "linux", "netbsd", "openbsd", "windows", *_SYSTEMS})


def _processor(name: str) -> str:
    if name in _PROCESSORS:
        return _PROCESSORS[name]
    family = re.match(r"arm(?=v|$)|thumb(?=v)|riscv(?:32|64)", name)
    return {"thumb": "arm"}.get(family[0], family[0]) if family else name


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return []
        tokens.append(match[1])
        place = match.end()
    return tokens


def _evaluated(tokens: list[str], facts: frozenset[tuple[str, str | None]], depth: int) -> tuple[bool, list[str]]:
    """The truth of the first predicate, and the tokens after it; `ValueError` and `IndexError` for what is none."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    name, *rest = tokens
    if rest[:1] == ["="]:
        return (name, rest[1].strip('"')) in facts, rest[2:]
    if rest[:1] != ["("]:
        return (name, None) in facts, rest
    found, rest = _arguments(rest[1:], facts, depth + 1)
    if name == "not" and len(found) == 1:
        return not found[0], rest
    if name in ("all", "any"):
        return (all if name == "all" else any)(found), rest
    raise ValueError(f"{name} is no predicate")


def _arguments(tokens: list[str], facts: frozenset[tuple[str, str | None]], depth: int) -> tuple[list[bool], list[str]]:
    found = []
    while tokens[0] != ")":
        result, tokens = _evaluated(tokens, facts, depth)
        found.append(result)
        if tokens[0] == ",":
            tokens = tokens[1:]
        elif tokens[0] != ")":
            raise ValueError(f"{tokens[0]} where a comma belongs")
    return found, tokens[1:]


def matching(names: Iterator[str], target: str) -> Iterator[str]:
    """The keys of `[target]` that apply to a target, its own triple first, as cargo adds them up."""
    listed = list(names)
    yield from (name for name in listed if name == target)
    yield from (name for name in sorted(listed) if name != target and name.startswith("cfg") and holds(name, target))
