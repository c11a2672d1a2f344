"""What `pyo3ops wheels build` says of what it built: facts, findings with their fixes, the table of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Status, Table
from pyo3ops.core.plan import State
from pyo3ops.tasks.wheels import build_advice
from pyo3ops.wheels.batch import chosen
from pyo3ops.wheels.compared import compare

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.model import Cell
    from pyo3ops.wheels.batch.again import Repeated
    from pyo3ops.wheels.batch.chosen import Lacking
    from pyo3ops.wheels.batch.member import Member, Setting
    from pyo3ops.wheels.batch.share import Share
    from pyo3ops.wheels.batch.work import Job, Kept, Outcome
    from pyo3ops.wheels.plan import PlannedWheel

_MIB = 2**20


@dataclass(frozen=True)
class Said:
    """All that a run learned."""

    setting: Setting
    folder: Path
    members: tuple[Member, ...]
    sdists: tuple[Kept, ...]
    outcomes: tuple[Outcome, ...]
    repeated: tuple[Repeated, ...]
    share: Share


def facts(said: Said) -> Iterator[Fact]:
    """What was built with, once for each toolchain, and where it is."""
    yield Fact("files", str(said.folder))
    for chain in dict.fromkeys(member.toolchain for member in said.members):
        if chain.rustc.release:
            yield Fact("rustc", f"{chain.rustc.release} for {chain.rustc.host}")
        if chain.maturin.release:
            yield Fact("maturin", chain.maturin.release)
        yield Fact("zig", chain.zig.release if chain.zig else "not here: wheels ask for this machine's glibc")
        yield Fact("sccache", chain.sccache or f"not used: {chain.no_sccache}")
    for epoch in dict.fromkeys(member.epoch for member in said.members):
        yield Fact("time of the files", f"{epoch.seconds}, of {epoch.source}")
    if said.outcomes:
        yield Fact("at once", f"{said.share.workers} wheels, {said.share.jobs} compilers each: {said.share.reason}")


def findings(said: Said) -> Iterator[Finding]:
    """One a member that cannot be built, one a file, one for all that other systems build."""
    for member in said.members:
        yield from (_sdist(each) for each in said.sdists if each.member is member)
        if member.error is not None:
            yield _failed_member(member, said)
        yield from _lock(member)
        yield from (_wheel(each, said) for each in said.outcomes if each.job.member is member)
        yield from (_repeated(each) for each in said.repeated if each.job.member is member)
        if member.choice is not None:
            yield from (_lacking(member, each, said) for each in member.choice.lacking)
            yield from _elsewhere(member)


def _failed_member(member: Member, said: Said) -> Finding:
    error = build_advice.telling(member.error or "", member.tail)
    fix = build_advice.fix(error, member.tail, said.setting.env, None)
    title = f"the wheels of {member.name} can be built"
    return Finding(f"wheels.build.{member.name}", title, Status.FAIL, error, member.tail, fix, seconds=member.seconds)


def _sdist(kept: Kept) -> Finding:
    member, entry = kept.member, kept.entry
    identity, title = f"wheels.build.{member.name}.sdist", f"the sdist of {member.name} is made as planned"
    if entry is None:
        fix = build_advice.fix(kept.error or "", (), {}, None)
        return Finding(identity, title, Status.FAIL, kept.error or "", fix=fix, seconds=member.seconds)
    others = compare(member.wanted, [entry.name]).others if member.wanted else ()
    if others:
        fix = Fix("plan what the backend makes: name, version", ("pyo3ops", "wheels", "plan"), mends=False)
        return Finding(identity, title, Status.FAIL, f"{entry.name}: {others[0][1]}", fix=fix, seconds=member.seconds)
    return Finding(identity, title, Status.OK, f"{entry.name}{_already(kept.state)}", seconds=member.seconds)


def _already(state: State) -> str:
    return f", {State.ALREADY.value}" if state is State.ALREADY else ""


def _lock(member: Member) -> Iterator[Finding]:
    """Without a lock in it, what an sdist becomes depends on the day."""
    if member.source is None:
        return
    here = all(extension.lock for extension in member.project.extensions)
    if here and all(extension.lock for extension in member.source.extensions):
        return
    detail = "there is a Cargo.lock, and the sdist does not have it" if here else "there is no Cargo.lock"
    fix = Fix(
        "let the sdist include Cargo.lock" if here else "make one, and keep it with the sources",
        None if here else ("cargo", "generate-lockfile"),
    )
    title = f"the sdist of {member.name} pins its crates"
    yield Finding(f"wheels.build.{member.name}.lock", title, Status.WARN, detail, fix=fix)


def _named(wheel: PlannedWheel) -> str:
    """A wheel by its tag; by its floor too, where there are several of that tag."""
    return "-".join((wheel.tag, "_".join(map(str, wheel.floor)))) if wheel.floor else wheel.tag


def _of(job: Job) -> tuple[str, str]:
    """Identity and name of the wheel of a job."""
    name, tag = job.member.name, _named(job.buildable.wheel)
    return f"wheels.build.{name}.{tag}", f"{name} {tag}"


def _wheel(outcome: Outcome, said: Said) -> Finding:
    identity, name = _of(outcome.job)
    title = f"{name} is built as planned"
    if outcome.entry is None:
        tail = outcome.built.tail if outcome.built else ()
        error = build_advice.telling(outcome.error or "", tail)
        fix = build_advice.fix(error, tail, said.setting.env, outcome.built.log if outcome.built else None)
        return Finding(identity, title, Status.FAIL, error, tail, fix, seconds=outcome.seconds)
    entry, wanted = outcome.entry, outcome.job.member.wanted
    mistagged = _mistagged(entry.name, outcome.job.buildable.wheel)
    if mistagged:
        fix = Fix("tell the backend what the crate is: `[bdist_wheel] py_limited_api` in setup.cfg of setuptools")
        return Finding(identity, title, Status.FAIL, f"{entry.name} {mistagged}", fix=fix, seconds=outcome.seconds)
    others = compare(wanted, [entry.name]).others if wanted else ()
    if others:
        status, fix = build_advice.other_than_planned(others[0][1], said.folder / entry.name, outcome.job.member)
        return Finding(identity, title, status, f"{entry.name}: {others[0][1]}", fix=fix, seconds=outcome.seconds)
    notes = "".join(f"; {note}" for note in (outcome.job.buildable.note,) if note)
    detail = f"{entry.name}{_already(outcome.state)}{notes}"
    return Finding(identity, title, Status.OK, detail, seconds=outcome.seconds)


def _mistagged(name: str, wheel: PlannedWheel) -> str | None:
    """Whom a wheel is for, where that is not planned: a crate with a stable ABI may be packed for one Python."""
    from packaging.utils import parse_wheel_filename  # noqa: PLC0415 - costs what start-up cannot pay

    # It was parsed before, when it was held against its interpreter.
    tags = {f"{tag.interpreter}-{tag.abi}" for tag in parse_wheel_filename(name)[3]}
    return None if tags == {wheel.tag} else f"is for {', '.join(sorted(tags))}, and {wheel.tag} is planned"


def _repeated(repeated: Repeated) -> Finding:
    identity, name = _of(repeated.job)
    identity, title = f"{identity}.reproducible", f"{name} has the same bytes when it is built again"
    if repeated.same:
        return Finding(identity, title, Status.OK, "built twice in different folders, from nothing")
    if repeated.error is not None:
        fix = Fix("build it again by itself", ("pyo3ops", "wheels", "build", repeated.job.member.name, "--rebuild"))
        return Finding(identity, title, Status.UNKNOWN, f"no second one: {repeated.error}", fix=fix)
    fix = Fix("look for what writes a time, a path or a random order: a build script, a macro, a C compiler")
    detail = f"{len(repeated.differing)} of its files differ: {repeated.differing[0]}"
    return Finding(identity, title, Status.FAIL, detail, repeated.differing, fix)


def _lacking(member: Member, lacking: Lacking, said: Said) -> Finding:
    """Passed over on a machine that never had it; where nobody looks, and where it was asked for, a failure."""
    ci = said.setting.env.get("CI", "").lower() not in ("", "0", "false")
    status = Status.FAIL if ci or said.setting.asked else Status.WARN
    tag = _named(lacking.wheel)
    return Finding(
        f"wheels.build.{member.name}.{tag}",
        f"{member.name} {tag} is built as planned",
        status,
        f"there is no Python {lacking.python} here",
        tuple(f"{dead.path} {dead.reason}" for dead in lacking.dead if dead.version in (None, lacking.python)),
        Fix(f"install Python {lacking.python}", ("uv", "python", "install", str(lacking.python)), safe=True),
    )


def _elsewhere(member: Member) -> Iterator[Finding]:
    if member.choice is None or not member.choice.elsewhere:
        return
    rows = member.choice.elsewhere
    host = member.toolchain.rustc.host
    evidence = tuple(f"{target}: {count}, {chosen.why_elsewhere(target)}" for target, count in rows)
    detail = f"{sum(count for _, count in rows)} wheels are for {len(rows)} other targets than {host}"
    title = f"{member.name} for other systems"
    yield Finding(f"wheels.build.{member.name}.elsewhere", title, Status.SKIP, detail, evidence)


def tables(said: Said) -> Iterator[Table]:
    """Every file of this run."""
    columns = (
        Column("file"),
        Column("Python"),
        Column("result"),
        Column("crates"),
        Column("compile", "s"),
        Column("all", "s"),
        Column("size", "MiB"),
        Column("sha256"),
    )
    rows = [_sdist_row(each) for each in said.sdists] + [_row(each) for each in said.outcomes]
    if rows:
        note = "crates: how many rustc compiled; all: with packing. The times of what was there already are of now."
        yield Table("Files", columns, tuple(rows), note)


def _sdist_row(kept: Kept) -> tuple[Cell, ...]:
    entry = kept.entry
    name, size, sha256 = (entry.name, entry.size / _MIB, entry.sha256) if entry else (kept.member.name, None, None)
    return (name, "", kept.state.value, None, None, kept.member.seconds, size, sha256)


def _row(outcome: Outcome) -> tuple[Cell, ...]:
    entry, built = outcome.entry, outcome.built
    return (
        entry.name if entry else outcome.job.what,
        outcome.job.buildable.interpreter.release,
        outcome.state.value,
        built.compiled if built else 0 if outcome.state is State.ALREADY else None,
        built.compiling if built else None,
        outcome.seconds,
        entry.size / _MIB if entry else None,
        entry.sha256 if entry else None,
    )


def artifacts(said: Said) -> Iterator[Artifact]:
    """The files that are there now, made in this run or before."""
    for kept in said.sdists:
        if kept.entry:
            yield Artifact(str(said.folder / kept.entry.name), "sdist", kept.entry.sha256)
    for outcome in said.outcomes:
        if outcome.entry:
            yield Artifact(str(said.folder / outcome.entry.name), "wheel", outcome.entry.sha256)
