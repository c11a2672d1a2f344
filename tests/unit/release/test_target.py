"""No program is asked but a twine of our own making, and pip is not asked at all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.config import Config, ReleaseConfig
from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.project import Backend, Layout, Project
from pyo3ops.release.credentials import Kind
from pyo3ops.release.target import Target, simple_of, target
from pyo3ops.tools import index
from pyo3ops.tools.index import Index

if TYPE_CHECKING:
    from pathlib import Path

PYPI = Index("https://index.example/simple/", "pip's default")
#: What twine prints of an address, which is all that is asked of it.
TWINE = """\
#!/bin/sh
case "$*" in
    *"--repository testpypi"*) echo "Uploading distributions to https://test.index.example/legacy/";;
    *"--repository pypi"*) echo "Uploading distributions to https://upload.index.example/legacy/";;
esac
echo "ERROR    InvalidDistribution: nothing"
exit 1
"""
PYPROJECT = """\
[[tool.uv.index]]
name = "house"
url = "https://house.example/simple"
publish-url = "https://house.example/upload/"

[[tool.uv.index]]
name = "only-read"
url = "https://read.example/simple"
"""
PYPIRC = """\
[distutils]
index-servers =
    pypi
    shelf

[pypi]
username = __token__
password = pypi-of-the-file

[shelf]
repository = https://shelf.example/
username = me
password = s3:cret

