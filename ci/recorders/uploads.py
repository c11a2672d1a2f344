"""Record what `twine upload` and `uv publish` print, of each answer that an index may give to one file.

    python ci/recorders/uploads.py [CASE ...]

Needs twine or uv (which fetches twine) and openssl. The index is a server on loopback, in this process. Into
tests/data/tools/{twine,uv}/CASE.txt go the exit code, in the first line, and both streams, without what differs from
run to run: folders, ports, the frames of tracebacks.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import ssl
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from pyo3ops.core.run import run  # noqa: E402 - of the repository that this script lies in
from pyo3ops.tools import twine, uv  # noqa: E402

DATA = ROOT / "tests/data/tools"
NAME = "spam_eggs-1.0-py3-none-any.whl"
DIGEST = "0123456789abcdef" * 4
#: What every case hands over, and what must not be found in what was recorded.
SECRET = "the-secret-of-this-recording"  # noqa: S105 - opens nothing


class Case(NamedTuple):
    """One answer: status, reason phrase, body, more headers; status 0 is a connection that ends instead."""

    status: int
    phrase: str = ""
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def _page(title: str, words: str) -> str:
    """The page in which Warehouse answers."""
    head = f"<html>\n <head>\n  <title>{title}</title>\n </head>\n"
    return f"{head} <body>\n  <h1>{title}</h1>\n  {words}<br/><br/>\n\n\n </body>\n</html>"


def _warehouse(status: int, phrase: str, words: str) -> Case:
    return Case(status, words, _page(f"{status} {phrase}", f"The server says:<br/><br/>\n{words}"))


#: The words are those of PyPI's source, of pypiserver and of servers in between.
CASES = {
    "accepted": Case(200, "OK"),
    "duplicate-pypi": _warehouse(
        400,
        "Bad Request",
        f"File already exists ('{NAME}', with blake2_256 hash '{DIGEST}'). See the help for more information.",
    ),
    "duplicate-phrase": Case(
        400, "Bad Request", _page("400 Bad Request", f"File already exists (&#x27;{NAME}&#x27;). See the help.")
    ),
    "duplicate-pypiserver": Case(
        409,
        "Conflict",
        f"<html><body><pre>Package '{NAME}' already exists!\n  You may start server.</pre></body></html>",
    ),
    "duplicate-below": Case(
        409, "Conflict", f"\n  <!DOCTYPE HTML>\n  <html><pre>Package &#039;{NAME}&#039; already exists!</pre></html>\n"
    ),
    "used-before": _warehouse(400, "Bad Request", "This filename has already been used, use a different version."),
    "too-large": _warehouse(400, "Bad Request", "File too large. Limit for project 'spam-eggs' is 100 MB."),
    "quota": _warehouse(
        400, "Bad Request", "Project size too large. Limit for project 'spam-eggs' total size is 10 GB."
    ),
    "metadata": _warehouse(400, "Bad Request", "'no such thing' is an invalid value for Classifier."),
    "unauthorised": Case(401, "Unauthorized", "who are you?", (("WWW-Authenticate", 'Basic realm="pypi"'),)),
    "forbidden": _warehouse(403, "Forbidden", "Invalid or non-existent authentication information."),
    "not-found": Case(404, "Not Found", "nothing here"),
    "redirect": Case(301, "Moved Permanently", "", (("Location", "http://127.0.0.1:9/elsewhere/"),)),
    "entity-too-large": Case(413, "Request Entity Too Large", "<html><h1>413 Request Entity Too Large</h1></html>"),
    "too-many": Case(429, "Too Many Requests", "slow down", (("Retry-After", "7"),)),
    "broken": Case(500, "Internal Server Error", "oops"),
    "bad-gateway": Case(502, "Bad Gateway", "<html><h1>502 Bad Gateway</h1></html>"),
    "unavailable": Case(503, "Service Unavailable", "<html><h1>503 backend read error</h1></html>"),
    "echo": Case(400, "Bad Request", "you sent AUTHORIZATION"),
    "dropped": Case(0),
    "garbage": Case(-1),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        case = CASES[self.path.strip("/")]
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        if case.status <= 0:
            self.wfile.write(b"" if case.status == 0 else b"\0\1 this is not HTTP\r\n\r\n")
            return
        body = case.body.replace("AUTHORIZATION", self.headers.get("Authorization", "")).encode()
        self.send_response_only(case.status, case.phrase)
        for header in (*case.headers, ("Content-Length", str(len(body))), ("Connection", "close")):
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above it
        """Nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is one of the cases."""


@contextlib.contextmanager
def serving(certificate: Path | None = None) -> Iterator[int]:
    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def wheel(folder: Path) -> Path:
    """A wheel that both clients take."""
    metadata = "Metadata-Version: 2.1\nName: spam-eggs\nVersion: 1.0\nSummary: spam\n\nText.\n"
    tags = "Wheel-Version: 1.0\nGenerator: recorder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {"spam_eggs.py": "", "spam_eggs-1.0.dist-info/METADATA": metadata, "spam_eggs-1.0.dist-info/WHEEL": tags}
    rows = [f"{name},sha256={_record(text.encode())},{len(text)}" for name, text in files.items()]
    files["spam_eggs-1.0.dist-info/RECORD"] = "\n".join([*rows, "spam_eggs-1.0.dist-info/RECORD,,", ""])
    path = folder / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def _record(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def addresses(plain: int, encrypted: int) -> dict[str, str]:
    """Where each case is met."""
    found = {name: f"http://127.0.0.1:{plain}/{name}/" for name in CASES}
    # Port 9 is that of `discard`, which nobody serves.
    found["refused"] = "http://127.0.0.1:9/"
    found["certificate"] = f"https://127.0.0.1:{encrypted}/accepted/"
    found["no-credentials"] = f"http://127.0.0.1:{plain}/unauthorised/"
    found["no-host"] = "https://no-such-host.invalid/"
    return found


def record(client: str, case: str, address: str, file: Path) -> None:
    """Run one client against one case and keep what it prints."""
    env = {"PATH": os.environ["PATH"], "HOME": str(file.parent), "NO_PROXY": "127.0.0.1"}
    # The caches of the user, where the programs are.
    env.update({"UV_CACHE_DIR": uv_cache(), "UV_TOOL_DIR": str(file.parent / "tools")})
    pair = ("", "") if case == "no-credentials" else ("__token__", SECRET)
    if client == "twine":
        argv = twine.upload_argv(twine.start(env), file, repository=("--repository-url", address))
        env.update(twine.upload_env(*pair))
    else:
        argv = uv.publish_argv(file, address)
        env.update(uv.publish_env(*pair))
    started = time.monotonic()
    result = run(argv, timeout=120, env=env, cwd=file.parent)
    text = result.out + result.err
    for pattern, words in (
        (re.escape(str(file.parent)), "FOLDER"),
        (r"127\.0\.0\.1:(?!9/)\d+", "127.0.0.1:8080"),
        (r"port=(?!9\b)\d+", "port=8080"),
        (r"0x[0-9a-f]{8,}", "0x7f0000000000"),
        (r"(?m)^(Traceback .*\n)(?:[ ].*\n)+", r"\1"),
        (r"(?m)[ ]+$", ""),
    ):
        text = re.sub(pattern, words, text)
    (DATA / client / f"{case}.txt").write_text(f"{result.code}\n{text}", encoding="utf-8")
    print(f"{client:6}{case:22}{result.code}  {time.monotonic() - started:.1f} s")


def uv_cache() -> str:
    """Where uv keeps what it fetched."""
    return run(["uv", "cache", "dir"], timeout=20, env=os.environ).out.strip()


def main() -> int:
    for client in ("twine", "uv"):
        (DATA / client).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        pem, key, file = Path(place, "both.pem"), Path(place, "key.pem"), wheel(Path(place))
        argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
        run([*argv, "-keyout", str(key), "-out", str(pem)], timeout=60, env=os.environ)
        pem.write_text(pem.read_text() + key.read_text())
        with serving() as plain, serving(pem) as encrypted:
            for case, address in addresses(plain, encrypted).items():
                if not sys.argv[1:] or case in sys.argv[1:]:
                    for client in ("twine", "uv"):
                        record(client, case, address, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
