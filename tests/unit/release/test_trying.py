from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from packaging.tags import sys_tags

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.release import trying
from pyo3ops.release.trying import Wanted, fitting, only, try_out, without_userinfo
from pyo3ops.tools import python
from pyo3ops.tools.index import Index
from pyo3ops.tools.python import Interpreter

INDEX = Index("https://ann:secret@index.example/simple/", "a test")


@pytest.fixture(scope="module")
def here() -> Interpreter:
    found = python.probe(Path(sys.executable), os.environ)
    assert isinstance(found, Interpreter)
    return found


@pytest.fixture
def own() -> str:
    """The name of a wheel for this Python and machine alone."""
    tag = next(iter(sys_tags()))
    return f"spam-1.0-{tag}.whl"


def test_the_wheel_that_an_installer_would_take(here: Interpreter, own: str) -> None:
    pure, old, other = "spam-1.0-py3-none-any.whl", "spam-1.0-cp27-cp27mu-win32.whl", "spam-1.0-cp38-cp38-win32.whl"
    assert fitting([pure, own, old, other], here) == own
    assert fitting([other, pure, "spam-1.0.tar.gz", "garbled.whl"], here) == pure
    assert fitting([old, other, "spam-1.0.tar.gz"], here) is None


def test_a_wheel_of_the_stable_abi_fits_later_pythons(own: str) -> None:
    platform = own.rpartition("-")[2]
    stable = f"spam-1.0-cp38-abi3-{platform}"
    for version, wanted in (
        (PythonVersion(13), stable),
        (PythonVersion(7), None),
        (PythonVersion(13, free_threaded=True), None),
    ):
        found = Interpreter(Path("x"), "cpython", version, "3", Path("y"), True, True, "x86_64", 64)  # noqa: FBT003
        assert fitting([stable], found) == wanted


def test_one_index_and_no_other() -> None:
    env = {
        "PATH": "p",
        "PIP_EXTRA_INDEX_URL": "https://other.example/",
        "PIP_FIND_LINKS": "/wheels",
        "PIP_CERT": "/ca.pem",
        "UV_INDEX": "a=https://other.example/",
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "UV_OFFLINE": "1",
        "UV_PYTHON_INSTALL_DIR": "/pythons",
        "HTTPS_PROXY": "http://proxy.example",
    }
    told = only(INDEX, env)
    kept = {name: told.pop(name) for name in ("PATH", "PIP_CERT", "UV_PYTHON_INSTALL_DIR", "HTTPS_PROXY")}
    assert kept == {name: env[name] for name in kept}
    assert told == {
        "PIP_INDEX_URL": INDEX.url,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_INPUT": "1",
        "UV_DEFAULT_INDEX": INDEX.url,
        "UV_NO_CONFIG": "1",
        "UV_NO_CACHE": "1",
    }


def test_what_an_installer_says_is_stripped_of_secrets() -> None:
    said = "error: Failed to fetch: `https://ann:secret@index.example/simple/spam/`; the password secret is wrong"
    assert "secret" not in without_userinfo(said, INDEX.url)
    assert without_userinfo(said, "https://index.example/simple/") == said


def test_nothing_fits(here: Interpreter, tmp_path: Path) -> None:
    wheel = ("spam-1.0-cp27-cp27mu-win32.whl", "0" * 64)
    trial = try_out(Wanted("spam", "1.0", (wheel,)), INDEX, here, tmp_path, os.environ)
    assert "there is no sdist" in trial.skipped
    assert not trial.ok
    trial = try_out(Wanted("spam", "1.0", (wheel, ("spam-1.0.tar.gz", "0" * 64))), INDEX, here, tmp_path, os.environ)
    assert "was not read back" in trial.skipped


def test_what_failed_first_is_told() -> None:
    steps = (trying.Done("one", ok=True, seconds=1.0), trying.Done("two", ok=False, reason="why", seconds=2.0))
    trial = trying.Trial("3.13", "x.whl", steps)
    assert trial.failed
    assert (trial.ok, trial.failed.step, trial.seconds) == (False, "two", 3.0)
