"""What the sessions need from the operating system: looked for and installed.

The rows are those of pyo3ops' own table that sessions use; it is read as a file, since pyo3ops may not be installed.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Mapping, Sequence

from stop import Stop

Say = Callable[[str], None]

DATA = Path(__file__).parents[1] / "pyo3ops" / "data" / "packages.json"
#: Seconds that the proof of one row may take.
PROOF_TIMEOUT = 30.0


@dataclass(frozen=True)
class Manager:
    """One package manager and how it is told to do things."""

    name: str
    #: The arguments before the packages' names.
    install: tuple[str, ...]
    #: For an unattended run: patience with a slow mirror.
    options: tuple[str, ...] = ()
    #: The arguments that fetch the list of packages; empty where `install` does that itself.
    refresh: tuple[str, ...] = ()
    #: A command that ends with 0 where the package named after it is to be had; empty where nobody can be asked.
    knows: tuple[str, ...] = ()
    root: bool = True
    one_by_one: bool = False

    def refreshing(self) -> tuple[tuple[str, ...], ...]:
        """What fetches the list of packages, as arguments."""
        return (self.refresh,) if self.refresh else ()

    def installing(self, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """What installs `names`, as arguments."""
        groups: Iterable[Sequence[str]] = [[name] for name in names] if self.one_by_one else [names]
        return tuple((*self.install, *group) for group in groups if group)

    def by_hand(self, steps: Iterable[Sequence[str]], prefix: Sequence[str] = ()) -> str:
        """The commands of `steps` as one line for a person's shell."""
        return " && ".join(shlex.join((*prefix, self.name, *step)) for step in steps)


@dataclass(frozen=True)
class Need:
    """One thing that sessions use: how its presence is proved, and the packages that bring it by manager."""

    name: str
    purpose: str
    required: bool
    packages: Mapping[str, tuple[str, ...]]
    #: What to do where the manager has no package.
    otherwise: str
    #: Present where this command ends with 0 ...
    proof: tuple[str, ...] = ()
    #: ... or, without a command, where one of these files is there.
    files: tuple[str, ...] = ()


def load(path: Path = DATA) -> tuple[tuple[Manager, ...], tuple[Need, ...]]:
    """The rows of the table that sessions use, with this interpreter filled in."""
    this = {"python": sys.executable, "version": f"{sys.version_info[0]}.{sys.version_info[1]}"}

    def words(found: Iterable[str]) -> tuple[str, ...]:
        return tuple(word.format(**this) for word in found)

    table = json.loads(path.read_text(encoding="utf-8"))
    managers = tuple(
        Manager(
            name=name,
            install=words(row["install"]),
            options=words(row.get("options", ())),
            refresh=words(row.get("refresh", ())),
            knows=words(row.get("knows", ())),
            root=row["root"],
            one_by_one=row.get("one_by_one", False),
        )
        for name, row in table["managers"].items()
    )
    needs = tuple(
        Need(
            name=row["name"],
            purpose=row["for"],
            required=row["required"],
            packages={manager: words(names) for manager, names in row["packages"].items()},
            otherwise=row["otherwise"],
            proof=words(row.get("proof", ())),
            files=tuple(row.get("files", ())),
        )
        for row in table["needs"]
        if row["sessions"]
    )
    return managers, needs


def install(*, env: Mapping[str, str], say: Say, dry_run: bool) -> None:
    """Install what is missing, each command shown before it runs.

    Raises `Stop` where something required cannot be installed, or where root is needed and cannot be had.
    """
    managers, needs = load()
    missing = [need for need in needs if not present(need, env)]
    if not missing:
        say("bootstrap: no system package is missing")
        return
    for need in missing:
        say(f"bootstrap: missing: {need.name} ({need.purpose})")
    manager = find_manager(managers, env)
    if manager is not None and any(manager.name in need.packages for need in missing):
        _carry_out(manager, missing, env=env, say=say, dry_run=dry_run)
    if not dry_run:
        _settle([need for need in missing if not present(need, env)], manager, say)


