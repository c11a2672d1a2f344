"""An index over HTTP whose connection fails by script: of its own, or in front of a real one.

Uploads as PyPI's legacy API takes them, pages as HTML (PEP 503) and JSON (PEP 691, 700), files. For tests alone: it
trusts whoever asks.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import re
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from pyo3ops.release.clock import written
from tests.release_torture.index import Put
from tests.release_torture.scripts import FETCH, LISTING, UPLOAD, Fault

if TYPE_CHECKING:
    from tests.release_torture.index import Store

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"
#: Seconds until a file is kept whose connection was dropped.
LATE = 0.2


class Reply(NamedTuple):
    """What is answered: status, body, content type, more headers."""

    status: int
    body: bytes = b""
    kind: str = HTML
    headers: tuple[tuple[str, str], ...] = ()


class Sending(NamedTuple):
    """One upload as it came: the body as it is, and the file that is in it."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    name: str
    data: bytes


@dataclass(frozen=True)
class Post:
    """An upload whose body came whole; `known`: the very same file was there already."""

    name: str
    sha256: str
    known: bool


class Backing(Protocol):
    """Who keeps the files."""

    def put(self, sending: Sending) -> Reply:
        """Keep a file."""

    def page(self, project: str, accept: str) -> Reply:
        """The page of a project as it is now."""

    def file(self, path: str) -> Reply:
        """A file."""

    def sha256(self, name: str) -> str | None:
        """The hash of a file that is there."""


