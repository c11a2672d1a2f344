"""What of this project reaches the people who install it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from pyo3ops.checks.facts.files import Licences, Shadow, Typed
    from pyo3ops.checks.facts.packing import Sdist
    from pyo3ops.core.project import Project

NO_EXTENSION = "no crate here is an extension module of PyO3"
_CLASSIFIER = "Typing :: Typed"


@check(
    "project.stubs",
    "promised types are there",
    needs=("project.manifest",),
    link="https://typing.python.org/en/latest/spec/distributing.html",
)
def stubs(project: Project, typed: tuple[Typed, ...]) -> Verdict:
    """No type checker reads Rust: it wants a stub of the module, and py.typed to believe what an installed one says."""
    if not typed:
        return skip(NO_EXTENSION)
    for each in typed:
        verdict = _untyped(each, promised=_CLASSIFIER in project.classifiers, generated=_generated(project))
        if verdict:
            return verdict
    found = [each.stub for each in typed if each.stub]
    return ok(", ".join(dict.fromkeys(found))) if found else skip("no types are promised")


@check(
    "project.licence",
    "the licence files are there",
    needs=("project.manifest",),
    link="https://packaging.python.org/en/latest/specifications/pyproject-toml/#license-files",
)
def licence(project: Project, licences: Licences) -> Verdict:
    """Nearly every licence wants its text to come along; maturin leaves a file out in silence, or stops over it."""
    if not licences.named:
        return skip("no licence file is named")
    if licences.missing:
        who, path = licences.missing[0]
        fix = Fix(f"add {path}, or mend its name in {who}")
        stops = project.backend is Backend.MATURIN
        return (fail if stops else warn)(f"{who} names {path}, which is not there", fix, where=Location(who))
    if licences.unmatched:
        patterns = ", ".join(f'"{pattern}"' for pattern in licences.unmatched)
        fix = Fix(f"add the licence, or mend the pattern {licences.unmatched[0]} in license-files")
        return warn(f"license-files: {patterns} matches no file, and none is packed", fix, where=_PYPROJECT)
    return ok(f"{licences.named} named, and there")


@check(
    "project.sdist",
    "the source distribution can be built from",
    needs=("project.manifest",),
    link="https://www.maturin.rs/distribution#source-distribution",
)
def sdist(project: Project, sdist: Sdist) -> Verdict:
    """Who has no wheel builds from the sdist: without the Rust sources that fails, without Cargo.lock it may differ."""
    if not project.extensions:
        return skip(NO_EXTENSION)
    if sdist.unpacked:
        return skip("this is an unpacked source distribution")
    if sdist.sources:
        first = sdist.sources[0]
        evidence = [f"{each.file}: {each.because}" for each in sdist.sources]
        return fail(f"it has no {first.file}, and does not build", _packing_fix(project, first.file), evidence)
    if sdist.lock:
        fix = Fix("take out of the settings what keeps it out")
        return warn(f"it has no {sdist.lock.file}: {sdist.lock.because}", fix)
    if sdist.ignored:
        summary, file = "commit it, and take it out of .gitignore", sdist.ignored.file
        fix = Fix(summary, ("git", "add", "--force", file), safe=True) if sdist.repository else Fix(summary)
        return warn(f"git ignores {file}, so a fresh checkout packs newer versions", fix, [sdist.ignored.because])
    return ok("has what building needs")


@check(
    "project.shadowing",
    "the tests import what was installed",
    needs=("project.manifest",),
    link="https://docs.pytest.org/en/stable/explanation/goodpractices.html#choosing-a-test-layout-import-rules",
)
def shadowing(project: Project, shadow: Shadow | None) -> Verdict:
    """A package in the root, which has no compiled module, comes before the installed wheel when tests run there."""
    if not project.extensions:
        return skip(NO_EXTENSION)
    if shadow is None:
        return ok("nothing in the root hides an installed wheel")
    fix = Fix(
        f'move {shadow.package}/ into python/ and set python-source = "python", or test what maturin develop built'
    )
    if project.backend is not Backend.MATURIN:
        fix = Fix(f"move {shadow.package}/ into src/, or test an editable installation")
    evidence = [shadow.because, shadow.installs]
    return warn(f"{shadow.package}/ in the root hides the installed {shadow.package}", fix, evidence)


_PYPROJECT = Location("pyproject.toml")


def _untyped(each: Typed, *, promised: bool, generated: bool) -> Verdict | None:
    """What is wrong with the types of one module."""
    top, _, last = each.module.rpartition(".")
    top = top.split(".")[0] or last
    if each.hollow:
        fix = Fix(f"move {each.stub} to {top}.pyi beside pyproject.toml, or add {each.package}/__init__.py")
        return fail(f"{each.package} has no __init__.py: maturin packs it as it is, and the import is empty", fix)
    if each.package is None and each.stray and not each.stub:
        fix = Fix("move it beside pyproject.toml", ("mv", each.stray, f"{top}.pyi"))
        return warn(f"{each.stray} is in no wheel", fix, where=Location(each.stray))
    if each.stub is None and not generated and (promised or each.marker):
        place = f"{each.package}/{last}.pyi" if each.package else f"{top}.pyi"
        by = f'classifier "{_CLASSIFIER}"' if promised else f"{each.package}/py.typed"
        return warn(f"{by} promises types, and nothing tells those of {each.module}", Fix(f"write {place}"))
    if each.package and not each.marker and (each.stub or promised):
        marker = f"{each.package}/py.typed"
        said = each.stub or f'classifier "{_CLASSIFIER}"'
        return warn(f"{said}, and no py.typed: type checkers ignore it", Fix("mark it", ("touch", marker), safe=True))
    return None


def _generated(project: Project) -> bool:
    """Stubs may be made while building, by PyO3's own introspection."""
    return any("experimental-inspect" in extension.pyo3.features for extension in project.extensions)


def _packing_fix(project: Project, file: str) -> Fix:
    if project.backend is Backend.SETUPTOOLS_RUST:
        return Fix("write into MANIFEST.in: include Cargo.toml Cargo.lock, and: recursive-include src *.rs")
    return Fix(f"let include and exclude keep {file}")
