from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.release import held
from pyo3ops.release.copied import Uncopied, copy, without_repository
from pyo3ops.release.rehearsal import leftovers, made_up, rehearsing, scrubbed

SECRETS = (
    "TWINE_PASSWORD",
    "TWINE_USERNAME",
    "TWINE_REPOSITORY",
    "UV_PUBLISH_TOKEN",
    "HATCH_INDEX_AUTH",
    "FLIT_PASSWORD",
    "MATURIN_PYPI_TOKEN",
    "PYPI_TOKEN",
    "PYPI_API_TOKEN",
    "TEST_PYPI_TOKEN",
    "TESTPYPI_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GH_HOST",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "CARGO_REGISTRIES_OURS_TOKEN",
    "CI_JOB_TOKEN",
    "POETRY_PYPI_TOKEN_PYPI",
    "SIGSTORE_ID_TOKEN",
    "pypi_token",
)
KEPT = (
    "PATH",
    "HOME",
    "CARGO_HOME",
    "MATURIN_PEP517_ARGS",
    "UV_INDEX_URL",
    "PIP_INDEX_URL",
)


def test_no_credentials_in_a_rehearsal(tmp_path: Path) -> None:
    env = dict.fromkeys((*SECRETS, *KEPT), "the secret")
    clean = scrubbed(env, tmp_path)
    assert sorted(name for name, value in clean.items() if value == "the secret") == sorted(KEPT)
    assert clean["GH_CONFIG_DIR"] == str(tmp_path)
    assert clean["UV_KEYRING_PROVIDER"] == "disabled"
    assert "null" in clean["PYTHON_KEYRING_BACKEND"]


def test_loopback_needs_no_proxy(tmp_path: Path) -> None:
    clean = scrubbed({"NO_PROXY": "corp", "HTTPS_PROXY": "http://p"}, tmp_path)
    assert (clean["NO_PROXY"], clean["no_proxy"]) == ("corp,127.0.0.1,localhost", "127.0.0.1,localhost")
    assert clean["HTTPS_PROXY"] == "http://p"


def test_both_clients_get_the_same_made_up_credentials() -> None:
    made = made_up("http://127.0.0.1:1/", "p")
    assert {name for name, value in made.items() if value == "p"} == {"TWINE_PASSWORD", "UV_PUBLISH_PASSWORD"}
    assert {name for name, value in made.items() if value.startswith("http:")} == {
        "TWINE_REPOSITORY_URL",
        "UV_PUBLISH_URL",
    }


def test_git_works_where_it_is_started() -> None:
    left = without_repository({"GIT_DIR": "x", "GIT_INDEX_FILE": "x", "GIT_WORK_TREE": "x", "GIT_CONFIG_COUNT": "0"})
    assert {name for name, value in left.items() if value == "x"} == set()
    assert left["GIT_CONFIG_COUNT"] == "0"


def test_nothing_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no rehearsal to go on with"), rehearsing(tmp_path, {}, resume=True):
        pass
    (tmp_path / ".pyo3ops/rehearsal").mkdir()
    (tmp_path / ".pyo3ops/rehearsal/rehearsal.json").write_text('{"root": "copy/x"', encoding="utf-8")
    with pytest.raises(UsageError, match="no rehearsal to go on with"), rehearsing(tmp_path, {}, resume=True):
        pass


def test_one_rehearsal_at_a_time(tmp_path: Path) -> None:
    (tmp_path / ".pyo3ops").mkdir()
    lock = held.hold(tmp_path / ".pyo3ops/rehearsal.lock")
    assert lock is not None
    with pytest.raises(UsageError, match="under way"), rehearsing(tmp_path, {}):
        pass
    lock.release()


def test_what_somebody_put_there_stays(tmp_path: Path) -> None:
    theirs = tmp_path / ".pyo3ops/rehearsal/theirs"
    theirs.mkdir(parents=True)
    with pytest.raises(UsageError, match="pyo3ops did not make"), rehearsing(tmp_path, {}):
        pass
    assert theirs.is_dir()


def test_without_git_nothing_is_rehearsed(tmp_path: Path) -> None:
    with rehearsing(tmp_path, {"PATH": ""}) as stage:
        assert isinstance(stage, Uncopied)
        assert stage.reason == "git is not here"
    assert isinstance(copy(tmp_path, tmp_path / "x", {"PATH": ""}), Uncopied)


def test_the_server_of_one_that_was_killed() -> None:
    served = Path("/a b/.pyo3ops/rehearsal/served")
    listed = f"""
      1 /sbin/init
     17 /x/python /x/pypi-server run -p 8080 {served}
     18 uv tool run --from pypiserver pypi-server run -p 8080 {served}
     19 vim {served}
     20 /x/pypi-server run -p 8080 {served}/other
     21 /x/pypi-server run -p 8080 /c{served}
    """
    assert leftovers(listed, served) == (17, 18)
