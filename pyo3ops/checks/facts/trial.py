"""What becomes of compiling a small module with the project's own PyO3 and importing it: `--deep`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.checks.facts.slow import slow
from pyo3ops.core.run import Ended, python_env, run
from pyo3ops.tools.rustc import offline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.project import Extension, Project
    from pyo3ops.tools.python import Interpreter, Interpreters

#: Seconds for compiling PyO3 and one module; 15 on two cores.
_COMPILING = 600.0
#: Seconds for one import.
_IMPORTING = 20.0

_SOURCE = """\
use pyo3::prelude::*;

#[pyfunction]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[pymodule]
fn pyo3ops_trial(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(add, m)?)
}
"""
# What maturin does for its own builds: on macOS the symbols of Python are looked up at import.
_BUILD_SCRIPT = """\
fn main() {
    if std::env::var("CARGO_CFG_TARGET_VENDOR").as_deref() == Ok("apple") {
        println!("cargo:rustc-cdylib-link-arg=-undefined");
        println!("cargo:rustc-cdylib-link-arg=dynamic_lookup");
    }
}
"""
#: The file that cargo writes, by what it ends in, and what Python looks for.
_LIBRARIES = {".dll": ("pyo3ops_trial.dll", ".pyd"), ".dylib": ("libpyo3ops_trial.dylib", ".so")}


@dataclass(frozen=True)
class Trial:
    """One Python: `error` in words where the module could not be compiled or imported."""

    python: str
    seconds: float
    error: str | None = None
    #: What the failing program wrote last.
    evidence: tuple[str, ...] = ()
    #: The sources were never downloaded, and nothing here uses the network unasked.
    offline: bool = False


@slow(seconds=3600.0)
def trials(
    project: Project, interpreters: Interpreters, env: Mapping[str, str], progress: Callable[[str], None]
) -> tuple[Trial, ...]:
    """Compile and import a module of ten lines with each interpreter, with the PyO3 that the lock pins."""
    if not project.extensions:
        return ()
    extension = project.extensions[0]
    target = (project.target_directory or project.root / "target") / "pyo3ops-trial"
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as name:
        crate = Path(name)
        _write_crate(crate, extension)
        return tuple(_tried(python, crate, target, env, progress) for python in interpreters.working)


def _write_crate(crate: Path, extension: Extension) -> None:
    locked = extension.pyo3.locked
    version = f"={locked[-1]}" if len(locked) == 1 else extension.pyo3.requirement
    features = ", ".join(f'"{name}"' for name in extension.pyo3.features if name.startswith(("abi3", "extension")))
    (crate / "src").mkdir()
    (crate / "src/lib.rs").write_text(_SOURCE, encoding="ascii")
    (crate / "build.rs").write_text(_BUILD_SCRIPT, encoding="ascii")
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "pyo3ops-trial"\nversion = "0.0.0"\nedition = "2021"\npublish = false\n\n'
        '[lib]\nname = "pyo3ops_trial"\ncrate-type = ["cdylib"]\n\n'
        f'[dependencies]\npyo3 = {{ version = "{version}", features = [{features}] }}\n\n'
        "[profile.dev]\ndebug = 0\n\n[workspace]\n",
        encoding="utf-8",
    )
    if extension.lock:
        # Cargo keeps what it needs of it, and so takes the versions that the project is built with.
        shutil.copyfile(extension.lock, crate / "Cargo.lock")


def _tried(
    python: Interpreter, crate: Path, target: Path, env: Mapping[str, str], progress: Callable[[str], None]
) -> Trial:
    started = time.monotonic()
    progress(f"compiling a small module for Python {python.release}")
    build_env = {
        **offline(env),
        "PYO3_PYTHON": str(python.path),
        "PYO3_BUILD_EXTENSION_MODULE": "1",
        "CARGO_TARGET_DIR": str(target),
    }
    # A configured target would only move the library; what is tried is this machine.
    build_env.pop("CARGO_BUILD_TARGET", None)
    built = run(["cargo", "build", "--offline", "--quiet"], timeout=_COMPILING, env=build_env, cwd=crate)
    if not built.ok:
        lines = tuple(line for line in built.err.splitlines() if line.strip())
        missing = "offline" in built.err and built.ended is Ended.EXITED
        return Trial(python.release, time.monotonic() - started, built.reason, lines[-12:], offline=missing)
    error = _import_error(python, crate, target, env)
    return Trial(python.release, time.monotonic() - started, error)


def _import_error(python: Interpreter, crate: Path, target: Path, env: Mapping[str, str]) -> str | None:
    ending = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, "")
    written, suffix = _LIBRARIES.get(ending, ("libpyo3ops_trial.so", ".so"))
    library = next((path for path in sorted(target.glob(f"**/debug/{written}"))), None)
    if library is None:
        return f"cargo said 0 and wrote no {written}"
    folder = crate / f"import-{python.release}"
    folder.mkdir()
    shutil.copyfile(library, folder / f"pyo3ops_trial{suffix}")
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import pyo3ops_trial; assert pyo3ops_trial.add(2, 3) == 5"
    result = run([str(python.path), "-I", "-c", code], timeout=_IMPORTING, env=python_env(env))
    return None if result.ok else result.reason
