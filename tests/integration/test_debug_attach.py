"""Processes that cannot be looked at, or are not where they seem: what is said, and that they go on as before."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence

import pytest

from pyo3ops.stacks.inside import guard
from pyo3ops.stacks.sources import gdb
from pyo3ops.stacks.sources.protocol import Look, Refused, Target
from pyo3ops.tools import processes

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes of this system are not read here")

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
WAITS = "import time, sys\ndef waits():\n    time.sleep(60)\nprint('ready', flush=True)\nwaits()\n"
STACKTRACE = ("-m", "pyo3ops", "debug", "stacktrace", "--once", "--json")
#: PTRACE_SEIZE and PTRACE_DETACH of ptrace(2), and the number of the call by processor.
SEIZE, DETACH = 0x4206, 17
PTRACE = {"x86_64": 101, "aarch64": 117}


@contextlib.contextmanager
def started(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program that says when it waits."""
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                assert process.stderr is not None
                process.kill()
                pytest.skip(f"{argv[0]} may not do that here: {process.stderr.read().strip()[-200:]}")
            yield process
        finally:
            process.kill()


def sleeper() -> list[str]:
    return [sys.executable, "-c", WAITS]


def asked(
    env: Mapping[str, str], *words: str, before: Sequence[str] = (), python: str = sys.executable
) -> dict[str, Any]:
    done = subprocess.run(
        [*before, python, *STACKTRACE, *words], env=dict(env), capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def seen(env: Mapping[str, str], pid: int) -> dict[str, Any]:
    """The report of one that can be looked at, where that is allowed."""
    report = asked(env, str(pid))
    if any("not permitted" in line for each in report["findings"] for line in each["evidence"]):
        pytest.skip("gdb may not trace here")
    return report


def refusal(report: dict[str, Any]) -> str:
    """Why it cannot be looked at; a way out, or nothing to be done, goes with it."""
    (found,) = report["findings"]
    assert (found["id"], found["status"]) == ("debug.attach", "unknown")
    return str(found["detail"])


def state(pid: int) -> str:
    """The letter of its state, and who traces it."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    fields = dict(line.partition(":")[::2] for line in text.splitlines())
    return fields["State"].split()[0] + fields["TracerPid"].strip()


def own(report: dict[str, Any]) -> list[str]:
    return [call["function"] for call in report["traces"][0]["calls"] if call["language"] == "python"]


def for_nobody(env: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A Python that another user may run, with what pyo3ops needs."""
    if os.getuid() != 0:
        pytest.skip("only root can be somebody else")
    need("setpriv")
    inside = {**env, "HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}
    inside["PYTHONPATH"] = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    for python in (sys.executable, "/usr/bin/python3"):
        argv = [*AS_NOBODY, python, "-m", "pyo3ops", "--version"]
        with contextlib.suppress(OSError):
            if subprocess.run(argv, env=inside, capture_output=True, check=False, cwd="/").returncode == 0:
                return python, inside
    pytest.skip("there is no Python here that another user may run")


def test_a_process_of_another_user(env: dict[str, str]) -> None:
    need("gdb")
    if os.getuid() != 0:
        said = refusal(asked(env, "1"))
        assert "the process is user 0's, and this is user" in said
        return
    python, inside = for_nobody(env)
    with started(sleeper()) as process:
        said = refusal(asked(inside, str(process.pid), before=AS_NOBODY, python=python))
        assert said == f"the kernel does not allow it: the process is user 0's, and this is user {NOBODY}"
        assert state(process.pid) == "S0"


DROPS = "import os\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n"


def test_a_process_that_keeps_its_own_user_out(env: dict[str, str]) -> None:
    """As a server does that was started as root and became somebody else."""
    need("gdb")
    python, inside = for_nobody(env)
    with started([sys.executable, "-c", DROPS + WAITS]) as process:
        assert "keeps its own user out" in refusal(asked(inside, str(process.pid), before=AS_NOBODY, python=python))
        assert own(seen(env, process.pid)) == ["waits", "<module>"]
        assert state(process.pid) == "S0"


def test_a_process_that_may_more_than_its_user(env: dict[str, str]) -> None:
    """As systemd's AmbientCapabilities= make one."""
    need("gdb")
    python, inside = for_nobody(env)
    one = "+net_bind_service"
    with started([*AS_NOBODY, "--inh-caps", one, "--ambient-caps", one, python, "-c", WAITS]) as process:
        said = refusal(asked(inside, str(process.pid), before=AS_NOBODY, python=python))
    assert "it has capabilities that this one has not" in said


def test_root_of_a_container_without_the_capability(env: dict[str, str]) -> None:
    need("gdb", "setpriv")
    if os.getuid() != 0:
        pytest.skip("only root has capabilities to give up")
    without = ("setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace")
    with started([*AS_NOBODY, *for_nobody(env)[:1], "-c", WAITS]) as process:
        report = asked(env, str(process.pid), before=without)
    assert "root without CAP_SYS_PTRACE" in refusal(report)
    assert "--cap-add=SYS_PTRACE" in report["findings"][0]["fix"]["summary"]


#: Has the kernel answer EPERM to ptrace from here on (seccomp(2)), and becomes the program of its arguments.
FILTERED = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
rows = (0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])), (6, 0, 0, 0x50001), (6, 0, 0, 0x7FFF0000)
rules = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(rows), ctypes.addressof(rules)))
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.addressof(program), 0, 0):
    sys.exit(77)
