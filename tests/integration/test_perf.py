"""Profiles of a real extension module, by the real perf and the real py-spy."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Report, Status
from pyo3ops.profiling.recording import Profiler, wanted
from pyo3ops.tasks import perf as task
from pyo3ops.tools import perf
from pyo3ops.wheels import examples

from .conftest import ROOT, need

WORKLOAD = """
import time
from calculator import Expression
EXPRESSION = Expression("sin(x) * x + 1")
VALUES = [number / 10 for number in range(10_000)]
def inner():
    return EXPRESSION.map("x", VALUES)
def outer():
    return inner()
end = time.perf_counter() + 1.5
while time.perf_counter() < end:
    outer()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of an example, somewhere else, with a workload of its own."""
    need("maturin")
    root = tmp_path_factory.mktemp("perf") / "für es"
    shutil.copytree(ROOT / "examples/calculator", root, ignore=shutil.ignore_patterns("target", ".*"))
    (root / "work load.py").write_text(WORKLOAD, encoding="utf-8")
    with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.pyo3ops.perf]\nscript = ["work load.py"]\n')
    return root


def check(root: Path, report: Report, profiler: Profiler) -> None:
    assert report.exit_code == 0, report.findings
    assert {fact.name: fact.value for fact in report.facts}["profiler"] == profiler.value
    folded, page = (Path(artifact.path) for artifact in report.artifacts)
    assert root in folded.parents
    lines = folded.read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r".+ \d+", line) for line in lines)
    merged = [line for line in lines if "inner (work load.py);" in line and ";calculator::" in line]
    # Most of the time is spent in Rust that Python called.
    samples = sum(int(line.rpartition(" ")[2]) for line in lines)
    assert sum(int(line.rpartition(" ")[2]) for line in merged) > samples / 3
    if profiler is not Profiler.PERF:
        assert any(line.startswith("<module> (work load.py);outer (work load.py);inner (") for line in merged)
    assert "calculator::expression::" in page.read_text(encoding="utf-8")
    shares = {str(layer): (float(str(where)), float(str(whom))) for layer, where, whom in report.tables[0].rows}
    # libm works for the crate; what has no caller, as when a process starts, stays where it is.
    where, whom = shares["libc and others"]
    assert where > 2 * whom
    assert shares["the crate"][1] > shares["the crate"][0] > 5


def test_the_profiler_of_this_python(project: Path, env: dict[str, str]) -> None:
    profiler = wanted(examples.interpreter(None, env).version)
    if profiler is Profiler.PY_SPY:
        need("py-spy")
    else:
        need("perf")
        refused = perf.refusal(env)
        if refused:
            pytest.skip(f"perf may not record here: {refused}")
    before = set(Path("/tmp").glob("jit*"))  # noqa: S108 - where CPython leaves its jitdump
    report = task.run(project, task.Request(env))
    check(project, report, profiler)
    assert [finding.status for finding in report.findings] == [Status.OK]
    own = re.compile(r"jit(ted)?-\d+")
    assert {path for path in set(Path("/tmp").glob("jit*")) - before if own.match(path.name)} == set()  # noqa: S108


def test_py_spy_where_perf_may_not_record(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    need("py-spy")
    refusing = tmp_path / "perf"
    refusing.write_text("#!/bin/sh\necho 'perf_event_paranoid setting is 4:' >&2\nexit 255\n", encoding="utf-8")
    refusing.chmod(0o755)
    report = task.run(project, task.Request({**env, "PATH": f"{tmp_path}:{env['PATH']}"}))
    check(project, report, Profiler.PY_SPY)
    if sys.version_info >= (3, 12):
        (warned,) = (finding for finding in report.findings if finding.id == "perf.profiler")
        assert warned.status is Status.WARN
        assert warned.detail.startswith("perf_event_paranoid setting is 4; py-spy took its place")


def test_without_any_profiler_the_next_command_is_told(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="py-spy is not installed") as caught:
        task.run(project, task.Request({**env, "PATH": str(tmp_path)}))
    assert caught.value.command == "pip install 'pyo3ops[profile]'"


def test_a_program_that_fails_is_told_with_its_last_lines(project: Path, env: dict[str, str]) -> None:
    need("py-spy")
    (project / "work load.py").write_text("import calculator\nraise SystemExit('no good')\n", encoding="utf-8")
    try:
        report = task.run(project, task.Request(env))
    finally:
        (project / "work load.py").write_text(WORKLOAD, encoding="utf-8")
    finding = report.findings[-1]
    assert finding.status is Status.FAIL
    assert any("no good" in line for line in (*finding.evidence, finding.detail))
    assert report.artifacts == ()


def test_planted_shares_are_found(env: dict[str, str], tmp_path: Path) -> None:
    need("maturin", "py-spy")
    root = tmp_path / "planted"
    shutil.copytree(ROOT / "examples/profiling_example", root, ignore=shutil.ignore_patterns("target", ".*"))
    report = task.run(root, task.Request(env))
    assert report.exit_code == 0, report.findings
    found = {str(layer): float(str(where)) for layer, where, _ in report.tables[0].rows}
    planted = {"Python": 30, "PyO3 glue": 20, "the crate": 25, "other crates": 15, "libc and others": 10}
    # The machine does other things meanwhile; benchmarks have the figures.
    assert {name: found.get(name, 0.0) for name in planted} == pytest.approx(planted, abs=10)
