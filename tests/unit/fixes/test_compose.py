from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Mapping

import pytest

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.fixes.command import Command, Stage
from pyo3ops.fixes.compose import RUSTUP_SCRIPT, compose
from pyo3ops.fixes.machine import Interpreter, Machine
from pyo3ops.tools.system import Installer, packages

if TYPE_CHECKING:
    from collections.abc import Iterable

PYTHON = Interpreter("/usr/bin/python3", PythonVersion(11), venv=True)
#: What Debian 12 has.
BOOKWORM = {
    "rustc": "1.63.0",
    "cargo": "0.66.0",
    "rustc-web": "1.96.0",
    "cargo-web": "1.96.0",
    "python3.11-venv": "3.11.2",
    "python3-venv": "3.11.2",
}
CERTIFIED = frozenset({"certificates"})


def machine(manager: str | None = "apt-get", candidates: Mapping[str, str] = BOOKWORM, **more: object) -> Machine:
    row = packages().managers[manager] if manager else None
    found = Machine("/project", PYTHON, row, candidates=candidates, present=CERTIFIED, msrv="1.83")
    return replace(found, **more)  # type: ignore[arg-type]


def need(name: str, manager: str | None = "apt-get", finding: str = "a.b") -> Finding:
    return Finding(finding, "t", Status.FAIL, fix=Installer(manager, "linux").fix(name))


def fix(*argv: str, finding: str = "a.b", safe: bool = False, mends: bool = True) -> Finding:
    return Finding(finding, "t", Status.FAIL, fix=Fix("do it", argv or None, safe=safe, mends=mends))


def run(commands: Iterable[Command]) -> list[str]:
    """The commands that a plan runs, as they are shown."""
    return [" ".join(each.shown or each.argv or ()) for each in commands if not each.person]


def advice(commands: Iterable[Command]) -> list[str]:
    return [each.summary for each in commands if each.person]


INSTALL = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -Sy --needed --noconfirm",
    "apk": "apk add --update-cache",
}


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("apt-get", ["apt-get update", f"{INSTALL['apt-get']} gcc libc6-dev gdb valgrind libc6-dbg"]),
        ("dnf", [f"{INSTALL['dnf']} gcc glibc-devel gdb valgrind"]),
        ("pacman", [f"{INSTALL['pacman']} gcc gdb valgrind"]),
        ("apk", [f"{INSTALL['apk']} gcc musl-dev gdb valgrind musl-dbg"]),
    ],
)
def test_one_call_brings_all_packages(manager: str, expected: list[str]) -> None:
    wanted = [need(name, manager) for name in ("C compiler", "gdb", "valgrind", "gdb")]
    assert run(compose(wanted, machine(manager, {}))) == expected


def test_homebrew_needs_no_root() -> None:
    found = compose([need("gdb", "brew"), need("mold", "brew")], machine("brew", {}, privilege=None))
    assert run(found) == ["brew install gdb mold"]


def test_winget_takes_one_package_at_a_time() -> None:
    found = compose([need("lldb", "winget"), need("sccache", "winget")], machine("winget", {}))
    start = "winget install --accept-package-agreements --accept-source-agreements --exact --id"
    assert run(found) == [f"{start} LLVM.LLVM", f"{start} Mozilla.sccache"]
    assert all(each.argv and each.argv[1] == "--disable-interactivity" for each in found)


def test_an_unattended_run_is_patient() -> None:
    update, install = compose([need("gdb")], machine())
    assert update.argv is not None
    assert "Acquire::Retries=5" in update.argv
    assert update.shown == ("apt-get", "update")
    assert (update.stage, install.stage) == (Stage.LISTS, Stage.PACKAGES)
    assert set(update.brings) <= set(install.needs)
    assert install.proofs == (("gdb", ("gdb", "--version")),)


def test_root_is_asked_for_without_a_password_or_not_at_all() -> None:
    through = compose([need("gdb")], machine(privilege=("sudo", "-n")))
    assert run(through)[0] == "sudo apt-get update"
    assert through[0].argv is not None
    assert through[0].argv[:3] == ("sudo", "-n", "apt-get")
    by_hand = compose([need("gdb")], machine(privilege=None))
    assert run(by_hand) == []
    assert advice(by_hand) == ["as root: fetch the list of packages", "as root: install gdb"]
    assert by_hand[0].argv == ("apt-get", "update")


