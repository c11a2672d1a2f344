from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core import samples
from pyo3ops.core.errors import UsageError
from pyo3ops.tasks import new


def request(name: str = "my-thing", **more: str) -> new.Request:
    return new.Request(name, {"PATH": ""}, **more)


def test_a_project_is_made_and_what_to_type_next_is_told(tmp_path: Path) -> None:
    report = new.run(tmp_path, request(example="calculator"))
    made = tmp_path / "my-thing"
    assert (made / "my_thing.pyi").is_file()
    assert "target/" in (made / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "Started from the example `calculator`" in (made / "README.md").read_text(encoding="utf-8")
    assert [row[0] for row in report.tables[0].rows] == ["cd my-thing", "pyo3ops validate", "pyo3ops examples"]
    assert [path.name for path in tmp_path.iterdir()] == ["my-thing"]


def test_it_goes_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "für es").mkdir()
    report = new.run(tmp_path, request(folder="für es"))
    assert (tmp_path / "für es/src/lib.rs").is_file()
    assert report.tables[0].rows[0][0] == "cd 'für es'"


def test_nothing_that_exists_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "my-thing").mkdir()
    (tmp_path / "my-thing/mine").touch()
    with pytest.raises(UsageError, match="is there already"):
        new.run(tmp_path, request())
    assert [path.name for path in (tmp_path / "my-thing").iterdir()] == ["mine"]


def test_an_unknown_example_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no example 'nothing'") as caught:
        new.run(tmp_path, request(example="nothing"))
    assert "hello_world" in caught.value.cause


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "file")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="the project cannot be made: file: No space left on device"):
        new.run(tmp_path, request())
    assert list(tmp_path.iterdir()) == []


def test_the_list_has_every_example() -> None:
    assert [row[0] for row in new.listing().tables[0].rows] == list(samples.samples())


@pytest.mark.parametrize("folder", [".", "link"])
def test_an_empty_folder_is_filled_and_stays_the_one_it_is(folder: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    real = here if folder == "." else tmp_path / "real"
    if folder != ".":
        real.mkdir()
        (here / folder).symlink_to(real)
    before = real.stat().st_ino
    new.run(here, request(folder=folder))
    assert real.stat().st_ino == before
    assert (real / "src/lib.rs").is_file()
    assert [path.name for path in real.iterdir() if path.name.startswith(".my") or path.name == "project"] == []
