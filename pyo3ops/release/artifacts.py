"""Files that were built before: of a folder, or of a run of a workflow; the same bytes, or none.

Who says of which commit they are: GitHub, of a run; the manifest beside them, of a folder, where there is one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from pyo3ops.core.errors import ConfigError, UsageError, reason_of
from pyo3ops.core.files import make_empty
from pyo3ops.core.model import Fix
from pyo3ops.release.manifest import FILE, load, sha256_of
from pyo3ops.tools import gh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What the generated workflow calls the artifact with all files, and those of its jobs.
ARTIFACT = "release"
PARTS = "dist-*"
#: A folder with more in it is not one of artifacts.
_MOST = 20_000


@dataclass(frozen=True)
class Found:
    """The files of a release, by name, and the commit that they are said to be of (empty: nobody says)."""

    files: tuple[Path, ...]
    commit: str
    #: Who says so, in words.
    source: str
    #: Other things that lie there: notes, licences, attestations.
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Why what was built before cannot be released."""

    reason: str
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None


Given = Union[Found, Refused]


@dataclass(frozen=True)
class Run:
    """A run of a workflow, as asked for; `repository` is None where the number alone was given."""

    number: str
    repository: gh.Repository | None


def asked(text: str, env: Mapping[str, str]) -> Path | Run:
    """A folder that is there, else the number or the address of a run; raises `UsageError` for anything else."""
    # A shell has put the home in where "~" stood.
    if Path(text).is_dir():
        return Path(text)
    if re.fullmatch(r"[0-9]{1,20}", text):
        return Run(text, None)
    match = re.match(r"(https?://[^/]+/[^/]+/[^/]+)/actions/runs/([0-9]{1,20})(?:[/?#]|$)", text)
    where = gh.repository_of(match[1], env) if match else None
    if match and where:
        return Run(match[2], where)
    raise UsageError(
        f"--from {text}: there is no such folder, and it is no run of a workflow",
        cause="it takes a folder of wheels and an sdist, or the number or address of a run on GitHub",
        command="gh run list --workflow release.yml",
    )


def from_folder(folder: Path, project: str, version: str) -> Given:
    """The wheels and the sdist below a folder, all of one project and version; the same file twice is one."""
    try:
        found, ignored = _sorted(folder)
        kept, clashes = _distinct(found)
        claim, torn = _claimed(folder, kept)
    except OSError as error:
        return Refused(f"it cannot be read: {reason_of(error, folder)}")
    wrong = tuple(line for name in kept for line in _wrong(name, project, version))
    if clashes or torn:
        return Refused("files are not what their names say", (*clashes, *torn), _again())
    if wrong:
        return Refused(f"files are not of {project} {version}", wrong, Fix("say --version, or take another folder"))
    if not kept:
        return Refused(f"there is neither a wheel nor an sdist in {folder}", (), _again())
    said = f"{FILE} beside them" if claim else f"nobody: {folder} has no {FILE}"
    return Found(tuple(kept[name] for name in sorted(kept)), claim, said, ignored)


def from_run(
    run: Run, where: gh.Repository, wanted: tuple[str, str, str], folder: Path, env: Mapping[str, str]
) -> Given:
    """The files of a run that built the wanted commit, downloaded into a folder of ours.

    `wanted` is the project, its version and the full commit (empty: whichever the run built, to be compared by the
    caller); `where` is the project's own repository.
    """
    seen = _seen(run, where, wanted[2], env)
    if isinstance(seen, Refused):
        return seen
    found = _downloaded(run, where, folder, env) or from_folder(folder, wanted[0], wanted[1])
    if isinstance(found, Refused):
        return found
    if found.commit and found.commit != seen.commit:
        return Refused(f"the files say that they are of {found.commit[:12]}, and the run built {seen.commit[:12]}")
    return replace(found, commit=seen.commit, source=f"run {run.number} of {seen.workflow or 'a workflow'}")


def _seen(run: Run, where: gh.Repository, commit: str, env: Mapping[str, str]) -> gh.WorkflowRun | Refused:
    """The run, where it is one to release from."""
    if run.repository not in {None, where}:
        return Refused(f"the run is of {run.repository}, and this project of {where}")
    seen = gh.unready(where.host, env) or gh.workflow_run(where, run.number, env)
    if isinstance(seen, gh.Trouble):
        return Refused(seen.reason, (), seen.fix)
    return _unfit(seen, commit) or seen


