"""What ends a wait for a lock or for something else, as Rust to type, in the words of the PyO3 that is in the process.

Names are those of PyO3's changelog: `detach` was `allow_threads` before 0.26, `MutexExt` came with 0.24, for those of
parking_lot with 0.25, `RwLockExt` with 0.27, `OnceLockExt` with 0.23 and `PyOnceLock` for `GILOnceCell` with 0.26.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.stacks.verdicts.model import Cure
from pyo3ops.stacks.verdicts.waiting import For, last

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frame, Frames
    from pyo3ops.stacks.verdicts.guards import Taken
    from pyo3ops.stacks.verdicts.standing import Standing

#: The minor version of PyO3: 29 of 0.29.3.
Minor = int
_SOURCE = re.compile(r"[/\\]pyo3-0\.(?P<minor>\d{1,4})\.\d{1,4}[/\\]")
#: Of which no frame tells: the one that this was written for.
NEWEST: Minor = 29
_EXTENSIONS = {"Mutex": 24, "RwLock": 27, "Once": 23}
_FAQ, _PARALLEL = "https://pyo3.rs/v0.{}.0/faq", "https://pyo3.rs/v0.{}.0/parallelism"
#: What is waited for, by the beginning of a row's word, and what to write instead.
_CALLS: tuple[tuple[str, str], ...] = (
    ("the end of a thread", "|| handle.join()"),
    ("the threads of a scope", "|| std::thread::scope(|scope| ...)"),
    ("a connection", "|| listener.accept()"),
    ("channel", "move || receiver.recv()"),
    ("a queue", "move || receiver.recv()"),
    ("the threads of a pool", "|| pool.install(|| ...)"),
    ("a process", "|| child.wait()"),
    ("time to pass", "|| std::thread::sleep(time)"),
    ("the other end of a socket", "|| stream.read_exact(&mut buffer)"),
    ("a file or a pipe", "|| file.read_exact(&mut buffer)"),
    ("a future", "|| runtime.block_on(future)"),
    ("Barrier", "|| barrier.wait()"),
    ("a thread to unpark it", "std::thread::park"),
    # A guard of a Mutex may not go into another thread, and so not out of `detach` or into it.
    ("Condvar", "|| { let guard = lock.lock().unwrap(); drop(condvar.wait(guard)); }"),
)
#: Locks for which PyO3 has the same way to wait.
_KIND = {"ReentrantMutex": "Mutex"}
#: What writes to the streams that have a lock.
_PRINTS = {"std::io::stdout": 'println!("{text}")', "std::io::stderr": 'eprintln!("{text}")'}


def pyo3_of(dump: Dump) -> Minor:
    """The PyO3 that is compiled into the process, by the paths of its sources in any frame."""
    files = (frame.file or "" for stack in dump.stacks for frame in stack.frames)
    found = next(filter(None, map(_SOURCE.search, files)), None)
    return int(found["minor"]) if found else NEWEST


def detached(minor: Minor, call: str = "|| ...") -> str:
    """A call without the interpreter."""
    return f"py.{'detach' if minor >= 26 else 'allow_threads'}({call})"  # noqa: PLR2004 - when it was renamed


def of_blocking(keeper: Standing, minor: Minor) -> Cure:
    """For one that keeps the interpreter and waits for what is no lock."""
    call = next((call for word, call in _CALLS if keeper.word.startswith(word)), "|| ...")
    where = f" in {keeper.place}" if keeper.own else ""
    return Cure(f"detach while it waits{where}", detached(minor, call), _PARALLEL.format(minor))


def of_lock(keeper: Standing, lock: Taken | None, minor: Minor) -> Cure:
    """For one that keeps the interpreter and waits for a lock whose owner wants it."""
    above = keeper.frames[: keeper.own[0]] if keeper.own else keeper.frames
    name = lock.name if lock is not None and lock.name else "lock"
    url = _FAQ.format(minor)
    if keeper.wait is For.ONCE:
        return Cure("let go of the interpreter while another thread makes the value", _once(above, minor), url)
    if name in _PRINTS:
        return Cure(
            "write to it without the interpreter, and make text of Python's objects before the lock is taken",
            detached(minor, f"|| {_PRINTS[name]}"),
            _PARALLEL.format(minor),
        )
    code = _extension(keeper, above, name, minor)
    if code is None:
        return Cure(
            "take the lock without the interpreter, and use what it guards there as well",
            detached(minor, f"|| {{ let guard = {name}.{_method(above)}; ... }}"),
            _PARALLEL.format(minor),
        )
    return Cure("let go of the interpreter while the lock is waited for", code, url)


def _extension(keeper: Standing, above: Frames, name: str, minor: Minor) -> str | None:
    """PyO3's own way to wait; None where it has none for such a lock."""
    kind = _KIND.get(keeper.word, keeper.word)
    parked = _has(above, "parking_lot", "lock_api")
    since = _EXTENSIONS.get(kind)
    if since is None or minor < (max(since, 25) if parked else since) or _has(above, "tokio"):
        return None
    method = {"Mutex": "lock", "RwLock": "write" if _writes(above) else "read"}[kind]
    opened = "" if parked else ".unwrap()"
    feature = ', with PyO3\'s feature "parking_lot"' if parked else ""
    return f"{name}.{method}_py_attached(py){opened}  // use pyo3::sync::{kind}Ext{feature}"


