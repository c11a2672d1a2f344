"""Versions in the text of files: pure searches, each of which gives the version and where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pyo3ops.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How versions begin, and what they are made of.
VERSION = r"\d[\w.!+-]*"
_ASSIGNED = r"^{name}\s*(?::[^=\n]+)?=\s*[\"']([^\"'\n]+)[\"']"
#: What hatchling looks for where no pattern is given.
_HATCH = r"(?i)^(?:__version__|VERSION)(?: ?: ?str)? *= *(['\"])v?(?P<version>.+?)\1"


class Found(NamedTuple):
    """A version and its place in the text; `start` is `end` where the text only refers to it."""

    version: str
    start: int
    end: int


def assigned(text: str, name: str = "__version__") -> Found | None:
    """What a module assigns to a name at its top level in so many words."""
    return _first(re.search(_ASSIGNED.format(name=re.escape(name)), text, re.MULTILINE), 1)


def in_rust(text: str, crate_version: str) -> Found | None:
    """`__version__` where a Rust source adds it to the module, as text or as the crate's own version."""
    # Comments keep their length, so that places stay what they are.
    code = re.sub(r"//[^\n]*", lambda match: " " * len(match[0]), text)
    match = re.search(r'"__version__"\s*,\s*(?:(env!\(\s*"CARGO_PKG_VERSION"\s*\))|"([^"\n]+)")', code)
    if match is None:
        return None
    return Found(crate_version, match.start(), match.start()) if match[1] else _first(match, 2)


def in_citation(text: str) -> Found | None:
    """The `version` of a CITATION.cff (Citation File Format), at its top level."""
    return _first(re.search(rf"^version:[ \t]*[\"']?v?({VERSION})", text, re.MULTILINE), 1)


def in_setup_cfg(text: str) -> Found | None:
    """`version` of `[metadata]` in a setup.cfg, where it is one and not `attr:` or `file:`."""
    section = re.search(r"^\[metadata\](.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    match = re.search(rf"^version\s*=\s*({VERSION})\s*$", section[1], re.MULTILINE) if section else None
    if section is None or match is None:
        return None
    return Found(match[1], section.start(1) + match.start(1), section.start(1) + match.end(1))


def in_setup_py(text: str) -> Found | None:
    """`version="..."` that a setup.py hands over in so many words."""
    return _first(re.search(rf"\bversion\s*=\s*[\"']({VERSION})[\"']", text), 1)


def whole(text: str) -> Found | None:
    """The version that is all a file holds."""
    return _first(re.fullmatch(rf"\s*v?({VERSION})\s*", text), 1)


def by_hatch(text: str, pattern: str | None) -> Found | None:
    """What `[tool.hatch.version]` with a path finds; raises `ConfigError` for a pattern that is none."""
    try:
        match = re.search(pattern or _HATCH, text, re.MULTILINE)
        return _first(match, "version")
    except (re.error, IndexError):
        raise ConfigError(
            f"tool.hatch.version.pattern {pattern!r} is no pattern with a group called version",
            cause="hatchling would not build with it either",
        ) from None


def by_pattern(text: str, pattern: str) -> Iterator[Found]:
    """Every place that a pattern of `[tool.pyo3ops.release] versions` fits, such as "release = '{version}'".

    Raises `ConfigError` where `{version}` does not stand in it exactly once.
    """
    before, sign, after = pattern.partition("{version}")
    if not sign or "{version}" in after:
        raise ConfigError(
            f"tool.pyo3ops.release.versions: {pattern!r} has to have {{version}} in it, once",
            command="pyo3ops set pyproject.toml 'tool.pyo3ops.release.versions.\"FILE\"' \"release = '{version}'\"",
        )
    for match in re.finditer(f"{re.escape(before)}({VERSION}){re.escape(after)}", text):
        yield Found(match[1], *match.span(1))


def _first(match: re.Match[str] | None, group: int | str) -> Found | None:
    return Found(match[group], *match.span(group)) if match else None
