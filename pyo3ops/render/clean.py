"""Text from outside, made harmless before any renderer shows it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Characters of one text that are shown.
LIMIT = 20_000

# ECMA-48: string controls (OSC, DCS, APC, PM, SOS) up to their terminator, CSI sequences, two-character escapes.
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
)

# C0 and C1 controls but newline; soft hyphen, zero-width and bidirectional controls (UAX #9), line separators, the
# byte order mark, tags, and lone surrogates: invisible, or able to make text look like other text.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


# The runner looks behind leading white space; colours may stand there too.
_COMMANDS = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*)::", re.MULTILINE)


def clean(text: str, limit: int = LIMIT) -> str:
    r"""`text` without terminal escapes; other invisible characters are shown as `\u202e`, newlines stay.

    What exceeds `limit` characters is cut, which the end then says.
    """
    cut = len(text) - limit
    if cut > 0:
        # Sequences are removed from the rest only, so that a long text costs no more than a short one.
        text = text[:limit]
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\t", "    ")
    text = _INVISIBLE.sub(_visible, text)
    return f"{text}\u2026 {cut:,} characters cut" if cut > 0 else text


def line(text: str, limit: int = LIMIT) -> str:
    """`clean`, on one line."""
    return " ".join(clean(text, limit).split("\n"))


def command(argv: Sequence[str]) -> str:
    """A command as one line for a shell; a home folder that was written as `~` is still one."""
    return " ".join(_word(line(word)) for word in argv)


def _word(word: str) -> str:
    if word == "~" or not word.startswith("~/"):
        return "~" if word == "~" else shlex.quote(word)
    return f"~/{shlex.quote(word[2:])}" if word[2:] else word


def inert(text: str) -> str:
    """`text` in which GitHub's runner finds no command: `::name::` that starts a line, and `##[name]` anywhere."""
    return _COMMANDS.sub(r"\1: :", text).replace("##[", "## [")


def _visible(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004 - Latin-1 ends there
