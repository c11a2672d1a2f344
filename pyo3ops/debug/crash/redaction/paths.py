"""Paths, from where on they tell about programs, not about people."""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.debug.crash.redaction import ends

if TYPE_CHECKING:
    from re import Match

#: Words of a person's name behind a space, in a folder that nothing quotes.
_MORE = r"(?: (?:[A-Z][\w.@\-]{0,40}|van|von|de|der|den|del|la|da|bin|al)(?=[ /]))"
#: Home folders of Linux, macOS and Windows; `user` is looked for everywhere then.
HOMES = (
    (
        ("/home/", "/users/"),
        re.compile(
            rf"/(?:home|Users|export/home|data/home|var/home|mnt/home)/(?P<user>[\w.@\-]{{1,64}}(?:{_MORE}{{1,4}}(?=/))?)"
        ),
    ),
    (
        ("/home/", "/users/"),
        re.compile(
            r"(?<=[\"'`])/(?:home|Users)/(?P<user>[\w.@\-]{1,64}(?: [\w.@\-]{1,40}){1,4})(?=/[^\"'`\n]{0,400}[\"'`])"
        ),
    ),
    (
        (":\\", ":/"),
        re.compile(
            r"(?i:\b[A-Z]:(?:\\{1,4}|/)(?:Users|Documents and Settings)(?:\\{1,4}|/))(?P<user>[\w.@\-]{1,64}(?:(?: [\w.@\-]{1,40}){1,4}(?=[\\/]))?)"
        ),
    ),
    (("/users/",), re.compile(r"(?:/mnt)?/[a-z]/Users/(?P<user>[\w.\-]{1,64})")),
    (("~",), re.compile(r"(?<![\w/.)\]~])~(?P<user>[A-Za-z_][\w.\-]{1,40})(?=[/\s]|$)")),
)
#: Absolute paths with a folder; of an address the part behind the host is none.
_PATH = re.compile(
    rf"/(?<![\w.:~/>\-]/)(?:(?:home|Users)/[\w.@\-]{{1,64}}{_MORE}{{1,4}}(?=/)|[\w.+@~,%\-]{{1,255}})(?:/[\w.+@~,%\-]{{1,255}}){{1,40}}(?:/(?=[\s'\":,)]|$))?"
)
#: In quotes a path may have anything.
_QUOTED_PATH = re.compile(r"/(?<=[\"'`]/)(?=[^/\"'`\n]{1,120}/)(?=[^\"'`\n]{0,400} )[^\"'`\n:*?<>|]{2,400}(?=[\"'`])")
_FILE_URL = re.compile(r"file://(?P<it>/[^\s\"'<>]{2,400})")
_PART = r"[\w.+@~,%$()\-]{1,255}(?:(?: [\w.+@~,%$()\-]{1,60}){1,8}(?=[\\/]))?"
_WINDOWS_PATH = re.compile(
    rf"(?:(?<!\w)[A-Za-z]:|(?<![\w\\:])\\\\(?:\\\\)?[\w.\-]{{2,80}}(?=\\))(?:(?:\\{{1,4}}|/){_PART}){{1,40}}(?:\\{{1,4}}(?=[\s'\":,)]|$))?"
)
#: What those go on over that have more folders than are looked at.
_LONGER = {
    _PATH: re.compile(r"[\w.+@~,%/\-]*"),
    _FILE_URL: re.compile(r"[^\s\"'<>]*"),
    _WINDOWS_PATH: re.compile(r"[\w.+@~,%$()\\/\-]*"),
}
#: Characters of a path of 40 folders, at least.
_BOUND = 80
#: Where every system has the same.
_SYSTEM = re.compile(
    r"/(?:usr|lib|lib64|bin|sbin|etc|proc|sys|dev|rustc|run|System|Library/Frameworks|Library/Developer|opt/hostedtoolcache|opt/homebrew"
    r"|opt/python|opt/conda|opt/_internal|nix/store|snap|tmp/pip-[\w\-]{1,60}|__w/_temp|checkouts)(?:/|$)|[A-Za-z]:\\{1,4}(?:Windows|Program Files)"
)
#: From where on a path tells about programs.
_TAILS = tuple(
    (word, re.compile(rf"(?:^|[/\\]{{1,4}})(?P<tail>{tail})"))
    for word, tail in (
        ("-packages", r"(?:site|dist)-packages[/\\].{1,400}"),
        ("registry", r"registry[/\\]src[/\\].{1,400}"),
        ("checkouts", r"git[/\\]checkouts[/\\].{1,400}"),
        ("rustlib", r"rustlib[/\\]src[/\\].{1,400}"),
        ("python", r"lib(?:64)?[/\\]python\d(?:\.\d{1,2})?t?[/\\].{1,400}"),
        ("library", r"library[/\\](?:std|core|alloc)[/\\].{1,400}"),
        (
            ".",
            r"(?:src|tests?|benches|examples|python)[/\\](?:[\w.\-]{1,80}[/\\]){0,6}[\w.\-]{1,80}\.(?:rs|py|pyi|pyx|c|h|cpp|hpp)\b.{0,20}",
        ),
        ("bin", r"bin[/\\](?:python|pytest|pip|cargo|maturin|gdb|uv)[\w.\-]{0,40}"),
    )
)


def found(text: str) -> Iterator[Match[str]]:
    """Each path that may have somebody's name in it."""
    if "file:///" in text:
        yield from _FILE_URL.finditer(text)
    yield from _PATH.finditer(text)


def of_windows(text: str) -> Iterator[Match[str]]:
    """The same where folders are divided by backslashes, or begin with a drive."""
    if ":\\" in text or "\\\\" in text or ":/" in text:
        yield from _WINDOWS_PATH.finditer(text)


def quoted(text: str) -> Iterator[Match[str]]:
    """Paths in quotes that have spaces."""
    yield from _QUOTED_PATH.finditer(text)


def place(text: str, match: Match[str]) -> tuple[int, int]:
    """Begin and end of a path, with all its folders."""
    group = "it" if match.re is _FILE_URL else 0
    more = _LONGER.get(match.re) if match.end() - match.start() >= _BOUND else None
    return match.start(group), ends.end(text, match, group, more)


def told(path: str, root: str, folder: Callable[[str], str]) -> str:
    """A path from where it tells about programs; `folder` gives a word for what is left out."""
    if root and path.startswith(root + "/"):
        return path[len(root) + 1 :]
    if _SYSTEM.match(path):
        return path
    for word, pattern in _TAILS:
        tail = pattern.search(path) if word in path else None
        if tail:
            return f"{folder(path[: tail.start('tail')])}/{tail['tail']}"
    above, _, name = path.replace("\\", "/").rpartition("/")
    if path.startswith("\\\\") and "." not in name:
        return folder(path)
    return f"{folder(above)}/{name}" if above.strip("/") else path
