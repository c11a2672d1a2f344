"""Facts read from the project's own files: types, licences, editions, what the module says of the GIL, test set-up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.checks.facts.sources import _blanked
from pyo3ops.checks.facts.versions import _count, _package_folders, _relative, _text
from pyo3ops.core import toml
from pyo3ops.core.discover import SOURCES_LIMIT
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyo3ops.core.project import Extension, Project


@dataclass(frozen=True)
class Typed:
    """What a type checker gets of one extension module; paths are relative to the project's root."""

    module: str
    #: The folder of the Python package around it; None where there is Rust alone.
    package: str | None
    #: py.typed is there, or will be: maturin adds it beside the stub of a module that is Rust alone.
    marker: bool
    #: The stub of the module itself, or of the package that holds it.
    stub: str | None
    #: A stub that no wheel will have.
    stray: str | None = None
    #: The folder has no __init__.py but a stub of one: maturin takes it for the package, which is empty then.
    hollow: bool = False


@dataclass(frozen=True)
class Licences:
    """Licence files that metadata names and that are not there; `named` counts those it names."""

    named: int
    #: Paths, each with the file that names it: building stops there.
    missing: tuple[tuple[str, str], ...] = ()
    #: Patterns of license-files that match nothing: built without a word, and without the licence.
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edition:
    """The edition of the crate that the backend builds, and the oldest rustc it promises to build with."""

    manifest: str
    edition: str
    rust_version: str | None
    #: The workspace says it, or the manifest lies outside the project.
    inherited: bool = False


@dataclass(frozen=True)
class GilUse:
    """What a crate's sources say about the GIL: every answer they give, with its place."""

    crate: str
    release: str | None
    #: (needs the GIL, file, line)
    said: tuple[tuple[bool, str, int], ...] = ()


@dataclass(frozen=True)
class Shadow:
    """A package in the project's root that the tests would import in place of the installed wheel."""

    package: str
    #: What puts the root on sys.path, and what installs the wheel.
    because: str
    installs: str


def typed(project: Project) -> tuple[Typed, ...]:
    """The stubs and markers of each extension module."""
    packages = {folder.name: folder for folder in _package_folders(project)}
    return tuple(
        _typed(extension, packages.get(extension.module.split(".")[0]), project.root)
        for extension in project.extensions
    )


def licences(root: Path, pyproject: Mapping[str, Any], project: Project) -> Licences:
    """The licence files that pyproject.toml and the crates name."""
    table = pyproject.get("project")
    table = table if isinstance(table, dict) else {}
    licence, globs = table.get("license"), table.get("license-files")
    named = [("pyproject.toml", root / str(licence["file"]))] if isinstance(licence, dict) and "file" in licence else []
    for extension in project.extensions if project.backend is Backend.MATURIN else ():
        file = _toml(extension.manifest).get("package", {}).get("license-file")
        if isinstance(file, str):
            named.append((_relative(extension.manifest, root), extension.manifest.parent / file))
    patterns = [each for each in globs if isinstance(each, str)] if isinstance(globs, list) else []
    return Licences(
        len(named) + len(patterns),
        tuple((who, _relative(path, root)) for who, path in named if not path.is_file()),
        tuple(pattern for pattern in patterns if not _matches(root, pattern)),
    )


def edition(root: Path, pyproject: Mapping[str, Any]) -> Edition | None:
    """The edition and rust-version in the manifest itself, which cargo refuses to read where they clash."""
    tool = pyproject.get("tool")
    maturin = tool.get("maturin") if isinstance(tool, dict) else None
    path = maturin.get("manifest-path") if isinstance(maturin, dict) else None
    manifest = root / (path if isinstance(path, str) else "Cargo.toml")
    package = _toml(manifest).get("package")
    if not isinstance(package, dict):
        return None
    said = {key: _inherited(package.get(key), key, manifest) for key in ("edition", "rust-version")}
    inherited = any(isinstance(package.get(key), dict) for key in said) or root not in manifest.parents
    return Edition(_relative(manifest, root), said["edition"] or "2015", said["rust-version"], inherited)


def gil_use(project: Project) -> tuple[GilUse, ...]:
    """What each extension says about the GIL, in PyO3's words or in those of the C API."""
    return tuple(
        GilUse(extension.crate, extension.pyo3.release, tuple(_gil_words(extension, project.root)))
        for extension in project.extensions
    )


def shadow(project: Project) -> Shadow | None:
    """The package in the root that hides the installed wheel from the tests; None where nothing says that it does."""
    root = project.root
    folder = next((folder for folder in _package_folders(project) if folder.parent == root), None)
    if folder is None or not any((root / name).is_dir() for name in ("tests", "test")):
        return None
    if any(folder.glob("*.so")) or any(folder.glob("*.pyd")):
        return None
    # At ease is a script that builds editably, which puts the library into the folder, or takes the folder away.
    at_ease = re.compile(rf"{_EDITABLE}|(?:\brm\b|\bmv\b|rmtree)[^\n]*\b{re.escape(folder.name)}\b", re.IGNORECASE)
    for path in _scripts(root):
        text = _text(path)
        installs, because = _INSTALL.search(text), _root_on_path(root, text)
        if "pytest" in text and installs and because and not at_ease.search(text):
            return Shadow(folder.name, because, f"{_relative(path, root)}: {installs[0]}")
    return None


