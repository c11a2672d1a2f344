"""`pyo3ops debug stacktrace` on programs of debugging_example that hang, as it is typed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")


@contextlib.contextmanager
def hanging(
    program: str, folder: Path, env: Mapping[str, str], *, copy: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    script = ROOT / "examples/debugging_example/programs" / f"{program}.py"
    if copy is not None:
        script = Path(shutil.copyfile(script, copy))
    inside = {**env, "PYTHONPATH": str(folder)}
    with subprocess.Popen([sys.executable, str(script)], env=inside, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            # It says that it waits just before it does.
            time.sleep(0.5)
            yield process
        finally:
            process.kill()


def typed(env: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "pyo3ops", "debug", "stacktrace", *words]
    return subprocess.run(argv, env=dict(env), capture_output=True, text=True, check=False, timeout=200)


def asked(env: Mapping[str, str], *words: str) -> tuple[int, dict[str, Any]]:
    done = typed(env, "--json", *words)
    report: dict[str, Any] = json.loads(done.stdout)
    if any("not permitted" in line for each in report["findings"] for line in each["evidence"]):
        pytest.skip("gdb may not trace here")
    return done.returncode, report


def test_a_deadlock_is_called_one_and_the_process_goes_on(env: dict[str, str], faults: Path, tmp_path: Path) -> None:
    need("gdb")
    with hanging("gil_and_mutex", faults, env) as process:
        code, report = asked(env, str(process.pid), "--dump", str(tmp_path / "dump.json"))
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = {each["id"]: each["status"] for each in report["findings"]}
    assert (code, found) == (1, {"debug.stack": "ok", "debug.gil-lock-inversion": "fail"})
    names = [call["function"].rpartition("::")[2] for call in report["traces"][0]["calls"] if call["own"]]
    assert names == ["attach_then_lock", "main", "<module>"]
    assert "State:\tS" in status
    assert "TracerPid:\t0" in status
    # What was kept is read again, by the verb for what others send.
    argv = [sys.executable, "-m", "pyo3ops", "debug", "crash", "--json", str(tmp_path / "dump.json")]
    again = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert "attach_then_lock" in again.stdout


def test_without_names_there_is_no_verdict_and_with_them_there_is(
    env: dict[str, str], faults: Path, tmp_path: Path
) -> None:
    need("gdb", "strip")
    stripped = tmp_path / "größe & platz"
    stripped.mkdir()
    library = shutil.copy(faults / "debugging_example.so", stripped)
    subprocess.run(["strip", library], check=True)
    with hanging("gil_and_mutex", stripped, env) as process:
        code, report = asked(env, str(process.pid))
        named_code, named = asked(env, str(process.pid), "--symbols", str(faults))
    found = {each["id"]: each["status"] for each in report["findings"]}
    assert (code, found["debug.moving"], found["debug.symbols"]) == (4, "unknown", "warn")
    assert named_code == 1
    assert {each["id"]: each["status"] for each in named["findings"]} == {
        "debug.stack": "ok",
        "debug.gil-lock-inversion": "fail",
    }


def test_who_is_asked_for_by_a_name_and_is_busy_is_not_called_dead(
    env: dict[str, str], faults: Path, tmp_path: Path
) -> None:
    need("gdb")
    # Nobody else may run one of the same name meanwhile.
    own = tmp_path / f"asleep_{os.getpid()}.py"
    with hanging("nested_sleep", faults, env, copy=own) as process:
        code, report = asked(env, "--name", own.name)
        assert {each["value"] for each in report["facts"] if each["name"] == "process"} == {str(process.pid)}
    assert (code, [each["id"] for each in report["findings"]]) == (0, ["debug.stack", "debug.moving"])


def test_a_stopped_process_stays_stopped_and_is_called_so(env: dict[str, str], faults: Path) -> None:
    need("gdb")
    with hanging("nested_sleep", faults, env) as process:
        os.kill(process.pid, 19)
        time.sleep(0.2)
        _, report = asked(env, str(process.pid))
        assert "State:\tT" in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        os.kill(process.pid, 18)
    assert "debug.stopped" in {each["id"] for each in report["findings"]}


def test_without_any_debugger_it_says_what_to_install(env: dict[str, str], tmp_path: Path) -> None:
    empty = {**env, "PATH": str(tmp_path)}
    code, report = asked(empty, str(os.getpid()))
    (found,) = report["findings"]
    assert (code, found["id"], found["status"]) == (4, "debug.attach", "unknown")
    assert "no debugger is here" in found["detail"]
