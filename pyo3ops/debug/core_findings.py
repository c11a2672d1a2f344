"""What a core says of a death, and what is missing to read all of it, each with the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Sequence

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.core.sizes import in_words
from pyo3ops.stacks import fault, shown
from pyo3ops.stacks.build_ids import nameless

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.stacks.model import Dump, Signal
    from pyo3ops.stacks.symbol_files import Found
    from pyo3ops.tools.core_file import Core

#: Signals after which a debugger's picture of a process is taken, which did not end it: none, SIGINT and SIGSTOP.
_ALIVE = frozenset({0, 2, 19})
#: A breakpoint, at which a debugger takes such a picture too, and which some processors abort with.
_TRAP = 5
_ABORT, _BUS, _FPE, _ILL = 6, 7, 8, 4
#: Libraries that are listed as evidence.
_LISTED = 12


def lived(died: Signal | None) -> bool:
    """True for a picture of a process that went on."""
    return died is None or died.number in _ALIVE


def signal(died: Signal | None, memory: fault.Memory, dump: Dump | None) -> Finding:
    """What ended the process, and what it touched."""
    identity, title = "core.signal", "no signal ended the process"
    if died is None and (dump is None or not any(stack.frames for stack in dump.stacks)):
        detail = "it cannot be told: what the core said of it is missing"
        return Finding(identity, title, Status.UNKNOWN, detail, fix=Fix("bring the whole core"))
    if died is None or lived(died):
        detail = "no signal: the core is a picture of a process that was alive"
        return Finding(identity, title, Status.OK, detail)
    evidence = tuple(
        f"{name} = 0x{value:x}: {fault.points_to(value, memory)}"
        for name, value in (fault.suspects(memory.died) if memory.died and died.address is None else ())
    )
    detail = shown.died_of(died)
    if died.number == _TRAP:
        detail = f"{detail}: it died of that, or a debugger stopped it there and took a picture"
    status = Status.WARN if died.number == _TRAP else Status.FAIL
    return Finding(identity, title, status, detail, evidence, _cure(died, memory, dump))


def _cure(died: Signal, memory: fault.Memory, dump: Dump | None) -> Fix:
    if died.address is not None and fault.overflowed(died.address, memory):
        return Fix(
            "give the recursion a bound, or run it in a thread with a larger stack (std::thread::Builder::stack_size)"
        )
    if (died.code or "").startswith("sent by "):
        return Fix(
            "ask who sent it, a person, a supervisor's watchdog or a test: nothing faulted, and the stacks are what "
            "the program did at that moment",
            mends=False,
        )
    words = {
        _ABORT: "read what the program wrote before it: a panic that may not unwind, a failed assertion or `free(): "
        "invalid pointer` say why; `pyo3ops debug crash LOG` reads that",
        _BUS: "look whether a mapped file was cut short while it was in use, or the memory of the machine was full",
        _FPE: "look for a division at the top of the stack",
        _ILL: "look whether it was built for a newer processor (target-cpu), or ran into unreachable_unchecked",
    }.get(died.number, "look at `unsafe` code at the top of the stack: whose pointer it is, and how long that lives")
    return Fix(words if dump is not None and dump.stacks else f"{words} (there is no stack yet)")


def whole(core: Core, file: Path, bare: Sequence[int] = ()) -> Finding:
    """Whether all of the memory is in the file that its headers promise; `bare` are threads without their stacks."""
    identity, title = "core.whole", "the core is whole"
    if core.bits == 64 and not core.areas and not core.threads:  # noqa: PLR2004
        detail = f"{in_words(core.size)}, in which neither memory nor threads are: it was cut within its headers"
        return Finding(identity, title, Status.UNKNOWN, detail, fix=Fix("bring the whole file, or crash again"))
    if not core.missing:
        return _filtered(core, bare) if bare else Finding(identity, title, Status.OK, in_words(core.size))
    total = core.size + core.missing
    detail = f"{in_words(core.missing)} of {in_words(total)} are missing ({100 * core.missing / total:.0f} %)"
    limits = (
        "ulimit -c counts in KiB",
        "ProcessSizeMax= and ExternalSizeMax= of coredump.conf",
        "a disk that was full",
    )
    fix = Fix(
        "let cores be written whole, and crash again: `ulimit -c unlimited`; with systemd raise the sizes in "
        "/etc/systemd/coredump.conf",
        ("sh", "-c", "ulimit -c; cat /proc/sys/kernel/core_pattern; df -h ."),
        safe=True,
        mends=False,
    )
    return Finding(identity, f"{title}: {file.name}", Status.WARN, detail, limits, fix)


def _filtered(core: Core, bare: Sequence[int]) -> Finding:
    which = f"thread {bare[0]}" if len(bare) == 1 else f"{len(bare)} of {len(core.threads)} threads"
    detail = f"{in_words(core.size)}, without the stack of {which}: it was written so (coredump_filter of core(5))"
    fix = Fix("have private memory saved, before the program is started: `echo 0x33 > /proc/self/coredump_filter`")
    return Finding("core.whole", "the core is whole", Status.WARN, detail, fix=fix)


def executable(core: Core, chosen: Found, file: Path) -> Finding:
    """Whether the program that left the core is here, as it was."""
    identity, title = "core.executable", "the program that left the core is here"
    if chosen.library is not None:
        unsure = " (nothing in the core says of which build it is)" if chosen.unverified else ""
        return Finding(identity, title, Status.OK, f"{chosen.library.path}{unsure}", chosen.refused)
    name = core.executable or core.started or (core.named.name if core.named else "it")
    why = "; ".join(chosen.refused) or f"{name} is not on this machine"
    fix = Fix("copy the program from where it crashed", ("pyo3ops", "debug", "core", str(file), "--exe", "PROGRAM"))
    return Finding(identity, title, Status.WARN, why, fix=fix)


def libraries(modules: Sequence[Found], file: Path, *, sysroot: bool) -> Finding:
    """Whether what was loaded is here, in the very builds: only the code itself tells which call came from where."""
    identity, title = "core.libraries", "the libraries that it had loaded are here"
    lost = [found for found in modules if found.library is None]
    unsure = [found for found in modules if found.library is not None and found.unverified]
    elsewhere = [found for found in modules if found.library is not None and found.instead]
    if not lost and not unsure:
        places = ", ".join(sorted({found.instead for found in elsewhere}))
        more = f", {len(elsewhere)} of them in another place: {places}" if elsewhere else ""
        others = tuple(_listed(reason for found in modules for reason in found.refused))
        return Finding(identity, title, Status.OK, f"{len(modules)} files{more}", others)
    if not lost:
        detail = f"nothing in the core says of which builds {len(unsure)} of {len(modules)} were: taken as they are now"
        fix = Fix("bring those of the machine where it crashed", _with_root(file), mends=False)
        return Finding(identity, title, Status.WARN, detail, tuple(_listed(each.module for each in unsure)), fix)
    what = "not below that folder" if sysroot else "not on this machine"
    detail = f"{len(lost)} of {len(modules)} are {what}, or of another build; what called their code cannot be told"
    fix = Fix(
        "bring the file system of the machine or the container where it crashed (`docker export CONTAINER | tar -x -C "
        "DIR`), or a folder of the same builds with --symbols",
        _with_root(file),
    )
    return Finding(identity, title, Status.WARN, detail, tuple(_listed(map(_lost, lost))), fix)


def _with_root(file: Path) -> tuple[str, ...]:
    return ("pyo3ops", "debug", "core", str(file), "--sysroot", "DIR")


def _lost(found: Found) -> str:
    return "; ".join(found.refused) or f"{found.module} is not here ({_build(found)})"


def symbols(dump: Dump | None, modules: Sequence[Found], file: Path) -> Finding:
    """Whether what the stacks run through can be named."""
    identity, title = "core.symbols", "every frame has a name"
    used = {frame.module for stack in (dump.stacks if dump else ()) for frame in stack.frames if frame.module}
    frames = [frame for stack in (dump.stacks if dump else ()) for frame in stack.frames]
    bare = {frame.module or "no library" for frame in frames if nameless(frame)}
    lost = (found for found in modules if found.module in used and found.library is None)
    rebuilt = [reason for found in lost for reason in found.refused]
    unnamed = sum(map(nameless, frames))
    evidence = tuple(_listed((*rebuilt, *(_why(each) for each in modules if each.module in bare))))
    if not unnamed and not rebuilt:
        return Finding(identity, title, Status.OK, f"{len(frames)} frames")
    detail = (
        f"{unnamed} of {len(frames)} frames are only addresses, in {', '.join(sorted(bare)[:3])}" if unnamed else ""
    )
    again = ("pyo3ops", "debug", "core", str(file), "--symbols", "DIR")
    fix = Fix(
        "keep debug information of what is shipped (`pyo3ops wheels symbols dist`), or say where it is: a folder of "
        "`.build-id`, or of the libraries before they were stripped",
        again,
    )
    return Finding(identity, title, Status.WARN, detail or "a library was built again since", evidence, fix)


def _why(found: Found) -> str:
    return f"{found.module}: {_build(found)}, no symbols"


def _build(found: Found) -> str:
    return f"build {found.build_id}" if found.build_id else "no build ID in the core"


def _listed(reasons: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(reasons))
    return found if len(found) <= _LISTED else [*found[:_LISTED], f"and {len(found) - _LISTED} more"]


def foreign(core: Core, here: str) -> Finding | None:
    """A core of another machine, which no debugger of this one reads; None for one of this."""
    if core.bits == 64 and core.machine == here:  # noqa: PLR2004
        return None
    what = f"{core.machine}, {core.bits} bits"
    fix = Fix(f"look at it where it was left, or with a gdb that reads {core.machine} (gdb-multiarch)", need="gdb")
    detail = f"the core is of {what}; this machine is {here}, and only what its headers say is shown"
    return Finding("core.machine", "the core is of this machine", Status.UNKNOWN, detail, fix=fix)


def servers(troubles: Sequence[str]) -> tuple[Finding, ...]:
    """What debuginfod servers did not answer: that only warns."""
    if not troubles:
        return ()
    fix = Fix("look at DEBUGINFOD_URLS, or go on without --online")
    title = "debuginfod servers answer"
    return (Finding("core.servers", title, Status.WARN, troubles[0], tuple(troubles[1:]), fix),)