def present(need: Need, env: Mapping[str, str]) -> bool:
    """True where the need's proof holds."""
    if not need.proof:
        return any(os.path.exists(file) for file in need.files)  # noqa: PTH110 - plain strings of the table
    program = shutil.which(need.proof[0], path=env.get("PATH"))
    return program is not None and _succeeds((program, *need.proof[1:]), env)


def find_manager(managers: Iterable[Manager], env: Mapping[str, str]) -> Manager | None:
    """The first package manager on PATH."""
    return next((manager for manager in managers if shutil.which(manager.name, path=env.get("PATH"))), None)


def choose(names: Sequence[str], known: Callable[[str], bool]) -> tuple[str, ...]:
    """One package for each entry: of `a|b`, where releases name it differently, the first that is known.

    Where none is known the first is named, so that the manager says what is wrong with it.
    """
    options = [name.split("|") for name in names]
    return tuple(next((name for name in ways if len(ways) == 1 or known(name)), ways[0]) for ways in options)


def privilege(manager: Manager, env: Mapping[str, str]) -> tuple[str, ...] | None:
    """What goes before the manager's commands: nothing, or sudo; None where root is needed and sudo is not there."""
    if not manager.root or not hasattr(os, "geteuid") or os.geteuid() == 0:
        return ()
    return ("sudo",) if shutil.which("sudo", path=env.get("PATH")) else None


def advice(name: str, *, env: Mapping[str, str]) -> str:
    """The command that brings the need `name` to this system, or what to do where no package manager is known."""
    managers, needs = load()
    need = next(need for need in needs if need.name == name)
    manager = find_manager(managers, env)
    if manager is None or manager.name not in need.packages:
        return need.otherwise
    packages = choose(need.packages[manager.name], lambda _: True)
    steps = (*manager.refreshing(), *manager.installing(packages))
    return f"{manager.by_hand(steps, privilege(manager, env) or ())}  (or: python3 ci/bootstrap.py --system)"


def _carry_out(manager: Manager, missing: Sequence[Need], *, env: Mapping[str, str], say: Say, dry_run: bool) -> None:
    prefix = privilege(manager, env)
    if prefix is None:
        steps = (*manager.refreshing(), *_installing(manager, missing, env))
        raise Stop(
            "system packages are missing; installing them takes root, and there is no sudo",
            command=f"as root: {manager.by_hand(steps)}",
        )
    if prefix:
        say("bootstrap: you are not root: these commands are started through sudo, which may ask for your password")
    start = (*prefix, manager.name, *manager.options)
    for step in manager.refreshing():
        _perform((*start, *step), env=env, say=say, dry_run=dry_run)
    # Made up only now: before the refresh the manager may not know what there is.
    for step in _installing(manager, missing, env):
        _perform((*start, *step), env=env, say=say, dry_run=dry_run)


def _installing(manager: Manager, missing: Sequence[Need], env: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    entries = [name for need in missing for name in need.packages.get(manager.name, ())]
    names = choose(entries, lambda name: not manager.knows or _succeeds((*manager.knows, name), env))
    return manager.installing(names)


def _perform(argv: Sequence[str], *, env: Mapping[str, str], say: Say, dry_run: bool) -> None:
    say(f"bootstrap: $ {shlex.join(argv)}")
    if dry_run:
        return
    # stdout belongs to what nox prints afterwards.
    code = subprocess.run(argv, env=dict(env), stdin=None, stdout=sys.stderr, check=False).returncode
    if code:
        raise Stop(
            f"`{shlex.join(argv)}` ended with {code}",
            cause="no network, another installation at work, or a package of another name on this system",
            command="run that command by hand, then this one again",
        )


def _settle(still: Sequence[Need], manager: Manager | None, say: Say) -> None:
    for need in still:
        way = need.otherwise or "install it through your system's package manager"
        say(f"bootstrap: still missing: {need.name} ({need.purpose}); {way}")
    required = [need.name for need in still if need.required]
    if required:
        tried = f"{manager.name} did not bring" if manager else "no known package manager brings"
        raise Stop(f"{tried} what every session needs: {', '.join(required)}")


def _succeeds(argv: Sequence[str], env: Mapping[str, str]) -> bool:
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(
            argv, env=dict(env), stdin=quiet, stdout=quiet, stderr=quiet, timeout=PROOF_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
