from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.checks.facts import sources
from pyo3ops.checks.facts.sources import BuiltLibrary, Packing
from pyo3ops.core.project import Backend, Pyo3Dependency

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]


@pytest.fixture
def uses(
    tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension
) -> Callable[..., list[tuple[str, int]]]:
    """The deprecated names, with their lines, in a source of a crate on some release of PyO3."""

    def find(text: str, release: str = "0.27.0", name: str = "lib.rs") -> list[tuple[str, int]]:
        file = tmp_path / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        dependency = Pyo3Dependency("^0", (release,), ())
        extension = make_extension(manifest=tmp_path / "Cargo.toml", pyo3=dependency)
        found = sources.deprecated_uses(make_project(root=tmp_path, extensions=(extension,)))
        assert {use.file for use in found} <= {f"src/{name}"}
        return [(use.deprecation.name, use.line) for use in found]

    return find


Uses = Callable[..., "list[tuple[str, int]]"]
PYO3 = "use pyo3::prelude::*;\n"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("static A: GILOnceCell<u8> = GILOnceCell::new();", ["GILOnceCell"]),
        ("let a = b.downcast::<PyList>()?;", ["downcast"]),
        ("Python::with_gil(|py| {});", ["with_gil"]),
        ("fn downcast() {}", []),
        ("let downcasting = a.downcasted();", []),
        ("// GILOnceCell", []),
        ("/* GILOnceCell\n GILOnceCell */ let a = 1;", []),
        ("/* never closed GILOnceCell", []),
        ('let a = "GILOnceCell";', []),
        ('let a = "\\"GILOnceCell";', []),
        ('let a = r#"GILOnceCell " GILOnceCell"#;', []),
        ('let a = br"GILOnceCell";', []),
        ('let a = "over\n two lines GILOnceCell";', []),
        ("let a = '\"'; let b: GILOnceCell<u8>; let c = '\"';", ["GILOnceCell"]),
        ("let a = '\\''; let b: GILOnceCell<u8>;", ["GILOnceCell"]),
        ("fn a<'a>(b: &'a GILOnceCell<u8>) {}", ["GILOnceCell"]),
        ("let a = bytes.as_slice(); let b = u8::try_from(3)?; a.as_ref();", []),
    ],
)
def test_deprecated_uses(line: str, names: list[str], uses: Uses) -> None:
    assert uses(PYO3 + line) == [(name, 2) for name in names]


def test_a_name_is_told_once_a_file_where_it_first_stands(uses: Uses) -> None:
    assert uses(PYO3 + "\n/* a\n b */\nGILOnceCell GILOnceCell\n") == [("GILOnceCell", 5)]


def test_a_file_without_pyo3_has_names_of_its_own(uses: Uses) -> None:
    assert uses("struct GILOnceCell;") == []


@pytest.mark.parametrize(("release", "deprecated"), [("0.21.2", False), ("0.26.0", True), ("9.9.9", False)])
def test_what_is_deprecated_depends_on_the_release(release: str, deprecated: bool, uses: Uses) -> None:  # noqa: FBT001
    assert bool(uses(PYO3 + "GILOnceCell", release)) is deprecated


def test_folders_below(uses: Uses) -> None:
    assert uses(PYO3 + "GILOnceCell", name="types/cell.rs") == [("GILOnceCell", 2)]


