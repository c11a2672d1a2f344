"""The planned wheels of the examples, by `pyo3ops wheels build` and by plain maturin: `python benchmarks/wheels.py`.

    python benchmarks/wheels.py [--python 3.8 ...] [--rounds N] [--json FILE] [EXAMPLE ...]

Both get the same copy of the examples, the same interpreters and as many processors. Ours makes each sdist and builds
from it, several interpreters at once, in target folders of their own; plain maturin builds from the tree in one target
folder for all, interpreter by interpreter, the kinder order for it. The two take turns, round by round, and each round
is cold and then asked again: nothing has changed, and nothing should be compiled. With zig on PATH, ours links by it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Sequence

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pyo3ops.core import discover  # noqa: E402
from pyo3ops.core.model import Host, Status  # noqa: E402
from pyo3ops.tasks.wheels import build  # noqa: E402
from pyo3ops.tools import maturin  # noqa: E402
from pyo3ops.wheels import examples  # noqa: E402

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12")
CONFIG = '[tool.pyo3ops]\ncrates = ["examples/*"]\n'


LINE = "{side:14} {state:5} {wheels:4} wheels {compiled:5} crates {median:8.1f} s ({low:.1f} to {high:.1f})"


class Run(NamedTuple):
    """One pass over all wheels."""

    side: str
    state: str
    seconds: float
    compiled: int
    wheels: int


def main() -> int:
    args = arguments()
    env = dict(os.environ)
    interpreters = [examples.interpreter(python, env).path for python in args.python or PYTHONS]
    folders = examples.chosen(examples.folders(discover.read_project(ROOT, env)), args.names)
    runs: list[Run] = []
    for number in range(args.rounds):
        with tempfile.TemporaryDirectory() as name:
            copies = copied(folders, Path(name))
            # Whoever is first in a round finds a colder disk: they swap.
            for side in ("ours", "plain") if number % 2 == 0 else ("plain", "ours"):
                if side == "ours":
                    runs += ours(copies, args.python or PYTHONS, env)
                else:
                    runs += plain(copies, interpreters, env)
                print(f"round {number + 1}: {runs[-1].side} done", file=sys.stderr)
    rows = list(summary(runs))
    for row in rows:
        print(LINE.format(**row))
    cold = {row["side"]: row["median"] for row in rows if row["state"] == "cold"}
    print(f"ours over plain, cold: {cold['wheels build'] / cold['plain maturin']:.2f}")
    if args.json:
        document = {"host": vars(Host.here()), "rows": rows, "runs": [each._asdict() for each in runs]}
        args.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="EXAMPLE")
    parser.add_argument("--python", nargs="+", metavar="VERSION")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def copied(folders: dict[str, Path], scratch: Path) -> Path:
    """The chosen examples as a repository of their own, without what was built of them."""
    for name, folder in folders.items():
        shutil.copytree(folder, scratch / "examples" / name, ignore=shutil.ignore_patterns("target", ".pyo3ops"))
    (scratch / "pyproject.toml").write_text(CONFIG, encoding="utf-8")
    return scratch


def ours(root: Path, pythons: Sequence[str], env: dict[str, str]) -> list[Run]:
    found = []
    for state in ("cold", "warm"):
        start = time.perf_counter()
        report = build.run(root, build.Request(env, pythons=tuple(pythons)))
        seconds = time.perf_counter() - start
        failed = [finding for finding in report.findings if finding.status is Status.FAIL]
        if failed:
            sys.exit(f"{failed[0].id}: {failed[0].detail}")
        wheels = [row for row in report.tables[0].rows if str(row[0]).endswith(".whl")]
        found.append(Run("wheels build", state, seconds, sum(int(row[3] or 0) for row in wheels), len(wheels)))
    return found


def plain(root: Path, interpreters: list[Path], env: dict[str, str]) -> list[Run]:
    told = {**env, "CARGO_TARGET_DIR": str(root / "shared"), "CARGO_TERM_COLOR": "never"}
    found = []
    for state in ("cold", "warm"):
        start, compiled, wheels = time.perf_counter(), 0, 0
        for interpreter in interpreters:
            for folder in sorted((root / "examples").iterdir()):
                argv = maturin.build_argv("maturin", interpreter, root / "plain", locked=True)
                done = subprocess.run(argv, cwd=folder, env=told, capture_output=True, text=True, check=False)
                if done.returncode:
                    sys.exit(done.stderr)
                compiled += len(re.findall(r"^\s*Compiling \S+ v", done.stderr, re.MULTILINE))
                wheels += 1
        found.append(Run("plain maturin", state, time.perf_counter() - start, compiled, wheels))
    return found


def summary(runs: list[Run]) -> Iterator[dict[str, Any]]:
    for side, state in dict.fromkeys((each.side, each.state) for each in runs):
        those = [each for each in runs if (each.side, each.state) == (side, state)]
        seconds = [each.seconds for each in those]
        yield {
            "side": side,
            "state": state,
            "wheels": those[0].wheels,
            "compiled": those[0].compiled,
            "median": statistics.median(seconds),
            "low": min(seconds),
            "high": max(seconds),
        }


if __name__ == "__main__":
    sys.exit(main())
