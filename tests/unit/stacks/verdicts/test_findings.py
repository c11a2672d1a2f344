from __future__ import annotations

from pyo3ops.core.model import Status
from pyo3ops.stacks.model import Dump, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Cure, Kind, Verdict
from pyo3ops.stacks.verdicts.findings import IDS, findings

VERDICT = Verdict(
    Kind.SELF_DEADLOCK, Certainty.DEFINITE, "it waits for itself", "lib.rs:1 f", cure=Cure("drop it", "drop(g);")
)


def test_definite_verdicts_fail_and_probable_ones_warn() -> None:
    definite, probable = findings([VERDICT, Verdict(Kind.LOCK_CYCLE, Certainty.PROBABLE, "a circle", "")])

    assert (definite.id, definite.status) == ("debug.self-deadlock", Status.FAIL)
    assert definite.fix is not None
    assert definite.fix.summary == "drop it: drop(g);"
    assert (probable.id, probable.status, probable.title) == ("debug.lock-cycle", Status.WARN, "probably: a circle")


def test_two_looks_without_a_verdict_say_so() -> None:
    dump = Dump((Stack(Thread(1), ()),))
    (found,) = findings([], [dump, dump])

    assert (found.id, found.status) == ("debug.moving", Status.OK)
    assert "0 of 1 threads moved" in found.detail
    assert findings([], [dump]) == ()


def test_ids_are_told_apart() -> None:
    assert len(set(IDS)) == len(Kind) + 1
