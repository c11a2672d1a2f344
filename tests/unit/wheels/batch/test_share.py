from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pyo3ops.wheels.batch import share

if TYPE_CHECKING:
    from pathlib import Path

GIB = 2**30


@pytest.mark.parametrize(
    ("lanes", "cores", "memory", "asked", "workers", "jobs"),
    [
        (5, 8, 32 * GIB, None, 5, 1),
        (2, 8, 32 * GIB, None, 2, 4),
        (1, 8, 32 * GIB, None, 1, 8),
        (5, 8, 3 * GIB, None, 3, 1),
        (5, 8, GIB // 2, None, 1, 1),
        (5, 8, None, None, 5, 1),
        (5, 8, 32 * GIB, 2, 2, 4),
        # More than asked for by processors, never more than memory carries.
        (5, 2, 32 * GIB, 4, 4, 1),
        (5, 8, 2 * GIB, 4, 2, 1),
        (0, 2, 8 * GIB, None, 1, 2),
    ],
)
def test_the_machine_is_divided(
    *, lanes: int, cores: int, memory: int | None, asked: int | None, workers: int, jobs: int
) -> None:
    found = share.share(lanes, cores, memory, asked)
    assert (found.workers, found.jobs) == (workers, jobs)


def test_the_reason_has_the_figures() -> None:
    assert share.share(2, 4, 3 * GIB).reason == "4 cores, 3.0 GiB free at 1 GiB a compiler"
    assert share.share(2, 4, None).reason == "4 cores"


def test_cargo_says_how_many_processors_it_may_use() -> None:
    there = share.cores({})
    assert 1 <= there <= (os.cpu_count() or 1)
    assert share.cores({"CARGO_BUILD_JOBS": "1"}) == 1
    for text in ("", "0", "-1", "many", "9999"):
        assert share.cores({"CARGO_BUILD_JOBS": text}) == there


def test_memory_is_what_the_kernel_calls_available() -> None:
    text = "MemTotal:       24000000 kB\nMemFree:         1000 kB\nMemAvailable:   2048 kB\nSwapFree: 7 kB\n"
    assert share.parse_available(text) == 2048 * 1024
    assert share.parse_available("MemTotal: 1 kB") is None


def put(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        file = folder / name.replace("__", "/").replace("_DOT_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
    return folder


def test_a_container_has_less(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable: 1000 kB\n", encoding="ascii")
    second = put(tmp_path / "v2", memory_DOT_max="500000\n", memory_DOT_current="100000\n")
    assert share.free_memory(tmp_path / "meminfo", second) == 400000
    first = put(tmp_path / "v1", memory__limit="")
    (first / "memory/memory.limit_in_bytes").write_text("300000\n", encoding="ascii")
    (first / "memory/memory.usage_in_bytes").write_text("400000\n", encoding="ascii")
    assert share.free_memory(tmp_path / "meminfo", first) == 0
    without = put(tmp_path / "none", memory_DOT_max="max\n", memory_DOT_current="100000\n")
    assert share.free_memory(tmp_path / "meminfo", without) == 1024000
    assert share.free_memory(tmp_path / "gone", tmp_path / "gone") is None
