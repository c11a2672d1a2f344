"""The C compiler driver that rustc links with."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds for compiling and linking one empty function.
TIMEOUT = 4.0


@dataclass(frozen=True)
class Link:
    """What became of linking a tiny shared object; `error` in words where it failed."""

    program: str
    error: str | None = None
    missing: bool = False
    #: It did not end in time.
    hung: bool = False


def link(target: str, env: Mapping[str, str]) -> Link:
    """Compile and link a shared object of one function with the linker configured for a target triple.

    rustc's own default is `cc`, which `CARGO_TARGET_<TRIPLE>_LINKER` replaces (the Cargo book, environment variables).
    """
    program = env.get(f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER") or "cc"
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
        source = Path(folder, "tiny.c")
        source.write_text("int answer(void) { return 42; }\n", encoding="ascii")
        library = Path(folder, "tiny.so")
        argv = [program, "-shared", "-fPIC", "-o", str(library), str(source)]
        result = run(argv, timeout=TIMEOUT, env=env, cwd=folder)
        if not result.ok:
            return Link(
                program,
                result.reason,
                missing=result.ended is Ended.MISSING,
                hung=result.ended is Ended.TIMEOUT,
            )
        return Link(program, None if library.is_file() else f"{program} said 0 and wrote no library")
