from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks.facts import files
from pyo3ops.checks.facts.files import Edition, GilUse, Licences, Typed
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]


@pytest.fixture
def crab(tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension) -> Project:
    extension = make_extension(module="crab._crab", manifest=tmp_path / "Cargo.toml")
    return make_project(root=tmp_path, extensions=(extension,))


@pytest.fixture
def alone(tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension) -> Project:
    return make_project(root=tmp_path, extensions=(make_extension(manifest=tmp_path / "Cargo.toml"),))


@pytest.mark.parametrize("folder", ["python", "src", "."])
def test_a_typed_package(folder: str, crab: Project) -> None:
    package = crab.root / folder / "crab"
    package.mkdir(parents=True)
    for name in ("__init__.py", "_crab.pyi", "py.typed"):
        (package / name).touch()
    where = "crab" if folder == "." else f"{folder}/crab"
    assert files.typed(crab) == (Typed("crab._crab", where, marker=True, stub=f"{where}/_crab.pyi"),)
    (package / "_crab.pyi").rename(package / "__init__.pyi")
    (package / "py.typed").unlink()
    assert files.typed(crab) == (Typed("crab._crab", where, marker=False, stub=f"{where}/__init__.pyi"),)
    (package / "__init__.py").unlink()
    assert files.typed(crab)[0].hollow


def test_a_module_that_is_rust_alone(alone: Project) -> None:
    assert files.typed(alone) == (Typed("crab", None, marker=False, stub=None),)
    (alone.root / "python").mkdir()
    (alone.root / "python/crab.pyi").touch()
    assert files.typed(alone) == (Typed("crab", None, marker=False, stub=None, stray="python/crab.pyi"),)
    (alone.root / "crab.pyi").touch()
    assert files.typed(alone)[0].stub == "crab.pyi"


@pytest.mark.parametrize(
    ("table", "licences"),
    [
        ({}, Licences(0)),
        ({"license": "MIT", "license-files": ["LICEN[CS]E*", "legal/**/*.txt"]}, Licences(2)),
        ({"license": {"text": "MIT"}}, Licences(0)),
        ({"license": {"file": "LICENSE"}}, Licences(1)),
        ({"license": {"file": "COPYING"}}, Licences(1, (("pyproject.toml", "COPYING"),))),
        ({"license-files": ["NOTICE*", "LICENSE", "/etc/x", 3]}, Licences(3, (), ("NOTICE*", "/etc/x"))),
        ({"license-files": ["legal"]}, Licences(1, (), ("legal",))),
    ],
)
def test_licences(table: dict[str, object], licences: Licences, alone: Project) -> None:
    (alone.root / "LICENSE").touch()
    (alone.root / "legal/deep").mkdir(parents=True)
    (alone.root / "legal/deep/a.txt").touch()
    assert files.licences(alone.root, {"project": table}, alone) == licences


def test_a_licence_that_a_crate_names(alone: Project, make_project: MakeProject) -> None:
    (alone.root / "Cargo.toml").write_text('[package]\nlicense-file = "COPYING"\n', encoding="utf-8")
    assert files.licences(alone.root, {}, alone) == Licences(1, (("Cargo.toml", "COPYING"),))
    other = make_project(root=alone.root, extensions=alone.extensions, backend=Backend.SETUPTOOLS_RUST)
    assert files.licences(alone.root, {}, other) == Licences(0)


