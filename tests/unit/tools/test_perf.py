from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.tools import perf

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DENIED = "Error:\nAccess to performance monitoring and observability operations is limited.\n"


def fake(folder: Path, body: str) -> dict[str, str]:
    (folder / "perf").write_text(f"#!/bin/sh\n{body}", encoding="utf-8")
    (folder / "perf").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_whether_it_may_record(tmp_path: Path) -> None:
    assert perf.refusal(fake(tmp_path, "exit 0\n")) is None
    assert perf.refusal({"PATH": ""}) == "perf is not installed"
    assert perf.refusal(fake(tmp_path, f"printf '{DENIED}' >&2; exit 255\n")) == DENIED.splitlines()[1]
    setting = "perf_event_paranoid setting is 4:\n"
    assert (
        perf.refusal(fake(tmp_path, f"printf '{DENIED}{setting}' >&2; exit 255\n"))
        == "perf_event_paranoid setting is 4"
    )
    assert perf.refusal(fake(tmp_path, "exit 3\n")) == "perf ended with 3"


def test_only_what_these_processes_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("perf-12.map", "jit-12.dump", "jitted-12-3.so", "perf-123.map", "jitted-123-1.so"):
        (tmp_path / name).touch()
    monkeypatch.setattr(perf, "Path", lambda _: tmp_path)
    perf.clean_up([12])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jitted-123-1.so", "perf-123.map"]
