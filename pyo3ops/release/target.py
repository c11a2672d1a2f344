"""Where a release goes: what was asked for, else configured for us, else for the clients, else PyPI.

No address of an index is written here: PyPI's are those that the clients and pip have built in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping, Tuple, Union
from urllib.parse import unquote, urlsplit, urlunsplit

from pyo3ops.core.discover import read_pyproject
from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.files import home_folder
from pyo3ops.core.run import which
from pyo3ops.release import credentials
from pyo3ops.release.credentials import Credentials, Kind
from pyo3ops.tools import index, twine, uv, web
from pyo3ops.tools.index import Index, Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.tools.twine import Section

#: What the clients know by name, and how people call it.
BUILT_IN = {"pypi": "PyPI", "testpypi": "TestPyPI"}
#: How the upload address of an index may end that has its simple API beside, not below.
_ENDINGS = ("legacy", "upload")
#: Bytes; a .pypirc has some hundred.
_LIMIT = 2**20

#: An index to be asked, or why its address is not known.
Readable = Union[Index, Refusal]


#: The indexes of uv, and the sections of ~/.pypirc, by name.
_Names = Tuple[Mapping[str, uv.Indexed], Mapping[str, twine.Section]]


@dataclass(frozen=True)
class Target:
    """Where files are sent, where they are seen then, who sends them and as whom."""

    #: pypi, testpypi, a section of ~/.pypirc or an index of uv; empty for an address.
    name: str
    #: Without credentials; empty for PyPI, where the clients go by themselves.
    upload: str
    simple: Readable
    #: twine or uv; empty where neither is here.
    client: str
    credentials: Credentials
    #: What named it.
    source: str = ""
    #: True where it is a section of ~/.pypirc with an address: twine is told the name, and finds certificates there.
    sectioned: bool = False
    #: True for PyPI and TestPyPI, which take tokens, identities of a CI and attestations.
    is_pypi: bool = False

    @property
    def shown(self) -> str:
        """PyPI and TestPyPI by name, else the address, without credentials: what `--index` takes as well."""
        return BUILT_IN[self.name] if self.is_pypi and self.name in BUILT_IN else web.shown(self.upload)

    @property
    def is_local(self) -> bool:
        """True for an index on this machine."""
        return _is_local(self.upload)


@dataclass(frozen=True)
class _Place:
    """An upload address, the simple API beside it where that is known, and the section that belongs to it."""

    name: str
    upload: str
    simple: str = ""
    section: Section | None = None
    built_in: bool = False


def target(asked: str, project: Project, env: Mapping[str, str]) -> Target:
    """The index that a release goes to; raises `UsageError` for what is none, `ConfigError` for a garbled .pypirc.

    `asked` is a name, an address, or two addresses: of the upload and of the simple API. What is public is asked of
    PyPI's own simple API for PyPI, of `url` for an index of uv, else of what `simple_of` makes of the upload address.
    """
    client = _client(project.config.release.client, env)
    wanted, source = _wanted(asked, project, client, env)
    known, listed = _known(project.root), _sections(env)
    first, _, second = wanted.partition(" ")
    user = secret = ""
    if "://" in wanted:
        user, secret, place = _address(first, second.strip(), (known, listed), env)
    else:
        place = _named(wanted, source, (known, listed), env)
    found = credentials.given(user, secret, source) if secret else None
    held = found or credentials.find(client, place.section, env, trusting=place.built_in or client == "uv")
    sectioned = bool(place.section and place.section.repository and place.section.name == place.name)
    simple = _simple(place, held, env)
    return Target(place.name, place.upload, simple, client, held, source, sectioned, place.built_in)


def _client(configured: str, env: Mapping[str, str]) -> str:
    if configured:
        return configured
    return next((name for name in ("twine", "uv") if which(name, env)), "")


def _wanted(asked: str, project: Project, client: str, env: Mapping[str, str]) -> tuple[str, str]:
    """What names the index, and where that stands."""
    own = (("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY"), ("UV_PUBLISH_URL", "UV_PUBLISH_INDEX"))
    rows = [("--index", asked), ("[tool.pyo3ops.release]", project.config.release.index)]
    rows += [(name, env.get(name, "")) for names in (own if client != "uv" else own[::-1]) for name in names]
    rows += [("[tool.uv]", uv.publish_url(_pyproject(project.root))), ("nothing else is configured", "pypi")]
    return next((" ".join(value.split()), source) for source, value in rows if value.strip())


def _pyproject(root: Path) -> Mapping[str, object]:
    return read_pyproject(root) if (root / "pyproject.toml").is_file() else {}


def _known(root: Path) -> dict[str, uv.Indexed]:
    return {row.name: row for row in uv.indexes(_pyproject(root))}


def _sections(env: Mapping[str, str]) -> dict[str, Section]:
    path = home_folder(env) / ".pypirc"
    try:
        data = path.read_bytes() if path.is_file() and path.stat().st_size < _LIMIT else b""
        return {row.name: row for row in twine.sections(data.decode())}
    # A text that is not UTF-8 is a ValueError as well.
    except (OSError, ValueError):
        raise ConfigError("~/.pypirc cannot be read", cause="it is garbled, or not yours to read") from None


def _named(name: str, source: str, names: _Names, env: Mapping[str, str]) -> _Place:
    known, listed = names
    if name not in known and name not in listed and name.lower() in BUILT_IN:
        name = name.lower()
    section = listed.get(name)
    if name in known:
        url = _checked(known[name].publish_url)
        return _Place(name, url, known[name].url, section, built_in=bool(_built_in(url, env)))
    if section and section.repository and _built_in(section.repository, env) != name:
        return _Place(name, _checked(section.repository), "", section)
    if name in BUILT_IN:
        upload = "" if name == "pypi" else _testpypi(env)
        return _Place(name, upload, "", _without_address(section), built_in=True)
    every = ", ".join(dict.fromkeys([*BUILT_IN, *known, *listed]))
    raise UsageError(
        f"{source} names an index that nobody knows here: {name!r}; known: {every}",
        cause="a name is one of these, of [[tool.uv.index]] with a publish-url, or of the index-servers of ~/.pypirc",
        command="pyo3ops release --index https://...",
    )


def _without_address(section: Section | None) -> Section | None:
    """A section that says no more than the clients know: its credentials alone."""
    return twine.Section(section.name, "", section.user, section.password) if section else None


def _testpypi(env: Mapping[str, str]) -> str:
    found = twine.address("testpypi", env)
    if found:
        return found
    raise UsageError(
        "nobody here tells where TestPyPI is: twine knows, and is not here",
        cause='uv knows it by an entry of [[tool.uv.index]] alone: name = "testpypi", with url and publish-url',
        command="uv tool install twine",
    )


def _address(upload: str, simple: str, names: _Names, env: Mapping[str, str]) -> tuple[str, str, _Place]:
    """Credentials and place of an address; one that the clients know by name is that."""
    url, beside = _checked(upload), _checked(simple) if simple else ""
    parts = urlsplit(upload)
    known, listed = names
    name = _built_in(url, env)
    section = next((row for row in listed.values() if _same(row.repository, url)), None)
    indexed = next((row for row in known.values() if _same(_bare(row.publish_url), url)), None)
    if name:
        own = "" if name == "pypi" else url
        place = _Place(name, own, beside, _without_address(section or listed.get(name)), built_in=True)
    else:
        place = _Place("", url, beside or (indexed.url if indexed else ""), section)
    return unquote(parts.username or ""), unquote(parts.password or ""), place


def _built_in(url: str, env: Mapping[str, str]) -> str:
    """The name by which the clients know an address; only one that looks as if is worth asking twine for."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.path.strip("/") != "legacy":
        return ""
    return next((name for name in BUILT_IN if _same(twine.address(name, env) or "", url)), "")


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _bare(url: str) -> str:
    """An address without credentials, query and fragment; empty for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _checked(url: str) -> str:
    """An address without credentials; `UsageError` for one to which nothing is sent."""
    try:
        scheme, host, _ = web.origin(url)
    except ValueError:
        scheme, host = "", None
    shown = web.shown(url)
    if scheme not in {"http", "https"} or not host:
        raise UsageError(f"{shown} is no address of an index", command="pyo3ops release --index https://...")
    if scheme == "http" and not _is_local(url):
        raise UsageError(
            f"{shown} is not encrypted, so credentials are not sent there",
            cause="http is taken on this machine alone",
            command=f"pyo3ops release --index https{shown[4:]}",
        )
    return _bare(url)


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _simple(place: _Place, held: Credentials, env: Mapping[str, str]) -> Readable:
    if place.simple:
        return Index(_signed(place.simple.rstrip("/") + "/", place, held), place.name or "--index")
    if not place.upload:
        return index.of_pypi(env)
    return Index(_signed(simple_of(place.upload), place, held), "the upload address")


def simple_of(upload: str) -> str:
    """The simple API that belongs to an upload address, as most indexes have it.

    Beside what ends with /legacy/ or /upload/, else below: pypiserver, GitLab, Forgejo, Nexus, Artifactory.
    """
    parts = urlsplit(upload)
    steps = [step for step in parts.path.split("/") if step]
    if steps and steps[-1] in _ENDINGS:
        steps.pop()
    return urlunsplit(parts._replace(path="/".join(["", *steps, "simple", ""])))


def _signed(simple: str, place: _Place, held: Credentials) -> str:
    """The address with the credentials, where the same server asks for them and they are no token for uploads."""
    if held.kind is not Kind.PASSWORD or "@" in urlsplit(simple).netloc:
        return simple
    if web.origin(simple) != web.origin(place.upload):
        return simple
    parts = urlsplit(simple)
    pair = ":".join(credentials.quoted(each) for each in (held.user, held.secret))
    return urlunsplit(parts._replace(netloc=f"{pair}@{parts.netloc}"))
