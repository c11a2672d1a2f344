"""The keys of `[tool.cibuildwheel]` that make it build and test what is planned.

Keys and values are those of its documentation and of the JSON schema that comes with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator, Mapping, Tuple, Union

from pyo3ops.core.project import Backend
from pyo3ops.wheels.cibuildwheel.arrangement import KINDS, architecture_of, kind_of
from pyo3ops.wheels.platforms import System, version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.cibuildwheel.arrangement import Arrangement, Identifier
    from pyo3ops.wheels.planned import PlannedSet
    from pyo3ops.wheels.trial import TestRequirements

Value = Union[str, Tuple[str, ...], Mapping[str, str]]

_RUSTUP = (
    "command -v cargo || curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
)
#: The Rust target that a machine of that platform has anyway.
_HOST = {"macos": (), "windows": ("x86_64-pc-windows-msvc",)}


@dataclass(frozen=True)
class Setting:
    """One key of `[tool.cibuildwheel]`, or of a table in it, and why it is as it is."""

    #: "" for the table itself, else linux, macos or windows.
    table: str
    key: str
    value: Value
    why: str
    #: One for each item of a list; none at all, or as many as items.
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The dotted key from `[tool.cibuildwheel]` on."""
        return f"{self.table}.{self.key}" if self.table else self.key


def settings(
    project: Project, planned: PlannedSet, arrangement: Arrangement, needs: TestRequirements
) -> tuple[Setting, ...]:
    """The keys that make cibuildwheel build and test what is planned; `needs` is what the project's tests need."""
    if not arrangement.parts:
        return ()
    found = [*_selection(arrangement), *_building(project), *_testing(project, needs)]
    for platform in ("linux", "macos", "windows"):
        found += _of_platform(platform, planned, arrangement)
    return tuple(found)


def floor_troubles(planned: PlannedSet, arrangement: Arrangement) -> tuple[str, ...]:
    """Where no image is as old as the plan wants its wheels to reach."""
    floors = dict(planned.floors)
    words = []
    for kind, architecture in _images_wanted(arrangement):
        system = System.GLIBC if kind == "manylinux" else System.MUSL
        image, reached = _image(kind, architecture, floors.get(system, ()), arrangement)
        if image and not reached:
            words.append(
                f"{kind}_{architecture}: the oldest image is {image}, the plan promises {_dotted(floors[system])}"
            )
    return tuple(words)


def _selection(arrangement: Arrangement) -> Iterator[Setting]:
    identifiers = arrangement.identifiers
    selectors = list(_selectors(identifiers))
    by = " and ".join(f'"{part.line.requirement}"' for part in arrangement.parts)
    yield Setting(
        "",
        "build",
        tuple(selector for selector, _ in selectors),
        f"the plan; run it with {by}",
        tuple(note for _, note in selectors),
    )
    skipped = tuple(_skipped(identifiers))
    if skipped:
        yield Setting("", "skip", skipped, "not in the plan")
    opted = {each.python for part in arrangement.parts for each in part.identifiers if each.python in part.line.opt_in}
    # A line that does not know the group would stop at it.
    if opted and all(part.line.opt_in for part in arrangement.parts):
        yield Setting("", "enable", ("cpython-freethreading",), "3.13t is built only where it is asked for")


def _selectors(identifiers: Sequence[Identifier]) -> Iterator[tuple[str, str]]:
    """A selector for each Python that is built for every platform of the plan, else one for each platform of it."""
    tags = {each.tag for each in identifiers}
    for python in sorted({each.python for each in identifiers}, key=_order):
        own = [each for each in identifiers if each.python == python]
        if {each.tag for each in own} | _impossible(python, tags, identifiers) == tags:
            yield f"{python}-*", _note(own[0])
        else:
            yield from ((each.name, _note(each)) for each in sorted(own, key=lambda each: each.tag))


def _impossible(python: str, tags: set[str], identifiers: Sequence[Identifier]) -> set[str]:
    """Platforms with a wheel for that Python where cibuildwheel has none: a wider selector takes nothing in there."""
    covering = {each.tag for each in identifiers for covered in each.wheel.interpreters.covers if covered.tag == python}
    return (covering & tags) - {each.tag for each in identifiers if each.python == python}


def _note(identifier: Identifier) -> str:
    spelt = f"{identifier.wheel.interpreters.python}-{identifier.wheel.interpreters.abi}"
    return identifier.wheel.interpreters.reason if identifier.builds else f"tests the {spelt} wheel"


def _skipped(identifiers: Sequence[Identifier]) -> Iterator[str]:
    """Selectors for what a `cp312-*` would take in beside the plan."""
    tags = {each.tag for each in identifiers}
    yield from (f"*-{kind}*" for kind in KINDS if not any(kind_of(tag) == kind for tag in tags))
    # The option archs counts for both kinds of Linux.
    archs = sorted({architecture_of(tag) for tag in tags if KINDS[kind_of(tag)] == "linux"})
    for kind in ("manylinux", "musllinux"):
        if any(kind_of(tag) == kind for tag in tags):
            yield from (f"*-{kind}_{arch}" for arch in archs if f"{kind}_{arch}" not in tags)
    yield "*-{android,ios,pyodide}*"


