"""uv: driven to publish one file, and read where it says which index that is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.tools.index import Said, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: What tells `uv publish` where to go, or who goes there: none of it may contradict what it is told by us.
OWN = frozenset(
    {
        "UV_PUBLISH_URL",
        "UV_PUBLISH_INDEX",
        "UV_PUBLISH_CHECK_URL",
        "UV_PUBLISH_TOKEN",
        "UV_PUBLISH_USERNAME",
        "UV_PUBLISH_PASSWORD",
        "UV_CONFIG_FILE",
    }
)


@dataclass(frozen=True)
class Indexed:
    """An index of `[[tool.uv.index]]` that files can be published to: its simple API, and where uploads go."""

    name: str
    url: str
    publish_url: str


def indexes(pyproject: Mapping[str, Any]) -> Iterator[Indexed]:
    """The indexes of a pyproject.toml that have a `publish-url`; what is garbled is left out."""
    tool = pyproject.get("tool")
    table = tool.get("uv") if isinstance(tool, dict) else None
    rows = table.get("index") if isinstance(table, dict) else None
    for row in rows if isinstance(rows, list) else ():
        found = [str(row.get(key) or "") for key in ("name", "url", "publish-url")] if isinstance(row, dict) else [""]
        if all(found):
            yield Indexed(*found)


def publish_url(pyproject: Mapping[str, Any]) -> str:
    """Where `[tool.uv]` says that everything is published to; empty where it says nothing."""
    tool = pyproject.get("tool")
    table = tool.get("uv") if isinstance(tool, dict) else None
    found = table.get("publish-url") if isinstance(table, dict) else None
    return found if isinstance(found, str) else ""


def publish_argv(file: Path, url: str = "", *, trusted: bool = False, attestation: str = "") -> tuple[str, ...]:
    """Publish one file, from its own folder, to `url`, or without one where uv publishes by itself: PyPI.

    `trusted`: as the identity that a CI has. No configuration is read: an address in it would count, and no credentials
    are in it. An attestation that is not named does not go along, wherever it lies.
    """
    where = ("--publish-url", url) if url else ()
    identity = ("--trusted-publishing", "always" if trusted else "never")
    files = (file.name, attestation) if attestation else (file.name,)
    return ("uv", "publish", "--no-config", "--no-progress", "--color", "never", *identity, *where, *files)


def publish_env(user: str, password: str) -> dict[str, str]:
    """The variables that hand credentials over, where there are any, and ask for no retries."""
    quiet = {"UV_HTTP_RETRIES": "0", "UV_NO_PROGRESS": "1"}
    if not password:
        return quiet
    return {**quiet, "UV_PUBLISH_USERNAME": user or "__token__", "UV_PUBLISH_PASSWORD": password}


def parse_publish(text: str, code: int | None) -> Said:
    """Read what `uv publish` printed of one file, and how it ended."""
    if code == 0:
        return Said(accepted=True)
    # Of several errors the last one is about the file itself.
    error = text[max(text.rfind("\nerror: "), 0) :]
    answer = re.search(r"status code (\d{3})([^.\n]*)\.?(?:\s+Server says:\s*([\s\S]*))?", error)
    if answer:
        return Said(accepted=False, status=int(answer[1]), words=in_words(answer[3] or "") or answer[2].strip())
    causes = re.findall(r"(?m)^ *(?:cause|error|Caused by): (.*)", error)
    words = in_words(causes[-1] if causes else error) or "uv said nothing"
    status = next((status for start, status in _UNANSWERED if words.startswith(start)), None)
    return Said(accepted=False, status=status, words=words, sent="\nUploading " in text)


#: What uv says in its own words where it had an answer.
_UNANSWERED = (("Missing credentials", 401), ("Redirected URL", 301))
