"""Wheels of members, each built once: what one is made from is its key, and what the record has under it, stays."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.plan import State
from pyo3ops.core.project import Backend
from pyo3ops.tools import cargo_config
from pyo3ops.wheels import reproducible, targets
from pyo3ops.wheels.batch.journal import Entry, Journal, digest
from pyo3ops.wheels.batch.lanes import run_lanes
from pyo3ops.wheels.batch.member import Member, Setting, source_for
from pyo3ops.wheels.build import Built, build_wheel
from pyo3ops.wheels.platforms import System, platform_of

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.wheels.batch.chosen import Buildable
    from pyo3ops.wheels.batch.share import Share
    from pyo3ops.wheels.plan import PlannedWheel

#: Variables that change what is compiled or packed. Folders and the number of processors do not.
_SETTINGS = re.compile(
    r"(CARGO_PROFILE|MATURIN|PYO3|SETUPTOOLS|OPENSSL|PKG_CONFIG)_\w+|CARGO_TARGET_\w+_(LINKER|RUSTFLAGS)"
    r"|(CARGO_ENCODED_)?RUSTFLAGS|MACOSX_DEPLOYMENT_TARGET"
    # As the crate cc spells them: CC, HOST_CC, CFLAGS_aarch64-unknown-linux-gnu.
    r"|((HOST|TARGET)_)?(CC|CXX|AR|CFLAGS|CXXFLAGS|LDFLAGS)(_[\w-]+)?"
)
_DROPPED = frozenset({"PYO3_PYTHON"})


@dataclass(frozen=True)
class Job:
    """One wheel of one member."""

    member: Member
    buildable: Buildable

    @property
    def what(self) -> str:
        """The wheel in the plan's words, as the record has it."""
        name = self.member.wanted.name if self.member.wanted else self.member.name
        return f"{name} {self.buildable.wheel}"


@dataclass(frozen=True)
class Outcome:
    """What became of one wheel; `error` in words where it is not in the folder."""

    job: Job
    state: State
    entry: Entry | None = None
    built: Built | None = None
    error: str | None = None
    #: Wall time in seconds.
    seconds: float = 0.0


@dataclass(frozen=True)
class Kept:
    """An sdist in the folder; `error` in words where it is not."""

    member: Member
    state: State
    entry: Entry | None = None
    error: str | None = None


def keep_sdist(member: Member, journal: Journal) -> Iterator[Kept]:
    """Put a member's sdist into the folder, where one was made and is planned."""
    if member.sdist is None or member.wanted is None or not member.wanted.sdist:
        return
    what, sha256 = f"{member.wanted.name} sdist", member.sha256
    entry = journal.there(what, sha256)
    if entry is not None:
        yield Kept(member, State.ALREADY, entry)
        return
    try:
        entry = Entry(what, member.sdist.name, sha256, sha256, member.sdist.stat().st_size, member.seconds)
        journal.put(member.sdist, entry)
        yield Kept(member, State.DONE, entry)
    except OSError as error:
        yield Kept(member, State.FAILED, error=reason_of(error, journal.folder))


def options_of(member: Member, wheel: PlannedWheel) -> tuple[str, ...]:
    """What maturin is told beside the interpreter: the stable ABI of the settings, and the glibc that zig links to."""
    return (*_features(member, wheel), *_linked(member, wheel))


def _features(member: Member, wheel: PlannedWheel) -> Iterator[str]:
    kind, python = wheel.interpreters.abi, wheel.interpreters.python
    if kind in ("abi3", "abi3t") and member.project.config.wheels.abis:
        yield from ("--features", f"pyo3/{kind}-{python.replace('cp', 'py')}")


def _linked(member: Member, wheel: PlannedWheel) -> Iterator[str]:
    floor = member.wanted.floor_of(wheel) if member.wanted else None
    if member.toolchain.zig and floor and platform_of(wheel.target).system is System.GLIBC:
        yield from ("--zig", "--compatibility", f"manylinux_{floor[0]}_{floor[1]}")


def key_of(job: Job, setting: Setting) -> str:
    """One word for all that a wheel is made from: the sdist, the interpreter, the toolchain, the settings."""
    member, interpreter = job.member, job.buildable.interpreter
    root = member.source.root if member.source else member.project.root
    config = cargo_config.read(root, setting.env, setting.home, member.toolchain.rustc.host)
    made_from = {
        "sdist": member.sha256,
        "wheel": str(job.buildable.wheel),
        "interpreter": [interpreter.implementation, interpreter.release, str(interpreter.version), interpreter.machine],
        "toolchain": member.toolchain.said,
        "options": options_of(member, job.buildable.wheel),
        "epoch": member.epoch.seconds,
        "flags": config.flags,
        # Profiles, variables and linkers stand there, too.
        "config": sorted(digest(file) or "" for file in config.files),
        "settings": sorted(_settings(setting)),
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode("utf-8")).hexdigest()


