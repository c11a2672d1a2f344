from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import command


def script(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def env() -> dict[str, str]:
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])}


def test_a_python_and_its_arguments(tmp_path: Path, env: dict[str, str]) -> None:
    read = command.read((sys.executable, "-X", "dev", "folder/a.py", "-I"), env, tmp_path)
    assert read.arguments == ("-X", "dev", "folder/a.py", "-I")
    assert read.version == "{}.{}.{}".format(*sys.version_info[:3])
    assert read.python.samefile(sys.executable)
    assert read.paths[0] == tmp_path / "folder"
    assert read.closed is None
    assert read.monitors == (sys.version_info >= (3, 12))
    assert not any(path.name == "lib-dynload" for path in read.paths)


@pytest.mark.parametrize(
    ("arguments", "closed", "file"),
    [
        (("a.py",), None, "a.py"),
        (("-I", "a.py"), "-I", "a.py"),
        (("-uE", "a.py"), "-E", "a.py"),
        (("-X", "S", "a.py"), None, "a.py"),
        (("-XS", "a.py"), None, "a.py"),
        (("-WE", "a.py"), None, "a.py"),
        (("-c", "x", "-I"), None, None),
        (("-Scx",), "-S", None),
        (("-mE", "a.py"), None, None),
        (("--check-hash-based-pycs", "always", "a.py"), None, "a.py"),
        (("--version",), None, None),
        (("-",), None, None),
        ((), None, None),
    ],
)
def test_options_of_an_interpreter(arguments: tuple[str, ...], closed: str | None, file: str | None) -> None:
    said = command._options(arguments)
    assert (said.closed, said.script) == (closed, file)


def test_a_script_names_its_interpreter(tmp_path: Path, env: dict[str, str]) -> None:
    name = Path(sys.executable).name
    direct = script(tmp_path / "direct", f"#!{sys.executable} -E", "x")
    by_env = script(tmp_path / "by_env", f"#!/usr/bin/env {name}", "x")
    long = script(tmp_path / "long", "#!/bin/sh", f'\'\'\'exec\' "{sys.executable}" "$0" "$@"', "' '''")
    assert command._interpreted(["./direct", "x"], env, tmp_path) == [sys.executable, "-E", str(direct), "x"]
    assert command._interpreted(["./by_env"], env, tmp_path)[1:] == [str(by_env)]
    assert command._interpreted(["./long"], env, tmp_path) == [sys.executable, str(long)]


@pytest.mark.parametrize(
    ("words", "message", "cause"),
    [
        ((), "no program", "two dashes"),
        (("no-such-program",), "is not there", "neither on PATH"),
        (("script.py",), "is not there", "started by its interpreter"),
        (("./shell",), "is not run by a Python", "a launcher"),
        (("./broken",), "is not run by a Python", "a launcher"),
        (("./python",), "is no Python that runs", "./python ended with 3"),
    ],
)
def test_what_no_python_runs(
    words: tuple[str, ...], message: str, cause: str, tmp_path: Path, env: dict[str, str]
) -> None:
    script(tmp_path / "shell", "#!/bin/sh", "exec true")
    script(tmp_path / "broken", "\0")
    script(tmp_path / "python", "#!/bin/sh", "exit 3")
    with pytest.raises(UsageError, match=message) as raised:
        command.read(words, env, tmp_path)
    assert cause.rpartition("/")[2] in raised.value.cause
