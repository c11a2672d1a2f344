"""With a pypi-server of our own making; the real one is for tests/integration."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyo3ops.tools import pypiserver, web
from pyo3ops.tools.pypiserver import Absent, Serving

#: Says that it is there, and ends instead of serving.
DYING = '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "no port for me"\nexit 1\n'
#: Answers everything, as a file server does.
ANSWERING = """\
#!{python}
import subprocess
import sys
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler
if "--version" not in sys.argv:
    print(*sys.argv)
    HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("-p") + 1])), SimpleHTTPRequestHandler).serve_forever()
"""


def program(folder: Path, text: str) -> dict[str, str]:
    if sys.platform == "win32":
        pytest.skip("the program of this test is a script")
    (folder / "pypi-server").write_text(text)
    (folder / "pypi-server").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_without_it_there_is_a_way_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pypiserver, "_PYTHON", (99, 0))
    with pypiserver.serving(tmp_path, {"PATH": str(tmp_path)}) as server:
        assert isinstance(server, Absent)
        assert "pypiserver[passlib]" in str(pypiserver.command({"PATH": ""}, passwords=True))
        assert server.fix.argv


def test_one_that_ends_at_once_is_told_with_its_words(tmp_path: Path) -> None:
    with pypiserver.serving(tmp_path, program(tmp_path, DYING)) as server:
        assert isinstance(server, Absent)
        assert server.reason == "pypiserver does not answer: no port for me"
        assert server.fix.argv
        assert server.fix.argv[0].endswith("pypi-server")


def test_it_serves_as_long_as_the_block_and_no_longer(tmp_path: Path) -> None:
    env = program(tmp_path, ANSWERING.format(python=sys.executable))
    with pypiserver.serving(tmp_path, env) as server:
        assert isinstance(server, Serving)
        assert server.simple == f"{server.url}simple/" == server.index.url
        assert web.date(server.url, {}) is not None
    assert web.date(server.url, {}) is None


def test_it_ends_with_an_error_in_the_block_as_well(tmp_path: Path) -> None:
    env = program(tmp_path, ANSWERING.format(python=sys.executable))
    with pytest.raises(KeyError), pypiserver.serving(tmp_path, env) as server:
        raise KeyError
    assert isinstance(server, Serving)
    assert web.date(server.url, {}) is None


def test_it_does_not_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    env = program(tmp_path, ANSWERING.format(python=sys.executable))
    lines = [
        "import sys, time; from pathlib import Path; from pyo3ops.tools import pypiserver",
        f"with pypiserver.serving(Path({str(tmp_path)!r}), {env!r}) as server:",
        "    print(server.url, flush=True); time.sleep(60)",
    ]
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)], stdout=subprocess.PIPE, text=True, env={**env, "PYTHONPATH": root}
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert web.date(url, {}) is not None
        process.kill()
    until = time.monotonic() + 10
    while web.date(url, {}) is not None:
        assert time.monotonic() < until, "it still answers"
        time.sleep(0.05)


def test_the_command(tmp_path: Path) -> None:
    open_to_all = pypiserver.serve_argv(("pypi-server",), tmp_path, 8080, None)
    assert " ".join(open_to_all).startswith("pypi-server run -i 127.0.0.1 -p 8080 -a . -P . --disable-fallback")
    guarded = pypiserver.serve_argv(("pypi-server",), tmp_path, 8080, tmp_path / "htpasswd")
    assert guarded[6:10] == ("-a", "update", "-P", str(tmp_path / "htpasswd"))


def test_passwords_are_for_our_eyes(tmp_path: Path) -> None:
    path = pypiserver._passwords(tmp_path, "me", "secret")
    assert path.read_text(encoding="utf-8") == "me:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
    assert sys.platform == "win32" or path.stat().st_mode & 0o077 == 0
