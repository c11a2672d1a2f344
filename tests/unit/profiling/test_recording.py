from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.profiling import recording
from pyo3ops.profiling.recording import Profiler, Recorded

RECORDED = Path(__file__).parents[2] / "data" / "tools"


@pytest.mark.parametrize(
    ("minor", "profiler"),
    [
        (8, Profiler.PY_SPY),
        (11, Profiler.PY_SPY),
        (12, Profiler.PERF),
        (13, Profiler.PERF_JIT),
        (14, Profiler.PERF_JIT),
    ],
)
def test_the_profiler_that_sees_most(minor: int, profiler: Profiler) -> None:
    assert recording.wanted(PythonVersion(minor)) is profiler


def program(folder: Path, name: str, body: str) -> dict[str, str]:
    (folder / "bin").mkdir(exist_ok=True)
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}", encoding="utf-8")
    path.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}


def test_a_program_that_fails_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    env = program(tmp_path, "py-spy", "echo 'Traceback: no' >&2; exit 1\n")
    recorded = recording.record(Profiler.PY_SPY, ["python"], tmp_path, cwd=tmp_path, env=env)
    assert recorded.error == "py-spy ended with 1: Traceback: no"
    assert recorded.tail == ("Traceback: no",)


def test_a_recording_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    env = program(tmp_path, "py-spy", "exit 0\n")
    assert recording.record(Profiler.PY_SPY, ["python"], tmp_path, cwd=tmp_path, env=env).error


def test_a_script_that_fails_behind_the_profilers_back_is_an_error(tmp_path: Path) -> None:
    env = program(tmp_path, "py-spy", f"touch {tmp_path}/py-spy.speedscope.json; exit 0\n")
    recorded = recording.record(Profiler.PY_SPY, ["python"], tmp_path, cwd=tmp_path, env=env)
    assert recorded.error == "the script failed under the profiler"


def test_the_interpreter_is_told_of_its_trampolines(tmp_path: Path) -> None:
    # What perf record is told ends with the program; inject copies, script prints what a real one printed.
    body = (
        'case "$1" in\n'
        f'record) echo "$@" > {tmp_path}/argv; touch {tmp_path}/perf.data {tmp_path}/succeeded;;\n'
        f"inject) cp {tmp_path}/perf.data {tmp_path}/perf.jit.data;;\n"
        f"script) cat {tmp_path}/perf-script-linux.txt;;\nesac\n"
    )
    shutil.copy(RECORDED / "perf-script-linux.txt", tmp_path)
    env = program(tmp_path, "perf", body)
    recorded = recording.record(Profiler.PERF_JIT, ["python", "a.py"], tmp_path, cwd=tmp_path, env=env)
    assert recorded.error is None
    told = (tmp_path / "argv").read_text(encoding="utf-8")
    marks = f"{tmp_path / 'started'} {tmp_path / 'succeeded'}"
    assert told.endswith(f"-- python -X perf_jit -I {recording.RUNNER} {marks} a.py\n")
    assert not (tmp_path / "succeeded").exists()
    assert [path.name for path in tmp_path.glob("perf*data")] == ["perf.jit.data"]
    assert len(list(recording.samples(recorded, env))) == 12


def test_a_recording_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    env = program(tmp_path, "perf", "echo 'incompatible file format' >&2; exit 3\n")
    with pytest.raises(ValueError, match="perf ended with 3"):
        list(recording.samples(Recorded(Profiler.PERF, tmp_path / "perf.data"), env))


@pytest.mark.parametrize("failing", ["record", "inject"])
def test_what_a_failed_recording_left_is_removed(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[int] = []
    monkeypatch.setattr("pyo3ops.tools.perf.clean_up", removed.extend)
    body = (
        'case "$1" in\n'
        f"record) echo 4711 > {tmp_path}/started; touch {tmp_path}/perf.data {tmp_path}/succeeded;;\nesac\n"
        'echo "what went wrong" >&2\n'
        "echo '[ perf record: Woken up 1 times to write data ]' >&2\n"
        f'[ "$1" != {failing} ]\n'
    )
    env = program(tmp_path, "perf", body)
    recorded = recording.record(Profiler.PERF_JIT, ["python", "a.py"], tmp_path, cwd=tmp_path, env=env)
    assert recorded.error is not None
    assert recorded.error.endswith("perf ended with 1: what went wrong") is (failing == "record")
    assert not any("Woken up" in line for line in recorded.tail)
    assert removed == [4711]
    assert not list(tmp_path.glob("s*ed"))


def test_the_runner_tells_its_process_before_the_script_can_fail(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("raise SystemExit(3)", encoding="utf-8")
    marks = [str(tmp_path / name) for name in ("started", "succeeded")]
    argv = [sys.executable, "-I", str(recording.RUNNER), *marks, str(tmp_path / "a.py")]
    with subprocess.Popen(argv) as process:
        assert process.wait(60) == 3
    assert (tmp_path / "started").read_text(encoding="ascii") == str(process.pid)
    assert not (tmp_path / "succeeded").exists()
