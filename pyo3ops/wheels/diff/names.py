"""The public names of a wheel, out of its stubs, else its sources, and what became of them in another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable

from pyo3ops.wheels.diff.module_names import Module, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.wheels.inspection.reading import Wheel


@dataclass(frozen=True)
class Names:
    """The names of each public module, members of classes as "Class.member"; nothing describes those in `opaque`."""

    modules: Mapping[str, frozenset[str]]
    opaque: frozenset[str] = frozenset()
    #: Files that are no Python.
    unread: tuple[str, ...] = ()
    #: What was read, in words.
    source: str = ""


def names_of(wheel: Wheel) -> Names:
    """The public names of a wheel, of every module of it that has a stub or a source."""
    texts, unread = {}, []
    modules: dict[str, Module] = {}
    for member in wheel.archive.members:
        place = _place(member.name)
        if place and (place[1] or place[0] not in texts):
            texts[place[0]] = member
    for name, member in texts.items():
        module = read(name, member)
        if module is None:
            unread.append(member.name)
        else:
            modules[name] = module
    extensions = {_dotted(each.name) for each in wheel.modules}
    known = {name: _resolved(name, modules, extensions) for name in modules if _public(name)}
    opaque = {name for name in extensions - set(modules) if _public(name)}
    opaque |= {name for name, each in known.items() if each is None}
    stubs = any(each.stub for each in modules.values())
    return Names(
        {name: frozenset(each) for name, each in known.items() if each is not None},
        frozenset(opaque),
        tuple(unread),
        "stubs" if stubs else "sources" if modules else "nothing",
    )


def _place(name: str) -> tuple[str, bool] | None:
    """The module that a file of a wheel is of, and whether it is its stub; None for a file of another kind."""
    plain = re.sub(r"^[^/]+\.data/(?:plat|pure)lib/", "", name)
    match = re.fullmatch(r"((?:[^\W\d]\w*(?:-stubs)?/)*[^\W\d]\w*)\.(pyi?)", plain)
    if match is None:
        return None
    dotted = re.sub(r"-stubs(?=/)", "", match[1]).replace("/", ".")
    return re.sub(r"(?:^|\.)__init__$", "", dotted) or "__init__", match[2] == "pyi"


def _dotted(name: str) -> str:
    plain = re.sub(r"^[^/]+\.data/(?:plat|pure)lib/", "", name)
    return re.sub(r"\.[^/]*$", "", plain).replace("/", ".")


def _public(module: str) -> bool:
    return not any(part.startswith("_") for part in module.split("."))


def _resolved(
    name: str, modules: Mapping[str, Module], extensions: set[str], above: tuple[str, ...] = ()
) -> set[str] | None:
    """The names of a module with those that it takes over; None where some come from what nothing describes."""
    module = modules[name]
    names = {each for each in module.names if not each.startswith("_")}
    members = dict(module.members)
    for star in module.stars - {name, *above}:
        if star in modules:
            taken = _resolved(star, modules, extensions, (*above, name))
            if taken is None:
                return None
            names |= {each for each in taken if "." not in each}
            members.update(_grouped(taken))
        elif star in extensions:
            return None
    if module.listed:
        names = set(module.listed) | (names if module.stars else set())
    return names | {f"{each}.{inner}" for each in names for inner in members.get(each, ())}


def _grouped(names: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in names:
        outer, dot, inner = each.partition(".")
        if dot:
            found.setdefault(outer, set()).add(inner)
    return found


@dataclass(frozen=True)
class Changes:
    """Names as they are written in Python, sorted; `untold`: modules of which only one side can be told."""

    removed: tuple[str, ...]
    added: tuple[str, ...]
    untold: tuple[str, ...]


def changes(old: Names, new: Names) -> Changes:
    """What became of the public names; a module that is gone counts as one name."""
    untold = (old.opaque | new.opaque) - (old.modules.keys() & new.modules.keys())
    removed = _missing(old.modules, new.modules, untold)
    return Changes(removed, _missing(new.modules, old.modules, untold), tuple(sorted(untold)))


def _missing(
    before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]], untold: Iterable[str]
) -> tuple[str, ...]:
    found: list[str] = []
    for module, names in before.items():
        if module in untold:
            continue
        if module not in after:
            found.append(module)
            continue
        gone = names - after[module]
        # Of a class that is gone, its members go without saying.
        found += [f"{module}.{each}" for each in gone if each.partition(".")[0] not in gone or "." not in each]
    return tuple(sorted(found))
