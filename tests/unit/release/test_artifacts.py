from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.release.artifacts import Found, Refused, Run, asked, from_folder, from_run
from pyo3ops.release.manifest import seal
from pyo3ops.tools.gh import Repository

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "crab_py-1.0-cp311-abi3-manylinux_2_17_x86_64.whl"
SDIST = "crab_py-1.0.tar.gz"
CRAB = Repository("github.com", "me", "crab")


def put(folder: Path, *names: str, data: bytes = b"x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_a_folder_as_artifacts_unpack(tmp_path: Path) -> None:
    put(tmp_path, f"dist-a/{WHEEL}", f"dist-b/{WHEEL}", f"dist-b/{SDIST}", "dist-b/sbom.json", ".pyo3ops-made")
    found = from_folder(tmp_path, "crab.py", "1.0")
    assert isinstance(found, Found)
    assert [path.name for path in found.files] == [WHEEL, SDIST]
    assert (found.commit, found.ignored) == ("", ("sbom.json",))
    assert "nobody" in found.source


def reason_of(given: Found | Refused) -> tuple[str, tuple[str, ...]]:
    assert isinstance(given, Refused)
    return given.reason, given.evidence


def test_one_name_with_two_contents(tmp_path: Path) -> None:
    put(tmp_path, f"a/{WHEEL}")
    put(tmp_path, f"b/{WHEEL}", data=b"y")
    reason, evidence = reason_of(from_folder(tmp_path, "crab_py", "1.0"))
    assert "not what their names say" in reason
    assert evidence == (f"{WHEEL}: other bytes in {tmp_path / 'a'} than in {tmp_path / 'b'}",)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("crab_py-1.1.tar.gz", "it is of version 1.1"),
        ("other-1.0.tar.gz", "it is of other"),
        ("crab_py-1.0-py3.whl", "Invalid wheel filename"),
        ("crab.tar.gz", "Invalid sdist filename"),
    ],
)
def test_files_of_something_else(tmp_path: Path, name: str, why: str) -> None:
    put(tmp_path, SDIST, name)
    reason, evidence = reason_of(from_folder(tmp_path, "crab-py", "1.0"))
    assert reason == "files are not of crab-py 1.0"
    assert len(evidence) == 1
    assert evidence[0].startswith(f"{name}: {why}")


def test_nothing_there(tmp_path: Path) -> None:
    put(tmp_path, "notes.md")
    assert "neither a wheel nor an sdist" in reason_of(from_folder(tmp_path, "crab", "1.0"))[0]
    assert "it cannot be read" in reason_of(from_folder(tmp_path / "no", "crab", "1.0"))[0]


def test_a_manifest_says_which_commit(tmp_path: Path) -> None:
    put(tmp_path / "built", WHEEL, SDIST)
    files = [tmp_path / "built" / name for name in (WHEEL, SDIST)]
    seal(files, tmp_path / "sealed", project="crab_py", version="1.0", commit="abc0" * 10)
    found = from_folder(tmp_path / "sealed", "crab-py", "1.0")
    assert isinstance(found, Found)
    assert found.commit == "abc0" * 10
    torn = tmp_path / "sealed/files" / SDIST
    torn.chmod(0o644)
    torn.write_bytes(b"changed")
    assert reason_of(from_folder(tmp_path / "sealed", "crab-py", "1.0"))[1] == (
        f"{SDIST}: other bytes than manifest.json",
    )
    torn.unlink()
    put(tmp_path / "sealed", "more/crab_py-1.0-py3-none-any.whl")
    assert reason_of(from_folder(tmp_path / "sealed", "crab-py", "1.0"))[1] == (
        f"{SDIST}: it is not here",
        "crab_py-1.0-py3-none-any.whl: it is not in manifest.json",
    )
    (tmp_path / "sealed/manifest.json").write_text("{}", encoding="utf-8")
    assert "cannot be used" in reason_of(from_folder(tmp_path / "sealed", "crab-py", "1.0"))[1][0]


def test_what_may_be_asked_for(tmp_path: Path) -> None:
    assert asked(str(tmp_path), {}) == tmp_path
    assert asked("123", {}) == Run("123", None)
    for rest in ("", "/job/5", "?check=1", "/attempts/2"):
        assert asked(f"https://github.com/me/crab/actions/runs/123{rest}", {}) == Run("123", CRAB)
    for wrong in (
        "no such folder",
        "https://gitlab.com/me/crab/actions/runs/1",
        "https://github.com/me/crab",
        "-1",
        "",
    ):
        with pytest.raises(UsageError):
            asked(wrong or str(tmp_path / "no"), {})


def test_a_run_of_somebody_else(tmp_path: Path) -> None:
    run = Run("1", Repository("github.com", "you", "crab"))
    reason, _ = reason_of(from_run(run, CRAB, ("crab", "1.0", "abc"), tmp_path / "got", {"PATH": ""}))
    assert reason == "the run is of github.com/you/crab, and this project of github.com/me/crab"
    assert reason_of(from_run(Run("1", None), CRAB, ("crab", "1.0", ""), tmp_path, {"PATH": ""}))[0] == "gh is not here"
    assert list(tmp_path.iterdir()) == []
