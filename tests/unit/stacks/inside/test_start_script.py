"""The script between gdb and the program, run by the shell of this system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.inside import start_script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no /bin/sh here")
SHOWN = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))"


def run(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    file = folder / "start.sh"
    file.write_bytes(script.encode("utf-8", "surrogateescape"))
    argv = ["/bin/sh", str(file), sys.executable, "-c", SHOWN, *arguments]
    env = {**os.environ, "GONE": "1", "OTHER": "kept"}
    return subprocess.run(argv, env=env, check=True, capture_output=True, text=True, cwd=folder)


@pytest.mark.parametrize("value", ["a\nshell touch owned\nb", "ends with spaces  ", "'\"$HOME`x`\\", "", "größe"])
def test_a_variable_arrives_as_it_is(tmp_path: Path, value: str) -> None:
    ended = run(start_script.text([("VALUE", value), ("GONE", None)], to_stderr=False), tmp_path, "a b", "c\nd")
    environment, arguments = json.loads(ended.stdout)
    assert (environment["VALUE"], environment["OTHER"]) == (value, "kept")
    assert "GONE" not in environment
    assert arguments == ["a b", "c\nd"]
    assert [each.name for each in tmp_path.iterdir()] == ["start.sh"]


def test_stdout_goes_to_stderr_where_the_report_has_its_place(tmp_path: Path) -> None:
    ended = run(start_script.text([("VALUE", "1")], to_stderr=True), tmp_path)
    assert ended.stdout == ""
    assert json.loads(ended.stderr)[0]["VALUE"] == "1"


@pytest.mark.parametrize("name", ["A B", "A;touch owned", "A\n", "1A", "", "größe"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no shell has a variable"):
        start_script.text([(name, "1")], to_stderr=False)
