"""The text of .github/workflows/release.yml, filled into data/workflow/release.yml: one run from the source to the tag.

What is published is what the run itself built, for two reasons: a workflow that another one calls is named differently
by its token and by its attestation, so that no trusted publisher fits both, and provenance of a run that built nothing
would be untrue. The jobs hand one sealed folder on, and a journal; each has the rights that its own step takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.discover import read_project, read_pyproject
from pyo3ops.core.project import Backend, backend_of
from pyo3ops.core.stated import is_pure
from pyo3ops.wheels.workflow_text import MARK, building, filled, scalar, tools, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.config import ReleaseConfig
    from pyo3ops.core.project import Project
    from pyo3ops.wheels.workflow import Member

_TEMPLATE = "release.yml"


@dataclass(frozen=True)
class Releasing:
    """What one workflow releases: a member with its plan, or without one the pure Python project at the root."""

    project: Project
    member: Member | None = None
    #: Tells its workflow from those of other members: nothing where it is alone.
    key: str = ""

    @property
    def settings(self) -> ReleaseConfig:
        """What `pyo3ops release` will read in the project's folder."""
        return self.project.config.release

    @property
    def folder(self) -> str:
        """Where the project lies, "." for the root."""
        return self.member.folder if self.member else "."

    @property
    def file(self) -> str:
        """The workflow's place in the repository: a trusted publisher is registered for one file."""
        return f".github/workflows/release{'-' if self.key else ''}{self.key}.yml"

    @property
    def count(self) -> int:
        """How many files a complete release has."""
        return self.member.planned.count if self.member else 1 + self.project.config.wheels.sdist


@dataclass(frozen=True)
class Stage:
    """A job that goes on with the release where the one before stopped; `rights` are permissions and their reasons."""

    job: str
    title: str
    until: str
    doing: str
    rights: tuple[tuple[str, str], ...]
    #: What git and gh are allowed.
    token: str
    minutes: int


_READ = ("contents: read", "the checkout")
_ASKS = "git asks the remote"
#: What may write, or has an identity, runs no line of the project: jobs that only read build, try and install it.
STAGES = (
    Stage(
        "lock",
        "Nobody else",
        "locked",
        "Take the lock, a ref that only one release can make",
        (("contents: write", "the checkout, and the ref"),),
        "pushes the ref",
        10,
    ),
    Stage(
        "publish",
        "Publish",
        "published",
        "Upload what is sealed, each file once",
        (_READ, ("id-token: write", "trusted publishing: there is no token to steal")),
        _ASKS,
        60,
    ),
    Stage(
        "verify",
        "Read back",
        "verified",
        "Download every file, compare it, and install from the index",
        (_READ,),
        _ASKS,
        60,
    ),
    Stage(
        "announce",
        "Tag and announce",
        "announced",
        "Push the tag, and publish the draft once its files are there",
        (("contents: write", "the tag, the lock, and the release on GitHub"),),
        "pushes the tag and makes the release",
        20,
    ),
)


def pure_project(root: Path, env: Mapping[str, str]) -> Project | None:
    """The project in `root` where it is one of Python alone; raises `ConfigError` as `discover.read_project` does."""
    if backend_of(read_pyproject(root)) in (Backend.MATURIN, Backend.SETUPTOOLS_RUST):
        return None
    project = read_project(root, env)
    return project if is_pure(project) else None


def releasing(pure: Project | None, members: Sequence[Member]) -> tuple[Releasing, ...]:
    """What is released from a repository: the project at its root where that is pure Python, else each member."""
    if pure:
        return (Releasing(pure),)
    several = len(members) > 1
    return tuple(
        Releasing(each.project, each, re.sub(r"[^\w.-]", "-", each.project.root.name) * several) for each in members
    )


def release_workflow(what: Releasing, pyo3ops: str) -> str:
    """The whole file; `pyo3ops` is what pip is told to install, as the shell reads it.

    Raises `ConfigError` as `wheels.workflow.entries` does.
    """
    values = {**_values(what, pyo3ops), "versions": "".join(f"  {line}\n" for line in _versions(what))}
    jobs = _building(what, values)
    values["needs"] = ", ".join(["plan", *jobs])
    texts = [_filled("head", values), *jobs.values(), _filled("complete", values), _filled("attest", values)]
    return "\n".join([*texts, *_stages(what, values)])


def _building(what: Releasing, values: Mapping[str, str]) -> dict[str, str]:
    if what.member is None:
        return {"build": _filled("pure", values)}
    return building([what.member], {**values_of([what.member], values["pyo3ops"]), **values}, after="plan")


def _values(what: Releasing, pyo3ops: str) -> dict[str, str]:
    settings = what.settings
    state = f"repository/{what.folder}/.pyo3ops/release".replace("/./", "/")
    compiled = what.member is not None
    trying = ['"uv==$UV"', '"twine==$TWINE"', *(['"maturin==$MATURIN"'] if compiled else ())]
    against = '          pyo3ops wheels plan --project "repository/$FOLDER" --against dist\n'
    return {
        **tools(),
        "mark": MARK,
        "file": what.file.rpartition("/")[2],
        "name": scalar(f"Release {what.key}".strip()),
        "environment": scalar(settings.environment),
        "folder": scalar(what.folder),
        "state": scalar(state),
        "journal": scalar(f"{state}/*/journal.jsonl"),
        "pyo3ops": pyo3ops,
        "count": str(what.count),
        "trying": " ".join(trying),
        "against": against * compiled,
        "packed": "            dist/*.tar.gz\n" * what.project.config.wheels.sdist,
    }


def _versions(what: Releasing) -> Iterator[str]:
    """What is installed, by version; the client is asked for where it is needed alone."""
    known = tools()
    names = ("maturin", "uv", "ziglang", "twine") if what.member else ("uv", "twine")
    yield from (f"{name.upper()}: {known[name]}" for name in names)
    if what.member:
        yield "# The same Pythons on every machine, not whatever one has."
        yield "UV_PYTHON_PREFERENCE: only-managed"


def _stages(what: Releasing, values: Mapping[str, str]) -> Iterator[str]:
    """Each waits for the one before it, so that of the journal, which all of them keep, there is one newest."""
    after = "attest"
    for stage in STAGES:
        known = {**values, "job": stage.job, "title": stage.title, "after": after, "until": stage.until}
        yield _filled("stage", {**known, **_own(what, stage)})
        after = stage.job


def _own(what: Releasing, stage: Stage) -> dict[str, str]:
    client = {"uv": "uv==$UV"}.get(what.settings.client, "twine==$TWINE")
    publishes = stage.job == "publish"
    environment = (
        f"    environment: {scalar(what.settings.environment)} # its rules say who approves, and from which branch\n"
    )
    return {
        "minutes": str(stage.minutes),
        "doing": stage.doing,
        "token": stage.token,
        "rights": "".join(f"      {right} # {why}\n" for right, why in stage.rights),
        "protected": environment * publishes,
        "tools": f' "{client}"' * publishes,
    }


def _filled(part: str, values: Mapping[str, str]) -> str:
    """A part of the template without the empty line that parts it from the next one there."""
    return filled(part, values, _TEMPLATE).rstrip("\n") + "\n"
