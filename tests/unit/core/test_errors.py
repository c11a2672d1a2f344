from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pyo3ops.core.errors import reason_of


def test_an_error_is_told_with_its_file() -> None:
    assert reason_of(OSError(28, "No space left on device", "/a"), "/b") == "/a: No space left on device"
    assert reason_of(OSError(28, "No space left on device"), Path("/b")) == "/b: No space left on device"
    assert reason_of(OSError("odd"), "/b") == "/b: odd"


def test_a_copy_that_failed_is_told_with_its_first_file(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from/a").touch()

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device", source, None, target)

    with pytest.raises(shutil.Error) as caught:
        shutil.copytree(tmp_path / "from", tmp_path / "to", copy_function=full)
    assert reason_of(caught.value, "/b") == f"{tmp_path}/to/a: No space left on device"
