from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.tools import cibuildwheel as tool
from pyo3ops.tools.cibuildwheel import Ran

if TYPE_CHECKING:
    from pyo3ops.tools.python import Interpreter

DATA = Path(__file__).parents[3] / "tests/data/tools/cibuildwheel"


def log(name: str) -> list[tuple[float, str]]:
    """A recorded log, a line each second."""
    lines = (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [(float(second), line) for second, line in enumerate(lines)]


def test_lines_are_known_newest_first() -> None:
    releases = [tuple(map(int, line.recorded.split("."))) for line in tool.lines()]
    assert releases == sorted(releases, reverse=True)
    assert [line.name for line in tool.lines()] == ["cibuildwheel 4", "cibuildwheel 3", "cibuildwheel 2"]


@pytest.mark.parametrize(
    ("python", "platform", "names"),
    [
        ("cp38", "manylinux_x86_64", "32"),
        ("cp38", "win_arm64", ""),
        ("cp312", "macosx_arm64", "432"),
        ("cp313t", "musllinux_aarch64", "32"),
        ("cp315", "win_amd64", "4"),
        ("cp37", "win32", "2"),
        ("cp312", "linux_x86_64", ""),
    ],
)
def test_what_a_line_has(python: str, platform: str, names: str) -> None:
    assert "".join(line.name[-1] for line in tool.lines() if line.knows(python, platform)) == names


def test_every_linux_has_an_image() -> None:
    for line in tool.lines():
        for platform in line.identifiers:
            kind, _, architecture = platform.partition("_")
            if kind in ("manylinux", "musllinux"):
                assert any(name.startswith(kind) for name in line.images[architecture]), (line.name, platform)


def test_identifiers_stand_among_notes() -> None:
    text = "Note: pp39-macosx_arm64 cannot be built\n\ncp38-win32\npp311-win_amd64\ncp314t-manylinux_x86_64\n"
    assert tool.parse_identifiers(text) == ("cp38-win32", "pp311-win_amd64", "cp314t-manylinux_x86_64")


def test_a_log_of_two_wheels() -> None:
    assert list(tool.parse_log(log("three"))) == [
        Ran("cp38-manylinux_x86_64", 10.0, finished=True, step="Testing wheel"),
        Ran("cp312-manylinux_x86_64", 9.0, finished=True, step="Testing wheel"),
    ]
    assert tool.said([line for _, line in log("three")]) is None


def test_a_log_that_breaks_off() -> None:
    broken = list(tool.parse_log(log("three")[:20]))
    assert [(ran.identifier, ran.finished, ran.step) for ran in broken] == [
        ("cp38-manylinux_x86_64", True, "Testing wheel"),
        ("cp312-manylinux_x86_64", False, "Building wheel"),
    ]


@pytest.mark.parametrize("name", sorted(file.stem for file in DATA.glob("*.txt")))
def test_any_recorded_log_is_read_to_its_end(name: str) -> None:
    text = [line for _, line in log(name)]
    begun = [line.split()[1] for line in text if line.startswith("Building ") and line.endswith(" wheel")]
    assert [ran.identifier for ran in tool.parse_log(log(name))] == begun


def test_colours_and_folds_are_no_part_of_a_line() -> None:
    lines = [(0.0, "\x1b[1m\x1b[34mBuilding cp39-win32 wheel\x1b[0m"), (1.0, "::group::Building wheel...")]
    assert list(tool.parse_log(lines)) == [Ran("cp39-win32", 1.0, finished=False, step="Building wheel")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cibuildwheel: error: Command ['x'] failed with code 1.", "Command ['x'] failed with code 1."),
        ("Error: cibuildwheel: Build failed", "Build failed"),
        ("::error::cibuildwheel: no", "cibuildwheel: no"),
        ("cibuildwheel: note: beside the point", None),
        ("error: could not compile", None),
    ],
)
def test_why_it_stopped(line: str, words: str | None) -> None:
    assert tool.said(["Building wheel...", line]) == words


def python(path: str) -> Interpreter:
    return cast("Interpreter", SimpleNamespace(path=Path(path)))


def test_one_that_cannot_be_installed_is_a_value(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path)}
    found = tool.installed(tool.lines()[0], tmp_path / "tools/four", python("/nowhere/python"), env)
    assert found.release == ""
    assert "/nowhere/python cannot be started" in (found.error or "")


@pytest.mark.skipif(os.name == "nt", reason="scripts are programs elsewhere")
def test_one_that_is_there_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "tools/four"
    script = folder / "bin/cibuildwheel"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "lib/python3.13/site-packages/cibuildwheel-4.9.9.dist-info").mkdir(parents=True)
    found = tool.installed(tool.lines()[0], folder, python("/nowhere/python"), {"PATH": ""})
    assert found == tool.Cibuildwheel(script, "4.9.9")


def test_the_command_names_all_that_decides(tmp_path: Path) -> None:
    argv = tool.build_argv(Path("c"), tmp_path, Path("c.toml"), Path("out"), "linux")
    assert argv == ["c", "--platform", "linux", "--config-file", "c.toml", "--output-dir", "out", str(tmp_path)]
