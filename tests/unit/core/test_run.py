from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyo3ops.core import run as module
from pyo3ops.core.run import Ended, handover, python_env, run, spawn, which

ROOT = Path(__file__).parents[3]
ENV = dict(os.environ)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int) -> bool:
    """True once a process is no more; waits for the kernel a moment."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # An orphan is a zombie until its new parent looks.
        if Path(f"/proc/{pid}/stat").exists() and ") Z" in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"):
            return True
        time.sleep(0.02)
    return False


def test_what_a_program_writes_is_kept_apart() -> None:
    result = run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"), timeout=20, env=ENV)
    assert (result.code, result.out, result.err, result.ended) == (3, "out\n", "err\n", Ended.EXITED)
    assert not result.ok
    assert result.reason == f"{sys.executable} ended with 3: err"


def test_ok_is_zero() -> None:
    assert run(python("pass"), timeout=20, env=ENV).ok


def test_stdin_is_empty() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))"), timeout=20, env=ENV).out == "''\n"


def test_only_the_given_environment_is_passed(tmp_path: Path) -> None:
    env = {"PATH": ENV["PATH"], "ONLY": "this"}
    code = "import os; print(os.environ.get('ONLY'), os.environ.get('HOME'), os.getcwd())"
    assert run(python(code), timeout=20, env=env, cwd=tmp_path).out == f"this None {tmp_path}\n"


@pytest.mark.parametrize("name", ["no-such-program-anywhere", "./missing/program"])
def test_a_missing_program_is_a_value(name: str) -> None:
    result = run([name, "--version"], timeout=1, env=ENV)
    assert (result.code, result.out, result.ended) == (None, "", Ended.MISSING)
    assert result.reason == f"{name} cannot be started: No such file or directory: {name}"


def test_a_file_that_is_no_program_is_a_value(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("no program", encoding="ascii")
    assert run([str(file)], timeout=1, env=ENV).ended is Ended.MISSING
    file.chmod(0o755)
    assert run([str(file)], timeout=1, env=ENV).ended is Ended.MISSING


def test_a_death_by_signal_is_a_value() -> None:
    result = run(["sh", "-c", "kill -9 $$"], timeout=20, env=ENV)
    assert (result.code, result.ended) == (-9, Ended.SIGNALLED)
    assert result.reason == "sh was killed by signal 9"


def test_a_timeout_ends_the_whole_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)
    pids = tmp_path / "pids"
    # Both ignore SIGTERM: only the second signal ends them.
    script = f"trap '' TERM; (trap '' TERM; sleep 60) & echo $$ $! > {pids}; wait; sleep 60"
    result = run(["sh", "-c", script], timeout=0.5, env=ENV)
    assert result.ended is Ended.TIMEOUT
    assert result.reason == "sh did not answer within 1 s"
    assert result.seconds < 10
    assert all(gone(int(pid)) for pid in pids.read_text(encoding="ascii").split())


def test_a_pipe_that_a_grandchild_holds_is_not_waited_for() -> None:
    result = run(["sh", "-c", "echo out; sleep 30 & echo $! >&2"], timeout=20, env=ENV)
    assert (result.out, result.ended) == ("out\n", Ended.EXITED)
    assert result.seconds < 10
    os.kill(int(result.err), 9)


def test_output_beyond_the_limit_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 1000)
    result = run(python("print('x' * 1_000_000)"), timeout=20, env=ENV)
    assert (len(result.out), result.ok) == (1000, True)


def test_output_that_is_no_text_is_text_all_the_same() -> None:
    result = run(python(r"import sys; sys.stdout.buffer.write(b'a\xff\x00b')"), timeout=20, env=ENV)
    assert result.out == "a\ufffd\0b"


def test_spawn_hands_over_lines_as_they_come() -> None:
    code = (
        "import sys, time\nprint('one', flush=True)\nsys.stdin.read()\ntime.sleep(0.3)\nprint('two', file=sys.stderr)"
    )
    with spawn(python(code), timeout=20, env=ENV) as running:
        lines = []
        for line in running:
            lines.append((line, running._child.process.poll()))
            with pytest.raises(RuntimeError, match="after the with block"):
                _ = running.result
    assert lines[0] == ("one", None)
    assert [line for line, _ in lines] == ["one", "two"]
    assert (running.result.code, running.result.ended) == (0, Ended.EXITED)


def test_leaving_a_spawn_by_an_error_ends_the_program() -> None:
    def fail() -> None:
        with spawn(["sh", "-c", "echo $$; sleep 60"], timeout=20, env=ENV) as running:
            raise KeyError(next(iter(running)))

    with pytest.raises(KeyError) as caught:
        fail()
    assert gone(int(caught.value.args[0]))


def test_spawn_has_a_timeout() -> None:
    with spawn(["sh", "-c", "echo a; sleep 60"], timeout=0.4, env=ENV) as running:
        assert list(running) == ["a"]
    assert running.result.ended is Ended.TIMEOUT


def test_spawn_of_nothing_raises() -> None:
    with pytest.raises(FileNotFoundError), spawn(["no-such-program-anywhere"], timeout=1, env=ENV):
        pass


def test_handover_shares_the_terminal() -> None:
    code = (
        "import os, sys\nfrom pyo3ops.core.run import handover\n"
        "result = handover([sys.executable, '-c', 'print(input() * 2)'], env=os.environ)\n"
        "print(result.code, result.ended.value, repr(result.out))"
    )
    env = {**ENV, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(python(code), input="ab\n", env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "abab\n0 exited ''\n"


def test_handover_leaves_interrupts_to_the_program() -> None:
    # The child ends itself by SIGINT sent to the whole group, as a terminal does; the parent must survive to say so.
    code = (
        "import os, signal, sys\nfrom pyo3ops.core.run import handover\n"
        "child = 'import os, signal; os.killpg(0, signal.SIGINT); import time; time.sleep(30)'\n"
        "result = handover([sys.executable, '-c', child], env=os.environ)\n"
        "print(result.ended.value)"
    )
    env = {**ENV, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        python(code), env=env, capture_output=True, text=True, check=False, start_new_session=True, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) in [(0, "signalled"), (0, "exited")]


def test_handover_of_nothing_is_a_value() -> None:
    assert handover(["no-such-program-anywhere"], env=ENV).ended is Ended.MISSING


def test_end_all_ends_what_runs_and_starts_no_more() -> None:
    code = (
        "import os, threading, time\nfrom pyo3ops.core import run\nfrom pyo3ops.core.errors import Interrupted\n"
        "ended = []\n"
        "def work():\n    ended.append(run.run(['sleep', '60'], timeout=60, env=os.environ).ended.value)\n"
        "thread = threading.Thread(target=work)\nthread.start()\n"
        "while not run._children.alive: time.sleep(0.01)\n"
        "run.end_all()\nthread.join(20)\nprint(ended)\n"
        "try:\n    run.run(['true'], timeout=1, env=os.environ)\n"
        "except Interrupted as error:\n    print(int(error.exit_code))"
    )
    env = {**ENV, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(python(code), env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (
        "['signalled']\nExit.INTERRUPTED\n",
        "",
    ) or done.stdout == "['signalled']\n130\n"


def test_which_looks_on_the_given_path(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.touch(mode=0o755)
    assert which("tool", {"PATH": str(tmp_path)}) == str(tool)
    assert which("tool", {}) is None


def test_python_env_drops_what_points_a_python_elsewhere() -> None:
    assert python_env({"PYTHONPATH": "/x", "PYTHONHOME": "/y", "PYTHONUTF8": "1"}) == {"PYTHONUTF8": "1"}


def test_a_program_that_has_the_terminal_is_ended_after_its_time() -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    result = module.handover([sys.executable, "-c", stubborn], env=dict(os.environ), timeout=1.0)
    assert result.ended is Ended.TIMEOUT
    assert result.code == -signal.SIGKILL


def test_a_detached_program_is_nobodys_child_and_has_what_it_was_given() -> None:
    reading, writing = os.pipe()
    code = f"import os; os.write({writing}, b'%d %d' % (os.getpid(), os.getppid()))"
    pid = module.detached([sys.executable, "-c", code], timeout=20.0, env=dict(os.environ), keep=(writing,))
    os.close(writing)
    with os.fdopen(reading) as stream:
        told, parent = (int(each) for each in stream.read().split())
    assert (told, parent != os.getpid()) == (pid, True)
