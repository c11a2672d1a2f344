"""The release on GitHub: a draft first, its files, a look at what GitHub has, and only then public.

It can stop anywhere and go on there. Nothing of it is needed to install the release, so it warns, and never fails.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Sequence

from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Fix
from pyo3ops.core.versions import is_development
from pyo3ops.tools import gh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.release.model import SealedFile

#: The longest text that GitHub takes, in characters.
_LONGEST = 125_000


@dataclass(frozen=True)
class Announcement:
    """What is told: Markdown in `notes`; `folder` has the sealed files."""

    tag: str
    version: str
    title: str
    notes: str
    folder: Path
    files: tuple[SealedFile, ...]


class Told(Enum):
    """How far an announcement came."""

    #: It is public, and has the sealed files.
    DONE = "announced"
    #: There is nowhere to tell it, or it is not wanted.
    NOWHERE = "not announced"
    #: Something is missing here: the release stays tagged, and `--resume` goes on.
    LATER = "announced later"
    #: It is public with other files than the sealed ones: a person decides.
    DIFFERS = "announced with other files"


@dataclass(frozen=True)
class Announced:
    """What became of an announcement, with the reason of anything but DONE."""

    told: Told
    url: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None


def place(announce: str, url: str, env: Mapping[str, str]) -> gh.Repository | Announced:
    """Where to announce, by the configuration (auto, github, none) and the address of the remote."""
    if announce == "none":
        return Announced(Told.NOWHERE, reason='[tool.pyo3ops.release] says announce = "none"')
    found = gh.repository_of(url, env)
    if found is not None:
        return found
    where = f"the remote {url} is not on GitHub" if url else "there is no remote"
    if announce == "github":
        fix = Fix("say which GitHub it is on in GH_HOST, or announce it by hand")
        return Announced(Told.LATER, reason=where, fix=fix)
    return Announced(Told.NOWHERE, reason=where)


def announce(wanted: Announcement, where: gh.Repository, env: Mapping[str, str]) -> Announced:
    """Make the release public on GitHub, as far as that is not done; the tag is there already."""
    there = gh.release(where, wanted.tag, env)
    if isinstance(there, gh.Trouble) and there.absent:
        there = _drafted(wanted, where, env)
    if isinstance(there, gh.Trouble):
        # What GitHub does not show to everybody is not there for somebody unknown.
        return _later(wanted, where, gh.unready(where.host, env) or there)
    if not there.draft:
        return _compared(wanted, where, there)
    return _filled(wanted, where, there, env)


def differences(files: Sequence[SealedFile], assets: Sequence[gh.Asset]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of files that a release lacks or has with other bytes, and of wheels and sdists that it has beside them."""
    # GitHub changes letters of names that it does not like; those of wheels and sdists it does.
    there = {asset.name: asset for asset in assets}
    missing = tuple(file.name for file in files if not _same(file, there.get(file.name)))
    # Whatever else somebody adds to a draft, such as an SBOM, is their affair.
    more = set(there) - {file.name for file in files}
    return missing, tuple(sorted(name for name in more if name.endswith((".whl", ".tar.gz"))))


def _drafted(wanted: Announcement, where: gh.Repository, env: Mapping[str, str]) -> gh.Release | gh.Trouble:
    with tempfile.TemporaryDirectory(prefix="pyo3ops-notes-") as folder:
        notes = Path(folder) / "notes.md"
        write_whole(notes, _short(wanted.notes).encode())
        prerelease = is_development(wanted.version)
        trouble = gh.create_draft(where, wanted.tag, wanted.title, notes, env, prerelease=prerelease)
    # The answer may have been lost, and the draft be there.
    there = gh.release(where, wanted.tag, env)
    return trouble if trouble is not None and isinstance(there, gh.Trouble) else there


def _filled(wanted: Announcement, where: gh.Repository, draft: gh.Release, env: Mapping[str, str]) -> Announced:
    """Upload what a draft lacks, look again, and make it public where it has the sealed files."""
    missing, _ = differences(wanted.files, draft.assets)
    trouble = gh.upload(where, wanted.tag, [wanted.folder / name for name in missing], env) if missing else None
    there = gh.release(where, wanted.tag, env)
    if isinstance(there, gh.Trouble):
        return _later(wanted, where, there)
    still, more = differences(wanted.files, there.assets)
    if still or more:
        reason = trouble.reason if trouble else "the draft has other files than the sealed ones"
        return _later(wanted, where, gh.Trouble(reason), *_lines(still, more))
    trouble = gh.publish(where, wanted.tag, env)
    # Asked again also where gh said yes: only what GitHub shows is public.
    shown = gh.release(where, wanted.tag, env)
    if isinstance(shown, gh.Trouble) or shown.draft:
        return _later(wanted, where, trouble or gh.Trouble("GitHub still shows it as a draft"))
    return _compared(wanted, where, shown)


def _compared(wanted: Announcement, where: gh.Repository, there: gh.Release) -> Announced:
    missing, more = differences(wanted.files, there.assets)
    if not missing and not more:
        return Announced(Told.DONE, there.url)
    look = ("gh", "release", "view", wanted.tag, "--repo", str(where))
    fix = Fix("look at its files, and put it right by hand: what is public is not replaced", look, mends=False)
    reason = f"the release {wanted.tag} on GitHub has other files than the index"
    return Announced(Told.DIFFERS, there.url, reason, _lines(missing, more), fix)


def _later(wanted: Announcement, where: gh.Repository, trouble: gh.Trouble, *evidence: str) -> Announced:
    view = ("gh", "release", "view", wanted.tag, "--repo", str(where))
    fix = trouble.fix or Fix("see what GitHub has, then go on with --resume", view, mends=False)
    return Announced(Told.LATER, reason=trouble.reason, evidence=evidence, fix=fix)


def _same(file: SealedFile, asset: gh.Asset | None) -> bool:
    """Whether an asset is the file; where GitHub names no digest its size has to do."""
    if asset is None or not asset.whole or asset.size != file.size:
        return False
    return not asset.sha256 or asset.sha256 == file.sha256


def _lines(missing: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return (*(f"{name}: missing, or other bytes" for name in missing), *(f"{name}: not sealed" for name in more))


def _short(notes: str) -> str:
    text = re.sub(r"\r\n?", "\n", notes)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 100]}\n\n(cut: the change log has all of it)\n"
