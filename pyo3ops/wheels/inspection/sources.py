"""Source distributions: locked, complete, and built from once more where that is asked for."""

from __future__ import annotations

import shutil
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any

from pyo3ops.core.model import Fix
from pyo3ops.core.run import run, which
from pyo3ops.wheels.inspection import manifests
from pyo3ops.wheels.inspection.verdict import Said, bounded, fail, ok, skip, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyo3ops.core.run import Result
    from pyo3ops.wheels.inspection.reading import Asked, Sdist

NO_RUST = "it has no Cargo.toml: nothing in it is compiled from Rust"
#: Seconds for building an sdist with what cargo has here.
BUILD_TIMEOUT = 1800.0


def lock(sdist: Sdist, asked: Asked) -> Iterator[Said]:
    """Without Cargo.lock whoever builds gets the newest versions of that day, which nobody tested."""
    del asked
    main = manifests.main_manifest(sdist)
    if main is None:
        yield skip(NO_RUST)
        return
    folder, places = dirname(main), []
    while True:
        places.append(join(folder, "Cargo.lock"))
        if not folder:
            break
        folder = dirname(folder)
    found = next((place for place in places if sdist.member(place)), None)
    if found is None:
        fix = Fix("commit Cargo.lock, and let include and exclude keep it", ("cargo", "generate-lockfile"))
        yield warn(f"there is no {places[0]}", fix)
        return
    stale = list(manifests.unlocked(sdist, main, found))
    if stale:
        fix = Fix("bring Cargo.lock up to date, and commit it", ("cargo", "update", "--workspace"))
        yield warn(f"{found} is out of date, and --locked refuses it: {stale[0]}", fix, bounded(stale))
    yield ok(found)


def builds(sdist: Sdist, asked: Asked) -> Iterator[Said]:
    """Who has no wheel builds from the sdist, alone: what it names outside of itself is not there."""
    if sdist.archive.error or not sdist.top:
        yield unknown("it was not read to its end")
        return
    yield from _backend(sdist)
    main = manifests.main_manifest(sdist)
    if main is None:
        yield skip(NO_RUST)
        return
    found = list(manifests.broken(sdist, main))
    for each in found:
        yield fail(each.what, Fix(f"let include and exclude in pyproject.toml keep what {each.where} names"))
    if asked.deep and not found:
        yield _rebuilt(sdist, main, asked)
    yield ok(f"{main} and all that it names is there" + ("" if asked.deep else "; --deep builds it"))


def _backend(sdist: Sdist) -> Iterator[Said]:
    """What the build backend reads before cargo is started."""
    if sdist.member("pyproject.toml") is None:
        if sdist.member("setup.py") is None:
            yield fail("it has neither pyproject.toml nor setup.py", Fix("build it again", ("maturin", "sdist")))
        return
    project: Any = manifests.table_of(sdist, "pyproject.toml").get("project")
    readme = project.get("readme") if isinstance(project, dict) else None
    name = readme.get("file") if isinstance(readme, dict) else readme
    if isinstance(name, str) and sdist.member(normpath(name)) is None:
        yield fail(f"pyproject.toml names the readme {name}, which is not there", Fix(f"pack {name}"))


def _rebuilt(sdist: Sdist, main: str, asked: Asked) -> Said:
    """Build it in a folder of its own, with the crates that cargo has here; `online` with those that it fetches."""
    try:
        root = lay_out(sdist, asked.scratch / "sdist")
    except OSError as error:
        return unknown(f"it cannot be unpacked: {error.strerror or error}")
    if which("maturin", asked.env) is None or not _by_maturin(sdist):
        argv = ["cargo", "build", "--lib", "--manifest-path", str(root / main)]
    else:
        argv = ["maturin", "build", "--out", str(asked.scratch / "rebuilt")]
    env = {**asked.env, "CARGO_TARGET_DIR": str(asked.scratch / "target")}
    if not asked.online:
        argv, env = [*argv[:2], "--offline", *argv[2:]], {**env, "CARGO_NET_OFFLINE": "true"}
    return judged(run(argv, timeout=BUILD_TIMEOUT, env=env, cwd=root))


def judged(result: Result) -> Said:
    """What a build says of an sdist: crates that are not here are no fault of it, nor is a network that is not."""
    said = (result.err or result.out).splitlines()
    if result.ok:
        offline = ", offline" * ("--offline" in result.argv)
        return ok(f"{' '.join(result.argv[:2])} built it in {result.seconds:.0f} s{offline}")
    if result.code is None or any(_absent(line) for line in said):
        fix = Fix("fetch the crates that it is built from, then look again", ("cargo", "fetch", "--locked"))
        return unknown(f"it cannot be built here: {result.reason}", fix)
    return fail(
        f"it does not build: {result.reason}", Fix("build it by hand, and mend the first error"), bounded(said[-12:])
    )


def _absent(line: str) -> bool:
    return any(
        words in line
        for words in (
            "--offline",
            "offline mode",
            "no matching package",
            "attempting to make an HTTP",
            "failed to download",
            "Could not resolve host",
        )
    )


def _by_maturin(sdist: Sdist) -> bool:
    system = manifests.table_of(sdist, "pyproject.toml").get("build-system")
    return isinstance(system, dict) and system.get("build-backend") == "maturin"


def lay_out(sdist: Sdist, folder: Path) -> Path:
    """Put the files of an sdist where their names say, below a new folder; names that lead out are left out."""
    for path in sorted(sdist.paths):
        member = sdist.member(path)
        parts = path.split("/")
        if member is None or not path or ".." in parts or "" in parts or "\\" in path or ":" in path:
            continue
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(member.path, target)
    return folder
