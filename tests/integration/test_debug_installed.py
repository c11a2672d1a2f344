"""A process with the watcher of `pyo3ops.debug.install` crashes, is asked, forks, loses its watcher."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.exits import Exit
from pyo3ops.stacks import dump_json
from pyo3ops.tasks.debug import crash

from .conftest import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.stacks.model import Dump

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watcher needs Linux")

PROGRAM = """\
import os, signal, sys, threading
import debugging_example
import pyo3ops.debug

def leaf():
    debugging_example.null_write()

def crash():
    leaf()

def abort():
    os.abort()

def thread():
    worker = threading.Thread(target=crash, name="worker")
    worker.start()
    worker.join()

def ask():
    print("dumped", pyo3ops.debug.dump())

def signalled():
    os.kill(os.getpid(), signal.SIGUSR2)
    print("still here")

def fork():
    child = os.fork()
    if child == 0:
        crash()
    print("child", os.waitpid(child, 0)[1])
    print("dumped", pyo3ops.debug.dump())

def orphan():
    from pyo3ops.debug import installed
    os.kill(installed._here.watcher, signal.SIGKILL)
    print("ready", flush=True)
    sys.stdin.readline()
    print("dumped", pyo3ops.debug.dump())
    signalled()

def orphan_crash():
    import faulthandler, time
    from pyo3ops.debug import installed
    os.kill(installed._here.watcher, signal.SIGKILL)
    while installed._here.watcher is not None:
        time.sleep(0.01)
    crash()

def impatient():
    print(pyo3ops.debug.dump(0.01), pyo3ops.debug.dump(60))

def taken():
    signal.signal(signal.SIGUSR2, lambda *_: print("mine"))
    print(pyo3ops.debug.install())
    signalled()

if sys.argv[1] != "taken":
    print(pyo3ops.debug.install(folder=sys.argv[2] if sys.argv[2:] else None), flush=True)
globals()[sys.argv[1]]()
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "größe & platz" / "crashing.py"
    file.parent.mkdir()
    file.write_text(PROGRAM, encoding="utf-8")
    return file


@pytest.fixture
def inside(env: dict[str, str], faults: Path) -> dict[str, str]:
    need("gdb")
    return {**env, "PYTHONPATH": os.pathsep.join([str(faults), env["PYTHONPATH"]])}


