"""A package index, asked: which files it has of a project, and their bytes.

Which index is what the user has configured for uv or pip, else pip's own default.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from pyo3ops.core.files import exists, is_file
from pyo3ops.core.run import python_env, run
from pyo3ops.tools import simple_page, web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.tools.simple_page import IndexFile

#: Seconds for pip, which a cold disk makes slow.
_PIP_TIMEOUT = 30.0
#: Bytes of a page; the longest known one has 20 million.
PAGE_LIMIT = 64 * 2**20
#: Bytes of a file, whatever size the index tells.
FILE_LIMIT = 2**30
#: Characters of what an index said that a person is shown.
_WORDS = 300
_BROKEN = frozenset({"md5", "sha1"})
#: What may start pip, and what keeps it from breaking the lines that it prints.
_PIPS = ((sys.executable, "-m", "pip"), ("pip",), ("python3", "-m", "pip"))
_WIDE = {"COLUMNS": "1000", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
#: Asks caches on the way to ask the index themselves.
PAST_CACHES = {"Cache-Control": "no-cache, max-age=0", "Pragma": "no-cache"}
#: Variables that name the index, those of uv first.
VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


@dataclass(frozen=True)
class Index:
    """Where files of projects are asked for: the address of a simple API, and what named it."""

    #: May hold credentials.
    url: str = field(repr=False)
    source: str

    @property
    def shown(self) -> str:
        """The address as a person may see it: without credentials."""
        return web.shown(self.url)


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer; `absent`: the index answered that it has no such thing."""

    reason: str
    absent: bool = False


@dataclass(frozen=True)
class Said:
    """What an index said to an upload, as far as the client that sent it tells."""

    accepted: bool
    #: Of HTTP; None where there was no answer.
    status: int | None = None
    words: str = ""
    #: False where the client gave up before it sent anything.
    sent: bool = True


def in_words(text: str) -> str:
    """What a server sent, as one line of plain text of at most 300 characters."""
    plain = re.sub(
        r"<(title|style|script)\b.*?</\1\s*>|</?[a-z!][^>]{0,200}>", " ", text[:20000], flags=re.DOTALL | re.IGNORECASE
    )
    line = " ".join("".join(char if char.isprintable() else " " for char in html.unescape(plain)).split())
    return line if len(line) <= _WORDS else f"{line[: _WORDS - 3]}..."


def configured(env: Mapping[str, str]) -> Index | Refusal:
    """The index that uv's or pip's variables name, else pip's configuration, else pip's own default."""
    named = next(((env[name], name) for name in VARIABLES if env.get(name, "").strip()), None)
    if env.get("PIP_NO_INDEX", "").lower() in {"1", "true", "yes", "on"} and (named is None or named[1][0] == "P"):
        return Refusal("PIP_NO_INDEX forbids to ask an index")
    if named is None:
        return _of_pip(env)
    # uv accepts a name before the address: NAME=URL.
    return _index(re.sub(r"^[\w.-]+=(?=\w+:)", "", named[0].strip()), named[1], env)


def _of_pip(env: Mapping[str, str]) -> Index | Refusal:
    # A narrow terminal would break the address that --help prints.
    wide = {**python_env(env), **_WIDE}
    said = ""
    for pip in _PIPS:
        own = run([*pip, "config", "get", "global.index-url"], timeout=_PIP_TIMEOUT, env=wide)
        if own.ok and own.out.strip():
            return _index(own.out.strip(), "pip's configuration", env)
        usage = run([*pip, "download", "--help"], timeout=_PIP_TIMEOUT, env=wide)
        default = parse_default(usage.out)
        if default:
            return _index(default, "pip's default", env)
        said = said or usage.reason
    return Refusal(f"no variable names a package index, and pip does not tell its own: {said}")


def of_pypi(env: Mapping[str, str]) -> Index | Refusal:
    """PyPI's own simple API, as pip has it built in: not the mirror that a user has configured.

    pip's usage shows configured values in the place of its own, so it is asked without any configuration.
    """
    plain = {name: value for name, value in python_env(env).items() if not name.startswith("PIP_")}
    plain.update(_WIDE, PIP_CONFIG_FILE=os.devnull)
    said = ""
    for pip in (*_PIPS, ("uv", "tool", "run", "pip")):
        usage = run([*pip, "download", "--help"], timeout=_PIP_TIMEOUT, env=plain)
        default = parse_default(usage.out)
        if default:
            return _index(default, "pip's default", env)
        said = said or usage.reason
    return Refusal(f"pip does not tell where PyPI is: {said}")


def parse_default(text: str) -> str | None:
    """The index that pip uses where none is configured, out of what `pip download --help` prints."""
    match = re.search(r"--index-url <url>.*?\(default\s+(\S+?)\)", text, re.DOTALL)
    return match[1] if match else None


