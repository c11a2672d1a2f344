"""Ten conversions with PyO3, pybind11, nanobind, Cython, cffi and ctypes: `python benchmarks/conversions/compare.py`.

Each tool's module is built optimised for one Python (`--python`), in `--work` or a temporary folder; all must give the
same before anything is measured. `--output FILE` keeps medians and spreads as JSON, `--check FILE` tells how many of
this run's medians lie within the spread that an earlier one states.
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
from pathlib import Path
from typing import Any, Dict, List, Tuple

HERE = Path(__file__).parent
#: One release each, so that two runs compare the same.
VERSIONS = (
    "pybind11==3.1.0",
    "nanobind==3.1.0",
    "cython==3.3.1",
    "cffi==2.1.1",
    "setuptools==84.2.1",
    "pyperf==2.10.0",
)
OPTIMISED = ("-O3", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-shared")
ROUNDS = 8
#: What makes the difference where it is not PyO3 that is quickest, as far as the tools' sources tell it.
WHY = {
    ("nanobind", "list_in"): "it reads a list's items where they lie; PyO3 asks an iterator for each",
    ("nanobind", "integer"): "it reads the digits of a small int itself; PyO3 calls PyLong_AsLong",
    ("cython", "integer"): "it reads the digits of a small int itself; PyO3 calls PyLong_AsLong",
    ("nanobind", "object"): "its types are called by vectorcall; PyO3's `#[new]` by tp_new, with a tuple of arguments",
}
Values = Dict[Tuple[str, str], List[float]]


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        work = (arguments.work or Path(scratch)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        python = built(work, arguments.python)
        values: Values = {}
        for seed in range(arguments.processes):
            print(f"process {seed + 1} of {arguments.processes}", file=sys.stderr)
            said = run([str(python), str(work / "modules" / "measure.py"), str(seed), str(ROUNDS)])
            for call, net in costs(said).items():
                values.setdefault(call, []).extend(net)
        release = run([str(python), "-c", "import platform; print(platform.python_version())"]).strip()
    rows = spreads(values)
    told(rows, release)
    if arguments.output:
        document = {"python": release, "versions": VERSIONS, "machine": machine(), "rows": rows}
        arguments.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if arguments.check:
        return checked(rows, json.loads(arguments.check.read_text(encoding="utf-8"))["rows"])
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--check", type=Path)
    parser.add_argument("--work", type=Path)
    return parser.parse_args()


def built(work: Path, python: str) -> Path:
    """Build every tool's module into `work`/modules; the Python of the environment that can import them."""
    modules = work / "modules"
    modules.mkdir(exist_ok=True)
    run(["uv", "venv", "--quiet", "--clear", "--python", python, str(work / "venv")])
    inside = work / "venv" / "bin" / "python"
    run(["uv", "pip", "install", "--quiet", "--python", str(inside), *VERSIONS])
    suffix, include = run(
        [
            str(inside),
            "-c",
            "import sysconfig as s; print(s.get_config_var('EXT_SUFFIX')); print(s.get_path('include'))",
        ]
    ).split()
    python_h = f"-I{include}"

    def compiled(compiler: str, name: str, *rest: str) -> None:
        run([compiler, *OPTIMISED, python_h, *rest, "-o", str(modules / f"{name}{suffix}")])

    pybind11 = folder(inside, "pybind11", "get_include()")
    compiled("g++", "bench_pybind11", "-std=c++17", f"-I{pybind11}", str(HERE / "bench_pybind11.cpp"))
    nanobind = Path(folder(inside, "nanobind", "include_dir()")).parent
    includes = (f"-I{nanobind / 'include'}", f"-I{nanobind / 'ext' / 'robin_map' / 'include'}")
    # As nanobind's own CMake functions do it: without strict aliasing for what it compiles itself.
    sources = (str(nanobind / "src" / "nb_combined.cpp"), str(HERE / "bench_nanobind.cpp"))
    compiled("g++", "bench_nanobind", "-std=c++17", "-fno-strict-aliasing", *includes, *sources)
    cpp = work / "bench_cython.cpp"
    run([str(inside), "-m", "cython", "-3", "--cplus", "-o", str(cpp), str(HERE / "bench_cython.pyx")])
    compiled("g++", "bench_cython", "-std=c++17", str(cpp))
    run([str(inside), str(HERE / "build_cffi.py"), str(modules)])
    run(["cc", "-O3", "-DNDEBUG", "-fPIC", "-shared", str(HERE / "plain.c"), "-o", str(modules / "plain.so")])
    # Away from here: what is imported is what was built.
    for name in ("bench_cffi.py", "bench_ctypes.py", "measure.py"):
        shutil.copy(HERE / name, modules)
    wheel = ["maturin", "build", "--release", "--locked", "--interpreter", str(inside), "--out", str(work / "wheels")]
    run(wheel, cwd=HERE / "pyo3", env={**os.environ, "CARGO_TARGET_DIR": str(work / "target")})
    made = max((work / "wheels").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    run(["uv", "pip", "install", "--quiet", "--reinstall", "--python", str(inside), str(made)])
    return inside


def folder(python: Path, module: str, expression: str) -> str:
    return run([str(python), "-c", f"import {module}; print({module}.{expression})"]).strip()


def run(argv: list[str], **settings: Any) -> str:
    """What a program prints; ends this one with its words where it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, **settings)
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be started: {error.strerror}")
    if done.returncode:
        sys.exit(f"{' '.join(argv)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}\nended with {done.returncode}")
    return done.stdout


def costs(said: str) -> Values:
    """Nanoseconds as one process measured them, the median of the tool's own empty call subtracted."""
    values: Values = {}
    for line in said.splitlines():
        tool, name, seconds = json.loads(line)
        values.setdefault((tool, name), []).append(seconds * 1e9)
    empty = {tool: statistics.median(measured) for (tool, name), measured in values.items() if name == "empty"}
    return {
        (tool, name): [value - (name != "empty") * empty[tool] for value in measured]
        for (tool, name), measured in values.items()
    }


def spreads(values: Values) -> list[dict[str, Any]]:
    """Median, 5th and 95th percentile of each tool's calls, the quickest first."""
    rows = []
    for (tool, name), measured in values.items():
        cuts = statistics.quantiles(measured, n=20, method="inclusive")
        row = {"median": statistics.median(measured), "low": cuts[0], "high": cuts[-1]}
        rows.append({"tool": tool, "name": name, **{key: round(value, 1) for key, value in row.items()}})
    return sorted(rows, key=lambda row: (row["name"] != "empty", row["name"], row["median"]))


def told(rows: list[dict[str, Any]], release: str) -> None:
    print(
        f"Nanoseconds a call on Python {release}, the tool's empty call subtracted; what nine of ten rounds lie between"
    )
    for name in dict.fromkeys(row["name"] for row in rows):
        of_it = [row for row in rows if row["name"] == name]
        quickest = max(of_it[0]["median"], 1.0)
        print(f"\n{name}")
        for row in of_it:
            spread = f"{row['low']:.0f} to {row['high']:.0f}"
            print(f"  {row['tool']:9} {row['median']:10.1f}  {spread:>20}  {max(row['median'], 1.0) / quickest:6.2f}")
        ours = next(row for row in of_it if row["tool"] == "pyo3")
        for row in of_it[: of_it.index(ours)]:
            if row["high"] < ours["low"] or (row["tool"], name) in WHY:
                why = WHY.get((row["tool"], name), "why, nobody has found out")
                print(f"  {row['tool']} is quicker than PyO3: {why}")


def checked(rows: list[dict[str, Any]], before: list[dict[str, Any]]) -> int:
    known = {(row["tool"], row["name"]): row for row in before}
    pairs = [(row, known[row["tool"], row["name"]]) for row in rows if (row["tool"], row["name"]) in known]
    within = [row for row, old in pairs if old["low"] <= row["median"] <= old["high"]]
    print(f"\n{len(within)} of {len(pairs)} rows within the stated spread")
    for row, old in pairs:
        if row not in within:
            print(f"  {row['tool']} {row['name']}: {row['median']:.1f}, was {old['low']:.1f} to {old['high']:.1f}")
    return 0


def machine() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return sys.platform
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "")


if __name__ == "__main__":
    sys.exit(main())
