"""The examples on every Python, cold: seeded target folders beside one shared: `python benchmarks/matrix.py [3.8 ...]`.

Both compile each example with the same profile for the same interpreters in the same order, interpreter by interpreter;
the two take turns at each example, so that a slow moment of the machine hits both. Then both are asked again: nothing
has changed, and nothing should be compiled. Tests are not run; `pyo3ops examples` reports them apart.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pyo3ops.core import discover  # noqa: E402
from pyo3ops.tools import maturin  # noqa: E402
from pyo3ops.wheels import examples  # noqa: E402

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12")


@dataclass
class Side:
    """Seconds until cargo was done, what packing the wheels took on top, and how many crates rustc compiled."""

    seconds: float = 0.0
    packing: float = 0.0
    compiled: int = 0

    def add(self, seconds: float, compiled: int, packing: float = 0.0) -> None:
        self.seconds += seconds
        self.compiled += compiled
        self.packing += packing


def main() -> int:
    env = dict(os.environ)
    interpreters = [examples.interpreter(python, env) for python in sys.argv[1:] or PYTHONS]
    folders = examples.folders(discover.read_project(ROOT, env))
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for title in ("cold", "again"):
            seeded, shared = Side(), Side()
            for interpreter in interpreters:
                for example, folder in folders.items():
                    output = scratch / "wheels" / interpreter.version.tag / example
                    made = examples.build(example, folder, interpreter, output, targets=scratch / "seeded", env=env)
                    if made.built is None or made.error:
                        print(f"{example} on {interpreter.version}: {made.error}")
                        return 1
                    seeded.add(made.built.compiling, made.built.compiled, made.built.seconds - made.built.compiling)
                    shared.add(*in_shared(folder, interpreter.path, scratch, env))
                print(f"{title}: {interpreter.version} done", file=sys.stderr)
            told(title, seeded, shared, len(folders) * len(interpreters))
    return 0


def in_shared(folder: Path, python: Path, scratch: Path, env: dict[str, str]) -> tuple[float, int, float]:
    """One example in the target folder that all interpreters share: seconds, crates compiled, seconds of packing.

    By the same command: `cargo build --lib` would do less where a crate is an rlib as well, for it then leaves out
    link-time optimisation.
    """
    told = {**env, "CARGO_TARGET_DIR": str(scratch / "shared"), "CARGO_TERM_COLOR": "never"}
    argv = maturin.build_argv("maturin", python, scratch / "packed", locked=True)
    lines, compiling, start = [], 0.0, time.perf_counter()
    with subprocess.Popen(argv, cwd=folder, env=told, stderr=subprocess.PIPE, text=True) as running:
        for line in running.stderr or ():
            lines.append(line)
            if line.lstrip().startswith("Finished `"):
                compiling = time.perf_counter() - start
    if running.returncode:
        sys.exit("".join(lines))
    compiled = sum(1 for line in lines if line.lstrip().startswith("Compiling "))
    return compiling, compiled, time.perf_counter() - start - compiling


def told(title: str, seeded: Side, shared: Side, modules: int) -> None:
    print(f"{title}: {modules} modules")
    print(f"  one target folder an interpreter, seeded  {seeded.seconds:7.1f} s  {seeded.compiled:4} crates compiled")
    print(f"  one target folder for all                 {shared.seconds:7.1f} s  {shared.compiled:4} crates compiled")
    ratio, packing = seeded.seconds / shared.seconds, f"{seeded.packing:.1f} and {shared.packing:.1f} s"
    print(f"  seeded over shared {ratio:.2f}; packing the wheels {packing} more")


if __name__ == "__main__":
    sys.exit(main())
