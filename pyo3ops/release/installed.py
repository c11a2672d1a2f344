"""A distribution where it is installed, asked of itself: what it needs and brings, and whether that can be imported.

The questions run in the environment's own Python, from a folder that shadows nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.core.run import Result
    from pyo3ops.tools.environments import Environment

#: Seconds for looking at metadata, and for importing.
TIMEOUT = 30.0
IMPORT_TIMEOUT = 60.0

_ABOUT = """\
import json, re, sys
from importlib import metadata
found = metadata.distribution(sys.argv[1])
modules = set()
for file in found.files or ():
    first, inside = file.parts[0], file.parts[1:]
    name = first if inside else re.sub(r"(?:[.][^.]+)?[.](?:py|pyd|so)$", "", first)
    code = re.search(r"[.](?:py|pyd|so)$", file.parts[-1])
    if code and name.isidentifier():
        modules.add(name)
entries = found.entry_points
print(json.dumps({
    "version": found.version,
    "requires": found.requires or [],
    "tags": re.findall(r"^Tag: *(\\S+)", found.read_text("WHEEL") or "", re.M),
    "modules": sorted(modules),
    "scripts": sorted([each.name, each.value] for each in entries if each.group in ("console_scripts", "gui_scripts")),
}))
"""

_LOAD = """\
import sys
from importlib.metadata import EntryPoint
for value in sys.argv[1:]:
    EntryPoint("script", value, "console_scripts").load()
"""


@dataclass(frozen=True)
class About:
    """What an installed distribution says of itself."""

    version: str
    #: What it needs in any case, without its extras.
    requires: tuple[str, ...]
    #: The tags of the wheel that it came from, spelt out.
    tags: frozenset[str]
    #: What it installs at the top of site-packages and can be imported.
    modules: tuple[str, ...]
    #: Commands, and what they call.
    scripts: tuple[tuple[str, str], ...]


#: Of what is not installed yet.
NOTHING = About("", (), frozenset(), (), ())


def about(project: str, environment: Environment, folder: Path) -> About | str:
    """Ask the metadata of a distribution; in words why there is no answer."""
    argv = [str(environment.python), "-I", "-c", _ABOUT, project]
    result = run(argv, timeout=TIMEOUT, env=environment.env, cwd=folder)
    return parse(result.out) if result.ok else f"it was installed and is not there: {result.reason}"


def parse(text: str) -> About | str:
    """Read what the script printed."""
    try:
        said = json.loads(text)
        return About(
            str(said["version"]),
            tuple(each for each in map(str, said["requires"]) if not _of_extra(each)),
            frozenset(map(str, said["tags"])),
            tuple(map(str, said["modules"])),
            tuple((str(name), str(value)) for name, value in said["scripts"]),
        )
    except (ValueError, KeyError, TypeError):
        return "it does not say what it is"


def _of_extra(requirement: str) -> bool:
    """True for what only an extra of the distribution needs; markers of systems and Pythons are the installer's."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - start-up counts

    try:
        marker = Requirement(requirement).marker
    except InvalidRequirement:
        return False
    return marker is not None and "extra" in str(marker) and not marker.evaluate({"extra": ""})


def file_of(about: About, names: Sequence[str]) -> str | None:
    """Which of some wheels it was installed from, by their tags; None where that cannot be told."""
    from packaging.utils import parse_wheel_filename  # noqa: PLC0415 - start-up counts

    for name in names:
        try:
            tags = {str(tag) for tag in parse_wheel_filename(name)[3]}
        except ValueError:
            continue
        if tags == about.tags:
            return name
    return None


def imported(modules: Sequence[str], environment: Environment, folder: Path) -> Result:
    """Import each module, dotted, in one process."""
    code = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n"
    argv = [str(environment.python), "-I", "-c", code, *modules]
    return run(argv, timeout=IMPORT_TIMEOUT, env=environment.env, cwd=folder)


def loaded(scripts: Sequence[tuple[str, str]], environment: Environment, folder: Path) -> Result:
    """Load what each command calls, without calling it: nobody knows what a command does."""
    argv = [str(environment.python), "-I", "-c", _LOAD, *(value for _, value in scripts)]
    return run(argv, timeout=IMPORT_TIMEOUT, env=environment.env, cwd=folder)