[unlisted]
repository = https://unlisted.example/
"""


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    if sys.platform == "win32":
        pytest.skip("the program of this test is a shell script")
    monkeypatch.setattr(index, "of_pypi", lambda _: PYPI)
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "twine").write_text(TWINE)
    (binaries / "twine").chmod(0o755)
    return {"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(tmp_path)}


def project(root: Path, pyproject: str = "", **release: Any) -> Project:
    (root / "pyproject.toml").write_text(pyproject)
    return Project(
        root=root,
        name="spam",
        version="1.0",
        requires_python=None,
        classifiers=(),
        pythons=(),
        pythons_from="",
        backend=Backend.NONE,
        build_requires=(),
        layout=Layout.RUST,
        python_source=None,
        extensions=(),
        workspace_root=None,
        target_directory=None,
        toolchain_file=None,
        config=Config(release=ReleaseConfig(**release)),
        metadata_error=None,
    )


def simple(found: Target) -> str:
    assert isinstance(found.simple, Index)
    return found.simple.url


def test_pypi_where_nothing_is_configured(tmp_path: Path, env: dict[str, str]) -> None:
    found = target("", project(tmp_path), env)
    assert (found.name, found.upload, found.simple, found.client) == ("pypi", "", PYPI, "twine")
    assert (found.shown, found.is_pypi, found.credentials.kind) == ("PyPI", True, Kind.NONE)


def test_testpypi_is_where_twine_says(tmp_path: Path, env: dict[str, str]) -> None:
    for asked in ("testpypi", "TestPyPI", "https://test.index.example/legacy/"):
        found = target(asked, project(tmp_path), env)
        assert (found.name, found.upload, found.is_pypi) == ("testpypi", "https://test.index.example/legacy/", True)
        assert (found.shown, simple(found)) == ("TestPyPI", "https://test.index.example/simple/")


def test_the_address_of_pypi_is_pypi(tmp_path: Path, env: dict[str, str]) -> None:
    found = target("https://upload.index.example/legacy/", project(tmp_path), env)
    assert (found.name, found.upload, found.simple, found.is_pypi) == ("pypi", "", PYPI, True)


def test_testpypi_without_twine(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="nobody here tells where TestPyPI is"):
        target("testpypi", project(tmp_path), {**env, "PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("rows", "release", "upload", "source"),
    [
        ({"TWINE_REPOSITORY_URL": "https://a.example/"}, {}, "https://a.example/", "TWINE_REPOSITORY_URL"),
        ({"TWINE_REPOSITORY": "shelf"}, {}, "https://shelf.example/", "TWINE_REPOSITORY"),
        ({"UV_PUBLISH_URL": "https://b.example/"}, {}, "https://b.example/", "UV_PUBLISH_URL"),
        ({"UV_PUBLISH_INDEX": "house"}, {}, "https://house.example/upload/", "UV_PUBLISH_INDEX"),
        (
            {"UV_PUBLISH_URL": "https://b.example/", "TWINE_REPOSITORY": "shelf"},
            {"client": "uv"},
            "https://b.example/",
            "UV_PUBLISH_URL",
        ),
        ({"TWINE_REPOSITORY": "shelf"}, {"index": "house"}, "https://house.example/upload/", "[tool.pyo3ops.release]"),
    ],
)
def test_what_is_configured(  # noqa: PLR0917 - a row of a table
    rows: dict[str, str], release: dict[str, str], upload: str, source: str, tmp_path: Path, env: dict[str, str]
) -> None:
    (tmp_path / ".pypirc").write_text(PYPIRC)
    found = target("", project(tmp_path, PYPROJECT, **release), {**env, **rows})
    assert (found.upload, found.source) == (upload, source)
    assert target("pypi", project(tmp_path, PYPROJECT, **release), {**env, **rows}).name == "pypi"


def test_what_uv_publishes_to_by_its_table(tmp_path: Path, env: dict[str, str]) -> None:
    found = target("", project(tmp_path, '[tool.uv]\npublish-url = "https://uv.example/x/"\n'), env)
    assert (found.upload, found.source, simple(found)) == (
        "https://uv.example/x/",
        "[tool.uv]",
        "https://uv.example/x/simple/",
    )


def test_an_index_of_uv(tmp_path: Path, env: dict[str, str]) -> None:
    for asked in ("house", "https://house.example/upload"):
        found = target(asked, project(tmp_path, PYPROJECT), env)
        assert (found.shown.rstrip("/"), found.is_pypi) == ("https://house.example/upload", False)
        assert simple(found) == "https://house.example/simple/"


def test_a_section_of_pypirc(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / ".pypirc").write_text(PYPIRC)
    found = target("shelf", project(tmp_path), env)
    assert (found.upload, found.sectioned, found.is_pypi) == ("https://shelf.example/", True, False)
    assert (found.credentials.kind, found.credentials.source) == (Kind.PASSWORD, "[shelf] of ~/.pypirc")
    assert simple(found) == "https://me:s3%3Acret@shelf.example/simple/"
    assert "s3" not in repr(found)
    by_address = target("https://shelf.example", project(tmp_path), env)
    assert (by_address.credentials.secret, by_address.sectioned) == ("s3:cret", False)


def test_a_section_of_pypi_with_and_without_its_address(tmp_path: Path, env: dict[str, str]) -> None:
    for more in ("", "repository = https://upload.index.example/legacy/\n"):
        (tmp_path / ".pypirc").write_text(PYPIRC.replace("[pypi]\n", f"[pypi]\n{more}"))
        found = target("pypi", project(tmp_path), env)
        assert (found.upload, found.is_pypi, found.sectioned) == ("", True, False)
        assert (found.credentials.kind, found.credentials.secret) == (Kind.TOKEN, "pypi-of-the-file")


def test_a_section_that_calls_another_index_pypi(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / ".pypirc").write_text(PYPIRC.replace("[pypi]\n", "[pypi]\nrepository = https://own.example/pypi/\n"))
    found = target("", project(tmp_path), env)
    assert (found.shown, found.is_pypi, found.sectioned) == ("https://own.example/pypi/", False, True)
    assert simple(found) == "https://own.example/pypi/simple/"


def test_two_addresses(tmp_path: Path, env: dict[str, str]) -> None:
    found = target("https://a.example/up  https://b.example/+simple", project(tmp_path), env)
    assert (found.upload, simple(found)) == ("https://a.example/up", "https://b.example/+simple/")


def test_credentials_are_taken_out_of_an_address(tmp_path: Path, env: dict[str, str]) -> None:
    found = target("https://me:pa55%40word@a.example/up?x=1", project(tmp_path), {**env, "TWINE_PASSWORD": "other"})
    assert (found.upload, found.shown) == ("https://a.example/up", "https://a.example/up")
    assert (found.credentials.user, found.credentials.secret) == ("me", "pa55@word")
    assert "pa55" not in repr(found)


def test_http_is_for_this_machine(tmp_path: Path, env: dict[str, str]) -> None:
    assert target("http://127.0.0.1:8080/", project(tmp_path), env).is_local
    with pytest.raises(UsageError, match="not encrypted") as error:
        target("http://me:secret@a.example/up", project(tmp_path), env)
    assert "secret" not in f"{error.value} {error.value.command}"


@pytest.mark.parametrize("asked", ["ftp://a.example/", "https://", "https://a.example:x/", "https://a.example/ ://"])
def test_what_is_no_address(asked: str, tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="is no address of an index"):
        target(asked, project(tmp_path), env)


def test_a_name_that_nobody_knows(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / ".pypirc").write_text(PYPIRC)
    for asked in ("nowhere", "unlisted", "only-read"):
        with pytest.raises(UsageError, match=f"'{asked}'; known: pypi, testpypi, house, shelf"):
            target(asked, project(tmp_path, PYPROJECT), env)


@pytest.mark.parametrize("text", [b"password = pypi-secret", b"[pypi]\npassword", b"\xff\xfe[pypi]"])
def test_a_garbled_pypirc_names_none_of_it(text: bytes, tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / ".pypirc").write_bytes(text)
    with pytest.raises(ConfigError) as error:
        target("", project(tmp_path), env)
    assert "secret" not in repr(vars(error.value))


@pytest.mark.parametrize(
    ("upload", "expected"),
    [
        ("https://a.example/legacy/", "https://a.example/simple/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/simple/"),
        (
            "https://a.example/api/v4/projects/7/packages/pypi",
            "https://a.example/api/v4/projects/7/packages/pypi/simple/",
        ),
        ("https://a.example/feed/pypi/upload", "https://a.example/feed/pypi/simple/"),
    ],
)
def test_the_simple_api_beside_an_upload_address(upload: str, expected: str) -> None:
    assert simple_of(upload) == expected