def _index(text: str, source: str, env: Mapping[str, str]) -> Index | Refusal:
    # pip takes a folder as well.
    url = text if "://" in text else Path(text).absolute().as_uri()
    try:
        scheme, host, _ = web.origin(url)
    except ValueError:
        scheme, host = "", None
    if scheme not in {"http", "https", "file"} or (scheme != "file" and not host):
        return Refusal(f"{source} is no address of a package index")
    if scheme == "http" and not _trusted(host or "", env):
        return Refusal(f"{source} is an address without encryption: PIP_TRUSTED_HOST does not name {host}")
    return Index(url.rstrip("/") + "/", source)


def _trusted(host: str, env: Mapping[str, str]) -> bool:
    named = {
        re.sub(r":\d+$", "", name)
        for key in ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST")
        for name in env.get(key, "").split()
    }
    return host in {"localhost", "::1", *named} or host.startswith("127.")


def files_of(
    project: str, index: Index, env: Mapping[str, str], *, fresh: bool = False
) -> tuple[IndexFile, ...] | Refusal:
    """Every file of a project that an index offers, withdrawn ones too; `fresh` asks past caches.

    Proxies and caches in between heed that. What stands in front of PyPI drops queries and decides by itself: an upload
    empties it, which takes seconds, so a file that is missing there may be there all the same.
    """
    name = re.sub(r"[-_.]+", "-", project).lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", name):
        return Refusal(f"{project!r} is no name of a project", absent=True)
    try:
        url = urljoin(index.url, f"{name}/")
        headers = PAST_CACHES if fresh else None
        answer = web.read(url, env, accept=simple_page.ACCEPT, limit=PAGE_LIMIT, headers=headers)
    except web.Trouble as trouble:
        words = f"{index.shown} has no project {name}" if trouble.absent else trouble.reason
        return Refusal(words, trouble.absent)
    except ValueError:
        return Refusal(f"{index.source} is no address of a package index")
    found = simple_page.parse(answer.data.decode("utf-8", "replace"), answer.url, answer.kind)
    return Refusal(f"{web.shown(url)}: {found}") if isinstance(found, str) else found


def download(file: IndexFile, folder: Path, index: Index, env: Mapping[str, str]) -> Path | Refusal:
    """Fetch a file into `folder`, where it is whole and has the hash that the index gives, or is not there at all.

    What lies there already with that hash is not fetched again. A file without a hash is not taken. Raises `OSError`
    where the folder cannot be written.
    """
    expected = _hash(file)
    if expected is None:
        return Refusal(f"the index gives no hash of {file.name} that proves anything")
    target = folder / file.name
    if is_file(target) and _digest(target, expected[0]) == expected[1]:
        return target
    return _fetched(file, folder, index, env, expected)


def fetch(file: IndexFile, folder: Path, index: Index, env: Mapping[str, str]) -> Path | Refusal:
    """The same for whoever judges the bytes: they are taken as they come, and always anew."""
    return _fetched(file, folder, index, env, None)


def _fetched(
    file: IndexFile, folder: Path, index: Index, env: Mapping[str, str], expected: tuple[str, str] | None
) -> Path | Refusal:
    descriptor, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            limit = min(FILE_LIMIT, file.size or FILE_LIMIT) if expected else FILE_LIMIT
            headers = None if expected else PAST_CACHES
            url = _with_credentials(file.url, index.url)
            stream.writelines(web.chunks(url, env, limit=limit, headers=headers))
        if expected and _digest(Path(part), expected[0]) != expected[1]:
            return Refusal(f"{file.name} is not what the index says it is: another {expected[0]}")
        target = folder / file.name
        os.replace(part, target)  # noqa: PTH105 - the name is a string already
    except web.Trouble as trouble:
        return Refusal(trouble.reason, trouble.absent)
    finally:
        if exists(Path(part)):
            os.unlink(part)  # noqa: PTH108
    return target


def _hash(file: IndexFile) -> tuple[str, str] | None:
    """The first hash that proves something; those of changing length (shake) need one more number."""
    usable = hashlib.algorithms_guaranteed - _BROKEN
    found = [(name, value.lower()) for name, value in file.hashes if name in usable and not name.startswith("shake")]
    return min(found, key=lambda row: row[0] != "sha256") if found else None


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(2**18), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _with_credentials(url: str, index: str) -> str:
    """The address of a file with the credentials of the index, where both are of one origin."""
    try:
        own, target = urlsplit(index), urlsplit(url)
        same = web.origin(index) == web.origin(url)
    except ValueError:
        return url
    if same and "@" in own.netloc and "@" not in target.netloc:
        return urlunsplit(target._replace(netloc=own.netloc))
    return url
