from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pyo3ops.tools import index
from pyo3ops.tools.index import Index, Refusal
from pyo3ops.tools.simple_page import IndexFile

#: As pip prints it, at a usual width and at a large one.
USAGE = """\
Package Index Options:
  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://index.example/simple). This should point to a
                              repository compliant with PEP 503 (the simple
  --extra-index-url <url>     Extra URLs of package indexes to use in addition
"""


@pytest.mark.parametrize("text", [USAGE, USAGE.replace("\n                              ", " ")])
def test_what_pip_says_of_its_default(text: str) -> None:
    assert index.parse_default(text) == "https://index.example/simple"


def test_pip_that_says_nothing() -> None:
    assert index.parse_default("no such option\n") is None


@pytest.mark.parametrize(
    ("env", "url", "source"),
    [
        ({"PIP_INDEX_URL": "https://a.example/s/"}, "https://a.example/s/", "PIP_INDEX_URL"),
        ({"UV_INDEX_URL": "https://b.example/s", "PIP_INDEX_URL": "x"}, "https://b.example/s/", "UV_INDEX_URL"),
        ({"UV_DEFAULT_INDEX": "mine=https://c.example/s"}, "https://c.example/s/", "UV_DEFAULT_INDEX"),
        ({"UV_DEFAULT_INDEX": "https://c.example/s", "PIP_NO_INDEX": "1"}, "https://c.example/s/", "UV_DEFAULT_INDEX"),
        ({"PIP_INDEX_URL": "http://localhost:3141/dev/"}, "http://localhost:3141/dev/", "PIP_INDEX_URL"),
        ({"PIP_INDEX_URL": "http://[::1]:80/x"}, "http://[::1]:80/x/", "PIP_INDEX_URL"),
        ({"PIP_INDEX_URL": "file:///srv/simple"}, "file:///srv/simple/", "PIP_INDEX_URL"),
        (
            {"PIP_INDEX_URL": "http://in.example/s", "PIP_TRUSTED_HOST": "other in.example:80"},
            "http://in.example/s/",
            "PIP_INDEX_URL",
        ),
    ],
)
def test_what_the_user_has_configured(env: dict[str, str], url: str, source: str) -> None:
    assert index.configured(env) == Index(url, source)


def test_a_folder_is_an_index(tmp_path: Path) -> None:
    assert index.configured({"PIP_INDEX_URL": str(tmp_path)}) == Index(f"{tmp_path.as_uri()}/", "PIP_INDEX_URL")


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"PIP_INDEX_URL": "https://"}, "PIP_INDEX_URL is no address of a package index"),
        ({"PIP_INDEX_URL": "https://a.example:x/"}, "PIP_INDEX_URL is no address of a package index"),
        ({"UV_INDEX_URL": "ftp://a.example/"}, "UV_INDEX_URL is no address of a package index"),
        ({"PIP_INDEX_URL": "https://a.example", "PIP_NO_INDEX": "true"}, "PIP_NO_INDEX forbids to ask an index"),
        (
            {"PIP_INDEX_URL": "http://me:secret@in.example/s"},
            "PIP_INDEX_URL is an address without encryption: PIP_TRUSTED_HOST does not name in.example",
        ),
    ],
)
def test_what_cannot_be_asked(env: dict[str, str], reason: str) -> None:
    assert index.configured(env) == Refusal(reason)


