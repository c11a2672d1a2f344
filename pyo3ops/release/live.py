"""A real index: sent to by the client of the user's choice, asked by its simple API."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, python_env, run
from pyo3ops.release.credentials import TOKEN_USER, Credentials, Kind
from pyo3ops.release.index import Answer, Sent
from pyo3ops.tools import index, twine, uv, web
from pyo3ops.tools.index import Refusal, Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.release.index import Listing
    from pyo3ops.release.model import SealedFile
    from pyo3ops.release.target import Target
    from pyo3ops.tools.simple_page import IndexFile

#: Seconds for one file: the slowest line that is worth waiting for needs as long for 100 MB.
TIMEOUT = 1800.0
#: Beside a file that was attested (PEP 740), as its tools call it.
ATTESTATION = ".publish.attestation"
#: What open indexes are shown: both clients insist on something.
_ANYBODY = ("anybody", "anything")
_UNAUTHORISED = frozenset({401, 403})
#: Not the file's fault: it may go through at another time.
_LATER = frozenset({408, 425, 429})
_BROKEN = 500
_CONFLICT = 409
#: How indexes say that they have a file of this name: Warehouse and pypiserver; GitLab; Nexus; Artifactory.
_TAKEN = re.compile(
    r"already exist|already been taken|does not allow updating|delete/overwrite|overwrite artifact", re.IGNORECASE
)
#: Why a client gave up before it sent anything, where it was about who we are.
_WHO = re.compile(r"credential|trusted publishing|token|NonInteractive|authenticat", re.IGNORECASE)


@dataclass(frozen=True)
class LiveIndex:
    """The index of a `Target`; every upload is one run of twine or uv, in an environment of its own."""

    target: Target
    #: May hold secrets.
    env: Mapping[str, str] = field(repr=False)
    timeout: float = TIMEOUT

    @property
    def shown(self) -> str:
        """Its name or address, without credentials."""
        return self.target.shown

    def listing(self, project: str) -> Listing:
        """Every file that is public under the project's name, asked past caches (see `tools.index.files_of`)."""
        simple = self.target.simple
        if isinstance(simple, Refusal):
            return simple
        found = index.files_of(project, simple, self._plain, fresh=True)
        return () if isinstance(found, Refusal) and found.absent else found

    def upload(self, path: Path, file: SealedFile) -> Answer:
        """Send one file once, as far as the client can be told to: twine tries again by itself at 5xx."""
        if path.name != file.name:
            return Answer(Sent.REFUSED, f"{path.name} is not the file that was sealed: {file.name}")
        if not self.target.client:
            return Answer(Sent.REFUSED, "neither twine nor uv is here")
        argv = self._argv(path)
        result = run(argv, timeout=self.timeout, env=self._client_env(), cwd=path.parent)
        text = self.target.credentials.scrubbed(result.out + result.err)
        if result.code is None:
            return Answer(Sent.REFUSED, f"{argv[0]} cannot be started")
        if result.ended is not Ended.EXITED:
            return Answer(Sent.UNSURE, self.target.credentials.scrubbed(result.reason))
        parse = uv.parse_publish if self.target.client == "uv" else twine.parse_upload
        return judged(parse(text, result.code))

    def fetch(self, file: IndexFile, folder: Path) -> Path | Refusal:
        """Download a public file as it is, past caches: judging its bytes is the caller's affair."""
        simple = self.target.simple
        return simple if isinstance(simple, Refusal) else index.fetch(file, folder, simple, self._plain)

    def date(self) -> float | None:
        """What the clock of the index says, in seconds since 1970; None where it says nothing."""
        simple = self.target.simple
        return None if isinstance(simple, Refusal) else web.date(simple.url, self._plain)

    @property
    def _plain(self) -> Mapping[str, str]:
        """Never through a proxy to this very machine."""
        return {**self.env, **_direct(self.env)} if self.target.is_local else self.env

    @functools.cached_property
    def _twine(self) -> tuple[str, ...]:
        return twine.start(self.env)

    def _argv(self, path: Path) -> Sequence[str]:
        target = self.target
        beside = path.with_name(path.name + ATTESTATION)
        attestation = beside.name if beside.is_file() else ""
        if target.client == "uv":
            trusted = target.credentials.kind is Kind.TRUSTED
            return uv.publish_argv(path, target.upload, trusted=trusted, attestation=attestation)
        where: tuple[str, ...] = ("--repository-url", target.upload)
        if target.sectioned:
            where = ("--repository", target.name)
        elif not target.upload:
            where = ("--repository", target.name, *twine.NO_CONFIG)
        return twine.upload_argv(self._twine, path, repository=where, attestation=attestation)

    def _client_env(self) -> dict[str, str]:
        target, held = self.target, self.target.credentials
        pair = _ANYBODY if held.kind is Kind.NONE and target.is_local else (held.user, held.secret)
        kept = {name: value for name, value in python_env(self._plain).items() if name not in twine.OWN | uv.OWN}
        if target.client == "uv":
            return {**kept, **uv.publish_env(*pair)}
        return {**kept, **twine.upload_env(*pair)}


def _direct(env: Mapping[str, str]) -> dict[str, str]:
    own = "127.0.0.1,localhost,::1"
    return {name: f"{env[name]},{own}" if env.get(name) else own for name in ("NO_PROXY", "no_proxy")}


def judged(said: Said) -> Answer:
    """What an upload came to, by what the index said to it."""
    reason = f"HTTP {said.status}: {said.words}" if said.status else said.words
    if said.accepted:
        return Answer(Sent.ACCEPTED)
    if said.status is None:
        return Answer(_unheard(said), reason)
    if said.status == _CONFLICT or (said.status < _BROKEN and _TAKEN.search(said.words)):
        return Answer(Sent.TAKEN, reason)
    if said.status in _UNAUTHORISED:
        return Answer(Sent.UNAUTHORISED, reason)
    return Answer(Sent.UNSURE if said.status in _LATER or said.status >= _BROKEN else Sent.REFUSED, reason)


def _unheard(said: Said) -> Sent:
    if said.sent:
        return Sent.UNSURE
    return Sent.UNAUTHORISED if _WHO.search(said.words) else Sent.REFUSED


def holder(held: Credentials) -> str:
    """Who uploads, for a person: never the secret."""
    who = f" of {held.user}" if held.user and held.user != TOKEN_USER else ""
    return f"{held.kind.value}{who} ({held.source})" if held.source else held.kind.value
