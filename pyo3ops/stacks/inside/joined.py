"""The interpreter's side of a process that stands still, joined to the threads that a debugger found."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from . import layout
from .files import Found
from .interpreter import Call, Interpreter, State
from .memory import Memory, Unreadable

#: Functions in which a thread waits for the interpreter, and how near to the leaf they stand.
WAITING = frozenset(
    (
        "take_gil",
        "PyEval_RestoreThread",
        "PyEval_AcquireThread",
        "PyEval_AcquireLock",
        "PyThreadState_Swap",
        "_PyThreadState_Attach",
        "PyGILState_Ensure",
    )
)
NEAR = 16
#: Of a build without the lock that uses it all the same.
LOCK_ON = (
    "a free-threaded Python that uses the GIL: a module that it imported needs it, or PYTHON_GIL or -X gil says so"
)
#: Threads whose newest call is read to see whether a layout fits.
TRIED = 8

#: A thread as the debugger found it; its Python calls are put in here.
Row = Dict[str, Any]


class Given(NamedTuple):
    """The calls of one thread, and addresses that lie in the frames of its evaluation loops on the native stack."""

    calls: List[Call]
    marks: List[int]


class Python:
    """The interpreter of one process; without one, `interpreter` is None and `gaps` says why."""

    def __init__(
        self, interpreter: Optional[Interpreter], release: Optional[str], gaps: List[str], *, here: bool = True
    ) -> None:
        self.interpreter = interpreter
        self.gaps = gaps
        self._release = release
        self._here = here

    def told(self) -> Dict[str, Any]:
        """The part of `model.Process` that the interpreter tells."""
        if self.interpreter is None:
            return {"python": self._release}
        return {"python": self._release, "free_threaded": self._without_lock(self.interpreter)}

    def _without_lock(self, interpreter: Interpreter) -> bool:
        free = interpreter.layout.free_threaded
        try:
            without = free and interpreter.without_lock()
        except Unreadable as error:
            self.gaps.append(f"whether the interpreter uses its lock cannot be read: {error}")
            return free
        if free and not without:
            self.gaps.append(LOCK_ON)
        return without

    def join(self, rows: List[Row], function_of: Callable[[Row, int], Optional[str]]) -> List[Given]:
        """Give each thread its Python calls and what it has to do with the lock; more of both is returned.

        `function_of` names a native frame of a thread, counted from the leaf.
        """
        states = self._states()
        known = states or []
        given: List[Given] = []
        matched: Set[int] = set()
        for row in rows:
            own = [each for each in known if _same(each, row)]
            matched.update(each.address for each in own)
            given.append(self._give(row, own, function_of))
            if not own:
                row["gil"] = "unknown" if states is None else "none"
        left = len(known) - len(matched)
        if left:
            self.gaps.append(f"the interpreter lists {left} threads more than the system has")
        if self.interpreter:
            self.gaps.extend(self.interpreter.gaps)
            self.interpreter.gaps = []
        return given

    def _states(self) -> Optional[List[State]]:
        if self.interpreter is None:
            return None if self._here else []
        try:
            return self.interpreter.states()
        except Unreadable as error:
            self.gaps.append(f"the interpreter's threads cannot be read: {error}")
            return None

    def _give(self, row: Row, own: List[State], function_of: Callable[[Row, int], Optional[str]]) -> Given:
        interpreter = self.interpreter
        if interpreter is None or not own:
            return Given([], [])
        calls: List[Call] = []
        marks: List[int] = []
        # A thread that runs a sub-interpreter has a state in each; the newest interpreter comes first, as its calls do.
        for state in own:
            found, cut = interpreter.calls(state)
            calls += found
            marks += interpreter.marks(state, found)
            if cut:
                # What an older interpreter called stands further down: nothing tells where, once one is missing.
                row["python_cut"] = cut
                self.gaps.append("thread {}: {}".format(row["tid"], cut))
                break
        row["python"] = [
            {"function": each.function, "file": each.file, "line": each.line, "entry": each.entry, "shim": each.shim}
            for each in calls
        ]
        row["gil"] = self._gil(interpreter, row, own, function_of)
        return Given(calls, marks)

    def _gil(
        self, interpreter: Interpreter, row: Row, own: List[State], function_of: Callable[[Row, int], Optional[str]]
    ) -> str:
        try:
            locks = [interpreter.lock(state.interpreter) for state in own]
            if any(lock and lock.holder == state.address for lock, state in zip(locks, own)):
                return "held"
            if any(lock is None and interpreter.attached(state) for lock, state in zip(locks, own)):
                return "held"
        except Unreadable as error:
            self.gaps.append(f"who holds the interpreter's lock cannot be read: {error}")
            return "unknown"
        waits = row["waits_at"]
        if waits and any(lock and lock.start <= waits < lock.end for lock in locks):
            return "waited for"
        return "waited for" if _waits(row, function_of) else "free"


def find_waiting(rows: List[Row], function_of: Callable[[Row, int], Optional[str]]) -> None:
    """Say of threads that were read before they had native calls whether these wait for the interpreter."""
    for row in rows:
        if row["gil"] == "free" and _waits(row, function_of):
            row["gil"] = "waited for"


def _same(state: State, row: Row) -> bool:
    # The kernel's number is another one inside of a container, what pthread_self() says is the same.
    return bool(state.ident == row["ident"] if row["ident"] is not None else state.native == row["tid"])


def _waits(row: Row, function_of: Callable[[Row, int], Optional[str]]) -> bool:
    for index in range(min(NEAR, len(row["native"]))):
        name = function_of(row, index) or ""
        if name in WAITING:
            return True
        if "_PyEval_EvalFrame" in name:
            return False
    return False


def fitting(memory: Memory, found: Found, rows: Dict[str, Any], types: Callable[[], layout.Structs]) -> Python:
    """The interpreter with the first layout that fits; `types` reads debug information."""
    minor, release, runtime = found
    if runtime is None:
        return Python(None, release or minor, ["the interpreter has no symbol _PyRuntime: native frames only"])
    failed = "nothing tells its version"
    gaps: List[str] = []
    try:
        for candidate in _candidates(memory, runtime, minor, rows, types):
            interpreter = Interpreter(memory, candidate, runtime)
            wrong = _misfit(interpreter)
            if wrong is None:
                return Python(interpreter, candidate.release or release or minor, gaps)
            failed = wrong
    except Unreadable as error:
        failed = str(error)
    gaps.append(f"the interpreter cannot be read: {failed}")
    return Python(None, release or minor, gaps)


def absent() -> Python:
    """No interpreter at all."""
    return Python(None, None, ["no Python interpreter is in this process: native frames only"], here=False)


def _candidates(
    memory: Memory, runtime: int, minor: Optional[str], rows: Dict[str, Any], types: Callable[[], layout.Structs]
) -> Iterator[layout.Layout]:
    own = layout.of_process(memory, runtime)
    version = own.version if own else _version(minor)
    row = layout.of_rows(rows, version, free_threaded=bool(own and own.free_threaded)) if version else None
    if own:
        yield own._replace(structs=layout.merged(row.structs if row else {}, own.structs))
    elif row:
        yield row
    found = types() if version else {}
    if version and "tstate" in found:
        yield layout.Layout(version, found, "the debug information", *((own.free_threaded, own.release) if own else ()))


def _version(minor: Optional[str]) -> Optional[Tuple[int, int]]:
    if not minor:
        return None
    major, _, rest = minor.partition(".")
    return int(major), int(rest)


def _misfit(interpreter: Interpreter) -> Optional[str]:
    """Why a layout does not fit; None where a few threads can be read by it."""
    try:
        states = interpreter.states()
        if not states and not interpreter.gaps:
            return f"by {interpreter.layout.origin}: it has no threads"
        for state in states[:TRIED]:
            interpreter.newest(state)
    except (Unreadable, KeyError, UnicodeDecodeError) as error:
        return f"by {interpreter.layout.origin}: {error}"
    return None