os.execvp(sys.argv[2], sys.argv[2:])
"""


def test_below_a_filter_that_leaves_out_ptrace(env: dict[str, str]) -> None:
    need("gdb")
    number = PTRACE.get(platform.machine())
    if number is None:
        pytest.skip("the number of ptrace is not known for this processor")
    with started(sleeper()) as process:
        before = (sys.executable, "-c", FILTERED, str(number))
        assert "this process runs under a seccomp filter" in refusal(asked(env, str(process.pid), before=before))
        assert state(process.pid) == "S0"


def test_a_process_that_is_traced_already(env: dict[str, str]) -> None:
    with started(sleeper()) as process:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(SEIZE, process.pid, 0, 0):
            pytest.skip("this process may not trace here")
        said = refusal(asked(env, str(process.pid)))
        assert f"process {os.getpid()} (" in said
        assert "traces it already" in said
        assert state(process.pid) == f"S{os.getpid()}"


def test_a_zombie(env: dict[str, str]) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert "is a zombie" in refusal(asked(env, str(child)))
    finally:
        os.waitpid(child, 0)


def test_a_thread_of_the_kernel(env: dict[str, str]) -> None:
    numbers = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    found = next((each for each in (processes.find(pid, env) for pid in numbers) if each and each.kernel), None)
    if found is None:
        pytest.skip("no threads of the kernel are seen here")
    assert "a thread of the kernel" in refusal(asked(env, str(found.pid)))


def _program(folder: Path, bits: int, code: bytes) -> Path:
    """A static program of nothing but its code."""
    address = 0x10000
    if bits == 32:
        head = struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, address + 84, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        part = struct.pack("<IIIIIIII", 1, 0, address, address, 84 + len(code), 84 + len(code), 5, 4096)
    else:
        head = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, address + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        part = struct.pack("<IIQQQQQQ", 1, 5, 0, address, address, 120 + len(code), 120 + len(code), 4096)
    path = folder / f"program größe {bits}"
    path.write_bytes(b"\x7fELF" + bytes([bits // 32, 1, 1]) + bytes(9) + head + part + code)
    path.chmod(0o755)
    return path


def _until(process: subprocess.Popen[bytes], *, holds: Callable[[], object]) -> None:
    for _ in range(500):
        if holds() or process.poll() is not None:
            return
        time.sleep(0.01)


@contextlib.contextmanager
def running(program: Path) -> Iterator[subprocess.Popen[bytes]]:
    if platform.machine() != "x86_64":
        pytest.skip("the program is one of x86-64")
    try:
        process = subprocess.Popen([str(program)])
    except OSError as error:
        pytest.skip(f"no such program runs here: {error}")
    try:
        _until(process, holds=lambda: Path(f"/proc/{process.pid}/comm").read_text().startswith("program"))
        if process.poll() is not None:
            pytest.skip("no such program runs here")
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_program_of_32_bits(env: dict[str, str], tmp_path: Path) -> None:
    pauses = b"\xb8\x1d\0\0\0\xcd\x80\xeb\xf7"
    with running(_program(tmp_path, 32, pauses)) as process:
        assert "of 32 bits" in refusal(asked(env, str(process.pid)))
        assert state(process.pid) == "S0"


#: vfork, then pause for ever, in both.
FORKS = b"\xb8\x3a\0\0\0\x0f\x05" + b"\xb8\x22\0\0\0\x0f\x05\xeb\xf7"


def test_what_cannot_be_stopped_is_not_tried_and_not_left_stopped(env: dict[str, str], tmp_path: Path) -> None:
    """vfork, whose parent sleeps until the child is gone: whoever attaches waits, and the stop would come later."""
    with running(_program(tmp_path, 64, FORKS)) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        _until(process, holds=lambda: processes.unstoppable(process.pid))
        try:
            assert state(process.pid) == "D0"
            assert "waits in the kernel" in refusal(asked(env, str(process.pid)))
        finally:
            for child in children.read_text().split():
                os.kill(int(child), signal.SIGKILL)
        _until(process, holds=lambda: state(process.pid) != "D0")
        assert state(process.pid) == "S0"


def test_a_debugger_that_gives_up_leaves_no_stop_behind(tmp_path: Path) -> None:
    """What was sent to a process that no signal reaches would stop it later on, when nobody looks any more."""
    need("gdb")
    with running(_program(tmp_path, 64, FORKS)) as process:
        _until(process, holds=lambda: processes.unstoppable(process.pid))
        found = gdb.look(Target(pid=process.pid), Look(os.environ, timeout=2))
        assert isinstance(found, Refused)
        if found.reason == "denied":
            pytest.skip("gdb may not trace here")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        _until(process, holds=lambda: not guard.stop_to_come(process.pid))
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
        _until(process, holds=lambda: state(process.pid) != "D0")
        assert state(process.pid) == "S0"


def test_one_that_ends_while_it_is_looked_at(env: dict[str, str]) -> None:
    need("gdb")
    with started(sleeper()) as process:
        argv = [sys.executable, *STACKTRACE, str(process.pid)]
        with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as looks:
            _until(looks, holds=lambda: _child(looks.pid, "gdb"))  # type: ignore[arg-type] # it has a poll, too
            process.kill()
            process.wait()
            out, err = looks.communicate(timeout=60)
    assert "Traceback" not in err
    report = json.loads(out)
    ended = [each["detail"] for each in report["findings"] if each["id"] == "debug.attach"]
    if "ptrace_scope" in "".join(ended):
        pytest.skip("gdb may not trace here")
    assert ended == ["the process ended"] or report["traces"]


def _child(pid: int, name: str) -> bool:
    """Whether a process has started a program of a name."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        # Its threads come and go.
        with contextlib.suppress(OSError):
            found = (processes.find(int(child), {}) for child in task.read_text().split())
            if any(each is not None and each.name == name for each in found):
                return True
    return False