def test_the_package_that_is_to_be_had_is_taken() -> None:
    known = {"linux-tools-generic": "5.15"}
    assert run(compose([need("perf")], machine(candidates=known)))[1].endswith(" linux-tools-generic")
    assert run(compose([need("perf")], machine(candidates={})))[1].endswith(" linux-perf")


@pytest.mark.parametrize(
    ("candidates", "msrv", "expected"),
    [
        (BOOKWORM, "1.83", ["rustc-web cargo-web"]),
        (BOOKWORM, "1.63", ["rustc cargo"]),
        ({**BOOKWORM, "rustc": "1.85.0"}, "1.83", ["rustc cargo"]),
        ({"rustc": "1.63.0", "cargo": "0.66", "rustup": "1.26.0"}, "1.83", ["rustup", "rustup default stable"]),
    ],
    ids=["web", "own", "newer", "rustup"],
)
def test_debian_s_rust_where_it_is_new_enough(candidates: dict[str, str], msrv: str, expected: list[str]) -> None:
    found = run(compose([need("Rust")], machine(candidates=candidates, msrv=msrv)))
    assert found == ["apt-get update", f"{INSTALL['apt-get']} {expected[0]}", *expected[1:]]


@pytest.mark.parametrize(
    ("manager", "candidates", "expected"),
    [
        ("dnf", {"rust": "1.91.0", "cargo": "1.91.0"}, [f"{INSTALL['dnf']} rust cargo"]),
        ("dnf", {"rust": "1.71", "cargo": "1.71", "rustup": "1.27"}, [f"{INSTALL['dnf']} rustup", "rustup-init -y"]),
        ("pacman", {"rust": "1.91.0"}, [f"{INSTALL['pacman']} rust"]),
        ("apk", {"rust": "1.72.0", "cargo": "1.72", "rustup": "1.26"}, [f"{INSTALL['apk']} rustup", "rustup-init -y"]),
        ("brew", {}, ["brew install rustup", "rustup default stable"]),
    ],
)
def test_rust_from_each_manager(manager: str, candidates: dict[str, str], expected: list[str]) -> None:
    assert run(compose([need("Rust", manager)], machine(manager, candidates))) == expected


def test_winget_s_rustup_brings_its_toolchain_along() -> None:
    (command,) = run(compose([need("Rust", "winget")], machine("winget", {})))
    assert command.endswith("--id Rustlang.Rustup")


def test_an_old_list_of_packages_is_fetched_before_rust_is_chosen() -> None:
    found = compose([need("Rust")], machine(candidates={}))
    assert run(found) == ["apt-get update"]
    known = compose([need("Rust")], machine(candidates={"rustc": "1.63.0", "cargo": "0.66"}, refreshed=True))
    assert run(known) == []
    assert advice(known) == [f"install Rust 1.83 or later through rustup: {RUSTUP_SCRIPT}"]


def test_without_a_package_manager_rust_is_a_persons_doing() -> None:
    (command,) = compose([need("Rust", None)], machine(None, {}))
    assert command.person
    assert RUSTUP_SCRIPT in command.summary


def test_with_rustup_nothing_else_is_asked() -> None:
    found = compose([need("Rust")], machine(rustup=True))
    assert run(found) == ["rustup toolchain install stable"]


def test_without_rustup_its_toolchains_come_as_rust() -> None:
    found = compose([fix("rustup", "update", "stable")], machine())
    assert run(found)[1].endswith(" rustc-web cargo-web")
    (command,) = compose([fix("rustup", "component", "add", "clippy")], machine())
    assert command.person
    assert "there is no rustup here" in command.summary


def test_cargo_gets_certificates_where_there_are_none() -> None:
    found = run(compose([need("Rust")], machine(present=frozenset())))
    assert found[1].endswith(" ca-certificates rustc-web cargo-web")


