from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pyo3ops.tools import lldb
from pyo3ops.tools.lldb import Lldb

DATA = Path(__file__).parents[2] / "data/tools"
BROKEN = "its Python does not start: ModuleNotFoundError: No module named 'lldb'"


def recorded(name: str) -> str:
    return (DATA / f"{name}.txt").read_text(encoding="utf-8")


def test_debian_s_own_does_not_find_its_module() -> None:
    expected = Lldb(release="14.0.6", error=BROKEN)
    assert lldb.parse(recorded("lldb-linux"), recorded("lldb-linux.err")) == expected
    assert lldb.parse(recorded("lldb-linux"), "") == Lldb(release="14.0.6")


def test_apple_s() -> None:
    assert lldb.parse(recorded("lldb-macos"), "") == Lldb(release="1500.0.404.7")


def test_garbage() -> None:
    assert lldb.parse("GNU gdb 13.1\n", "") == Lldb(error="lldb --version printed no version")


def test_no_lldb() -> None:
    assert lldb.ask({"PATH": ""}) == Lldb()


def test_one_that_fails(tmp_path: Path) -> None:
    (tmp_path / "lldb").write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    (tmp_path / "lldb").chmod(0o755)
    said = lldb.ask({"PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert said == Lldb("lldb", str(tmp_path / "lldb"), error=f"{tmp_path}/lldb ended with 127")


def test_pythonpath_is_kept_and_pythonhome_not(tmp_path: Path) -> None:
    script = '#!/bin/sh\necho "lldb version 1.$PYTHONPATH.${PYTHONHOME:-0}"\n'
    (tmp_path / "lldb").write_text(script, encoding="utf-8")
    (tmp_path / "lldb").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/bin:/usr/bin", "PYTHONPATH": "7", "PYTHONHOME": "8"}
    assert lldb.ask(env).release == "1.7.0"


def test_the_folder_of_the_module(tmp_path: Path) -> None:
    assert lldb.module_folder("14.0.6", tmp_path) is None
    folder = tmp_path / "llvm-14/lib/python3.11/dist-packages"
    (folder / "lldb").mkdir(parents=True)
    (folder / "lldb/embedded_interpreter.py").touch()
    assert lldb.module_folder("14.0.6", tmp_path) == folder
    assert lldb.module_folder("19.1.7", tmp_path) is None


def test_debian_s_name_for_it(tmp_path: Path) -> None:
    for number in (14, 19):
        script = f'#!/bin/sh\necho "lldb version {number}.0.1"\n'
        (tmp_path / f"lldb-{number}").write_text(script, encoding="utf-8")
        (tmp_path / f"lldb-{number}").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/bin"}
    assert lldb.found(env) == Lldb("lldb", str(tmp_path / "lldb-19"), "19.0.1")
    assert lldb.ask(env) == Lldb()
    (tmp_path / "lldb-14").rename(tmp_path / "lldb")
    assert lldb.found(env) == Lldb("lldb", str(tmp_path / "lldb"), "14.0.1")
    assert lldb.found({"PATH": ""}) == Lldb()


def test_a_function_of_a_package_of_scripts(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    folder.mkdir()
    (folder / "one.py").write_text("def run(path):\n    open(path, 'w').write(__name__)\n", encoding="utf-8")
    *argv, command = lldb.script_argv("lldb", folder, "one:run", tmp_path / "request")
    assert argv == ["lldb", "--no-lldbinit", "--no-use-colors", "--batch", "-o"]
    subprocess.run([sys.executable, "-c", command[len("script ") :]], check=True)
    assert (tmp_path / "request").read_text("utf-8") == "pyo3ops_inside.one"
