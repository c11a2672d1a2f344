"""`pyo3ops wheels symbols`: debug information of wheels into a store, and what the store has of a crash."""

from __future__ import annotations

import hashlib
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import Pyo3opsError, UsageError, reason_of
from pyo3ops.core.files import own_folder
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.wheels import split_findings, symbol_store, wanted_symbols
from pyo3ops.wheels.symbol_store import Store
from pyo3ops.wheels.symbols import State, split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.wheels.symbols import Split
    from pyo3ops.wheels.wanted_symbols import Wanted

#: Below a project's `.pyo3ops`.
STORE = "symbols"


@dataclass(frozen=True)
class Request:
    """Wheels to split, or folders of them; else what to ask the store: all that it has, or what fits one thing."""

    env: Mapping[str, str]
    wheels: tuple[Path, ...] = ()
    #: The folder of companions; `.pyo3ops/symbols` in the project without one.
    store: Path | None = None
    #: Leave the wheel its symbol table: names without the store, for more bytes.
    keep_names: bool = False
    listing: bool = False
    #: A build ID or the beginning of one, a library, a wheel or a core.
    find: str | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Split wheels into the store, list it, or find in it; one wheel that fails does not stop the others.

    Raises `UsageError` where none or several of the three are asked for, for wheels that are not there, and for a store
    that cannot be made or whose index cannot be read.
    """
    started = time.monotonic()
    if sum((bool(request.wheels), request.listing, request.find is not None)) != 1:
        raise UsageError(
            "there is one thing to do at a time: split wheels, --list or --find",
            cause="neither or several were asked for",
            command="pyo3ops wheels symbols dist",
        )
    store = _store(root, request)
    if request.wheels:
        findings, tables, artifacts = _split_all(store, request)
    elif request.find is not None:
        (findings, tables), artifacts = _found(store, request.find), ()
    else:
        findings, tables, artifacts = [], (_listed(store),), ()
    return Report(
        task="wheels symbols",
        project=root.name,
        host=Host.here(),
        facts=(Fact("store", str(store.folder)), Fact("gdb", _gdb(store))),
        findings=tuple(findings),
        tables=tuple(tables),
        artifacts=tuple(artifacts),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _gdb(store: Store) -> str:
    return shlex.join(["gdb", "-iex", f"set debug-file-directory {store.folder}"])


def _store(root: Path, request: Request) -> Store:
    """The store; its folder is made where something is to be put into it, and not to be told that it is empty."""
    try:
        own = own_folder(root) if request.wheels and request.store is None else root / ".pyo3ops"
    except OSError as error:
        raise UsageError(
            f"there is no place for symbols: {reason_of(error, root)}",
            cause="without --store they go to .pyo3ops in the project",
            command="pyo3ops wheels symbols --store DIR WHEEL...",
        ) from None
    return Store((request.store or own / STORE).absolute())


def wheels_in(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The wheels that are named, and those of the folders that are; raises `UsageError` where one is not there."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.whl")) if path.is_dir() else [path] if path.is_file() else []
        if not inside:
            raise UsageError(
                f"there is no wheel at {path}", cause="it was not built, or elsewhere", command="pyo3ops wheels build"
            )
        found += inside
    return tuple(dict.fromkeys(found))


def _split_all(store: Store, request: Request) -> tuple[list[Finding], tuple[Table, ...], tuple[Artifact, ...]]:
    symbol_store.entries(store)
    findings: list[Finding] = []
    done: list[Split] = []
    for wheel in wheels_in(request.wheels):
        request.progress(f"{wheel.name}: splitting")
        try:
            done.append(split(wheel, store, request.env, names=request.keep_names))
        except Pyo3opsError as error:
            findings.append(_unusable(wheel, error.message))
        except OSError as error:
            findings.append(_unusable(wheel, reason_of(error, wheel)))
        else:
            findings += split_findings.findings(done[-1])
    artifacts = tuple(artifact for each in done for artifact in _artifacts(each, store))
    return findings, tuple(_table(each) for each in done if each.parts), artifacts


def _unusable(wheel: Path, why: str) -> Finding:
    fix = Fix("see what is wrong with it", ("pyo3ops", "wheels", "inspect", str(wheel)), safe=True, mends=False)
    return Finding("symbols.wheel", f"{wheel.name} can be split", Status.FAIL, why, fix=fix)


def _table(done: Split) -> Table:
    columns = (
        Column("library"),
        Column("machine"),
        Column("state"),
        Column("build ID"),
        Column("before", "bytes"),
        Column("now", "bytes"),
        Column("companion", "bytes"),
    )
    rows = tuple(
        (part.member, part.machine, part.state.value, part.build_id, part.before, part.after, part.companion or None)
        for part in done.parts
    )
    note = "Sizes are of the unpacked library; a companion is compressed."
    return Table(f"Libraries of {done.wheel.name}", columns, rows, note)


def _artifacts(done: Split, store: Store) -> Iterator[Artifact]:
    if any(part.state is State.SPLIT for part in done.parts):
        yield _artifact(done.wheel, "wheel")
    new = {part.build_id for part in done.parts if part.state in (State.SPLIT, State.STORED)}
    for row in symbol_store.entries(store) if new else ():
        if row.build_id in new and row.wheel == done.wheel.name:
            yield Artifact(str(store.folder / row.companion), "debug companion", row.companion_sha256)


def _artifact(path: Path, kind: str) -> Artifact:
    return Artifact(str(path), kind, hashlib.sha256(path.read_bytes()).hexdigest())


def _listed(store: Store) -> Table:
    columns = tuple(map(Column, ("project", "version", "wheel", "library", "machine", "build ID", "companion")))
    rows = tuple(
        (each.project, each.version, each.wheel, each.member, each.machine, each.build_id, each.companion)
        for each in symbol_store.entries(store)
    )
    return Table(f"Companions in {store.folder}", columns, rows)


def _found(store: Store, what: str) -> tuple[list[Finding], tuple[Table, ...]]:
    wanted = wanted_symbols.find(store, what)
    columns = tuple(map(Column, ("what", "build ID", "companion", "of wheel", "version", "library")))
    rows = tuple(
        (
            each.what,
            each.build_id,
            each.companion or None,
            each.kept.wheel if each.kept else None,
            each.kept.version if each.kept else None,
            each.kept.member if each.kept else None,
        )
        for each in wanted
    )
    return [_judged(what, wanted)], (Table(f"Companions for {what}", columns, rows),) if rows else ()


def _judged(what: str, wanted: Sequence[Wanted]) -> Finding:
    identity, title = "symbols.find", f"the store has a companion for {what}"
    there = [each for each in wanted if each.companion]
    if there:
        return Finding(identity, title, Status.OK, f"{len(there)} of {len(wanted)} files", tuple(map(str, there)))
    detail = "no build there has one" if wanted else "it names no build"
    fix = Fix("see what it has", ("pyo3ops", "wheels", "symbols", "--list"), safe=True, mends=False)
    return Finding(identity, title, Status.WARN, detail, tuple(map(str, wanted)), fix)
