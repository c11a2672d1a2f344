"""zig: a C compiler and linker that brings the C libraries of other machines, and of older releases of this one."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.files import is_file
from pyo3ops.core.run import run, which

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Seconds; it answers within 0.1, from a cold disk it is 170 MB to read.
TIMEOUT = 20.0
#: What cargo-zigbuild, which maturin has inside, is told of the zig to use (its documentation).
VARIABLE = "CARGO_ZIGBUILD_ZIG_PATH"


@dataclass(frozen=True)
class Zig:
    """A zig; `path` is None without one, `error` says why one does not run."""

    path: Path | None = None
    release: str = ""
    error: str | None = None


def ask(env: Mapping[str, str], package: Path | None = None) -> Zig:
    """The first zig that answers: named in the environment, on PATH, in this Python, in the folder of a `package`."""
    failed = Zig()
    for path in dict.fromkeys(_candidates(env, package)):
        result = run([str(path), "version"], timeout=TIMEOUT, env=env)
        said = parse(path, result.out) if result.ok else Zig(path, error=result.reason)
        if said.error is None:
            return said
        failed = said
    return failed


def parse(path: Path, text: str) -> Zig:
    """Read what `zig version` printed, such as "0.15.2"."""
    match = re.match(r"\d+\.\d+\.\d+\S*", text)
    return Zig(path, match[0]) if match else Zig(path, error="zig version printed no version")


def packaged(folder: Path) -> Path:
    """Where the zig of the `ziglang` package lies that was installed into a folder."""
    return folder / "ziglang" / "zig"


def _candidates(env: Mapping[str, str], package: Path | None) -> Iterator[Path]:
    if env.get(VARIABLE):
        yield Path(env[VARIABLE])
    on_path = which("zig", env)
    if on_path:
        yield Path(on_path)
    spec = importlib.util.find_spec("ziglang")
    for place in spec.submodule_search_locations or () if spec else ():
        yield from filter(is_file, (Path(place, name) for name in ("zig", "zig.exe")))
    if package is not None and is_file(packaged(package)):
        yield packaged(package)
