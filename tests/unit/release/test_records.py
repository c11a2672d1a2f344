from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.release.records import LONGEST, ORIGIN, Record, make, parse, without_secrets

RECORD = make(1, "2027-01-15T08:00:00Z", "note", {"text": "über", "tries": 3, "last": True}, ORIGIN)


def test_a_record_is_read_as_it_was_written() -> None:
    assert parse(RECORD.line[:-1], 1, ORIGIN) == RECORD
    assert RECORD.said("text") == "über"
    assert RECORD.said("tries") == "3"
    assert RECORD.said("nothing") == ""


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(), st.booleans()), max_size=4))
def test_any_record_is(data: dict[str, str | int | bool]) -> None:
    try:
        record = make(7, "now", "note", data, "a" * 64)
        line = record.line
    # A key is ours: a surrogate in one is a bug, and is not written.
    except UnicodeEncodeError:
        return
    assert line.count(b"\n") == 1
    assert parse(line[:-1], 7, "a" * 64) == record


def test_every_changed_byte_is_seen() -> None:
    line = RECORD.line[:-1]
    for place in range(len(line)):
        for byte in (line[place] ^ 1, 0, 32):
            if byte != line[place]:
                changed = line[:place] + bytes([byte]) + line[place + 1 :]
                assert isinstance(parse(changed, 1, ORIGIN), str), changed


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"number":1}', b"NaN"],
    ids=lambda line: repr(line[:9]),
)
def test_what_is_no_record_is_none(line: bytes) -> None:
    assert isinstance(parse(line, 1, ORIGIN), str)


def test_values_of_other_kinds_are_none() -> None:
    row = json.loads(RECORD.line)
    others: tuple[object, ...] = ({"a": [1]}, {"a": None}, {"a": 1.5}, [], "text")
    for data in others:
        assert parse(json.dumps({**row, "data": data}).encode(), 1, ORIGIN) == "it is no record"
    assert parse(json.dumps({**row, "number": True}).encode(), 1, ORIGIN) == "it is no record"


def test_another_place_in_the_chain_is_seen() -> None:
    assert "the line before" in str(parse(RECORD.line[:-1], 2, ORIGIN))
    assert "the line before" in str(parse(RECORD.line[:-1], 1, "b" * 64))


@pytest.mark.parametrize("value", [None, 1.5, b"bytes", ["list"], {"a": "dict"}])
def test_only_plain_values_are_kept(value: object) -> None:
    with pytest.raises(TypeError, match="reason is no text"):
        make(1, "now", "note", {"reason": value}, ORIGIN)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://user:hunter2@index.example/a", "https://index.example/a"),
        ("https://hunter2@index.example/a", "https://index.example/a"),
        ("of pypi-AgEIcHlwaS5vcmcCJDU_x-y", "of pypi-..."),
        ("ghp_0123456789abcdefABCDEF and ghs_0123456789abcdefABCDEF", "ghp_... and ghs_..."),
        ("github_pat_11ABCDEFG0123456789", "github_pat_..."),
        ("Authorization: Basic dXNlcjpodW50ZXIy", "Authorization: Basic ..."),
        ("authorization: bearer eyJhbGciOi.J9", "authorization: bearer ..."),
        ("two\nlines\x1b[31m and\ttabs", "two lines [31m and tabs"),
        ("pypi-attestations-0.0.1.tar.gz", "pypi-attestations-0.0.1.tar.gz"),
        ("mail@index.example/a", "mail@index.example/a"),
        ("a token is asked for", "a token is asked for"),
    ],
)
def test_secrets_are_taken_out(text: str, kept: str) -> None:
    assert without_secrets(text) == kept


def test_texts_are_bounded() -> None:
    assert len(without_secrets("x" * 10**7)) == LONGEST
    record = make(1, "now", "note", {"text": "\udcff" * 600}, ORIGIN)
    assert isinstance(parse(record.line[:-1], 1, ORIGIN), Record)
    # A secret at the edge is taken out before the rest is cut off.
    assert "pypi-AgE" not in without_secrets("x" * (LONGEST - 20) + " pypi-AgEIcHlwaS5vcmcCJDU")
