"""Dumps that cannot be written: told before anybody is stopped for one, and said beside the stack afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.stacks import dump_json
from pyo3ops.stacks.model import Dump, Frame, Stack, Thread
from pyo3ops.tasks.debug import kept

DUMP = Dump((Stack(Thread(1), (Frame("work"),)),))
FULL = Path("/dev/full")


def test_a_folder_that_is_not_there_is_told_before(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*x\.json: there is no folder") as caught:
        kept.checked(tmp_path / "none" / "x.json", "stacktrace", "4711")
    assert caught.value.command == "pyo3ops debug stacktrace 4711 --dump /tmp/dump.json"
    with pytest.raises(UsageError, match="it is a folder"):
        kept.checked(tmp_path, "core", "my core")
    kept.checked(tmp_path / "x.json", "core", "core")
    kept.checked(None, "core", "core")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such leave")
def test_a_folder_of_somebody_else_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write anywhere.
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UsageError, match="you may not write to"):
        kept.checked(tmp_path / "x.json", "core", "core")


def test_what_is_written_is_an_artifact(tmp_path: Path) -> None:
    done = kept.saved(DUMP, tmp_path / "x.json")
    assert ([each.path for each in done.artifacts], done.findings) == ([str(tmp_path / "x.json")], ())
    assert dump_json.from_text((tmp_path / "x.json").read_text()) == DUMP
    assert kept.saved(DUMP, None) == ((), ())


@pytest.mark.skipif(not FULL.exists(), reason="a device that is always full is Linux's")
def test_a_disk_that_is_full_is_a_failing_finding_beside_the_stack() -> None:
    kept.checked(FULL, "core", "core")
    done = kept.saved(DUMP, FULL)
    assert done.artifacts == ()
    assert [(each.id, each.status) for each in done.findings] == [("debug.dump", Status.FAIL)]
    assert done.findings[0].detail == "/dev/full was not written: No space left on device"


def test_what_goes_away_meanwhile_is_told_by_the_files_own_name(tmp_path: Path) -> None:
    done = kept.saved(DUMP, tmp_path / "none" / "x.json")
    assert done.findings[0].detail == f"{tmp_path / 'none' / 'x.json'} was not written: No such file or directory"
