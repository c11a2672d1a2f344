from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.readers import speedscope

RECORDED = Path(__file__).parents[3] / "data" / "tools" / "py-spy-speedscope-linux.json"


def test_the_recorded_samples_are_told_from_leaf_to_root() -> None:
    samples = speedscope.read(RECORDED)
    assert len(samples) == 12
    assert [sample.stack[-1].function for sample in samples].count("<module>") > 6
    languages = {frame.language for sample in samples for frame in sample.stack}
    assert {Language.PYTHON, Language.RUST} <= languages


@pytest.mark.parametrize(
    ("row", "frame"),
    [
        (
            {"name": "run", "file": "/a/src/lib.rs", "line": 3, "col": None},
            Frame("run", Language.RUST, "/a/src/lib.rs", 3),
        ),
        ({"name": "main", "file": "/a/b.py", "line": 0}, Frame("main", Language.PYTHON, "/a/b.py")),
        (
            {"name": "find", "file": "<frozen importlib>", "line": 9},
            Frame("find", Language.PYTHON, "<frozen importlib>", 9),
        ),
        ({"name": "0x7f", "file": "libm.so.6", "line": None}, Frame("0x7f", module="libm.so.6")),
        ({"name": "idle"}, Frame("idle")),
        ({"name": "f", "file": "<string>", "line": 1}, Frame("f", Language.PYTHON, "<string>", 1)),
        ({"name": "f", "file": "?", "line": 1}, Frame("f")),
        ({"name": "f", "file": "/a.solver/b.py", "line": 1}, Frame("f", Language.PYTHON, "/a.solver/b.py", 1)),
        ({"name": "f", "file": "/usr/bin/python3.8", "line": 0}, Frame("f", module="/usr/bin/python3.8")),
        ({"name": "f", "file": "Objects/a.c", "line": 1}, Frame("f", Language.C, "Objects/a.c", 1)),
    ],
)
def test_a_frame(row: dict[str, object], frame: Frame) -> None:
    assert speedscope._frame(row) == frame


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"shared": {"frames": []}, "profiles": [{"samples": [[0]]}]}',
        '{"shared": {"frames": [{"name": "f"}]}, "profiles": [{"samples": [[-1]]}]}',
        '{"shared": {"frames": [{"name": "f", "file": ["a.py"]}]}, "profiles": []}',
        '{"shared": {"frames": [7]}, "profiles": []}',
        "[" * 200_000,
    ],
    ids=["empty", "list", "table", "index", "negative", "file", "frame", "deep"],
)
def test_what_is_no_profile(text: str, tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"\S"):
        speedscope.read(tmp_path / "profile.json")
