"""What Python sees of a crate: its signatures, read from the sources by a program that is built on demand.

The program stands in `signatures/` as Rust, on `syn`: no macro is expanded, and what it cannot see it names.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.conversions.crate import digest
from pyo3ops.core.errors import Pyo3opsError, UsageError
from pyo3ops.core.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCES = Path(__file__).parent / "signatures"
#: Seconds for building the program, once, and for reading a crate.
BUILD_TIMEOUT = 600.0
READ_TIMEOUT = 120.0


@dataclass(frozen=True)
class Argument:
    """One argument that a caller in Python hands over.

    `type` is as it is written, `resolved` with full paths; `use` is unused, read, or kept: what the body does with it.
    """

    name: str
    line: int
    type: str
    resolved: str
    use: str
    #: Read by a function of the project's own, not by the type.
    from_py_with: str | None = None
    keyword: str | None = None


@dataclass(frozen=True)
class Function:
    """One function or method as Python calls it; `kind` is function, method, new, getter, setter and so on."""

    file: str
    line: int
    name: str
    kind: str
    cls: str | None
    arguments: tuple[Argument, ...]

    @property
    def label(self) -> str:
        """`Class.method` or `function`."""
        return f"{self.cls}.{self.name}" if self.cls else self.name


@dataclass(frozen=True)
class Signatures:
    """All that was read; the crate's own types have `crate::` before them, `classes` their names in Python."""

    functions: tuple[Function, ...]
    classes: Mapping[str, str]
    #: Those classes that hold more than one of a few words, and are worth borrowing.
    structs: frozenset[str]
    derives: frozenset[str]
    impls: frozenset[str]
    #: File, line and reason of what hides functions from this reader.
    hidden: tuple[tuple[str, int, str], ...] = ()


def read(roots: Sequence[Path], cache: Path, env: Mapping[str, str]) -> Signatures:
    """Read the signatures of library crates by their root files, such as src/lib.rs.

    The program is built into `cache` where it is not there. Raises `Pyo3opsError` where it cannot be built or read
    nothing.
    """
    program = _built(cache, env)
    result = run([str(program), *map(str, roots)], timeout=READ_TIMEOUT, env=env)
    if not result.ok:
        raise Pyo3opsError(f"the signatures cannot be read: {result.err.strip() or result.reason}")
    try:
        return parse(json.loads(result.out))
    except (ValueError, KeyError, TypeError) as error:
        raise Pyo3opsError(f"the signatures cannot be read: the program printed something else ({error})") from None


def parse(document: Mapping[str, Any]) -> Signatures:
    """Read what the program printed; raises `KeyError` or `TypeError` for anything else."""
    return Signatures(
        tuple(_function(row) for row in document["functions"]),
        {f"crate::{row['rust']}": row["name"] for row in document["classes"]},
        frozenset(f"crate::{row['rust']}" for row in document["classes"] if row["kind"] == "struct"),
        frozenset(f"crate::{row['rust']}" for row in document["derives"] if "FromPyObject" in row["derive"]),
        frozenset(_head(row["resolved"]) for row in document["impls"] if row["trait"].startswith("FromPyObject")),
        tuple((row["file"], row["line"], row["why"]) for row in document["skipped"] if row["pyo3"]),
    )


def _function(row: Mapping[str, Any]) -> Function:
    fields = ("name", "line", "type", "resolved", "use", "from_py_with", "keyword")
    arguments = tuple(Argument(**{name: each[name] for name in fields}) for each in row["arguments"])
    return Function(row["file"], row["line"], row["name"], row["kind"], row["class"], arguments)


def _head(resolved: str) -> str:
    return resolved.partition("<")[0]


def _built(cache: Path, env: Mapping[str, str]) -> Path:
    files = {
        path.relative_to(SOURCES).as_posix(): path.read_bytes()
        for path in sorted(SOURCES.rglob("*"))
        if path.is_file() and path.suffix in {".rs", ".toml", ".lock"}
    }
    folder = cache / f"signatures-{digest(files)[:16]}"
    program = folder / "release" / f"pyo3ops-signatures{'.exe' if os.name == 'nt' else ''}"
    if program.is_file():
        return program
    argv = ["cargo", "build", "--release", "--locked", "--manifest-path", str(SOURCES / "Cargo.toml")]
    inside = {**env, "CARGO_TARGET_DIR": str(folder), "CARGO_TERM_COLOR": "never"}
    # Flags for another target would put the program elsewhere.
    inside.pop("CARGO_BUILD_TARGET", None)
    # Not in the sources: a .cargo/config.toml of the project is not for this program.
    result = run(argv, timeout=BUILD_TIMEOUT, env=inside, cwd=cache)
    if not result.ok or not program.is_file():
        if result.code is None:
            raise UsageError(
                "cargo is not here to build what reads signatures", command="pyo3ops validate --select rust"
            )
        tail = "\n".join(result.err.strip().splitlines()[-8:])
        raise Pyo3opsError(f"what reads signatures cannot be built: {result.reason}", cause=tail)
    return program
