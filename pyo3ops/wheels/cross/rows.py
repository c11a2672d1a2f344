"""The targets that wheels are cross-built for; the rows stand in data/targets.toml."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core.errors import UsageError
from pyo3ops.core.toml import load
from pyo3ops.wheels.platforms import System, platform_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TABLE = Path(__file__).parents[2] / "data" / "targets.toml"


@dataclass(frozen=True)
class Target:
    """One Rust target and what is known to build for it and to run it; the fields are explained in the table."""

    triple: str
    source: str
    debian: str = ""
    gcc: str = ""
    packages: tuple[str, ...] = ()
    zig: bool = False
    xwin: bool = False
    sdk: bool = False
    qemu: str = ""
    elf: str = ""
    install: str = ""
    experimental: str = ""

    @property
    def system(self) -> System:
        """What its wheels run on."""
        return platform_of(self.triple).system

    @property
    def architecture(self) -> str:
        """First part of the triple, such as armv7."""
        return self.triple.split("-")[0]


@functools.lru_cache(maxsize=None)
def targets() -> tuple[Target, ...]:
    """Every known target, in the order of the table."""
    return tuple(_row(row) for row in load(_TABLE)["target"])


def chosen(triples: Iterable[str]) -> tuple[Target, ...]:
    """The targets of these triples, each once; raises `UsageError` for one that is not in the table."""
    known = {target.triple: target for target in targets()}
    wanted = tuple(dict.fromkeys(triples))
    for triple in wanted:
        if triple not in known:
            raise UsageError(
                f"nothing is known about cross-building for {triple!r}",
                cause=f"known: {', '.join(known)}",
                command="pyo3ops wheels cross --list",
            )
    return tuple(known[triple] for triple in wanted)


def _row(row: Mapping[str, Any]) -> Target:
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Target(**fields)  # type: ignore[arg-type] # a wrong row fails the test that reads them all
