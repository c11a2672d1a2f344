"""Against a real server on loopback, in this process."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Iterator

import pytest

from pyo3ops.tools import debuginfod, web
from pyo3ops.tools.debuginfod import Servers

from .elves import library

if TYPE_CHECKING:
    from pathlib import Path

ID = "76eaa3000102030405060708090a0b0c0d0e0f10"
OTHER = "ff" * 20
WHOLE = library((".debug_info", 1, b"DWARF"), build_id=ID)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    asked: list[str]
    answer = "whole"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answer = self.server.answer
        if answer == "hangs":
            time.sleep(3)
        elif answer == "absent":
            self.send_error(404)
        elif answer == "broken":
            self.send_error(500)
        else:
            data = {"whole": WHOLE, "garbage": b"<html>", "other": library(build_id=OTHER), "large": bytes(10_000)}
            sent = data.get(answer, WHOLE)
            self.send_response(200)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent[:-100] if answer == "short" else sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Tests say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def servers(server: Server, tmp_path: Path, limit: int = debuginfod.LIMIT) -> Servers:
    return Servers({"DEBUGINFOD_URLS": f"http://127.0.0.1:{server.server_port}/ ftp://no"}, tmp_path / "cache", limit)


def test_what_came_is_kept_where_gdb_looks(server: Server, tmp_path: Path) -> None:
    asking = servers(server, tmp_path)
    path = asking.debug_file(ID)
    assert path == tmp_path / f"cache/.build-id/76/{ID[2:]}.debug"
    assert path.read_bytes() == WHOLE
    assert asking.debug_file(ID) == path
    assert server.asked == [f"/buildid/{ID}/debuginfo"]
    assert (asking.troubles, [each.name for each in path.parent.iterdir()]) == ([], [path.name])


def test_what_is_not_there_is_no_trouble(server: Server, tmp_path: Path) -> None:
    server.answer = "absent"
    asking = servers(server, tmp_path)
    assert (asking.debug_file(ID), asking.debug_file(OTHER)) == (None, None)
    assert (asking.troubles, len(server.asked)) == ([], 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("garbage", "what came is no whole ELF file"),
        ("other", f"what came is of the build {OTHER}"),
        ("broken", "HTTP 500; this server was not asked again"),
        ("short", "what came is no whole ELF file"),
        ("large", "it is larger than 5000 bytes; this server was not asked again"),
        ("hangs", "timed out; this server was not asked again"),
    ],
)
def test_what_cannot_be_used_only_warns(
    answer: str, said: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.3)
    server.answer = answer
    asking = servers(server, tmp_path, 5000)
    assert asking.debug_file(ID) is None
    assert len(asking.troubles) == 1
    assert said in asking.troubles[0]
    assert not list((tmp_path / "cache").rglob("*debug*"))
    silent = "not asked again" in said
    asking.debug_file(OTHER)
    assert len(server.asked) == 2 - silent


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{web.free_port()}"
    asking = Servers({"DEBUGINFOD_URLS": url}, tmp_path)
    assert asking.debug_file(ID) is None
    assert len(asking.troubles) == 1


def test_a_cache_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    asking = servers(server, tmp_path)
    assert asking.debug_file(ID) is None
    assert asking.troubles[0].startswith("nothing can be kept: ")


def test_nobody_is_asked_for_what_is_no_build_id(server: Server, tmp_path: Path) -> None:
    assert servers(server, tmp_path).debug_file("../../secret") is None
    assert server.asked == []


def test_without_servers(tmp_path: Path) -> None:
    for env in ({}, {"DEBUGINFOD_URLS": ""}, {"DEBUGINFOD_URLS": "file:///etc nonsense"}):
        assert Servers(env, tmp_path).urls == ()
        assert Servers(env, tmp_path).debug_file(ID) is None


def test_the_program_itself_is_another_file(server: Server, tmp_path: Path) -> None:
    asking = servers(server, tmp_path)
    path = asking.program(ID)
    assert path == tmp_path / f"cache/.build-id/76/{ID[2:]}"
    assert asking.program(ID) == path
    assert server.asked == [f"/buildid/{ID}/executable"]
    assert asking.program("../../etc") is None
