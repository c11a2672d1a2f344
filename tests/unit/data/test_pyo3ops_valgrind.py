from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import valgrind
from pyo3ops.wheels import trial

if TYPE_CHECKING:
    from pathlib import Path

PASSING = "def test_a():\n    pass\n"
FAILING = "def test_a():\n    assert False\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest with the plugin, as the session starts it, in a process of its own."""
    # One cache for all: to compile pytest takes seconds.
    env = valgrind.watched_env({**os.environ, "PYTEST_ADDOPTS": ""}, folder.parent / "modules")
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml", str(folder / "junit.xml")]
    argv += ["-p", valgrind.PLUGIN, "--rootdir", str(folder), "-c", os.devnull, *arguments]
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("source", "arguments", "code"),
    [
        (PASSING, (), 0),
        (FAILING, (), 1),
        ("import nothing_such", (), 2),
        (PASSING, ("--no-such-option",), 4),
        (PASSING, ("-k", "nothing"), 5),
    ],
    ids=["pass", "fail", "collect", "usage", "none"],
)
def test_pytests_exit_code_is_kept(source: str, arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(source, encoding="utf-8")
    done = run(tmp_path, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    if code in (0, 1):
        assert trial.counts(tmp_path / "junit.xml") == (1 - code, code, 0)
        assert ("1 passed" if code == 0 else "1 failed") in done.stdout


def test_the_interpreter_does_not_take_itself_down_but_exit_functions_run(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import atexit, sys, threading, time\n"
        "class Kept:\n    def __del__(self): sys.__stderr__.write('taken down')\n"
        "kept = Kept()\n"
        "def late():\n    time.sleep(0.2); sys.__stderr__.write('thread ended ')\n"
        "def test_a():\n"
        "    atexit.register(lambda: sys.__stderr__.write('exit function '))\n"
        "    threading.Thread(target=late).start()\n",
        encoding="utf-8",
    )
    done = run(tmp_path, "-s")
    assert done.returncode == 0
    assert "thread ended exit function" in done.stderr
    assert "taken down" not in done.stderr


def test_hypothesis_is_kept_to_a_few_examples_each_time_the_same(tmp_path: Path) -> None:
    pytest.importorskip("hypothesis", reason="hypothesis is not here")
    (tmp_path / "test_a.py").write_text(
        "import atexit\nfrom hypothesis import given, settings, strategies as st\n"
        "seen = {'plain': [], 'own': []}\n"
        "@given(st.integers())\ndef test_plain(x):\n    seen['plain'].append(x)\n"
        "@given(st.integers())\n@settings(max_examples=500)\ndef test_own(x):\n    seen['own'].append(x)\n"
        "def test_print():\n    print({name: len(row) for name, row in seen.items()}, seen)\n",
        encoding="utf-8",
    )
    first, second = (run(tmp_path, "-s").stdout for _ in range(2))
    line = next(line for line in first.splitlines() if "{'plain'" in line)
    assert "{'plain': 10, 'own': 10}" in line
    assert line in second


def test_the_tests_stay_in_one_process_and_have_time(tmp_path: Path) -> None:
    pytest.importorskip("pytest_timeout", reason="pytest-timeout is not here")
    # A plugin with the options of pytest-xdist, which starts processes before pytest's own implementation does.
    (tmp_path / "like_xdist.py").write_text(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--numprocesses', type=int)\n"
        "def pytest_sessionstart(session):\n"
        "    print('processes', session.config.option.numprocesses)\n",
        encoding="utf-8",
    )
    (tmp_path / "test_a.py").write_text("import time\ndef test_a():\n    time.sleep(1.5)\n", encoding="utf-8")
    done = run(tmp_path, "-p", "like_xdist", "--numprocesses", "2", "--timeout", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "processes 0" in done.stdout
