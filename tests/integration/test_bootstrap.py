"""The bootstrap as a person starts it, in a path with a space and an umlaut.

What can go wrong while it installs is tried without network, on a stand-in for nox in a local folder of wheels; what it
installs from the real locks is tried once, for real.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Iterator

import pytest

ROOT = Path(__file__).parents[2]
MAKING = "making nox's private environment"
#: nox's stand-in says where it is, or ends, or waits, as its last argument asks.
NOX = """\
import json, os, sys, time

def main():
    word = sys.argv[-1]
    if word.startswith("exit-"):
        return int(word[5:])
    said = {"argv": sys.argv, "path": os.environ["PATH"], "python": sys.executable, "cwd": os.getcwd()}
    print(json.dumps(said), flush=True)
    if word == "wait":
        time.sleep(60)
"""


def stand_in(folder: Path) -> str:
    """Write the wheel of nox's stand-in into `folder`; returns its locked requirement."""
    files = {
        "nox/__init__.py": "",
        "nox/__main__.py": NOX,
        "nox-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: nox\nVersion: 1.0\n",
        "nox-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{name},sha256={_record_hash(text)},{len(text.encode())}" for name, text in files.items()]
    files["nox-1.0.dist-info/RECORD"] = "\n".join([*record, "nox-1.0.dist-info/RECORD,,", ""])
    wheel = folder / "nox-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return f"nox==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class Checkout:
    """A checkout with the scripts of this one."""

    root: Path
    env: dict[str, str]

    @property
    def argv(self) -> list[str]:
        return [sys.executable, str(self.root / "ci/bootstrap.py")]

    @property
    def requirements(self) -> Path:
        return self.root / "ci/requirements/bootstrap.txt"

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.argv, *arguments],
            cwd=cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    @contextlib.contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Started, in a process group of its own, and ended at the latest with the block."""
        process = subprocess.Popen(
            [*self.argv, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            with process:
                yield process
                process.kill()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def folders(self) -> list[Path]:
        return [path for path in (self.root / ".pyo3ops/bootstrap").iterdir() if path.is_dir()]

    def stamps(self) -> list[Path]:
        return list(self.root.glob(".pyo3ops/bootstrap/*/stamp"))


def clone(target: Path) -> Path:
    target.mkdir(parents=True)
    shutil.copytree(ROOT / "ci", target / "ci", ignore=shutil.ignore_patterns("__pycache__"))
    return target


def stand_in_checkout(folder: Path) -> Checkout:
    root = clone(folder / "Prüfung é" / "a checkout")
    wheels = folder / "wheels"
    wheels.mkdir()
    (root / "ci/requirements/bootstrap.txt").write_text(stand_in(wheels), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return Checkout(root, {**clean, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PYTHONUTF8": "1"})


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Fresh, nothing made yet."""
    return stand_in_checkout(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """With its environment made: an installation takes seconds, so those that leave it whole share it."""
    checkout = stand_in_checkout(tmp_path_factory.mktemp("made"))
    assert checkout.run("exit-0").returncode == 0
    return checkout


def wait_for(stream: IO[str] | None, text: str) -> str:
    """Read lines until one contains `text`; returns all of them."""
    assert stream is not None
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"{text!r} never came: {''.join(lines)}")


