"""What a release changes in the project before it is built: the version, the change log, and the commit of both."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Sequence

from pyo3ops.core.errors import ConfigError, reason_of
from pyo3ops.core.stated import change_log
from pyo3ops.core.version_places import decoded, relative
from pyo3ops.release.edits import Edit, edits_of
from pyo3ops.release.notes import cut
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project

#: Seconds; the hooks of a repository may check all of it.
COMMIT_TIMEOUT = 600.0


@dataclass(frozen=True)
class Committed:
    """A commit: its full id, and the edited files that git does not know, which are not in it."""

    id: str
    left: tuple[str, ...] = ()


def log_of(project: Project) -> tuple[Path, str] | None:
    """The change log of a project and its text; None without one.

    Raises `ConfigError` where the configured one is not there, or it cannot be read.
    """
    file = change_log(project.root, project.config.release.changelog)
    if file is None:
        return None
    try:
        return file, decoded(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {reason_of(error, file)}", cause="it is not yours to read") from None


def plan_cut(project: Project, version: str, date: str) -> tuple[Edit, ...]:
    """The edits by which the change log has a section for a version, dated YYYY-MM-DD; none where it has one.

    None, too, without a change log. Raises `UsageError` where there is nothing in it to release, and `ConfigError` as
    `log_of`.
    """
    found = log_of(project)
    if found is None:
        return ()
    file, text = found
    return edits_of(file, relative(file, project.root), cut(text, version, date))


def uncommitted(root: Path, env: Mapping[str, str], files: Iterable[Path]) -> tuple[str, ...]:
    """Those of some files that differ from the last commit; none outside of git. A file git does not know does not."""
    state = git.state(root, env)
    if state is None:
        return ()
    changed = {os.path.realpath(state.top / path) for path in (*state.modified, *state.staged)}
    return tuple(relative(file, root) for file in files if os.path.realpath(file) in changed)


def commit(root: Path, env: Mapping[str, str], files: Sequence[Path], message: str) -> Committed | str:
    """One commit of these files and of nothing else that is changed or staged, or why there is none.

    Nothing is staged where it fails: the repository is as it was.
    """
    # --only has git take the files as they are, past whatever is staged.
    known = git.ask(root, env, "ls-files", "-z", "--full-name", "--", *map(str, files))
    top = git.ask(root, env, "rev-parse", "--show-toplevel")
    if not (known.ok and top.ok):
        return (top if known.ok else known).reason
    paths = [os.path.join(top.out.rstrip("\n"), name) for name in known.out.split("\0") if name]  # noqa: PTH118 - text
    left = tuple(
        relative(file, root) for file in files if os.path.realpath(file) not in set(map(os.path.realpath, paths))
    )
    if not paths:
        return "git knows none of the files"
    words = ("commit", "--quiet", "--only", f"--message={message}", "--", *paths)
    made = git.ask(root, env, *words, timeout=COMMIT_TIMEOUT)
    if not made.ok:
        return made.reason
    head = git.ask(root, env, "rev-parse", "HEAD")
    return Committed(head.out.strip(), left) if head.ok else head.reason
