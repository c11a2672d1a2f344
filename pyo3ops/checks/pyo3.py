"""The PyO3 that this project uses, against its Pythons and the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, setting, skip, unknown, warn, without_classifiers
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.checks.facts.sources import BuiltLibrary, Use
    from pyo3ops.core.project import Extension, Project
    from pyo3ops.core.pyo3 import Pyo3Release
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.tools.rustc import Rustc

MIGRATION = "https://pyo3.rs/latest/migration.html"


@check("pyo3.release", "a PyO3 release that is known", needs=("project.manifest",), link=MIGRATION)
def release(project: Project, pyo3_releases: tuple[Pyo3Release, ...]) -> Verdict:
    """What a release of PyO3 accepts is known by its minor line; the version itself is read from Cargo.lock."""
    if not project.extensions:
        return skip("no crate here is an extension module of PyO3")
    lines = {ext.crate: ext.pyo3.release or ext.pyo3.requirement for ext in project.extensions}
    known = {row.release for row in pyo3_releases}
    strange = sorted({line for line in lines.values() if line not in known})
    if strange:
        fix = Fix("update pyo3ops, or tell its maintainers about that release", ("pip", "install", "-U", "pyo3ops"))
        return unknown(f"nothing is known of PyO3 {', '.join(strange)}", fix)
    exact = sorted({version for ext in project.extensions for version in ext.pyo3.locked})
    return ok(", ".join(exact or sorted(set(lines.values()))))


@check(
    "pyo3.python-range",
    "PyO3 supports every Python",
    needs=("pyo3.release",),
    link="https://pyo3.rs/latest/getting-started.html",
)
def python_range(project: Project, pyo3_releases: tuple[Pyo3Release, ...]) -> Verdict:
    """Each release of PyO3 refuses Pythons below its minimum and above the newest it knows, in its build script."""
    if not project.pythons:
        return skip("nothing says which Pythons this project is for")
    refusals = sorted({f"{row.release} {why}" for row in pyo3_releases for why in _refusals(row, project.pythons)})
    ranges = ", ".join(f"PyO3 {row.release} is for {row.python_min} to {row.python_max}" for row in pyo3_releases)
    if not refusals:
        return ok(ranges)
    fix = Fix(
        f"change the Pythons (they are read from {project.pythons_from}), or the pyo3 requirement in Cargo.toml",
        url=MIGRATION,
    )
    return fail(f"PyO3 {refusals[0]}", fix, [*refusals, ranges], Location("Cargo.toml"))


@check(
    "pyo3.abi3-minimum",
    "the abi3 minimum goes with the Pythons",
    needs=("project.manifest",),
    link="https://pyo3.rs/latest/building-and-distribution.html#py_limited_apiabi3",
)
def abi3_minimum(project: Project, lowest_admitted: PythonVersion | None) -> Verdict:
    """An abi3-py3X library loads on 3.X and later; an older Python that requires-python admits fails at import."""
    floors = [(ext, abi.minimum) for ext in project.extensions for abi in [ext.pyo3.stable_abi] if abi and abi.minimum]
    if not floors:
        return skip("no extension asks for the stable ABI with a minimum")
    ext, minimum = max(floors, key=lambda floor: floor[1])
    said = f"crate {ext.crate} is built with {_feature(ext)}"
    if lowest_admitted is not None and lowest_admitted < minimum:
        summary = f'set requires-python = ">={minimum}" in pyproject.toml, or lower the feature'
        fix = setting(summary, "pyproject.toml", "project.requires-python", f">={minimum}")
        detail = f"requires-python {project.requires_python!r} admits {lowest_admitted}, and {said}"
        return fail(detail, fix, where=Location("pyproject.toml"))
    older = [version for version in project.pythons if not version.free_threaded and version < minimum]
    if older:
        fix = Fix(f"drop them from {project.pythons_from}, or lower the feature")
        if project.pythons_from == "classifiers":
            fix = without_classifiers(project.classifiers, older, fix.summary)
        names = ", ".join(str(version) for version in older)
        return fail(f"{said}, and the matrix has {names}", fix, where=Location("pyproject.toml"))
    return ok(said)


@check(
    "pyo3.environment",
    "no PYO3_* variable left set",
    link="https://pyo3.rs/latest/building-and-distribution.html#configuring-the-python-version",
)
def environment(env: Mapping[str, str], pyo3_config_file: str | None) -> Verdict:
    """PyO3's build script obeys PYO3_* variables; one left from an earlier experiment changes or stops every build."""
    names = sorted(name for name in env if name.startswith("PYO3_") and name not in _HARMLESS)
    left = {name: env[name] for name in names}
    if not left:
        return ok("none is set")
    fix = Fix(f"unset {' '.join(left)}")
    evidence = [f"{name}={value}" for name, value in left.items()]
    stops = list(_stopping(left, pyo3_config_file))
    if stops:
        return fail(stops[0], fix, evidence)
    return warn(f"{', '.join(left)} changes what is built", fix, evidence)


