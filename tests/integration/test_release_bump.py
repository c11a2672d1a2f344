"""Versions raised and change logs written in real repositories, whose Cargo.lock the real cargo takes."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Mapping

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Report, Status
from pyo3ops.tasks.release import bump, changelog

from .conftest import ROOT, need

if TYPE_CHECKING:
    from pathlib import Path

#: No dependency from a registry: cargo resolves it without one.
WORKSPACE = {
    "Cargo.toml": (
        '[workspace]\nmembers = ["py", "core", "macros"]\nresolver = "2"\n\n'
        '[workspace.package]\nversion = "0.1.0"\nedition = "2021"\n\n'
        '[workspace.dependencies]\ncore-crab = { path = "core", version = "=0.1.0" }\n'
    ),
    "py/pyproject.toml": (
        '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
        '[project]\nname = "crab"\nrequires-python = ">=3.9"\ndynamic = ["version"]\n'
    ),
    "py/Cargo.toml": (
        '[package]\nname = "crab"\nversion.workspace = true\nedition.workspace = true\n\n'
        '[lib]\ncrate-type = ["cdylib"]\n\n'
        '[dependencies]\ncore-crab = { workspace = true }\npyo3 = { path = "../pyo3" }\n'
    ),
    "py/src/lib.rs": 'fn f() { m.add("__version__", env!("CARGO_PKG_VERSION")) }\n',
    "core/Cargo.toml": (
        '[package]\nname = "core-crab"\nversion.workspace = true\nedition.workspace = true\n\n'
        '[dependencies]\nmacros = { path = "../macros", version = "0.1" }\n'
    ),
    "core/src/lib.rs": "",
    # Pinned loosely: a version of its own.
    "macros/Cargo.toml": '[package]\nname = "macros"\nversion = "0.1.0"\nedition = "2021"\n',
    "macros/src/lib.rs": "",
    "pyo3/Cargo.toml": '[package]\nname = "pyo3"\nversion = "0.29.0"\nedition = "2021"\n',
    "pyo3/src/lib.rs": "",
    "py/CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-05\n\n- the first\n",
    "py/.gitignore": ".pyo3ops/\n",
    "notes.txt": "mine\n",
}


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """With an identity, and nothing of the caller's own settings of git."""
    need("git", "cargo")
    settings = {"user.name": "Crab", "user.email": "crab@example.org", "commit.gpgsign": "false"}
    rows = [*settings.items(), ("init.defaultBranch", "main"), ("core.hooksPath", ".hooks"), ("core.autocrlf", "false")]
    for number, (key, value) in enumerate(rows):
        env.update({f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value})
    return {**env, "GIT_CONFIG_COUNT": str(len(rows)), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def call(*argv: str, cwd: Path, env: Mapping[str, str]) -> str:
    return subprocess.run(argv, cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path, env: dict[str, str]) -> Path:
    """The crate with an extension, in a repository with one commit and a tag; the folder has a space in its name."""
    top = tmp_path / "a größe"
    for name, text in WORKSPACE.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    call("cargo", "generate-lockfile", "--offline", cwd=top, env=env)
    call("git", "init", "--quiet", cwd=top, env=env)
    call("git", "add", ".", cwd=top, env=env)
    call("git", "commit", "--quiet", "--message", "feat: begin", cwd=top, env=env)
    call("git", "tag", "v0.1.0", cwd=top, env=env)
    return top / "py"


def status(root: Path, env: Mapping[str, str]) -> str:
    return call("git", "status", "--porcelain", cwd=root.parent, env=env)


def of(report: Report, identity: str) -> Status:
    return next(finding.status for finding in report.findings if finding.id == identity)


def raised(root: Path, env: Mapping[str, str], asked: str = "minor,rc", *, commit: bool = False) -> Report:
    return bump.run(root, bump.Request(env, version=asked, commit=commit))


def test_cargo_takes_the_lock_as_it_is(root: Path, env: dict[str, str]) -> None:
    report = raised(root, env, commit=True)
    assert report.exit_code == 0
    call("cargo", "metadata", "--locked", "--offline", "--format-version", "1", cwd=root, env=env)
    texts = {name: (root.parent / name).read_text(encoding="utf-8") for name in ("Cargo.toml", "Cargo.lock")}
    assert texts["Cargo.toml"].count("0.2.0-rc.1") == 2
    assert texts["Cargo.lock"].count('version = "0.2.0-rc.1"') == 2
    assert 'version = "0.1.0"' in (root.parent / "macros/Cargo.toml").read_text(encoding="utf-8")
    # And again, forwards and to the end: nothing is left to do then.
    assert raised(root, env, "release", commit=True).facts[0].value == "0.2.0rc1 -> 0.2.0"
    assert raised(root, env, "0.2.0").tables == ()
    call("cargo", "metadata", "--locked", "--offline", "--format-version", "1", cwd=root, env=env)


def test_one_commit_of_the_edited_files_alone(root: Path, env: dict[str, str]) -> None:
    top = root.parent
    (top / "notes.txt").write_text("more\n", encoding="utf-8")
    call("git", "add", "notes.txt", cwd=top, env=env)
    (root / "src/lib.rs").write_text("// changed\n", encoding="utf-8")
    report = raised(root, env, "minor", commit=True)
    assert report.exit_code == 0
    assert call("git", "log", "--format=%s", cwd=top, env=env).splitlines() == ["Release 0.2.0", "feat: begin"]
    changed = call("git", "show", "--format=", "--name-only", cwd=top, env=env).split()
    assert changed == ["Cargo.lock", "Cargo.toml"]
    assert status(root, env) == "M  notes.txt\n M py/src/lib.rs\n"


def test_a_dry_run_changes_nothing(root: Path, env: dict[str, str]) -> None:
    report = bump.run(root, bump.Request(env, part="minor", dry_run=True))
    assert [row[0] for row in report.tables[0].rows] == [
        "../Cargo.toml:6",
        "../Cargo.toml:10",
        "../Cargo.lock:7",
        "../Cargo.lock:14",
    ]
    assert report.tables[0].note
    assert status(root, env) == ""


def test_a_file_with_changes_of_its_own_is_left(root: Path, env: dict[str, str]) -> None:
    manifest = root.parent / "Cargo.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = manifest.read_bytes()
    report = raised(root, env, "minor")
    assert of(report, "release.bump.committed") is Status.FAIL
    assert manifest.read_bytes() == before
    assert status(root, env) == " M Cargo.toml\n"


def test_backwards_only_where_it_is_asked_for(root: Path, env: dict[str, str]) -> None:
    report = raised(root, env, "0.0.9")
    assert of(report, "release.bump.forwards") is Status.FAIL
    assert status(root, env) == ""
    back = bump.run(root, bump.Request(env, version="0.0.9", older=True))
    assert back.exit_code == 0
    assert status(root, env) == " M Cargo.lock\n M Cargo.toml\n"


@pytest.mark.parametrize("asked", ["1.0.0.post1", "weekly", "minor,post"])
def test_versions_that_cannot_be(asked: str, root: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        raised(root, env, asked)
    assert status(root, env) == ""


def test_a_commit_that_is_refused_leaves_all_as_it_was(root: Path, env: dict[str, str]) -> None:
    hook = root.parent / ".hooks/pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho 'no: the moon is full' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    report = raised(root, env, "minor", commit=True)
    finding = next(each for each in report.findings if each.id == "release.bump.written")
    assert finding.status is Status.FAIL
    assert "the moon is full" in finding.detail
    assert status(root, env) == "?? .hooks/\n"


def test_outside_of_git(root: Path, env: dict[str, str]) -> None:
    shutil.rmtree(root.parent / ".git")
    assert raised(root, env, "minor").exit_code == 0
    report = raised(root, env, "major", commit=True)
    assert of(report, "release.bump.written") is Status.FAIL
    assert '"0.2.0"' in (root.parent / "Cargo.toml").read_text(encoding="utf-8")


def test_the_log_drafts_the_change_log_and_a_version_cuts_it(root: Path, env: dict[str, str]) -> None:
    for number, subject in enumerate(["feat(claw): pinch", "fix: no loss", "chore: tidy", "Merge branch 'x'"]):
        (root / "src/lib.rs").write_text(f"// {number}\n", encoding="utf-8")
        call("git", "commit", "--quiet", "--all", "--message", subject, cwd=root, env=env)
    (root.parent / "notes.txt").write_text("elsewhere\n", encoding="utf-8")
    call("git", "commit", "--quiet", "--all", "--message", "feat: not in this folder", cwd=root, env=env)

    def did(**options: object) -> Report:
        return changelog.run(root, changelog.Request(env, date="2026-11-28", **options))  # type: ignore[arg-type] # any

    before = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    shown = did()
    assert (shown.exit_code, of(shown, "release.changelog")) == (0, Status.WARN)
    assert [row[0] for row in shown.tables[-1].rows][2] == "- Claw: pinch"
    assert of(did(check=True), "release.changelog") is Status.FAIL
    assert (root / "CHANGELOG.md").read_text(encoding="utf-8") == before

    assert did(write=True).exit_code == 0
    written = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "### Added\n\n- Claw: pinch\n\n### Fixed\n\n- No loss\n\n## [0.1.0]" in written
    assert "not in this folder" not in written
    # Nothing new is nothing to write.
    assert did(write=True).tables == ()
    assert did(check=True).exit_code == 0

    assert did(write=True, version="0.2.0").exit_code == 0
    cut = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-11-28\n\n### Added\n" in cut
    assert did(check=True, version="0.2.0").exit_code == 0
    assert did(check=True, version="0.3.0").exit_code == 1
    with pytest.raises(UsageError, match="is empty"):
        did(write=True, version="0.3.0")
    assert (root / "CHANGELOG.md").read_text(encoding="utf-8") == cut


def test_a_change_log_is_begun(root: Path, env: dict[str, str]) -> None:
    (root / "CHANGELOG.md").unlink()
    assert changelog.run(root, changelog.Request(env, check=True)).exit_code == 1
    assert changelog.run(root, changelog.Request(env, write=True)).exit_code == 0
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    assert "## [Unreleased]" in text


def test_this_project_raises_its_own_version(tmp_path: Path, env: dict[str, str]) -> None:
    for name in ("pyproject.toml", "pyo3ops/__init__.py", "CHANGELOG.md", "examples/hello_world/Cargo.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / name), str(tmp_path / name))
    report = raised(tmp_path, env, "major,rc")
    assert [row[0] for row in report.tables[0].rows] == ["pyo3ops/__init__.py:3"]
    assert '__version__ = "1.0.0rc1"' in (tmp_path / "pyo3ops/__init__.py").read_text(encoding="utf-8")
    log = changelog.run(tmp_path, changelog.Request(env, write=True, version="1.0.0rc1", date="2026-11-28"))
    assert log.exit_code == 0
    text = (tmp_path / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]\n\n## [1.0.0rc1] - 2026-11-28\n\n### Added\n" in text
