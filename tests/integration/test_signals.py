"""^C, SIGTERM and SIGHUP at many moments of a real process: quiet, and with an exit code that the document repeats."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]

#: Starts the command line as the console script does, and sends itself a signal while the n-th module of that name is
#: looked for, or at an exit; or tells by a byte that it has begun to hear signals.
START = """
import os, signal, sys
moment, name, ready = sys.argv[1:4]
number = getattr(signal, name)
signal.signal(signal.SIGINT, signal.default_int_handler)
# Below nohup it is ignored, and stays so.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
class Moment:
    def find_spec(self, module, *_):
        if module == moment:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), number)
        elif moment == "ready" and module == "pyo3ops.cli.running":
            os.write(int(ready), b"!")
sys.meta_path.insert(0, Moment())
if moment == "exit":
    import atexit
    atexit.register(os.kill, os.getpid(), number)
elif moment == "thread":
    import threading, time
    def sleep():
        while "pyo3ops.cli.output" not in sys.modules or threading.main_thread().is_alive():
            time.sleep(0.05)
            if finished:
                os.kill(os.getpid(), number)
                time.sleep(30)
    finished = []
    usual = threading._shutdown
    def shutdown():
        finished.append(True)
        usual()
    threading._shutdown = shutdown
    threading.Thread(target=sleep).start()
from pyo3ops.cli import entry
sys.argv[1:] = sys.argv[4:]
entry()
"""


class Ended(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def started(moment: str, name: str, *argv: str, ready: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, moment, name, str(ready), *argv]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    kept = (ready,) if ready else ()
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=env, pass_fds=kept, cwd=ROOT)


def ended(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out, err)


#: From the first import of ours to the last one before the document is written.
MOMENTS = (
    "pyo3ops.cli.running",
    "argparse",
    "pyo3ops.verbs.wheels",
    "pyo3ops.tasks.validate",
    "pyo3ops.checks.rust",
    "pyo3ops.render.json",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupt_while_modules_are_imported(moment: str) -> None:
    end = ended(started(moment, "SIGINT", "validate", "--list-checks", "--json"))
    assert (end.code, end.err) == (130, "")
    assert end.document["exit_code"] == 130
    assert end.document["failure"]["message"] == "interrupted"
    assert end.document["status"] != "ok"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("moment", ["pyo3ops.cli.running", "pyo3ops.render.json"])
def test_other_signals_while_modules_are_imported(moment: str, name: str) -> None:
    end = ended(started(moment, name, "validate", "--list-checks", "--json"))
    assert (end.code, end.err, end.document["failure"]["message"]) == (130, "", f"ended by {name}")


@pytest.mark.parametrize("argv", [("--version",), ("validate", "--list-checks")])
def test_an_interrupt_before_signals_are_heard_is_quiet(argv: tuple[str, ...]) -> None:
    assert ended(started("pyo3ops.cli.signals", "SIGINT", *argv)) == (130, "", "")


@pytest.mark.parametrize("moment", ["pyo3ops.render.console", "rich.table"])
def test_an_interrupt_while_the_console_text_is_made(moment: str) -> None:
    end = ended(started(moment, "SIGINT", "validate", "--list-checks"))
    assert end == (130, "", "pyo3ops: interrupted\n")


def test_a_report_that_was_written_before_tells_of_the_interrupt(tmp_path: Path) -> None:
    report = tmp_path / "a.md"
    argv = ("validate", "--list-checks", "--report", str(report), "--json")
    end = ended(started("pyo3ops.render.json", "SIGINT", *argv))
    assert (end.code, end.document["exit_code"]) == (130, 130)
    assert "interrupted" in report.read_text("utf-8")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("moment", ["exit", "thread"])
def test_what_was_told_stands_whatever_comes_at_the_exit(moment: str, name: str) -> None:
    before = time.monotonic()
    end = ended(started(moment, name, "validate", "--list-checks", "--json"))
    assert (end.code, end.document["exit_code"], end.err) == (0, 0, "")
    assert time.monotonic() - before < 25


@pytest.mark.parametrize(("name", "steps"), [("SIGINT", 10), ("SIGTERM", 3)])
def test_whenever_a_signal_comes_the_end_is_quiet(name: str, steps: int) -> None:
    """Every few hundredths of a second of a run: it is interrupted, or over and told."""
    codes = []
    for step in range(steps):
        reading, writing = os.pipe()
        process = started("ready", name, "validate", "--list-checks", "--json", ready=writing)
        os.close(writing)
        assert os.read(reading, 1) == b"!"
        os.close(reading)
        time.sleep(step * 0.04)
        process.send_signal(getattr(signal, name))
        end = ended(process)
        # Minus the signal: the interpreter was past its last line.
        assert end.code in {130, 0, -getattr(signal, name)}
        assert end.err == ""
        assert end.code < 0 or end.document["exit_code"] == end.code
        codes.append(end.code)
    assert codes[0] == 130


def test_a_reader_of_one_line_is_enough() -> None:
    for argv in ("validate --list-checks", "--help", "why --list"):
        line = f"{sys.executable} -m pyo3ops {argv} | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, cwd=ROOT, check=False)
        assert (done.stdout, done.stderr) == ("0\n", "")
