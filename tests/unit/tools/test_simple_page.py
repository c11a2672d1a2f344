from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.tools.simple_page import IndexFile, parse, releases

URL = "https://index.example/simple/tiny/"
JSON = "application/vnd.pypi.simple.v1+json"
NAME = "tiny-1.0-py3-none-any.whl"

PAGE = """\
<!DOCTYPE html>
<html><body>
<a href="../../files/tiny-1.0-py3-none-any.whl#sha256=abc" data-requires-python="&gt;=3.8">tiny-1.0-py3-none-any.whl</a>
<a href="https://elsewhere.example/tiny-1.0.tar.gz#sha512=def" data-yanked="broken">tiny-1.0.tar.gz</a>
<a href="tiny-0.9.tar.gz" data-yanked>tiny-0.9.tar.gz</a>
<a href="http://elsewhere.example/tiny-0.8.tar.gz">less safe than the page</a>
<a href="file:///etc/tiny-0.7.tar.gz">this machine</a>
<a href="tiny-0.6%2F..%2Fx.tar.gz">a path</a>
<a name="no link">nothing</a>
</body></html>
"""


def only(text: str, kind: str) -> IndexFile:
    files = parse(text, URL, kind)
    assert isinstance(files, tuple)
    assert len(files) == 1
    return files[0]


def test_a_page_in_html() -> None:
    assert parse(PAGE, URL, "text/html; charset=utf-8") == (
        IndexFile(NAME, f"https://index.example/files/{NAME}", (("sha256", "abc"),), ">=3.8"),
        IndexFile("tiny-1.0.tar.gz", "https://elsewhere.example/tiny-1.0.tar.gz", (("sha512", "def"),), "", "broken"),
        IndexFile("tiny-0.9.tar.gz", f"{URL}tiny-0.9.tar.gz", (), "", ""),
    )


@pytest.mark.parametrize(
    ("html", "row", "expected"),
    [
        ("", {}, None),
        ('data-core-metadata="sha256=abc"', {"core-metadata": {"sha256": "abc"}}, (("sha256", "abc"),)),
        ('data-dist-info-metadata="true"', {"dist-info-metadata": True}, ()),
        (
            'data-core-metadata="sha256=a" data-dist-info-metadata="sha256=b"',
            {"dist-info-metadata": {"sha256": "b"}, "core-metadata": {"sha256": "a"}},
            (("sha256", "a"),),
        ),
        ("data-core-metadata", {"core-metadata": False, "dist-info-metadata": True}, None),
    ],
)
def test_the_metadata_beside_a_wheel(html: str, row: dict[str, object], expected: object) -> None:
    assert only(f'<!DOCTYPE html><a href="{NAME}" {html}>x</a>', "text/html").metadata == expected
    page = {"meta": {"api-version": "1.1"}, "files": [{"filename": NAME, "url": NAME, "hashes": {}, **row}]}
    assert only(json.dumps(page), JSON).metadata == expected


def test_a_base_address_counts() -> None:
    page = (
        '<html><head><base href="https://files.example/a/"></head><body><a href="tiny-1.0.tar.gz">x</a></body></html>'
    )
    assert only(page, "text/html").url == "https://files.example/a/tiny-1.0.tar.gz"


@pytest.mark.parametrize("text", ["", "<html></html>", "<!DOCTYPE html>\n<body></body>"])
def test_a_project_without_files(text: str) -> None:
    assert parse(text, URL, "text/html") == ()


def test_what_is_no_page_is_said_to_be_none() -> None:
    assert parse("it works", URL, "text/plain") == "the index answered with no simple page"


def page(*files: object, version: str = "1.1") -> str:
    return json.dumps({"meta": {"api-version": version}, "name": "tiny", "files": list(files)})


def test_a_page_in_json() -> None:
    row = {
        "filename": NAME,
        "url": f"/files/{NAME}",
        "hashes": {"sha256": "abc", "blake2b": "d"},
        "requires-python": ">=3.8",
        "yanked": False,
        "size": 12,
        "upload-time": "2026-11-01T00:00:00Z",
    }
    expected = IndexFile(
        NAME,
        f"https://index.example/files/{NAME}",
        (("blake2b", "d"), ("sha256", "abc")),
        ">=3.8",
        None,
        12,
        "2026-11-01T00:00:00Z",
    )
    assert parse(page(row), URL, JSON) == (expected,)


