"""Interpreters to look at, by their version ("3.12", "3.14t" without the lock), and crates built for them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: All that may be here; one that is not is skipped with a reason.
VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.13t", "3.14t")
OWN = "{}.{}{}".format(*sys.version_info[:2], "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED")))
#: Each, and what marks a test with it.
LANES = [(version, () if version == OWN else pytest.mark.heavy) for version in dict.fromkeys((*VERSIONS, OWN))]
#: The last PyO3 that knows a Python which newer ones refuse.
_LAST_PYO3 = {"3.13t": "0.28.3"}
_ASK = (
    "import sys, sysconfig; "
    "print('%d.%d' % sys.version_info[:2] + 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')))"
)


def interpreter(version: str) -> Path | None:
    """This Python where it is of that version, else the newest below pyenv's folder, else the one on PATH."""
    if version == OWN:
        return Path(sys.executable)
    return next((each for each in _candidates(version) if version_of(each) == version), None)


def _candidates(version: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    minor, free = version.rstrip("t"), "t" * version.endswith("t")
    # pyenv calls them 3.13.0t, and 3.13t-dev before the first release.
    yield from sorted(root.glob(f"versions/{minor}.*[0-9]{free}/bin/python"), key=_release, reverse=True)
    found = shutil.which(f"python{version}")
    if found:
        yield Path(found)


def _release(python: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", python.parent.parent.name)))


def version_of(python: Path) -> str | None:
    """The version as an interpreter says it; None for one that does not start, as pyenv's stand-ins do."""
    argv = [str(python), "-c", _ASK]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else None


def build(crate: Path, python: Path, profile: str, target: Path, env: Mapping[str, str]) -> Path:
    """Compile a crate of the test data for a Python; the file of its library."""
    pyo3 = _LAST_PYO3.get(version_of(python) or "")
    copied = target / crate.name if pyo3 else None
    locked = [] if copied else ["--locked"]
    manifest = _with_older_pyo3(crate, copied, pyo3) if pyo3 and copied else crate / "Cargo.toml"
    argv = ["cargo", "build", "--profile", profile, *locked, "--quiet", "--manifest-path", str(manifest)]
    settings = {"CARGO_TARGET_DIR": str(target), "PYO3_PYTHON": str(python)}
    if copied:
        # In the debug information it stands where the others do.
        settings["RUSTFLAGS"] = f"--remap-path-prefix={copied}={crate}"
    subprocess.run(argv, env={**env, **settings}, check=True, cwd=manifest.parent)
    name = re.search(r'^name = "(\w+)"', manifest.read_text("utf-8"), re.MULTILINE)
    assert name
    return target / ("debug" if profile == "dev" else profile) / f"lib{name[1]}.so"


def _with_older_pyo3(crate: Path, copied: Path, pyo3: str) -> Path:
    shutil.copytree(crate / "src", copied / "src", dirs_exist_ok=True)
    text = (crate / "Cargo.toml").read_text("utf-8")
    older = re.sub(r'^pyo3 = "[\d.]+"', f'pyo3 = "={pyo3}"', text, flags=re.MULTILINE)
    (copied / "Cargo.toml").write_text(older, "utf-8")
    shutil.copyfile(crate / "Cargo.lock", copied / "Cargo.lock")
    return copied / "Cargo.toml"
