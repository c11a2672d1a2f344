from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import programs
from pyo3ops.tools.programs import Program

DATA = Path(__file__).parents[2] / "data/tools"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("heaptrack", "1.4.0"),
        ("memray", "1.20.0"),
        ("perf", "6.1.187"),
        ("py-spy", "0.4.3"),
        ("pystack", "1.7.2"),
        ("valgrind", "3.19.0"),
    ],
)
def test_what_each_prints(name: str, release: str) -> None:
    text = (DATA / f"{name}-linux.txt").read_text(encoding="utf-8")
    assert programs.parse(name, "/bin/it", text) == Program(name, "/bin/it", release)


def test_no_version_is_an_error() -> None:
    said = programs.parse("perf", "/bin/perf", "WARNING: perf not found for kernel 6.8.0-31")
    assert said == Program("perf", "/bin/perf", error="perf --version printed no version")


def test_a_missing_program() -> None:
    assert programs.ask("perf", {"PATH": ""}) == Program("perf")


def test_a_program_that_fails(tmp_path: Path) -> None:
    # As Ubuntu's /usr/bin/perf does, a script that looks for the one of the running kernel.
    path = program(tmp_path / "perf", "#!/bin/sh\necho 'WARNING: perf not found for kernel 6.8.0-31' >&2\nexit 2\n")
    said = programs.ask("perf", {"PATH": str(tmp_path)})
    assert said == Program("perf", str(path), error=f"{path} ended with 2: WARNING: perf not found for kernel 6.8.0-31")


def test_a_program_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "TIMEOUT", 0.2)
    path = program(tmp_path / "valgrind", "#!/bin/sh\nexec sleep 60\n")
    said = programs.ask("valgrind", {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert said == Program("valgrind", str(path), error=f"{path} did not answer within 0 s", hung=True)


def test_a_script_is_not_started_where_its_metadata_tells(tmp_path: Path) -> None:
    python = program(tmp_path / "env/bin/python", "")
    script = program(tmp_path / "env/bin/memray", f"#!{python}\nraise SystemExit(1)\n")
    (tmp_path / "env/lib/python3.12/site-packages/memray-1.19.3.dist-info").mkdir(parents=True)
    # pipx and uv put a link on PATH.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/memray").symlink_to(script)
    path = str(tmp_path / "bin/memray")
    assert programs.ask("memray", {"PATH": str(tmp_path / "bin")}) == Program("memray", path, "1.19.3")
    python.unlink()
    gone = programs.ask("memray", {"PATH": str(tmp_path / "bin")})
    assert gone.error is not None
    assert gone.error.startswith(f"{path} cannot be started: No such file or directory")


@pytest.mark.parametrize("folder", ["lib/python3/dist-packages", "Lib/site-packages"])
def test_metadata_of_debian_and_windows(folder: str, tmp_path: Path) -> None:
    script = program(tmp_path / "bin/pystack", "")
    assert programs.installed_release(script, "pystack") is None
    (tmp_path / folder / "pystack-1.6.0.dist-info").mkdir(parents=True)
    assert programs.installed_release(script, "pystack") == "1.6.0"
    script.unlink()
    assert programs.installed_release(script, "pystack") is None


def test_the_normal_name_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "lib/python3.8/site-packages/py_spy-0.4.3.dist-info").mkdir(parents=True)
    assert programs.installed_release(program(tmp_path / "bin/py-spy", "\x7fELF"), "py-spy") == "0.4.3"