@pytest.mark.parametrize(("yanked", "read"), [(True, ""), ("why", "why"), (False, None), (None, None), ("", "")])
def test_withdrawn(yanked: object, read: str | None) -> None:
    assert only(page({"filename": NAME, "url": NAME, "yanked": yanked}), JSON).yanked == read


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        {"filename": NAME},
        {"filename": "../a.whl", "url": "a.whl"},
        {"filename": ".a.whl", "url": "a.whl"},
        {"filename": "a\n.whl", "url": "a.whl"},
        {"filename": NAME, "url": "file:///etc/passwd"},
        {"filename": NAME, "url": "ftp://index.example/x"},
        {"filename": NAME, "url": 1},
        {"filename": NAME, "url": f"http://[x/{NAME}"},
    ],
)
def test_a_row_that_cannot_be_trusted_is_left_out(row: object) -> None:
    assert parse(page(row), URL, JSON) == ()


@pytest.mark.parametrize("size", [-1, "12", None, 1.5])
def test_a_size_that_is_none(size: object) -> None:
    assert only(page({"filename": NAME, "url": NAME, "size": size}), JSON).size is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"meta": 1, "files": []}', '{"meta": {"api-version": 1}}'])
def test_json_that_is_no_page(text: str) -> None:
    assert parse(text, URL, JSON) == "the index answered with JSON that is no simple page"


def test_another_api() -> None:
    assert (
        parse(page(version="2.0"), URL, JSON)
        == "the index speaks version 2.0 of the simple API, which is not known here"
    )


def test_deep_json_is_refused() -> None:
    assert isinstance(parse("[" * 100_000, URL, JSON), str)


@given(st.text(max_size=200), st.sampled_from(["text/html", JSON, ""]))
def test_any_text_is_read_or_refused(text: str, kind: str) -> None:
    assert isinstance(parse(text, URL, kind), (str, tuple))


def test_files_by_version() -> None:
    names = ["tiny-1.10.tar.gz", "tiny-1.9-py3-none-any.whl", "tiny-1.9.tar.gz", "tiny.exe", "tiny-x.tar.gz", "a.whl"]
    found = releases(tuple(IndexFile(name, URL) for name in names))
    assert {version: [file.name for file in files] for version, files in found.items()} == {
        "1.9": ["tiny-1.9-py3-none-any.whl", "tiny-1.9.tar.gz"],
        "1.10": ["tiny-1.10.tar.gz"],
    }
    assert list(found) == ["1.9", "1.10"]


def test_an_address_that_is_none_drops_its_row() -> None:
    links = '<a href="http://[x/foo-1.0.tar.gz">x</a><a href="tiny-1.0.tar.gz">y</a>'
    assert only(f"<html>{links}</html>", "text/html").name == "tiny-1.0.tar.gz"


def test_a_base_address_that_is_none_does_not_count() -> None:
    text = '<html><base href="http://[x/"><a href="tiny-1.0.tar.gz">x</a></html>'
    assert only(text, "text/html").url == f"{URL}tiny-1.0.tar.gz"


@pytest.mark.parametrize("kind", ["text/html", JSON])
def test_a_page_of_no_address_has_no_files(kind: str) -> None:
    text = page({"filename": NAME, "url": NAME}) if kind == JSON else f'<html><a href="{NAME}">x</a></html>'
    assert parse(text, "https://[x/", kind) == ()


def test_html_that_cannot_be_read() -> None:
    assert parse("<html><![foo[ ]]></html>", URL, "text/html") == "the index answered with HTML that cannot be read"


@given(
    st.lists(st.sampled_from(["<![", "foo[", "]]>", "<!", "<a href='", "http://[", "x", "'>", "&#", "9" * 5000, ";"]))
)
def test_broken_html_is_read_or_refused(parts: list[str]) -> None:
    assert isinstance(parse("<html>" + "".join(parts), URL, "text/html"), (str, tuple))
