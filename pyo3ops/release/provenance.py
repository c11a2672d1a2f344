"""Who attested a published file: the provenance that an index gives for it (PEP 740), read as data and verified.

The index has checked a signature when it took the file. What is checked here is that the file which everybody gets is
the one that was signed, and that the signer is the project's own repository.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.tools import attestations
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.release.index import Index
    from pyo3ops.release.readback import ReadBack
    from pyo3ops.tools.simple_page import IndexFile

#: Bytes of a provenance; one with two attestations has twenty thousand.
LIMIT = 4 * 2**20
#: How many files are verified at once: each takes a start of Python, and most of its time is another program's.
_AT_ONCE = 4
#: Where the repositories of a kind of publisher are.
_HOSTS = {"GitHub": "https://github.com/", "GitLab": "https://gitlab.com/"}


@dataclass(frozen=True)
class Publisher:
    """Who signed: what kind of service, the option of pypi-attestations that names it, its name there, its workflow."""

    kind: str
    option: str
    who: str
    workflow: str = ""

    @property
    def shown(self) -> str:
        """For a person."""
        return f"{self.kind}: {self.who}{f', {self.workflow}' if self.workflow else ''}"


@dataclass(frozen=True)
class Attested:
    """One file: who attested it, whether that holds (None: nobody could say), and why not."""

    name: str
    publishers: tuple[Publisher, ...] = ()
    passed: bool | None = None
    reason: str = ""


def attested(
    back: ReadBack, index: Index, folder: Path, env: Mapping[str, str], *, repository: str = ""
) -> tuple[Attested, ...]:
    """Every file that was read back, with who attested it; `repository` is the address that the signer must have.

    `folder` takes what is downloaded for that. Raises `OSError` where it cannot be written.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import, and --help needs none

    shown = {file.name: file for file in back.shown}
    rows = [(shown[read.name], read.path) for read in back.files if read.path is not None and read.name in shown]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda row: _one(row[0], row[1], index, folder, env, repository), rows))


def address_of(shown: IndexFile) -> str:
    """Where the index has the provenance of a file; empty where it tells of none."""
    return shown.provenance


def publishers(text: str) -> tuple[Publisher, ...] | str:
    """Who signed, out of a provenance; in words why it is none."""
    try:
        document = json.loads(text)
        bundles = list(document["attestation_bundles"])
        found = tuple(_publisher(bundle["publisher"]) for bundle in bundles)
    except (ValueError, KeyError, TypeError, RecursionError):
        return "it is no provenance as PEP 740 describes it"
    return found or "nobody has signed in there"


def _publisher(row: Mapping[str, Any]) -> Publisher:
    kind = str(row["kind"])
    if kind in _HOSTS:
        workflow = row.get("workflow") or row.get("workflow_filepath") or ""
        return Publisher(kind, "--repository", _HOSTS[kind] + str(row["repository"]), str(workflow))
    if kind == "Google":
        return Publisher(kind, "--gcp-service-account", str(row["email"]))
    return Publisher(kind, "", str(row.get("project_id") or "unknown"))


def _one(  # noqa: PLR0917 - a file and all that is known for it
    shown: IndexFile, path: Path, index: Index, folder: Path, env: Mapping[str, str], repository: str
) -> Attested:
    address = address_of(shown)
    if not address:
        return Attested(shown.name, reason="the index gives no provenance of it")
    got = index.fetch(replace(shown, name=f"{shown.name}.provenance", url=address, size=None, hashes=()), folder)
    if isinstance(got, Refusal):
        return Attested(shown.name, reason=got.reason)
    found = publishers(_text(got))
    if isinstance(found, str):
        return Attested(shown.name, passed=False, reason=found)
    answers = list(_answers(path, got, found, env, repository))
    refuted = next((each for each in answers if each.passed is False), None)
    unsaid = next((each for each in answers if each.passed is None), None)
    worst = refuted or unsaid or answers[0]
    return Attested(shown.name, found, worst.passed, worst.reason)


def _answers(
    path: Path, provenance: Path, found: tuple[Publisher, ...], env: Mapping[str, str], repository: str
) -> Iterator[attestations.Answer]:
    for publisher in found:
        strange = repository and publisher.option == "--repository" and not _same(publisher.who, repository)
        if strange:
            yield attestations.Answer(passed=False, reason=f"{publisher.who} signed it, and not {repository}")
        elif not publisher.option:
            yield attestations.Answer(None, f"{publisher.kind} is a publisher that is not verified here")
        else:
            yield attestations.verify(path, provenance, (publisher.option, publisher.who), env)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(LIMIT).decode("utf-8", "replace")
