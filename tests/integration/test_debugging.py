"""The verdicts on debuggers and profilers, held against what the tools then really do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from pyo3ops.core.files import home_folder
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools import gdb, programs, python, symbols

from .conftest import need

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="gdb, ptrace and core_pattern are of Linux")


def finding(root: Path, check: str, env: Mapping[str, str], before: str = "") -> dict[str, Any]:
    """What validate says of one check, in a shell in which `before` was typed."""
    script = f'{before}\nexec "$0" -m pyo3ops validate --json --select {check} --project "$1"'
    argv = ["sh", "-c", script, sys.executable, str(root)]
    done = subprocess.run(argv, env=dict(env), capture_output=True, check=False)
    (said,) = json.loads(done.stdout)["findings"]
    return dict(said)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("check", "program"),
    [
        ("debug.gdb", "gdb"),
        ("debug.lldb", "lldb"),
        ("debug.valgrind", "valgrind"),
        ("debug.heaptrack", "heaptrack"),
        ("profile.perf", "perf"),
    ],
)
def test_a_tool_is_named_by_the_version_that_it_prints(
    check: str, program: str, tiny: Path, env: dict[str, str]
) -> None:
    need(program)
    said = finding(tiny, check, env)
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    # Debian's lldb runs, and does not find its Python.
    assert said["detail"] in printed or (program, said["status"]) == ("lldb", "warn")
    assert said["status"] in {"ok", "warn"}


def test_a_tool_that_is_gone_matters_where_it_is_asked_for(tiny: Path, env: dict[str, str]) -> None:
    folder = tiny.parent / "bin"
    folder.mkdir()
    for name in ("cargo", "rustc", "sh"):
        (folder / name).symlink_to(shutil.which(name) or "")
    without = {**env, "PATH": str(folder)}
    assert finding(tiny, "debug.valgrind", without)["status"] == "skip"
    (tiny / "Makefile").write_text("check:\n\tvalgrind python -c 'import tiny'\n", encoding="utf-8")
    said = finding(tiny, "debug.valgrind", without)
    assert (said["status"], said["where"]["path"], said["where"]["line"]) == ("warn", "Makefile", 2)
    assert said["fix"]["summary"]


def test_the_python_in_gdb_is_the_one_it_runs() -> None:
    need("gdb")
    argv = ["gdb", "-nx", "-batch", "-ex", "python import platform; print(platform.python_version())"]
    printed = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    assert (gdb.ask(os.environ).python or "") == printed


@pytest.mark.parametrize("trusted", [False, True])
def test_gdb_loads_what_is_said_to_be_trusted(trusted: bool, tmp_path: Path, env: dict[str, str]) -> None:  # noqa: FBT001
    need("gdb")
    versions = [PythonVersion(minor) for minor in range(8, 15)]
    found = python.find(versions, env, home_folder(env)).working
    told = gdb.ask(env)
    scripts = {each.path.resolve(): gdb.script_of(each.path.resolve(), told) for each in found}
    here = {binary: script for binary, script in scripts.items() if script}
    if not here:
        pytest.skip("no Python here has a script for gdb beside it")
    binary, script = next(iter(here.items()))
    if trusted:
        (tmp_path / ".gdbinit").write_text(f"add-auto-load-safe-path {script.parent}\n", encoding="utf-8")
    own = {name: value for name, value in env.items() if name != "XDG_CONFIG_HOME"}
    safe = gdb.safe_folders(told, tmp_path, own)
    argv = ["gdb", "-batch", "-ex", "info auto-load python-scripts", str(binary)]
    done = subprocess.run(argv, env={**own, "HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
    loaded = any(line.split() == ["Yes", str(script)] for line in done.stdout.splitlines())
    assert loaded == any(folder in script.resolve().parents for folder in safe)
    assert loaded or not trusted


def test_gdb_attaches_where_ptrace_is_said_to_be_free(
    tiny: Path, env: dict[str, str], sleeper: subprocess.Popen[bytes]
) -> None:
    need("gdb")
    said = finding(tiny, "debug.ptrace", env)
    argv = ["gdb", "-nx", "-batch", "-p", str(sleeper.pid), "-ex", "info proc"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (f"process {sleeper.pid}\n" in done.stdout) == (said["status"] == "ok")


def test_perf_samples_where_it_is_said_to(tiny: Path, tmp_path: Path, env: dict[str, str]) -> None:
    need("perf")
    said = finding(tiny, "profile.perf-events", env)
    argv = ["perf", "record", "-q", "-e", "cpu-clock:u", "-o", str(tmp_path / "perf.data"), "true"]
    done = subprocess.run(argv, capture_output=True, check=False)
    assert (done.returncode == 0) == (said["status"] == "ok")


def test_a_crash_leaves_a_core_where_it_is_said_to(tiny: Path, tmp_path: Path, env: dict[str, str]) -> None:
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8").strip()
    if pattern.startswith(("|", "/")):
        pytest.skip("cores do not go to the working directory here")
    open_limit = "ulimit -S -c unlimited 2>/dev/null"
    for before, expected in ((open_limit, "ok"), ("ulimit -S -c 0", "skip")):
        folder = tmp_path / expected
        folder.mkdir()
        limit = finding(tiny, "debug.core-limit", env, before)
        if limit["detail"].startswith("no cores"):
            pytest.skip("the hard limit of cores is 0 here")
        assert limit["status"] == expected
        script = f'{before}\ncd "$1" && exec "$0" -c "import os; os.abort()"'
        subprocess.run(["sh", "-c", script, sys.executable, str(folder)], capture_output=True, check=False)
        assert bool(list(folder.iterdir())) == (expected == "ok")
    assert finding(tiny, "debug.core-pattern", env)["status"] == "ok"


def test_a_hard_limit_stops_the_debuggers_that_are_here(tiny: Path, env: dict[str, str]) -> None:
    need("gdb")
    said = finding(tiny, "debug.core-limit", env, "ulimit -c 0")
    assert (said["status"], said["detail"]) == ("warn", "no cores: the hard limit is 0")
    assert "gdb" in said["evidence"][0]


def test_symbols_of_an_extension(tiny: Path, env: dict[str, str]) -> None:
    need("cargo", "strip", "objcopy")
    check = "debug.extension-symbols"
    assert finding(tiny, check, env)["detail"] == "nothing is built yet"
    # The interpreter of the tests is the one that PyO3 is to build for.
    lines = {**env, "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only", "PYO3_PYTHON": sys.executable}
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=tiny, env=lines, check=True, capture_output=True)
    library = tiny / "target/release/libtiny.so"
    whole = tiny.parent / "whole.so"
    shutil.copy(library, whole)
    assert finding(tiny, check, env)["detail"] == "names and lines"
    subprocess.run(["strip", "--strip-debug", str(library)], check=True)
    assert finding(tiny, check, env)["detail"] == "names without lines"
    subprocess.run(["strip", "--strip-all", str(library)], check=True)
    said = finding(tiny, check, env)
    assert (said["status"], said["detail"]) == ("skip", "libtiny.so is stripped")
    (tiny / "noxfile.py").write_text('session.run("valgrind", external=True)\n', encoding="utf-8")
    assert finding(tiny, check, env)["status"] == "warn"
    # What gdb finds beside the library counts as its own.
    (library.parent / ".debug").mkdir()
    separate = library.parent / ".debug/libtiny.so.debug"
    subprocess.run(["objcopy", "--only-keep-debug", str(whole), str(separate)], check=True)
    subprocess.run(["objcopy", f"--add-gnu-debuglink={separate}", str(library)], check=True)
    assert finding(tiny, check, env)["detail"] == "names and lines"


def test_symbols_agree_with_readelf() -> None:
    need("readelf")
    for path in (Path(sys.executable).resolve(), Path(shutil.which("sh") or "").resolve()):
        printed = subprocess.run(["readelf", "-SW", str(path)], capture_output=True, text=True, check=True).stdout
        said = symbols.read(path)
        if said.separate is None:
            assert (said.names, said.lines) == (" .symtab " in printed, " .debug_info " in printed)


def test_asking_is_cheap() -> None:
    need("gdb", "valgrind", "perf")
    started = time.perf_counter()
    for name in ("valgrind", "perf"):
        assert programs.ask(name, os.environ).release
    assert gdb.ask(os.environ).release
    assert time.perf_counter() - started < 2.0
