"""The files of this project, which have to say the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, warn, without_classifiers
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Backend
from pyo3ops.tools.rustc import rust_version

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.checks.facts.files import Edition, GilUse
    from pyo3ops.core.project import Extension, Project
    from pyo3ops.core.pythons import PythonVersion

_PYPROJECT = Location("pyproject.toml")


@check(
    "project.manifest",
    "cargo reads the manifest",
    needs=("rust.cargo",),
    link="https://doc.rust-lang.org/cargo/reference/manifest.html",
)
def manifest(project: Project) -> Verdict:
    """`cargo metadata` understands Cargo.toml and every member of its workspace."""
    if project.metadata_error is not None:
        fix = _readable(project.metadata_error)
        return fail("cargo metadata gives no answer", fix, project.metadata_error.splitlines(), Location("Cargo.toml"))
    crates = ", ".join(f"{ext.crate} {ext.version}" for ext in project.extensions)
    return ok(crates or "no crate here is an extension module of PyO3")


@check(
    "project.module-name",
    "the module has one name",
    needs=("project.manifest",),
    link="https://www.maturin.rs/project_layout",
)
def module_name(project: Project) -> Verdict:
    """Python looks for `PyInit_<name>` with the last part of the module's name, which `#[pymodule]` must carry."""
    if not project.extensions:
        return skip("no crate here is an extension module of PyO3")
    judged = [ext for ext in project.extensions if ext.pymodules]
    if not judged:
        return skip("no #[pymodule] stands in the sources; a macro may make it")
    wrong = [ext for ext in judged if _last(ext) not in ext.pymodules]
    if not wrong:
        return ok(", ".join(ext.module for ext in judged))
    ext = wrong[0]
    fix = _renamed(ext, project)
    evidence = [f"crate {ext.crate}: built as {ext.module}, #[pymodule] {', '.join(ext.pymodules)}" for ext in wrong]
    return fail(f"import {ext.module} will not find PyInit_{_last(ext)}", fix, evidence, _PYPROJECT)


@check(
    "project.cdylib",
    "the library is a cdylib",
    needs=("project.manifest",),
    link="https://doc.rust-lang.org/reference/linkage.html",
)
def cdylib(project: Project) -> Verdict:
    """Python loads a C dynamic library: without `crate-type = ["cdylib"]` cargo makes none."""
    if not project.extensions:
        return skip("no crate here is an extension module of PyO3")
    wrong = [ext for ext in project.extensions if "cdylib" not in ext.crate_types]
    if not wrong:
        return ok(", ".join(ext.library for ext in project.extensions))
    summary = 'add crate-type = ["cdylib"] under [lib] in Cargo.toml'
    manifest = _inside(wrong[0].manifest, project)
    fix = setting(summary, manifest, "lib.crate-type", ["cdylib"]) if manifest else Fix(summary)
    evidence = [f"crate {ext.crate}: crate-type = {list(ext.crate_types)}" for ext in wrong]
    return fail(
        f"{wrong[0].library} is built as {', '.join(wrong[0].crate_types)}", fix, evidence, Location("Cargo.toml")
    )


@check(
    "project.lock",
    "Cargo.lock is there and current",
    needs=("project.manifest",),
    link="https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html",
)
def lock(project: Project, stale_locks: tuple[str, ...]) -> Verdict:
    """Without Cargo.lock two builds of one commit differ; with a stale one `cargo build --locked` refuses."""
    if not project.extensions:
        return skip("no crate here is an extension module of PyO3")
    without = sorted({ext.crate for ext in project.extensions if ext.lock is None})
    if without:
        fix = Fix("make it, and commit it", ("cargo", "generate-lockfile"), safe=True)
        return warn(f"none for {', '.join(without)}: each build picks its own versions", fix)
    if stale_locks:
        fix = Fix("bring it up to date, and commit it", ("cargo", "update", "--workspace"))
        return warn("stale: cargo build --locked refuses it", fix, stale_locks, Location("Cargo.lock"))
    return ok("has what the manifests want")


@check(
    "project.requires-python",
    "requires-python admits every Python named",
    link="https://packaging.python.org/en/latest/guides/writing-pyproject-toml/#python-requires",
)
def requires_python(project: Project, refused_pythons: tuple[PythonVersion, ...] | None) -> Verdict:
    """Pip refuses to install on a Python that requires-python excludes, whatever the classifiers and wheels say."""
    if project.requires_python is None:
        lowest = f">={min(project.pythons, default='3.8')}"
        summary = f'add requires-python = "{lowest}" to [project] in pyproject.toml'
        fix = setting(summary, "pyproject.toml", "project.requires-python", lowest)
        return warn("not set: pip installs on any Python, and fails there", fix, where=_PYPROJECT)
    if refused_pythons is None:
        fix = Fix('write it as a version specifier, such as ">=3.8"')
        return fail(f"{project.requires_python!r} is no version specifier", fix, where=_PYPROJECT)
    if not refused_pythons:
        return ok(project.requires_python)
    names = ", ".join(str(version) for version in refused_pythons)
    fix = _admitting(project, refused_pythons, names)
    return fail(f"{project.requires_python!r} excludes {names}", fix, where=_PYPROJECT)


