"""gcc for another machine: found, and asked what it links for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.files import is_file
from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Seconds; it answers within 0.05.
TIMEOUT = 10.0


@dataclass(frozen=True)
class CrossCompiler:
    """A driver; `path` is None without one, `error` says why one does not run."""

    path: Path | None = None
    release: str = ""
    error: str | None = None


def ask(name: str, env: Mapping[str, str], others: Sequence[Path] = ()) -> CrossCompiler:
    """The first driver that answers: `name` on PATH, then the files named in `others`."""
    on_path = which(name, env)
    failed = CrossCompiler()
    for path in [*([Path(on_path)] if on_path else []), *filter(is_file, others)]:
        result = run([str(path), "--version"], timeout=TIMEOUT, env={**env, "LC_ALL": "C"})
        said = parse(path, result.out) if result.ok else CrossCompiler(path, error=result.reason)
        if said.error is None:
            return said
        failed = said
    return failed


def parse(path: Path, text: str) -> CrossCompiler:
    """Read what `gcc --version` or `clang --version` printed, such as "gcc (Debian 12.2.0-14) 12.2.0"."""
    first = text.partition("\n")[0]
    match = re.search(r"(?:\) |version )(\d[\w.+-]*)", first)
    return CrossCompiler(path, match[1]) if match else CrossCompiler(path, error=f"{path.name} printed no version")


def linker_variable(triple: str) -> str:
    """The variable by which cargo is told the linker of a target (the Cargo book, environment variables)."""
    return f"CARGO_TARGET_{triple.upper().replace('-', '_').replace('.', '_')}_LINKER"


def compiler_variable(triple: str) -> str:
    """The variable by which crates that compile C are told the compiler of a target (the cc crate)."""
    return f"CC_{triple.replace('-', '_')}"
