"""What the project's own files tell of a release: its lock, its crates, its change log, what an index shows of it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core import toml
from pyo3ops.core.discover import stale_locks
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.files import home_folder
from pyo3ops.core.local_crates import local_crates
from pyo3ops.core.project import Backend
from pyo3ops.core.run import run
from pyo3ops.core.stated import change_log
from pyo3ops.release import notes
from pyo3ops.release.world import Crates, Lock, Log
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.release.model import Pair

#: Seconds for cargo, which has to read the manifests of every crate.
_CARGO_TIMEOUT = 20.0
#: Bytes of a readme or a change log.
_LIMIT = 2**22


def lock(project: Project, env: Mapping[str, str]) -> Lock:
    """Cargo.lock beside the manifests, as the files and then cargo itself see it."""
    if not project.extensions or project.workspace_root is None:
        return Lock()
    there = any(extension.lock for extension in project.extensions)
    stale = stale_locks(project)
    if stale or not there:
        return Lock(there, stale)
    argv = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
    argv += ["--manifest-path", str(project.extensions[0].manifest)]
    result = run(argv, timeout=_CARGO_TIMEOUT, env={**env, "RUSTUP_AUTO_INSTALL": "0"}, cwd=project.root)
    return Lock(there, *parse_locked(result.ok, result.err, result.reason))


def parse_locked(ok: bool, err: str, reason: str) -> tuple[tuple[str, ...], str]:  # noqa: FBT001 - of one result
    """What cargo says of a lock that it may not change: what is stale, or why it does not say."""
    if ok:
        return (), ""
    if "--locked was passed" in err or "--locked` was passed" in err:
        return ("the manifests ask for what it does not have: cargo would change it",), ""
    return (), reason


def crates(project: Project, top: Path, env: Mapping[str, str]) -> Crates:
    """The crates from folders beside the project's own, and what cargo's configuration replaces."""
    own = {extension.manifest for extension in project.extensions}
    try:
        found, _ = local_crates(sorted(own))
    except ConfigError:
        # read_project says what is wrong with a manifest.
        return Crates()
    others = [crate.manifest.parent for crate in found if crate.manifest not in own]
    others += _patched(project)
    outside = [folder for folder in others if not _below(folder, top)]
    ignored = [folder for folder in others if folder not in outside and git.ignoring(folder / "Cargo.toml", env)]
    shown = [tuple(sorted({_shown(folder, project.root) for folder in some})) for some in (outside, ignored)]
    return Crates(len(others), shown[0], shown[1], tuple(_replaced(project.root, env)), _from_git(project))


def _from_git(project: Project) -> tuple[str, ...]:
    """The crates that Cargo.lock takes from git, with where from."""
    found: dict[str, None] = {}
    for file in {extension.lock for extension in project.extensions if extension.lock}:
        for row in toml.load(file).get("package", ()):
            source = row.get("source") if isinstance(row, dict) else None
            if isinstance(source, str) and source.startswith("git+"):
                found[f"{row.get('name')} of {git.bare(source[4:]).partition('#')[0]}"] = None
    return tuple(found)


def _patched(project: Project) -> list[Path]:
    """The folders that `[patch]` of the manifest, or of its workspace's, takes crates from."""
    folders = {extension.manifest.parent for extension in project.extensions} | {project.workspace_root}
    found: list[Path] = []
    for folder in (each for each in folders if each and (each / "Cargo.toml").is_file()):
        sources = toml.load(folder / "Cargo.toml").get("patch")
        for table in sources.values() if isinstance(sources, dict) else ():
            specs = table.values() if isinstance(table, dict) else ()
            paths = [spec["path"] for spec in specs if isinstance(spec, dict) and isinstance(spec.get("path"), str)]
            found.extend((folder / path).resolve() for path in paths)
    return found


def _below(folder: Path, top: Path) -> bool:
    folder, top = folder.resolve(), top.resolve()
    return folder == top or top in folder.parents


def _shown(folder: Path, root: Path) -> str:
    import os  # noqa: PLC0415 - for paths that lead upwards, which pathlib's do not

    try:
        return Path(os.path.relpath(folder, root)).as_posix()
    except ValueError:
        return str(folder)


