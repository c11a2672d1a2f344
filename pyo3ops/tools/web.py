"""The one door to the network, which only `--online` opens: addresses of http, https and file, read within bounds.

Certificates and proxies are those of the variables that pip, uv and curl read. Credentials that stand in an address go
to its own origin alone, and into no message.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import time
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds for the next bytes to come, and for all of an answer.
TIMEOUT = 20.0
DEADLINE = 300.0
_CHUNK = 2**18
#: A cache would tell the time at which it was filled.
_UNCACHED = {"Cache-Control": "no-cache"}
_GONE = frozenset({404, 410})
#: Bundles of certificates, the installers' own variable first.
_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Trouble(Exception):  # noqa: N818 - an answer, of a network
    """An address that gave nothing; `absent`: it answered that nothing is there."""

    def __init__(self, reason: str, *, absent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.absent = absent


class Answer(NamedTuple):
    """What an address led to; `url` is where redirects ended, `kind` the content type."""

    data: bytes
    url: str
    kind: str
    #: What the answer's own clock said, in seconds since 1970; None where it said nothing.
    date: float | None = None


def shown(url: str) -> str:
    """An address without credentials, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "what is no address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; `ValueError` for a port that is none."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def read(
    url: str, env: Mapping[str, str], *, accept: str, limit: int, headers: Mapping[str, str] | None = None
) -> Answer:
    """All that an address answers, at most `limit` bytes, asked with more `headers`; raises `Trouble`."""
    with _told(url):
        stream, place, told = _opened(url, env, {"Accept": accept, **(headers or {})})
        with stream:
            data = b"".join(_parts(stream, limit))
        return Answer(data, place, told.get("Content-Type", ""), _seconds(told.get("Date", "")))


def date(url: str, env: Mapping[str, str]) -> float | None:
    """What a server's clock says, in seconds since 1970, whatever else it answers; None where it says nothing."""
    try:
        with _opened(url, env, {"Accept": "*/*", **_UNCACHED}, method="HEAD")[0] as stream:
            return _seconds(stream.headers.get("Date", ""))
    except HTTPError as error:
        with error:
            return _seconds(error.headers.get("Date", ""))
    # As in `_told`; a file has no headers.
    except (AttributeError, OSError, HTTPException, ValueError):
        return None


def free_port() -> int:
    """A port of loopback on which nobody listens now; raises `OSError` where there is none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _seconds(text: str) -> float | None:
    """A date of HTTP in seconds since 1970."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - most answers are read for something else

    try:
        return parsedate_to_datetime(text).timestamp()
    # An overflow for years that no platform knows.
    except (TypeError, ValueError, OverflowError):
        return None


def chunks(
    url: str, env: Mapping[str, str], *, limit: int, headers: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """The same in pieces, for what is too big to hold; raises `Trouble`, and never for what the caller does."""
    with _told(url):
        stream, _, _ = _opened(url, env, {"Accept": "*/*", **(headers or {})})
        parts = _parts(stream, limit)
    with stream:
        while True:
            with _told(url):
                part = next(parts, b"")
            if not part:
                return
            yield part


def _opened(
    url: str, env: Mapping[str, str], headers: Mapping[str, str], method: str = "GET"
) -> tuple[Any, str, Mapping[str, str]]:
    """The stream of an address, where redirects ended, and what the answer's headers say."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(request.url2pathname(parts.path))
        # As pip does with a folder.
        path = path / "index.html" if path.is_dir() or url.endswith("/") else path
        return path.open("rb"), url, {"Content-Type": "text/html"}
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    asked = request.Request(bare, headers={"User-Agent": "pyo3ops", **headers}, method=method)  # noqa: S310 - no file: above
    _authorise(asked, url)
    answer = _opener(url, env).open(asked, timeout=TIMEOUT)
    return answer, answer.geturl(), answer.headers


def _authorise(asked: request.Request, url: str) -> None:
    """Add the credentials of an address, in a header that urllib does not carry elsewhere."""
    parts = urlsplit(url)
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        asked.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}")


class _Redirects(request.HTTPRedirectHandler):
    """Follows what stays as safe as it was; credentials go along to the same origin alone."""

    def __init__(self, url: str) -> None:
        self._url = url

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:  # noqa: ANN401, PLR0917 - urllib's
        allowed = {"https"} if urlsplit(self._url).scheme == "https" else {"http", "https"}
        if urlsplit(newurl).scheme not in allowed:
            fp.close()
            raise URLError(f"it redirects to {shown(newurl)}, which is less safe")
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and origin(newurl) == origin(self._url):
            _authorise(following, self._url)
        return following


def _opener(url: str, env: Mapping[str, str]) -> request.OpenerDirector:
    bundle = next((env[name] for name in _BUNDLES if env.get(name)), None)
    trust = request.HTTPSHandler(context=ssl.create_default_context(cafile=bundle))
    return request.build_opener(request.ProxyHandler(_proxies(url, env)), trust, _Redirects(url))


def _proxies(url: str, env: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in env.items() if name.lower().endswith("_proxy") and value}
    host = urlsplit(url).netloc.rpartition("@")[2]
    # The stdlib's rules for no_proxy, on the variables that were handed down.
    if request.proxy_bypass_environment(host, {"no": lower.get("no_proxy", "")}):  # type: ignore[attr-defined] # not in typeshed
        return {}
    every = lower.get("pip_proxy") or lower.get("all_proxy")
    found = {scheme: lower.get(f"{scheme}_proxy") or every for scheme in ("http", "https")}
    return {scheme: proxy for scheme, proxy in found.items() if proxy}


def _parts(stream: Any, limit: int) -> Iterator[bytes]:  # noqa: ANN401 - a file, or an answer of urllib
    until, left = time.monotonic() + DEADLINE, limit
    for part in iter(lambda: stream.read(_CHUNK), b""):
        left -= len(part)
        if left < 0:
            raise URLError(f"it is larger than {limit} bytes")
        if time.monotonic() > until:
            raise URLError(f"it did not end within {DEADLINE:.0f} s")
        yield part


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Turns what an unwilling network raises into `Trouble` that names the address."""
    try:
        yield
    except HTTPError as error:
        with error:
            raise Trouble(f"{shown(url)}: HTTP {error.code}", absent=error.code in _GONE) from None
    except FileNotFoundError:
        raise Trouble(f"{shown(url)} is not there", absent=True) from None
    # `URLError` is an `OSError`; garbled addresses are a `ValueError`.
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise Trouble(f"{shown(url)}: {words}") from None
