"""The endings that only a process of its own can come to: signals, and an output that takes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import jsonschema  # type: ignore[import-untyped] # it has no types of its own
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "pyo3ops/render/schema.json").read_text("utf-8")))
PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "crab"
requires-python = ">=3.8"
"""
#: A check that needs no program, and one that asks rustc.
FAST = ("validate", "--select", "project.requires-python")
SLOW = ("validate", "--select", "rust.rustc")

#: What a script writes to say that it runs: its process id, all of it at once.
READY = 'echo $$ > "$READY.new"\nmv "$READY.new" "$READY"\n'

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment whose rustc writes its process id to a file and then does not answer."""
    folder = tmp_path / "bin"
    folder.mkdir()
    rustc = folder / "rustc"
    rustc.write_text(f"#!/bin/sh\n{READY}exec sleep 60\n", encoding="utf-8")
    rustc.chmod(0o755)
    return {
        "PATH": f"{folder}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PYTHONPATH": str(ROOT),
        # A signal may come while Python itself has a module's file open.
        "PYTHONWARNINGS": "error,ignore::ResourceWarning",
        "READY": str(tmp_path / "ready"),
        "LANG": "C.UTF-8",
    }


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(project: Path, env: Mapping[str, str]) -> Iterator[Start]:
    """Start pyo3ops in the project; whatever still runs is ended after the test."""
    started: list[subprocess.Popen[str]] = []
    # What this process ignores, as one in the background of a shell does, its children would ignore as well.
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)}

    def run(*argv: str, under: Sequence[str] = (), **options: Any) -> subprocess.Popen[str]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": env, "cwd": project, **options}
        started.append(subprocess.Popen([*under, sys.executable, "-m", "pyo3ops", *argv], text=True, **options))
        return started[-1]

    yield run
    for process in started:
        # Not killed: it has to end what it started.
        process.terminate()
        process.communicate(timeout=30)
    for number, handler in before.items():
        signal.signal(number, handler)


def rustc_of(process: subprocess.Popen[str], env: Mapping[str, str]) -> int:
    """The process id of the rustc that pyo3ops started, as soon as it runs."""
    deadline = time.monotonic() + 30
    while not Path(env["READY"]).exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(Path(env["READY"]).read_text("ascii"))


def document(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    SCHEMA.validate(read)
    return read


def gone(pid: int) -> bool:
    """True where no such process is left; a zombie has ended too."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return True
    return state == "Z"


@pytest.mark.parametrize(
    ("name", "message"),
    [("SIGINT", "interrupted"), ("SIGTERM", "ended by SIGTERM"), ("SIGHUP", "ended by SIGHUP")],
)
def test_a_signal_while_rustc_runs(
    name: str, message: str, start: Start, project: Path, env: Mapping[str, str]
) -> None:
    process = start(*SLOW, "--json", "--report", "report.json")
    pid = rustc_of(process, env)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)
    read = document(out)
    assert (process.returncode, read["exit_code"], err) == (130, 130, "")
    failure = {"message": message, "exit_code": 130, "cause": "", "command": "", "log": None}
    assert (read["failure"], read["findings"]) == (failure, [])
    assert json.loads((project / "report.json").read_text("utf-8")) == read
    assert gone(pid)


def test_a_signal_without_json(start: Start, env: Mapping[str, str]) -> None:
    process = start(*SLOW)
    pid = rustc_of(process, env)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "pyo3ops: interrupted\n")
    assert process.returncode == 130
    assert gone(pid)


def test_a_hangup_that_nohup_ignores(start: Start, env: Mapping[str, str]) -> None:
    process = start(*SLOW, "--json", under=("nohup",))
    pid = rustc_of(process, env)
    process.send_signal(signal.SIGHUP)
    os.kill(pid, signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert [each["id"] for each in document(out)["findings"]] == ["rust.rustc"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_second_signal_changes_nothing(name: str, start: Start, env: Mapping[str, str]) -> None:
    # The program that is ended does not listen, which takes the grace it is given.
    rustc = Path(env["PATH"].partition(":")[0], "rustc")
    rustc.write_text(f"#!/bin/sh\ntrap '' TERM\n{READY}while :; do sleep 1; done\n", encoding="utf-8")
    process = start(*SLOW, "--json")
    pid = rustc_of(process, env)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, document(out)["failure"]["message"], err) == (130, "ended by SIGTERM", "")
    assert gone(pid)


def test_a_closed_stdout(start: Start) -> None:
    process = start(*FAST, "--json", "--report", "report.json", under=("sh", "-c", 'exec "$@" >&-', "sh"))
    assert process.communicate(timeout=30) == ("", "")
    # Nobody got the document: that is no success.
    assert process.returncode == 1


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_closed_outputs_and_a_written_report(options: Sequence[str], start: Start, project: Path) -> None:
    process = start(*FAST, *options, "--report", "report.json", under=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 1
    assert document((project / "report.json").read_text("utf-8"))["counts"] == {"ok": 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_disk(options: Sequence[str], start: Start, project: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start(*FAST, *options, "--report", "report.json", stdout=full)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "pyo3ops: cannot write the output: No space left on device\n")
    assert document((project / "report.json").read_text("utf-8"))["exit_code"] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_and_a_failure(start: Start) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start("validate", "--wrong", "--json", stdout=full, stderr=full)
        process.communicate(timeout=30)
    assert process.returncode == 2


def test_a_reader_that_has_seen_enough(start: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("validate", "--list-checks", stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize(
    ("argv", "code"),
    [(FAST, 0), (("validate", "--wrong"), 2), (("wrong",), 2), (("validate", "--project", "/"), 2)],
)
def test_json_of_a_process(argv: Sequence[str], code: int, start: Start) -> None:
    process = start(*argv, "--json")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, document(out)["exit_code"], err) == (code, code, "")


@pytest.mark.parametrize(
    "variables",
    [{"LANG": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
    ids=",".join,
)
def test_text_in_any_locale(variables: Mapping[str, str], start: Start, project: Path, env: Mapping[str, str]) -> None:
    text = PYPROJECT.replace("crab", "krabbe-größe-検証")
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    process = start(*FAST, env={**env, **variables}, encoding="utf-8")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("validate krabbe-größe-検証\n")


@pytest.mark.parametrize("argv", [("--help",), ("--print-completion", "bash"), ("validate", "--help")])
def test_a_reader_who_has_seen_enough_of_a_text_is_no_crash(
    argv: tuple[str, ...], project: Path, env: Mapping[str, str]
) -> None:
    if "--print-completion" in argv:
        pytest.importorskip("shtab")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pyo3ops", *argv]
    done = subprocess.run(
        command, cwd=project, env=dict(env), stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