def _building(project: Project) -> Iterator[Setting]:
    yield Setting("", "build-frontend", "build", "as PEP 517 has it, in an environment of its own")
    locked = project.extensions and all(extension.lock for extension in project.extensions)
    if project.backend is Backend.MATURIN and locked:
        yield Setting("", "config-settings", {"build-args": "--locked"}, "with the crates of Cargo.lock, or not at all")


def _testing(project: Project, needs: TestRequirements) -> Iterator[Setting]:
    folder = next((name for name in ("tests", "test") if (project.root / name).is_dir()), None)
    group = needs.source.partition("dependency group ")[2]
    if folder and (needs.requirements or needs.extra):
        if group:
            yield Setting("", "test-groups", (group,), "what the tests need, by the project's own word")
        else:
            yield Setting("", "test-extras", (needs.extra,), "what the tests need, by the project's own word")
        # A path of the project's: the folder that cibuildwheel tests in holds nothing that could shadow the wheel.
        yield Setting("", "test-command", f"pytest {{package}}/{folder}", f"the tests in {folder}")
        return
    modules = sorted({extension.module for extension in project.extensions})
    yield Setting(
        "",
        "test-command",
        f'python -c "import {", ".join(modules)}"',
        "no tests that say what they need: it has to load",
    )


def _of_platform(platform: str, planned: PlannedSet, arrangement: Arrangement) -> Iterator[Setting]:
    own = [each for each in arrangement.identifiers if each.platform == platform]
    if not own:
        return
    archs = tuple(dict.fromkeys(each.arch for each in own))
    yield Setting(platform, "archs", archs, "the targets of the plan; each machine of a matrix asks for its own")
    if platform == "linux":
        yield Setting(platform, "before-all", _RUSTUP, "the images have no Rust")
        yield Setting(platform, "environment", {"PATH": "$PATH:$HOME/.cargo/bin"}, "where rustup puts it")
        yield from _images(planned, arrangement)
        return
    targets = tuple(dict.fromkeys(target for each in own for target in _rust_targets(each.wheel.target)))
    added = [target for target in targets if target not in _HOST[platform]]
    if len(targets) > 1 or (added and platform == "windows"):
        yield Setting(
            platform, "before-all", f"rustup target add {' '.join(added)}", "one machine builds for the other kind too"
        )


def _rust_targets(target: str) -> tuple[str, ...]:
    """The targets of rustc that a target of the plan is made of."""
    kind, _, rest = target.partition("-")
    return (f"x86_64-{rest}", f"aarch64-{rest}") if kind == "universal2" else (target,)


def _images(planned: PlannedSet, arrangement: Arrangement) -> Iterator[Setting]:
    floors = dict(planned.floors)
    for kind, architecture in _images_wanted(arrangement):
        system = System.GLIBC if kind == "manylinux" else System.MUSL
        floor = floors.get(system, ())
        image, reached = _image(kind, architecture, floor, arrangement)
        if image:
            why = f"wheels have to run with {system.name.lower()} {_dotted(floor)}"
            yield Setting("", f"{kind}-{architecture}-image", image, why if reached else f"{why}: no image is that old")


def _images_wanted(arrangement: Arrangement) -> tuple[tuple[str, str], ...]:
    rows = ((kind_of(each.tag), each.architecture) for each in arrangement.identifiers if each.platform == "linux")
    return tuple(dict.fromkeys(rows))


def _image(kind: str, architecture: str, floor: tuple[int, ...], arrangement: Arrangement) -> tuple[str | None, bool]:
    """The newest image that is no newer than a floor, and True; else the oldest, and False. All lines must have it."""
    known = [part.line.images.get(architecture, ()) for part in arrangement.parts]
    common = [name for name in known[0] if all(name in names for names in known)]
    aged = sorted((version(_numbered(name)), name) for name in common if name.startswith(kind))
    fitting = [name for age, name in aged if age <= floor]
    if fitting:
        return fitting[-1], True
    return (aged[0][1], False) if aged else (None, False)


def _numbered(name: str) -> str:
    """The first name of all has no number that platforms.py reads (PEP 513)."""
    return "2_5" if name == "manylinux1" else name


def _order(python: str) -> tuple[int, bool]:
    return int(python[3:].rstrip("t")), python.endswith("t")


def _dotted(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))


def as_toml(value: Value) -> str:
    """A value on one line, as TOML has it."""
    if isinstance(value, str):
        # A literal string has no escapes, and commands are full of what would need some.
        return f"'{value}'" if '"' in value and "'" not in value else json.dumps(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(json.dumps, value))}]"
    return "{ " + ", ".join(f"{key} = {json.dumps(text)}" for key, text in value.items()) + " }"