def _renamed(ext: Extension, project: Project) -> Fix:
    summary = (
        f"name the #[pymodule] `{_last(ext)}`, or set the module's name in pyproject.toml to end in that of #[pymodule]"
    )
    if project.backend is not Backend.MATURIN or len(ext.pymodules) > 1:
        return Fix(summary)
    package = ext.module.rpartition(".")[0]
    name = f"{package}.{ext.pymodules[0]}" if package else ext.pymodules[0]
    return setting(summary, "pyproject.toml", "tool.maturin.module-name", name)


def _admitting(project: Project, refused: tuple[PythonVersion, ...], names: str) -> Fix:
    summary = f"lower requires-python, or drop {names} from {project.pythons_from}"
    floors = [abi.minimum for ext in project.extensions for abi in [ext.pyo3.stable_abi] if abi and abi.minimum]
    if any(floor > version for floor in floors for version in refused if not version.free_threaded):
        # The library does not load there either: lowering it would only move the fault.
        summary = f"drop {names} from {project.pythons_from}, or lower the abi3 feature and requires-python"
        if project.pythons_from == "classifiers":
            return without_classifiers(project.classifiers, refused, summary)
        return Fix(summary)
    if not re.fullmatch(r"\s*>=\s*3(?:\.\d+)*\s*", project.requires_python or ""):
        # What else the specifier excludes, it may exclude on purpose.
        return Fix(summary)
    return setting(summary, "pyproject.toml", "project.requires-python", f">=3.{min(refused).minor}")


def _readable(error: str) -> Fix:
    edition = re.search(r"incompatible with the version \((\d+\.\d+)[.\d]*\) required by the specified edition", error)
    if edition:
        summary = f"raise rust-version to {edition[1]}, which the edition needs, or lower the edition"
        return setting(summary, "Cargo.toml", "package.rust-version", edition[1])
    argv = ("cargo", "metadata", "--no-deps", "--format-version", "1")
    return Fix("see the whole message", argv, safe=True, mends=False)


def _inside(path: Path, project: Project) -> str | None:
    return path.relative_to(project.root).as_posix() if project.root in path.parents else None


@check(
    "project.edition",
    "the edition goes with rust-version",
    link="https://doc.rust-lang.org/edition-guide/editions/",
)
def edition(edition: Edition | None) -> Verdict:
    """Each edition of Rust came with one compiler; cargo refuses a rust-version that promises less."""
    if edition is None:
        return skip("no crate here says its edition")
    if edition.rust_version is None:
        return ok(f"edition {edition.edition}, and no rust-version to go against it")
    needed = _EDITIONS.get(edition.edition)
    if needed is None:
        return skip(f"edition {edition.edition} is not known to this pyo3ops")
    if rust_version(edition.rust_version) >= rust_version(needed):
        return ok(f"edition {edition.edition}, rust-version {edition.rust_version}")
    summary = f'set rust-version = "{needed}" or later, or take an older edition'
    fix = Fix(summary) if edition.inherited else setting(summary, edition.manifest, "package.rust-version", needed)
    text = f"edition {edition.edition} needs Rust {needed}, rust-version says {edition.rust_version}"
    return fail(text, fix, where=Location(edition.manifest))


@check(
    "project.gil-used",
    "free-threaded Python stays so",
    needs=("project.manifest",),
    link="https://pyo3.rs/latest/free-threading.html",
)
def gil_used(project: Project, gil_use: tuple[GilUse, ...]) -> Verdict:
    """Importing a module that needs the GIL switches it on for the whole process; before 0.28 silence means need."""
    promised = [line for line in project.classifiers if "Free Threading" in line]
    if not promised and not any(version.free_threaded for version in project.pythons):
        return skip("no free-threaded Python is among the Pythons it is for")
    if not gil_use:
        return skip("no crate here is an extension module of PyO3")
    silent = [use for use in gil_use if not _free(use)]
    if not silent:
        return ok(", ".join(use.crate for use in gil_use))
    use = silent[0]
    place = next((Location(file, line) for needs, file, line in use.said if needs), None)
    if place:
        fix = Fix("once its data is safe to share between threads, say gil_used = false there")
        return warn(f"{use.crate} says that it needs the GIL", fix, promised, place)
    fix = Fix("once its data is safe to share between threads, write #[pymodule(gil_used = false)], or use PyO3 0.28")
    return warn(f"{use.crate} says nothing, which PyO3 {use.release} takes for gil_used = true", fix, promised)


#: Editions with the first compiler that knows each (the edition guide).
_EDITIONS = {"2015": "1.0", "2018": "1.31", "2021": "1.56", "2024": "1.85"}
#: PyO3's first line in which silence means that a module does without the GIL.
_FREE_BY_DEFAULT = (0, 28)


def _free(use: GilUse) -> bool:
    """Importing it leaves the GIL off; an unknown release is taken for a new one."""
    needs = [each for each, _, _ in use.said]
    line = tuple(int(part) for part in (use.release or "1.0").split("."))
    return not any(needs) and (bool(needs) or line >= _FREE_BY_DEFAULT)


def _last(ext: Extension) -> str:
    return ext.module.rpartition(".")[2]
