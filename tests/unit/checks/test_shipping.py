from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import shipping as rules
from pyo3ops.checks.facts.files import Licences, Shadow, Typed
from pyo3ops.checks.facts.packing import Omission, Sdist
from pyo3ops.checks.verdict import fail, ok, skip, warn
from pyo3ops.core.model import Fix, Location, Status
from pyo3ops.core.project import Backend, Pyo3Dependency

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeExtension = Callable[..., Extension]

NO_EXTENSION = skip("no crate here is an extension module of PyO3")
CLASSIFIER = "Typing :: Typed"
WHOLE = Typed("crab._crab", "python/crab", marker=True, stub="python/crab/_crab.pyi")


def _changed(**changes: object) -> Typed:
    return Typed(**{**vars(WHOLE), **changes})


def test_stubs(make_project: MakeProject) -> None:
    assert rules.stubs(make_project(), (WHOLE,)) == ok("python/crab/_crab.pyi")
    assert rules.stubs(make_project(), ()) == NO_EXTENSION
    assert rules.stubs(make_project(), (_changed(marker=False, stub=None),)) == skip("no types are promised")


def test_types_promised_and_not_told(make_project: MakeProject, make_extension: MakeExtension) -> None:
    silent = _changed(stub=None)
    text = "python/crab/py.typed promises types, and nothing tells those of crab._crab"
    assert rules.stubs(make_project(), (silent,)) == warn(text, Fix("write python/crab/_crab.pyi"))
    alone = Typed("crab", None, marker=False, stub=None)
    verdict = rules.stubs(make_project(classifiers=(CLASSIFIER,)), (alone,))
    text = 'classifier "Typing :: Typed" promises types, and nothing tells those of crab'
    assert verdict == warn(text, Fix("write crab.pyi"))
    made = make_extension(pyo3=Pyo3Dependency("^0.29", (), ("experimental-inspect",)))
    assert rules.stubs(make_project(extensions=(made,)), (silent,)).status is Status.SKIP


def test_a_stub_that_type_checkers_ignore(make_project: MakeProject) -> None:
    fix = Fix("mark it", ("touch", "python/crab/py.typed"), safe=True)
    text = "python/crab/_crab.pyi, and no py.typed: type checkers ignore it"
    assert rules.stubs(make_project(), (_changed(marker=False),)) == warn(text, fix)


def test_a_stub_that_is_not_packed(make_project: MakeProject) -> None:
    stray = Typed("crab", None, marker=False, stub=None, stray="python/crab.pyi")
    fix = Fix("move it beside pyproject.toml", ("mv", "python/crab.pyi", "crab.pyi"))
    assert rules.stubs(make_project(), (stray,)) == warn(
        "python/crab.pyi is in no wheel", fix, where=Location("python/crab.pyi")
    )


def test_a_package_of_a_stub_alone(make_project: MakeProject) -> None:
    hollow = Typed("crab", "crab", marker=True, stub="crab/__init__.pyi", hollow=True)
    fix = Fix("move crab/__init__.pyi to crab.pyi beside pyproject.toml, or add crab/__init__.py")
    text = "crab has no __init__.py: maturin packs it as it is, and the import is empty"
    assert rules.stubs(make_project(), (hollow,)) == fail(text, fix)


def test_licence(make_project: MakeProject) -> None:
    assert rules.licence(make_project(), Licences(2)) == ok("2 named, and there")
    assert rules.licence(make_project(), Licences(0)) == skip("no licence file is named")


@pytest.mark.parametrize(
    ("backend", "verdict"), [(Backend.MATURIN, fail), (Backend.SETUPTOOLS_RUST, warn)], ids=["maturin", "setuptools"]
)
def test_a_licence_file_that_is_gone(
    backend: Backend, verdict: Callable[..., object], make_project: MakeProject
) -> None:
    gone = Licences(1, (("Cargo.toml", "COPYING"),))
    fix = Fix("add COPYING, or mend its name in Cargo.toml")
    text = "Cargo.toml names COPYING, which is not there"
    assert rules.licence(make_project(backend=backend), gone) == verdict(text, fix, where=Location("Cargo.toml"))


