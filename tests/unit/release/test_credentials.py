from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.credentials import NOBODY, Credentials, Kind, advice, find, given, identity, without_credentials
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


#: Variables that an upload is allowed by, of every client, forge and CI that we know.
UPLOADING = """
    TWINE_PASSWORD TWINE_USERNAME TWINE_REPOSITORY_URL UV_PUBLISH_TOKEN UV_PUBLISH_PASSWORD UV_PUBLISH_URL
    HATCH_INDEX_AUTH HATCH_INDEX_USER FLIT_PASSWORD FLIT_USERNAME POETRY_PYPI_TOKEN_PYPI
    POETRY_HTTP_BASIC_OURS_PASSWORD MATURIN_PYPI_TOKEN MATURIN_PASSWORD MATURIN_USERNAME MATURIN_REPOSITORY_URL
    PYPI_TOKEN PYPI_API_TOKEN PYPI_ID_TOKEN TESTPYPI_ID_TOKEN TEST_PYPI_TOKEN pypi_token Twine_Password
    CARGO_REGISTRY_TOKEN CARGO_REGISTRY_CREDENTIAL_PROVIDER CARGO_REGISTRIES_OURS_TOKEN
    CARGO_REGISTRIES_MY_OWN_TOKEN CARGO_REGISTRIES_OURS_SECRET_KEY GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN
    GITHUB_ENTERPRISE_TOKEN GITHUB_API_TOKEN GH_PAT GITHUB_TOKEN_2 GH_HOST GH_REPO GH_CONFIG_DIR
    ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_RUNTIME_TOKEN ACTIONS_RUNTIME_URL
    CI_JOB_TOKEN CI_JOB_JWT CI_JOB_JWT_V2 SIGSTORE_ID_TOKEN UV_KEYRING_PROVIDER PYTHON_KEYRING_BACKEND
"""
#: What builds, and what reads an index, needs.
NEEDED = """
    PATH HOME CARGO_HOME CARGO_TARGET_DIR CARGO_REGISTRIES_OURS_INDEX RUSTFLAGS UV_INDEX UV_INDEX_URL
    UV_INDEX_OURS_USERNAME UV_INDEX_OURS_PASSWORD UV_DEFAULT_INDEX PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CERT
    HTTPS_PROXY MATURIN_PEP517_ARGS MATURIN_PEP517_USE_BASE_PYTHON MATURIN_SETUP_ARGS MATURIN_EMSCRIPTEN_VERSION
    MATURIN_STRIP GITHUB_ACTIONS GITHUB_PATH GITHUB_REPOSITORY GITHUB_SHA CI CI_COMMIT_SHA SOURCE_DATE_EPOCH
    MY_TWINE_NOTE
"""


@pytest.mark.parametrize("name", UPLOADING.split())
def test_what_other_peoples_code_is_not_told(name: str) -> None:
    assert without_credentials({name: "a secret", "PATH": "p"}) == {"PATH": "p"}


@pytest.mark.parametrize("name", NEEDED.split())
def test_what_other_peoples_code_needs(name: str) -> None:
    assert without_credentials({name: "a value"}) == {name: "a value"}