def ran(
    script: Path, what: str, env: Mapping[str, str], *more: str, program: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    argv = [program, str(script), what, *more]
    return subprocess.run(argv, env=dict(env), capture_output=True, text=True, check=False, timeout=120)


def in_order(text: str, *parts: str) -> bool:
    """Each part stands in the text, behind the one before."""
    place = 0
    for part in parts:
        place = text.find(part, place)
        if place < 0:
            return False
    return True


def functions(dump: Dump) -> list[str]:
    stack = next(each for each in dump.stacks if any(frame.function == "leaf" for frame in each.frames))
    return [frame.function.rpartition("::")[2] for frame in stack.frames if not frame.glue]


def kept(folder: Path) -> Dump:
    (file,) = folder.iterdir()
    return dump_json.from_text(file.read_text(encoding="ascii"))


@pytest.mark.parametrize(("what", "root"), [("crash", "<module>"), ("thread", "crash")])
def test_a_crash_is_shown_whole_and_ends_the_process_as_it_would_have(
    what: str, root: str, script: Path, inside: dict[str, str], tmp_path: Path
) -> None:
    done = ran(script, what, inside, str(tmp_path / "dumps"))
    assert done.returncode == -signal.SIGSEGV
    if "ptrace: Operation not permitted" in done.stderr:
        pytest.skip("gdb may not trace here")
    # The leaf is the faulting function, not the handler that holds the process still.
    assert in_order(done.stderr, "a fatal signal", "null_write", "leaf", "crash", "every frame of it is in"), (
        done.stderr
    )
    # And the floor, after it.
    assert in_order(
        done.stderr, "every frame", "Fatal Python error: Segmentation fault", 'crashing.py", line 6 in leaf'
    )
    names = functions(kept(tmp_path / "dumps"))
    found = [name for name in names if name in {"null_write", "leaf", "crash", "<module>"}]
    assert found[:3] == ["null_write", "leaf", "crash"]
    assert root in names
    assert not [name for name in names if "faulthandler" in name or name == "write"]


@pytest.mark.parametrize(("what", "number"), [("crash", signal.SIGSEGV), ("abort", signal.SIGABRT)])
def test_what_was_kept_of_a_crash_tells_the_signal(
    what: str, number: signal.Signals, script: Path, inside: dict[str, str], tmp_path: Path
) -> None:
    done = ran(script, what, inside, str(tmp_path / "dumps"))
    assert done.returncode == -number
    if "ptrace: Operation not permitted" in done.stderr:
        pytest.skip("gdb may not trace here")
    (file,) = (tmp_path / "dumps").iterdir()
    report = crash.run(None, crash.Request(inside, file))
    assert report.exit_code == Exit.FAILED
    assert (report.findings[0].id.startswith("crash.signal."), number.name in report.findings[0].detail) == (True, True)


def test_what_was_asked_for_is_no_crash(script: Path, inside: dict[str, str], tmp_path: Path) -> None:
    ran(script, "ask", inside, str(tmp_path / "dumps"))
    assert kept(tmp_path / "dumps").signal is None


def test_asked_from_inside_it_goes_on(script: Path, inside: dict[str, str]) -> None:
    done = ran(script, "ask", inside)
    assert (done.returncode, done.stdout.split()) == (0, ["True", "dumped", "True"])
    assert in_order(done.stderr, "asked for", "ask", "<module>"), done.stderr
    # Not what asked.
    assert "installed.py" not in done.stderr


def test_asked_by_a_signal_it_goes_on(script: Path, inside: dict[str, str]) -> None:
    done = ran(script, "signalled", inside)
    assert (done.returncode, done.stdout.split("\n")[1]) == (0, "still here")
    assert in_order(done.stderr, "asked for", "signalled", "<module>", "most recent call first"), done.stderr


def test_a_signal_that_the_program_uses_stays_the_programs(script: Path, inside: dict[str, str]) -> None:
    done = ran(script, "taken", inside)
    assert (done.returncode, done.stdout.split("\n")[:3]) == (0, ["True", "mine", "still here"])


def test_a_child_has_the_floor_and_the_parent_its_watcher(script: Path, inside: dict[str, str]) -> None:
    done = ran(script, "fork", inside)
    assert done.returncode == 0
    assert f"child {int(signal.SIGSEGV)}" in done.stdout.replace(str(128 + 11), str(11))
    assert "dumped True" in done.stdout
    assert "Fatal Python error: Segmentation fault" in done.stderr


def test_a_watcher_that_is_killed_takes_nothing_with_it(script: Path, inside: dict[str, str]) -> None:
    argv = [sys.executable, str(script), "orphan"]
    with subprocess.Popen(
        argv, env=inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert [process.stdout.readline().strip() for _ in range(2)] == ["True", "ready"]
        out, err = process.communicate("\n", timeout=60)
    assert (process.returncode, out.split("\n")[:2]) == (0, ["dumped False", "still here"]), err


def test_without_the_watcher_the_floor_is_what_is_left(script: Path, inside: dict[str, str]) -> None:
    done = ran(script, "orphan_crash", inside)
    assert done.returncode == -signal.SIGSEGV
    assert in_order(done.stderr, "Fatal Python error: Segmentation fault", 'crashing.py", line 6 in leaf'), done.stderr


def test_an_answer_belongs_to_its_question(script: Path, inside: dict[str, str]) -> None:
    done = ran(script, "impatient", inside)
    assert (done.returncode, done.stdout.split()) == (0, ["True", "False", "True"])
    assert done.stderr.count("asked for") == 2


def test_without_a_debugger_the_floor_is_what_is_left(script: Path, inside: dict[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    done = ran(script, "crash", {**inside, "PATH": str(empty)})
    assert done.returncode == -signal.SIGSEGV
    assert in_order(done.stderr, "no merged stack: ", "gdb", "Fatal Python error: Segmentation fault"), done.stderr


def test_the_watcher_ends_with_the_process(inside: dict[str, str]) -> None:
    code = "from pyo3ops.debug import install, installed; install(); print(installed._here.watcher)"
    done = subprocess.run([sys.executable, "-c", code], env=inside, capture_output=True, text=True, check=True)
    place = Path("/proc") / done.stdout.strip()
    deadline = time.monotonic() + 20
    while place.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not place.exists()


def test_the_variable_alone_is_enough(inside: dict[str, str], tmp_path: Path) -> None:
    """The file that starts it, where an installation puts it; and without the variable nothing is imported."""
    site = tmp_path / "site"
    site.mkdir()
    pth = Path(__file__).parents[2] / "pyo3ops/data/pyo3ops_debug.pth"
    (site / pth.name).write_bytes(pth.read_bytes())
    code = f"import site; site.addsitedir({str(site)!r}); import sys, json; print(json.dumps(sorted(sys.modules)))"
    off = subprocess.run([sys.executable, "-c", code], env=inside, capture_output=True, text=True, check=True)
    assert not [name for name in json.loads(off.stdout) if name.startswith("pyo3ops")]
    on = subprocess.run(
        [sys.executable, "-c", f"{code}; import debugging_example; debugging_example.null_write()"],
        env={**inside, "PYO3OPS_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert on.returncode == -signal.SIGSEGV
    assert in_order(on.stderr, "a fatal signal", "null_write", "Fatal Python error"), on.stderr
