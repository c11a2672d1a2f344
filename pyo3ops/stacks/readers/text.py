"""What the readers of pasted text share: lines, where a message ends, and what a native frame is called."""

from __future__ import annotations

import re
from typing import Callable, Optional, Sequence, Tuple

from pyo3ops.stacks.demangle import demangled
from pyo3ops.stacks.model import Dump, Frame, Language, Signal

#: Characters of a line that are looked at, of a message that are kept, of one value of a variable.
LINE_LIMIT = 4_000
MESSAGE_LIMIT = 8_000
VALUE_LIMIT = 200
#: Lines that a message may go on for.
MESSAGE_LINES = 60
#: Frames of one stack that are kept.
FRAME_LIMIT = 10_000

Lines = Sequence[str]
#: The number of the line after what was read, counted from 0, and what that was; None where it was nothing after all.
Found = Tuple[int, Optional[Dump]]

_LANGUAGES = {"rs": Language.RUST, "py": Language.PYTHON, "pyx": Language.PYTHON}
_LANGUAGES.update(dict.fromkeys(("c", "h", "S", "cc", "cpp", "hpp"), Language.C))
#: Numbers of Linux, in whose terms most crashes are told; macOS agrees but for SIGBUS, which is 10 there.
_SIGNALS = {
    "SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGILL": 4, "SIGTRAP": 5, "SIGABRT": 6, "SIGBUS": 7, "SIGFPE": 8,
    "SIGKILL": 9, "SIGUSR1": 10, "SIGSEGV": 11, "SIGUSR2": 12, "SIGPIPE": 13, "SIGALRM": 14, "SIGTERM": 15,
    "SIGSTOP": 19, "SIGSYS": 31,
}  # fmt: skip

#: Mangled, half mangled, or with the disambiguator of a crate.
_RUST = re.compile(r"^_R[A-Z]|17h[0-9a-f]{16}E|::h[0-9a-f]{16}$|\w\[[0-9a-f]{6,16}\]::")
#: What begins something that a reader knows, so that no message goes on over it.
_BEGINS = re.compile(
    r"""
    \s{0,40}(?:\+\ )?(?:Exception\ Group\ )?Traceback\ \(most\ recent\ call
    | \s{0,40}[╭┌+][─━-]{1,300}\ Traceback\ \(most\ recent\ call
    | thread\ '.{0,200}'\ (?:\(\d{1,19}\)\ )?(?:panicked\ at|has\ overflowed) | panicked\ at\ \S
    | thread\ (?:panicked\ while|caused\ non-unwinding)
    | fatal\ runtime\ error: | memory\ allocation\ of\ \d
    | stack\ backtrace: | note:\ (?:run\ with|Some\ details) | ---\ PyO3\ is\ resuming
    | (?:Windows\ fatal\ exception|Fatal\ Python\ error): | Timeout\ \(\d | (?:Current\ t|T)hread\ 0x
    | Exception\ (?:ignored|in\ thread) | Extension\ modules:
    | \#\d{1,5}\ \ | \*?\s{0,3}thread\ \#\d | (?:Program|Thread\ \d{1,6}.{0,80})\ (?:received|terminated)
    | Core\ was\ generated | Process\ \d{1,9}[: ] | Traceback\ for\ thread | (?:Python\ v|PID:\ )\d
    """,
    re.VERBOSE,
)
#: Lines that others write when a program has failed, or beside it: shells, make, runners, loggers, prompts.
_OTHERS = re.compile(
    r"""
    (?:.{0,80}:\ (?:line\ \d{1,6}:\ )?\s{0,4}\d{0,9}\ )?
    (?:Aborted|Segmentation\ fault|Killed|Bus\ error|Trace/breakpoint\ trap)
    | make(?:\[\d{1,3}\])?:\ | \#\#\[ | ::\w | (?:Error:\ )?Process\ completed\ with
    | (?:\#|\$|>>>|\(gdb\)|\(lldb\))(?:\ |$)
    | (?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|TRACE)\b
    | \[?\d{4}-\d\d-\d\d[T ] | \[?\d\d:\d\d:\d\d
    | nox\ > | (?:FAILED|PASSED)\ | ={3} | _{5} | -{5}
    """,
    re.VERBOSE,
)


def lines_of(text: str) -> list[str]:
    """The lines of a text as an editor numbers them, each cut at `LINE_LIMIT` characters."""
    return [line[:LINE_LIMIT].rstrip("\r") for line in text.split("\n")]


def run_end(
    lines: Lines,
    at: int,
    takes: Callable[[str], bool],
    ends: Callable[[str], bool],
    *,
    passed: int,
    begins_anew: Callable[[str], bool] = lambda _: False,
) -> int:
    """The line after the last one of a run that a reader `takes`, which begins at `at`.

    Lines that it does not take are passed over, fewer than `passed` in a row, unless one `ends` the run; a line that
    `begins_anew` ends it before it is offered to the reader.
    """
    end = index = at
    while index < len(lines) and index - end < passed:
        line = lines[index]
        if index > at and begins_anew(line):
            break
        if takes(line):
            end = index + 1
        elif ends(line):
            break
        index += 1
    return end


def message_end(lines: Lines, at: int, ends: Callable[[str], bool]) -> int:
    """The line after a message whose first line is `at`.

    Nothing in a text tells where a message of several lines ends, unless a line that `ends` it comes soon; else it
    goes on to a blank line, to what begins something else, or to a line that only others write.
    """
    last = min(len(lines), at + 1 + MESSAGE_LINES)
    quiet: int | None = None
    for index in range(at + 1, last):
        line = lines[index]
        if ends(line):
            return _without_blanks(lines, at + 1, index)
        if _BEGINS.match(line):
            return index if quiet is None else quiet
        if quiet is None and (not line.strip() or _OTHERS.match(line)):
            quiet = index
    return last if quiet is None else quiet


def _without_blanks(lines: Lines, first: int, end: int) -> int:
    while end > first and not lines[end - 1].strip():
        end -= 1
    return end


def begins(line: str) -> bool:
    """True for the first line of something that a reader knows."""
    return _BEGINS.match(line) is not None


def message(lines: Lines) -> str:
    """The lines of a message as one text, cut at `MESSAGE_LIMIT` characters."""
    return "\n".join(lines)[:MESSAGE_LIMIT]


def language_of(file: str | None, symbol: str | None = None) -> Language:
    """What a file's ending tells, or else the way that a symbol is mangled."""
    if file:
        return _LANGUAGES.get(file.rpartition(".")[2], Language.UNKNOWN)
    if symbol and _RUST.search(symbol):
        return Language.RUST
    return Language.UNKNOWN


def native(
    name: str,
    *,
    file: str | None = None,
    line: int | None = None,
    module: str | None = None,
    address: int | None = None,
    inlined: bool = False,
) -> Frame:
    """A native frame by the name that a tool printed, which may be mangled; empty or "??" is no name."""
    name = "" if name in {"??", "???"} else name
    clear = demangled(name) if name else ""
    return Frame(
        function=clear,
        language=language_of(file, name),
        file=file,
        line=line,
        module=module,
        address=address,
        inlined=inlined,
        symbol=name if name != clear else None,
    )


def signal_of(name: str) -> Signal:
    """A signal by its name; its number is Linux's, or 0 for a name that Linux does not have."""
    return Signal(_SIGNALS.get(name, 0), name)
