"""twine: asked whether an index shows a long description, and driven to upload one file.

Where there is no twine docutils itself, or a few rules, tell of descriptions.
"""

from __future__ import annotations

import configparser
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which
from pyo3ops.tools.index import Said, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Seconds; it answers within one, and uv may have to make an environment for it first.
TIMEOUT = 30.0
ONLINE_TIMEOUT = 180.0
#: What tells twine where to go, or who goes there: none of it may contradict what it is told by us.
OWN = frozenset({"TWINE_REPOSITORY", "TWINE_REPOSITORY_URL", "TWINE_USERNAME", "TWINE_PASSWORD"})
#: Makes twine go by what it has built in.
NO_CONFIG = ("--config-file", os.devnull)


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


def start(env: Mapping[str, str]) -> tuple[str, ...]:
    """What starts twine, for work that goes to the network anyway: what uv has before what it would fetch."""
    cached = command(env) or ("twine",)
    if "--offline" not in cached or run([*cached, "--version"], timeout=TIMEOUT, env=env).ok:
        return cached
    return command(env, online=True) or cached


def upload_argv(
    begin: Sequence[str], file: Path, *, repository: Sequence[str], attestation: str = ""
) -> tuple[str, ...]:
    """Upload one file, from its own folder; `repository` is the option that says where to, with its value.

    Twine itself tries again up to five times at an answer of 5xx, and no option of it says otherwise.
    """
    quiet = ("--non-interactive", "--disable-progress-bar", "--verbose")
    attested = ("--attestations", file.name, attestation) if attestation else (file.name,)
    return (*begin, "--no-color", "upload", *quiet, *repository, *attested)


def upload_env(user: str, password: str) -> dict[str, str]:
    """The variables that hand credentials over, where there are any, and keep lines whole."""
    # A narrow terminal would break what an index said.
    quiet = {"TWINE_NON_INTERACTIVE": "1", "COLUMNS": "1000"}
    return {**quiet, "TWINE_USERNAME": user or "__token__", "TWINE_PASSWORD": password} if password else quiet


def parse_upload(text: str, code: int | None) -> Said:
    """Read what `twine upload --verbose` printed of one file, and how it ended."""
    if code == 0:
        return Said(accepted=True)
    answer = _ANSWERED.search(text)
    if answer:
        said = re.split(r"(?m)^ERROR ", answer[3])[0].strip()
        body = re.sub(r"^INFO\s+", "", said)
        return Said(accepted=False, status=int(answer[1]), words=in_words(body) or answer[2].strip())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = re.sub(r"^ERROR +", "", lines[-1]) if lines else "twine said nothing"
    # Before it sends it may ask the index for a token, and find no network there.
    unheard = last.startswith("requests.exceptions.")
    return Said(accepted=False, words=in_words(last), sent=unheard or bool(re.search(r"(?m)^Uploading \S+$", text)))


#: The last answer that it got: status, reason, and what followed.
_ANSWERED = re.compile(r"Response from \S+:\s+(\d{3}) (.*)\n?([\s\S]*)\Z")


@dataclass(frozen=True)
class Section:
    """A repository of a .pypirc, as far as it tells; `repository` is empty where twine's own address counts."""

    name: str
    repository: str = ""
    user: str = ""
    password: str = field(default="", repr=False, compare=False)


def sections(text: str) -> tuple[Section, ...]:
    """The repositories of a .pypirc that twine would know: those of its `index-servers`.

    Raises `ValueError` for what is garbled, which names nothing of it: secrets stand there.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        raise ValueError("it is garbled") from None
    names = parser.get("distutils", "index-servers", fallback="pypi testpypi").split()
    keys = ("repository", "username", "password")
    return tuple(
        Section(name, *(parser.get(name, key, fallback="") for key in keys))
        for name in dict.fromkeys([*names, "pypi"])
        if parser.has_section(name)
    )


def address(name: str, env: Mapping[str, str]) -> str | None:
    """Where twine itself sends files for `pypi` or `testpypi`; None where it does not tell.

    It names the address before it looks at the files, and what is no archive ends it there: nothing is asked or sent.
    """
    begin = start(env)
    with tempfile.TemporaryDirectory(prefix="pyo3ops-twine-") as folder:
        nothing = Path(folder, "nothing-0.tar.gz")
        nothing.touch()
        argv = upload_argv(begin, nothing, repository=("--repository", name, *NO_CONFIG))
        plain = {**{name: value for name, value in env.items() if name not in OWN}, **upload_env("", "")}
        return parse_address(run(argv, timeout=ONLINE_TIMEOUT, env=plain, cwd=folder).out)


def parse_address(text: str) -> str | None:
    """Read where `twine upload` says that it sends files."""
    match = re.search(r"Uploading distributions to (https?://\S+)", text)
    return match[1] if match else None


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