def test_a_pip_that_is_configured_and_one_that_is_not(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    script = tmp_path / "pip"
    script.write_text("#!/bin/sh\n[ $1 = config ] && echo https://own.example/simple\n", encoding="utf-8")
    script.chmod(0o755)
    found = index._of_pip({**env, "PIP_CONFIG_FILE": os.devnull})
    # The Python of these tests may have a pip of its own, which comes first and tells its default.
    assert isinstance(found, Index)
    assert found.source in {"pip's configuration", "pip's default"}


def test_credentials_are_not_shown() -> None:
    assert Index("https://me:secret@a.example/s/?token=1", "").shown == "https://a.example/s/"


CONTENT = b"a wheel"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def static(tmp_path: Path) -> Index:
    """A simple index as a folder, of one project with one file."""
    (tmp_path / "simple/tiny-thing").mkdir(parents=True)
    (tmp_path / "simple/tiny-thing/a-1.whl").write_bytes(CONTENT)
    page = f'<!DOCTYPE html><html><body><a href="a-1.whl#sha256={DIGEST}">a-1.whl</a></body></html>'
    (tmp_path / "simple/tiny-thing/index.html").write_text(page, encoding="utf-8")
    found = index.configured({"PIP_INDEX_URL": str(tmp_path / "simple")})
    assert isinstance(found, Index)
    return found


@pytest.mark.parametrize("name", ["tiny-thing", "Tiny_Thing", "tiny.-thing"])
def test_names_are_normalised(static: Index, name: str) -> None:
    files = index.files_of(name, static, {})
    assert isinstance(files, tuple)
    assert [file.name for file in files] == ["a-1.whl"]


def test_a_project_that_is_not_there(static: Index) -> None:
    refusal = index.files_of("other", static, {})
    assert refusal == Refusal(f"{static.shown} has no project other", absent=True)


@pytest.mark.parametrize("name", ["", "../tiny-thing", "a/b", "-a", "a?b"])
def test_a_name_that_is_none_is_not_asked_for(static: Index, name: str) -> None:
    assert index.files_of(name, static, {}) == Refusal(f"{name!r} is no name of a project", absent=True)


def the_file(static: Index) -> IndexFile:
    files = index.files_of("tiny-thing", static, {})
    assert isinstance(files, tuple)
    return files[0]


def test_a_file_is_whole_and_fetched_once(static: Index, tmp_path: Path) -> None:
    folder = tmp_path / "got"
    folder.mkdir()
    path = index.download(the_file(static), folder, static, {})
    assert path == folder / "a-1.whl"
    assert isinstance(path, Path)
    assert path.read_bytes() == CONTENT
    (tmp_path / "simple/tiny-thing/a-1.whl").unlink()
    assert index.download(the_file(static), folder, static, {}) == path
    path.write_bytes(b"something else")
    refusal = index.download(the_file(static), folder, static, {})
    assert isinstance(refusal, Refusal)
    assert refusal.absent
    # What could not be fetched anew is left as it was, and nothing beside it.
    assert [each.name for each in folder.iterdir()] == ["a-1.whl"]


def test_other_bytes_than_promised_are_refused(static: Index, tmp_path: Path) -> None:
    (tmp_path / "simple/tiny-thing/a-1.whl").write_bytes(b"a weasel")
    folder = tmp_path / "got"
    folder.mkdir()
    refusal = index.download(the_file(static), folder, static, {})
    assert refusal == Refusal("a-1.whl is not what the index says it is: another sha256")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("hashes", [(), (("md5", "0"),), (("sha1", "0"),), (("shake_128", "0"),), (("crc", "0"),)])
def test_a_file_without_a_hash_that_proves_it(hashes: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    file = IndexFile("a.whl", "file:///a.whl", hashes)
    refusal = index.download(file, tmp_path, Index("file:///", ""), {})
    assert refusal == Refusal("the index gives no hash of a.whl that proves anything")


def test_another_hash_will_do(static: Index, tmp_path: Path) -> None:
    file = IndexFile("a.whl", the_file(static).url, (("blake2b", hashlib.blake2b(CONTENT).hexdigest().upper()),))
    assert index.download(file, tmp_path, static, {}) == tmp_path / "a.whl"


def test_a_file_that_is_longer_than_promised(static: Index, tmp_path: Path) -> None:
    file = IndexFile("a.whl", the_file(static).url, the_file(static).hashes, size=3)
    refusal = index.download(file, tmp_path, static, {})
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("it is larger than 3 bytes")


def test_a_folder_that_is_not_there(static: Index, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        index.download(the_file(static), tmp_path / "none", static, {})


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        ("https://a.example/f/x.whl", "https://me:pw@a.example/f/x.whl"),
        ("https://files.example/x.whl", "https://files.example/x.whl"),
        ("http://a.example/x.whl", "http://a.example/x.whl"),
        ("https://a.example:444/x.whl", "https://a.example:444/x.whl"),
        ("https://a.example:x/x.whl", "https://a.example:x/x.whl"),
        ("https://[a.example/x.whl", "https://[a.example/x.whl"),
    ],
)
def test_credentials_of_the_index_are_for_its_own_files(file: str, asked: str) -> None:
    assert index._with_credentials(file, "https://me:pw@a.example/simple/") == asked


def test_a_page_that_cannot_be_read_is_a_refusal(static: Index, tmp_path: Path) -> None:
    (tmp_path / "simple/tiny-thing/index.html").write_text("<html><![foo[ ]]></html>", encoding="utf-8")
    refusal = index.files_of("tiny-thing", static, {})
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("/tiny-thing/: the index answered with HTML that cannot be read")


def test_an_index_of_no_address_is_a_refusal() -> None:
    refusal = index.files_of("tiny", Index("https://[x/", "PIP_INDEX_URL"), {})
    assert refusal == Refusal("PIP_INDEX_URL is no address of a package index")


def test_a_file_is_fetched_as_it_is(static: Index, tmp_path: Path) -> None:
    """Whoever judges wrong bytes has to see them."""
    real = the_file(static)
    lying = IndexFile(real.name, real.url, (("sha256", "0" * 64),), size=1)
    assert isinstance(index.download(lying, tmp_path, static, {}), Refusal)
    fetched = index.fetch(lying, tmp_path, static, {})
    assert isinstance(fetched, Path)
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == dict(real.hashes)["sha256"]
    gone = index.fetch(IndexFile("b.whl", f"{real.url}x"), tmp_path, static, {})
    assert isinstance(gone, Refusal)
    assert gone.absent
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [fetched.name]


def test_pypi_is_what_pip_has_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt":
        pytest.skip("the program of this test is a shell script")
    program = tmp_path / "pip"
    # It shows what is configured in the place of its own, as the real one does.
    own = "${PIP_INDEX_URL:-https://index.example/simple}"
    program.write_text(f'#!/bin/sh\necho "-i, --index-url <url> x (default {own}). $PIP_CONFIG_FILE"\n')
    program.chmod(0o755)
    monkeypatch.setattr(index, "_PIPS", ((str(program),),))
    env = {"PATH": "/usr/bin:/bin", "PIP_INDEX_URL": "https://mirror.example/simple"}
    assert index.of_pypi(env) == Index("https://index.example/simple/", "pip's default")
    program.write_text("#!/bin/sh\nexit 1\n")
    refusal = index.of_pypi(env)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("pip does not tell where PyPI is: ")


def test_an_index_does_not_show_its_credentials() -> None:
    assert "secret" not in repr(Index("https://me:secret@a.example/simple/", "x"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html><title>400</title><h1>400 Bad</h1>\n it&#x27;s <b>there</b></html>", "400 Bad it's there"),
        ("a\x1b[31m\0b\n c", "a [31m b c"),
        ("1 < 2, 3 > 2", "1 < 2, 3 > 2"),
        ("x" * 400, "x" * 297 + "..."),
    ],
)
def test_what_a_server_sent_in_words(text: str, words: str) -> None:
    assert index.in_words(text) == words


@pytest.mark.parametrize("size", [None, 0, 2**62])
def test_no_promise_makes_a_file_larger_than_the_limit(
    size: int | None, static: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "FILE_LIMIT", 3)
    file = IndexFile("a.whl", the_file(static).url, the_file(static).hashes, size=size)
    refusal = index.download(file, tmp_path, static, {})
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("it is larger than 3 bytes")