def _settings(setting: Setting) -> Iterator[tuple[str, str]]:
    yield from (
        (name, text) for name, text in setting.env.items() if _SETTINGS.fullmatch(name) and name not in _DROPPED
    )


def build_all(jobs: Sequence[Job], journal: Journal, setting: Setting, share: Share, *, rebuild: bool) -> list[Outcome]:
    """Build what the record does not have; what failed does not stop the rest. In the order of the jobs.

    One target folder an interpreter: where none was built in, the first interpreter's wheels are built alone, with all
    processors, so that the other folders can start as copies of its.
    """
    found = {} if rebuild else dict(_there_already(jobs, journal, setting))
    left = [job for job in jobs if job.what not in found]
    total = len(left)

    def do(job: Job, compilers: int) -> Outcome:
        setting.progress(f"{job.what}: building, one of {total}")
        return build_one(job, journal, setting, compilers)

    first, others = _lanes(left, setting.places.targets)
    done = run_lanes([first] if first else [], lambda job: do(job, share.workers * share.jobs), 1)
    done += run_lanes(others, lambda job: do(job, share.jobs), share.workers)
    found.update((outcome.job.what, outcome) for outcome in done)
    return [found[job.what] for job in jobs]


def _there_already(jobs: Sequence[Job], journal: Journal, setting: Setting) -> Iterator[tuple[str, Outcome]]:
    for job in jobs:
        started = time.monotonic()
        entry = journal.there(job.what, key_of(job, setting))
        if entry is not None:
            yield job.what, Outcome(job, State.ALREADY, entry, seconds=time.monotonic() - started)


def _lanes(jobs: Sequence[Job], base: Path) -> tuple[list[Job], list[list[Job]]]:
    """The lane that others are seeded from, empty where there is no need of one, and all the others."""
    lanes: dict[PythonVersion, list[Job]] = {}
    for job in jobs:
        lanes.setdefault(job.buildable.interpreter.version, []).append(job)
    cold = [version for version in lanes if not (base / version.tag).exists()]
    if len(cold) <= 1 or targets.has_seed(base):
        return [], list(lanes.values())
    first = max(cold, key=lambda version: len(lanes[version]))
    return lanes.pop(first), list(lanes.values())


def build_one(job: Job, journal: Journal, setting: Setting, compilers: int) -> Outcome:
    """Build one wheel and put it into the record's folder, whole."""
    started = time.monotonic()
    built, place = None, setting.work
    try:
        built = compiled(job, setting, compilers)
        if built.wheel is None:
            return Outcome(job, State.FAILED, built=built, error=built.error, seconds=time.monotonic() - started)
        entry = Entry(
            what=job.what,
            name=built.wheel.name,
            key=key_of(job, setting),
            sha256=digest(built.wheel) or "",
            size=built.wheel.stat().st_size,
            seconds=built.seconds,
            compiled=built.compiled,
        )
        place = journal.folder
        journal.put(built.wheel, entry)
        built.wheel.unlink()
        return Outcome(job, State.DONE, entry, built, seconds=time.monotonic() - started)
    except OSError as error:
        reason = reason_of(error, place)
    except UsageError as error:
        reason = error.message
    return Outcome(job, State.FAILED, built=built, error=reason, seconds=time.monotonic() - started)


def compiled(job: Job, setting: Setting, compilers: int) -> Built:
    """Build a wheel from its member's sources into the folder of its log, with nothing of this machine in it.

    Raises `OSError`, and `UsageError` where the backend made what is no wheel.
    """
    member, interpreter = job.member, job.buildable.interpreter
    tag = job.buildable.wheel.tag
    source = source_for(member, tag)
    if source is None or member.places is None:
        raise ValueError(f"{member.name} is not prepared")
    env = environment(member, source.root, setting)
    env["CARGO_BUILD_JOBS"] = str(compilers)
    options = options_of(member, job.buildable.wheel) if source.backend is Backend.MATURIN else ()
    built = build_wheel(
        source,
        interpreter,
        setting.work / "logs" / member.project.root.name / "-".join((tag, *map(str, job.buildable.wheel.floor))),
        targets=member.places.targets,
        env=env,
        options=options,
        progress=setting.progress,
    )
    if built.wheel is not None:
        reproducible.forget(built.wheel, member.places.sources, member.epoch.seconds)
    return built


def environment(member: Member, source: Path, setting: Setting) -> dict[str, str]:
    """The variables of a member's builds, but for the number of processors."""
    toolchain, places = member.toolchain, member.places or setting.places
    env = reproducible.environment(
        setting.env, toolchain, places, seconds=member.epoch.seconds, source=source, home=setting.home
    )
    env.update(toolchain.zig.env if toolchain.zig else ())
    if toolchain.sccache:
        env["RUSTC_WRAPPER"] = toolchain.sccache
    if places.sources != setting.places.sources and toolchain.sysroot:
        # Away from the project, its rust-toolchain file says nothing any more.
        env["RUSTUP_TOOLCHAIN"] = toolchain.sysroot
    return env
