"""Arguments and locals of Rust frames, as gdb shows them, each value short.

gdb 13 stops over some Rust types with an internal error. Told not to quit over it, it ends the one command in which it
happened, which Python sees as KeyboardInterrupt: that value is lost, and nothing else.
"""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb has no types

from typing import Any, Dict, Iterator, List

import gdb

from .gdb_located import FOREIGN

#: Frames that are walked, frames whose variables are read, variables of one frame, and characters of a value.
WALKED, FRAMES, VARIABLES, VALUE = 200, 12, 30, 160
_FORMAT = {"max_elements": 8, "repeat_threshold": 8}


def of_thread(thread: Any) -> List[List[Any]]:
    """The variables of a thread's innermost Rust frames that are not a library's, each with its frame's number."""
    thread.switch()
    found = []  # type: List[List[Any]]
    frame = gdb.newest_frame()
    for number in range(WALKED):
        if frame is None or len(found) == FRAMES:
            break
        table = frame.find_sal().symtab
        name = table.fullname() if table is not None else ""
        if name.endswith(".rs") and not any(each in name for each in FOREIGN):
            variables = list(_of_frame(frame))
            if variables:
                found.append([number, variables])
        frame = frame.older()
    return found


def _of_frame(frame: Any) -> Iterator[Dict[str, Any]]:
    names = set()  # type: Any
    for symbol in _symbols(frame):
        # The innermost of one name is the one that is meant.
        if symbol.name in names or len(names) == VARIABLES:
            continue
        names.add(symbol.name)
        value, kind = _shown(frame, symbol)
        yield {"name": symbol.name, "value": value, "type": kind, "argument": bool(symbol.is_argument)}


def _symbols(frame: Any) -> Iterator[Any]:
    try:
        block = frame.block()
    except RuntimeError:
        return
    while block is not None:
        for symbol in block:
            if symbol.is_argument or symbol.is_variable:
                yield symbol
        if block.function is not None:
            return
        block = block.superblock


def _shown(frame: Any, symbol: Any) -> List[str]:
    kind = str(symbol.type)[:VALUE] if symbol.type is not None else ""
    try:
        value = frame.read_var(symbol)
        if value.is_optimized_out:
            return ["<optimized out>", kind]
        text = str(value.format_string(**_FORMAT))
    except (gdb.error, KeyboardInterrupt, RuntimeError, ValueError, OverflowError) as error:
        text = "<gdb cannot show it: {}>".format(str(error).splitlines()[0] if str(error) else "an error of its own")
    text = " ".join(text.split())
    return [text if len(text) <= VALUE else text[: VALUE - 3] + "...", kind]
