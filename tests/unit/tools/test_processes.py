from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops.tools import processes
from pyo3ops.tools.processes import Running

linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="the processes of this system are not read here")


@linux
def test_this_process_is_found_by_its_number() -> None:
    found = processes.find(os.getpid(), os.environ)
    assert found is not None
    assert (found.pid, found.uid, found.tracer) == (os.getpid(), os.getuid(), 0)
    assert found.state in {"R", "S"}
    assert found.executable
    assert os.path.samefile(found.executable, sys.executable)  # noqa: PTH121


def test_nobody_has_a_number_beyond_all() -> None:
    assert processes.find(2**30, os.environ) is None


@linux
def test_a_child_is_found_by_a_part_of_its_command_and_this_process_is_not() -> None:
    marker = f"marker-{os.getpid()}-é"
    with subprocess.Popen([sys.executable, "-c", "input()", marker], stdin=subprocess.PIPE) as child:
        try:
            found = processes.named(marker, os.environ)
            assert [(each.pid, each.argv[-1]) for each in found] == [(child.pid, marker)]
            assert marker in found[0].command
            assert os.getpid() not in [each.pid for each in processes.named("", os.environ)]
            assert os.getppid() not in [each.pid for each in processes.named("", os.environ)]
        finally:
            child.communicate()


@linux
def test_a_zombie_says_so() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        found = processes.find(child, os.environ)
        assert found is not None
        assert found.state == "Z"
    finally:
        os.waitpid(child, 0)


def test_what_ps_prints() -> None:
    text = "    1     0 Ss   /sbin/launchd\n  502   501 S+   /usr/bin/python3 my app.py\ngarbage\n"
    assert processes.parse(text) == (
        Running(1, "launchd", ("/sbin/launchd",), 0, "S"),
        Running(502, "python3", ("/usr/bin/python3", "my", "app.py"), 501, "S"),
    )


def test_a_status_that_is_damaged_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "12").mkdir()
    assert processes.find(12, {}, tmp_path) is None
    (tmp_path / "12" / "status").write_bytes(b"Name:\tpy\xff\nTracerPid:\t7\nNSpid:\t12\t1\n")
    found = processes.find(12, {}, tmp_path)
    assert found == Running(12, "py\ufffd", (), None, "", 7, None, namespaced=True)
    assert found.command == "py\ufffd"


@linux
def test_what_the_kernel_says_of_a_process(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    for number, nspid, flags in ((7, "7", 0x00200040), (12, "12\t3", 0x00400000), (13, "13\t4", 0)):
        folder = tmp_path / str(number)
        (folder / "task" / str(number)).mkdir(parents=True)
        text = f"Name:\ta) D\nUid:\t5\t{os.getuid() + 1}\t5\t5\nNSpid:\t{nspid}\nCapPrm:\t0000000000000400\n"
        (folder / "status").write_text(text)
        for stat in (folder / "stat", folder / "task" / str(number) / "stat"):
            stat.write_text(f"{number} (a) D) {'D' if number == 13 else 'S'} 1 1 1 0 -1 {flags} 0 0\n")
    kernel, other = processes.find(7, {}, tmp_path), processes.find(12, {}, tmp_path)
    assert kernel is not None
    assert other is not None
    assert (kernel.kernel, kernel.namespaced, other.kernel, other.namespaced) == (True, False, False, True)
    assert other.capabilities == 1 << 10
    # The files of what may be looked at are its user's.
    assert other.guarded == (os.getuid() == 0)
    assert [each.pid for each in processes.inside(3, tmp_path)] == [12]
    assert processes.inside(7, tmp_path) == processes.inside(99, tmp_path) == ()
    assert (processes.unstoppable(12, tmp_path), processes.unstoppable(13, tmp_path)) == ((), (13,))
    assert processes.unstoppable(99, tmp_path) == ()


@linux
def test_this_process_is_of_this_container() -> None:
    assert not processes.elsewhere()
    own = processes.find(os.getpid(), os.environ)
    assert own is not None
    assert (own.kernel, own.guarded) == (False, False)


def test_a_proc_of_another_container(tmp_path: Path) -> None:
    assert not processes.elsewhere(tmp_path)
    (tmp_path / "self").symlink_to(str(os.getpid() + 1))
    assert processes.elsewhere(tmp_path)
    assert not processes.filtered(tmp_path)


def test_a_seccomp_filter(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/status").write_text("Name:\ta\nSeccomp:\t2\nSeccomp_filters:\t1\n")
    assert processes.filtered(tmp_path)
