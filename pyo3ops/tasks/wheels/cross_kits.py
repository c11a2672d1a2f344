"""What is here to cross-build with, target by target, and the command that fills the cache with what is not."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.model import Column, Finding, Fix, Host, Report, Status, Table
from pyo3ops.core.plan import State
from pyo3ops.tasks.wheels.cross import tool_of
from pyo3ops.tools import apt
from pyo3ops.wheels.cross import looking, preparing, rows, ways
from pyo3ops.wheels.cross.preparing import Preparation, Wanted
from pyo3ops.wheels.cross.ways import Missing, Tool

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.plan import Outcome
    from pyo3ops.tasks.wheels.cross import Request
    from pyo3ops.wheels.cross.rows import Target
    from pyo3ops.wheels.cross.ways import Present

_TITLES = {
    "lists": "apt's lists are here",
    "std": "the standard library is unpacked",
    "gcc": "gcc is unpacked",
    "zig": "zig is unpacked",
    "emulator": "the emulators are unpacked",
    "python": "a foreign Python is unpacked",
}


def listing(root: Path, request: Request) -> Report:
    """Every target, or the chosen ones: what there is to build for it and to run the result, and what is missing."""
    started = time.monotonic()
    targets = rows.chosen(request.targets) or rows.targets()
    # What is missing is no fault as long as nobody asks for it.
    asked = Status.WARN if request.targets else Status.SKIP
    tool = tool_of(request.tool)
    seen = list(looking.look(root, targets, request.kits, request.env, request.sysroot))
    return Report(
        task="wheels cross",
        host=Host.here(),
        findings=tuple(_available(target, present, tool, asked) for target, present in seen),
        tables=(_table([_row(target, present, tool) for target, present in seen]),),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def prepare(root: Path, request: Request) -> Report:
    """Unpack what the chosen targets lack into the cache, by apt and uv; nothing of the system is changed.

    Raises `UsageError` without a target, without apt, and for a cache that cannot be written.
    """
    started = time.monotonic()
    targets = rows.chosen(request.targets)
    if not targets:
        raise UsageError("no target is named", command="pyo3ops wheels cross --list")
    native = apt.native(request.env) if apt.present(request.env) else None
    if native is None:
        raise UsageError(
            "toolchains are unpacked from Debian's packages, and apt-get and dpkg are not here",
            cause="another distribution, or another system",
            command="pyo3ops wheels cross --list",
        )
    findings: list[Finding] = []
    with _alone(request):
        # Looked at anew for each: what one target brought may serve the next.
        for target in targets:
            ((_, present),) = looking.look(root, [target], request.kits, request.env, request.sysroot)
            preparation = Preparation(target, request.kits, request.env, native, request.progress)
            wanted = lacking(target, present, tool_of(request.tool))
            findings += (_unpacked(target, outcome) for outcome in preparing.plan(preparation, wanted).carry_out())
    return Report(
        task="wheels cross",
        host=Host.here(),
        findings=(*findings, *listing(root, request).findings),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def lacking(target: Target, present: Present, tool: Tool | None) -> Wanted:
    """What has to be unpacked before a target can be built for, by that tool, and run."""
    linker = isinstance(ways.linker(target, present, tool), Missing)
    return Wanted(
        std=isinstance(ways.standard_library(target, present), Missing),
        gcc=linker and (tool is Tool.GCC or not target.zig),
        zig=linker and tool in (None, Tool.ZIG),
        emulator=present.qemu.path is None or present.qemu.error is not None,
        python=present.root is None,
    )


@contextmanager
def _alone(request: Request) -> Iterator[None]:
    folder = request.kits.folder
    with ExitStack() as stack:
        try:
            stack.enter_context(preparing.alone(request.kits))
        except OSError as error:
            raise UsageError(
                f"nothing can be unpacked: {reason_of(error, folder)}",
                cause="the folder is not yours to write, or a file has its name",
                command="pyo3ops wheels cross --prepare --cache DIR",
            ) from None
        yield


def _unpacked(target: Target, outcome: Outcome) -> Finding:
    name = outcome.step.name
    identity, title = f"cross.{target.triple}.kit.{name}", _TITLES[name]
    if outcome.state in (State.DONE, State.ALREADY):
        return Finding(identity, title, Status.OK, outcome.state.value, seconds=outcome.seconds)
    if outcome.state is State.BLOCKED:
        return Finding(identity, title, Status.SKIP, outcome.detail)
    argv = ("pyo3ops", "wheels", "cross", "--prepare", "--target", target.triple)
    fix = Fix("try again: what was downloaded is kept", argv, safe=True)
    return Finding(identity, title, Status.FAIL, outcome.detail, fix=fix, seconds=outcome.seconds)


def _available(target: Target, present: Present, tool: Tool | None, missed: Status) -> Finding:
    """One finding a target; `missed` is its status where a piece is missing."""
    identity, title = f"cross.{target.triple}", f"{target.triple} can be built for here"
    pieces = [ways.standard_library(target, present), ways.linker(target, present, tool)]
    missing = [piece for piece in pieces if isinstance(piece, Missing)]
    runs = ways.runner(target, present)
    evidence = tuple(_lines([*missing[1:], *([runs] if isinstance(runs, Missing) else [])]))
    if target.experimental:
        evidence = (*evidence, f"experimental: {target.experimental}")
    if missing:
        detail = "; ".join(each.detail for each in missing)
        return Finding(identity, title, missed, detail, evidence, missing[0].fix)
    how = " and ".join(map(str, pieces))
    run = "it does not run here" if isinstance(runs, Missing) else f"it runs under {target.qemu}"
    return Finding(identity, title, Status.OK, f"{how}; {run}", evidence)


def _lines(missing: list[Missing]) -> Iterator[str]:
    for each in missing:
        command = f": {' '.join(each.fix.argv)}" if each.fix.argv else ""
        yield f"{each.detail}; {each.fix.summary}{command}"


def _row(target: Target, present: Present, tool: Tool | None) -> tuple[str, ...]:
    std, linker, runs = (
        ways.standard_library(target, present),
        ways.linker(target, present, tool),
        ways.runner(target, present),
    )
    root = present.root.name if present.root else ""
    return (
        target.triple,
        "missing" if isinstance(std, Missing) else str(std),
        "missing" if isinstance(linker, Missing) else str(linker),
        "missing" if isinstance(runs, Missing) else f"{target.qemu} {present.qemu.release}, {root}",
        "yes" if target.experimental else "",
    )


def _table(found: list[tuple[str, ...]]) -> Table:
    titles = ("target", "standard library", "linked by", "run by", "experimental")
    note = "What brings a missing piece: `pyo3ops wheels cross --list --target TARGET`."
    return Table("Targets that wheels can be cross-built for", tuple(map(Column, titles)), tuple(found), note)
