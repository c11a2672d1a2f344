"""twine: asked whether an index shows a long description; docutils itself, or a few rules, where there is no twine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Seconds; it answers within one, and uv may have to make an environment for it first.
TIMEOUT = 30.0
ONLINE_TIMEOUT = 180.0


@dataclass(frozen=True)
class Answer:
    """What was said of a file, and by whom; `passed` is None where nothing here could say it."""

    passed: bool | None
    by: str
    lines: tuple[str, ...] = ()


def check(file: Path, env: Mapping[str, str], *, online: bool = False) -> Answer:
    """Ask twine on PATH, or the one that uv has in its cache, or (`online`) fetches, in an environment of its own."""
    argv = command(env, online=online)
    if argv is None:
        return Answer(None, "twine is not here")
    result = run([*argv, "check", str(file)], timeout=ONLINE_TIMEOUT if online else TIMEOUT, env=env)
    return parse(result.out + result.err, "twine")


def command(env: Mapping[str, str], *, online: bool = False) -> tuple[str, ...] | None:
    """What starts twine; None where there is neither it nor uv."""
    if which("twine", env):
        return ("twine",)
    if which("uv", env):
        return ("uv", "tool", "run", *(() if online else ("--offline",)), "twine")
    return None


def parse(text: str, by: str) -> Answer:
    """Read what `twine check` printed: PASSED or FAILED behind the name of the file, and why."""
    # Colours are switched off where nobody looks, and on again by what some set.
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = tuple(line.strip() for line in plain.splitlines() if line.strip())
    # Long names are broken over lines.
    joined = "".join(lines)
    if "FAILED" in joined:
        return Answer(passed=False, by=by, lines=tuple(line for line in lines if not line.startswith("Checking ")))
    if "PASSED" in joined:
        return Answer(passed=True, by=by, lines=lines)
    return Answer(None, f"{by} did not answer: {lines[-1]}" if lines else f"{by} said nothing")


def wrong_with(text: str) -> tuple[str, ...]:
    """What in a text of reStructuredText nobody can show; by docutils where it is here, else by its plainest rules."""
    try:
        from docutils.core import publish_doctree  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415
        from docutils.utils import SystemMessage  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415
    except ImportError:
        return tuple(_plainly_wrong(text.splitlines()))
    settings = {"halt_level": 2, "report_level": 5, "file_insertion_enabled": False, "raw_enabled": False}
    # It would write to stderr, beside our own report.
    settings["warning_stream"] = False
    try:
        publish_doctree(text, settings_overrides={**settings, "_disable_config": True})
    except SystemMessage as message:
        return (str(message),)
    return ()


def reader() -> str:
    """Who `wrong_with` asks, in words."""
    from importlib.util import find_spec  # noqa: PLC0415 - only this asks

    return "docutils" if find_spec("docutils") else "a look at titles, directives and quotes"


#: A line of one punctuation character, as under a title.
_RULE = re.compile(r"([!-/:-@\[-`{-~])\1*\s*$")
#: What begins like a title and is a list, a comment, a table or a quotation.
_NO_TITLE = re.compile(r"\s|[-*+|>:.=~^\"'`#]|\.\.|\d+[.)]")
#: Markup that a paragraph opens and never closes; docutils wants a space or a bracket before, and none behind.
_OPENED = tuple(
    (mark, re.compile(rf"(?:^|[\s(\[{{<'\"/:-]){re.escape(mark)}(?=[^\s`*])")) for mark in ("``", "`", "**")
)
#: Shorter rules may be text.
_SHORTEST = 4
_DIRECTIVES = frozenset(
    "admonition attention caution class code code-block compound container contents csv-table danger date default-role "  # noqa: SIM905
    "epigraph error figure footer header highlights hint image important include line-block list-table math meta note "
    "parsed-literal pull-quote raw replace role rubric section-numbering sectnum sidebar sourcecode table "
    "target-notes tip title topic unicode warning".split()
)


def _plainly_wrong(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        name = re.match(r"\.\. (?:\|[^|]+\| )?([\w-]+)::(?:\s|$)", line)
        if name and name[1].lower() not in _DIRECTIVES:
            yield f'line {number + 1}: unknown directive "{name[1]}"'
        if number and _short_rule(lines[max(0, number - 2) : number], line):
            yield f"line {number + 1}: the underline is shorter than the title"
    start = 0
    for number, line in enumerate([*lines, ""]):
        if not line.strip():
            yield from _unclosed(lines[start:number], start)
            start = number + 1


def _short_rule(above: list[str], line: str) -> bool:
    title, before = above[-1].rstrip(), above[-2] if len(above) > 1 else ""
    begins = not before.strip() or _RULE.match(before)
    if not title.isascii() or not begins or not title or _NO_TITLE.match(title):
        return False
    return bool(_RULE.match(line)) and _SHORTEST <= len(line.rstrip()) < len(title)


def _unclosed(paragraph: list[str], start: int) -> Iterator[str]:
    """Markup that a paragraph of plain text opens once, and that is nowhere else in it."""
    if not paragraph or _NO_TITLE.match(paragraph[0]) or any(line[:1].isspace() for line in paragraph):
        return
    text = "\n".join(paragraph)
    for mark, opened in _OPENED:
        if text.count(mark) == 1 and "\\" not in text and opened.search(text):
            yield f"line {start + 1}: {mark} is opened, and never closed"
            return