@pytest.mark.parametrize(
    ("manifest", "edition"),
    [
        ('[package]\nedition = "2021"\nrust-version = "1.70"\n', Edition("Cargo.toml", "2021", "1.70")),
        ('[package]\nname = "crab"\n', Edition("Cargo.toml", "2015", None)),
        (
            '[workspace.package]\nedition = "2024"\n[package]\nedition.workspace = true\nrust-version = "1.85"\n',
            Edition("Cargo.toml", "2024", "1.85", inherited=True),
        ),
        ("[workspace]\n", None),
        ("[package", None),
    ],
    ids=["plain", "silent", "inherited", "virtual", "broken"],
)
def test_edition(manifest: str, edition: Edition | None, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text(manifest, encoding="utf-8")
    assert files.edition(tmp_path, {}) == edition


def test_the_edition_of_a_member(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace.package]\nrust-version = "1.60"\n', encoding="utf-8")
    (tmp_path / "py").mkdir()
    member = '[package]\nedition = "2021"\nrust-version = { workspace = true }\n'
    (tmp_path / "py/Cargo.toml").write_text(member, encoding="utf-8")
    pyproject = {"tool": {"maturin": {"manifest-path": "py/Cargo.toml"}}}
    assert files.edition(tmp_path, pyproject) == Edition("py/Cargo.toml", "2021", "1.60", inherited=True)


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("#[pymodule(gil_used = false)]", False),
        ('#[pymodule(name = "crab", gil_used = true)]', True),
        ("    m.gil_used(false)?;", False),
        ("slot(Py_mod_gil, Py_MOD_GIL_NOT_USED)", False),
        ("slot(Py_mod_gil, Py_MOD_GIL_USED)", True),
        ("// #[pymodule(gil_used = false)]", None),
        ("#[pymodule]", None),
    ],
)
def test_gil_use(line: str, needs: bool | None, alone: Project) -> None:  # noqa: FBT001 - a parameter
    (alone.root / "src").mkdir()
    (alone.root / "src/lib.rs").write_text(f"use pyo3::prelude::*;\n{line}\n", encoding="utf-8")
    said = () if needs is None else ((needs, "src/lib.rs", 2),)
    assert files.gil_use(alone) == (GilUse("crab", "0.29", said),)


WHEEL = 'session.install(".", "pytest")\nsession.run("python", "-m", "pytest")\n'


@pytest.fixture
def shadowed(crab: Project) -> Project:
    for name in ("crab/__init__.py", "tests/test_crab.py"):
        (crab.root / name).parent.mkdir()
        (crab.root / name).touch()
    (crab.root / "noxfile.py").write_text(WHEEL, encoding="utf-8")
    return crab


def test_a_package_in_the_root_hides_the_wheel(shadowed: Project) -> None:
    found = files.shadow(shadowed)
    assert found is not None
    assert found.package == "crab"
    assert found.because.startswith("`python -m`")
    assert found.installs.startswith('noxfile.py: session.install(".')


@pytest.mark.parametrize(
    ("file", "because"),
    [("conftest.py", "pytest puts the folder of conftest.py"), ("tests/__init__.py", "pytest puts the folder above")],
)
def test_what_pytest_puts_on_the_path(file: str, because: str, shadowed: Project) -> None:
    (shadowed.root / "noxfile.py").unlink()
    steps = "  run: |\n    pip install dist/crab-0.1.0.whl\n    pytest tests\n"
    (shadowed.root / ".github/workflows").mkdir(parents=True)
    (shadowed.root / ".github/workflows/ci.yml").write_text(steps, encoding="utf-8")
    assert files.shadow(shadowed) is None
    (shadowed.root / file).touch()
    found = files.shadow(shadowed)
    assert found is not None
    assert found.because.startswith(because)
    (shadowed.root / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n", encoding="utf-8")
    assert files.shadow(shadowed) is None


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "noxfile.py",
            'session.run("maturin", "develop")\nsession.run("python", "-m", "pytest")\nsession.install(".")',
        ),
        ("noxfile.py", 'session.install("-e", ".")\nsession.run("python", "-m", "pytest")\n'),
        ("noxfile.py", WHEEL + 'shutil.rmtree("crab")\n'),
        ("noxfile.py", 'session.install("pytest")\nsession.run("python", "-m", "pytest")\n'),
        ("noxfile.py", 'session.install(".")\n'),
        ("noxfile.py", "session.chdir(folder)\n" + WHEEL),
        ("crab/_crab.abi3.so", ""),
    ],
    ids=["develop", "editable", "removed", "not-installed", "no-tests", "elsewhere", "built"],
)
def test_where_nothing_is_hidden(file: str, text: str, shadowed: Project) -> None:
    (shadowed.root / file).write_text(text, encoding="utf-8")
    assert files.shadow(shadowed) is None


def test_another_script_that_is_at_ease_helps_nobody(shadowed: Project) -> None:
    (shadowed.root / "Makefile").write_text("test:\n\tmaturin develop && pytest\n", encoding="utf-8")
    assert files.shadow(shadowed) is not None


def test_a_package_elsewhere_hides_nothing(shadowed: Project) -> None:
    (shadowed.root / "src").mkdir()
    (shadowed.root / "crab").rename(shadowed.root / "src/crab")
    assert files.shadow(shadowed) is None
