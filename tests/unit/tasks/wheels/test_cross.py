from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.tasks.wheels import cross
from pyo3ops.wheels.cross import rows

if TYPE_CHECKING:
    from pathlib import Path

ARM, WINDOWS, MSVC = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "it"
    folder.mkdir()
    text = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n[project]\nname = "it"\n'
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def request(root: Path, *targets: str, **more: str | bool) -> cross.Request:
    env = {"PATH": "", "HOME": str(root)}
    return replace(cross.Request(env, targets, cache=root / "cache"), **more)  # type: ignore[arg-type] # strings and flags


@pytest.mark.parametrize(
    ("targets", "more", "message"),
    [
        ((), {}, "no target is named"),
        (("sparc-sun-solaris",), {}, "nothing is known"),
        ((ARM.triple,), {"tool": "ld"}, "'ld' links nothing"),
        ((ARM.triple,), {"python": "/usr/bin/python3"}, "is no Python version"),
        ((ARM.triple,), {"names": ("nothing",)}, "there is no example"),
    ],
)
def test_a_wrong_call(root: Path, targets: tuple[str, ...], more: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        cross.run(root, request(root, *targets, **more))


def test_every_missing_piece_is_named_and_nothing_is_built(root: Path) -> None:
    report = cross.run(root, request(root, ARM.triple, MSVC.triple, run=True))
    found = {finding.id: finding for finding in report.findings}
    assert list(found) == [
        f"cross.{each.triple}.{piece}" for each in (ARM, MSVC) for piece in ("std", "linker", "runner")
    ]
    missing = [each for each in found.values() if each.status is Status.FAIL]
    # A zig may be in the environment of the tests.
    assert {each.id for each in missing} >= set(found) - {f"cross.{ARM.triple}.linker"}
    assert all(each.fix and each.fix.summary for each in missing)
    assert (report.exit_code, report.artifacts, report.tables) == (1, (), ())


def test_a_folder_that_cannot_be_made_is_a_wrong_call(root: Path) -> None:
    (root / "file").touch()
    with pytest.raises(UsageError, match="nothing can be built here"):
        cross.run(root, replace(request(root, ARM.triple), output=root / "file/below"))
