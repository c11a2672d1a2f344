from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import packages
import pytest
from packages import Manager, Need, choose, find_manager, load, present, privilege

if TYPE_CHECKING:
    from pathlib import Path

MANAGERS, NEEDS = load()
APT = MANAGERS[0]
THIS = {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name.replace(" ", "-"))
def test_every_row_can_be_proved_and_brought(need: Need) -> None:
    assert bool(need.proof) != bool(need.files)
    assert need.purpose
    assert need.packages.keys() <= {manager.name for manager in MANAGERS}
    assert all(need.packages.values())
    assert "apt-get" in need.packages or need.otherwise


def test_the_sessions_take_no_more_than_they_use() -> None:
    assert "heaptrack" not in {need.name for need in NEEDS}


def test_names_are_unique() -> None:
    assert len({need.name for need in NEEDS}) == len(NEEDS)
    assert len({manager.name for manager in MANAGERS}) == len(MANAGERS)


def test_this_interpreter_is_filled_in() -> None:
    venv = next(need for need in NEEDS if need.name == "venv")
    assert venv.proof[0] == sys.executable
    assert venv.packages["apt-get"] == (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv|python3-venv",)
    assert not [word for need in NEEDS for word in need.proof if word.startswith("{")]


def row(*proof: str, files: tuple[str, ...] = ()) -> Need:
    return Need(
        name="thing", purpose="a test", required=True, packages={}, otherwise="", proof=tuple(proof), files=files
    )


def test_presence_is_what_the_proof_says(tmp_path: Path) -> None:
    assert present(row(sys.executable, "-c", ""), THIS)
    assert not present(row(sys.executable, "-c", "raise SystemExit(1)"), THIS)
    assert not present(row("no-such-program"), THIS)
    (tmp_path / "file").touch()
    assert present(row(files=("no such file", str(tmp_path / "file"))), THIS)
    assert not present(row(files=("no such file",)), THIS)


def test_the_first_manager_on_path_is_taken(tmp_path: Path) -> None:
    assert find_manager(MANAGERS, {"PATH": str(tmp_path)}) is None
    for name in ("brew", "dnf"):
        (tmp_path / name).touch(0o755)
    manager = find_manager(MANAGERS, {"PATH": str(tmp_path)})
    assert manager is not None
    assert manager.name == "dnf"


def test_of_alternatives_the_first_known_is_taken() -> None:
    entries = ("gdb", "linux-perf|linux-tools-generic")
    assert choose(entries, lambda name: name != "linux-perf") == ("gdb", "linux-tools-generic")
    assert choose(entries, lambda _: True) == ("gdb", "linux-perf")
    assert choose(entries, lambda _: False) == ("gdb", "linux-perf")


def test_nobody_is_asked_where_there_is_no_choice() -> None:
    def fail(name: str) -> bool:
        raise AssertionError(name)

    assert choose(("gdb", "git"), fail) == ("gdb", "git")


def test_some_managers_take_one_package_at_a_time() -> None:
    one = Manager(name="winget", install=("install", "--id"), one_by_one=True)
    assert one.installing(("A", "B")) == (("install", "--id", "A"), ("install", "--id", "B"))
    assert APT.installing(("a", "b")) == (("install", "-y", "--no-install-recommends", "a", "b"),)
    assert APT.installing(()) == one.installing(()) == ()


def test_a_person_is_shown_the_command_without_the_options_of_an_unattended_run() -> None:
    steps = (*APT.refreshing(), *APT.installing(("a b",)))
    expected = "sudo apt-get update && sudo apt-get install -y --no-install-recommends 'a b'"
    assert APT.by_hand(steps, ("sudo",)) == expected


def test_root_needs_no_sudo_and_brew_never_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brew = next(manager for manager in MANAGERS if manager.name == "brew")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert privilege(APT, {"PATH": str(tmp_path)}) == ()
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert privilege(brew, {"PATH": str(tmp_path)}) == ()
    assert privilege(APT, {"PATH": str(tmp_path)}) is None
    (tmp_path / "sudo").touch(0o755)
    assert privilege(APT, {"PATH": str(tmp_path)}) == ("sudo",)


def test_without_a_manager_the_advice_is_in_words(tmp_path: Path) -> None:
    assert (
        packages.advice("venv", env={"PATH": str(tmp_path)}) == "use a Python that has the modules venv and ensurepip"
    )
