from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies

from pyo3ops.core.errors import ConfigError, Pyo3opsError, UsageError
from pyo3ops.release import manifest as manifests
from pyo3ops.release.manifest import FILE, check, encoded, fingerprint, from_folder, load, path_of, seal, set_aside
from tests.unit.release.releases import OTHER, SDIST, WHEEL, files, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyo3ops.release.model import Manifest

#: A manifest as it may be, to be changed.
WHOLE = {
    "schema": "pyo3ops-manifest/1",
    "project": "spam",
    "version": "1.0",
    "commit": "",
    "files": [{"name": SDIST, "size": 1, "sha256": "a" * 64, "blake2b_256": "b" * 64, "tags": []}],
    "locks": {},
    "tools": {},
}
KEYS = strategies.sampled_from(sorted(WHOLE))


def again(root: Path, *paths: Path, version: str = "1.0") -> Manifest:
    return seal(list(paths), root / "release", project="spam", version=version, commit="c0ffee" * 7)


def misshapen(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A manifest with each thing in it of another kind, or out of its bounds."""
    wrong: dict[str, tuple[object, ...]] = {
        "schema": (None, 1),
        "project": (5, None, "", "../spam", "a\nb", "\ud800"),
        "version": (1.0, [], "", "1.0/..", "-x"),
        "commit": (5, None, "c0ffee", "--help", "HEAD", "C0FFEE" * 7, "a" * 65, "a" * 40 + "\n"),
        "files": (None, {}, "text", [[]], [None], [{}]),
        "locks": ([], None, "text", {"Cargo.lock": 5}, {"Cargo.lock": None}),
        "tools": ([], [["maturin", "1"]], {"maturin": {}}),
    }
    of_file: dict[str, tuple[object, ...]] = {
        "name": (5, None, "..", "/etc/passwd", ["x"]),
        "size": (-1, True, 1.0, "1", None),
        "sha256": (5, "", "A" * 64, "a" * 63, None),
        "blake2b_256": (5, "", "x" * 64),
        "tags": (None, "text", [5], {}),
    }
    yield from ({**row, key: value} for key, values in wrong.items() for value in values)
    first, *others = row["files"]
    for key, values in of_file.items():
        yield from ({**row, "files": [{**first, key: value}, *others]} for value in values)
    yield from ({key: row[key] for key in row if key != left_out} for left_out in row)


def test_files_are_copied_aside_and_written_down(tmp_path: Path) -> None:
    paths = files(tmp_path / "dist", (SDIST, OTHER, WHEEL))
    folder = tmp_path / "release"
    rows = [("Cargo.lock", "5d157"), ("uv.lock", "0ff")]
    found = seal(
        paths, folder, project="spam", version="1.0", commit="c0ffee" * 7, locks=rows[::-1], tools=[("m", "1")]
    )
    assert [file.name for file in found.files] == [WHEEL, OTHER, SDIST]
    first = found.files[0]
    data = f"the bytes of {WHEEL}".encode()
    assert (first.size, first.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert first.blake2b == hashlib.blake2b(data, digest_size=32).hexdigest()
    assert first.tags == ("cp311-cp311-linux_x86_64",)
    assert found.files[2].tags == ()
    assert found.locks == tuple(rows)
    assert path_of(folder, first).read_bytes() == data
    assert not path_of(folder, first).stat().st_mode & 0o222
    assert sorted(path.name for path in folder.iterdir()) == ["files", FILE]
    assert load(folder) == found
    assert load(folder, fingerprint(found)) == found
    assert check(found, folder) == ()


def test_the_hash_of_a_manifest_is_that_of_its_file(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    assert hashlib.sha256((tmp_path / "release" / FILE).read_bytes()).hexdigest() == fingerprint(found)


def test_the_same_set_again_is_the_same_seal(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    assert again(tmp_path, *reversed(files(tmp_path / "dist"))) == found


def test_another_set_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    (tmp_path / "dist" / WHEEL).write_text("built again")
    with pytest.raises(UsageError, match="another set of files is sealed"):
        again(tmp_path, *sorted((tmp_path / "dist").iterdir()))
    assert load(tmp_path / "release") == found
    assert check(found, tmp_path / "release") == ()
    assert sorted(path.name for path in (tmp_path / "release").iterdir()) == ["files", FILE]


def test_a_set_that_was_given_up_makes_room(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    for number in (1, 2):
        aside = set_aside(tmp_path / "release")
        assert aside is not None
        assert check(found, aside) == ()
        assert aside.name.endswith("-2") == (number == 2)
        assert again(tmp_path, *files(tmp_path / "dist")) == found
    assert set_aside(tmp_path) is None


def test_lost_files_of_the_same_set_are_put_back(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    shutil.rmtree(str(tmp_path / "release/files"))
    assert again(tmp_path, *files(tmp_path / "dist")) == found
    assert check(found, tmp_path / "release") == ()


def test_a_killed_sealing_is_no_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manifests, "write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            sealed(tmp_path)
    with pytest.raises(ConfigError):
        load(tmp_path / "release")
    assert check(sealed(tmp_path), tmp_path / "release") == ()


def test_its_own_files_can_be_sealed_again(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    (tmp_path / "release" / FILE).unlink()
    assert again(tmp_path, *sorted((tmp_path / "release/files").iterdir())) == found


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ((), "no file to seal"),
        (("eggs-1.0.tar.gz",), "it is one of eggs"),
        (("spam-1.1.tar.gz",), "it is of version 1.1"),
        (("spam-1.0.txt",), "neither a wheel nor a source distribution"),
        (("spam-1.0-cp311.whl",), "neither a wheel nor a source distribution"),
        (("spam-1.0-cp311-cp311-linux x.whl",), "not one that every index takes"),
        (("-spam-1.0.tar.gz",), "not one that every index takes"),
    ],
)
def test_what_is_no_part_is_refused(tmp_path: Path, names: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        again(tmp_path, *files(tmp_path / "dist", names))
    assert not (tmp_path / "release").exists()


def test_names_are_spelt_in_several_ways(tmp_path: Path) -> None:
    paths = files(tmp_path / "dist", ("Spam_Eggs-1.0rc1.tar.gz",))
    assert seal(paths, tmp_path / "release", project="spam_eggs", version="1.0-rc.1").files


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is not there"):
        again(tmp_path, tmp_path / WHEEL)
    (tmp_path / SDIST).mkdir()
    with pytest.raises(UsageError, match="it is not there"):
        again(tmp_path, tmp_path / SDIST)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (one,) = files(tmp_path / "one", (SDIST,))
    (two,) = files(tmp_path / "two", (SDIST,))
    (three,) = files(tmp_path / "three", ("Spam-1.0.tar.gz",))
    for other in (two, three):
        with pytest.raises(UsageError, match="two files have one name"):
            again(tmp_path, one, other)


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = files(tmp_path / "dist")
    copy = shutil.copyfileobj

    def changing(source: object, target: object, length: int) -> None:
        copy(source, target, length)  # type: ignore[arg-type]
        with paths[1].open("a") as stream:
            stream.write("still being written")

    monkeypatch.setattr(shutil, "copyfileobj", changing)
    with pytest.raises(Pyo3opsError, match=f"{OTHER} changed while it was sealed"):
        again(tmp_path, *paths)
    assert list((tmp_path / "release").iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    paths = files(tmp_path / "dist")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Pyo3opsError, match="No space left on device"):
        again(tmp_path, *paths)
    assert list((tmp_path / "release").iterdir()) == []


def test_a_link_is_sealed_as_what_it_leads_to(tmp_path: Path) -> None:
    (target,) = files(tmp_path / "dist", (SDIST,))
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / SDIST).symlink_to(target)
    found = again(tmp_path, tmp_path / "links" / SDIST)
    assert not path_of(tmp_path / "release", found.files[0]).is_symlink()


def test_every_changed_byte_is_seen(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    path = tmp_path / "release/files" / OTHER
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    (tmp_path / "release/files" / SDIST).unlink()
    assert check(found, tmp_path / "release") == (
        f"{OTHER} has other bytes than were sealed",
        f"{SDIST}: No such file or directory",
    )
    assert check(found, tmp_path / "release", [WHEEL]) == ()


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage is collected: Python 3.8 aborts where a finalizer runs into the limit that a document has just hit."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_a_manifest_that_was_touched_is_refused(tmp_path: Path) -> None:
    found = sealed(tmp_path)
    path = tmp_path / "release" / FILE
    text = path.read_text()
    row = json.loads(text)
    for changed in (
        "",
        "{}",
        "[]",
        "[" * 100_000,
        text + " ",
        text.replace("pyo3ops-manifest/1", "pyo3ops-manifest/2"),
        json.dumps({**row, "files": []}, indent=1, sort_keys=True) + "\n",
        text.replace(WHEEL, f"../{WHEEL}"),
        text.replace('"files": [', '"files": [7,'),
        # The checks of a shape must not rest on the text being another one.
        *(json.dumps(each, indent=1, sort_keys=True) + "\n" for each in misshapen(row)),
    ):
        path.write_text(changed)
        with pytest.raises(ConfigError, match="cannot be used") as error:
            load(tmp_path / "release")
        assert error.value.command == "pyo3ops release status"
    path.write_text(text.replace("c0ffee", "c0ffef"))
    with pytest.raises(ConfigError, match="not the one that the journal has the hash of"):
        load(tmp_path / "release", fingerprint(found))
    path.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "release")


def test_a_manifest_without_end_is_refused(tmp_path: Path) -> None:
    sealed(tmp_path)
    with (tmp_path / "release" / FILE).open("r+b") as stream:
        stream.truncate(2**34)
    with pytest.raises(ConfigError, match="more than 16777216 bytes"):
        load(tmp_path / "release")


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(), inner, max_size=4),
    max_leaves=8,
)
#: Of the shape of a row, or of anything.
ROWS = strategies.lists(
    JSON | strategies.fixed_dictionaries(dict.fromkeys(("name", "size", "sha256", "blake2b_256", "tags"), JSON)),
    max_size=3,
)
SHAPED = strategies.fixed_dictionaries(
    {"schema": strategies.just("pyo3ops-manifest/1") | JSON, "files": ROWS | JSON},
    optional=dict.fromkeys(("project", "version", "commit", "locks", "tools"), JSON),
)


@given(JSON | SHAPED | strategies.builds(lambda change: {**WHOLE, **change}, strategies.dictionaries(KEYS, JSON)))
def test_no_document_crashes_it(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    with contextlib.suppress(ConfigError):
        assert encoded(load(folder)) == (folder / FILE).read_bytes()


def test_what_is_no_commit_is_not_sealed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'--help' is no full commit"):
        seal(files(tmp_path), tmp_path / "release", project="spam", version="1.0", commit="--help")
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize("flat", [True, False], ids=["beside", "in files"])
def test_a_set_that_was_sealed_elsewhere_is_taken_over(tmp_path: Path, *, flat: bool) -> None:
    found = sealed(tmp_path)
    source = tmp_path / "release"
    if flat:
        for path in (source / "files").iterdir():
            path.rename(source / path.name)
        (source / "files").rmdir()
    assert from_folder(source, tmp_path / "here") == found
    assert load(tmp_path / "here", fingerprint(found)) == found
    assert check(found, tmp_path / "here") == ()


def test_a_set_that_lost_a_file_on_the_way_is_refused(tmp_path: Path) -> None:
    sealed(tmp_path)
    (tmp_path / "release/files" / SDIST).unlink()
    with pytest.raises(UsageError, match="does not hold what its"):
        from_folder(tmp_path / "release", tmp_path / "here")
    assert not (tmp_path / "here").exists()
