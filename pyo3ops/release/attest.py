"""Attestations of a release (PEP 740): signed with the identity of the CI job that publishes, where there is one.

Nothing is signed with the name of a person: an index accepts what the publisher that it trusts has signed, and the
program that signs would open a browser for anybody else.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.files import same_file
from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.tools import attestations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TITLE = "the files carry attestations of who published them"


@dataclass(frozen=True)
class Identity:
    """Who signs: the CI service; `missing` says what keeps it from that, and `fix` what to set up."""

    service: str
    missing: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Signed:
    """The attestations of a release, by the names of their files; `finding` says why there are none."""

    files: tuple[tuple[str, Path], ...]
    finding: Finding


def identity(env: Mapping[str, str]) -> Identity | None:
    """The identity that a CI job has, by its variables; None outside of the services that indexes trust.

    The same variables are read by the program that signs; it is started only where they are there.
    """
    if env.get("GITHUB_ACTIONS"):
        if env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN") and env.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
            return Identity("GitHub Actions")
        fix = "give the job that publishes `permissions: id-token: write`"
        return Identity("GitHub Actions", "the job may not ask for an identity", fix)
    if env.get("GITLAB_CI"):
        if env.get("SIGSTORE_ID_TOKEN"):
            return Identity("GitLab CI/CD")
        fix = "give the job `id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore`"
        return Identity("GitLab CI/CD", "the job has no SIGSTORE_ID_TOKEN", fix)
    if env.get("GOOGLE_SERVICE_ACCOUNT_NAME"):
        return Identity("Google Cloud")
    return None


def attest(
    files: Sequence[Path],
    folder: Path,
    env: Mapping[str, str],
    *,
    required: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Signed:
    """Sign every file, or none; attestations lie in `folder` then, each beside its file, or a copy of it.

    That is where the clients that upload look for them.

    Whatever keeps that from happening is a skip, or with `required` a failure: a release needs no attestation. Raises
    `OSError` where the folder cannot be written.
    """
    who = identity(env)
    if who is None or who.missing:
        return Signed((), _without(who, required=required))
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for file in files:
        progress(f"signing {file.name}")
        answer = _signed(file, folder, env)
        if answer.passed is not True:
            return Signed((), _failed(who, file.name, answer.reason, required=required))
        made.append((file.name, folder / (file.name + attestations.SUFFIX)))
    detail = f"{len(made)} {'is' if len(made) == 1 else 'are'} signed by the identity that {who.service} gives the job"
    return Signed(tuple(made), Finding("release.attest", TITLE, Status.OK, detail))


def _signed(file: Path, folder: Path, env: Mapping[str, str]) -> attestations.Answer:
    """Sign one file; what was signed before is not signed again."""
    copy, proof = folder / file.name, folder / (file.name + attestations.SUFFIX)
    if not same_file(file, copy):
        shutil.copyfile(str(file), str(copy))
    # The program refuses to write over an attestation, and the transparency log keeps each for ever.
    if proof.exists():
        claimed = attestations.inspect(proof, env)
        if not isinstance(claimed, str) and (file.name, _sha256(file)) in claimed.subjects:
            return attestations.Answer(passed=True)
        proof.unlink()
    answer = attestations.sign(copy, env)
    if answer.passed and not proof.is_file():
        return attestations.Answer(None, "pypi-attestations ended well and left no attestation")
    return answer


def _sha256(file: Path) -> str:
    import hashlib  # noqa: PLC0415 - only where something was signed before

    digest = hashlib.sha256()
    with file.open("rb") as stream:
        for chunk in iter(lambda: stream.read(2**20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _without(who: Identity | None, *, required: bool) -> Finding:
    if who is None:
        reason = "there is no identity to sign with: attestations are made by a CI job that the index trusts to publish"
        fix = "register the workflow as a trusted publisher at the index and publish from it"
    else:
        reason, fix = f"{who.service}: {who.missing}", who.fix
    return Finding("release.attest", TITLE, Status.FAIL if required else Status.SKIP, reason, fix=Fix(fix))


def _failed(who: Identity, name: str, reason: str, *, required: bool) -> Finding:
    status = Status.FAIL if required else Status.SKIP
    fix = Fix(
        "run the release again in the same job; what is signed already is kept", ("pyo3ops", "release", "--resume")
    )
    return Finding(
        "release.attest", TITLE, status, f"{name} is not signed by {who.service}'s identity: {reason}", fix=fix
    )
