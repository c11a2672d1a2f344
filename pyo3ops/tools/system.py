"""The system's package manager: which one there is, and what it calls the things that builds need.

The rows stand in data/packages.json, which ci/bootstrap.py reads too, before pyo3ops is installed.
"""

from __future__ import annotations

import functools
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Mapping, Sequence

from pyo3ops.core.model import Fix
from pyo3ops.core.run import which

if TYPE_CHECKING:
    from pyo3ops.core.pythons import PythonVersion

DATA = Path(__file__).parents[1] / "data" / "packages.json"
#: The key under which a row names what pip brings, as if it were one more package manager.
PIP = "pip"


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
    #: The command that tells which versions of the packages named after it are to be had; empty where nobody knows.
    candidates: tuple[str, ...] = ()
    root: bool = True
    one_by_one: bool = False

    def installing(self, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """The commands that install `names`."""
        groups: Iterable[Sequence[str]] = [[name] for name in names] if self.one_by_one else [names]
        return tuple((self.name, *self.options, *self.install, *group) for group in groups if group)

    def refreshing(self) -> tuple[tuple[str, ...], ...]:
        """The command that fetches the list of packages, where that is one of its own."""
        return ((self.name, *self.options, *self.refresh),) if self.refresh else ()


@dataclass(frozen=True)
class Need:
    """One thing that builds, tests or debugging use, and what brings it by package manager.

    An entry `a|b` stands for one package that releases name differently. `{python}` and `{version}` stand for an
    interpreter and its version.
    """

    name: str
    called: str
    purpose: str
    packages: Mapping[str, tuple[str, ...]]
    #: Groups of packages, of which the first that is new enough will do, by manager.
    choices: Mapping[str, tuple[tuple[str, ...], ...]]
    #: The command to run after the last choice, by manager.
    afterwards: Mapping[str, tuple[str, ...]]
    #: What to do where the manager has no package.
    otherwise: str
    #: It is there where this command ends with 0, or where one of the files is there.
    proof: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def proving(self, python: str) -> tuple[str, ...]:
        """The proof for this interpreter."""
        return tuple(word.replace("{python}", python) for word in self.proof)


@dataclass(frozen=True)
class Packages:
    """The whole table."""

    managers: Mapping[str, Manager]
    needs: Mapping[str, Need]


@functools.lru_cache(maxsize=1)
def packages() -> Packages:
    """The rows of data/packages.json."""
    table = json.loads(DATA.read_text(encoding="utf-8"))
    managers = (_manager(name, row) for name, row in table["managers"].items())
    needs = (_need(row) for row in table["needs"])
    return Packages({each.name: each for each in managers}, {each.name: each for each in needs})


@dataclass(frozen=True)
class Installer:
    """The package manager of this system; `manager` is None where none is known."""

    manager: str | None
    system: str = sys.platform

    def fix(self, need: str, version: PythonVersion | None = None) -> Fix:
        """How to get what is needed here, for that Python; a person does it where no package manager is known."""
        row = packages().needs.get(need)
        if row is None:
            return Fix(f"install {need} through your system's package manager")
        if self.system == "darwin" and need == "C compiler":
            return Fix("install the Xcode command line tools", ("xcode-select", "--install"))
        summary = f"install {row.called}"
        if row.choices:
            return Fix(f"{summary}: `pyo3ops validate --fix` takes what fits this system", url=_url(row), need=need)
        if PIP in row.packages:
            return Fix(summary, ("pip", "install", *row.packages[PIP]), need=need)
        manager = packages().managers.get(self.manager or "")
        names = named(row, self.manager or "", version)
        if manager is None or not names:
            return Fix(self._by_hand(summary, row), url=_url(row))
        first = [name.split("|")[0] for name in names]
        argv = (manager.name, *manager.install, *(first[:1] if manager.one_by_one else first))
        return Fix(summary, argv, need=need)

    def _by_hand(self, summary: str, row: Need) -> str:
        if self.system == "win32" and row.name == "C compiler":
            return "install the C++ build tools of Visual Studio: `winget install Microsoft.VisualStudio.BuildTools`"
        return f"{summary}: {row.otherwise}" if row.otherwise else f"{summary} through your system's package manager"


def named(row: Need, manager: str, version: PythonVersion | None = None) -> tuple[str, ...]:
    """What `manager` calls the packages of a row, for that Python: without one, whichever needs no version."""
    words = row.packages.get(manager, ())
    if version is not None:
        return tuple(word.replace("{version}", f"3.{version.minor}") for word in words)
    return tuple("|".join(way for way in word.split("|") if "{version}" not in way) for word in words)


def installer(env: Mapping[str, str]) -> Installer:
    """The first package manager found on the PATH of `env`."""
    return Installer(next((name for name in packages().managers if which(name, env)), None))


def _url(row: Need) -> str | None:
    return next((word.rstrip(".,") for word in row.otherwise.split() if word.startswith("https://")), None)


def _manager(name: str, row: Mapping[str, object]) -> Manager:
    return Manager(
        name=name,
        install=_words(row["install"]),
        options=_words(row.get("options")),
        refresh=_words(row.get("refresh")),
        candidates=_words(row.get("candidates")),
        root=bool(row["root"]),
        one_by_one=bool(row.get("one_by_one")),
    )


def _need(row: Mapping[str, object]) -> Need:
    return Need(
        name=str(row["name"]),
        called=str(row.get("called") or row["name"]),
        purpose=str(row["for"]),
        packages={manager: _words(names) for manager, names in _table(row["packages"]).items()},
        choices={
            manager: tuple(_words(group) for group in groups) for manager, groups in _table(row.get("choices")).items()
        },
        afterwards={manager: _words(argv) for manager, argv in _table(row.get("afterwards")).items()},
        otherwise=str(row["otherwise"]),
        proof=_words(row.get("proof")),
        files=_words(row.get("files")),
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def _table(value: object) -> dict[str, list[object]]:
    return value if isinstance(value, dict) else {}
