from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core.model import Finding, Status
from pyo3ops.core.plan import State
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import build_report
from pyo3ops.tasks.wheels.build_report import Said
from pyo3ops.tools.python import DeadInterpreter, Interpreters
from pyo3ops.wheels.batch import chosen
from pyo3ops.wheels.batch.again import Repeated
from pyo3ops.wheels.batch.journal import Entry
from pyo3ops.wheels.batch.member import Member, Setting
from pyo3ops.wheels.batch.share import Share
from pyo3ops.wheels.batch.work import Kept, Outcome
from pyo3ops.wheels.build import Built
from tests.unit.wheels.built import HOST, job, member

NAME = "tiny-0.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
TAG = "wheels.build.tiny.cp311-cp311"


def said(tmp_path: Path, *outcomes: Outcome, members: tuple[Member, ...] = (), **fields: Any) -> Said:
    setting = Setting({"PATH": "", **fields.pop("env", {})}, tmp_path, tmp_path / "work", asked=fields.pop("asked", ()))
    members = members or tuple(each.job.member for each in outcomes)
    return replace(Said(setting, tmp_path / "dist", members, (), outcomes, (), Share(2, 1, "2 cores")), **fields)


def outcome(tmp_path: Path, name: str | None = NAME, state: State = State.DONE, **fields: Any) -> Outcome:
    one = job(tmp_path)
    entry = Entry(one.what, name, "key", "5a", 2**20, 3.0, 14) if name else None
    built = Built(None, 14, 2.0, 3.0, tmp_path / "build.log", fields.pop("tail", ()))
    return Outcome(one, state, entry, built if state is not State.ALREADY else None, seconds=4.0, **fields)


def only(text: Said, identity: str) -> Finding:
    (finding,) = [each for each in build_report.findings(text) if each.id == identity]
    return finding


def test_a_wheel_as_planned(tmp_path: Path) -> None:
    text = said(tmp_path, outcome(tmp_path))
    finding = only(text, TAG)
    assert (finding.status, finding.detail, finding.seconds) == (Status.OK, NAME, 4.0)
    (artifact,) = build_report.artifacts(text)
    assert (artifact.path, artifact.kind, artifact.sha256) == (str(tmp_path / "dist" / NAME), "wheel", "5a")
    (table,) = build_report.tables(text)
    assert table.rows == ((NAME, "3.11.0", "done", 14, 2.0, 4.0, 1.0, "5a"),)


def test_a_wheel_that_was_there(tmp_path: Path) -> None:
    text = said(tmp_path, outcome(tmp_path, state=State.ALREADY))
    assert only(text, TAG).detail == f"{NAME}, there already"
    (table,) = build_report.tables(text)
    assert table.rows[0][2:5] == ("there already", 0, None)


def test_a_wheel_that_asks_for_more_than_planned(tmp_path: Path) -> None:
    finding = only(said(tmp_path, outcome(tmp_path, "tiny-0.1.0-cp311-cp311-manylinux_2_34_x86_64.whl")), TAG)
    assert finding.status is Status.WARN
    assert "its tag asks for 2.34, the plan for 2.17" in finding.detail
    assert finding.fix is not None
    assert finding.fix.argv == ("pip", "install", "ziglang")


def test_another_wheel_than_planned(tmp_path: Path) -> None:
    finding = only(said(tmp_path, outcome(tmp_path, "tiny-0.1.0-cp310-abi3-manylinux_2_17_x86_64.whl")), TAG)
    assert finding.status is Status.FAIL
    assert "is for cp310-abi3, and cp311-cp311 is planned" in finding.detail


def test_a_wheel_for_one_python_of_a_crate_for_many(tmp_path: Path) -> None:
    # What setuptools-rust makes of bcrypt 5.0.0 where nothing tells it otherwise: the platform is the lesser fault.
    finding = only(said(tmp_path, outcome(tmp_path, "tiny-0.1.0-cp311-abi3-linux_x86_64.whl")), TAG)
    assert finding.status is Status.FAIL
    assert finding.fix is not None
    assert "py_limited_api" in finding.fix.summary
    finding = only(said(tmp_path, outcome(tmp_path, "tiny-0.1.0-cp311-cp311-linux_x86_64.whl")), TAG)
    assert finding.status is Status.WARN
    assert finding.fix is not None
    assert finding.fix.argv is not None
    assert finding.fix.argv[0] == "auditwheel"


def test_a_wheel_that_failed(tmp_path: Path) -> None:
    tail = ("   Compiling tiny", "error[E0425]: cannot find value `x`")
    text = said(tmp_path, outcome(tmp_path, None, State.FAILED, error="maturin ended with 1", tail=tail))
    finding = only(text, TAG)
    assert (finding.status, finding.evidence) == (Status.FAIL, tail)
    assert finding.detail == "maturin ended with 1: error[E0425]: cannot find value `x`"
    assert list(build_report.artifacts(text)) == []
    assert next(build_report.tables(text)).rows[0][:3] == (f"tiny cp311-cp311 {HOST}", "3.11.0", "failed")


