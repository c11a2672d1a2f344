"""Invoke's namespace: thin names for what the library does. `invoke -l` lists them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.exceptions import Exit
from invoke.tasks import task

if TYPE_CHECKING:
    from invoke.context import Context

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from pyo3ops import cli  # noqa: E402

#: What builds, tests and sessions leave behind, below the checkout.
LEFTOVERS = (
    ".hypothesis",
    ".mypy_cache",
    ".nox",
    ".pyo3ops",
    ".pytest_cache",
    ".ruff_cache",
    "build",
    "dist",
    "examples/*/.hypothesis",
    "examples/*/.mypy_cache",
    "examples/*/.pytest_cache",
    "examples/*/target",
    "**/__pycache__",
)


def _run(verb: str, project: str) -> None:
    code = cli.main([verb, "--project", project], os.environ)
    if code:
        raise Exit(code=code)


@task(help={"project": "a folder in the project (default: this repository)"})
def validate(_: Context, project: str = str(ROOT)) -> None:
    """Judge whether this machine can build, test and ship the project."""
    _run("validate", project)


@task(help={"project": "a folder in the project, such as examples/calculator"})
def build(_: Context, project: str) -> None:
    """Build the project's extension, optimised and editable, into the active environment."""
    _run("build", project)


@task(help={"dry_run": "only show what would be removed"})
def clean(_: Context, dry_run: bool = False) -> None:  # noqa: FBT001, FBT002 - how invoke spells an option
    """Remove what builds, tests and sessions left in this checkout."""
    found = {path for pattern in LEFTOVERS for path in ROOT.glob(pattern)}
    for path in sorted(path for path in found if not found & set(path.parents)):
        sys.stdout.write(f"{'would remove' if dry_run else 'removing'} {path.relative_to(ROOT)}\n")
        # A link is removed, never followed: what it leads to is not this checkout's.
        if not dry_run:
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
