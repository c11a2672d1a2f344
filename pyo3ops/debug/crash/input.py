"""The bytes of a log as text, however large they are, and what a file is that is none."""

from __future__ import annotations

import codecs
import stat
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Tuple

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.debug.crash.middle import Middle

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes that are read from the begin of a log, and from its end; what is between is looked through for crashes.
HEAD, TAIL = 2**20, 2 * 2**20
#: Bytes that are read at once of a stream, and of a file's middle.
_CHUNK, _PIECE = 2**16, 2**20
USAGE = "python script.py 2>&1 | pyo3ops debug crash -"

_PACKED = {
    b"\x1f\x8b": "zcat",
    b"\xfd7zXZ\0": "xzcat",
    b"BZh": "bzcat",
    b"\x28\xb5\x2f\xfd": "zstdcat",
    b"PK\x03\x04": "unzip -p",
}
_CORES = (b"\xcf\xfa\xed\xfe", b"MDMP")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: e_type of a core (elf.h: ET_CORE), and where it stands.
_ET_CORE, _E_TYPE = 4, 16
#: The part of zero bytes that no text has.
_ZEROS = 0.02


Starts = Tuple[Tuple[int, int], ...]


@dataclass(frozen=True)
class Pasted:
    """The text of a log; `skipped` bytes of its middle are not in it."""

    text: str
    skipped: int = 0
    #: Bytes were replaced that are no text.
    replaced: bool = False
    #: Lines of `text`, counted from 1, before which some are left out, and their numbers in the log.
    starts: Starts = ((1, 1),)
    #: Places in the middle that look like a crash and are left out all the same.
    missed: int = 0


def of_file(path: Path) -> Pasted:
    """The text of a file, or of a pipe that has a name: all of it, or its begin and its end.

    Raises `UsageError` for a file that cannot be read, and for one that is no text, with what it is.
    """
    try:
        found = path.stat()
        with path.open("rb") as stream:
            if not stat.S_ISREG(found.st_mode):
                return of_stream(stream, str(path))
            head = stream.read(HEAD)
            middle = _middle(head)
            # In fours: no character of UTF-16 or UTF-32 is cut.
            left = max(0, found.st_size - HEAD - TAIL + 3) // 4 * 4
            _refuse(head, str(path), _encoding(head[:4096])[0])
            while left and (piece := stream.read(min(left, _PIECE))):
                middle.feed(piece)
                left -= len(piece)
            tail = stream.read(TAIL)
    except OSError as error:
        cause = "it is a folder" if path.is_dir() else "a misspelt name, or another folder"
        raise UsageError(f"cannot read {reason_of(error, path)}", cause=cause, command=USAGE) from None
    return of_bytes(head, str(path), tail, middle)


def _middle(head: bytes) -> Middle:
    """What takes the bytes behind the begin; only where a letter is a byte they are looked through."""
    return Middle(len(head), head.count(b"\n"), search=_encoding(head[:4096])[0] == "utf-8")


def of_stream(stream: IO[bytes], name: str) -> Pasted:
    """The text of what can be read only once: all of it, or its begin and its end; no more is kept meanwhile.

    Raises `UsageError` as soon as the begin is no text, and where it cannot be read.
    """
    try:
        head = _up_to(stream, HEAD)
        _refuse(head, name, _encoding(head[:4096])[0])
        tail: deque[bytes] = deque()
        middle = _middle(head)
        kept = 0
        while True:
            chunk = _up_to(stream, _CHUNK)
            if not chunk:
                break
            tail.append(chunk)
            kept += len(chunk)
            while kept - len(tail[0]) >= TAIL:
                kept -= len(tail[0])
                middle.feed(tail.popleft())
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror or error}", command=USAGE) from None
    rest, over = b"".join(tail), max(0, kept - TAIL + 3) // 4 * 4
    if over:
        middle.feed(rest[:over])
    return of_bytes(head, name, rest[over:], middle)


def _up_to(stream: IO[bytes], size: int) -> bytes:
    """So many bytes, fewer at the end alone: a pipe gives what it has."""
    parts: list[bytes] = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def of_text(text: str) -> Pasted:
    """The text that was piped in: all of it, or its begin and its end."""
    skipped = len(text) - HEAD - TAIL
    if skipped <= 0:
        return Pasted(text)
    starts = ((1, 1), (text.count("\n", 0, HEAD) + 2, text.count("\n", 0, HEAD + skipped) + 1))
    return Pasted(f"{text[:HEAD]}\n{text[-TAIL:]}", skipped, starts=starts)


def of_bytes(data: bytes, name: str, tail: bytes = b"", middle: Middle | None = None) -> Pasted:
    """The text of bytes, of what is kept of the middle, and of the end; raises `UsageError` for what is none."""
    encoding, mark = _encoding(data[:4096])
    _refuse(data, name, encoding)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(data[mark:], final=not tail)
    if middle is None or middle.at == len(data):
        text += decoder.decode(tail, final=True)
        return Pasted(text, 0, "\ufffd" in text)
    # The characters that were cut in two are left out.
    decoder.reset()
    start = next((at for at, byte in enumerate(tail[:4]) if byte & 0xC0 != 0x80), 0) if encoding == "utf-8" else 0  # noqa: PLR2004
    starts = [(1, 1)]
    for window in middle.windows:
        text += "\n"
        starts.append((text.count("\n") + 1, window.lines + 1))
        text += window.data.decode(encoding, "replace")
    starts.append((text.count("\n") + 2, middle.lines + 1))
    text += "\n" + decoder.decode(tail[start:], final=True)
    skipped = middle.at - len(data) - sum(len(window.data) for window in middle.windows)
    return Pasted(text, skipped, "\ufffd" in text, tuple(starts), middle.missed)


def _encoding(head: bytes) -> tuple[str, int]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    # Windows PowerShell redirects as UTF-16; a part of such a file has no mark: every second byte is zero.
    pairs = len(head) // 2
    if head.count(0) > len(head) * 0.7:
        return "utf-8", 0
    if pairs and head[1::2].count(0) > pairs * 0.6:
        return "utf-16-le", 0
    return ("utf-16-be", 0) if pairs and head[0::2].count(0) > pairs * 0.6 else ("utf-8", 0)


def _refuse(data: bytes, name: str, encoding: str) -> None:
    """Raise where the bytes are those of something else."""
    if data.startswith(b"\x7fELF"):
        core = len(data) > _E_TYPE and data[_E_TYPE] == _ET_CORE
        kind = "a core" if core else "a program or a library"
        raise UsageError(
            f"{name} is {kind}, and no log",
            cause="this reads what was printed; a core has the stacks themselves"
            if core
            else "this reads what was printed",
            command=f"pyo3ops debug core {name}" if core else USAGE,
        )
    if data.startswith(_CORES):
        raise UsageError(
            f"{name} is a core of another system, and no log", cause="lldb reads such", command=f"lldb -c {name}"
        )
    for magic, program in _PACKED.items():
        if data.startswith(magic):
            raise UsageError(
                f"{name} is compressed",
                cause="this reads plain text",
                command=f"{program} {name} | pyo3ops debug crash -",
            )
    if encoding == "utf-8" and data[:65536].count(0) > len(data[:65536]) * _ZEROS:
        raise UsageError(f"{name} is no text", cause="one byte in fifty or more is zero", command=USAGE)
