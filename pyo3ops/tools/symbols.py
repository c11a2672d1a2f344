"""What debuggers and profilers can name in an ELF file, and the separate debug files that they would find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where distributions put separate debug files.
DEBUG_FOLDER = Path("/usr/lib/debug")


@dataclass(frozen=True)
class Symbols:
    """One binary: `names` of its functions, `lines` of its sources; `error` where it could not be read."""

    path: Path
    names: bool = False
    lines: bool = False
    #: The file that has them apart from the binary.
    separate: Path | None = None
    error: str | None = None

    @property
    def words(self) -> str:
        """What there is, for a person."""
        there = "names and lines" if self.lines else "names without lines" if self.names else "stripped"
        return self.error or (f"{there}, in {self.separate}" if self.separate else there)


def read(path: Path, debug: Path = DEBUG_FOLDER) -> Symbols:
    """What an ELF file has: a symbol table, DWARF, or a link to a file that has them."""
    # Slow to import, and not every run reads a binary.
    from elftools.common.exceptions import ELFError  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                return Symbols(path, error="not an ELF file")
            return _described(path, file, debug)
    except (
        ELFError,
        AssertionError,
        AttributeError,
        LookupError,
        MemoryError,
        OverflowError,
        TypeError,
        ValueError,
    ) as error:
        return Symbols(path, error=f"not a readable ELF file: {str(error) or type(error).__name__}")
    except OSError as error:
        return Symbols(path, error=error.strerror or str(error))


def _described(path: Path, file: Any, debug: Path) -> Symbols:  # noqa: ANN401 - pyelftools names no types
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    file.seek(0)
    sections = {section.name: section for section in ELFFile(file).iter_sections()}
    # Compressed sections have the same name, or .zdebug_info from older linkers; Fedora keeps names in .gnu_debugdata.
    if sections.keys() & {".debug_info", ".zdebug_info"}:
        return Symbols(path, names=True, lines=True)
    separate = next((found for found in _separate(path, sections, debug) if found.is_file()), None)
    if separate:
        return Symbols(path, names=True, lines=True, separate=separate)
    return Symbols(path, names=bool(sections.keys() & {".symtab", ".gnu_debugdata"}))


def _separate(path: Path, sections: dict[str, Any], debug: Path) -> Iterator[Path]:
    """Where gdb looks for a separate debug file (the gdb manual, "Debugging Information in Separate Files")."""
    note = sections.get(".note.gnu.build-id")
    if note is not None:
        identity = next((str(each["n_desc"]) for each in note.iter_notes() if each["n_type"] == "NT_GNU_BUILD_ID"), "")
        yield debug / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
    link = sections.get(".gnu_debuglink")
    if link is not None:
        name = link.data().split(b"\0")[0].decode("utf-8", "replace")
        real = path.resolve()
        folders = (real.parent, real.parent / ".debug", debug / real.parent.relative_to(real.anchor))
        yield from (folder / name for folder in folders if (folder / name) != real)
