"""Every place is edited, by the line, and Cargo.lock stays one that fits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.stated import stated
from pyo3ops.release.bump import carry_out, current, plan_bump, repinned

from .trees import MATURIN, PURE, WORKSPACE, write
from .trees import project as project_in

if TYPE_CHECKING:
    from pyo3ops.core.project import Project


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Project]:
    def make(texts: dict[str, Any], root: str = "", version: str | None = "1.2.3") -> Project:
        write(tmp_path, texts)
        return project_in(tmp_path / root, version)

    return make


def lines(project: Project, version: str) -> list[tuple[str, str]]:
    return [(edit.path, edit.after.strip()) for edit in plan_bump(project, version)]


def test_one_crate(read: Any) -> None:
    project = read(MATURIN)
    assert current(project) == "1.2.3"
    assert lines(project, "1.3.0rc1") == [
        ("Cargo.toml", 'version = "1.3.0-rc.1" # kept'),
        ("Cargo.lock", 'version = "1.3.0-rc.1"'),
    ]


def test_the_same_version_leaves_nothing_to_do(read: Any) -> None:
    project = read(MATURIN)
    carry_out(plan_bump(project, "1.3.0"))
    again = project_in(project.root, "1.3.0")
    assert current(again) == "1.3.0"
    assert plan_bump(again, "1.3.0") == ()


def test_only_the_text_of_the_version_changes(read: Any) -> None:
    project = read(MATURIN)
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    carry_out(plan_bump(project, "1.3.0"))
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    # Of several versions that read the same, the first is the crate's own.
    old, new = b'name = "tiny"\nversion = "1.2.3"', b'name = "tiny"\nversion = "1.3.0"'
    changed = {path.name: data.replace(old, new, 1) for path, data in before.items()}
    assert {path.name: data for path, data in after.items()} == changed


def test_line_ends_marks_and_a_last_line_without_end(read: Any) -> None:
    manifest = "\ufeff" + MATURIN["Cargo.toml"].rstrip().replace("\n", "\r\n")
    project = read({**MATURIN, "Cargo.toml": manifest})
    carry_out(plan_bump(project, "2.0.0"))
    expected = manifest.replace("1.2.3", "2.0.0", 1).encode()
    assert (project.root / "Cargo.toml").read_bytes() == expected


def test_a_workspace_with_an_inherited_version(read: Any) -> None:
    project = read(WORKSPACE, "py")
    found = plan_bump(project, "2.0.0")
    root = project.root.parent
    assert sorted((Path(os.path.relpath(edit.file.path, root)).as_posix(), edit.after) for edit in found) == [
        ("Cargo.lock", ' "core 2.0.0",'),
        ("Cargo.lock", 'version = "2.0.0"'),
        ("Cargo.lock", 'version = "2.0.0"'),
        ("Cargo.toml", 'core = { path = "core", version = "=2.0.0" }'),
        ("Cargo.toml", 'version = "2.0.0"'),
    ]
    carry_out(found)
    # What has the version by chance keeps it.
    assert '"1.2.3"' in (root / "other/Cargo.toml").read_text()


def test_a_crate_that_pins_another_goes_with_it(read: Any) -> None:
    core = '[package]\nname = "core"\nversion = "1.2.3"\nedition = "2021"\n'
    manifest = MATURIN["Cargo.toml"] + 'core = { path = "core", version = "1.2.3" }\n'
    lock = MATURIN["Cargo.lock"] + '\n[[package]]\nname = "core"\nversion = "1.2.3"\n'
    project = read(
        {**MATURIN, "Cargo.toml": manifest, "core/Cargo.toml": core, "core/src/lib.rs": "", "Cargo.lock": lock}
    )
    assert lines(project, "1.2.4") == [
        ("Cargo.toml", 'version = "1.2.4" # kept'),
        ("Cargo.toml", 'core = { path = "core", version = "1.2.4" }'),
        ("core/Cargo.toml", 'version = "1.2.4"'),
        ("Cargo.lock", 'version = "1.2.4"'),
        ("Cargo.lock", 'version = "1.2.4"'),
    ]


def test_a_version_of_its_own_beside_a_crate_without_one(read: Any) -> None:
    pyproject = MATURIN["pyproject.toml"].replace('dynamic = ["version"]', 'version = "3.0"')
    manifest = MATURIN["Cargo.toml"].replace("1.2.3", "0.0.0")
    project = read({**MATURIN, "pyproject.toml": pyproject, "Cargo.toml": manifest})
    assert lines(project, "3.0.post1") == [("pyproject.toml", 'version = "3.0.post1"')]
    with_crate = read({**MATURIN, "pyproject.toml": pyproject})
    with pytest.raises(UsageError, match=r"Cargo\.toml cannot say 3\.0\.post1"):
        plan_bump(with_crate, "3.0.post1")
    # Files that disagreed agree again.
    assert [path for path, _ in lines(with_crate, "3.1")] == ["pyproject.toml", "Cargo.toml", "Cargo.lock"]


def test_places_beside_the_manifests(read: Any) -> None:
    project = read(
        {
            **MATURIN,
            "tiny.pyi": '__version__: str = "1.2.3"\n',
            "src/lib.rs": '// "__version__", "0"\nm.add("__version__", "1.2.3")?;\n',
            "CITATION.cff": "cff-version: 1.2.0\ntitle: tiny\nversion: '1.2.3'\n",
            "docs/conf.py": 'project = "tiny"\nversion = "1.2"\nrelease = "1.2.3"\n',
            "README.md": "pip install tiny==1.2.3\nuses: tiny@v1.2.3\npip install tiny==1.2.3\n",
            "pyproject.toml": MATURIN["pyproject.toml"]
            + '[tool.pyo3ops.release.versions]\n"README.md" = "tiny=={version}"\n',
        }
    )
    assert lines(project, "1.3.0rc1")[2:] == [
        ("src/lib.rs", 'm.add("__version__", "1.3.0rc1")?;'),
        ("tiny.pyi", '__version__: str = "1.3.0rc1"'),
        ("CITATION.cff", "version: '1.3.0rc1'"),
        ("docs/conf.py", 'version = "1.3"'),
        ("docs/conf.py", 'release = "1.3.0rc1"'),
        ("README.md", "pip install tiny==1.3.0rc1"),
        ("README.md", "pip install tiny==1.3.0rc1"),
    ]
    assert {each.version for each in stated(project)} == {"1.2.3"}


def test_what_refers_to_the_version_stays(read: Any) -> None:
    source = 'm.add("__version__", env!("CARGO_PKG_VERSION"))?;\n'
    project = read({**MATURIN, "src/lib.rs": source, "tiny/__init__.py": "from .tiny import __version__\n"})
    assert ("src/lib.rs", "1.2.3") in [(each.path, each.version) for each in stated(project)]
    assert [path for path, _ in lines(project, "1.3.0")] == ["Cargo.toml", "Cargo.lock"]


@pytest.mark.parametrize("name", PURE)
def test_a_pure_project(name: str, read: Any) -> None:
    project = read(PURE[name], version=None)
    assert current(project) == "1.2.3"
    found = plan_bump(project, "1.3.0")
    assert len(found) == 1
    carry_out(found)
    assert current(project) == "1.3.0"
    assert [each.version for each in stated(project)] == ["1.3.0"]


def test_a_version_of_the_tags_cannot_be_raised(read: Any) -> None:
    text = '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
    project = read({"pyproject.toml": text + '[project]\nname = "pure"\ndynamic = ["version"]\n'}, version=None)
    with pytest.raises(UsageError, match="no file says") as caught:
        plan_bump(project, "1.3.0")
    assert caught.value.command.startswith("git tag")


def test_a_backend_of_crates_without_one(read: Any) -> None:
    project = read({"pyproject.toml": MATURIN["pyproject.toml"]}, version=None)
    with pytest.raises(UsageError, match="there is no extension module") as caught:
        plan_bump(project, "1.3.0")
    assert "there is no" in caught.value.cause


def test_a_configured_place_that_is_none(read: Any) -> None:
    settings = '[tool.pyo3ops.release.versions]\n"README.md" = "tiny=={version}"\n'
    project = read({**MATURIN, "pyproject.toml": MATURIN["pyproject.toml"] + settings, "README.md": "hello\n"})
    with pytest.raises(ConfigError, match=r"README\.md has nothing like"):
        plan_bump(project, "1.3.0")


@pytest.mark.parametrize(
    ("requirement", "version", "found"),
    [
        ("=1.2.3", "1.3.0", "=1.3.0"),
        ("1.2.3", "1.2.4", "1.2.4"),
        ("^1.2", "1.3.0", "^1.2"),
        ("1.2", "2.0.0", "2.0"),
        ("0.1", "0.2.0", "0.2"),
        ("~1", "2.1.0", "~2"),
        ("1", "2.0.0-rc.1", "2.0.0-rc.1"),
        ("=1.2.3-rc.1", "1.2.3", "=1.2.3"),
        (">=1.2, <3", "2.0.0", ">=1.2, <3"),
        ("*", "2.0.0", "*"),
    ],
)
def test_repinned(requirement: str, version: str, found: str) -> None:
    assert repinned(requirement, version) == found


@pytest.mark.parametrize(("requirement", "version"), [(">=1.2, <2", "2.0.0"), ("*", "2.0.0-rc.1")])
def test_a_requirement_that_nobody_can_guess(requirement: str, version: str) -> None:
    with pytest.raises(UsageError, match="does not admit"):
        repinned(requirement, version)
