"""What the debugged Python wrote down before it stopped itself, matched to the thread that did."""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import json
from typing import Any, Dict, List, Optional

#: Events that a stop follows: a breakpoint was reached, and everything is watched.
_STOPPING = ("hit", "traced")


class Records:
    """The file of records, read as it grows."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._read_to = 0
        #: Those whose signal did not come yet.
        self._waiting: List[Dict[str, Any]] = []

    def of(self, tid: int) -> Optional[Dict[str, Any]]:
        """Why a thread stopped itself, as it wrote down; None where it did by nothing of ours."""
        with open(self._path, "rb") as file:  # noqa: PTH123
            file.seek(self._read_to)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to += len(whole)
        # Others of its threads may have come to theirs, too: their signals are still to be seen.
        self._waiting += [record for record in map(json.loads, whole.splitlines()) if record["event"] in _STOPPING]
        found = next((record for record in self._waiting if record["tid"] == tid), None)
        if found is not None:
            self._waiting.remove(found)
        return found
