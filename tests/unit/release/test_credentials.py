from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.credentials import NOBODY, Credentials, Kind, advice, find, given, identity
from pyo3ops.tools.twine import Section

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
SECTION = Section("pypi", "", "me", "of the file")


def found(
    env: dict[str, str], client: str = "twine", section: Section | None = None, *, trusting: bool = True
) -> Credentials:
    return find(client, section, {"PATH": "", **env}, trusting=trusting)


@pytest.mark.parametrize(
    ("env", "client", "secret", "source"),
    [
        ({"TWINE_PASSWORD": "t", "UV_PUBLISH_TOKEN": "u"}, "twine", "t", "TWINE_PASSWORD"),
        ({"TWINE_PASSWORD": "t", "UV_PUBLISH_TOKEN": "u"}, "uv", "u", "UV_PUBLISH_TOKEN"),
        ({"TWINE_PASSWORD": "t"}, "uv", "t", "TWINE_PASSWORD"),
        ({"UV_PUBLISH_PASSWORD": "p", "UV_PUBLISH_USERNAME": "me"}, "twine", "p", "UV_PUBLISH_PASSWORD"),
        ({}, "uv", "of the file", "[pypi] of ~/.pypirc"),
    ],
)
def test_where_they_are_found(env: dict[str, str], client: str, secret: str, source: str) -> None:
    credentials = found(env, client, SECTION)
    assert (credentials.secret, credentials.source) == (secret, source)


def test_a_token_or_a_password() -> None:
    assert found({"TWINE_PASSWORD": "t"}).kind is Kind.TOKEN
    assert found({"TWINE_PASSWORD": "t", "TWINE_USERNAME": "me"}).kind is Kind.PASSWORD
    assert found({"TWINE_PASSWORD": "t"}, section=SECTION).user == "me"
    assert found({"UV_PUBLISH_TOKEN": "t"}).user == "__token__"


def test_the_word_of_a_ci() -> None:
    assert found(GITHUB) == Credentials(Kind.TRUSTED, "GitHub Actions")
    assert found(GITHUB, trusting=False) is NOBODY
    assert found({"GITLAB_CI": "true", "PYPI_ID_TOKEN": "t"}).source == "GitLab CI"
    assert not identity({"PYPI_ID_TOKEN": "t"})
    assert found({**GITHUB, "UV_PUBLISH_TOKEN": "t"}).kind is Kind.TOKEN


def test_keyring_is_asked_by_the_client(tmp_path: Path) -> None:
    (tmp_path / "keyring").write_text("")
    (tmp_path / "keyring").chmod(0o755)
    env = {"PATH": str(tmp_path)}
    assert found(env).kind is Kind.KEYRING
    assert found(env, "uv") is NOBODY
    assert found({**env, "UV_KEYRING_PROVIDER": "subprocess"}, "uv").kind is Kind.KEYRING


@pytest.mark.parametrize("env", [{}, {"GITHUB_ACTIONS": "true"}, {"GITLAB_CI": "true"}])
def test_advice_names_a_way(env: dict[str, str]) -> None:
    reason, fix = advice(env)
    assert "trusted publishing" in reason
    assert fix.summary


def test_no_text_has_the_secret() -> None:
    credentials = given("me", "s3cr/et", "TWINE_PASSWORD")
    assert "s3cr" not in repr(credentials)
    pair = base64.b64encode(b"me:s3cr/et").decode()
    said = f"Authorization: Basic {pair}, {pair}, s3cr/et, s3cr%2Fet, https://me:s3cr%2Fet@a.example/"
    assert credentials.scrubbed(said).count("*****") == 5
    assert "s3cr" not in credentials.scrubbed(said)
    assert pair not in credentials.scrubbed(said)


def test_what_looks_like_a_secret_goes_too() -> None:
    said = "Bearer abcdefghijklmnop, pypi-AgEIcHlwaS5vcmcCJDU2, https://you:pass@b.example/, basic words"
    assert NOBODY.scrubbed(said) == "Bearer *****, pypi-*****, https://*****@b.example/, basic words"
