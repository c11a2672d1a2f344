"""Path patterns: of .gitignore, which are those of cargo's `include` and `exclude`, and of MANIFEST.in.

Source: gitignore(5), "PATTERN FORMAT"; the Cargo Book, "The exclude and include fields".
"""

from __future__ import annotations

import fnmatch
import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def matching(patterns: Iterable[str], path: str) -> str | None:
    """The pattern that decides about a file, where it says yes; `path` is relative, with slashes.

    The last pattern that fits decides; one that begins with an exclamation mark says no.
    """
    decided = None
    for pattern in patterns:
        bare = pattern[1:] if pattern.startswith("!") else pattern
        if bare and not bare.startswith("#") and _compiled(bare).match(path):
            decided = None if pattern.startswith("!") else pattern
    return decided


def manifest_takes(manifest_in: str, file: str) -> bool:
    """Whether the commands of a MANIFEST.in take a file; the last one that speaks of it decides.

    Source: setuptools, "Controlling files in the distribution".
    """
    taken = False
    for line in re.sub(r"\\\n", " ", manifest_in).splitlines():
        words = line.split("#")[0].split()
        if len(words) > 1:
            for patterns, takes in _command(words):
                taken = takes if any(fnmatch.fnmatchcase(file, pattern) for pattern in patterns) else taken
    return taken


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    folder_only = pattern.endswith("/")
    body = pattern.rstrip("/")
    # A slash anywhere but at the end ties the pattern to the folder of its file.
    prefix = "" if "/" in body else "(?:.*/)?"
    tokens = re.findall(r"\*\*/|/\*\*\Z|\*|\?|\[[^\]]+\]|\\.|.", body.lstrip("/"))
    return re.compile(prefix + "".join(map(_token, tokens)) + ("/.*" if folder_only else "(?:/.*)?") + r"\Z", re.DOTALL)


def _token(token: str) -> str:
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if len(token) > 1 and token.startswith("["):
        return "[" + token[1:-1].replace("\\", r"\\").replace("!", "^", 1 if token[1] == "!" else 0) + "]"
    return re.escape(token[-1])


def _command(words: list[str]) -> Iterator[tuple[list[str], bool]]:
    command, rest = words[0], [word.rstrip("/") for word in words[1:]]
    takes = command in ("include", "recursive-include", "global-include", "graft")
    if command in ("include", "exclude"):
        yield rest, takes
    elif command in ("recursive-include", "recursive-exclude"):
        yield [each for name in rest[1:] for each in (f"{rest[0]}/{name}", f"{rest[0]}/*/{name}")], takes
    elif command in ("global-include", "global-exclude"):
        yield [each for name in rest for each in (name, f"*/{name}")], takes
    elif command in ("graft", "prune"):
        yield [f"{name}/*" for name in rest], takes
