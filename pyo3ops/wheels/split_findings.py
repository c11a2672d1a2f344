"""What splitting a wheel came to, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.tools import objcopy
from pyo3ops.wheels.symbols import State

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.wheels.symbols import Part, Split

_LINK = "https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html"


def findings(done: Split) -> Iterator[Finding]:
    """One for what is in the store now, and one for each library that is not."""
    parts = [part for part in done.parts if not (_bundled(part) and part.state in (State.NOTHING, State.NAMELESS))]
    identity, title = "symbols.split", f"the debug information of {done.wheel.name} is in the store"
    if not parts:
        yield Finding(identity, title, Status.SKIP, "there is no library in it")
    good = [part for part in parts if part.state in (State.SPLIT, State.KEPT, State.STORED)]
    if good:
        moved = [part for part in good if part.state is State.SPLIT]
        kept = "its .pdb is kept" if any(part.state is State.STORED for part in good) else "it was split before"
        detail = f"{done.before / 1e6:.2f} MB before, {done.after / 1e6:.2f} MB now" if moved else kept
        evidence = tuple(f"{part.member}: {part.build_id}" for part in good)
        yield Finding(identity, title, Status.OK, detail, evidence)
    yield from (_problem(done.wheel, part) for part in parts if part not in good)


def _bundled(part: Part) -> bool:
    """True for a library of others that a repair of the wheel put in: how it was built is not the project's affair."""
    return ".libs/" in part.member or ".dylibs/" in part.member


def _problem(wheel: Path, part: Part) -> Finding:
    identity, status, title, detail, fix = {
        State.NOTHING: (
            "symbols.debug",
            Status.WARN,
            "has debug information",
            f"{part.reason}, and the store has none of its build",
            Fix('in Cargo.toml: `[profile.release] debug = "line-tables-only"` and `strip = "none"`, and build again'),
        ),
        State.NAMELESS: (
            "symbols.build-id",
            Status.FAIL,
            "has a build ID",
            "it has none, so nothing would find its companion; it is left as it is",
            Fix("build with RUSTFLAGS='-Clink-arg=-Wl,--build-id=sha1'"),
        ),
        State.NO_TOOL: (
            "symbols.tool",
            Status.UNKNOWN,
            "can be split here",
            part.reason,
            Fix(f"install {objcopy.package(part.machine)}"),
        ),
        State.MACHO: (
            "symbols.macos",
            Status.SKIP,
            "has its debug information apart",
            "macOS keeps it in a .dSYM that dsymutil makes of the objects of the build, not of a wheel",
            Fix(
                'in Cargo.toml: `[profile.release] split-debuginfo = "packed"`, and keep the .dSYM of the target folder'
            ),
        ),
        State.PE: (
            "symbols.windows",
            Status.SKIP,
            "has its debug information apart",
            part.reason,
            Fix("put the .pdb of the target folder beside the wheel, and run this again: the store keeps it"),
        ),
        State.FAILED: (
            "symbols.split",
            Status.FAIL,
            "is split",
            part.reason,
            Fix("look at the wheel", ("pyo3ops", "wheels", "inspect", str(wheel)), safe=True, mends=False),
        ),
    }[part.state]
    return Finding(identity, f"{part.member} of {wheel.name} {title}", status, detail, fix=fix, link=_LINK)
