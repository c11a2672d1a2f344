"""What breakpoints cost: calls while one is set elsewhere, and each stop: `python benchmarks/debug_breakpoints.py`.

    python benchmarks/debug_breakpoints.py [--python PATH ...] [--rounds N] [--json FILE]

The program measures itself, under gdb. `slower` is how many times longer 200,000 calls of a Python function take while
a breakpoint is set in another function of the same file; `a stop` is the time from the call to its return where each of
40 calls stops and both sides of the stack are read, with locals. The first stop, for which gdb reads symbols, comes
before and does not count. The plain program and the armed one take turns; medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pyo3ops.core.model import Host  # noqa: E402
from pyo3ops.tasks.debug import breakpoint as task  # noqa: E402

LINE = "{python:8} {plain:7.1f} ms plain {armed:7.1f} ms armed {slower:6.2f} times slower {stop:6.1f} ms a stop"
PROGRAM = """\
import sys, time


def busy(number):
    return number + 1


def stopped(number):
    return number


def never(number):
    return number


def loop(function, times):
    started = time.perf_counter()
    for number in range(times):
        function(number)
    return time.perf_counter() - started


busy(1), stopped(1)
with open(sys.argv[1], "w") as file:
    file.write("%r %r" % (loop(busy, 200_000), loop(stopped, 40) / 40))
"""


def main() -> int:
    args = arguments()
    rows = [measured(python, args.rounds) for python in args.python or [sys.executable]]
    for row in rows:
        print(LINE.format(**row))
    if args.json:
        host = Host.here()
        text = json.dumps(
            {"system": host.system, "machine": host.machine, "rounds": args.rounds, "rows": rows}, indent=1
        )
        Path(args.json).write_text(text + "\n", encoding="utf-8")
    return 0


def measured(python: str, rounds: int) -> dict[str, Any]:
    """The medians of one interpreter."""
    plain, armed, stops = [], [], []
    with tempfile.TemporaryDirectory() as name:
        program, file = Path(name, "loop.py"), Path(name, "seconds")
        program.write_text(PROGRAM, encoding="utf-8")
        for number in range(rounds):
            # Whoever is first in a round finds a busier machine: they swap.
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                if side:
                    armed.append(under(python, f"{program}::never", program, file)[0])
                else:
                    subprocess.run([python, str(program), str(file)], check=True)
                    plain.append(read(file)[0])
            stops.append(under(python, f"{program}::stopped", program, file)[1])
    version = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"], check=True, capture_output=True, text=True
    ).stdout.strip()
    before, after = statistics.median(plain), statistics.median(armed)
    return {
        "python": version,
        "plain": before * 1000,
        "armed": after * 1000,
        "slower": after / before,
        "stop": statistics.median(stops) * 1000,
    }


def under(python: str, where: str, program: Path, file: Path) -> tuple[float, float]:
    """The program's own figures, with a breakpoint."""
    request = task.Request(dict(os.environ), (where,), (python, str(program), str(file)), limit=None)
    report = task.run(None, request)
    if report.findings[0].detail != "it ended with 0":
        raise SystemExit(str(report.findings))
    return read(file)


def read(file: Path) -> tuple[float, float]:
    calls, stop = file.read_text("utf-8").split()
    return float(calls), float(stop)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="a path; may be repeated (default: the one running this)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
