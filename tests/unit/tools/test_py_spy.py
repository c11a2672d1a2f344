"""The commands of py-spy, and what it says where it gives nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import py_spy


def test_a_dump_is_asked_for_without_native_frames() -> None:
    assert py_spy.dump_argv("py-spy", 7, None) == ["py-spy", "dump", "--json", "--full-filenames", "--pid", "7"]
    assert py_spy.dump_argv("py-spy", None, Path("core"), variables=True)[-3:] == ["--locals", "--core", "core"]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Error: Failed to get process executable name. Check that the process is running.", "gone"),
        ("Error: No such process (os error 3)", "gone"),
        ("Permission Denied: Try running again with elevated permissions by going 'sudo env ...'", "denied"),
        ("Error: Operation not permitted (os error 1)", "denied"),
        (
            "Error: failed to get python version\n\nCaused by:\n    Failed to find python version from target process",
            "unable",
        ),
        ("Error: Failed to get binary from coredump", "unable"),
        ("Error: Failed to copy PyInterpreterState (os error 14)", "broken"),
        ("", "broken"),
    ],
)
def test_a_refusal_has_a_reason(said: str, word: str) -> None:
    assert py_spy.refusal(said) == word