def test_a_member_that_cannot_be_built(tmp_path: Path) -> None:
    lost = replace(member(tmp_path), source=None, error="maturin ended with 1", tail=("💥 maturin failed",))
    finding = only(said(tmp_path, members=(lost,)), "wheels.build.tiny")
    assert (finding.status, finding.detail) == (Status.FAIL, "maturin ended with 1: 💥 maturin failed")
    assert finding.fix is not None


def test_an_sdist_that_is_not_kept(tmp_path: Path) -> None:
    one = member(tmp_path)
    kept = Kept(one, State.FAILED, error="a.tar.gz: it is there, and pyo3ops did not make it")
    finding = only(said(tmp_path, members=(one,), sdists=(kept,)), "wheels.build.tiny.sdist")
    assert finding.status is Status.FAIL
    assert finding.fix is not None
    assert finding.fix.summary.startswith("move it away")


@pytest.mark.parametrize(("name", "status"), [("tiny-0.1.0.tar.gz", Status.OK), ("tiny-0.2.0.tar.gz", Status.FAIL)])
def test_an_sdist_is_the_planned_one(tmp_path: Path, name: str, status: Status) -> None:
    one = member(tmp_path)
    kept = Kept(one, State.DONE, Entry("tiny sdist", name, "key", "5a", 2**20))
    text = said(tmp_path, members=(one,), sdists=(kept,))
    assert only(text, "wheels.build.tiny.sdist").status is status
    assert [artifact.kind for artifact in build_report.artifacts(text)] == ["sdist"]
    assert next(build_report.tables(text)).rows == ((name, "", "done", None, None, 0.0, 1.0, "5a"),)


@pytest.mark.parametrize(
    ("of_the_tree", "said_so"), [(True, "the sdist does not have it"), (False, "there is no Cargo.lock")]
)
def test_an_sdist_without_a_lock(tmp_path: Path, *, of_the_tree: bool, said_so: str) -> None:
    one = member(tmp_path)
    without = replace(one.project, extensions=(replace(one.project.extensions[0], lock=None),))
    one = replace(one, source=without, project=one.project if of_the_tree else without)
    finding = only(said(tmp_path, members=(one,)), "wheels.build.tiny.lock")
    assert finding.status is Status.WARN
    assert said_so in finding.detail


@pytest.mark.parametrize(
    ("env", "asked", "status"),
    [
        ({}, (), Status.WARN),
        ({"CI": "false"}, (), Status.WARN),
        ({"CI": "true"}, (), Status.FAIL),
        ({}, (PythonVersion(12),), Status.FAIL),
    ],
)
def test_a_python_that_is_not_here(
    tmp_path: Path, env: dict[str, str], asked: tuple[PythonVersion, ...], status: Status
) -> None:
    one = member(tmp_path)
    assert one.wanted is not None
    dead = (
        DeadInterpreter(Path("/shim"), "ended with 127"),
        DeadInterpreter(Path("/other"), "is 3.9", PythonVersion(9)),
    )
    choice = chosen.choose(one.wanted.wheels, HOST, Interpreters((), (), dead), ())
    finding = only(said(tmp_path, members=(replace(one, choice=choice),), env=env, asked=asked), TAG)
    assert (finding.status, finding.detail) == (status, "there is no Python 3.11 here")
    assert finding.evidence == ("/shim ended with 127",)
    assert finding.fix is not None
    assert finding.fix.argv == ("uv", "python", "install", "3.11")


def test_what_other_systems_build_is_one_line(tmp_path: Path) -> None:
    one = member(tmp_path)
    assert one.wanted is not None
    choice = chosen.choose(one.wanted.wheels, HOST, Interpreters((), (), ()), ())
    finding = only(said(tmp_path, members=(replace(one, choice=choice),)), "wheels.build.tiny.elsewhere")
    assert finding.status is Status.SKIP
    assert finding.detail == f"12 wheels are for 6 other targets than {HOST}"
    assert "x86_64-apple-darwin: 2, macOS needs a Mac: CI builds it" in finding.evidence


@pytest.mark.parametrize(
    ("repeated", "status"),
    [
        ({}, Status.OK),
        ({"error": "the disk is full"}, Status.UNKNOWN),
        ({"differing": ("tiny.so",)}, Status.FAIL),
    ],
)
def test_the_same_bytes_or_not(tmp_path: Path, repeated: dict[str, Any], status: Status) -> None:
    made = outcome(tmp_path)
    text = said(tmp_path, made, repeated=(Repeated(made.job, **repeated),))
    finding = only(text, f"{TAG}.reproducible")
    assert finding.status is status
    assert (finding.fix is None) is (status is Status.OK)


def test_what_was_built_with_is_told_once(tmp_path: Path) -> None:
    found = list(build_report.facts(said(tmp_path, outcome(tmp_path), outcome(tmp_path))))
    assert [fact.name for fact in found].count("rustc") == 1
    facts = {fact.name: fact.value for fact in found}
    assert facts["zig"] == "not here: wheels ask for this machine's glibc"
    assert facts["at once"] == "2 wheels, 1 compilers each: 2 cores"
