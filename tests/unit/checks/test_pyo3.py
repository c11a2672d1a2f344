from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import pyo3
from pyo3ops.checks.facts.sources import BuiltLibrary, Use
from pyo3ops.checks.verdict import fail, ok, setting, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Backend, Pyo3Dependency
from pyo3ops.core.pyo3 import Deprecation, Pyo3Release
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.rustc import Rustc

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]

NEW = Pyo3Release(
    "0.29",
    "1.83",
    PythonVersion(8),
    PythonVersion(15),
    "source",
    experimental_next=True,
    free_threaded_min=PythonVersion(14, free_threaded=True),
)
OLD = Pyo3Release("0.22", "1.63", PythonVersion(7), PythonVersion(13), "source")

MIGRATION = "https://pyo3.rs/latest/migration.html"
RANGE = "PyO3 0.29 is for 3.8 to 3.15"
CRATE = Location("Cargo.toml")
PYPROJECT = Location("pyproject.toml")
CHANGE = Fix(
    "change the Pythons (they are read from classifiers), or the pyo3 requirement in Cargo.toml", url=MIGRATION
)


def pythons(*versions: str) -> tuple[PythonVersion, ...]:
    return tuple(PythonVersion.parse(each) for each in versions)


def test_release(make_project: MakeProject) -> None:
    assert pyo3.release(make_project(), (NEW,)) == ok("0.29.3")


def test_a_release_without_a_lock_is_its_line(make_project: MakeProject, make_extension: MakeExtension) -> None:
    extension = make_extension(pyo3=Pyo3Dependency("^0.29", (), ()))
    assert pyo3.release(make_project(extensions=(extension,)), (NEW,)) == ok("0.29")


def test_unknown_releases(make_project: MakeProject, make_extension: MakeExtension) -> None:
    extensions = (
        make_extension(),
        make_extension(crate="lobster", pyo3=Pyo3Dependency("^0.99", ("0.99.1",), ())),
        make_extension(crate="shrimp", pyo3=Pyo3Dependency("*", (), ())),
    )
    fix = Fix("update pyo3ops, or tell its maintainers about that release", ("pip", "install", "-U", "pyo3ops"))
    verdict = unknown("nothing is known of PyO3 *, 0.99", fix)
    assert pyo3.release(make_project(extensions=extensions), (NEW,)) == verdict


def test_no_extension_has_no_release(make_project: MakeProject) -> None:
    verdict = skip("no crate here is an extension module of PyO3")
    assert pyo3.release(make_project(extensions=()), ()) == verdict


@pytest.mark.parametrize("versions", [("3.8", "3.15"), ("3.16",), ("3.14t", "3.15t")])
def test_python_range(versions: tuple[str, ...], make_project: MakeProject) -> None:
    assert pyo3.python_range(make_project(pythons=pythons(*versions)), (NEW,)) == ok(RANGE)


@pytest.mark.parametrize(
    ("release", "version", "refusal"),
    [
        (NEW, "3.7", "0.29 refuses 3.7: its minimum is 3.8"),
        (NEW, "3.17", "0.29 refuses 3.17: it knows Pythons up to 3.15"),
        (NEW, "3.13t", "0.29 refuses 3.13t: its free-threaded minimum is 3.14t"),
        # The line that builds no Python beyond its newest, not even with a warning.
        (OLD, "3.14", "0.22 refuses 3.14: it knows Pythons up to 3.13"),
        (OLD, "3.13t", "0.22 refuses 3.13t: it knows no free-threaded Python"),
    ],
)
def test_a_python_out_of_range(release: Pyo3Release, version: str, refusal: str, make_project: MakeProject) -> None:
    project = make_project(pythons=pythons("3.9", version))
    row = f"PyO3 {release.release} is for {release.python_min} to {release.python_max}"
    verdict = fail(f"PyO3 {refusal}", CHANGE, [refusal, row], CRATE)
    assert pyo3.python_range(project, (release,)) == verdict


def test_each_release_in_use_is_asked(make_project: MakeProject) -> None:
    project = make_project(pythons=pythons("3.7", "3.13t"))
    refusals = [
        "0.22 refuses 3.13t: it knows no free-threaded Python",
        "0.29 refuses 3.13t: its free-threaded minimum is 3.14t",
        "0.29 refuses 3.7: its minimum is 3.8",
    ]
    evidence = [*refusals, f"PyO3 0.22 is for 3.7 to 3.13, {RANGE}"]
    assert pyo3.python_range(project, (OLD, NEW)) == fail(f"PyO3 {refusals[0]}", CHANGE, evidence, CRATE)


def test_no_matrix_is_in_every_range(make_project: MakeProject) -> None:
    verdict = skip("nothing says which Pythons this project is for")
    assert pyo3.python_range(make_project(pythons=()), (NEW,)) == verdict


