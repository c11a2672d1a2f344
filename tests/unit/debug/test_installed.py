from __future__ import annotations

import pytest

from pyo3ops import debug
from pyo3ops.debug import installed


def test_who_asks_for_a_dump_and_installed_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_here", installed._Installed())
    with pytest.warns(RuntimeWarning, match=r"call pyo3ops\.debug\.install\(\) first") as caught:
        assert debug.dump(0) is False
    # It points at the call, not at what is behind it.
    assert caught[0].filename == __file__


def test_where_no_watcher_could_be_had_that_was_said_already(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(installed, "_here", installed._Installed())
    monkeypatch.setattr(installed, "_unable", lambda: "the watcher needs Linux")
    monkeypatch.setattr(installed, "_floor", lambda _: False)
    assert debug.install() is False
    assert debug.dump(0) is False
    assert not recwarn.list
