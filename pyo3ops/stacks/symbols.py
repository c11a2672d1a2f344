"""Machine addresses of an extension module as frames, those that the compiler inlined included.

Neither perf nor binutils' addr2line does it for Rust: where the debug information has no linkage names, both print the
symbol of the whole function in place of the innermost inlined one, which is then lost. symbolic reads it right.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.stacks.model import Frame, Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames

_LANGUAGES = {"rust": Language.RUST, "c": Language.C, "cpp": Language.C}


class Symbols:
    """The symbols of the extension modules below some folders; each file is read once, when a frame needs it."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self._files: dict[str, SymbolTable | None] = {}
        self._known: dict[tuple[str, int], Frames] = {}

    def expanded(self, stack: Frames) -> Frames:
        """The stack with each frame of these modules replaced by the calls that it stands for, leaf first."""
        return tuple(each for frame in stack for each in self._calls(frame))

    def _calls(self, frame: Frame) -> Frames:
        if frame.module is None or frame.address is None:
            return (frame,)
        key = (frame.module, frame.address)
        if key not in self._known:
            file = self._file(frame.module)
            self._known[key] = _named(file, frame) if file else (frame,)
        return self._known[key]

    def _file(self, module: str) -> SymbolTable | None:
        if module not in self._files:
            path = Path(module)
            ours = any(folder in path.parents for folder in self._folders) and path.is_file()
            self._files[module] = SymbolTable.opened(path) if ours else None
        return self._files[module]


def _named(file: SymbolTable, frame: Frame) -> Frames:
    """The calls behind an offset in a file; the frame itself where nothing is known of it."""
    calls = file.calls(file.virtual(frame.address or 0))
    if not calls:
        return (frame,)
    # The last one is the function itself, and perf has demangled its name.
    last = replace(calls[-1], function=frame.function, symbol=None)
    return tuple(replace(each, module=frame.module, address=frame.address) for each in (*calls[:-1], last))


class SymbolTable:
    """One library or its debug file: where its segments are loaded, and what its debug information says."""

    def __init__(self, cache: Any, segments: tuple[tuple[int, int, int], ...]) -> None:  # noqa: ANN401 - untyped library
        self._cache = cache
        self._segments = segments

    @staticmethod
    def opened(path: Path) -> SymbolTable | None:
        """The file, or None where it has no symbols that can be read; raises `ImportError` without symbolic."""
        from elftools.common.exceptions import ELFError  # noqa: PLC0415 - only who asks for names pays
        from elftools.elf.elffile import ELFFile  # noqa: PLC0415
        from symbolic.debuginfo import Archive  # noqa: PLC0415
        from symbolic.exceptions import SymbolicError  # noqa: PLC0415

        try:
            with path.open("rb") as stream:
                segments = tuple(
                    (each["p_offset"], each["p_filesz"], each["p_vaddr"])
                    for each in ELFFile(stream).iter_segments("PT_LOAD")
                )
            first = next(iter(Archive.open(str(path)).iter_objects()))
            return SymbolTable(first.make_symcache(), segments)
        except (ELFError, SymbolicError, OSError, StopIteration):
            return None

    def calls(self, address: int) -> Frames:
        """The calls behind a virtual address of the file, leaf first; empty where nothing is known of it.

        Functions are named as the file has them: what stands in its symbol table is mangled, and `symbol` as well.
        """
        found = self._cache.lookup(address)
        calls = [
            Frame(
                each.symbol,
                _LANGUAGES.get(str(each.lang), Language.UNKNOWN),
                each.full_path or None,
                each.line or None,
                inlined=True,
            )
            for each in found
        ]
        return (*calls[:-1], replace(calls[-1], inlined=False, symbol=calls[-1].function)) if calls else ()

    def virtual(self, offset: int) -> int:
        """The virtual address that debug information knows an offset in the file by."""
        for start, size, address in self._segments:
            if start <= offset < start + size:
                return offset - start + address
        return offset