@check(
    "pyo3.features",
    "features that go together",
    needs=("pyo3.release", "rust.rustc"),
    link="https://pyo3.rs/latest/features.html",
)
def features(project: Project, rustc: Rustc) -> Verdict:
    """Some features are for programs that embed Python, or for a nightly compiler, and hurt an extension module."""
    if not project.extensions:
        return skip("no crate here is an extension module of PyO3")
    nightly = [ext.crate for ext in project.extensions if "nightly" in ext.pyo3.features]
    if nightly and "nightly" not in rustc.release:
        fix = Fix("take the feature out, or build with a nightly toolchain: `rustup override set nightly`")
        return fail(f"{nightly[0]} switches on `nightly`, and rustc is {rustc.release}", fix, where=_MANIFEST)
    embedding = [ext.crate for ext in project.extensions if "auto-initialize" in ext.pyo3.features]
    if embedding:
        fix = Fix("switch auto-initialize on in [dev-dependencies] alone, where `cargo test` wants it")
        detail = f"{embedding[0]} switches on auto-initialize, which is for programs that start Python themselves"
        return warn(detail, fix, where=_MANIFEST)
    names = sorted({name for ext in project.extensions for name in ext.pyo3.features})
    return ok(", ".join(names) or "none is switched on")


@check(
    "pyo3.duplicates",
    "one PyO3 in the lock",
    needs=("project.manifest",),
    link="https://doc.rust-lang.org/cargo/reference/resolver.html#links",
)
def duplicates(project: Project) -> Verdict:
    """Only one release of PyO3 may link Python: with two in the graph, as an older rust-numpy brings, cargo refuses."""
    locked = {ext.crate: ext.pyo3.locked for ext in project.extensions if ext.lock}
    if not locked:
        return skip("no Cargo.lock")
    several = {crate: versions for crate, versions in locked.items() if len(versions) > 1}
    if not several:
        return ok(", ".join(sorted({version for versions in locked.values() for version in versions})))
    versions = next(iter(several.values()))
    fix = Fix(
        f"let cargo choose again; if it stays, raise what `cargo tree --invert pyo3@{versions[0]}` names",
        ("cargo", "update", f"pyo3@{versions[0]}"),
    )
    evidence = [f"{crate}: {', '.join(versions)}" for crate, versions in several.items()]
    return fail(f"Cargo.lock has PyO3 {' and '.join(versions)}", fix, evidence, Location("Cargo.lock"))


@check(
    "pyo3.libpython",
    "the extension does not link libpython",
    needs=("project.manifest",),
    link="https://pyo3.rs/latest/building-and-distribution.html#the-extension-module-feature",
)
def libpython(built_libraries: tuple[BuiltLibrary, ...], project: Project) -> Verdict:
    """A plain `cargo build` may link the libpython of one Python, which no other has; maturin's builds do not."""
    if not built_libraries:
        return skip("no library lies in the package")
    linked = [library for library in built_libraries if library.libpython]
    if not linked:
        return ok(", ".join(library.path for library in built_libraries))
    maturin = project.backend is Backend.MATURIN
    fix = Fix(
        "build it anew", ("maturin", "develop", "--release") if maturin else ("pip", "install", "--editable", ".")
    )
    evidence = [f"{library.path} needs {library.libpython}" for library in linked]
    stable = next((library for library in linked if library.stable_abi), None)
    if stable:
        return fail(f"{stable.path} is for every Python, and needs {stable.libpython}", fix, evidence)
    return warn(f"{linked[0].path} needs {linked[0].libpython}", fix, evidence)


@check("pyo3.deprecated", "nothing that the next PyO3 drops", needs=("pyo3.release",), link=MIGRATION)
def deprecated(deprecated_uses: tuple[Use, ...], project: Project) -> Verdict:
    """Names that PyO3 deprecates are gone one to three releases later; the compiler warns where nobody silenced it."""
    if not project.extensions:
        return skip("no crate here is an extension module of PyO3")
    if not deprecated_uses:
        return ok("no deprecated name in the sources")
    evidence = [f"{use.file}:{use.line}: {use.deprecation.name}: {use.deprecation.instead}" for use in deprecated_uses]
    going = [use for use in deprecated_uses if use.deprecation.last]
    first = (going or list(deprecated_uses))[0]
    names = list(dict.fromkeys(use.deprecation.name for use in deprecated_uses))
    last = f", which PyO3 {first.deprecation.last} is the last to have" if first.deprecation.last else ""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    fix = Fix("follow the migration guide", url=MIGRATION)
    detail = f"{first.deprecation.name}{last}{more}"
    return warn(detail, fix, evidence, Location(first.file, first.line))


_MANIFEST = Location("Cargo.toml")


#: What a wrapper, or this program, sets for one build on purpose and what changes nothing.
_HARMLESS = frozenset({"PYO3_BUILD_EXTENSION_MODULE", "PYO3_ENVIRONMENT_SIGNATURE"})


def _stopping(left: Mapping[str, str], config_file: str | None) -> Iterator[str]:
    if left.get("PYO3_PRINT_CONFIG") == "1":
        yield "PYO3_PRINT_CONFIG=1 stops every build after printing"
    if "PYO3_CONFIG_FILE" in left and config_file is None:
        yield "PYO3_CONFIG_FILE names a file that does not exist"


def _refusals(row: Pyo3Release, pythons: tuple[PythonVersion, ...]) -> Iterator[str]:
    for version in pythons:
        if version.minor < row.python_min.minor:
            yield f"refuses {version}: its minimum is {row.python_min}"
        elif version.minor > row.python_max.minor + row.experimental_next:
            yield f"refuses {version}: it knows Pythons up to {row.python_max}"
        elif version.free_threaded and (row.free_threaded_min is None or version < row.free_threaded_min):
            since = f"its free-threaded minimum is {row.free_threaded_min}"
            yield f"refuses {version}: " + (since if row.free_threaded_min else "it knows no free-threaded Python")


def _feature(ext: Extension) -> str:
    return next((name for name in ext.pyo3.features if name.startswith(("abi3-py", "abi3t-py"))), "abi3")
