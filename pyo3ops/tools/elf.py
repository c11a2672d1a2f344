"""ELF files, read by pyelftools: what a library needs to be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def needed(path: Path) -> tuple[str, ...]:
    """The names under DT_NEEDED; empty for a file that is no ELF file, or a damaged one."""
    # Slow to import, and few projects have a library lying about.
    from elftools.common.exceptions import ELFError  # noqa: PLC0415

    # What pyelftools was seen to raise for damaged files, beside errors of its own.
    damaged = (AssertionError, AttributeError, LookupError, MemoryError, OverflowError, TypeError, ValueError)
    try:
        with path.open("rb") as file:
            return tuple(_needed(file)) if file.read(4) == b"\x7fELF" else ()
    except (OSError, ELFError, *damaged):
        return ()


def _needed(file: Any) -> Iterator[str]:  # noqa: ANN401 - pyelftools names no types for what it reads
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    file.seek(0)
    sections: Any = ELFFile(file).iter_sections("SHT_DYNAMIC")
    for section in sections:
        yield from (tag.needed for tag in section.iter_tags("DT_NEEDED"))
