"""Debug information, taken out of the libraries of a wheel and kept in a store, so that a crash can be read later.

The order is one in which nothing is ever lost: the companion is in the store, then in its index, and only then is the
wheel replaced, in one step. A run that was killed in between is completed by the next.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.core.files import is_file, write_whole
from pyo3ops.tools import elf, objcopy
from pyo3ops.tools.build_id_folders import relative
from pyo3ops.wheels import pdb, rewriting
from pyo3ops.wheels.archive import unpack
from pyo3ops.wheels.symbol_store import Kept, Store, add

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.run import Result
    from pyo3ops.tools.elf import Elf
    from pyo3ops.wheels.archive import Member


class State(Enum):
    """What became of one library."""

    SPLIT = "split"
    KEPT = "split before"
    NOTHING = "no debug information"
    NAMELESS = "no build ID"
    NO_TOOL = "no objcopy"
    FAILED = "failed"
    STORED = "its .pdb stored"
    MACHO = "Mach-O"
    PE = "PE"


@dataclass(frozen=True)
class Part:
    """One library of a wheel; sizes in bytes, of the library before and after, and of its companion."""

    member: str
    state: State
    machine: str = ""
    build_id: str = ""
    before: int = 0
    after: int = 0
    companion: int = 0
    #: Why it failed, or what it has where there is nothing to split.
    reason: str = ""


@dataclass(frozen=True)
class Split:
    """A wheel and its libraries; sizes of the file in bytes."""

    wheel: Path
    parts: tuple[Part, ...]
    before: int
    after: int


@dataclass(frozen=True)
class _Done:
    """A library that was split, and the bytes it has now."""

    part: Part
    data: bytes
    companion_sha256: str
    #: From the store.
    companion: str


_MACHO = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xbe\xba\xfe\xca")
_SUFFIXES = (".so", ".pyd", ".dylib", ".dll", ".exe")


def split(wheel: Path, store: Store, env: Mapping[str, str], *, names: bool = False) -> Split:
    """Move the debug information of every ELF file of a wheel into the store; the wheel is rewritten in place.

    `names` leaves the symbol table in the wheel, which costs its users bytes and gives their debuggers names. Raises
    `UsageError` for what is no wheel whose RECORD is true, and `OSError` where something cannot be written.
    """
    rewriting.verify(wheel)
    before = wheel.stat().st_size
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
        found = [
            _done(wheel, path, part, store, env, names=names) for path, part in _looked_at(wheel, Path(folder), store)
        ]
    done = [each for each in found if isinstance(each, _Done)]
    changed = {each.part.member: each.data for each in done if each.part.state is State.SPLIT}
    if done:
        data = rewriting.repacked(wheel, changed) if changed else wheel.read_bytes()
        add(store, _rows(wheel, data, done))
        if changed:
            write_whole(wheel, data)
    parts = tuple(each.part if isinstance(each, _Done) else each for each in found)
    return Split(wheel, parts, before, wheel.stat().st_size)


def libraries(wheel: Path, folder: Path) -> Iterator[Member]:
    """Each native file of a wheel, by its first bytes, unpacked into `folder`.

    Raises `UsageError` for a wheel that cannot be read.
    """
    archive = unpack(wheel, folder)
    if archive.error:
        raise UsageError(
            f"{wheel} cannot be read: {archive.error}",
            cause="it is damaged, or no wheel",
            command=f"pyo3ops wheels inspect {wheel}",
        )
    for member in archive.members:
        head = member.head[:4]
        if head == elf.MAGIC or head in _MACHO or (head[:2] == b"MZ" and member.name.endswith(_SUFFIXES)):
            yield member


def _looked_at(wheel: Path, folder: Path, store: Store) -> Iterator[tuple[Path, Part]]:
    for member in libraries(wheel, folder):
        yield member.path, _part(member, store)


def _part(member: Member, store: Store) -> Part:
    """What is to be done with a library: SPLIT, or why nothing is."""
    name, size, head = member.name, member.size, member.head[:4]
    if head != elf.MAGIC:
        return Part(name, State.MACHO if head in _MACHO else State.PE, before=size, after=size)
    read = elf.read(member.path)
    if read is None:
        return Part(name, State.FAILED, before=size, after=size, reason="it is a damaged ELF file")
    reason = "it has names and no lines" if read.has_symbols else "it is stripped"
    return Part(name, _state(read, store), read.machine, read.build_id, size, size, reason=reason)


def _state(read: Elf, store: Store) -> State:
    if not read.has_debug:
        return State.KEPT if store.has(read.build_id) else State.NOTHING
    return State.SPLIT if read.build_id else State.NAMELESS


def _done(wheel: Path, path: Path, part: Part, store: Store, env: Mapping[str, str], *, names: bool) -> _Done | Part:
    if part.state is State.SPLIT:
        return _split(path, part, store, env, names=names)
    return _with_pdb(wheel, path, part, store) if part.state is State.PE else part


def _with_pdb(wheel: Path, library: Path, part: Part, store: Store) -> _Done | Part:
    """A Windows library: the .pdb that lies beside the wheel is kept, where it is that of the library."""
    wanted = pdb.of(library)
    if wanted is None:
        return replace(part, reason="it names no .pdb: it was linked without debug information")
    part = replace(part, build_id=wanted.identity)
    if is_file(store.folder / wanted.place):
        return replace(part, state=State.KEPT)
    path = pdb.beside(wheel, wanted)
    if path is None:
        return replace(part, reason=f"{wanted.name}, which it was linked with, does not lie beside the wheel")
    data = path.read_bytes()
    store.keep(wanted.place, data)
    stored = replace(part, state=State.STORED, companion=len(data))
    return _Done(stored, library.read_bytes(), hashlib.sha256(data).hexdigest(), wanted.place)


def _split(path: Path, part: Part, store: Store, env: Mapping[str, str], *, names: bool) -> _Done | Part:
    program = objcopy.find(part.machine, env)
    if program is None:
        return _failed(part, f"no objcopy here reads {part.machine}", State.NO_TOOL)
    whole = elf.read(path)
    companion = store.companion(part.build_id)
    if not _fits(companion, part):
        trouble = _keep(program, path, store, part)
        if trouble:
            return _failed(part, trouble)
    result = objcopy.strip(program, path, companion, names=names)
    if not result.ok:
        return _failed(part, result.reason)
    stripped = elf.read(path)
    if stripped is None or whole is None or _loaded(stripped) != _loaded(whole) or stripped.has_debug:
        return _failed(part, f"{program.path} changed more than the debug information")
    data, kept = path.read_bytes(), companion.read_bytes()
    grown = replace(part, after=len(data), companion=len(kept), reason="")
    return _Done(grown, data, hashlib.sha256(kept).hexdigest(), relative(part.build_id))


def _keep(program: objcopy.Objcopy, library: Path, store: Store, part: Part) -> str:
    """Put the companion of a library into the store; why that failed, or nothing."""
    made = library.with_name("companion.debug")
    result: Result = objcopy.keep_debug(program, library, made)
    if not result.ok:
        return result.reason
    if not _fits(made, part):
        return f"{program.path} wrote a companion without debug information, or with another build ID"
    store.keep(relative(part.build_id), made.read_bytes())
    return ""


def _fits(companion: Path, part: Part) -> bool:
    """True for a whole companion of this very build."""
    read = elf.read(companion)
    return read is not None and read.has_debug and read.build_id == part.build_id


def _loaded(read: Elf) -> tuple[object, ...]:
    """What the loader sees of a library, and what names its build."""
    return read.build_id, read.soname, read.needed, read.rpaths, read.versions, read.defined, read.undefined


def _failed(part: Part, reason: str, state: State = State.FAILED) -> Part:
    return replace(part, state=state, reason=reason)


def _rows(wheel: Path, data: bytes, done: list[_Done]) -> tuple[Kept, ...]:
    """What the index is told of a wheel that is about to be `data`."""
    project, version = wheel.name.split("-")[:2] if wheel.name.count("-") > 1 else (wheel.stem, "")
    return tuple(
        Kept(
            project=project,
            version=version,
            wheel=wheel.name,
            wheel_sha256=hashlib.sha256(data).hexdigest(),
            member=each.part.member,
            library_sha256=hashlib.sha256(each.data).hexdigest(),
            machine=each.part.machine,
            build_id=each.part.build_id,
            companion=each.companion,
            companion_sha256=each.companion_sha256,
        )
        for each in done
    )
