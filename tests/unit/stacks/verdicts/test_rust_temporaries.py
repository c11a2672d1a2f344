from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.verdicts import guards

DROP = "drop_in_place<core::option::Option<pyo3::instance::Py<pyo3::types::any::PyAny>>>"


def certain(line: str, called: str, *, waiting: bool = False) -> bool:
    lines = ["fn put(&self) {", f"    {line}", "}", "struct Cache {", "    entries: RwLock<Entries>,", "}"]
    frame = Frame("mine::Cache::put", Language.RUST, "a.rs", 2)
    held = guards.still_held(frame, (), lambda _: lines, waiting=waiting, called=called)
    assert held is not None
    return [(taken.name, taken.certain) for taken in held] == [("self.entries", True)]


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("self.entries.write().insert(key, value);", DROP),
        ("self.entries.write().insert(key, value);", "hashbrown::map::HashMap<K, V>::insert"),
        ("self.entries.lock().unwrap().insert(key(), value);", "insert<Key>"),
        ("let old = self.entries.write().insert(key, value);", "insert<Key>"),
        ("*self.entries.lock().unwrap() = None;", DROP),
        ("*self.entries.lock().unwrap() = self.next;", f"core::ptr::{DROP}"),
    ],
)
def test_a_guard_lives_as_long_as_its_statement(line: str, called: str) -> None:
    assert certain(line, called)


@pytest.mark.parametrize(
    ("line", "called"),
    [
        # What is behind the statement, or before it; another call than the one on the guard; the guard's own end.
        ("self.entries.write().insert(key, value); other();", DROP),
        ("other(); self.entries.write().insert(key, value);", DROP),
        ("self.entries.write().insert(key(), value);", "key"),
        ("self.entries.write().insert(key, value);", "drop_in_place<lock_api::rwlock::RwLockWriteGuard<R, T>>"),
        ("self.entries.write().insert(key, value);", ""),
        # The lock is found by a call, or made by the one that looks for it: nobody has it yet.
        ("self.entries().write().insert(key, value);", "insert"),
        ("self.entries.write().insert(key, value);", "deref"),
        # What is made first is dropped last.
        ("made().take(self.entries.write().insert(key, value));", DROP),
        ("*self.entries.lock().unwrap() = made().next;", DROP),
        ("let old = self.entries.write().insert(key, value);", DROP),
        ("self.entries.try_write().insert(key, value);", "insert"),
        ("self.entries.write().insert(key, value)", DROP),
    ],
)
def test_a_guard_that_may_be_gone_or_not_be_there_yet_is_not_certain(line: str, called: str) -> None:
    assert not certain(line, called)


def test_what_is_waited_for_is_not_held() -> None:
    assert not certain("self.entries.lock().lock();", "lock", waiting=True)
