"""Reports that leave this machine: without whose it is, and with places that others find in the repository."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.core.discover import find_root
from pyo3ops.core.errors import Pyo3opsError
from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Finding, Report

#: Characters in front of a home folder that are looked at, to tell it from the end of another path.
_LOOK_BACK = 200
#: Behind a name that is whole.
_END = r"(?![\w-]|\.\w)"
_PATH_END = re.compile(r"[\w.~+/\\-]*\Z")


@dataclass(frozen=True)
class Sharing:
    """What has to be known of this machine to hand a report to somebody else."""

    homes: tuple[str, ...] = ()
    user: str = ""
    #: The folder with `.git`; "" where there is none.
    repository: str = ""
    #: The project's root from there, with slashes; "" where it is the same.
    folder: str = ""
    #: The project's own file that findings without a place are shown at.
    manifest: str = "pyproject.toml"

    @staticmethod
    def of(env: Mapping[str, str], start: Path) -> Sharing:
        """What the environment tells, and the project that `start` lies in; it need not be one."""
        home = str(home_folder(env))
        # A home of one letter would be half of every path; a link to it is written either way.
        homes = tuple(dict.fromkeys(each for each in (home, os.path.realpath(home)) if len(each) > 1))
        user = next(filter(None, (env.get(name) for name in ("USER", "LOGNAME", "USERNAME"))), "")
        try:
            root = find_root(start)
        except (Pyo3opsError, OSError):
            # What is wrong with the project is for the report to say, which is there already.
            return Sharing(homes, user)
        repository = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
        folder = root.relative_to(repository).as_posix()
        manifest = next((name for name in ("pyproject.toml", "Cargo.toml") if (root / name).exists()), "pyproject.toml")
        return Sharing(homes, user, str(repository), "" if folder == "." else folder, manifest)

    def redacted(self, report: Report) -> Report:
        """The report with `~` for the home folder and `user` for the user's name in paths and addresses."""
        rules = [rule for rule in (*map(_home_rule, self.homes), _user_rule(self.user)) if rule]

        def redact(text: str) -> str:
            for rule in rules:
                text = rule(text)
            return text

        redacted: Report = _mapped(report, redact)
        return redacted

    def located(self, report: Report, *, every: bool = False) -> Report:
        """The report with places counted from the repository's root; with `every`, each finding has one."""
        return replace(report, findings=tuple(self._located(finding, every=every) for finding in report.findings))

    def _located(self, finding: Finding, *, every: bool) -> Finding:
        path = self._in_repository(finding.where.path) if finding.where else None
        if path is not None and finding.where:
            return replace(finding, where=replace(finding.where, path=path))
        # A file elsewhere on this machine is told in words: nobody finds it in the repository.
        words = [finding.detail, f"(in {finding.where})"] if finding.where else [finding.detail]
        anchor = Location(posixpath.join(self.folder, self.manifest), 1) if every else None
        return replace(finding, where=anchor, detail=" ".join(filter(None, words)))

    def _in_repository(self, path: str) -> str | None:
        pure = PurePath(path)
        if pure.is_absolute():
            inside = self.repository and PurePath(self.repository) in pure.parents
            return pure.relative_to(self.repository).as_posix() if inside else None
        joined = posixpath.normpath(posixpath.join(self.folder, pure.as_posix()))
        return None if joined.startswith(("../", "~")) or joined in ("..", ".") else joined


def _home_rule(home: str) -> Callable[[str], str]:
    parts = [re.escape(part) for part in re.split(r"[/\\]+", home)]
    # Windows writes either stroke, doubled where a text is quoted, and does not care for capitals.
    windows = "\\" in home
    pattern = re.compile((r"[/\\]+" if windows else "/").join(parts) + _END, re.IGNORECASE * windows)

    def rule(text: str) -> str:
        return pattern.sub(lambda match: match[0] if _continues(text, match.start()) else "~", text)

    return rule


def _continues(text: str, start: int) -> bool:
    """True where the path at `start` is the rest of a longer one: `/ada` in `/mnt/ada`, not in `-I/ada`."""
    before = _PATH_END.findall(text[max(0, start - _LOOK_BACK) : start])[0].strip("/\\")
    return bool(before) and ("/" in before or not before.startswith("-"))


def _user_rule(user: str) -> Callable[[str], str] | None:
    if not user:
        return None
    name = re.escape(user)
    # Elsewhere it may be a word like any other: "root", "build", "runner".
    pattern = re.compile(
        rf"(?<=[/\\]home[/\\]){name}{_END}|(?<=[/\\]Users[/\\]){name}{_END}"
        rf"|(?<=[/\\]media[/\\]){name}(?=[/\\])|(?<=-of-){name}(?=[/\\])|(?<![\w.-]){name}(?=@[\w-])"
    )
    return lambda text: pattern.sub("user", text)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any value of the model
    """The value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_mapped(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _mapped(getattr(value, each.name), change) for each in fields(value)})
    return value