def test_a_licence_pattern_without_a_match(make_project: MakeProject) -> None:
    fix = Fix("add the licence, or mend the pattern LICENSE in license-files")
    text = 'license-files: "LICENSE", "NOTICE*" matches no file, and none is packed'
    verdict = warn(text, fix, where=Location("pyproject.toml"))
    assert rules.licence(make_project(), Licences(2, (), ("LICENSE", "NOTICE*"))) == verdict


def test_sdist(make_project: MakeProject) -> None:
    assert rules.sdist(make_project(), Sdist(unpacked=False)) == ok("has what building needs")
    assert rules.sdist(make_project(), Sdist(unpacked=True)) == skip("this is an unpacked source distribution")
    assert rules.sdist(make_project(extensions=()), Sdist(unpacked=False)) == NO_EXTENSION


@pytest.mark.parametrize(
    ("backend", "cure"),
    [
        (
            Backend.SETUPTOOLS_RUST,
            "write into MANIFEST.in: include Cargo.toml Cargo.lock, and: recursive-include src *.rs",
        ),
        (Backend.MATURIN, "let include and exclude keep src/lib.rs"),
    ],
    ids=["setuptools", "maturin"],
)
def test_an_sdist_without_sources(backend: Backend, cure: str, make_project: MakeProject) -> None:
    lacking = Sdist(unpacked=False, sources=(Omission("src/lib.rs", "no"),), lock=Omission("Cargo.lock", "no"))
    verdict = fail("it has no src/lib.rs, and does not build", Fix(cure), ["src/lib.rs: no"])
    assert rules.sdist(make_project(backend=backend), lacking) == verdict


def test_an_sdist_without_a_lock(make_project: MakeProject) -> None:
    excluded = Sdist(unpacked=False, lock=Omission("Cargo.lock", "exclude has it"), ignored=Omission("Cargo.lock", "x"))
    fix = Fix("take out of the settings what keeps it out")
    assert rules.sdist(make_project(), excluded) == warn("it has no Cargo.lock: exclude has it", fix)


@pytest.mark.parametrize("repository", [True, False])
def test_a_lock_that_git_ignores(make_project: MakeProject, repository: bool) -> None:  # noqa: FBT001 - a parameter
    ignored = Sdist(unpacked=False, ignored=Omission("Cargo.lock", ".gitignore:2: *.lock"), repository=repository)
    summary = "commit it, and take it out of .gitignore"
    fix = Fix(summary, ("git", "add", "--force", "Cargo.lock"), safe=True) if repository else Fix(summary)
    text = "git ignores Cargo.lock, so a fresh checkout packs newer versions"
    assert rules.sdist(make_project(), ignored) == warn(text, fix, [".gitignore:2: *.lock"])


def test_shadowing(make_project: MakeProject) -> None:
    assert rules.shadowing(make_project(), None) == ok("nothing in the root hides an installed wheel")
    assert rules.shadowing(make_project(extensions=()), None) == NO_EXTENSION


@pytest.mark.parametrize(
    ("backend", "cure"),
    [
        (
            Backend.MATURIN,
            'move crab/ into python/ and set python-source = "python", or test what maturin develop built',
        ),
        (Backend.SETUPTOOLS_RUST, "move crab/ into src/, or test an editable installation"),
    ],
    ids=["maturin", "setuptools"],
)
def test_a_package_in_the_root_that_hides_the_wheel(backend: Backend, cure: str, make_project: MakeProject) -> None:
    shadow = Shadow("crab", "because", 'noxfile.py: session.install(".")')
    verdict = warn("crab/ in the root hides the installed crab", Fix(cure), ["because", shadow.installs])
    assert rules.shadowing(make_project(backend=backend), shadow) == verdict
