"""Frames that are only addresses, named by the symbols of the very build that they are from, inlined calls included.

Text that somebody pasted and cores of stripped wheels have such frames: a module with an offset in it, in the forms of
faulthandler and glibc (`x.so, at name+0x12`, `x.so(+0x12)`), or an address and where the module was loaded.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Iterable

from pyo3ops.stacks.code_places import OFFSET, places
from pyo3ops.stacks.demangle import demangled
from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.symbols import SymbolTable
from pyo3ops.tools import addr2line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.stacks.code_places import Place
    from pyo3ops.stacks.model import Dump, Frames, Module, Stack
    from pyo3ops.stacks.symbol_files import SymbolFiles
    from pyo3ops.tools.debug_files import DebugFile

_NAMELESS = re.compile(r"|\?{2,3}|<unknown>|\[unknown\]|0x[0-9a-fA-F]{1,16}")
_NO_SYMBOLIC = "symbolic is not installed (pip install 'pyo3ops[profile]')"


def resolved(frames: Frames, where: SymbolFiles, modules: Iterable[Module] = ()) -> Frames:
    """The frames, each one without a line replaced by the calls that it stands for, as far as is known.

    `modules` say where files were loaded and which builds they are; an address of a frame whose module is not among
    them is one in the file. What cannot be named stays as it is, and `where.gaps` says why.
    """
    return tuple(frame for part in _parts(frames, where, modules) for frame in part)


def _parts(frames: Frames, where: SymbolFiles, modules: Iterable[Module]) -> tuple[Frames, ...]:
    """The calls that each frame stands for."""
    there = places(frames, where, {each.path: each for each in modules})
    # Names alone say nothing new of what has one, and of a file of 180 MB they take seconds to read.
    asked = tuple(place for index, place in there.items() if place.found.lines or nameless(frames[index]))
    calls = _calls(asked, where)
    for index in there:
        if not calls.get(there[index]) and nameless(frames[index]):
            _explain(there[index], where)
    return tuple(
        _expanded(frame, there[index], calls.get(there[index], ())) if index in there else (frame,)
        for index, frame in enumerate(frames)
    )


def named(dump: Dump, where: SymbolFiles) -> Dump:
    """The dump with the frames of all its stacks resolved; seams stay where they were, and its gaps grow."""
    before = len(where.gaps)
    stacks = tuple(_stack(stack, where, dump.modules) for stack in dump.stacks)
    return replace(dump, stacks=stacks, gaps=(*dump.gaps, *where.gaps[before:]))


def _stack(stack: Stack, where: SymbolFiles, modules: tuple[Module, ...]) -> Stack:
    """Seams count frames, and one frame may become several."""
    parts = _parts(stack.frames, where, modules)
    starts = [0, *itertools.accumulate(map(len, parts))]
    seams = tuple(replace(seam, at=starts[min(seam.at, len(parts))]) for seam in stack.seams)
    return replace(stack, frames=tuple(frame for part in parts for frame in part), seams=seams)


def nameless(frame: Frame) -> bool:
    """True for a frame of machine code that nothing names."""
    machine = frame.language not in {Language.PYTHON, Language.KERNEL}
    return machine and bool(_NAMELESS.fullmatch(frame.function) or OFFSET.fullmatch(frame.function))


def _expanded(frame: Frame, place: Place, calls: Frames) -> Frames:
    """The calls that a frame stands for; itself where they say no more than it does."""
    known = replace(frame, build_id=frame.build_id or place.found.build_id or None)
    unnamed = nameless(frame)
    if not calls or not (unnamed or calls[-1].line):
        return (known,)
    last = calls[-1] if unnamed else replace(calls[-1], function=frame.function, symbol=frame.symbol)
    return tuple(
        replace(each, module=frame.module, address=frame.address, build_id=known.build_id)
        for each in (*calls[:-1], replace(last, variables=frame.variables))
    )


def _calls(there: Sequence[Place], where: SymbolFiles) -> dict[Place, Frames]:
    """The calls behind each place: each file is read once, and addr2line asked once for what symbolic does not know."""
    files: dict[DebugFile, list[Place]] = {}
    for place in dict.fromkeys(there):
        if place.found.file is not None:
            files.setdefault(place.found.file, []).append(place)
    found: dict[Place, Frames] = {}
    for file, asked in files.items():
        named = _named(file, sorted({place.address for place in asked}), where)
        found.update({place: named[place.address] for place in asked if named.get(place.address)})
    return found


def _named(file: DebugFile, addresses: list[int], where: SymbolFiles) -> Mapping[int, Frames]:
    try:
        table = SymbolTable.opened(file.path)
    except ImportError:
        _say(where, _NO_SYMBOLIC)
        return _by_program(file.path, addresses, where)
    read = {address: _tidy(table.calls(address)) for address in addresses} if table else {}
    # symbolic drops the lines of some functions, such as those that never return.
    left = [address for address in addresses if not (read.get(address) and read[address][-1].line)]
    asked = _by_program(file.path, left, where) if left and file.lines and addr2line.find(where.env) else {}
    return {**read, **{address: _best(read.get(address, ()), calls) for address, calls in asked.items()}}


def _best(read: Frames, asked: Frames) -> Frames:
    """What a program knows of the lines, under the name that symbolic has."""
    if not asked[-1].line:
        return read or asked
    return (*asked[:-1], replace(asked[-1], function=read[-1].function, symbol=read[-1].symbol)) if read else asked


def _by_program(file: Path, addresses: list[int], where: SymbolFiles) -> Mapping[int, Frames]:
    program = addr2line.find(where.env)
    if program is None:
        _say(where, "no addr2line or llvm-symbolizer is here to ask for lines")
        return {}
    from pyo3ops.stacks.readers import addr2line as reader  # noqa: PLC0415 - with it come all readers of pasted text

    return reader.parse(addr2line.ask(program, file, addresses, where.env))


def _tidy(calls: Frames) -> Frames:
    return tuple(
        replace(
            each,
            function=demangled(each.function),
            symbol=each.symbol if each.symbol != demangled(each.function) else None,
        )
        for each in calls
    )


def _explain(place: Place, where: SymbolFiles) -> None:
    """Say why nothing names a place."""
    found = place.found
    build = f" (build {found.build_id[:12]})" if found.build_id else ""
    why = "; ".join(found.refused) or "none were found"
    _say(
        where,
        f"there are no symbols of {found.module}{build}: {why}"
        if found.file is None
        else f"{found.file.path} does not name every address of {found.module}",
    )


def _say(where: SymbolFiles, gap: str) -> None:
    if gap not in where.gaps:
        where.gaps.append(gap)
