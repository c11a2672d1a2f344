from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from pyo3ops.core.model import Fix, Status
from pyo3ops.release.credentials import Credentials, Kind
from pyo3ops.release.preflight import credentials

from .sound import TARGET, said, status

FAIL, WARN, OK, SKIP = Status.FAIL, Status.WARN, Status.OK, Status.SKIP


def token(host: str) -> str:
    packed = b"\x02\x01" + bytes([len(host)]) + host.encode() + b"\x02\x10" + b"0" * 40
    return "pypi-" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def target(kind: Kind, secret: str = "", name: str = "", user: str = "__token__") -> dict[str, Any]:
    held = Credentials(kind, "" if kind is Kind.NONE else "TWINE_PASSWORD", user, secret)
    return {"target": replace(TARGET, name=name, credentials=held, is_pypi=bool(name))}


@pytest.mark.parametrize("rule", [credentials.present, credentials.kind, credentials.trusted])
def test_without_an_index_there_is_nobody_to_show_them_to(rule: Any) -> None:
    assert status(rule, target="nobody knows pipy") is SKIP


def test_none_names_the_rehearsal() -> None:
    found = said(credentials.present, advice=("none", Fix("export a token")), **target(Kind.NONE))
    assert found.status is FAIL
    assert found.fix
    assert found.fix.argv == ("pyo3ops", "release", "--rehearse")
    assert status(credentials.present, **target(Kind.KEYRING)) is OK


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (target(Kind.PASSWORD, "something", user="me"), OK),
        (target(Kind.TOKEN, "something\n"), FAIL),
        (target(Kind.PASSWORD, token("example.org"), user="me"), FAIL),
        (target(Kind.TOKEN, token("example.org")), OK),
        (target(Kind.TOKEN, token("elsewhere.org")), FAIL),
        (target(Kind.TOKEN, "pypi-unreadable"), WARN),
        (target(Kind.TOKEN, "glpat-unreadable"), OK),
        (target(Kind.PASSWORD, "something", "pypi", "me"), FAIL),
        (target(Kind.TOKEN, "something", "pypi"), FAIL),
        (target(Kind.TOKEN, token("example.org"), "pypi"), OK),
        (target(Kind.TOKEN, token("test.example.org"), "pypi"), FAIL),
        (target(Kind.TOKEN, token("test.example.org"), "testpypi"), OK),
        (target(Kind.TOKEN, token("example.org"), "testpypi"), FAIL),
        (target(Kind.TOKEN, "pypi-unreadable", "pypi"), OK),
        (target(Kind.TRUSTED), SKIP),
    ],
)
def test_credentials_are_of_the_index(changes: dict[str, Any], wanted: Status) -> None:
    found = said(credentials.kind, **changes)
    assert found.status is wanted
    secret = changes["target"].credentials.secret
    assert not secret or secret not in repr(found)


def test_trust_needs_a_job_that_may_ask_for_it() -> None:
    assert status(credentials.trusted, **target(Kind.TRUSTED)) is OK
    assert status(credentials.trusted, workflow=True, advice=("may not", Fix("permit")), **target(Kind.NONE)) is FAIL
    assert status(credentials.trusted, **target(Kind.NONE)) is SKIP
    assert status(credentials.trusted, workflow=True) is SKIP
