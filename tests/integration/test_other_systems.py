"""What a system that is no POSIX lacks is taken away: nothing crashes, and what cannot be judged is a skip."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Windows has none of these modules, nor these functions of os. The standard library is imported before: how programs
#: are started stays that of the host.
POOR = """
import sys
import asyncio, concurrent.futures, ctypes, multiprocessing, pathlib, random, shutil, subprocess, tempfile, uuid
for name in ("fcntl", "grp", "pwd", "pty", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
import os, platform, signal, socket
import platformdirs # it looks at the system when it is imported
GONE = "confstr confstr_names getuid geteuid getgid getegid getgroups uname sysconf fork"
for name in GONE.split():
    if hasattr(os, name):
        delattr(os, name)
names = ("Windows", "box", "11", "10.0.26100", "AMD64")
platform.uname = lambda: platform.uname_result(*names, *([""] if sys.version_info < (3, 9) else []))
platform.machine = lambda: "AMD64"
platform.system = lambda: "Windows"
"""
WINDOWS = """
# What shutil asks of Windows since 3.12.
shutil._win_path_needs_curdir = lambda command, mode: False
sys.platform = "win32"
"""
RUN = """
from pyo3ops.cli import main
raise SystemExit(main(["validate", "--json", "--project", sys.argv[1]], dict(os.environ)))
"""
#: Scripts that a debugger runs, or the interpreter that is debugged, are imported by those alone.
IMPORT = """
import importlib, pkgutil, pyo3ops
elsewhere = ("data", "__main__", "debug.inside", "stacks.inside.gdb_", "stacks.inside.lldb_")
for module in pkgutil.walk_packages(pyo3ops.__path__, "pyo3ops."):
    if not module.name.startswith(tuple(f"pyo3ops.{name}" for name in elsewhere)):
        importlib.import_module(module.name)
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", code, *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_every_module_is_imported_without_posix() -> None:
    done = python(POOR + IMPORT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("system", ["", WINDOWS, WINDOWS.replace("win32", "darwin")], ids=["poor", "windows", "macos"])
def test_validate_does_not_crash_there(system: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples/hello_world", project, ignore=shutil.ignore_patterns("target", ".pyo3ops"))
    done = python(POOR + system + RUN, str(project))
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    crashed = [finding for finding in report["findings"] if finding["status"] == "crash"]
    assert crashed == []
    assert len(report["findings"]) > 70
    unreasoned = [
        finding["id"] for finding in report["findings"] if finding["status"] == "skip" and not finding["detail"]
    ]
    assert unreasoned == []
