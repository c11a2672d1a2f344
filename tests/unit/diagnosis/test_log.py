from __future__ import annotations

import codecs
import io
import tracemalloc

import pytest

from pyo3ops.diagnosis import log

TEXT = "error: linker `cc` not found\r\n  = note: \u00fcber \u5927\r\n"


def read(data: bytes) -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in log.lines(io.BytesIO(data))]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r\r\n").encode(),
        b"\n".join(TEXT.encode().splitlines()),
    ],
)
def test_encodings_and_line_ends(data: bytes) -> None:
    assert read(data) == [(1, "error: linker `cc` not found"), (2, "= note: \u00fcber \u5927")]


def test_bytes_of_no_encoding_are_replaced() -> None:
    assert read(b"error: \xff\xfe\x80 here\n") == [(1, "error: \ufffd\ufffd\ufffd here")]


def test_a_character_over_two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "BLOCK", 7)
    assert read("abcdef\u5927\u5927 error\n".encode()) == [(1, "abcdef\u5927\u5927 error")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\x1b[1m\x1b[91merror\x1b[0m: linker", "error: linker"),
        ("\x1b]8;;https://a.b\x1b\\here\x1b]8;;\x1b\\", "here"),
        ("\x1b]0;title\x07error", "error"),
        ("\x1b[31", ""),
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("2025-04-15T19:10:51.1291963Z error: x", "error: x"),
        ("[2025-04-15 19:10:51,129] error: x", "error: x"),
        ("2025-04-15T19:10:51.129196Z 01O error: x", "error: x"),
        ("build\tRun maturin\t2025-04-15T19:10:51.1291963Z error: x", "error: x"),
        ("##[error]error: x", "error: x"),
        ("::error title=a::error: x", "error: x"),
        ("#12 34.56 error: x", "error: x"),
        ("129.3 error: x", "error: x"),
        ("web_1  | error: x", "error: x"),
        ("  \u2502   \u2570\u2500> error: x", "error: x"),
        ("  | = note:   much\t\tspace", "= note: much space"),
        ("E   ImportError: x", "ImportError: x"),
        ("> > quoted", "quoted"),
        ("cargo:rerun-if-env-changed=PYO3_CROSS_LIB_DIR", ""),
        ("[pyo3 0.29.3] cargo::rustc-cfg=a", ""),
        ("tests/a.py::test_b[linker `cc` not found] PASSED [ 65%]", ""),
        ("SKIPPED [1] a.py:3: linker `cc` not found", ""),
        ("test tests::linker_not_found ... ok", ""),
        ("test tests::linker_not_found ... FAILED", "test tests::linker_not_found ... FAILED"),
        ("DEBUG No interpreter found in managed installations", ""),
        ("cargo:warning=kept", "cargo:warning=kept"),
        ("error: 1 | 2", "error: 1 | 2"),
    ],
)
def test_what_stands_around_the_words_of_a_tool(raw: str, text: str) -> None:
    assert log.bare(log.plain(raw)) == text


def test_a_line_drawn_anew_is_one_line() -> None:
    assert read(b"10%\r50%\rerror: x\nnext\n") == [(1, "10%"), (1, "50%"), (1, "error: x"), (2, "next")]


def test_lines_without_words_are_left_out_and_counted() -> None:
    assert read(b"a\n\n\n   \nb") == [(1, "a"), (5, "b")]


def test_nothing() -> None:
    assert read(b"") == []


def test_a_long_line_keeps_its_ends() -> None:
    ((_, text),) = read(b"begin " + b"x" * 10**6 + b" end")
    assert text.startswith("begin xxx")
    assert text.endswith("xxx end")
    assert len(text) <= 2 * log.EDGE + 5


def test_only_the_limit_is_read() -> None:
    assert [line.text for line in log.lines(io.BytesIO(b"abc\n" * 100), limit=10)] == ["abc", "abc", "ab"]


class Endless(io.BytesIO):
    """As many bytes without a newline as anybody asks for."""

    def read(self, size: int | None = -1) -> bytes:
        return b"\x1b[1" * ((size or 0) // 3)


def test_memory_does_not_grow_with_the_log() -> None:
    tracemalloc.start()
    try:
        assert len(list(log.lines(Endless(), limit=30 * 2**20))) <= 1
        assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    finally:
        tracemalloc.stop()
