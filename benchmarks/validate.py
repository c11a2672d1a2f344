"""How close validate comes to what its probes cost by themselves: `python benchmarks/validate.py [PROJECT] [ROUNDS]`.

Records the programs that one validate starts, runs each alone for its wall and CPU time, and compares the wall time of
the whole command with max(slowest probe alone, CPU of all probes / cores), and with starting them all at once. Beside
it: `--help` over an empty interpreter, and `nox -l` over `nox --version`. Rounds are interleaved; medians count.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
#: Runs for a 95th percentile.
WARM = 40
sys.path.insert(0, str(ROOT))

from pyo3ops.core import discover, run  # noqa: E402
from pyo3ops.tasks import validate  # noqa: E402
from pyo3ops.tools import cargo, cc, maturin, python, rustc  # noqa: E402


def main() -> int:
    project = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "examples/hello_world").absolute()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 9  # noqa: PLR2004 - an argument
    probes = recorded(project)
    nox = [sys.executable, "-m", "nox", "--noxfile", str(ROOT / "noxfile.py")]
    pyo3ops = [sys.executable, "-m", "pyo3ops"]
    commands: dict[str, dict[str, Any]] = {
        "validate": {"args": [*pyo3ops, "validate"], "cwd": project},
        "help": {"args": [*pyo3ops, "--help"], "cwd": ROOT},
        "empty interpreter": {"args": [sys.executable, "-c", "pass"], "cwd": ROOT},
        "nox -l": {"args": [*nox, "-l"], "cwd": ROOT},
        "nox --version": {"args": [*nox, "--version"], "cwd": ROOT},
        **{f"probe {number}": call for number, call in enumerate(probes)},
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, call in commands.items():
            taken[name].append(measured(**call))
    # The first round filled caches.
    wall = {name: statistics.median(row[0] for row in rows[1:]) for name, rows in taken.items()}
    cpu = {name: statistics.median(row[1] for row in rows[1:]) for name, rows in taken.items()}
    names = [name for name in commands if name.startswith("probe ")]
    slowest, total = max(wall[name] for name in names), sum(cpu[name] for name in names)
    floor = max(slowest, total / (os.cpu_count() or 1))
    together = statistics.median(side_by_side(probes) for _ in range(rounds))
    print(f"{len(names)} probes: slowest {slowest:.3f} s, CPU {total:.3f} s, all started at once {together:.3f} s")
    print(f"validate: {wall['validate']:.3f} s, {wall['validate'] / floor:.2f} times the floor of {floor:.3f} s")
    print(f"validate over all probes started at once: {wall['validate'] / together:.2f}")
    warm = sorted(measured(**commands["validate"])[0] for _ in range(WARM))
    tail = warm[int(0.95 * WARM) - 1]
    print(f"validate, {WARM} warm runs: median {statistics.median(warm):.3f} s, p95 {tail:.3f} s")
    print(f"--help over an empty interpreter: {wall['help'] / wall['empty interpreter']:.2f}")
    print(f"nox -l over nox --version: {wall['nox -l'] / wall['nox --version']:.2f}")
    return 0


def recorded(project: Path) -> list[dict[str, Any]]:
    """Every program that one validate of the project starts."""
    calls: list[dict[str, Any]] = []
    real = run.run

    def recording(argv: Any, **options: Any) -> run.Result:
        calls.append({"args": list(argv), "env": dict(options["env"]), "cwd": options.get("cwd")})
        return real(argv, **options)

    for module in (cargo, cc, discover, maturin, python, rustc):
        module.run = recording  # type: ignore[attr-defined]
    validate.run(project, validate.Request(os.environ))
    return [relinked(call) for call in calls if shutil.which(call["args"][0], path=call["env"].get("PATH"))]


def side_by_side(probes: list[dict[str, Any]]) -> float:
    """Wall seconds for all probes started at once by a bare loop: cores that share their units are not two."""
    started = time.perf_counter()
    running = [subprocess.Popen(**call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for call in probes]
    for process in running:
        process.wait()
    return time.perf_counter() - started


def relinked(call: dict[str, Any]) -> dict[str, Any]:
    """The same probe with files that still exist: the linker's own were temporary."""
    if "-shared" in call["args"]:
        source = Path("/tmp/pyo3ops-benchmark.c")  # noqa: S108 - holds nothing
        source.write_text("int answer(void) { return 42; }\n", encoding="ascii")
        call["args"][-2:] = [str(source.with_suffix(".so")), str(source)]
        call["cwd"] = None
    return call


def measured(args: list[str], cwd: Any = None, env: dict[str, str] | None = None) -> tuple[float, float]:
    """Wall and CPU seconds of one program and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(args, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
