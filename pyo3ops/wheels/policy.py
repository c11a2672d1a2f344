"""What the manylinux and musllinux tags promise: libraries that every such system brings, and their symbols' age.

The rows of policies.toml are those of PEP 513, 571, 599 and 600; PEP 656 is about musl, which has no symbol versions.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, Mapping

from pyo3ops.core.toml import load

if TYPE_CHECKING:
    from collections.abc import Iterator


#: glibc's markers for what a loader must be able to do, and the release that brought each.
_MARKERS = {"ABI_DT_RELR": "2.36", "ABI_GNU_TLS": "2.42", "ABI_GNU2_TLS": "2.42", "ABI_DT_X86_64_PLT": "2.42"}
_SPACES = ("GLIBC", "GLIBCXX", "CXXABI", "GCC", "ZLIB", "LIBATOMIC")
#: The dynamic loaders themselves, which come with any libc.
_LOADER = re.compile(r"ld-linux[\w.-]*\.so\.\d|ld64\.so\.\d|ld-musl-\w+\.so\.1")
#: PEP 656 allows libc alone, zlib is tolerated by what repairs wheels.
_MUSL = re.compile(r"libc\.so|libc\.musl-\w+\.so\.1|ld-musl-\w+\.so\.1|libz\.so\.1")


@dataclass(frozen=True)
class Policy:
    """One row: the glibc it begins with, and the highest version of each name space."""

    name: str
    aliases: tuple[str, ...]
    libraries: frozenset[str]
    maxima: Mapping[str, str]
    #: What an architecture has in place of that.
    others: Mapping[str, Mapping[str, str]]

    def highest(self, space: str, architecture: str) -> tuple[int, ...] | None:
        """The highest version of a name space; None where the policy says nothing of it."""
        found = self.others.get(architecture, {}).get(space) or self.maxima.get(space)
        return numbers(found) if found else None

    @property
    def glibc(self) -> tuple[int, ...]:
        """The release of glibc that the policy is named after."""
        return numbers(self.name.partition("_")[2].replace("_", "."))


@dataclass(frozen=True)
class Excess:
    """A symbol version beyond what a tag promises; `limit` is what it does promise."""

    library: str
    version: str
    limit: str


@functools.lru_cache(maxsize=None)
def policies() -> tuple[Policy, ...]:
    """Every policy, the oldest systems first."""
    known: frozenset[str] = frozenset()
    found = []
    for row in load(Path(__file__).with_name("policies.toml"))["policy"]:
        known |= frozenset(row.get("libraries", ()))
        maxima = {key: value for key, value in row.items() if key in _SPACES}
        others = {key: value for key, value in row.items() if isinstance(value, dict)}
        found.append(Policy(row["name"], tuple(row["aliases"]), known, maxima, others))
    return tuple(found)


def numbers(text: str) -> tuple[int, ...]:
    """Read "2.17"; empty for what is no version."""
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"\d+(\.\d+)*", text) else ()


def parsed(version: str) -> tuple[str, tuple[int, ...]]:
    """The name space and the number of a symbol version; an empty number for one that is not counted."""
    space, _, text = version.partition("_")
    return space, numbers(_MARKERS.get(text, text) if space == "GLIBC" else text)


def glibc_needed(versions: Iterable[tuple[str, str]]) -> tuple[int, ...]:
    """The release of glibc that some library and version pairs ask for; empty where they ask for none."""
    found = (parsed(version) for _, version in versions)
    return max((number for space, number in found if space == "GLIBC"), default=())


def excess(versions: Iterable[tuple[str, str]], glibc: tuple[int, ...], architecture: str) -> Iterator[Excess]:
    """The library and version pairs that systems of a manylinux tag do not all have; `glibc` is what the tag names."""
    for library, version in versions:
        space, number = parsed(version)
        limit = _limit(space, glibc, architecture)
        if number and limit and number > limit:
            yield Excess(library, version, f"{space}_{'.'.join(map(str, limit))}")


def honest(versions: Iterable[tuple[str, str]], architecture: str) -> str | None:
    """The manylinux tag for the oldest systems that have all of this; None where no known one has."""
    pairs = tuple(versions)
    for policy in policies():
        if not any(True for _ in excess(pairs, policy.glibc, architecture)):
            return f"{policy.name}_{architecture}"
    # Distributions newer than the table: glibc alone decides.
    needed = glibc_needed(pairs)
    newest = policies()[-1]
    if needed > newest.glibc:
        return "manylinux_" + "_".join(map(str, needed[:2])) + f"_{architecture}"
    return None


def _limit(space: str, glibc: tuple[int, ...], architecture: str) -> tuple[int, ...] | None:
    """The highest version of a name space on systems that begin with a glibc."""
    row = next((policy for policy in policies() if policy.glibc >= glibc), None)
    if space == "GLIBC":
        exact = row is not None and row.glibc == glibc
        own = row.highest("GLIBC", architecture) if row is not None and exact else None
        return max(own or glibc, glibc)
    # A tag between two rows is measured by the upper one: what it leaves open is no fault.
    return row.highest(space, architecture) if row is not None else None


def allowed(library: str, glibc: tuple[int, ...] | None) -> bool:
    """True for a library that the systems of a tag bring; without a `glibc` the tag is one of musllinux."""
    if _LOADER.fullmatch(library):
        return True
    if glibc is None:
        return bool(_MUSL.fullmatch(library))
    row = next((policy for policy in policies() if policy.glibc >= glibc), policies()[-1])
    return library in row.libraries
