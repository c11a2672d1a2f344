"""Who uploads: found where the clients look, handed to them by variables, and kept from what others say and run."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Iterator
from urllib.parse import quote

from pyo3ops.core.model import Fix
from pyo3ops.core.run import which

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.tools.twine import Section

#: Who a token of PyPI belongs to.
TOKEN_USER = "__token__"  # noqa: S105 - a name, no secret
#: What looks like a secret, whoever it belongs to: what HTTP carries, and tokens of PyPI.
_SECRETS = re.compile(r"(?i)\b((?:basic|bearer) )[\w+/=.~-]{8,}|\b(pypi-)[\w-]{16,}|(://)[^\s/@:]*:[^\s/@]+(?=@)")
_HIDDEN = "*****"
#: Variables by which somebody could upload, or be taken for us: of clients, of forges and of their CI. How maturin
#: builds stands among its variables, too; what an index is read with (UV_INDEX_*, PIP_INDEX_URL) is none of these.
_UPLOADING = re.compile(
    r"(?:TWINE|UV_PUBLISH|HATCH_INDEX|FLIT|POETRY|PYPI|TEST_?PYPI|SIGSTORE|ACTIONS_(?:ID_TOKEN|RUNTIME)|CARGO_REGISTRY)_\w+"
    r"|MATURIN_(?!PEP517_|SETUP_ARGS$|EMSCRIPTEN_VERSION$|STRIP$)\w+|CARGO_REGISTRIES_\w+_(?:TOKEN|SECRET_KEY)"
    r"|(?:GH|GITHUB)_(?:\w*TOKEN\w*|(?:\w+_)?PAT)|GH_(?:HOST|REPO|CONFIG_DIR)|CI_JOB_(?:TOKEN|JWT\w*)"
    r"|UV_KEYRING_PROVIDER|PYTHON_KEYRING_BACKEND",
    re.IGNORECASE,
)


class Kind(Enum):
    """What the index is shown; the value is what a person reads."""

    TOKEN = "a token"  # noqa: S105 - words, no secret
    PASSWORD = "a user name and a password"  # noqa: S105 - words, no secret
    TRUSTED = "trusted publishing"
    KEYRING = "keyring, which the client asks"
    NONE = "none"


@dataclass(frozen=True)
class Credentials:
    """What is shown to the index and where it was found; the secret itself is in no text that is made of it."""

    kind: Kind
    source: str = ""
    user: str = field(default="", repr=False, compare=False)
    secret: str = field(default="", repr=False, compare=False)

    def scrubbed(self, text: str) -> str:
        """A text without the secret, in any form in which HTTP carries it, and without what looks like one."""
        for form in self._forms():
            text = text.replace(form, _HIDDEN)
        return _SECRETS.sub(lambda match: f"{match[1] or match[2] or match[3]}{_HIDDEN}", text)

    def _forms(self) -> Iterator[str]:
        if self.secret:
            pair = f"{self.user}:{self.secret}"
            # Clients differ: requests writes Latin-1 where it can.
            for data in (pair.encode(), pair.encode("latin-1", "replace")):
                yield base64.b64encode(data).decode("ascii")
            yield self.secret
            yield quoted(self.secret)


def quoted(text: str) -> str:
    """A text as it stands in an address."""
    return quote(text, safe="")


def without_credentials(env: Mapping[str, str]) -> dict[str, str]:
    """`env` for other people's code (build backends, smoke tests), without what an upload is allowed by."""
    return {name: value for name, value in env.items() if not _UPLOADING.fullmatch(name)}


NOBODY = Credentials(Kind.NONE)


def given(user: str, secret: str, source: str) -> Credentials:
    """Credentials of a user name and what belongs to it; without a name it is a token."""
    name = user or TOKEN_USER
    return Credentials(Kind.TOKEN if name == TOKEN_USER else Kind.PASSWORD, source, name, secret)


def find(client: str, section: Section | None, env: Mapping[str, str], *, trusting: bool) -> Credentials:
    """The credentials that a client would use, its own variables first: NONE where it would find nothing.

    `section` is the one of ~/.pypirc that belongs to the index; `trusting`: the index takes identities of a CI.
    """
    ways = (_of_uv, _of_twine) if client == "uv" else (_of_twine, _of_uv)
    for way in ways:
        found = way(section.user if section else "", env)
        if found:
            return found
    if section and section.password:
        return given(section.user, section.password, f"[{section.name}] of ~/.pypirc")
    if trusting and identity(env):
        return Credentials(Kind.TRUSTED, identity(env))
    if which("keyring", env) and (client == "twine" or env.get("UV_KEYRING_PROVIDER") == "subprocess"):
        return Credentials(Kind.KEYRING, "keyring is on PATH")
    return NOBODY


def _of_uv(_: str, env: Mapping[str, str]) -> Credentials | None:
    if env.get("UV_PUBLISH_TOKEN"):
        return given("", env["UV_PUBLISH_TOKEN"], "UV_PUBLISH_TOKEN")
    if env.get("UV_PUBLISH_PASSWORD"):
        return given(env.get("UV_PUBLISH_USERNAME", ""), env["UV_PUBLISH_PASSWORD"], "UV_PUBLISH_PASSWORD")
    return None


def _of_twine(user: str, env: Mapping[str, str]) -> Credentials | None:
    if env.get("TWINE_PASSWORD"):
        return given(env.get("TWINE_USERNAME") or user, env["TWINE_PASSWORD"], "TWINE_PASSWORD")
    return None


def identity(env: Mapping[str, str]) -> str:
    """Whose word an index can take for who we are: the CI that offers a proof of it, empty outside of one."""
    if env.get("ACTIONS_ID_TOKEN_REQUEST_URL") and env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        return "GitHub Actions"
    if env.get("GITLAB_CI") and (env.get("PYPI_ID_TOKEN") or env.get("TESTPYPI_ID_TOKEN")):
        return "GitLab CI"
    return ""


def advice(env: Mapping[str, str]) -> tuple[str, Fix]:
    """Why there are no credentials, as far as it can be told, and what to do."""
    if env.get("GITHUB_ACTIONS"):
        return (
            "this job of GitHub Actions may not ask for an identity, so trusted publishing cannot be used",
            Fix(
                "give the job `permissions: id-token: write`, and name its workflow to the index as a trusted publisher"
            ),
        )
    if env.get("GITLAB_CI"):
        return (
            "this job of GitLab has no identity for the index, so trusted publishing cannot be used",
            Fix("give the job `id_tokens: PYPI_ID_TOKEN: aud: pypi`, and name this project to the index"),
        )
    return (
        "no variable, ~/.pypirc or keyring has credentials; trusted publishing needs a CI that vouches for who it is",
        Fix(
            "rehearse without any, or export a token of the index as UV_PUBLISH_TOKEN or TWINE_PASSWORD",
            ("pyo3ops", "release", "--rehearse"),
        ),
    )