@pytest.mark.parametrize("piece", ["/*", '"', "'\"", 'r#"', '\\"', "//", '"\\', "br##"])
def test_a_hostile_source_takes_no_time(piece: str, uses: Uses) -> None:
    started = time.monotonic()
    uses(PYO3 + piece * (500_000 // len(piece)) + "\\")
    assert time.monotonic() - started < 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.text(st.sampled_from("/*\"'r#b\\\n GILOnceCell"), max_size=60))
def test_blanking_moves_nothing(text: str) -> None:
    blanked = sources._blanked(text)
    assert len(blanked) == len(text)
    assert blanked.count("\n") == text.count("\n")


def test_a_crate_outside_of_the_root(tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension) -> None:
    file = tmp_path / "rust/src/lib.rs"
    file.parent.mkdir(parents=True)
    file.write_text(PYO3 + "GILOnceCell", encoding="utf-8")
    dependency = Pyo3Dependency("^0.27", ("0.27.0",), ())
    extension = make_extension(manifest=tmp_path / "rust/Cargo.toml", pyo3=dependency)
    (use,) = sources.deprecated_uses(make_project(root=tmp_path / "python", extensions=(extension,)))
    assert use.file == str(file)


# Libraries.


@pytest.mark.parametrize(
    ("file", "stable"),
    [
        ("crab/_native.abi3.so", True),
        ("crab/_native.cpython-313-x86_64-linux-gnu.so", False),
        ("crab/_native.so", False),
    ],
)
@pytest.mark.parametrize("source", [".", "python", "../beside"])
def test_built_libraries(  # noqa: PLR0917 - a column each
    file: str,
    stable: bool,  # noqa: FBT001
    source: str,
    tmp_path: Path,
    make_project: MakeProject,
    make_extension: MakeExtension,
) -> None:
    root = tmp_path / "project"
    library = root / source / file
    library.parent.mkdir(parents=True)
    library.write_bytes(b"\x7fELF, and nothing more")
    (library.parent / "_native.pyi").touch()
    (library.parent / "_natives.so").touch()
    project = make_project(root=root, python_source=root / source, extensions=(make_extension(module="crab._native"),))
    (found,) = sources.built_libraries(project)
    path = library.relative_to(root).as_posix()
    assert found == BuiltLibrary(path, stable, None)


@pytest.mark.parametrize("module", ["", ".", "a..b", "/etc.passwd", "**", "a.**", "[", "..", "x/../y", "\0"])
def test_a_module_that_is_no_name(
    module: str, tmp_path: Path, make_project: MakeProject, make_extension: MakeExtension
) -> None:
    (tmp_path / "crab.so").touch()
    assert sources.built_libraries(make_project(root=tmp_path, extensions=(make_extension(module=module),))) == ()


# Packing.


@pytest.mark.parametrize(
    ("files", "pyproject", "limited"),
    [
        ({}, {}, False),
        ({}, {"tool": {"distutils": {"bdist_wheel": {"py_limited_api": "cp38"}}}}, True),
        ({"setup.cfg": "[bdist_wheel]\npy_limited_api = cp38\n"}, {}, True),
        ({"setup.py": 'setup(options={"bdist_wheel": {"py_limited_api": "cp38"}})'}, {"tool": 3}, True),
        ({"setup.py": "\udcff setup()"}, {"tool": {"distutils": 3}}, False),
    ],
)
def test_packing(
    files: dict[str, str],
    pyproject: dict[str, Any],
    limited: bool,  # noqa: FBT001
    tmp_path: Path,
    make_project: MakeProject,
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    project = make_project(
        root=tmp_path, backend=Backend.SETUPTOOLS_RUST, build_requires=("setuptools", "setuptools_rust>=1.9")
    )
    assert sources.packing(project, pyproject) == Packing(limited, ">=1.9")


def test_packing_of_another_backend(make_project: MakeProject) -> None:
    assert sources.packing(make_project(), {}) is None
    nothing = make_project(backend=Backend.SETUPTOOLS_RUST, build_requires=())
    assert sources.packing(nothing, {}) == Packing(limited=False, requirement=None)


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [
        ({"tool": {"maturin": {"compatibility": "manylinux2014"}}}, "manylinux2014"),
        ({"tool": {"maturin": {"compatibility": 3}}}, None),
        ({"tool": {"maturin": []}}, None),
        ({"tool": "maturin"}, None),
        ({}, None),
    ],
)
def test_compatibility(pyproject: dict[str, Any], expected: str | None) -> None:
    assert sources.compatibility(pyproject) == expected