def test_it_becomes_nox_with_the_noxfile_of_the_checkout_wherever_it_is_started(made: Checkout, tmp_path: Path) -> None:
    done = made.run("-s", "tests", "--", "--system", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["argv"] == ["nox", "--noxfile", str(made.root / "noxfile.py"), "-s", "tests", "--", "--system"]
    (folder,) = made.folders()
    assert said["path"].split(os.pathsep)[0] == str(folder / "tools")
    assert Path(said["python"]) == folder / "bin/python"
    assert said["cwd"] == str(tmp_path)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_exit_code_is_noxs(made: Checkout, code: int) -> None:
    assert made.run(f"exit-{code}").returncode == code


def test_the_second_run_does_nothing_and_takes_no_time(made: Checkout) -> None:
    before = [stamp.stat().st_mtime_ns for stamp in made.stamps()]
    empty, second = [], []
    for _ in range(5):
        empty.append(seconds([sys.executable, "-I", "-c", ""], made.env))
        second.append(seconds([*made.argv, "exit-0"], made.env))
    assert [stamp.stat().st_mtime_ns for stamp in made.stamps()] == before
    # Two interpreters are started, the bootstrap's and nox's; 0.3 s is what the bootstrap may add.
    assert statistics.median(second) < 2 * statistics.median(empty) + 0.3


def seconds(argv: list[str], env: dict[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, check=True)
    assert not done.stderr
    return time.perf_counter() - started


def test_an_installation_that_was_killed_is_made_anew(checkout: Checkout) -> None:
    with checkout.running("exit-0") as process:
        wait_for(process.stderr, MAKING)
        process.kill()
    assert not checkout.stamps()
    done = checkout.run("exit-0")
    assert done.returncode == 0, done.stderr
    assert MAKING in done.stderr


def test_a_half_environment_is_not_taken_for_good(made: Checkout) -> None:
    (stamp,) = made.stamps()
    stamp.unlink()
    shutil.rmtree(stamp.parent / "lib")
    done = made.run("exit-0")
    assert done.returncode == 0, done.stderr
    assert MAKING in done.stderr


def test_two_at_once_make_one_environment(checkout: Checkout) -> None:
    with checkout.running("exit-0") as first, checkout.running("exit-0") as second:
        said = [process.communicate(timeout=240)[1] for process in (first, second)]
        codes = [first.returncode, second.returncode]
    assert codes == [0, 0], said
    assert sum(MAKING in text for text in said) == 1
    assert sum("another bootstrap is making this environment" in text for text in said) == 1


def test_new_requirements_leave_the_environment_of_a_running_nox_alone(checkout: Checkout) -> None:
    with checkout.running("wait") as busy:
        wait_for(busy.stdout, "argv")
        (old,) = checkout.folders()
        locked = checkout.requirements.read_text(encoding="utf-8")
        checkout.requirements.write_text(f"{locked}# once more\n", encoding="utf-8")
        assert checkout.run("exit-0").returncode == 0
        assert old in checkout.folders()
        assert len(checkout.folders()) == 2
    checkout.requirements.write_text(f"{locked}# and again\n", encoding="utf-8")
    assert checkout.run("exit-0").returncode == 0
    assert old not in checkout.folders()
    assert len(checkout.folders()) == 1


def test_interrupting_the_installation_ends_with_130_and_leaves_nothing(checkout: Checkout) -> None:
    with checkout.running("exit-0") as process:
        wait_for(process.stderr, MAKING)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
        code = process.returncode
    assert code == 130
    assert said == "bootstrap: interrupted\n"
    assert checkout.folders() == []


def test_interrupting_nox_ends_with_130(made: Checkout) -> None:
    with made.running("wait") as process:
        wait_for(process.stdout, "argv")
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
        code = process.returncode
    assert code == 130
    assert "Traceback" not in said


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Checkout) -> None:
    checkout.requirements.write_text(f"nox==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    done = checkout.run("exit-0")
    assert done.returncode == 2
    assert "usual cause: a package is not the one that was locked" in done.stderr
    assert checkout.folders() == []


def test_without_an_index_it_says_so(checkout: Checkout) -> None:
    shutil.rmtree(checkout.env["PIP_FIND_LINKS"])
    done = checkout.run("exit-0")
    assert done.returncode == 2
    assert "usual cause: no network" in done.stderr
    assert "next: connect this machine" in done.stderr
    assert checkout.folders() == []


def test_settings_that_send_pip_elsewhere_do_no_harm(checkout: Checkout, tmp_path: Path) -> None:
    stray = {"PIP_USER": "1", "PIP_TARGET": str(tmp_path / "target"), "PYTHONPATH": str(tmp_path)}
    (tmp_path / "nox.py").write_text("raise SystemExit('the wrong nox')", encoding="utf-8")
    done = Checkout(checkout.root, {**checkout.env, **stray}).run("exit-0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "target").exists()


def test_a_checkout_that_became_read_only_still_runs(made: Checkout) -> None:
    folder = made.root / ".pyo3ops/bootstrap"
    for path in (folder, *folder.glob("*.lock")):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        assert made.run("exit-3").returncode == 3
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
def test_a_real_old_interpreter_gets_one_line(version: str) -> None:
    pyenv = sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
    python = next(iter(pyenv), None) or shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"no Python {version} here")
    script = str(ROOT / "ci/bootstrap.py")
    done = subprocess.run(
        [python, script, "-s", "tests"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("bootstrap: Python 3.8 or later is needed")
    assert done.stderr.count("\n") == 1


NOXFILE = """\
import nox

@nox.session(venv_backend="none")
def tools(session):
    for name in ("uv", "nox", "invoke"):
        session.run(name, "--version", external=True)
"""


def test_the_real_locks_bring_nox_uv_and_invoke(tmp_path: Path) -> None:
    root = clone(tmp_path / "Prüfung é" / "a checkout")
    (root / "noxfile.py").write_text(NOXFILE, encoding="utf-8")
    checkout = Checkout(root, dict(os.environ))
    done = checkout.run("-s", "tools")
    if "usual cause: no network" in done.stderr:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    locked = {line.split(" ")[0] for line in checkout.requirements.read_text(encoding="utf-8").splitlines()}
    uv, nox, invoke = done.stdout.splitlines()
    assert {f"uv=={uv.split()[1]}", f"nox=={nox}", f"invoke=={invoke.split()[1]}"} <= locked
    assert "Session tools was successful" in done.stderr
    again = checkout.run("-s", "tools")
    assert MAKING not in again.stderr
    assert again.stdout == done.stdout
