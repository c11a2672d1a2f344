"""How long a look at a live process takes, beside py-spy, pystack and gdb alone: `python benchmarks/debug.py`.

    python benchmarks/debug.py [--python PATH] [--rounds N] [--built DIR] [--json FILE]

A program sleeps in Rust under three Python and two Rust functions, alone or with 63 more threads that do the same. The
tools take turns, round by round; medians of whole runs, start of the tool included, and of the processor's time in
them, which other work on the machine changes less. `stood still` is what the process itself lost to our look. `on top`
is the time between the end of gdb's reading and the finished stacks (join, names, layers), for the first look of a
process and for the next one, with its addresses known.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pyo3ops.core.model import Host  # noqa: E402
from pyo3ops.stacks import shown  # noqa: E402
from pyo3ops.stacks.sources import gdb  # noqa: E402
from pyo3ops.stacks.sources.protocol import Look, Refused, Target  # noqa: E402
from pyo3ops.tasks.debug.joined import joined, sources_of  # noqa: E402

PROGRAM = """\
import sys, threading
import debugging_example

def leaf():
    debugging_example.sleep_detached(3600.0)

def middle():
    debugging_example.call_back(leaf)

def main():
    debugging_example.call_back(middle)

for _ in range(int(sys.argv[1]) - 1):
    threading.Thread(target=main, daemon=True).start()
print("ready", flush=True)
main()
"""
LINE = "{threads:3} threads {tool:36} {median:8.0f} ms ({low:.0f} to {high:.0f})"
CPU = ", processor"


def built(folder: Path, python: str) -> Path:
    """debugging_example as a release with line tables."""
    target = folder / "target"
    settings = {
        "CARGO_TARGET_DIR": str(target),
        "PYO3_PYTHON": python,
        "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only",
    }
    argv = ["cargo", "build", "--release", "--locked", "--quiet", "--features", "pyo3/extension-module"]
    subprocess.run(argv, cwd=ROOT / "examples/debugging_example", env={**os.environ, **settings}, check=True)
    (library,) = (target / "release").glob("libdebugging_example.*[!d]")
    shutil.copy(library, folder / "debugging_example.so")
    return folder


def started(python: str, folder: Path, threads: int) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(folder)}
    process = subprocess.Popen([python, "-c", PROGRAM, str(threads)], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout  # noqa: S101 - it was asked for
    process.stdout.readline()
    time.sleep(0.5)
    return process


def others(pid: int) -> Iterator[tuple[str, list[str]]]:
    """The command of each tool that is here."""
    batch = ["gdb", "-nx", "-batch", "-p", str(pid), "-ex", "thread apply all bt"]
    for name, argv in (
        ("py-spy dump --native", ["py-spy", "dump", "--native", "--pid", str(pid)]),
        ("pystack remote --native", ["pystack", "remote", "--native", str(pid)]),
        ("gdb thread apply all bt", batch),
    ):
        if shutil.which(argv[0]):
            yield name, argv


def timed(argv: list[str]) -> tuple[float, float, bool]:
    """Milliseconds of a whole run, those of the processor's time in it, and whether it did what it was asked for."""
    began, before = time.perf_counter(), os.times()
    # From a folder that is no project, as a look at somebody's server is.
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, capture_output=True, check=False, env=env, cwd=tempfile.gettempdir())
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return (time.perf_counter() - began) * 1000, used * 1000, done.returncode in (0, 1)


def looked(pid: int) -> dict[str, float]:
    """Milliseconds of one look by the library: the source, and what comes on top of it."""
    sources = sources_of(None, os.environ)
    found = gdb.look(Target(pid=pid), Look(os.environ))
    if isinstance(found, Refused):
        raise SystemExit(f"gdb may not look: {found.said}")
    times = {"stood still": (found[0].stopped or 0.0) * 1000}
    for name in ("on top, cold", "on top, warm"):
        began = time.perf_counter()
        shown.traces(joined(found[0], sources))
        times[name] = (time.perf_counter() - began) * 1000
    return times


def measured(python: str, folder: Path, threads: int, rounds: int) -> list[dict[str, Any]]:
    process = started(python, folder, threads)
    found: dict[str, list[float]] = {}
    failed: set[str] = set()
    ours = [sys.executable, "-m", "pyo3ops", "debug", "stacktrace", str(process.pid), "--once"]
    try:
        tools: list[tuple[str, list[str]]] = [("pyo3ops debug stacktrace", ours), *others(process.pid)]
        for _ in range(rounds):
            for name, argv in tools:
                milliseconds, used, ok = timed(argv)
                found.setdefault(name, []).append(milliseconds)
                found.setdefault(name + CPU, []).append(used)
                if not ok:
                    failed.add(name)
            for name, value in looked(process.pid).items():
                found.setdefault(name, []).append(value)
    finally:
        process.kill()
        process.wait()
    return [
        {
            "threads": threads,
            "tool": name + (" (failed)" if name.replace(CPU, "") in failed else ""),
            "median": statistics.median(each),
            "low": min(each),
            "high": max(each),
        }
        for name, each in found.items()
    ]


def main(tell: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--built", help="a folder that has debugging_example for this Python already")
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(args.built) if args.built else built(Path(folder), args.python)
        rows = [row for threads in (1, 64) for row in measured(args.python, place, threads, args.rounds)]
    for row in rows:
        tell(LINE.format(**row))
    if args.json:
        host = Host.here()
        data = {"host": f"{host.system} {host.machine}", "python": args.python, "rows": rows}
        Path(args.json).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
