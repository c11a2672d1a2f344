"""The public names of an extension module, asked of itself: imported by this Python, in a process and folder apart.

It runs the wheel's code, so that nobody does it who was not told to.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Iterable

from pyo3ops.core.run import python_env, run
from pyo3ops.wheels.diff.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.wheels.inspection.reading import Wheel

#: Seconds for importing all modules of a wheel.
TIMEOUT = 60.0
#: Bytes of an answer; a thousand names take a tenth of a megabyte.
LIMIT = 16 * 2**20

_SCRIPT = """\
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
found = {}
for name in sys.argv[3:]:
    module = importlib.import_module(name)
    own = {each for each in dir(module) if not each.startswith("_")}
    names = set(getattr(module, "__all__", own))
    for each in list(names):
        value = getattr(module, each, None)
        if isinstance(value, type):
            names.update(each + "." + inner for inner in vars(value) if not inner.startswith("_"))
    found[name] = sorted(names)
# Not to stdout, where modules print as well.
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(found, file)
"""


def runs_here(wheel: Wheel) -> bool:
    """True where this Python could install the wheel."""
    from packaging.tags import sys_tags  # noqa: PLC0415 - asks the system

    return bool(wheel.name.tags & frozenset(sys_tags()))


def ask(wheel: Wheel, modules: Iterable[str], folder: Path, env: Mapping[str, str]) -> Names | str:
    """Import modules of an unpacked wheel, installed into an empty folder; in words why that failed."""
    site, answer = folder / "site", folder / "names.json"
    for member in wheel.archive.members:
        name = re.sub(r"^[^/]+\.data/(?:plat|pure)lib/", "", member.name)
        parts = Path(name).parts
        if not Path(name).is_absolute() and not {"..", ""} & set(parts) and "\\" not in name and ":" not in name:
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(member.path, site / name)
    wanted = sorted(modules)
    argv = [sys.executable, "-I", "-B", "-c", _SCRIPT, str(site), str(answer), *wanted]
    result = run(argv, timeout=TIMEOUT, env=python_env(env), cwd=folder)
    if not result.ok:
        return result.reason
    try:
        with answer.open("rb") as file:
            return parse(file.read(LIMIT).decode("utf-8", "replace"), wanted)
    except OSError:
        return "the modules ended the process that was to tell their names"


def parse(text: str, wanted: Iterable[str]) -> Names | str:
    """Read what the script wrote."""
    try:
        answer = json.loads(text)
        modules = {name: frozenset(map(str, answer[name])) for name in wanted}
    except (ValueError, KeyError, TypeError, RecursionError):
        return "the modules told something else than their names"
    return Names(modules, source="imports")
