"""Against a real server on loopback, in this process."""

from __future__ import annotations

import base64
import contextlib
import io
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Iterator
from urllib.error import URLError
from urllib.request import Request

import pytest

from pyo3ops.tools import web

if TYPE_CHECKING:
    from pathlib import Path


class Server(ThreadingHTTPServer):
    """Remembers what was asked, with the Authorization that came along."""

    daemon_threads = True
    asked: list[tuple[str, str | None]]
    #: Where /away leads to.
    away = ""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        if self.path in ("/away", "/loop", "/near"):
            self.send_response(302)
            self.send_header("Location", {"/loop": "/loop", "/near": "/page"}.get(self.path, self.server.away))
            self.end_headers()
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"not a hundred")
        elif self.path == "/garbage":
            self.wfile.write(b"\0\1\2 garbage\r\n\r\n")
        elif self.path.startswith("/page"):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"x" * 1000)
        else:
            self.send_error(410 if self.path == "/gone" else 500 if self.path == "/broken" else 404)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above it
        """Nothing."""


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def address(server: Server, path: str, credentials: str = "") -> str:
    return f"http://{credentials}127.0.0.1:{server.server_port}{path}"


def get(url: str, limit: int = 10_000, **env: str) -> web.Answer:
    return web.read(url, env, accept="*/*", limit=limit)


def refusal(url: str, limit: int = 10_000) -> web.Trouble:
    with pytest.raises(web.Trouble) as caught:
        get(url, limit)
    return caught.value


def test_an_answer(server: Server) -> None:
    answer = get(address(server, "/page"))
    assert answer[:3] == (b"x" * 1000, address(server, "/page"), "text/plain")
    assert answer.date == pytest.approx(time.time(), abs=5)
    assert server.asked == [("/page", None)]


def test_a_redirect_is_followed_and_told(server: Server) -> None:
    assert get(address(server, "/near")).url == address(server, "/page")


@pytest.mark.parametrize(("path", "absent"), [("/nothing", True), ("/gone", True), ("/broken", False)])
def test_an_error_of_the_server(server: Server, path: str, *, absent: bool) -> None:
    trouble = refusal(address(server, path))
    assert trouble.absent is absent
    assert trouble.reason.startswith(f"{address(server, path)}: HTTP ")


@pytest.mark.parametrize("path", ["/loop", "/garbage"])
def test_nonsense(server: Server, path: str) -> None:
    assert not refusal(address(server, path)).absent


@pytest.mark.parametrize("path", ["/page", "/nothing", "/broken"])
def test_what_time_it_is_there(server: Server, path: str) -> None:
    assert web.date(address(server, path), {}) == pytest.approx(time.time(), abs=5)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[x/", "gopher://x/"])
def test_a_server_that_does_not_tell_the_time(url: str) -> None:
    assert web.date(url, {}) is None


def test_a_folder_has_no_clock(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("")
    assert web.date(tmp_path.as_uri(), {}) is None


@pytest.mark.parametrize("text", ["", "yesterday", "Mon, 99 Jan 2020 00:00:00 GMT"])
def test_a_date_that_is_none(text: str) -> None:
    assert web._seconds(text) is None


def test_a_free_port_is_free() -> None:
    assert web.date(f"http://127.0.0.1:{web.free_port()}/", {}) is None


def test_more_headers(server: Server) -> None:
    url = address(server, "/page")
    web.read(url, {}, accept="*/*", limit=10**6, headers={"Authorization": "mine"})
    list(web.chunks(url, {}, limit=10**6, headers={"Authorization": "yours"}))
    assert [told for _, told in server.asked] == ["mine", "yours"]


def test_an_answer_that_is_cut_short(server: Server) -> None:
    # urllib hands over what came; whoever needs all of it holds it against a hash, as index.download does.
    with contextlib.suppress(web.Trouble):
        assert get(address(server, "/short")).data == b"not a hundred"


def test_an_answer_that_is_too_long(server: Server) -> None:
    assert refusal(address(server, "/page"), 999).reason.endswith("it is larger than 999 bytes")
    assert len(get(address(server, "/page"), 1000).data) == 1000


def test_credentials_go_to_their_own_origin_and_into_no_message(server: Server) -> None:
    told = f"Basic {base64.b64encode(b'me:s3:cret').decode()}"
    with serving() as other:
        server.away = address(other, "/page")
        get(address(server, "/near", "me:s3%3Acret@"))
        get(address(server, "/away", "me:s3%3Acret@"))
        assert server.asked == [("/near", told), ("/page", told), ("/away", told)]
        assert other.asked == [("/page", None)]
    trouble = refusal(address(server, "/nothing", "me:s3%3Acret@"))
    assert "cret" not in trouble.reason
    assert "me" not in trouble.reason


@pytest.mark.parametrize("away", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_leads_to_no_other_kind_of_address(server: Server, away: str) -> None:
    server.away = away
    assert not refusal(address(server, "/away")).absent


def test_https_is_not_left() -> None:
    handler = web._Redirects("https://index.example/")
    asked = Request("https://index.example/")
    with pytest.raises(URLError, match="less safe"):
        handler.redirect_request(asked, io.BytesIO(), 302, "", {}, "http://index.example/")


def test_nobody_there(server: Server) -> None:
    url = address(server, "/page")
    with serving() as gone:
        url = address(gone, "/page")
    trouble = refusal(url)
    assert trouble.reason == f"{url}: Connection refused"


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:x/", "http:///x", "http://exa mple/"])
def test_an_address_that_is_none(url: str) -> None:
    assert not refusal(url).absent


def test_pieces_of_a_file_and_of_an_answer(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"y" * 300_000)
    for url, size in ((address(server, "/page"), 1000), ((tmp_path / "a").as_uri(), 300_000)):
        assert sum(map(len, web.chunks(url, {}, limit=size))) == size
        with pytest.raises(web.Trouble, match="larger"):
            list(web.chunks(url, {}, limit=size - 1))


def test_a_file_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b/index.html").write_text("hello", encoding="utf-8")
    for url in ((tmp_path / "a b").as_uri(), (tmp_path / "a b").as_uri() + "/", (tmp_path / "a b/index.html").as_uri()):
        assert get(url).data == b"hello"
    assert refusal((tmp_path / "none").as_uri()).absent


def test_proxies_and_what_goes_past_them() -> None:
    env = {"HTTPS_PROXY": "http://p:1", "no_proxy": "inside.example,.local"}
    assert web._proxies("https://index.example/", env) == {"https": "http://p:1"}
    assert web._proxies("https://inside.example/", env) == {}
    assert web._proxies("https://a.local/", env) == {}
    assert web._proxies("https://index.example/", {"PIP_PROXY": "http://q:2"}) == {
        "http": "http://q:2",
        "https": "http://q:2",
    }


def test_a_bundle_that_is_not_there(server: Server) -> None:
    with pytest.raises(web.Trouble):
        get(address(server, "/page"), PIP_CERT="/no/such/bundle.pem")
