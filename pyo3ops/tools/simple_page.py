"""The simple API of package indexes: a project's page as HTML (PEP 503, 592) or JSON (PEP 691, 700), read as data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What a reader of both forms asks for: JSON first, as it tells sizes and times.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
#: A name that is one file in one folder, on every system.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!-]*")


@dataclass(frozen=True)
class IndexFile:
    """A file that an index offers; what an index does not tell is empty or None."""

    name: str
    url: str
    #: Algorithm, as hashlib calls it, and hexadecimal digest.
    hashes: tuple[tuple[str, str], ...] = ()
    requires_python: str = ""
    #: Why it was withdrawn, empty where no reason is given; None where it was not.
    yanked: str | None = None
    #: Bytes.
    size: int | None = None
    #: ISO 8601.
    uploaded: str = ""
    #: Hashes of the metadata that is offered beside a wheel (PEP 714), as far as they are told; None without an offer.
    metadata: tuple[tuple[str, str], ...] | None = None
    #: Address of its provenance (PEP 740); empty where none is told.
    provenance: str = ""


def parse(text: str, url: str, content_type: str) -> tuple[IndexFile, ...] | str:
    """The files of a page that was read from `url`, or why it is no such page.

    Files whose names are paths are left out, and so are those on other than the page's own kind of address: a page from
    the network cannot point into this machine.
    """
    if content_type.partition(";")[0].strip().lower().endswith("json"):
        return _json(text, url)
    reader = _Anchors(url)
    try:
        reader.feed(text)
        reader.close()
    # For a declaration that HTMLParser does not know (the last one before Python 3.10), and a character of 5000 digits.
    except (AssertionError, ValueError, NotImplementedError):
        return "the index answered with HTML that cannot be read"
    if not reader.html and text.strip():
        return "the index answered with no simple page"
    return tuple(filter(None, (_anchor(href, attributes) for href, attributes in reader.anchors)))


def _json(text: str, url: str) -> tuple[IndexFile, ...] | str:
    try:
        page = json.loads(text)
        version = str(page["meta"]["api-version"])
        rows = list(page["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "the index answered with JSON that is no simple page"
    if version.partition(".")[0] != "1":
        return f"the index speaks version {version[:20]} of the simple API, which is not known here"
    return tuple(filter(None, (_row(row, url) for row in rows if isinstance(row, dict))))


def _row(row: Mapping[str, Any], base: str) -> IndexFile | None:
    name, url = row.get("filename"), row.get("url")
    if not isinstance(name, str) or not isinstance(url, str):
        return None
    target = _joined(base, url)
    if not _usable(name, target, base):
        return None
    yanked = row.get("yanked", False)
    size = row.get("size")
    return IndexFile(
        name,
        urldefrag(target).url,
        _hashes(row.get("hashes")),
        str(row.get("requires-python") or ""),
        yanked if isinstance(yanked, str) else "" if yanked else None,
        size if isinstance(size, int) and size >= 0 else None,
        str(row.get("upload-time") or ""),
        _offered(_first(row, "core-metadata", "dist-info-metadata")),
        _proven(row.get("provenance"), base),
    )


class _Anchors(HTMLParser):
    """The links of a page, absolute, with their attributes."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._page = self._base = url
        self.html = False
        self.anchors: list[tuple[str, dict[str, str | None]]] = []

    def handle_decl(self, decl: str) -> None:
        self.html = self.html or decl.lower().startswith("doctype html")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.html = self.html or tag in {"html", "a"}
        values = dict(attrs)
        href = values.get("href")
        if tag == "base" and href:
            self._base = _joined(self._page, href) or self._page
        elif tag == "a" and href:
            target = _joined(self._base, href)
            if _usable(_name(target), target, self._page):
                self.anchors.append((target, values))


def _anchor(href: str, attributes: Mapping[str, str | None]) -> IndexFile:
    url, fragment = urldefrag(href)
    algorithm, equals, digest = fragment.partition("=")
    yanked = attributes.get("data-yanked", "") if "data-yanked" in attributes else None
    return IndexFile(
        _name(url),
        url,
        ((algorithm, digest),) if equals else (),
        attributes.get("data-requires-python") or "",
        (yanked or "") if "data-yanked" in attributes else None,
        metadata=_offered(_first(attributes, "data-core-metadata", "data-dist-info-metadata")),
        provenance=_proven(attributes.get("data-provenance"), url),
    )


def _first(row: Mapping[str, Any], *names: str) -> object:
    """What a row says under the first of some names: the newer name of a thing counts, where both are there."""
    return next((row[name] for name in names if name in row), None)


def _offered(value: object) -> tuple[tuple[str, str], ...] | None:
    """The hashes of a metadata file, of what a page says of it."""
    if isinstance(value, dict):
        return _hashes(value)
    if isinstance(value, str) and value:
        algorithm, equals, digest = value.partition("=")
        return ((algorithm, digest),) if equals else ()
    return () if value is True else None


def _proven(address: object, page: str) -> str:
    """An address of a provenance, absolute; empty for what is none, or is less safe than the page."""
    target = _joined(page, address) if isinstance(address, str) and address else ""
    return target if _usable("provenance", target, page) else ""


def _hashes(row: object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(key), str(value)) for key, value in row.items())) if isinstance(row, dict) else ()


def _joined(base: str, url: str) -> str:
    """An absolute address; empty for what is none, such as a host that opens a bracket and does not close it."""
    try:
        joined = urljoin(base, url)
        urlsplit(joined)
    except ValueError:
        return ""
    return joined


def _name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _usable(name: str, url: str, page: str) -> bool:
    kinds = {"http": {"http", "https"}, "https": {"https"}, "file": {"file", "http", "https"}}
    try:
        allowed = kinds.get(urlsplit(page).scheme, set())
        return bool(_FILE_NAME.fullmatch(name)) and urlsplit(url).scheme in allowed
    except ValueError:
        return False


def releases(files: tuple[IndexFile, ...]) -> dict[str, tuple[IndexFile, ...]]:
    """The wheels and sdists of each version, lowest first; files that are neither are left out."""
    from packaging.version import Version  # noqa: PLC0415 - costs what start-up cannot pay

    found: dict[str, list[IndexFile]] = {}
    for version, file in _versions(files):
        found.setdefault(version, []).append(file)
    return {version: tuple(found[version]) for version in sorted(found, key=Version)}


def _versions(files: tuple[IndexFile, ...]) -> Iterator[tuple[str, IndexFile]]:
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay

    for file in files:
        read = utils.parse_wheel_filename if file.name.endswith(".whl") else utils.parse_sdist_filename
        try:
            yield str(read(file.name)[1]), file
        # A garbled version is an error of another class.
        except ValueError:
            continue
