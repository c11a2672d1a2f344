"""`--system` with package managers of the test's own on PATH: what is shown, what is run, in which order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "ci" / "bootstrap.py"
#: Writes down its arguments; `install` brings a C compiler that works.
APT = """\
#!/bin/sh
echo "$*" >> "{log}"
case "$*" in *install*) {install};; esac
"""


class Machine:
    """A PATH with nothing on it but what the test puts there."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.bin.mkdir()
        self.log = root / "log"

    def program(self, name: str, text: str = "#!/bin/sh\n") -> None:
        (self.bin / name).write_text(text, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def manager(self, install: str = "") -> None:
        brings = install or f'printf "#!/bin/sh\\n" > "{self.bin}/cc"; /bin/chmod +x "{self.bin}/cc"'
        self.program("apt-get", APT.format(log=self.log, install=brings))
        self.program("apt-cache", '#!/bin/sh\ntest "$2" != linux-perf\n')
        # Whoever runs the tests: for root the commands come as they are, for others through this.
        self.program("sudo", '#!/bin/sh\nexec "$@"\n')

    def bootstrap(self, *arguments: str, start: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PATH": str(self.bin)}
        done = subprocess.run(
            [sys.executable, *start, str(SCRIPT), *arguments],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert not done.stdout
        return done

    def asked(self) -> list[list[str]]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [line.split() for line in lines]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_shows_each_command_then_runs_it(machine: Machine) -> None:
    machine.manager()
    done = machine.bootstrap("--system")
    assert done.returncode == 0, done.stderr
    update, install = machine.asked()
    assert update[-1] == "update"
    packages = install[install.index("--no-install-recommends") + 1 :]
    assert {"gcc", "libc6-dev", "git", "gdb", "valgrind", "linux-tools-generic"} <= set(packages)
    assert "linux-perf" not in packages
    shown = [line.split(" $ ")[1].split() for line in done.stderr.splitlines() if " $ " in line]
    assert [words[words.index("apt-get") + 1 :] for words in shown] == [update, install]
    assert "bootstrap: missing: C compiler (linking every extension module)" in done.stderr
    assert "bootstrap: still missing: Rust" in done.stderr
    assert "https://rustup.rs" in done.stderr


def test_a_dry_run_shows_and_runs_nothing(machine: Machine) -> None:
    machine.manager()
    done = machine.bootstrap("--system", "--dry-run", "-s", "tests")
    assert done.returncode == 0
    assert done.stderr.count(" $ ") == 2
    assert machine.asked() == []


def test_a_package_that_did_not_help_is_an_error(machine: Machine) -> None:
    machine.manager(install="true")
    done = machine.bootstrap("--system")
    assert done.returncode == 2
    assert "apt-get did not bring what every session needs: C compiler" in done.stderr


def test_a_manager_that_fails_is_an_error(machine: Machine) -> None:
    machine.manager(install="exit 100")
    done = machine.bootstrap("--system")
    assert done.returncode == 2
    assert "ended with 100" in done.stderr
    assert "next: run that command by hand" in done.stderr


def test_without_a_manager_it_says_what_is_missing(machine: Machine) -> None:
    done = machine.bootstrap("--system")
    assert done.returncode == 2
    assert "no known package manager brings what every session needs: C compiler" in done.stderr


def test_where_all_is_there_it_says_so_and_asks_nobody(machine: Machine) -> None:
    machine.manager()
    for name in ("cc", "git", "gdb", "valgrind", "perf", "go", "debootstrap", "cargo"):
        machine.program(name)
    done = machine.bootstrap("--system")
    assert done.returncode == 0
    assert done.stderr == "bootstrap: no system package is missing\n"
    assert machine.asked() == []


#: The script as anybody but root would run it.
UNPRIVILEGED = """\
import os, runpy, sys
os.geteuid = lambda: 1000
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_others_than_root_are_told_of_sudo_first(machine: Machine) -> None:
    machine.manager()
    machine.program("sudo", f'#!/bin/sh\necho "sudo $1" >> "{machine.log}"\nexec "$@"\n')
    done = machine.bootstrap("--system", start=("-c", UNPRIVILEGED))
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    warning = next(number for number, line in enumerate(lines) if "started through sudo" in line)
    commands = [number for number, line in enumerate(lines) if " $ sudo apt-get " in line]
    assert len(commands) == 2
    assert warning < min(commands)
    assert [words[:2] for words in machine.asked()][::2] == [["sudo", "apt-get"]] * 2


def test_without_sudo_the_command_for_root_is_named(machine: Machine) -> None:
    machine.manager()
    (machine.bin / "sudo").unlink()
    done = machine.bootstrap("--system", start=("-c", UNPRIVILEGED))
    assert done.returncode == 2
    assert "there is no sudo" in done.stderr
    assert "next: as root: apt-get update && apt-get install -y --no-install-recommends gcc" in done.stderr
    assert machine.asked() == []