_EDITABLE = (
    r"maturin[\"',\s]+develop|command:\s*develop|(?:install|sync)\b[^\n]*[\s\"'](?:-e|--editable)\b|usedevelop\s*=\s*true"
    r"|package\s*=\s*editable|\buv (?:sync|run)\b|build_ext[\"',\s]+--inplace|setup\.py[\"',\s]+develop"
    # Who goes elsewhere may run the tests there.
    r"|\bcd\s|chdir|working-directory|change_?dir"
)
_INSTALL = re.compile(
    r"(?:pip3? install|session\.install\()(?!\s*-e)[^\n]*?"
    r"(?:[\"'\s]\.(?:\[[\w,-]+\])?(?=[\"'\s]|$)|\.whl|--find-links[=\s\"',]+\S*)",
    re.MULTILINE,
)
_GIL = re.compile(r"\b(?:with_)?gil_used\s*(?:=|\()\s*(true|false)\b|\bPy_MOD_GIL_(NOT_USED|USED)\b")


def _typed(extension: Extension, folder: Path | None, root: Path) -> Typed:
    top, _, last = extension.module.rpartition(".")
    top = top.split(".")[0] or extension.module
    if folder is None:
        stub = root / f"{top}.pyi"
        strays = (path for path in sorted(root.glob(f"*/{top}.pyi")) if "-" not in path.parent.name)
        stray = next((_relative(path, root) for path in strays), None)
        return Typed(extension.module, None, stub.is_file(), stub.name if stub.is_file() else None, stray)
    inner = folder.joinpath(*extension.module.split(".")[1:-1])
    stubs = (inner / f"{last}.pyi", inner / last / "__init__.pyi", inner / "__init__.pyi", folder / "__init__.pyi")
    stub_found = next((_relative(path, root) for path in stubs if path.is_file()), None)
    return Typed(
        extension.module,
        _relative(folder, root),
        (folder / "py.typed").is_file(),
        stub_found,
        hollow=not (folder / "__init__.py").is_file(),
    )


def _matches(root: Path, pattern: str) -> bool:
    try:
        return any(path.is_file() for path in root.glob(pattern))
    except (ValueError, NotImplementedError):
        # An absolute pattern, which the specification forbids, matches nothing.
        return False


def _inherited(value: object, key: str, manifest: Path) -> str | None:
    """The value itself, or the workspace's where the manifest says `workspace = true`."""
    if not isinstance(value, dict):
        return value if isinstance(value, str) else None
    for folder in (manifest.parent, *manifest.parent.parents):
        workspace = _toml(folder / "Cargo.toml").get("workspace")
        if isinstance(workspace, dict):
            package = workspace.get("package")
            said = package.get(key) if isinstance(package, dict) else None
            return said if isinstance(said, str) else None
    return None


def _gil_words(extension: Extension, root: Path) -> Iterator[tuple[bool, str, int]]:
    for number, file in enumerate(sorted((extension.manifest.parent / "src").rglob("*.rs"))):
        if number == SOURCES_LIMIT:
            return
        text = _text(file)
        if "gil_used" in text or "Py_MOD_GIL" in text:
            for match in _GIL.finditer(_blanked(text)):
                needs = match[1] == "true" or match[2] == "USED"
                yield needs, _relative(file, root), _count(text, match.start())


def _scripts(root: Path) -> Iterator[Path]:
    """The files that say how tests are run."""
    for name in ("noxfile.py", "tox.ini", ".gitlab-ci.yml", "Makefile", "justfile", "tasks.py"):
        if (root / name).is_file():
            yield root / name
    yield from sorted((root / ".github/workflows").glob("*.y*ml"))


def _root_on_path(root: Path, scripts: str) -> str | None:
    """What makes Python look into the root first while the tests run."""
    if re.search(r"-m[\"',\s]+(?:pytest|unittest)\b", scripts):
        return "`python -m` puts the folder it runs in first on sys.path"
    settings = _text(root / "pyproject.toml") + _text(root / "pytest.ini") + _text(root / "setup.cfg")
    if "importlib" in settings or "--import-mode" in scripts:
        return None
    if (root / "conftest.py").is_file():
        return "pytest puts the folder of conftest.py first on sys.path"
    if any((root / name / "__init__.py").is_file() for name in ("tests", "test")):
        return "pytest puts the folder above a package of tests first on sys.path"
    return None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return toml.load(path)
    except ConfigError:
        # project.manifest says what is wrong with it.
        return {}
