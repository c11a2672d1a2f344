from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Stack, Thread, Variable
from pyo3ops.stacks.verdicts.circles import Circles
from pyo3ops.stacks.verdicts.scene import scene_of

SOURCE = """\
class A:
    def work(self, other):
        with self._lock:
            other.poke()

class B:
    def poke(self):
        with self._lock:
            pass

    def work(self, other):
        with self._lock:
            other.poke()

def first():
    with one:
        with two:
            pass

def second():
    with two:
        with one:
            pass
""".splitlines()
WAITS = (
    Frame("__futex_abstimed_wait_common", Language.C, layer=Layer.LIBC),
    Frame("PyThread_acquire_lock_timed", Language.C, layer=Layer.CPYTHON),
)
READS = (Frame("read", Language.C, layer=Layer.LIBC), Frame("_Py_read", Language.C, layer=Layer.CPYTHON))


def python(function: str, line: int, instance: int | None = None) -> Frame:
    variables = (Variable("self", f"<A object at 0x{instance:x}>"),) if instance else ()
    return Frame(function, Language.PYTHON, "/home/me/work.py", line, layer=Layer.PYTHON, variables=variables)


def thread(number: int, *frames: Frame, waits_at: int | None = None) -> Stack:
    return Stack(Thread(number, ident=number), frames, waits_at=waits_at)


def read(file: str) -> Sequence[str] | None:
    return SOURCE if file == "/home/me/work.py" else None


def circles(*stacks: Stack) -> list[tuple[int | None, ...]]:
    scene = scene_of([Dump(stacks=stacks)] * 2, read)
    members = Circles(scene)
    found = (members.of(each) for each in members.members)
    return [tuple(each.stack.thread.tid for each in circle) for circle in found if circle]


THIRD = thread(3, *READS, python("third", 99))


def waiting(number: int, line: int = 4, owner: str = "A", *instances: int, waits_at: int | None = None) -> Stack:
    mine, others = instances or (None, None)
    poke, work = python("B.poke", 8, others), python(f"{owner}.work", line, mine)
    return thread(number, *WAITS, poke, work, waits_at=waits_at)


def test_two_classes_have_a_lock_of_one_name_each() -> None:
    assert circles(waiting(1), waiting(2), THIRD) == []


def test_methods_of_one_class_may_mean_one_lock() -> None:
    assert circles(waiting(1, 13, "B"), waiting(2, 13, "B"), THIRD) == [(1, 2), (2, 1)]


def test_functions_without_a_class_in_their_names_say_nothing_of_self() -> None:
    plain = [replace(each, frames=(*WAITS, python("poke", 8), python("work", 13))) for each in (waiting(1), waiting(2))]
    assert circles(*plain, THIRD) == []


def test_two_instances_are_two_locks() -> None:
    assert circles(waiting(1, 13, "B", 0x1000, 0x2000), waiting(2, 13, "B", 0x3000, 0x4000), THIRD) == []
    assert circles(waiting(1, 13, "B", 0x1000, 0x2000), waiting(2, 13, "B", 0x2000, 0x1000), THIRD) == [(1, 2), (2, 1)]


def test_who_waits_for_a_lock_at_one_address_does_not_have_it() -> None:
    assert circles(waiting(1, 13, "B", waits_at=64), waiting(2, 13, "B", waits_at=64), THIRD) == []


def test_names_of_modules_are_one_lock_each() -> None:
    one = thread(1, *WAITS, python("first", 17))
    assert circles(one, thread(2, *WAITS, python("second", 22)), THIRD) == [(1, 2), (2, 1)]