def abi3(make_extension: MakeExtension, *features: str, crate: str = "crab") -> Extension:
    return make_extension(crate=crate, pyo3=Pyo3Dependency("^0.29", ("0.29.3",), features))


@pytest.mark.parametrize("features", [(), ("abi3",), ("extension-module",)])
def test_no_abi3_minimum(features: tuple[str, ...], make_project: MakeProject, make_extension: MakeExtension) -> None:
    project = make_project(extensions=(abi3(make_extension, *features),))
    verdict = skip("no extension asks for the stable ABI with a minimum")
    assert pyo3.abi3_minimum(project, PythonVersion(8)) == verdict


@pytest.mark.parametrize("lowest", [PythonVersion(8), PythonVersion(9), None])
def test_abi3_minimum(lowest: PythonVersion | None, make_project: MakeProject, make_extension: MakeExtension) -> None:
    project = make_project(extensions=(abi3(make_extension, "abi3-py38"),))
    assert pyo3.abi3_minimum(project, lowest) == ok("crate crab is built with abi3-py38")


def test_requires_python_admits_less_than_abi3(make_project: MakeProject, make_extension: MakeExtension) -> None:
    extensions = (abi3(make_extension, "abi3-py39"), abi3(make_extension, "abi3-py310", crate="lobster"))
    summary = 'set requires-python = ">=3.10" in pyproject.toml, or lower the feature'
    fix = setting(summary, "pyproject.toml", "project.requires-python", ">=3.10")
    detail = "requires-python '>=3.8' admits 3.8, and crate lobster is built with abi3-py310"
    verdict = fail(detail, fix, where=PYPROJECT)
    assert pyo3.abi3_minimum(make_project(extensions=extensions), PythonVersion(8)) == verdict


@pytest.mark.parametrize("lowest", [PythonVersion(11), None])
def test_the_matrix_has_less_than_abi3(
    lowest: PythonVersion | None, make_project: MakeProject, make_extension: MakeExtension
) -> None:
    # A free-threaded Python has another ABI, so that abi3 says nothing of it.
    project = make_project(
        extensions=(abi3(make_extension, "abi3-py311"),), pythons=pythons("3.8", "3.10", "3.10t", "3.11")
    )
    summary = "drop them from classifiers, or lower the feature"
    fix = setting(summary, "pyproject.toml", "project.classifiers", [])
    verdict = fail("crate crab is built with abi3-py311, and the matrix has 3.8, 3.10", fix, where=PYPROJECT)
    assert pyo3.abi3_minimum(project, lowest) == verdict


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"HOME": "/home/ada", "XPYO3_PYTHON": "python"},
        {"PYO3_BUILD_EXTENSION_MODULE": "1", "PYO3_ENVIRONMENT_SIGNATURE": "x"},
    ],
)
def test_environment(env: dict[str, str]) -> None:
    assert pyo3.environment(env, None) == ok("none is set")


def test_variables_that_change_a_build() -> None:
    env = {"PYO3_PYTHON": "python3.9", "PYO3_NO_PYTHON": "1", "PATH": "/bin"}
    fix = Fix("unset PYO3_NO_PYTHON PYO3_PYTHON")
    evidence = ["PYO3_NO_PYTHON=1", "PYO3_PYTHON=python3.9"]
    verdict = warn("PYO3_NO_PYTHON, PYO3_PYTHON changes what is built", fix, evidence)
    assert pyo3.environment(env, None) == verdict


def test_a_config_file_that_exists_changes_a_build() -> None:
    fix = Fix("unset PYO3_CONFIG_FILE")
    verdict = warn("PYO3_CONFIG_FILE changes what is built", fix, ["PYO3_CONFIG_FILE=/pyo3.txt"])
    assert pyo3.environment({"PYO3_CONFIG_FILE": "/pyo3.txt"}, "/pyo3.txt") == verdict


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("PYO3_PRINT_CONFIG", "1", "PYO3_PRINT_CONFIG=1 stops every build after printing"),
        ("PYO3_CONFIG_FILE", "/gone", "PYO3_CONFIG_FILE names a file that does not exist"),
    ],
)
def test_a_variable_that_stops_every_build(name: str, value: str, detail: str) -> None:
    verdict = fail(detail, Fix(f"unset {name}"), [f"{name}={value}"])
    assert pyo3.environment({name: value}, None) == verdict


STABLE = Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
NIGHTLY = Rustc((1, 97, 0), "1.97.0-nightly", "x86_64-unknown-linux-gnu")


def with_features(make_project: MakeProject, make_extension: MakeExtension, *features: str) -> Project:
    return make_project(extensions=(make_extension(pyo3=Pyo3Dependency("^0.29", ("0.29.3",), features)),))


