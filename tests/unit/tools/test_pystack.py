"""The command of pystack, and what it says where it gives nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import pystack


def test_threads_that_python_does_not_know_are_asked_for() -> None:
    assert pystack.remote_argv("pystack", 7) == ["pystack", "--no-color", "remote", "--native-all", "7"]
    core = pystack.core_argv("pystack", Path("core.7"), Path("/usr/bin/python3"), variables=True)
    assert core == ["pystack", "--no-color", "core", "--native-all", "--locals", "core.7", "/usr/bin/python3"]
    assert pystack.core_argv("pystack", Path("core.7"), None)[-1] == "core.7"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("💀 Engine error: Could not read the contents of /proc/99999999/task 💀", "gone"),
        ("💀 Engine error: Operation not permitted 💀\n\nThe specified process cannot be traced.", "denied"),
        ("💀 Engine error: something else 💀", "broken"),
        ("", "broken"),
    ],
)
def test_a_refusal_has_a_reason(said: str, word: str) -> None:
    assert pystack.refusal(said) == word
