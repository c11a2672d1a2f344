from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3ops import __version__, sessions

ROOT = Path(__file__).parents[2]


def pyproject(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def listed(noxfile: Path, cwd: Path, *names: str) -> list[dict[str, object]]:
    """What nox itself makes of the named sessions of a noxfile."""
    argv = [sys.executable, "-m", "nox", "--noxfile", str(noxfile), "--list-sessions", "--json", "-s", *names]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_a_noxfile_of_two_lines_has_the_sessions(tmp_path: Path) -> None:
    pyproject(tmp_path, '[project]\nclassifiers = ["Programming Language :: Python :: 3.11"]\n')
    noxfile = tmp_path / "noxfile.py"
    noxfile.write_text(
        f"from pyo3ops.sessions import register\nregister({', '.join(map(repr, sessions.SESSIONS))})\n",
        "utf-8",
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found = listed(noxfile, elsewhere, *sessions.SESSIONS)
    assert [(row["session"], row["python"]) for row in found] == [
        ("validate", None),
        ("build-3.11", "3.11"),
        ("examples-3.11", "3.11"),
        ("perf-3.11", "3.11"),
        ("types-3.11", "3.11"),
        ("valgrind-3.11", "3.11"),
        ("wheels", None),
        ("cross", None),
        ("rehearse", None),
    ]
    assert [row["description"] for row in found] == [row.description for row in sessions.SESSIONS.values()]
    assert [row["python"] for row in listed(noxfile, elsewhere, "wheels-3.11")] == ["3.11"]


def test_importing_registers_nothing(tmp_path: Path) -> None:
    noxfile = tmp_path / "noxfile.py"
    text = "import nox, pyo3ops.sessions\n@nox.session\ndef own(session): ...\n"
    noxfile.write_text(text, encoding="utf-8")
    argv = [sys.executable, "-m", "nox", "--noxfile", str(noxfile), "--list-sessions", "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert [row["session"] for row in json.loads(done.stdout)] == ["own"]


def test_a_noxfile_loaded_twice_lists_once() -> None:
    wanted = ("validate", "examples", "tests", "lint", "docs", "typing", "lock", "full")
    names = [row["session"] for row in listed(ROOT / "noxfile.py", ROOT, *wanted)]
    matrix = [f"3.{minor}" for minor in range(8, 14)]
    expected = ["validate", "lint", "docs", "lock", "full", "typing-3.8", "typing-3.13"]
    expected += [f"{name}-{python}" for name in ("examples", "tests") for python in matrix]
    assert sorted(map(str, names)) == sorted(expected)


def test_listing_starts_no_program(tmp_path: Path) -> None:
    # An audit hook sees every program that Python starts, by whatever module.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def hook(name, args):\n"
        "    if name in ('subprocess.Popen', 'os.posix_spawn', 'os.exec', 'os.fork', 'os.system'):\n"
        "        print('started', args[1], file=sys.stderr)\n"
        "sys.addaudithook(hook)\n",
        encoding="utf-8",
    )

    def started(*arguments: str) -> list[str]:
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        argv = [sys.executable, "-m", "nox", *arguments]
        done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
        lines = [line for line in done.stderr.splitlines() if line.startswith("started")]
        # Python 3.8's platform module asks uname for the markers of the noxfile's own requirements, which nox reads.
        return [line for line in lines if "uname" not in line]

    # Some releases of nox ask uv for its version when they are imported: that is theirs.
    assert started("--noxfile", str(ROOT / "noxfile.py"), "-l") == started("--version")


def test_an_unknown_name_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no session 'valdate'; ready-made are validate, build, examples"):
        sessions.register("valdate")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[tool.pyo3ops]\npythons = ["3.13t", "3.9"]\n[project]\nrequires-python = ">=3.8"\n', ["3.9", "3.13t"]),
        ('[project]\nclassifiers = ["Programming Language :: Python :: 3.12"]\n', ["3.12"]),
        ('[project]\nrequires-python = ">=3.13"\n', ["3.13", "3.14", "3.15"]),
    ],
)
def test_pythons_of_a_project(tmp_path: Path, text: str, expected: list[str]) -> None:
    (tmp_path / "Cargo.toml").write_text('[dependencies]\npyo3 = { version = "0.29" }\n', encoding="utf-8")
    assert [str(version) for version in sessions.pythons_of(pyproject(tmp_path, text))] == expected


def test_pythons_of_a_project_that_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[dependencies]\npyo3 = "0.30"\n', encoding="utf-8")
    assert str(sessions.pythons_of(tmp_path)[0]) == "3.9"


def test_reach_pythons_appends_the_newest_of_each_minor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("3.8.2", "3.8.18", "3.8.9", "3.13.0", "3.13.0t", "pypy3.9-7.3", "3.11-dev"):
        (tmp_path / "pyenv/versions" / name / "bin").mkdir(parents=True)
    (tmp_path / "data/uv/python/cpython-3.12.4-linux-x86_64-gnu/bin").mkdir(parents=True)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", "/first")
    monkeypatch.delenv("UV_PYTHON_INSTALL_DIR", raising=False)
    sessions.reach_pythons()
    first, *rest = os.environ["PATH"].split(os.pathsep)
    assert first == "/first"
    names = ["3.8.18", "3.11-dev", "cpython-3.12.4-linux-x86_64-gnu", "3.13.0", "3.13.0t"]
    assert [Path(folder).parent.name for folder in rest] == names
    before = os.environ["PATH"]
    sessions.reach_pythons()
    assert os.environ["PATH"] == before


def test_a_missing_python_names_its_fix() -> None:
    said = logging.LogRecord(
        "nox", 30, "", 0, "Session %s skipped: %s.", ("x", "Python interpreter 3.14t not found"), None
    )
    assert sessions._MissingPython().filter(said)
    assert said.getMessage() == (
        "Session x skipped: Python interpreter 3.14t not found. (get it: uv python install 3.14t)"
    )
    other = logging.LogRecord("nox", 30, "", 0, "Session %s", ("x",), None)
    assert sessions._MissingPython().filter(other)
    assert other.getMessage() == "Session x"


def test_a_checkout_is_installed_from_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = tmp_path / "pyo3ops" / "sessions.py"
    monkeypatch.setattr(sessions, "__file__", str(module))
    pyproject(tmp_path, "")
    assert list(sessions._requirement("[build]")) == ["--editable", f"{tmp_path}[build]"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ({}, [f"pyo3ops[build]=={__version__}"]),
        ({"url": "file:///a/pyo3ops.whl", "archive_info": {}}, ["pyo3ops[build] @ file:///a/pyo3ops.whl"]),
        ({"url": "file:///a%20b", "dir_info": {"editable": True}}, ["--editable", "/a b[build]"]),
    ],
)
def test_an_installed_one_is_installed_from_where_it_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: dict[str, object], expected: list[str]
) -> None:
    monkeypatch.setattr(sessions, "__file__", str(tmp_path / "site-packages/pyo3ops/sessions.py"))
    monkeypatch.setattr(sessions, "_origin", lambda: origin)
    assert list(sessions._requirement("[build]")) == expected
