from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.held import hold

if TYPE_CHECKING:
    from pathlib import Path


def test_one_holds_it_until_it_is_released(tmp_path: Path) -> None:
    held = hold(tmp_path / "lock")
    assert held is not None
    assert hold(tmp_path / "lock") is None
    held.release()
    again = hold(tmp_path / "lock")
    assert again is not None
    again.release()


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        hold(tmp_path / "none" / "lock")