def python(name: str) -> str:
    return str(Path("/project", ".venv", "Scripts" if os.name == "nt" else "bin", name))


def test_python_tools_go_into_an_environment_of_the_project() -> None:
    wanted = [fix("pip", "install", "maturin>=1.9"), fix("/bin/uv", "pip", "install", "py-spy", finding="c.d")]
    found = compose(wanted, machine())
    assert run(found) == [
        "/usr/bin/python3 -m venv /project/.venv",
        f"{python('python')} -m pip install maturin>=1.9 py-spy",
    ]
    assert found[1].findings == ("a.b", "c.d")
    assert set(found[0].brings) & set(found[1].needs)


def test_they_go_into_the_active_environment() -> None:
    active = machine(environment="/venv/bin/python", environment_pip=True)
    assert run(compose([fix("pip", "install", "a")], active)) == ["/venv/bin/python -m pip install a"]
    without = replace(active, environment_pip=False)
    assert run(compose([fix("pip", "install", "a")], without))[0] == "/venv/bin/python -m ensurepip"
    with_uv = replace(without, uv="/bin/uv")
    assert run(compose([fix("pip", "install", "a")], with_uv)) == ["/bin/uv pip install --python /venv/bin/python a"]


def test_a_python_without_venv_gets_it_first() -> None:
    bare = machine(interpreter=replace(PYTHON, venv=False))
    found = compose([fix("pip", "install", "maturin", finding="build.maturin"), need("venv", finding="c.d")], bare)
    assert run(found)[:2] == ["apt-get update", f"{INSTALL['apt-get']} python3.11-venv"]
    assert found[1].findings == ("c.d", "build.maturin")
    assert set(found[1].brings) & set(found[2].needs)
    assert run(compose([fix("pip", "install", "a")], replace(bare, uv="/bin/uv")))[0] == "/bin/uv venv /project/.venv"


def test_a_check_that_asks_for_an_environment_gets_the_same_one() -> None:
    wanted = [fix("/usr/bin/python3", "-m", "venv", ".venv"), fix("pip", "install", "a", finding="c.d")]
    assert run(compose(wanted, machine())) == [
        "/usr/bin/python3 -m venv /project/.venv",
        f"{python('python')} -m pip install a",
    ]
    assert len(run(compose(wanted[:1], machine()))) == 1
    (command,) = compose(wanted[:1], machine(environment="/venv/bin/python"))
    assert command.summary == "activate the environment of /venv/bin/python"


def test_what_only_tells_or_is_not_safe_is_left_to_a_person() -> None:
    wanted = [
        fix("cargo", "tree", "--invert", "pyo3@0.28", safe=True, mends=False),
        fix("pyenv", "global", "3.8.18"),
        fix(),
        fix("touch", "python/demo/py.typed", safe=True),
    ]
    found = compose(wanted, machine())
    assert run(found) == ["touch python/demo/py.typed"]
    assert [each.argv for each in found if each.person] == [wanted[i].fix.argv for i in (0, 1, 2)]  # type: ignore[union-attr]


def test_what_is_here_and_broken_is_not_installed_again() -> None:
    (command,) = compose([need("gdb")], machine(present=CERTIFIED | {"gdb"}))
    assert command.person
    assert command.summary.startswith("gdb is here, and not as it should be")


def test_the_order_is_that_of_needs() -> None:
    wanted = [
        fix("pyo3ops", "set", "pyproject.toml", "a", "1", safe=True),
        fix("cargo", "generate-lockfile"),
        fix("pip", "install", "maturin"),
        fix("uv", "python", "install", "3.8"),
        fix("uv", "python", "install", "3.9"),
        fix("rustup", "component", "add", "clippy"),
        need("gdb"),
    ]
    found = compose(wanted, machine(rustup=True))
    assert [command.stage for command in found] == sorted(command.stage for command in found)
    assert run(found)[2:4] == ["rustup component add clippy", "uv python install 3.8 3.9"]


def test_nothing_to_fix() -> None:
    assert compose([], machine()) == ()
    assert compose([Finding("a.b", "t", Status.WARN)], machine()) == ()