def test_features(make_project: MakeProject, make_extension: MakeExtension) -> None:
    assert pyo3.features(make_project(extensions=()), STABLE) == skip("no crate here is an extension module of PyO3")
    assert pyo3.features(make_project(), STABLE) == ok("none is switched on")
    usual = with_features(make_project, make_extension, "abi3-py38", "extension-module")
    assert pyo3.features(usual, STABLE) == ok("abi3-py38, extension-module")


def test_a_feature_for_nightly(make_project: MakeProject, make_extension: MakeExtension) -> None:
    project = with_features(make_project, make_extension, "nightly")
    fix = Fix("take the feature out, or build with a nightly toolchain: `rustup override set nightly`")
    expected = fail("crab switches on `nightly`, and rustc is 1.95.0", fix, where=CRATE)
    assert pyo3.features(project, STABLE) == expected
    assert pyo3.features(project, NIGHTLY) == ok("nightly")


def test_a_feature_for_programs(make_project: MakeProject, make_extension: MakeExtension) -> None:
    project = with_features(make_project, make_extension, "auto-initialize")
    fix = Fix("switch auto-initialize on in [dev-dependencies] alone, where `cargo test` wants it")
    detail = "crab switches on auto-initialize, which is for programs that start Python themselves"
    assert pyo3.features(project, STABLE) == warn(detail, fix, where=CRATE)


def test_duplicates(make_project: MakeProject, make_extension: MakeExtension) -> None:
    assert pyo3.duplicates(make_project()) == ok("0.29.3")
    assert pyo3.duplicates(make_project(extensions=(make_extension(lock=None),))) == skip("no Cargo.lock")
    twice = make_extension(pyo3=Pyo3Dependency("^0.29", ("0.28.1", "0.29.3"), ()))
    fix = Fix(
        "let cargo choose again; if it stays, raise what `cargo tree --invert pyo3@0.28.1` names",
        ("cargo", "update", "pyo3@0.28.1"),
    )
    expected = fail("Cargo.lock has PyO3 0.28.1 and 0.29.3", fix, ["crab: 0.28.1, 0.29.3"], Location("Cargo.lock"))
    assert pyo3.duplicates(make_project(extensions=(twice,))) == expected


FINE = BuiltLibrary("crab.so", stable_abi=False, libpython=None)
LINKED = BuiltLibrary("crab.so", stable_abi=False, libpython="libpython3.8.so.1.0")
FOR_ALL = BuiltLibrary("crab.abi3.so", stable_abi=True, libpython="libpython3.8.so.1.0")


def test_libpython(make_project: MakeProject) -> None:
    assert pyo3.libpython((), make_project()) == skip("no library lies in the package")
    assert pyo3.libpython((FINE,), make_project()) == ok("crab.so")


@pytest.mark.parametrize(
    ("backend", "argv"),
    [
        (Backend.MATURIN, ("maturin", "develop", "--release")),
        (Backend.SETUPTOOLS_RUST, ("pip", "install", "--editable", ".")),
    ],
)
def test_a_library_that_needs_libpython(backend: Backend, argv: tuple[str, ...], make_project: MakeProject) -> None:
    project, fix = make_project(backend=backend), Fix("build it anew", argv)
    one = warn("crab.so needs libpython3.8.so.1.0", fix, ["crab.so needs libpython3.8.so.1.0"])
    assert pyo3.libpython((FINE, LINKED), project) == one
    evidence = ["crab.so needs libpython3.8.so.1.0", "crab.abi3.so needs libpython3.8.so.1.0"]
    every = fail("crab.abi3.so is for every Python, and needs libpython3.8.so.1.0", fix, evidence)
    assert pyo3.libpython((LINKED, FOR_ALL), project) == every


def test_deprecated(make_project: MakeProject) -> None:
    none = skip("no crate here is an extension module of PyO3")
    assert pyo3.deprecated((), make_project(extensions=())) == none
    assert pyo3.deprecated((), make_project()) == ok("no deprecated name in the sources")


def test_deprecated_names_the_one_that_goes_first(make_project: MakeProject) -> None:
    staying = Use(Deprecation("GILOnceCell", "0.26", "use another", "0.26.0"), "src/a.rs", 3)
    going = Use(Deprecation("IntoPy", "0.23", "use a third", "0.23.0", "0.24"), "src/b.rs", 9)
    fix = Fix("follow the migration guide", url=MIGRATION)
    evidence = ["src/a.rs:3: GILOnceCell: use another", "src/b.rs:9: IntoPy: use a third"]
    expected = warn("IntoPy, which PyO3 0.24 is the last to have and 1 more", fix, evidence, Location("src/b.rs", 9))
    assert pyo3.deprecated((staying, going), make_project()) == expected
    alone = warn("GILOnceCell", fix, evidence[:1], Location("src/a.rs", 3))
    assert pyo3.deprecated((staying,), make_project()) == alone
