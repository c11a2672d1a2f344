from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import pytest

from pyo3ops.checks.facts.packing import Omission, Sdist, sdist
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]


@pytest.fixture
def crab(tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension) -> Project:
    for name in ("Cargo.toml", "Cargo.lock", "src/lib.rs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    extension = make_extension(manifest=tmp_path / "Cargo.toml", lock=tmp_path / "Cargo.lock")
    return make_project(root=tmp_path, extensions=(extension,))


def _maturin(**table: object) -> dict[str, Any]:
    return {"tool": {"maturin": table}}


def test_maturin_packs_what_is_needed(crab: Project) -> None:
    assert sdist(crab, {}, None, {}) == Sdist(unpacked=False)


def test_an_unpacked_one(crab: Project) -> None:
    (crab.root / "PKG-INFO").touch()
    assert sdist(crab, _maturin(exclude=["src/**"]), None, {}) == Sdist(unpacked=True)


@pytest.mark.parametrize(
    ("exclude", "lock", "sources"),
    [
        (["Cargo.lock"], Omission("Cargo.lock", '[tool.maturin] exclude has "Cargo.lock"'), ()),
        (
            [{"path": "src/**", "format": ["sdist", "wheel"]}],
            None,
            (Omission("src/lib.rs", '[tool.maturin] exclude has "src/**"'),),
        ),
        ([{"path": "Cargo.lock", "format": "wheel"}, {"format": "sdist"}, "lib.rs", 3], None, ()),
    ],
)
def test_what_maturin_excludes(
    exclude: list[object], lock: Omission | None, sources: tuple[Omission, ...], crab: Project
) -> None:
    made = sdist(crab, _maturin(exclude=exclude), None, {})
    assert (made.lock, made.sources) == (lock, sources)


@pytest.mark.parametrize(
    ("package", "because"),
    [
        ('include = ["python"]', "Cargo.toml: include does not name it"),
        ('exclude = ["*.rs"]', 'Cargo.toml: exclude has "*.rs"'),
        ('include = ["src"]', None),
        ('exclude = ["tests", "Cargo.lock"]', None),
    ],
)
def test_what_cargo_leaves_out(package: str, because: str | None, crab: Project) -> None:
    (crab.root / "Cargo.toml").write_text(f"[package]\n{package}\n", encoding="utf-8")
    omitted = (Omission("src/lib.rs", because),) if because else ()
    assert sdist(crab, {}, None, {}) == Sdist(unpacked=False, sources=omitted)
    # What maturin is told to include comes back in.
    assert sdist(crab, _maturin(include=[{"path": "src/**/*", "format": "sdist"}]), None, {}).sources == ()


@pytest.mark.parametrize(
    ("manifest", "lacking"),
    [
        (None, ["Cargo.toml", "src/lib.rs", "Cargo.lock"]),
        ("include Cargo.toml\ngraft src\n", ["Cargo.lock"]),
        ("include Cargo.*\nrecursive-include src *.rs\n", []),
    ],
    ids=["none", "no-lock", "whole"],
)
def test_what_setuptools_is_not_told(
    manifest: str | None, lacking: list[str], crab: Project, make_project: MakeProject
) -> None:
    if manifest is not None:
        (crab.root / "MANIFEST.in").write_text(manifest, encoding="utf-8")
    project = make_project(root=crab.root, extensions=crab.extensions, backend=Backend.SETUPTOOLS_RUST)
    made = sdist(project, {}, None, {})
    assert sorted(each.file for each in (*made.sources, *filter(None, [made.lock]))) == sorted(lacking)


def test_setuptools_that_asks_git(crab: Project, make_project: MakeProject) -> None:
    told = {"backend": Backend.SETUPTOOLS_RUST, "build_requires": ("setuptools-scm>=8",)}
    assert sdist(make_project(root=crab.root, extensions=crab.extensions, **told), {}, None, {}).sources == ()


@pytest.mark.parametrize(("pattern", "ignored"), [("*.lock", True), ("*.lock\n!Cargo.lock", False), ("target/", False)])
def test_a_lock_that_gitignore_names(pattern: str, ignored: bool, crab: Project) -> None:  # noqa: FBT001 - a parameter
    (crab.root / ".gitignore").write_text(f"{pattern}\n", encoding="utf-8")
    omission = Omission("Cargo.lock", ".gitignore: *.lock") if ignored else None
    assert sdist(crab, {}, None, {}).ignored == omission
