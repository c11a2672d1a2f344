"""The half of the watcher that looks: waits at the pipe of one process, reads its stacks, and lets it go on or end.

What faulthandler wrote is passed on whatever happens to the rest: a debugger that is missing, refused or slow costs the
merged stack and nothing else.
"""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Mapping

from pyo3ops.debug.installed import ASKED
from pyo3ops.stacks import signals
from pyo3ops.stacks.model import Language, Signal

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frame, Stack

#: Bytes of one message; the pipe has room for one.
_MESSAGE = 4096
#: Seconds without a further message after which faulthandler has said everything, where the process goes on.
QUIET = 0.5
#: Seconds for one look; then the process is let go.
LOOK = 60.0
_HANDLER = frozenset({"<signal handler called>", "__restore_rt", "__kernel_rt_sigreturn"})
#: How faulthandler calls signals (Modules/faulthandler.c), with letters alone, for 3.14 writes one of them otherwise.
_FATAL = {
    "segmentationfault": 11,
    "aborted": 6,
    "buserror": 7,
    "illegalinstruction": 4,
    "floatingpointexception": 8,
    "badsystemcall": 31,
}
#: Columns of what is written.
WIDTH = 100


def main() -> None:
    """Watch the process that the command line names until it ends; its pipe's end is how that shows."""
    pid, read, write, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    # The terminal's ^C is meant for the program, whose end is ours as well.
    for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    os.environ.pop("PYTHONPATH", None)
    number = 0
    while True:
        first = os.read(read, _MESSAGE)
        if not first:
            return
        number += 1
        asked = first.startswith(ASKED)
        if first.startswith(b"Fatal"):
            # What it was; several more messages follow, so that it stands still all the same.
            ready, _, _ = select.select([read], [], [], QUIET)
            first += os.read(read, _MESSAGE) if ready else b""
        ok = _looked(pid, first, Path(folder) if folder else None, number, os.environ)
        if asked:
            _answer(write, first[len(ASKED) :].strip(), ok=ok)
        else:
            _say(_rest(read, first))


def _answer(write: int, number: bytes, *, ok: bool) -> None:
    try:
        os.write(write, number + (b":1 " if ok else b":0 "))
    except OSError:
        # Who asked has ended.
        return


def _rest(read: int, first: bytes) -> str:
    """What faulthandler has to say: until the process ends, or is silent for a while."""
    said = [first]
    while True:
        ready, _, _ = select.select([read], [], [], QUIET)
        message = os.read(read, _MESSAGE) if ready else b""
        if not message:
            return b"".join(said).decode("utf-8", "replace")
        said.append(message)


def _say(text: str) -> None:
    try:
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        # Nobody reads stderr any more.
        return


def _looked(pid: int, first: bytes, folder: Path | None, number: int, env: Mapping[str, str]) -> bool:
    """Look, write what was seen, and say whether that worked."""
    try:
        dump = _dump(pid, env)
        if dump is None:
            return False
        said = first.decode("utf-8", "replace")
        dump = replace(dump, signal=fatal(said))
        _say(_text(dump, pid, said))
        if folder is not None:
            _keep(dump, folder, f"pyo3ops-{pid}-{number}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the process must be let go
        _say(f"pyo3ops: no merged stack: {type(error).__name__}: {error}\n")
        return False
    return True


def _dump(pid: int, env: Mapping[str, str]) -> Dump | None:
    from pyo3ops.stacks import merge  # noqa: PLC0415
    from pyo3ops.stacks.sources import chosen  # noqa: PLC0415 - nothing crashed yet when this starts
    from pyo3ops.stacks.sources.protocol import Look, Target  # noqa: PLC0415
    from pyo3ops.tasks.debug.joined import sources_of, told  # noqa: PLC0415

    looked = chosen.look(Target(pid=pid), Look(env, timeout=LOOK))
    if not looked.raws:
        reasons = "; ".join(f"{name}: {each.said or each.reason}" for name, each in looked.refused)
        _say(f"pyo3ops: no merged stack: {reasons}\n")
        return None
    return told(without_ourselves(merge.merged(looked.raws[0])), sources_of(None, env))


def fatal(said: str) -> Signal | None:
    """The signal that faulthandler's first words tell of; None where they tell of none that is known."""
    words = re.fullmatch(r"Fatal Python error: ([^\n]{1,100})", said.partition("\n")[0])
    number = _FATAL.get(re.sub(r"[^a-z]", "", words[1].lower())) if words else None
    return Signal(number, signals.name(number)) if number else None


def without_ourselves(dump: Dump) -> Dump:
    """The dump without the calls that held the process still: faulthandler's, in its handler, and `dump`'s."""
    return replace(dump, stacks=tuple(_without(each) for each in dump.stacks))


def _without(stack: Stack) -> Stack:
    names = [frame.function for frame in stack.frames]
    writing = next((place for place, name in enumerate(names) if name.startswith("faulthandler_")), None)
    if writing is not None:
        # What the kernel calls a handler from: gdb's words, or the C library's symbol.
        start = next((place for place, name in enumerate(names[writing:], writing) if name in _HANDLER), None)
    else:
        ours = [place for place, frame in enumerate(stack.frames) if _is_ours(frame)]
        start = ours[-1] if ours else None
    if start is None:
        return stack
    seams = tuple(replace(each, at=each.at - start - 1) for each in stack.seams if each.at > start)
    return replace(stack, frames=stack.frames[start + 1 :], seams=seams)


def _is_ours(frame: Frame) -> bool:
    ours = Path(__file__).parent / "debug"
    return frame.language is Language.PYTHON and frame.file is not None and ours in Path(frame.file).parents


def _text(dump: Dump, pid: int, first: str) -> str:
    from pyo3ops.core.model import Report  # noqa: PLC0415
    from pyo3ops.render import console  # noqa: PLC0415
    from pyo3ops.stacks import shown  # noqa: PLC0415

    why = f"a fatal signal: {first.partition(': ')[2].strip()}" if first.startswith("Fatal") else "asked for"
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    report = Report(f"pyo3ops: process {pid}, {why}, {stamp}", traces=shown.traces(dump))
    return console.render(report, width=WIDTH, verbose=False)


def _keep(dump: Dump, folder: Path, name: str) -> None:
    from pyo3ops.core.files import write_whole  # noqa: PLC0415
    from pyo3ops.stacks import dump_json  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    write_whole(file, dump_json.to_text(dump).encode("ascii"))
    _say(f"pyo3ops: every frame of it is in {file}\n")