def _unfit(run: gh.WorkflowRun, commit: str) -> Refused | None:
    """Why a run is none to release from."""
    view = Fix("look at it", ("gh", "run", "view", run.number), mends=False)
    if not run.conclusion:
        return Refused(f"run {run.number} has not ended", (run.url,), Fix("wait", ("gh", "run", "watch", run.number)))
    if run.conclusion != "success":
        return Refused(f"run {run.number} ended with {run.conclusion}", (run.url,), view)
    # What it built is a merge that nobody has made yet, and may be anybody's.
    if run.event.startswith("pull_request"):
        return Refused(f"run {run.number} was started by a pull request", (run.url,), _again())
    if commit and run.commit != commit:
        reason = f"run {run.number} built {run.commit[:12]}, and the release is of {commit[:12]}"
        return Refused(reason, (run.url,), Fix("check out what it built", ("git", "checkout", run.commit)))
    return None


def _downloaded(run: Run, where: gh.Repository, folder: Path, env: Mapping[str, str]) -> Refused | None:
    try:
        make_empty(folder)
        trouble = gh.download(where, run.number, folder, env, name=ARTIFACT)
        if trouble is not None and trouble.absent:
            make_empty(folder)
            trouble = gh.download(where, run.number, folder, env, pattern=PARTS)
    except OSError as error:
        return Refused(f"there is no room for it: {reason_of(error, folder)}")
    if trouble is None:
        return None
    if trouble.absent:
        return Refused(f"run {run.number} has no artifact {ARTIFACT} or {PARTS}, or they have expired", (), _again())
    return Refused(trouble.reason, (), trouble.fix)


def _sorted(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Wheels and sdists below a folder, and the names of everything else."""
    files, others = [], set()
    for count, path in enumerate(_below(folder)):
        if count == _MOST:
            raise OSError(0, f"it has more than {_MOST} files", str(folder))
        if path.name.endswith((".whl", ".tar.gz")):
            files.append(path)
        elif path.name not in {FILE, ".pyo3ops-made"}:
            others.add(path.name)
    return files, tuple(sorted(others))


def _below(folder: Path) -> Iterator[Path]:
    def tell(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=tell):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names))


def _distinct(files: list[Path]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """One path a name; and of names that stand for different bytes, where those are."""
    kept: dict[str, Path] = {}
    clashes = []
    for path in files:
        other = kept.setdefault(path.name, path)
        if other is not path and sha256_of(other) != sha256_of(path):
            clashes.append(f"{path.name}: other bytes in {other.parent} than in {path.parent}")
    return kept, tuple(clashes)


def _claimed(folder: Path, kept: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    """The commit that a manifest at the top names, and the files that are not as it says."""
    if not (folder / FILE).is_file():
        return "", ()
    try:
        manifest = load(folder)
    except ConfigError as error:
        return "", (error.message,)
    torn = [f"{file.name}: it is not here" for file in manifest.files if file.name not in kept]
    for name, path in kept.items():
        file = manifest.file(name)
        if file is None or file.sha256 != sha256_of(path):
            torn.append(f"{name}: {'other bytes than' if file else 'it is not in'} {FILE}")
    return manifest.commit, tuple(torn)


def _wrong(name: str, project: str, version: str) -> Iterator[str]:
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        found, number = utils.parse_sdist_filename(name) if name.endswith(".tar.gz") else _of_wheel(name)
        if found != utils.canonicalize_name(project):
            yield f"{name}: it is of {found}"
        elif number != Version(version):
            yield f"{name}: it is of version {number}"
    except (utils.InvalidSdistFilename, utils.InvalidWheelFilename, InvalidVersion) as error:
        yield f"{name}: {error}"


def _of_wheel(name: str) -> tuple[Any, Any]:
    from packaging.utils import parse_wheel_filename  # noqa: PLC0415 - costs what start-up cannot pay

    project, version, _, _ = parse_wheel_filename(name)
    return project, version


def _again() -> Fix:
    return Fix("take the artifacts of a whole run of the release workflow", ("gh", "run", "list"), mends=False)
