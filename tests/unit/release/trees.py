"""Projects as folders of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping

from pyo3ops.core import discover
from pyo3ops.core.config import read_config
from pyo3ops.core.project import Extension, Layout, Project, Pyo3Dependency, backend_of

if TYPE_CHECKING:
    from pathlib import Path

MATURIN = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
        '[project]\nname = "tiny"\nrequires-python = ">=3.9"\ndynamic = ["version"]\n'
    ),
    "Cargo.toml": (
        '[package]\nname = "tiny"\nversion = "1.2.3" # kept\nedition = "2021"\n\n'
        '[package.metadata]\ntested = "1.2.3"\n\n'
        '[lib]\ncrate-type = ["cdylib"]\n\n[dependencies]\npyo3 = "0.29"\n'
    ),
    "Cargo.lock": (
        'version = 4\n\n[[package]]\nname = "pyo3"\nversion = "0.29.3"\nsource = "registry"\n\n'
        '[[package]]\nname = "tiny"\nversion = "1.2.3"\ndependencies = [\n "pyo3",\n]\n\n'
        '[[package]]\nname = "tiny"\nversion = "1.2.3"\nsource = "registry"\n'
    ),
    "src/lib.rs": "",
}

#: Two crates of one inherited version, one that has it by chance, and another `core` from a registry.
WORKSPACE = {
    "Cargo.toml": (
        '[workspace]\nmembers = ["py", "core", "other"]\nresolver = "2"\n\n[workspace.package]\nversion = "1.2.3"\n\n'
        '[workspace.dependencies]\ncore = { path = "core", version = "=1.2.3" }\n'
    ),
    "Cargo.lock": (
        'version = 4\n\n[[package]]\nname = "core"\nversion = "0.9.0"\nsource = "registry"\n\n'
        '[[package]]\nname = "core"\nversion = "1.2.3"\n\n'
        '[[package]]\nname = "other"\nversion = "1.2.3"\n\n'
        '[[package]]\nname = "tiny"\nversion = "1.2.3"\n'
        'dependencies = [\n "core 0.9.0 (registry)",\n "core 1.2.3",\n]\n'
    ),
    "core/Cargo.toml": '[package]\nname = "core"\nversion.workspace = true\nedition = "2021"\n',
    "core/src/lib.rs": "",
    "other/Cargo.toml": '[package]\nname = "other"\nversion = "1.2.3"\nedition = "2021"\n',
    "other/src/lib.rs": "",
    "py/pyproject.toml": MATURIN["pyproject.toml"],
    "py/Cargo.toml": (
        '[package]\nname = "tiny"\nversion = { workspace = true }\nedition = "2021"\n\n'
        '[lib]\ncrate-type = ["cdylib"]\n\n[dependencies]\npyo3 = "0.29"\ncore = { workspace = true }\n'
    ),
    "py/src/lib.rs": "",
}


def _pure(backend: str, lines: str, tool: str = "") -> Mapping[str, str]:
    system = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n\n'
    return {"pyproject.toml": f'{system}[project]\nname = "pure"\n{lines}\n{tool}'}


_DYNAMIC = 'dynamic = ["version"]'
_SETUPTOOLS = "setuptools.build_meta"
PURE: Mapping[str, Mapping[str, str]] = {
    "static": _pure("hatchling.build", 'version = "1.2.3"'),
    "hatch": {
        **_pure("hatchling.build", _DYNAMIC, '[tool.hatch.version]\npath = "src/pure/about.py"\n'),
        "src/pure/about.py": "VERSION = '1.2.3'\n",
    },
    "hatch with a pattern": {
        **_pure(
            "hatchling.build",
            _DYNAMIC,
            "[tool.hatch.version]\npath = \"VERSION.txt\"\npattern = 'v(?P<version>[^ ]+) of'\n",
        ),
        "VERSION.txt": "v1.2.3 of pure\n",
    },
    "attribute": {
        **_pure(_SETUPTOOLS, _DYNAMIC, '[tool.setuptools.dynamic]\nversion = { attr = "pure.meta.NUMBER" }\n'),
        "src/pure/meta.py": '"""Numbers."""\nNUMBER = "1.2.3"\n',
    },
    "file": {
        **_pure(_SETUPTOOLS, _DYNAMIC, '[tool.setuptools.dynamic]\nversion = { file = ["VERSION"] }\n'),
        "VERSION": "1.2.3\n",
    },
    "setup.cfg": {
        **_pure(_SETUPTOOLS, _DYNAMIC),
        "setup.cfg": "[metadata]\nname = pure\nversion = 1.2.3\n[options]\npackages = pure\n",
    },
    "setup.py": {**_pure(_SETUPTOOLS, _DYNAMIC), "setup.py": 'setup(name="pure", version="1.2.3")\n'},
    "pdm": {
        **_pure("pdm.backend", _DYNAMIC, '[tool.pdm.version]\nsource = "file"\npath = "pure/__init__.py"\n'),
        "pure/__init__.py": '__version__ = "1.2.3"\n',
    },
}


def write(root: Path, texts: Mapping[str, str]) -> None:
    """Write files below a folder, byte for byte."""
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def project(root: Path, version: str | None = "1.2.3") -> Project:
    """The project in a folder as cargo would tell it: one crate called tiny, or none where there is no version."""
    pyproject = discover.read_pyproject(root)
    top = root if (root / "Cargo.lock").is_file() else root.parent
    table = pyproject.get("project", {})
    tiny = Extension(
        crate="tiny",
        version=version or "",
        edition="2021",
        rust_version=None,
        manifest=root / "Cargo.toml",
        library="tiny",
        crate_types=("cdylib",),
        module="tiny",
        pymodules=("tiny",),
        pyo3=Pyo3Dependency("0.29", ("0.29.3",), ()),
        dependencies=(),
        lock=top / "Cargo.lock",
    )
    return Project(
        root=root,
        name=table.get("name"),
        version=table.get("version") or version,
        requires_python=table.get("requires-python"),
        classifiers=(),
        pythons=(),
        pythons_from="classifiers",
        backend=backend_of(pyproject),
        build_requires=(),
        layout=Layout.RUST,
        python_source=None,
        extensions=(tiny,) if version else (),
        workspace_root=top if version else None,
        target_directory=None,
        toolchain_file=None,
        config=read_config(pyproject.get("tool", {}).get("pyo3ops", {})),
        metadata_error=None if version else f"there is no {root}/Cargo.toml",
    )