def test_a_name_that_fits_several_lists_them(env: dict[str, str]) -> None:
    marker = f"marker-{os.getpid()}-größe"
    with started([*sleeper(), marker]) as one, started([*sleeper(), marker]) as other:
        argv = [sys.executable, *STACKTRACE, "--name", marker]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    message = json.loads(done.stdout)["failure"]["message"]
    assert all(str(each.pid) in message for each in (one, other))


def moved(folder: Path) -> tuple[list[str], dict[str, str], list[Path]]:
    """A copy of this interpreter: what starts it, in which environment, and its files."""
    folder.mkdir(parents=True)
    files = [Path(shutil.copy(Path(sys.executable).resolve(), folder))]
    shared = Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME") or "none")
    if shared.is_file() and ".so" in shared.name:
        files.append(Path(shutil.copy(shared, folder)))
    inside = {"PYTHONHOME": sys.base_prefix, "LD_LIBRARY_PATH": str(folder), "PATH": os.environ["PATH"]}
    return [str(files[0]), "-c", WAITS], inside, files


def test_an_interpreter_that_was_upgraded_while_it_runs(env: dict[str, str], tmp_path: Path) -> None:
    need("gdb")
    argv, inside, files = moved(tmp_path / "größe")
    with started(argv, inside) as process:
        for file in files:
            new = tmp_path / "new"
            shutil.copy(shutil.which("sh") or "", new)
            new.replace(file)
        report = seen(env, process.pid)
        assert state(process.pid) == "S0"
    if os.getuid() == 0:
        # What is gone from its folder is there below /proc/PID/map_files.
        assert own(report) == ["waits", "<module>"]
        assert {each["id"]: each["status"] for each in report["findings"]}["debug.stack"] == "ok"
    else:
        evidence = [line for each in report["findings"] for line in each["evidence"]]
        assert own(report) == ["waits", "<module>"] or any(
            "was replaced since it was loaded" in each for each in evidence
        )


@contextlib.contextmanager
def contained(folder: Path, *, shows: str = "--mount-proc") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process in namespaces of its own, whose interpreter lies in a folder that nobody else sees; its number here."""
    need("unshare", "mount", "gdb")
    hidden = folder / "hidden"
    argv, inside, files = moved(folder / "copy")
    hidden.mkdir()
    script = (
        f"mount -t tmpfs none {hidden} && cp {' '.join(map(str, files))} {hidden} && "
        f'LD_LIBRARY_PATH={hidden} exec {hidden / files[0].name} -c "$1"'
    )
    # Another file under the same path, outside.
    for file in files:
        shutil.copy(shutil.which("sh") or "", hidden / file.name)
    argv = ["unshare", "--fork", "--pid", "--mount", *([shows] if shows else []), "sh", "-c", script, "sh", WAITS]
    with started(argv, inside) as process:
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        try:
            yield process, int(child)
        finally:
            os.kill(int(child), signal.SIGKILL)


def test_a_container_as_its_host_sees_it(env: dict[str, str], tmp_path: Path) -> None:
    with contained(tmp_path) as (_, pid):
        found = processes.find(pid, env)
        assert found is not None
        assert found.namespaced
        assert pid in [each.pid for each in processes.inside(1)]
        report = seen(env, pid)
        assert state(pid) == "S0"
    assert own(report) == ["waits", "<module>"]
    assert {each["id"]: each["status"] for each in report["findings"]}["debug.stack"] == "ok"


def test_the_host_as_a_container_sees_it(env: dict[str, str]) -> None:
    need("unshare", "gdb")
    with started(sleeper()) as process:
        argv = [sys.executable, *STACKTRACE, str(process.pid)]
        for shown, said in (("--mount-proc", "there is no process"), ("", "processes of another container")):
            before = ["unshare", "--fork", "--pid", *([shown] if shown else [])]
            done = subprocess.run([*before, *argv], env=env, capture_output=True, text=True, check=False, timeout=60)
            if "unshare failed" in done.stderr:
                pytest.skip("namespaces may not be made here")
            assert said in done.stdout
        assert state(process.pid) == "S0"
