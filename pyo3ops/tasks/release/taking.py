"""Where the files of a release come from: built here, or built before and taken."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Tuple

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Finding, Fix, Host, Status
from pyo3ops.core.stated import is_pure
from pyo3ops.release import artifacts, building
from pyo3ops.release.credentials import without_credentials
from pyo3ops.release.manifest import sha256_of
from pyo3ops.tasks.release.course import Course, resume, said
from pyo3ops.tasks.wheels import build
from pyo3ops.tools import gh, git
from pyo3ops.wheels import toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.core.project import Project
    from pyo3ops.release.model import Pair

#: Files, the commit that somebody says they are of, and what is to be said of them.
Taken = Tuple[Tuple[Path, ...], str, Tuple[Finding, ...]]
_TITLE = "the files of the release are there"


def plan(course: Course) -> str:
    """Where the files come from, in words."""
    if course.request.source:
        return f"taken from {course.request.source}"
    if not course.request.build:
        return "taken: --from says where they are"
    if course.expected is None or course.expected.planned is None:
        return "the sdist, and from it the wheel"
    return "the sdist, and from it each wheel that this machine can build"


def files(course: Course) -> Taken:
    """The files of the release, with what is to be said of them; none where that stops it.

    Raises `UsageError` for a source that is none, and where there are only files to be taken and nobody says which.
    """
    if course.request.source:
        return _taken(course, course.request.source)
    if not course.request.build:
        raise UsageError(
            "there are no files to publish: nothing of this version is sealed here",
            cause="publish takes files that were built before",
            command="pyo3ops release publish --from dist",
        )
    return _pure(course) if is_pure(course.project) else _wheels(course)


def check_source(course: Course) -> None:
    """Raise `UsageError` where other files, or another build, are asked for, and some of the sealed ones may be public.

    The very files that are sealed may be named again: what is left is done with them.
    """
    source, rebuild = course.request.source, course.request.rebuild
    if course.anew or course.manifest is None or not (source or rebuild):
        return
    asked = artifacts.asked(source, course.env) if source else None
    if isinstance(asked, Path) and not rebuild:
        found = artifacts.from_folder(asked, course.name, course.version)
        sealed = {file.name: file.sha256 for file in course.manifest.files}
        if isinstance(found, artifacts.Found) and {path.name: sha256_of(path) for path in found.files} == sealed:
            return
    raise UsageError(
        f"{course.version} is {course.journal.state.value}: only what was sealed can go on",
        cause="some of it may be public, and names are used once",
        command=shlex.join(resume(course)),
    )


def locks(project: Project) -> tuple[Pair, ...]:
    """The lock files that decided what was compiled, from the project's root, and their sha256."""
    found = (extension.lock for extension in project.extensions)
    return tuple(sorted({(_shown(path, project.root), sha256_of(path)) for path in found if path is not None}))


def tools(course: Course) -> tuple[Pair, ...]:
    """What built the files, as far as it was built here, and its version."""
    own = (("pyo3ops", Host.here().pyo3ops),)
    if course.request.source or not course.project.extensions:
        return own
    chain = toolchain.ask(course.project.root, course.env, home_folder(course.env))
    found = {"rustc": chain.rustc.release, "maturin": chain.maturin.release}
    return (*own, *((name, version) for name, version in found.items() if version))


def _shown(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


def _taken(course: Course, source: str) -> Taken:
    asked = artifacts.asked(source, course.env)
    if isinstance(asked, Path):
        found = artifacts.from_folder(asked, course.name, course.version)
    else:
        where = asked.repository or _repository(course)
        wanted = (course.name, course.version, course.head)
        found = artifacts.from_run(asked, where, wanted, course.folder / "taken", course.env)
    if isinstance(found, artifacts.Refused):
        return (), "", (said("build", _TITLE, Status.FAIL, found.reason, found.evidence, found.fix),)
    other = found.commit and course.head and found.commit != course.head
    if other:
        fix = Fix("check out what they were built from", ("git", "checkout", found.commit))
        reason = f"{found.source} says they are of {found.commit[:12]}, and HEAD is {course.head[:12]}"
        return (), "", (said("build", _TITLE, Status.FAIL, reason, fix=fix),)
    detail = f"{len(found.files)} files of {source}; who says of which commit: {found.source}"
    if found.commit or not course.head:
        return found.files, found.commit, (said("build", _TITLE, Status.OK, detail, found.ignored),)
    # They will be tagged at HEAD, by the word of whoever names the folder.
    fix = Fix("take a run of the workflow by its number, which knows its commit, or be sure that they are of HEAD")
    return found.files, "", (said("build", _TITLE, Status.WARN, detail, found.ignored, fix),)


def _repository(course: Course) -> gh.Repository:
    state = course.world.git
    url = state.remote.url if isinstance(state, git.GitState) and state.remote else ""
    found = gh.repository_of(url, course.env)
    if found is None:
        raise UsageError(
            f"--from {course.request.source}: runs of workflows are on GitHub, and the remote is not",
            cause="the number of a run is looked up in the repository that the remote is",
            command="pyo3ops release --from DIR",
        )
    return found


def _pure(course: Course) -> Taken:
    env = without_credentials(course.env)
    made = building.build(course.project, course.folder / "built", env, course.request.progress)
    if made.error:
        fix = Fix("build it by hand to see all of it", ("uv", "build"), mends=False)
        return (), "", (said("build", _TITLE, Status.FAIL, made.error, made.tail, fix),)
    paths = tuple(file.path for file in made.files)
    return paths, course.head, (said("build", _TITLE, Status.OK, f"{len(paths)} files"),)


def _wheels(course: Course) -> Taken:
    env = without_credentials(course.env)
    request = build.Request(env=env, strict=course.request.strict, progress=course.request.progress)
    report = build.run(course.root, request)
    findings = tuple(_judged(report.findings))
    paths = tuple(Path(each.path) for each in report.artifacts if each.kind in ("wheel", "sdist"))
    if any(each.status > Status.WARN for each in findings) or not paths:
        if not findings:
            fix = Fix("see what can be built", ("pyo3ops", "wheels", "plan"), mends=False)
            findings = (said("build", _TITLE, Status.FAIL, "nothing was built", fix=fix),)
        return (), "", findings
    return paths, course.head, (*findings, said("build", _TITLE, Status.OK, f"{len(paths)} files"))


def _judged(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """What a build says, without what went well: the files themselves are looked at."""
    yield from (each for each in findings if each.status > Status.SKIP)
