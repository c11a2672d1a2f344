"""pypi-attestations: signs files with the identity of a CI job, and verifies who signed a published one (PEP 740)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run, which

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.run import Result

#: Seconds; it answers within two, and uv may have to make an environment for it first.
TIMEOUT = 60.0
ONLINE_TIMEOUT = 240.0
#: What it puts behind the name of the file that it signs.
SUFFIX = ".publish.attestation"
#: How it begins to say that it has tried, and that the signature is none.
_REFUTED = ("Verification failed", "Invalid provenance", "Invalid attestation")


@dataclass(frozen=True)
class Answer:
    """What it said of a file: `passed` is None where it could not say."""

    passed: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Inspected:
    """What an attestation claims, which nobody has verified by this."""

    #: File names and SHA-256.
    subjects: tuple[tuple[str, str], ...]
    #: Who signed, as addresses of a workflow, or of mail.
    identities: tuple[str, ...]
    predicate: str = ""


def command(env: Mapping[str, str], *, online: bool = False) -> tuple[str, ...] | None:
    """What starts it: on PATH, or by uv from its cache, or (`online`) fetched; None where there is neither."""
    if which("pypi-attestations", env):
        return ("pypi-attestations",)
    if which("uv", env):
        return ("uv", "tool", "run", *(() if online else ("--offline",)), "pypi-attestations")
    return None


def sign(file: Path, env: Mapping[str, str]) -> Answer:
    """Sign a file; its attestation lies beside it then, with `SUFFIX` behind its name.

    To be called where the environment has an identity of its own: without one the program would open a browser.
    """
    argv = command(env, online=True)
    if argv is None:
        return Answer(None, "pypi-attestations is not here")
    return parse_sign(run([*argv, "sign", str(file)], timeout=ONLINE_TIMEOUT, env=env))


def verify(
    file: Path, provenance: Path, publisher: tuple[str, str], env: Mapping[str, str], *, online: bool = False
) -> Answer:
    """Verify a file against the provenance that its index gave, for one publisher: an option of its, and its value.

    Without `online` it takes the roots of trust that it was shipped with.
    """
    argv = command(env, online=online)
    if argv is None:
        return Answer(None, "pypi-attestations is not here")
    option, value = publisher
    told = ("verify", "pypi", *(() if online else ("--offline",)), option, value, "--provenance-file", str(provenance))
    return parse_verify(run([*argv, *told, str(file)], timeout=ONLINE_TIMEOUT if online else TIMEOUT, env=env))


def inspect(attestation: Path, env: Mapping[str, str]) -> Inspected | str:
    """What an attestation claims; in words why that cannot be read."""
    argv = command(env)
    if argv is None:
        return "pypi-attestations is not here"
    # Of a file with any other ending it says nothing, and exits with 0.
    if attestation.suffix != ".attestation":
        return f"{attestation.name} is no attestation by its name"
    result = run([*argv, "inspect", str(attestation)], timeout=TIMEOUT, env=env)
    return parse_inspect(result.out + result.err) if result.ok else _said(result)


def parse_sign(result: Result) -> Answer:
    """Read how signing ended: it says nothing where it worked."""
    return Answer(passed=True) if result.ok else Answer(None, _said(result))


def parse_verify(result: Result) -> Answer:
    """Read how verifying ended: OK, a refutation, or neither."""
    said = _said(result)
    if result.ok and re.search(r"^OK: ", result.out + result.err, re.MULTILINE):
        return Answer(passed=True)
    if result.ended is Ended.EXITED and said.startswith(_REFUTED):
        return Answer(passed=False, reason=said)
    return Answer(None, said or "pypi-attestations said nothing")


def parse_inspect(text: str) -> Inspected | str:
    """Read what `inspect` printed."""
    subjects = re.findall(r"^\s*(\S+) \(digest: ([0-9a-f]{64})\)$", text, re.MULTILINE)
    signers = re.search(r"^\s*Subjects \(.*?\): \[(.*)\]$", text, re.MULTILINE)
    predicate = re.search(r"^\s*Predicate type: (\S+)$", text, re.MULTILINE)
    if not subjects or not signers:
        return "pypi-attestations printed no attestation"
    return Inspected(tuple(subjects), tuple(re.findall(r"'([^']*)'", signers[1])), predicate[1] if predicate else "")


def _said(result: Result) -> str:
    """The sentence that matters: of a backtrace the last line, of a refusal the first that is none of its log."""
    lines = [line.strip() for line in result.err.splitlines() if line.strip()]
    if result.ended is not Ended.EXITED or not lines:
        return result.reason
    if "Traceback (most recent call last):" in lines:
        return lines[-1]
    telling = [line for line in lines if not line.startswith(("Retrying (", "TUF repository is loaded"))]
    return (telling or lines)[0]
