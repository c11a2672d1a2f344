from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops.tools import gdb
from pyo3ops.tools.gdb import Gdb

DATA = Path(__file__).parents[2] / "data/tools"
SAFE = "$debugdir:$datadir/auto-load"
HOME = Path("/nobody")


def recorded(name: str) -> str:
    file = DATA / f"{name}.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def printing(folder: Path, name: str, code: int) -> dict[str, str]:
    """The environment in which gdb prints what was recorded."""
    lines = [f"cat {DATA / name}.txt", f"cat {DATA / name}.err.txt >&2", f"exit {code}"]
    (folder / "gdb").write_text("#!/bin/sh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (folder / "gdb").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_gdb() -> None:
    expected = Gdb(release="13.1", python="3.11.2", safe_path=SAFE)
    assert gdb.parse(recorded("gdb-linux"), recorded("gdb-linux.err")) == expected


def test_without_python() -> None:
    reason = "Python scripting is not supported in this copy of GDB."
    expected = Gdb(release="13.1", python_error=reason, safe_path=SAFE)
    assert gdb.parse(recorded("gdb-minimal-linux"), recorded("gdb-minimal-linux.err")) == expected


@pytest.mark.parametrize(
    ("line", "release"),
    [
        ("GNU gdb (GDB) 14.2", "14.2"),
        ("GNU gdb (Ubuntu 12.1-0ubuntu1~22.04) 12.1", "12.1"),
        ("GNU gdb (GDB) Fedora Linux 14.2-1.fc39", "14.2-1.fc39"),
    ],
)
def test_versions_of_distributions(line: str, release: str) -> None:
    assert gdb.parse(f"{line}\nCopyright\n", "") == Gdb(release=release, python_error="it printed nothing")


def test_garbage() -> None:
    assert gdb.parse("lldb version 14\n", "") == Gdb(error="gdb printed no version")


def test_a_gdb_that_says_1_has_answered(tmp_path: Path) -> None:
    said = gdb.ask(printing(tmp_path, "gdb-minimal-linux", 1))
    assert (said.path, said.release, said.error) == (str(tmp_path / "gdb"), "13.1", None)
    assert said.python is None


def test_a_gdb_that_ends_before_it_answers(tmp_path: Path) -> None:
    said = gdb.ask(printing(tmp_path, "gdb-pythonhome-linux", 1))
    assert said == Gdb(str(tmp_path / "gdb"), error=f"{tmp_path}/gdb ended with 1: Python not initialized")


def test_a_gdb_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gdb, "TIMEOUT", 0.2)
    (tmp_path / "gdb").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    (tmp_path / "gdb").chmod(0o755)
    said = gdb.ask({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert said == Gdb(str(tmp_path / "gdb"), error=f"{tmp_path}/gdb did not answer within 0 s", hung=True)


def test_no_gdb() -> None:
    assert gdb.ask({"PATH": ""}) == Gdb()


def test_the_safe_path_is_what_gdb_and_the_user_say(tmp_path: Path) -> None:
    said = Gdb("/opt/gdb/bin/gdb", "13.1", "3.11.2", safe_path=SAFE)
    own = (Path("/usr/lib/debug"), Path("/opt/gdb/share/gdb/auto-load"))
    assert gdb.safe_folders(said, tmp_path, {}) == own
    file = tmp_path / ".gdbinit"
    file.write_text("set style enabled off\nadd-auto-load-safe-path ~/.pyenv/versions\n", encoding="utf-8")
    assert gdb.safe_folders(said, tmp_path, {}) == (*own, tmp_path / ".pyenv/versions")
    file.write_text("set auto-load safe-path /\n", encoding="utf-8")
    assert gdb.safe_folders(said, tmp_path, {}) == (Path("/"),)


def test_the_first_gdbinit_counts(tmp_path: Path) -> None:
    (tmp_path / ".gdbinit").write_text("add-auto-load-safe-path /old\n", encoding="utf-8")
    (tmp_path / "xdg/gdb").mkdir(parents=True)
    (tmp_path / "xdg/gdb/gdbinit").write_text("add-auto-load-safe-path /new:/newer\n", encoding="utf-8")
    folders = gdb.safe_folders(Gdb(), tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "xdg")})
    assert folders == (Path("/new"), Path("/newer"))


def test_a_script_lies_beside_the_binary_or_in_gdb_s_own_folder(tmp_path: Path) -> None:
    binary = tmp_path / "bin/python3.12"
    said = Gdb(str(tmp_path / "gdb/bin/gdb"))
    assert gdb.script_of(binary, said) is None
    own = tmp_path / "gdb/share/gdb/auto-load" / binary.parent.relative_to("/") / "python3.12-gdb.py"
    own.parent.mkdir(parents=True)
    own.touch()
    assert gdb.script_of(binary, said) == own
    beside = tmp_path / "bin/python3.12-gdb.py"
    beside.parent.mkdir()
    beside.touch()
    assert gdb.script_of(binary, said) == beside


def test_scripts_run_below_a_name_of_their_own_and_read_nothing_of_the_users(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    folder.mkdir()
    (folder / "there.py").write_text(
        "from . import beside\ndef main(path): beside.kept.append(path)\n", encoding="utf-8"
    )
    (folder / "beside.py").write_text("kept = []\n", encoding="utf-8")
    argv = gdb.script_argv("gdb", folder, "there:main", tmp_path / 'a "request"')
    assert argv[:6] == ["gdb", "-nx", "-nh", "-batch", "-iex", "set auto-load off"]
    code = argv[-1].partition("python ")[2]
    subprocess.run([sys.executable, "-c", f"{code}; from {gdb.SCRIPTS} import beside; assert beside.kept"], check=True)
    assert not list(folder.rglob("*.pyc"))


def test_what_is_compiled_of_scripts_is_kept_where_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "there.py").write_text("def main(path): pass\n", encoding="utf-8")
    argv = gdb.script_argv("gdb", folder, "there:main", tmp_path / "request", tmp_path / "it's kept")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", argv[-1].partition("python ")[2]], check=True, env=env)
    assert not list(folder.rglob("*.pyc"))
    assert list((tmp_path / "it's kept").rglob("there.*.pyc"))
