"""The corpora of tests/data/debug/crash: what was expected before the code existed, crash by crash."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping

import pytest

from pyo3ops.core import toml
from pyo3ops.core.model import Report
from pyo3ops.debug.crash import crashes, findings, owned
from pyo3ops.debug.crash.group import chain
from pyo3ops.debug.crash.story import Kind

if TYPE_CHECKING:
    from pyo3ops.debug.crash.crashes import Analysis, Crash

DATA = Path(__file__).parents[3] / "data" / "debug" / "crash"
CORPORA = ("own", "stranger", "stranger2")

#: Where we read the text otherwise than the stranger did, and still think so; one that agrees again must go from here.
OTHERWISE: Mapping[tuple[str, str, str], str] = {
    (
        "stranger",
        "journald-abort.txt",
        "kind",
    ): "SIGABRT without a word of the allocator's is a signal, as in own/abort-plain.txt",
    ("stranger", "crlf-undefined-symbol.txt", "kind"): "the README lists the kind `import`",
    ("stranger", "crlf-undefined-symbol.txt", "message"): "the exception's own words begin with the file",
    ("stranger", "traverse-many.txt", "panics"): "it is printed a third time",
    ("stranger", "jenkins-double-panic.txt", "kind"): "it is a panic, which then aborts",
    (
        "stranger",
        "jenkins-double-panic.txt",
        "frames",
    ): "the backtrace shows through_rust and call_back between Python's functions",
    ("stranger", "without-gil.txt", "message"): "the name of the function is a part of the words",
    ("stranger", "hang-timeout.txt", "type"): "faulthandler's word is told as the type",
    ("stranger", "hang-timeout.txt", "message"): "and its time as the message",
    ("stranger", "hang-timeout.txt", "exit"): "nothing crashed, so that it is a warning",
    ("stranger", "py-spy-pool.txt", "exit"): "nothing crashed, so that it is a warning",
    (
        "stranger",
        "old-traceback-quoted.txt",
        "count",
    ): "a traceback that a program prints of another time is told, too, but last",
    (
        "stranger2",
        "celery-worker-segfault.txt",
        "message",
    ): "a signal has one name in words, whoever tells of it and how",
    ("stranger2", "cut-tail-backtrace.txt", "same"): "Python's functions, which the name is made of, were not copied",
}


def cases() -> Iterator[Any]:
    for corpus in CORPORA:
        for case in toml.load(DATA / corpus / "expected.toml")["case"]:
            yield pytest.param(corpus, case, id=f"{corpus}-{case['file'][:-4]}")


@functools.lru_cache(maxsize=None)
def analysed(corpus: str, file: str) -> Analysis:
    return crashes.of((DATA / corpus / file).read_bytes().decode("utf-8", "replace"))


def ended(found: Analysis) -> int:
    return Report("debug crash", findings=findings.of_analysis(found, "log", None)).exit_code


def seen(crash: Crash, expected: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    """What a row asks for: its name, what we say, and what was expected."""
    story = crash.story
    names = [owned.bare_name(frame.function) for frame in owned.own(story.frames)]
    frames = expected.get("frames", [])
    yield "kind", story.kind.value, expected["kind"]
    yield "type", story.type, expected["type"]
    yield "message", story.message[: len(expected["message"])], expected["message"]
    yield "place", story.place[-len(expected["place"]) :] if expected["place"] else story.place, expected["place"]
    yield "thread", story.thread, expected.get("thread", story.thread)
    yield "cause", crash.cause.id, expected["cause"]
    yield "also", set(expected.get("also", ())) - {each.id for each in crash.also}, set()
    yield "frames", names[: len(frames)], frames
    yield "not_frames", set(names) & set(expected.get("not_frames", ())), set()
    rows = expected.get("panics", [])
    panics = [(each["line"], each.get("traceback", 0), each.get("repeats", 0)) for each in rows if "line" in each]
    resumed = [(each["resumed"], each.get("traceback", 0)) for each in rows if "resumed" in each]
    yield "panics", [(each.line, each.traceback, each.repeats) for each in story.panics], panics
    yield "resumed", [(each.line, each.traceback) for each in story.resumed], resumed


@pytest.mark.parametrize(("corpus", "case"), list(cases()))
def test_a_case_is_told_as_expected(corpus: str, case: Mapping[str, Any]) -> None:
    found = analysed(corpus, case["file"])
    expected = case.get("crash", [])
    rows: list[tuple[str, object, object]] = [("count", len(found.crashes), len(expected))]
    rows.append(("exit", ended(found), case["exit"]))
    for crash, row in zip(found.crashes, expected):
        rows += seen(crash, row)
    wrong = {name: (ours, theirs) for name, ours, theirs in rows if ours != theirs}
    otherwise = {name for where, file, name in OTHERWISE if (where, file) == (corpus, case["file"])}
    assert set(wrong) == otherwise - {"same"}, wrong


@pytest.mark.parametrize("corpus", CORPORA)
def test_the_same_crash_has_one_signature_and_others_have_another(corpus: str) -> None:
    groups: dict[str, set[str]] = {}
    others: set[tuple[str, str]] = set()
    for case in toml.load(DATA / corpus / "expected.toml")["case"]:
        for crash, row in zip(analysed(corpus, case["file"]).crashes, case.get("crash", ())):
            if (corpus, case["file"], "same") in OTHERWISE:
                others.add((row["same"], crash.signature.id))
            elif "same" in row:
                groups.setdefault(row["same"], set()).add(crash.signature.id)
    assert not any(name in groups.get(group, ()) for group, name in others)
    assert len(groups) > 20
    assert {name: ids for name, ids in groups.items() if len(ids) > 1} == {}
    ids = [name for each in groups.values() for name in each]
    assert len(ids) == len(set(ids))


def test_every_panic_that_has_a_traceback_is_joined_to_it() -> None:
    joined = 0
    for corpus in CORPORA:
        for case in toml.load(DATA / corpus / "expected.toml")["case"]:
            expected = {
                (row["line"], row["traceback"])
                for crash in case.get("crash", ())
                for row in crash.get("panics", ())
                if row.get("traceback") and "line" in row
            }
            stories = [crash.story for crash in analysed(corpus, case["file"]).crashes]
            found = {(panic.line, panic.traceback) for story in stories for panic in story.panics if panic.traceback}
            assert expected <= found, case["file"]
            joined += len(expected)
            # The panic is what the PanicException came from, in the dump as well.
            for story in stories:
                if story.kind is Kind.PANIC and any(panic.traceback for panic in story.panics):
                    raised = next((each for each in chain(story.dump.exception) if each.relation == "panic"), None)
                    assert raised is not None, case["file"]
                    assert raised.origin is not None
                    assert raised.origin.type == "panic"
    assert joined > 60
