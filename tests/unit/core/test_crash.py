from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pyo3ops import __version__
from pyo3ops.core import crash


def test_the_log_is_ready_to_paste(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(crash, "_folders", lambda: iter([tmp_path / "logs"]))
    file = crash.write_log(["validate", "--project", f"{tmp_path}/a b"], f"Traceback\n  {tmp_path}/x.py\n")
    assert file is not None
    assert file.parent == tmp_path / "logs"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "### pyo3ops crashed"
    assert lines[2].startswith(f"- pyo3ops {__version__}, Python 3.")
    assert lines[3] == "- command: `pyo3ops validate --project '~/a b'`"
    assert lines[5:] == ["```", "Traceback", "  ~/x.py", "```"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:hunter2@host.example/simple/", "https://***@host.example/simple/"),
        ("https://hunter2@host.example/", "https://***@host.example/"),
        ("https://me:hunter2%2Fp@host.example/", "https://***@host.example/"),
        ("https://me:hunter2/p@ss@host.example/", "https://***@host.example/"),
        ("git+ssh://me:hunter2@host.example:22/x", "git+ssh://***@host.example:22/x"),
        ("https://host.example:8080/a@1.0", "https://host.example:8080/a@1.0"),
        ("https://host.example/a@1.0", "https://host.example/a@1.0"),
        ("me@host.example", "me@host.example"),
    ],
)
def test_no_login_is_in_the_log(address: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "_folders", lambda: iter([tmp_path]))
    trace = f"ValueError: {address!r}\nConnectionError: host.example refused {address.rpartition('://')[2]}\n"
    trace += "KeyError: 'hunter2/p'\n" if "%2F" in address else ""
    file = crash.write_log(["release", "--index", address, f"--also={address} {address}"], trace)
    assert file is not None
    text = file.read_text(encoding="utf-8")
    assert f"`pyo3ops release --index {shown} '--also={shown} {shown}'`" in text.replace(f"'{shown}'", shown)
    assert f"ValueError: '{shown}'" in text
    assert "hunter2" not in text


def test_the_next_folder_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(crash, "_folders", lambda: iter([tmp_path / "file" / "logs", tmp_path]))
    file = crash.write_log([], "trace")
    assert file is not None
    assert file.parent == tmp_path


def test_no_folder_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(crash, "_folders", lambda: iter([tmp_path / "file" / "logs"]))
    assert crash.write_log([], "trace") is None


def test_a_folder_for_logs_and_a_temporary_one() -> None:
    assert len(list(crash._folders())) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="everybody has a home there")
def test_who_has_no_home_has_a_log_nevertheless() -> None:
    """As in a container that runs for a number (`docker run --user 12345`), or below `env -i`."""
    become = "os.getuid() or (os.setgid(54321), os.setuid(54321))"
    # What is imported later on may be out of that user's reach.
    code = f"import os; from pyo3ops.core import crash; crash.Host.here(); list(crash._folders()); {become}"
    argv = [sys.executable, "-c", f"{code}; print(crash.write_log(['debug'], 'trace'))"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        env = {"PYTHONPATH": str(Path(crash.__file__).parents[2]), "TMPDIR": folder}
        told = subprocess.check_output(argv, env=env, text=True)
        assert Path(told.strip()).name.startswith("crash-")


def test_nobody_knows_a_home_or_a_place_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> str:
        raise RuntimeError("Could not determine home directory.")

    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("platformdirs.user_log_dir", unknown)
    assert [str(each) for each in crash._folders()] == [tempfile.gettempdir()]
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert list(crash._folders()) == []
    assert crash.write_log([], "trace") is None