def _method(above: Frames) -> str:
    if _has(above, "tokio"):
        return "blocking_lock()"
    opened = "" if _has(above, "parking_lot", "lock_api", "dashmap") else ".unwrap()"
    if _has(above, "dashmap"):
        return "get(&key)"
    return f"{'write' if _writes(above) else 'read' if _reads(above) else 'lock'}(){opened}"


def _once(above: Frames, minor: Minor) -> str:
    if _has(above, "/lazy_lock.rs", "once_cell", "lazy_static"):
        cell = "PyOnceLock" if minor >= 26 else "GILOnceCell"  # noqa: PLR2004 - when it was renamed
        return f"static VALUE: {cell}<T> = {cell}::new(); VALUE.get_or_init(py, || ...)  // use pyo3::sync::{cell}"
    if minor < _EXTENSIONS["Once"]:
        return detached(minor, "|| cell.get_or_init(|| ...)")
    if _has(above, "/once_lock.rs"):
        return "cell.get_or_init_py_attached(py, || ...)  // use pyo3::sync::OnceLockExt"
    return "once.call_once_py_attached(py, || ...)  // use pyo3::sync::OnceExt"


def _has(frames: Frames, *words: str) -> bool:
    return any(word in _path(frame) for frame in frames for word in words)


def _path(frame: Frame) -> str:
    return f"{frame.file or ''} {frame.function[:400]}".replace("\\", "/")


def _writes(frames: Frames) -> bool:
    return any(last(frame.function).startswith(("write", "lock_exclusive", "upgrade")) for frame in frames)


def _reads(frames: Frames) -> bool:
    return any(last(frame.function).startswith(("read", "lock_shared")) for frame in frames)


def of_self(waiting: Standing, lock: Taken | None, taken: Taken | None) -> Cure:
    """For one that waits for a lock that it has itself."""
    above = waiting.frames[: waiting.own[0]] if waiting.own else waiting.frames
    name = lock.name if lock is not None and lock.name else "lock"
    if waiting.word == "RwLock" and _writes(above):
        return Cure(
            "who reads a lock cannot write to it as well: take it for writing at once, or end the reading first",
            f"let mut value = {name}.write(){'' if _has(above, 'parking_lot', 'lock_api') else '.unwrap()'};",
            "https://doc.rust-lang.org/std/sync/struct.RwLock.html",
        )
    of_line = f" of line {taken.line}" if taken is not None else ""
    return Cure(
        f"drop the guard{of_line} before the lock is taken again, or hand the guarded value on",
        "drop(guard);",
        "https://doc.rust-lang.org/std/sync/struct.Mutex.html#method.lock",
    )


def of_order(names: tuple[str, ...]) -> Cure:
    """For locks that are taken in opposite orders; their names, as far as the source tells."""
    known = tuple(dict.fromkeys(names))
    if len(known) < 2:  # noqa: PLR2004 - an order of two
        return Cure(
            "take the two locks in one order everywhere, or give one back before the other is waited for",
            "drop(guard);",
        )
    first, second = sorted(known)[:2]
    return Cure(
        f"take {', '.join(sorted(known))} in this order everywhere, or give one back where the other is not free",
        f"let Ok(second) = {second}.try_lock() else {{ drop(first); ... }};  // with {first} in hand",
    )
