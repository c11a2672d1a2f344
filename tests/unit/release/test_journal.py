from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, Pyo3opsError
from pyo3ops.core.run import run
from pyo3ops.release.course import IllegalStep
from pyo3ops.release.journal import FILE, TORN, Disk, Journal
from pyo3ops.release.model import State
from tests.unit.release.releases import Clock, NoDisk

if TYPE_CHECKING:
    from pathlib import Path

SHA = "ab" * 32


def written(folder: Path) -> Path:
    """A journal of four records."""
    with Journal.open(folder, Clock(), NoDisk()) as journal:
        journal.append("planned", project="spam", version="1.0")
        journal.append("built")
        journal.append("sealed", manifest=SHA)
        journal.append("note", text="what a person said")
    return folder / FILE


def test_no_journal_is_planned(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "none")
    assert journal.state is State.PLANNED
    assert journal.records == ()
    assert not (tmp_path / "none").exists()


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    written(tmp_path)
    journal = Journal.open(tmp_path)
    assert journal.state is State.SEALED
    assert journal.manifest_sha256 == SHA
    assert [record.event for record in journal.records] == ["planned", "built", "sealed", "note"]
    assert journal.records[0].time == "2027-01-15T08:00:00Z"
    assert journal.records[0].said("version") == "1.0"


def test_each_record_is_synced_before_the_next(tmp_path: Path) -> None:
    done: list[str] = []

    class Watched(Disk):
        def write(self, stream: IO[bytes], data: bytes) -> None:
            super().write(stream, data)
            done.append("write")

        def sync(self, stream: IO[bytes]) -> None:
            super().sync(stream)
            done.append("sync")

        def sync_folder(self, folder: Path) -> None:
            super().sync_folder(folder)
            done.append("folder")

    with Journal.open(tmp_path, Clock(), Watched()) as journal:
        journal.append("planned")
        journal.append("built")
    assert done == ["sync", "folder", "write", "sync", "write", "sync"]


def test_outside_of_its_block_it_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        Journal.open(tmp_path).append("planned")


def test_what_cannot_follow_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    with Journal.open(tmp_path) as journal:
        with pytest.raises(IllegalStep):
            journal.append("published")
        with pytest.raises(TypeError):
            journal.append("note", text=None)  # type: ignore[arg-type]
        assert path.read_bytes() == before
        journal.append("checked")
    assert Journal.open(tmp_path).state is State.CHECKED


def test_what_a_kill_left_of_a_line_is_set_aside(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    # The last line without its end is torn as well: wherever it was cut.
    for cut in range(whole.rindex(b"\n", 0, -1) + 2, len(whole), 7):
        path.write_bytes(whole[:cut])
        torn = whole[whole.rindex(b"\n", 0, -1) + 1 : cut]
        assert len(Journal.open(tmp_path).records) == 3
        assert path.read_bytes() == whole[:cut], "reading changes nothing"
        with Journal.open(tmp_path, Clock(), NoDisk()) as journal:
            assert len(journal.records) == 3
            journal.append("checked")
        assert (tmp_path / TORN).read_bytes().endswith(torn + b"\n")


@pytest.mark.parametrize("rest", [b"\0" * 4096, b"\xff", b'{"number":5'], ids=["zeros", "rubbish", "half"])
def test_what_a_power_cut_left_is_set_aside(tmp_path: Path, rest: bytes) -> None:
    path = written(tmp_path)
    with path.open("ab") as stream:
        stream.write(rest)
    with Journal.open(tmp_path) as journal:
        journal.append("checked")
    assert (tmp_path / TORN).read_bytes() == rest + b"\n"
    assert len(Journal.open(tmp_path).records) == 5


def test_any_other_damage_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    damages = {
        1: [lines[0].replace(b"spam", b"eggs"), *lines[1:]],
        2: [lines[0], *lines[2:]],
        3: [*lines[:2], b"\n", *lines[2:]],
        4: [*lines[:3], lines[3].replace(b"person", b"robot!")],
        5: [*lines, lines[3]],
    }
    for number, damaged in damages.items():
        path.write_bytes(b"".join(damaged))
        with pytest.raises(ConfigError, match=f"line {number} of .* is damaged") as error:
            Journal.open(tmp_path)
        assert error.value.command == "pyo3ops release --recover"
        assert path.read_bytes() == b"".join(damaged)


def test_a_chain_that_is_whole_and_illegal_is_damaged_as_well(tmp_path: Path) -> None:
    from pyo3ops.release.records import ORIGIN, make  # noqa: PLC0415 - what nobody else forges

    (tmp_path / FILE).write_bytes(make(1, "now", "published", {}, ORIGIN).line)
    with pytest.raises(ConfigError, match="published cannot follow nothing"):
        Journal.open(tmp_path)


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        Journal.open(tmp_path)


def test_one_at_a_time(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.append("planned")
        second = Journal.open(tmp_path)
        with pytest.raises(Pyo3opsError, match="another process works on this release"), second:
            pytest.fail("two at once")
        # Looking is free.
        assert Journal.open(tmp_path).state is State.PLANNED
    with Journal.open(tmp_path) as journal:
        journal.append("built")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pyo3ops.core.errors import Pyo3opsError\n"
        "from pyo3ops.release.journal import Journal\n"
        "try:\n    with Journal.open(Path(sys.argv[1])) as journal: journal.append('planned')\n"
        "except Pyo3opsError as error: print(error.message)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with Journal.open(tmp_path):
        refused = run([sys.executable, "-c", program, str(tmp_path)], timeout=60, env=env)
    assert refused.out.strip() == "another process works on this release", refused.err
    assert run([sys.executable, "-c", program, str(tmp_path)], timeout=60, env=env).out == ""
    assert len(Journal.open(tmp_path).records) == 1


def test_what_was_written_meanwhile_is_read_at_the_lock(tmp_path: Path) -> None:
    early = Journal.open(tmp_path)
    written(tmp_path)
    with early as journal:
        assert journal.state is State.SEALED
        journal.append("checked")
    assert len(Journal.open(tmp_path).records) == 5


def test_a_full_disk_ends_the_writing(tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, stream: IO[bytes], data: bytes) -> None:
            super().write(stream, data[:10])
            raise OSError(28, "No space left on device")

    written(tmp_path)
    with Journal.open(tmp_path, Clock(), Full()) as journal:
        with pytest.raises(Pyo3opsError, match="No space left on device") as error:
            journal.append("checked")
        assert error.value.command == "pyo3ops release --resume"
        with pytest.raises(RuntimeError):
            journal.append("checked")
        assert journal.state is State.SEALED
    with Journal.open(tmp_path) as journal:
        journal.append("checked")


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Pyo3opsError, match=r"cannot be read: .*Not a directory"), Journal.open(
        tmp_path / "file" / "release"
    ):
        pytest.fail("there is no such folder")


def test_a_damaged_journal_makes_room_for_another(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:-30] + b"\n")
    damaged = path.read_bytes()
    assert Journal.begin_again(tmp_path, State.PUBLISHING, manifest=SHA) == "journal.damaged-1"
    assert (tmp_path / "journal.damaged-1").read_bytes() == damaged
    journal = Journal.open(tmp_path)
    assert journal.state is State.PUBLISHING
    assert journal.manifest_sha256 == SHA
    assert Journal.begin_again(tmp_path, State.STUCK) == "journal.damaged-2"
    with Journal.open(tmp_path), pytest.raises(Pyo3opsError, match="another process"):
        Journal.begin_again(tmp_path, State.STUCK)
    assert Journal.begin_again(tmp_path / "new", State.TAGGED) == ""
