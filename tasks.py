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


#: What several tasks take, with what it means.
PROJECT = {"project": "a folder in the project (default: this repository)"}
VERSION = {"version": "the version (default: the one that the files state)"}
INDEX = {"index": "pypi, testpypi, a name of uv's or .pypirc's, an address (default: the configured one, or PyPI)"}
ACTING = {"dry_run": "show the state and the plan, and do nothing", "yes": "do not ask"}
JSON = {"json": "one JSON document on stdout"}
FROM = {"from": "files built before: a folder, or the number of a run of GitHub Actions"}


def _run(verb: str, project: str, *words: str, **options: str | bool) -> None:
    """Run a verb; a text is an option's value, True a flag, and what is empty is not said."""
    argv = [*verb.split(), *words, "--project", project]
    for name, value in options.items():
        option = "--" + name.strip("_").replace("_", "-")
        if value is True:
            argv.append(option)
        elif value:
            argv += [option, str(value)]
    code = cli.main(argv, os.environ)
    if code:
        raise Exit(code=code)


@task(help=PROJECT)
def validate(_: Context, project: str = str(ROOT)) -> None:
    """Judge whether this machine can build, test and ship the project."""
    _run("validate", project)


@task(help={"project": "a folder in the project, such as examples/calculator"})
def build(_: Context, project: str) -> None:
    """Build the project's extension, optimised and editable, into the active environment."""
    _run("build", project)


@task(
    help={
        **VERSION,
        "bump": "raise the version first: major, minor, patch, rc, ...",
        **INDEX,
        **FROM,
        "rehearse": "all of it in a copy, to an index on this machine",
        "resume": "go on with the release that stopped",
        "until": "how far to go: checked, published, verified, tagged, announced",
        "recover": "go on without the journal: how far it is, index and git tell",
        "rebuild": "build and seal anew what is sealed and not public",
        "break_lock": "take the release from whoever holds it",
        "ignore": "ID=REASON: skip a check of the preflight",
        **ACTING,
        **JSON,
        **PROJECT,
    }
)
def release(
    _: Context,
    *,
    version: str = "",
    bump: str = "",
    index: str = "",
    from_: str = "",
    rehearse: bool = False,
    resume: bool = False,
    until: str = "",
    recover: bool = False,
    rebuild: bool = False,
    break_lock: bool = False,
    ignore: str = "",
    dry_run: bool = False,
    yes: bool = False,
    json: bool = False,
    project: str = str(ROOT),
) -> None:
    """Plan, build, seal, check, publish, read back and tag a release; run it again to go on where it stopped."""
    options: dict[str, str | bool] = {"version": version, "bump": bump, "index": index, "from": from_, "until": until}
    options["ignore"] = ignore
    flags = {"rehearse": rehearse, "resume": resume, "dry_run": dry_run, "yes": yes, "json": json}
    flags.update(recover=recover, rebuild=rebuild, break_lock=break_lock)
    _run("release", project, **options, **flags)


@task(
    positional=["part"],
    help={
        "part": "major, minor, patch, rc, ..., or the version itself",
        "commit": "commit what was changed",
        "dry_run": "show what would change",
        **JSON,
        **PROJECT,
    },
)
def bump(
    _: Context, part: str, *, commit: bool = False, dry_run: bool = False, json: bool = False, project: str = str(ROOT)
) -> None:
    """Raise the version in every file that states it."""
    _run("release bump", project, part, commit=commit, dry_run=dry_run, json=json)


@task(
    help={
        **VERSION,
        "write": "write the draft, or with --version cut the section",
        "check": "fail where it is missing",
        **JSON,
        **PROJECT,
    }
)
def changelog(
    _: Context,
    *,
    version: str = "",
    write: bool = False,
    check: bool = False,
    json: bool = False,
    project: str = str(ROOT),
) -> None:
    """Show, draft or cut the section of a release in the change log."""
    _run("release changelog", project, version=version, write=write, check=check, json=json)


@task(help={**FROM, **VERSION, **INDEX, **ACTING, **JSON, **PROJECT})
def publish(
    _: Context,
    *,
    from_: str = "",
    version: str = "",
    index: str = "",
    dry_run: bool = False,
    yes: bool = False,
    json: bool = False,
    project: str = str(ROOT),
) -> None:
    """Publish files that were built before: those bytes, all of them, and no others."""
    flags = {"dry_run": dry_run, "yes": yes, "json": json}
    _run("release publish", project, from_=from_, version=version, index=index, **flags)


@task(
    help={
        **VERSION,
        **INDEX,
        "from": "the files that ought to be public",
        "python": "the Pythons that install it: 3.8,3.13",
        **JSON,
        **PROJECT,
    }
)
def verify(
    _: Context,
    *,
    version: str = "",
    index: str = "",
    from_: str = "",
    python: str = "",
    json: bool = False,
    project: str = str(ROOT),
) -> None:
    """Download what is public, compare it with what was sealed, install it as a user would."""
    _run("release verify", project, version=version, index=index, from_=from_, python=python, json=json)


@task(
    help={
        **VERSION,
        **INDEX,
        "offline": "without the index",
        "rehearse": "the rehearsal's state, not the release's",
        **JSON,
        **PROJECT,
    }
)
def status(
    _: Context,
    *,
    version: str = "",
    index: str = "",
    offline: bool = False,
    rehearse: bool = False,
    json: bool = False,
    project: str = str(ROOT),
) -> None:
    """Tell how far a release is, and what to type next."""
    _run("release status", project, version=version, index=index, offline=offline, rehearse=rehearse, json=json)


@task(
    help={
        **VERSION,
        **INDEX,
        "reason": "why, as it will be shown to users",
        "watch": "wait until the index shows it",
        **JSON,
        **PROJECT,
    }
)
def withdraw(
    _: Context,
    *,
    version: str = "",
    index: str = "",
    reason: str = "",
    watch: bool = False,
    json: bool = False,
    project: str = str(ROOT),
) -> None:
    """Show what is public of a release, what a yank would do, and the steps."""
    _run("release withdraw", project, version=version, index=index, reason=reason, watch=watch, json=json)


@task(help={"dry_run": "only show what would be removed"})
def clean(_: Context, *, dry_run: bool = False) -> None:
    """Remove what builds, tests and sessions left in this checkout."""
    found = {path for pattern in LEFTOVERS for path in ROOT.glob(pattern)}
    for path in sorted(path for path in found if not found & set(path.parents)):
        sys.stdout.write(f"{'would remove' if dry_run else 'removing'} {path.relative_to(ROOT)}\n")
        # A link is removed, never followed: what it leads to is not this checkout's.
        if not dry_run:
            path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