class Own:
    """A store of this process, by PyPI's rules."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.Lock()

    def put(self, sending: Sending) -> Reply:
        with self._lock:
            put = self.store.put(sending.name, sending.data)
        if put in (Put.STORED, Put.SAME):
            return Reply(200, b"OK")
        words = {
            Put.TAKEN: f"File already exists ({sending.name!r}). See the help about file names.",
            Put.CLOSED: "The release takes no new files any more.",
        }[put]
        return page_of(400, "Bad Request", words)

    def page(self, project: str, accept: str) -> Reply:
        files = [file for file in self.store.files.values() if _project(file.name) == project]
        if not files:
            return Reply(404, b"no such project")
        rows = [
            {
                "filename": file.name,
                "url": f"../../files/{file.name}",
                "hashes": {"sha256": file.sha256},
                "size": len(file.data),
                "upload-time": written(file.uploaded),
                "yanked": file.yanked if file.yanked is not None else False,
            }
            for file in files
        ]
        if JSON in accept:
            meta = {"meta": {"api-version": "1.1"}, "name": project, "files": rows}
            return Reply(200, json.dumps(meta).encode(), JSON)
        links = "".join(
            f'<a href="../../files/{html.escape(file.name)}#sha256={file.sha256}">{html.escape(file.name)}</a><br>\n'
            for file in files
        )
        return Reply(200, f"<!DOCTYPE html>\n<html><body>\n{links}</body></html>\n".encode())

    def file(self, path: str) -> Reply:
        found = self.store.files.get(path.rpartition("/")[2])
        return Reply(200, found.data, "application/octet-stream") if found else Reply(404)

    def sha256(self, name: str) -> str | None:
        found = self.store.files.get(name)
        return found.sha256 if found else None


class Proxied:
    """A real index, asked over a connection that never fails; `folder` gives the hash of what it keeps."""

    def __init__(self, url: str, sha256: Callable[[str], str | None]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.sha256 = sha256

    def put(self, sending: Sending) -> Reply:
        return self._ask("POST", "/", sending.body, dict(sending.headers))

    def page(self, project: str, accept: str) -> Reply:
        return self._ask("GET", f"/simple/{project}/", None, {"Accept": accept})

    def file(self, path: str) -> Reply:
        return self._ask("GET", path, None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        connection = HTTPConnection(self._host, self._port, timeout=30)
        with contextlib.closing(connection):
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return Reply(answer.status, answer.read(), answer.headers.get("Content-Type", HTML))
            except (OSError, HTTPException):
                return Reply(502, b"the index behind does not answer")


def page_of(status: int, title: str, words: str) -> Reply:
    """The page in which Warehouse says what is wrong."""
    text = html.escape(words, quote=False)
    head = f"<html><head><title>{status} {title}</title></head>"
    return Reply(status, f"{head}<body><h1>{status} {title}</h1>\n{text}</body></html>".encode())


@dataclass
class HttpIndex:
    """What is behind the connection, which faults it draws, and what came over it."""

    backing: Backing
    draw: Callable[..., Fault | None] = lambda *_: None
    #: Whether the client is killed now, and how that is done.
    mortal: Callable[..., Fault | None] = lambda *_: None
    kill: Callable[[], None] = lambda: None
    #: Whether the project takes no more files.
    full: Callable[[], bool] = lambda: False
    posts: list[Post] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    #: Each project's page before the last file came, by the form that was asked for.
    before: dict[tuple[str, str], Reply] = field(default_factory=dict)
    #: Files that come later than their connection ended.
    late: list[threading.Timer] = field(default_factory=list)

    @property
    def simple(self) -> str:
        return f"{self.url}simple/"

    def settle(self) -> None:
        """Come back when nothing is on its way any more."""
        while self.late:
            self.late.pop().join()

    def drawn(self, *faults: Fault) -> Fault | None:
        with self.lock:
            return self.draw(*faults)

    def keep(self, sending: Sending) -> Reply:
        for accept in (JSON, "text/html"):
            key = (_project(sending.name), accept)
            self.before[key] = self.backing.page(*key)
        return self.backing.put(sending)

    def kill_at(self, _: Sending) -> None:
        self.kill()

    def keep_later(self, sending: Sending) -> None:
        timer = threading.Timer(LATE, self.keep, (sending,))
        self.late.append(timer)
        timer.start()


@contextlib.contextmanager
def serving(index: HttpIndex) -> Iterator[HttpIndex]:
    """Serve an index on loopback until the block is left."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.index = index
    index.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.settle()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    index: HttpIndex

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is killed hangs up, which is what this is about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        index, path = self.server.index, unquote(urlsplit(self.path).path)
        # Where devpi has it, which hatch takes every index for, it is the same.
        if re.match(r"/[+]?simple/[^/]+/?$", path):
            self._page(index, path.split("/")[2])
        elif re.match(r"/older/pypi/[^/]+/json$", path):
            self._answer(_by_release(self._shown(index, path.split("/")[3].replace("_", "-"), JSON)))
        elif path in ("/", "/simple/"):
            self._answer(Reply(200, b"<!DOCTYPE html><html></html>"))
        else:
            self._file(index, path)

    def _page(self, index: HttpIndex, project: str) -> None:
        accept = JSON if JSON in self.headers.get("Accept", "") else "text/html"
        self._answer(self._shown(index, project, accept))

    @staticmethod
    def _shown(index: HttpIndex, project: str, accept: str) -> Reply:
        fault = index.drawn(*LISTING, Fault.NO_HASH)
        if fault is Fault.NO_LIST:
            return Reply(503, b"no list now")
        if fault is Fault.STALE and (project, accept) in index.before:
            return index.before[project, accept]
        reply = index.backing.page(project, accept)
        return _without_hashes(reply) if fault is Fault.NO_HASH else reply

    def _file(self, index: HttpIndex, path: str) -> None:
        fault, reply = index.drawn(*FETCH), index.backing.file(path)
        if fault is Fault.NO_BYTES:
            self.close_connection = True
        elif fault is Fault.WRONG_BYTES and reply.status == 200:
            self._answer(reply._replace(body=reply.body[:-1] + bytes([reply.body[-1] ^ 1])))
        else:
            self._answer(reply)

    def do_POST(self) -> None:
        index = self.server.index
        fault = index.drawn(*UPLOAD)
        # The body is dropped halfway, or all of it is read and the answer fails.
        self.close_connection = True
        if fault is Fault.DROP_BEFORE:
            return
        sending = self._sending()
        if sending is None:
            self._answer(Reply(400, b"no file came"))
            return
        digest = hashlib.sha256(sending.data).hexdigest()
        index.posts.append(Post(sending.name, digest, index.backing.sha256(sending.name) == digest))
        reply = self._reply(index, fault, sending)
        if reply is not None:
            self._answer(reply)

    @staticmethod
    def _reply(index: HttpIndex, fault: Fault | None, sending: Sending) -> Reply | None:
        """What is answered to an upload; None where the connection ends instead."""
        if fault in _UNKEPT:
            return _UNKEPT[fault]
        if fault is Fault.LATE or index.mortal(Fault.KILL_SENDING):
            (index.keep_later if fault is Fault.LATE else index.kill_at)(sending)
            return None
        if index.full() and index.backing.sha256(sending.name) is None:
            return page_of(400, "Bad Request", "Project size too large. Limit for project is 10 GB.")
        reply = index.keep(sending)
        if index.mortal(Fault.KILL_SENT):
            index.kill()
            fault = Fault.NO_REPLY
        if fault is Fault.NO_REPLY:
            return None
        return Reply(502, b"the gateway got lost") if fault is Fault.LATE_ERROR else reply

    def _sending(self) -> Sending | None:
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length)) if length else b"".join(self._chunks())
        if length and len(body) < int(length):
            return None
        kept = tuple((key, self.headers[key]) for key in _KEPT if key in self.headers)
        name, data = _file_in(body, self.headers.get("Content-Type", ""))
        return Sending(body, kept, name, data) if name else None

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = int(self.rfile.readline().split(b";")[0] or b"0", 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            if not data:
                return
            yield data

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for key, value in (("Content-Type", reply.kind), ("Content-Length", str(len(reply.body))), *reply.headers):
            self.send_header(key, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above it
        """Nothing."""


#: What is passed on to a real index.
_KEPT = ("Content-Type", "Authorization", "User-Agent")
#: Answers to uploads that are not kept.
_UNKEPT: dict[Fault | None, Reply | None] = {
    Fault.DROP_BODY: None,
    Fault.ERROR: Reply(503, b"backend read error"),
    Fault.TOO_MANY: Reply(429, b"slow down", HTML, (("Retry-After", "1"),)),
    Fault.ACCEPTED_LOST: Reply(200, b"OK"),
    Fault.FALSELY_TAKEN: page_of(400, "Bad Request", "File already exists. See the help about file names."),
    Fault.EXPIRED: page_of(403, "Forbidden", "Invalid or non-existent authentication information."),
}


def _file_in(body: bytes, kind: str) -> tuple[str, bytes]:
    """The file in a form, its bytes as they are: a parser of mail would change line ends."""
    boundary = kind.partition("boundary=")[2].partition(";")[0].strip('"').encode()
    for part in body.split(b"--" + boundary):
        head, _, rest = part.partition(b"\r\n\r\n")
        named = re.search(rb'name="content"; *filename="([^"]+)"', head)
        if named:
            return named[1].decode(), rest[: -len(b"\r\n")]
    return "", b""


def _by_release(reply: Reply) -> Reply:
    """A page as PyPI's older API has it, as far as twine reads it: names of files by version."""
    if reply.kind != JSON:
        return reply
    releases: dict[str, list[dict[str, str]]] = {}
    for row in json.loads(reply.body)["files"]:
        version = re.sub(r"[.]tar[.]gz$", "", row["filename"].split("-")[1])
        releases.setdefault(version, []).append({"filename": row["filename"]})
    return Reply(200, json.dumps({"releases": releases}).encode(), "application/json")


def _without_hashes(reply: Reply) -> Reply:
    if reply.kind == JSON:
        page = json.loads(reply.body)
        files = [{**row, "hashes": {}} for row in page["files"]]
        return reply._replace(body=json.dumps({**page, "files": files}).encode())
    return reply._replace(body=re.sub(rb"#sha256=[0-9a-f]+", b"", reply.body))


def _project(name: str) -> str:
    return name.partition("-")[0].replace("_", "-").lower()
