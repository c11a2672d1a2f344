"""Where in its file the code of a frame is, out of the forms in which stacks of machine code are written down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from pyo3ops.stacks.model import Language
from pyo3ops.tools import elf_code

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Frames, Module
    from pyo3ops.stacks.symbol_files import Found, SymbolFiles

#: "name+0x12", or "+0x12" from where the module was loaded.
OFFSET = re.compile(r"(?P<name>[^+\s]{0,1000})\+0x(?P<offset>[0-9a-fA-F]{1,16})")
#: Frames that the kernel pushed: what comes after one did not call it, and stands at its own address.
_INTERRUPTED = ("<signal handler called>", "__restore_rt", "__kernel_rt_sigreturn")
_NOT_MACHINE_CODE = (Language.PYTHON, Language.KERNEL)


@dataclass(frozen=True)
class Place:
    """An address as the file of a frame's module counts, of the instruction that the frame is at."""

    found: Found
    address: int


def places(frames: Frames, where: SymbolFiles, modules: Mapping[str, Module]) -> dict[int, Place]:
    """The places of the frames that have no line, by their positions; those that cannot be told are left out."""
    found: dict[int, Place] = {}
    exact = True
    for index, frame in enumerate(frames):
        if frame.module is None or frame.inlined or frame.language in _NOT_MACHINE_CODE:
            continue
        interrupted = frame.function.startswith(_INTERRUPTED)
        if frame.line is None:
            symbols = where.find(frame.module, frame.build_id or _build_of(modules.get(frame.module)))
            address = _address(frame, symbols, modules.get(frame.module))
            if address is not None:
                # What is written down is where the call returns to: the call itself ends one byte before.
                found[index] = Place(symbols, address if exact else max(address - 1, 0))
                library = symbols.library
                interrupted = interrupted or (library is not None and elf_code.is_sigreturn(library.path, address))
        exact = interrupted
    return found


def _build_of(module: Module | None) -> str | None:
    return module.build_id if module else None


def _address(frame: Frame, symbols: Found, module: Module | None) -> int | None:
    """What the file itself calls the address of a frame; None where that cannot be told."""
    for text in (frame.symbol or "", frame.function):
        match = OFFSET.fullmatch(text)
        begin = _begin(match["name"], symbols) if match else None
        if match and begin is not None:
            return begin + int(match["offset"], 16)
    if frame.address is None or module is None or module.base is None:
        return frame.address
    start = symbols.file.start if symbols.file else 0
    return frame.address - module.base + start if frame.address >= module.base else None


def _begin(name: str, symbols: Found) -> int | None:
    """Where an offset counts from: a function, or without a name the beginning."""
    file = symbols.library or symbols.file
    if file is None:
        return None if name else 0
    return elf_code.begin(file.path, name) if name else file.start
