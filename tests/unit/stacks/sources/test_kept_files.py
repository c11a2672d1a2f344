from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pyo3ops.stacks.sources import kept_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gdb is not asked there")

ROOT = Path(__file__).parents[4]
STRANGER = 54321


def env(tmp_path: Path, **more: object) -> dict[str, str]:
    """With a temporary folder of its own, as everybody has one."""
    (tmp_path / "tmp").mkdir(exist_ok=True)
    (tmp_path / "tmp").chmod(0o1777)
    return {"TMPDIR": str(tmp_path / "tmp"), **{name: str(value) for name, value in more.items()}}


def instead(tmp_path: Path) -> Path:
    return tmp_path / f"tmp/pyo3ops-{os.geteuid()}"


def test_it_is_where_users_have_caches(tmp_path: Path) -> None:
    home = env(tmp_path, HOME=tmp_path / "home")
    (tmp_path / "home").mkdir()
    assert kept_files.folder(home) == tmp_path / "home/.cache/pyo3ops"
    assert kept_files.folder({**home, "XDG_CACHE_HOME": str(tmp_path / "x")}) == tmp_path / "x/pyo3ops"
    # The specification has relative ones ignored.
    assert kept_files.folder({**home, "XDG_CACHE_HOME": "x"}) == tmp_path / "home/.cache/pyo3ops"
    assert (tmp_path / "x/pyo3ops").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "x/pyo3ops" / kept_files.INDEX).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("home", ["", "here", "/nobody/has/this"])
def test_where_there_is_no_place_for_it_there_is_a_temporary_one(tmp_path: Path, home: str) -> None:
    (tmp_path / "file").touch()
    assert kept_files.folder(env(tmp_path, XDG_CACHE_HOME=tmp_path / "file")) == instead(tmp_path)
    assert kept_files.folder(env(tmp_path, HOME=home)) == instead(tmp_path)
    assert kept_files.folder(env(tmp_path)) == instead(tmp_path)


@pytest.mark.parametrize("name", ["", kept_files.COMPILED, kept_files.INDEX, ".."])
def test_no_code_is_taken_from_where_others_may_write(tmp_path: Path, name: str) -> None:
    place = tmp_path / "x/pyo3ops"
    place.mkdir(parents=True, mode=0o700)
    (place / name).mkdir(exist_ok=True)
    (place / name).chmod(0o777)
    assert kept_files.folder(env(tmp_path, XDG_CACHE_HOME=tmp_path / "x")) == instead(tmp_path)


def test_no_code_is_in_a_folder_of_somebody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".cache").mkdir(parents=True)
    there = env(tmp_path)
    if os.geteuid() == 0:
        # As with sudo, which may keep HOME.
        expected: Path | None = instead(tmp_path)
        for each in (home, home / ".cache"):
            os.chown(each, STRANGER, STRANGER)
    else:
        monkeypatch.setattr(kept_files, "_user", lambda: STRANGER)
        expected = None
    for named in ({"HOME": home}, {"XDG_CACHE_HOME": home / ".cache"}, {"XDG_CACHE_HOME": home / "new/one"}):
        assert kept_files.folder({**there, **{name: str(path) for name, path in named.items()}}) == expected
    assert [each.name for each in home.rglob("*")] == [".cache"]


@pytest.mark.parametrize(
    ("group", "members", "primary", "taken"),
    [
        ("me", [], 7, True),
        ("me", ["me"], 7, True),
        ("me", ["other"], 7, False),
        ("staff", [], 7, False),
        ("me", [], 8, False),
    ],
)
def test_a_group_of_ones_own_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str, members: list[str], primary: int, *, taken: bool
) -> None:
    place = tmp_path / "x"
    place.mkdir()
    place.chmod(0o775)
    rows = list(place.stat())
    rows[4:6] = 1000, 7
    status = os.stat_result(rows)
    monkeypatch.setattr(kept_files, "_user", lambda: 1000)
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group((group, "", gid, members)))
    user = pwd.struct_passwd(("me", "", 1000, primary, "", "", ""))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: user)
    assert kept_files._is_own_group(status) is taken
    monkeypatch.setattr(kept_files, "_user", lambda: 0)
    assert not kept_files._is_own_group(status)


def test_who_has_no_name_has_no_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = list(tmp_path.stat())
    rows[4] = 2**22 + 77
    monkeypatch.setattr(kept_files, "_user", lambda: 2**22 + 77)
    assert not kept_files._is_own_group(os.stat_result(rows))


def test_a_link_that_somebody_left_there_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    (tmp_path / "file").touch()
    there = env(tmp_path, XDG_CACHE_HOME=tmp_path / "file")
    instead(tmp_path).symlink_to(tmp_path / "theirs")
    assert kept_files.folder(there) is None


def test_a_cache_that_lies_elsewhere_is_named_by_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "x").symlink_to(tmp_path / "disk")
    assert kept_files.folder(env(tmp_path, XDG_CACHE_HOME=tmp_path / "x")) == tmp_path / "disk/pyo3ops"


def test_the_oldest_of_what_is_too_much_go(tmp_path: Path) -> None:
    for age, name in enumerate(
        ("a/new.pyc", "b/old.gdb-index", "older.pyc", "older.pyc.1234", "older.gdb-index-aB3dE6")
    ):
        file = tmp_path / "full" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 10)
        os.utime(file, (1000 - age, 1000 - age))
    kept_files.keep_small(tmp_path / "full", 20)
    assert sorted(each.name for each in (tmp_path / "full").rglob("*") if each.is_file()) == [
        "new.pyc",
        "old.gdb-index",
    ]
    kept_files.keep_small(tmp_path / "none", 0)


def test_nothing_else_goes_and_nothing_through_a_link(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        folder.mkdir(mode=0o700)
    (theirs / "a.pyc").write_bytes(b"x" * 10)
    (ours / "notes.txt").write_bytes(b"x" * 10)
    (ours / "link.pyc").symlink_to(theirs / "a.pyc")
    (ours / "below").symlink_to(theirs)
    (tmp_path / "link").symlink_to(theirs)
    kept_files.keep_small(tmp_path / "link", 0)
    kept_files.keep_small(ours, 0)
    assert sorted(each.name for each in ours.iterdir()) == ["below", "link.pyc", "notes.txt"]
    assert (theirs / "a.pyc").exists()


def test_who_is_nobody_has_one_too() -> None:
    """A user without a home, and without a line in the user database, as containers have them."""
    code = (
        "import os, sys; from pyo3ops.stacks.sources import kept_files; os.getuid() or (os.setgid({0}), os.setuid({0}))"
    )
    argv = [sys.executable, "-c", f"{code.format(STRANGER)}; print(kept_files.folder({{'TMPDIR': sys.argv[1]}}))"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        told = subprocess.check_output([*argv, folder], env={"PYTHONPATH": str(ROOT)}, text=True)
        assert told.strip() == str(Path(folder).resolve() / f"pyo3ops-{os.getuid() or STRANGER}")
