from __future__ import annotations

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.tools import gpg

KEY = "sec:{}:255:22:0123456789ABCDEF:1700000000:::u:::scESC:::+::ed25519:::0:\n"


@pytest.mark.parametrize(
    ("out", "ended", "why"),
    [
        (KEY.format("u"), Ended.EXITED, ""),
        (KEY.format("e"), Ended.EXITED, "every secret key of me is expired or revoked"),
        (KEY.format("r") + KEY.format("u"), Ended.EXITED, ""),
        ("", Ended.EXITED, "gpg has no secret key of me"),
        ("", Ended.MISSING, "gpg, which would sign, is not here"),
    ],
)
def test_a_key_that_can_sign(out: str, ended: Ended, why: str) -> None:
    assert gpg.parse(Result(("gpg",), 0, out, "", 0.1, ended), "me") == why


def test_a_program_that_is_not_there_is_an_answer() -> None:
    assert (
        gpg.missing("Me <me@example.org>", "no-such-gpg", {"PATH": ""}) == "no-such-gpg, which would sign, is not here"
    )
