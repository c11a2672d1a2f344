from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops import __version__
from pyo3ops.core import crash

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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