def _replaced(root: Path, env: Mapping[str, str]) -> Iterator[Pair]:
    """The files of cargo's configuration that replace crates, and the key that does."""
    home = Path(env.get("CARGO_HOME") or home_folder(env) / ".cargo")
    folders = [*(folder / ".cargo" for folder in (root, *root.parents)), home]
    for file in dict.fromkeys(folder / name for folder in folders for name in ("config.toml", "config")):
        try:
            data = toml.load(file) if file.is_file() else {}
        except ConfigError:
            continue
        yield from ((str(file), key) for key in ("patch", "paths") if data.get(key))


def log(project: Project, version: str, now: dt.datetime) -> Log:
    """The change log's section for a version, or else the one for what comes next."""
    try:
        file = change_log(project.root, project.config.release.changelog)
    except ConfigError as error:
        return Log(error=error.message)
    if file is None:
        return Log()
    text = _text(file) or ""
    path = file.relative_to(project.root).as_posix()
    own = notes.section(text, version) if version else None
    found = own or notes.unreleased(text)
    if found is None:
        return Log(path)
    ahead = days_from(found.date, now.date())
    pending = own is None
    return Log(path, said(found.body), found.heading, pending, found.date, ahead)


def said(body: str) -> str:
    """What a section says, without headings, rules and comments."""
    plain = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    lines = [line for line in plain.splitlines() if not re.match(r"\s*(#+\s|[-=~^*+\"'#]{3,}\s*$)", line)]
    underlined = re.findall(r"^(.*)\n([-=~^*+\"'#])\2{2,}[ \t]*$", plain, re.MULTILINE)
    titles = {title for title, _ in underlined}
    kept = (line for line in lines if line not in titles and not re.fullmatch(r"\s*[-*+]?\s*", line))
    return "\n".join(kept).strip()


def days_from(text: str, today: dt.date) -> int | None:
    """Days from today to a date of a change log; None for one that the calendar does not have."""
    numbers = re.fullmatch(r"(\d{4})[-/.](\d{2})[-/.](\d{2})", text)
    try:
        if numbers:
            return (dt.date(*map(int, numbers.groups())) - today).days
        # A month in words: what it is called depends on nothing but English here.
        plain = re.sub(r"(?<=\d)(?:st|nd|rd|th)|[.,]", "", text)
        return _named(plain, today)
    except ValueError:
        return None


def _named(text: str, today: dt.date) -> int:
    months = "janfebmaraprmayjunjulaugsepoctnovdec"
    word = re.search(r"[A-Za-z]{3}", text)
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    if word and len(numbers) == 2:  # noqa: PLR2004 - a day and a year
        day, year = numbers
        return (dt.date(year, months.index(word[0].lower()) // 3 + 1, day) - today).days
    return 0


def readme(root: Path, pyproject: Mapping[str, Any]) -> str | None:
    """What the readme file of pyproject.toml holds; None where it is not there, or none is named."""
    table = pyproject.get("project")
    given = table.get("readme") if isinstance(table, dict) else None
    name = given.get("file") if isinstance(given, dict) else given
    return _text(root / name) if isinstance(name, str) and name else None


def crate_readme(project: Project) -> str:
    """The readme that maturin takes from the crate where pyproject.toml names none; empty where there is none."""
    if project.backend is not Backend.MATURIN:
        return ""
    for extension in project.extensions:
        package = toml.load(extension.manifest).get("package")
        named = package.get("readme") if isinstance(package, dict) else None
        names = [named] if isinstance(named, str) else ["README.md", "README.txt", "README"]
        found = next((name for name in names if (extension.manifest.parent / name).is_file()), "")
        if found and named is not False:
            return found
    return ""


def licences_missing(root: Path, pyproject: Mapping[str, Any]) -> tuple[str, ...]:
    """The patterns of license-files that fit no file, and the file of a license table that is not there."""
    table = pyproject.get("project")
    if not isinstance(table, dict):
        return ()
    patterns = table.get("license-files")
    listed = [each for each in patterns if isinstance(each, str)] if isinstance(patterns, list) else []
    given = table.get("license")
    named = given.get("file") if isinstance(given, dict) else None
    return tuple(each for each in [*listed, *([named] if isinstance(named, str) else [])] if not _fits(root, each))


def _fits(root: Path, pattern: str) -> bool:
    try:
        return any(root.glob(pattern))
    # For an absolute one, and for what is no pattern.
    except (ValueError, NotImplementedError, IndexError):
        return False


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return stream.read(_LIMIT).decode("utf-8-sig", "replace")
    except OSError:
        return None
