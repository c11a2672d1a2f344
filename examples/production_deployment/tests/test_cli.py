import errno
import io
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import production_deployment
import pytest
from production_deployment import cli


@pytest.fixture
def files(tmp_path):
    (tmp_path / "one").write_bytes(b"one two\n")
    (tmp_path / "two").write_bytes(b"three")
    return [str(tmp_path / "one"), str(tmp_path / "two")]


def test_a_line_a_file_and_a_total(files, capsys):
    assert cli.main(files) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [["1", "2", "8", "8", files[0]], ["0", "1", "5", "5", files[1]], ["1", "3", "13", "13", "total"]]


def test_json_for_other_programs(files, capsys):
    assert cli.main(["--json", files[0]]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"file": files[0], "lines": 1, "words": 2, "characters": 8, "bytes": 8}
    ]


def test_what_cannot_be_read_stops_nothing(files, capsys):
    assert cli.main(["none", files[0]]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("production-deployment: none: ")
    # Windows says it in words of its own.
    if sys.platform != "win32":
        assert said.err == f"production-deployment: none: {os.strerror(errno.ENOENT)}\n"
    assert said.out.split() == ["1", "2", "8", "8", files[0]]


def test_the_extra_answers_the_shell(monkeypatch):
    seen = []
    monkeypatch.setitem(sys.modules, "argcomplete", types.SimpleNamespace(autocomplete=seen.append))
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert [parser.prog for parser in seen] == ["production-deployment"]


def test_standard_input(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"a b c")))
    assert cli.main(["-"]) == 0
    assert capsys.readouterr().out.split() == ["0", "3", "5", "5", "-"]


@pytest.mark.slow
def test_the_installed_command_and_the_module(files):
    script = Path(sys.executable).with_name("production-deployment")
    for argv in ([str(script)], [sys.executable, "-m", "production_deployment"]):
        version = subprocess.run([*argv, "--version"], capture_output=True, text=True, check=True, timeout=60)
        assert version.stdout.strip() == production_deployment.__version__
        failed = subprocess.run([*argv, "none"], capture_output=True, text=True, check=False, timeout=60)
        assert failed.returncode == 1
        assert subprocess.run([*argv, files[0]], check=False, timeout=60, stdout=subprocess.DEVNULL).returncode == 0
