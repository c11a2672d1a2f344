"""The stable ABI: a wheel tagged abi3 uses nothing beyond it, and nothing that came after the Python of its tag."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyo3ops.core.model import Fix
from pyo3ops.core.toml import load
from pyo3ops.wheels.inspection.binaries import Format
from pyo3ops.wheels.inspection.tags import built_for
from pyo3ops.wheels.inspection.verdict import Said, fail, not_read, ok, skip, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.wheels.inspection.binaries import Binary
    from pyo3ops.wheels.inspection.reading import Asked, Wheel

_MINIMUM = re.compile(r"cp3(\d+)")
#: What begins like a name of Python's and is none: entry points, and PyPy's spelling of everything.
_OTHERS = ("PyInit", "PyModExport", "PyPy")


class Uses(NamedTuple):
    """What a module takes of Python: names that are in no stable ABI, and the Python that brought the newest one."""

    outside: tuple[str, ...]
    #: Minor release and name, the newest first.
    added: tuple[tuple[int, str], ...]

    @property
    def minimum(self) -> int:
        """The oldest minor release of Python that has all of it."""
        return self.added[0][0] if self.added else 2


def abi3(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """An abi3 wheel is installed on every later Python: one function too many, and the import fails on some."""
    del asked
    if not wheel.name.abis & {"abi3", "abi3t"}:
        yield skip("its tag names no stable ABI")
        return
    minors = [int(match[1]) for match in map(_MINIMUM.fullmatch, wheel.name.pythons) if match]
    if not minors:
        yield unknown(f"its tag names no Python to begin with: {', '.join(sorted(wheel.name.pythons))}")
        return
    unread = [each.name for each in wheel.binaries if each.may_be_module and not each.parts]
    if unread:
        yield not_read(unread)
    if not wheel.modules:
        yield skip("no module that Python imports is in it")
        return
    for binary in wheel.modules:
        yield from _judged(binary, min(minors))
    if not any(binary.parts for binary in wheel.modules):
        return
    newest = max(uses(binary).minimum for binary in wheel.modules)
    yield ok(f"uses what Python 3.{newest} has, and the tag says 3.{min(minors)}")


def _judged(binary: Binary, minimum: int) -> Iterator[Said]:
    maker = built_for(binary)
    if maker:
        fix = Fix(
            "switch the feature abi3-py3X of pyo3 on, and build again", url="https://pyo3.rs/latest/features.html#abi3"
        )
        why = "it loads that Python's own DLL" if binary.format is Format.PE and "-win" not in binary.suffix else ""
        yield fail(f"{binary.name} is a module of {maker} alone" + (f": {why}" if why else ""), fix)
    used = uses(binary)
    if used.outside:
        fix = Fix("build with the feature abi3-py3X of pyo3, and without what goes round it (pyo3-ffi, C code)")
        shown = ", ".join(used.outside[:3])
        yield fail(f"{binary.name} uses {shown}, which is not in the stable ABI", fix, used.outside)
    late = [(minor, name) for minor, name in used.added if minor > minimum]
    if late:
        newest = late[0][0]
        fix = Fix(f"build with the feature abi3-py3{minimum} of pyo3, or tag the wheel cp3{newest}")
        detail = f"{binary.name} uses {late[0][1]}, which Python 3.{newest} brought; the tag says 3.{minimum}"
        yield fail(detail, fix, [f"{name}: 3.{minor}" for minor, name in late])


def uses(binary: Binary) -> Uses:
    """What a module takes of Python, beside the recorded stable ABI."""
    table = stable()
    names = {name for name in binary.imports - binary.exports if re.match(r"_?Py[A-Z_]", name)}
    names = {name for name in names if not name.startswith(_OTHERS)}
    added = sorted(((table[name], name) for name in names if name in table), reverse=True)
    return Uses(tuple(sorted(name for name in names if name not in table)), tuple(added))


@functools.lru_cache(maxsize=None)
def stable() -> Mapping[str, int]:
    """Each name of the stable ABI, and the minor release of Python 3 that added it."""
    rows = load(Path(__file__).parents[1] / "abi3.toml")
    return {name: int(release.partition(".")[2]) for release, names in rows.items() for name in names.split()}
