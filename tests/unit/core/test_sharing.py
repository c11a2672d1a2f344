from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import (
    Artifact,
    Column,
    Fact,
    Failure,
    Finding,
    Fix,
    Host,
    Location,
    Report,
    Status,
    Table,
)
from pyo3ops.core.sharing import Sharing

ADA = Sharing(("/home/ada", "/mnt/disk/ada"), "ada")
SHORT = Sharing(("/ada",), "root")
WINDOWS = Sharing(("C:\\Users\\Ada",), "Ada")


def redacted(sharing: Sharing, text: str) -> str:
    return sharing.redacted(Report(text)).task


@pytest.mark.parametrize(
    ("sharing", "text", "expected"),
    [
        (ADA, "no project in /home/ada or above it", "no project in ~ or above it"),
        (ADA, "/home/ada.", "~."),
        (ADA, "in /home/ada/x, /home/ada/y", "in ~/x, ~/y"),
        (ADA, "/home/adam /home/ada-lovelace /home/ada.old", "/home/adam /home/ada-lovelace /home/ada.old"),
        (ADA, "/mnt/disk/ada/x", "~/x"),
        (ADA, "-I/home/ada/include -Lnative=/home/ada/lib:/home/ada/b", "-I~/include -Lnative=~/lib:~/b"),
        (ADA, "-Wl,-rpath,/home/ada/lib 'x'(/home/ada)", "-Wl,-rpath,~/lib 'x'(~)"),
        (ADA, "file:///home/ada/x", "file://~/x"),
        (ADA, "/srv/home/ada/x", "/srv/home/user/x"),
        (ADA, "→/home/ada", "→~"),
        (ADA, "/var/pytest-of-ada/0 /media/ada/usb ada@host", "/var/pytest-of-user/0 /media/user/usb user@host"),
        (ADA, "ada is a language; Canada; bada@x src/ada/lib.rs", "ada is a language; Canada; bada@x src/ada/lib.rs"),
        (SHORT, "/ada/.cargo -L/ada/x", "~/.cargo -L~/x"),
        (SHORT, "the project's root, src/ada/mod.rs, /mnt/ada/x", "the project's root, src/ada/mod.rs, /mnt/ada/x"),
        (WINDOWS, "c:/users/ada/x C:\\\\Users\\\\Ada\\\\y \\\\?\\C:\\Users\\Ada", "~/x ~\\\\y \\\\?\\~"),
        (Sharing(), "/home/ada", "/home/ada"),
    ],
)
def test_the_home_folder_and_the_user_are_left_out(sharing: Sharing, text: str, expected: str) -> None:
    assert redacted(sharing, text) == expected


def test_every_text_of_a_report_is_looked_at() -> None:
    home = "/home/ada"
    fix = Fix(home, (home, home), home)
    finding = Finding(home, home, Status.FAIL, home, (home,), fix, Location(home, 3), 0.5, home)
    table = Table(home, (Column(home, home),), ((home,), (1,), (2.5,), (None,)), home)
    host = Host(home, home, home, home, home)
    failure = Failure(home, Exit.FAILED, home, home, home)
    artifact = Artifact(home, home, home)
    report = Report(home, home, host, (Fact(home, home),), (finding,), (table,), (artifact,), failure, seconds=2.0)
    assert repr(ADA.redacted(report)) == repr(report).replace(home, "~")


def test_the_machine_is_asked_once(tmp_path: Path) -> None:
    project = tmp_path / "repo" / "crates" / "x"
    project.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    (project / "pyproject.toml").write_text("[tool.pyo3ops]\n", encoding="utf-8")
    (project / "src").mkdir()
    env = {"HOME": str(tmp_path / "home"), "LOGNAME": "ada"}
    sharing = Sharing.of(env, project / "src")
    assert sharing == Sharing((str(tmp_path / "home"),), "ada", str(tmp_path / "repo"), "crates/x", "pyproject.toml")


def test_a_linked_home_is_known_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    sharing = Sharing.of({"HOME": str(tmp_path / "link")}, tmp_path)
    assert sharing.homes == (str(tmp_path / "link"), str(tmp_path / "real"))
    assert redacted(sharing, f"{tmp_path}/link/a {tmp_path}/real/b") == "~/a ~/b"


def test_without_a_project_or_a_home_there_is_nothing_to_know(tmp_path: Path) -> None:
    assert Sharing.of({"HOME": "/"}, tmp_path) == Sharing()


def test_a_project_that_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff = [")
    (tmp_path / "Cargo.toml").write_bytes(b"\xff = [")
    assert Sharing.of({"HOME": "/"}, tmp_path).homes == ()
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert Sharing.of({"HOME": "/"}, Path()) == Sharing()


IN_REPOSITORY = Sharing(repository="/srv/repo", folder="crates/x", manifest="Cargo.toml")


@pytest.mark.parametrize(
    ("where", "expected", "detail"),
    [
        (Location("src/lib.rs", 3), Location("crates/x/src/lib.rs", 3), "d"),
        (Location("../../Cargo.lock"), Location("Cargo.lock"), "d"),
        (Location("/srv/repo/.cargo/config.toml", 2), Location(".cargo/config.toml", 2), "d"),
        (Location("/srv/other/x", 2), None, "d (in /srv/other/x:2)"),
        (Location("../../../x"), None, "d (in ../../../x)"),
        (None, None, "d"),
    ],
)
@pytest.mark.parametrize("every", [False, True])
def test_places_are_counted_from_the_repository(
    where: Location | None,
    expected: Location | None,
    detail: str,
    every: bool,  # noqa: FBT001
) -> None:
    report = Report("t", findings=(Finding("a.b", "t", Status.FAIL, "d", where=where),))
    (finding,) = IN_REPOSITORY.located(report, every=every).findings
    anchor = Location("crates/x/Cargo.toml", 1) if every else None
    assert (finding.where, finding.detail) == (expected or anchor, detail)
