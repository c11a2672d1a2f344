"""Measure the examples, write it into their READMEs: `python ci/figures.py [--check] [--python X] [NAME...]`.

Each benchmark is run several times, in a process of its own. `--check` writes nothing and names the rows whose new
median lies outside of the spread that the README states; more than a tenth of them fails it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from pyo3ops.core.files import write_whole

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- generated: measured -->\n).*?(<!-- /generated -->)", re.DOTALL)
#: A row as `table` writes it: what, against what, and the spread.
ROW = re.compile(r"^\| (.+?) \| (.+?) \| .*\(([\d.,]+) to ([\d.,]+)\) \|$", re.MULTILINE)
RUNS = 3


class Row(NamedTuple):
    """One row of a benchmark: medians over the runs, and the widest spread of any."""

    name: str
    against: str
    rust_ns: float
    other_ns: float
    ratio: float
    low: float
    high: float


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--python", default="3.11")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    names = args.names or sorted(file.parent.name for file in ROOT.glob("examples/*/benchmark.py"))
    output = ROOT / ".pyo3ops" / "figures"
    argv = [sys.executable, "-m", "pyo3ops", "examples", "--project", str(ROOT), "--python", args.python]
    subprocess.run([*argv, "--output", str(output), *names], check=True)
    venvs = {name: output / f"cp{args.python.replace('.', '')}" / name / "venv" for name in names}
    rows = {name: measured(name, venv) for name, venv in venvs.items()}
    return checked(rows) if args.check else written(rows, args.python)


def measured(name: str, venv: Path) -> list[Row]:
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    argv = [str(python), "-I", str(ROOT / "examples" / name / "benchmark.py"), "--json"]
    runs = []
    for number in range(RUNS):
        print(f"{name}: run {number + 1} of {RUNS}", file=sys.stderr)
        runs.append(json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)["rows"])
    return [joined(same) for same in zip(*runs)]


def joined(runs: tuple[dict[str, object], ...]) -> Row:
    """One row of several runs."""
    columns = {key: [run[key] for run in runs] for key in Row._fields}
    medians = {key: statistics.median(map(float, columns[key])) for key in ("rust_ns", "other_ns", "ratio")}  # type: ignore[arg-type]
    name, against = str(columns["name"][0]), str(columns["against"][0])
    low, high = min(map(float, columns["low"])), max(map(float, columns["high"]))  # type: ignore[arg-type]
    return Row(name, against, **medians, low=low, high=high)


def written(rows: dict[str, list[Row]], python: str) -> int:
    texts: dict[Path, str] = {}
    for name, table in rows.items():
        readme = ROOT / "examples" / name / "README.md"
        text = readme.read_text(encoding="utf-8")
        block = BLOCK.search(text)
        if block is None:
            print(f"{readme.relative_to(ROOT)} has no block `<!-- generated: measured -->`", file=sys.stderr)
            return 1
        texts[readme] = text[: block.end(1)] + block_of(name, table, python) + text[block.start(2) :]
    for readme, text in texts.items():
        write_whole(readme, text.encode("utf-8"))
    return 0


def block_of(name: str, rows: list[Row], python: str) -> str:
    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    head = (
        f"CPython {python}, {platform.machine()}, {os.cpu_count()} cores, release build, {today}: "
        f"`nox -s figures -- {name}`.\n"
        f"Medians of {RUNS} runs of interleaved rounds; nine of ten rounds lie between the figures in brackets.\n\n"
        "| | against | Rust | other | times faster |\n|---|---|---:|---:|---:|\n"
    )
    lines = (
        f"| {plain(row.name)} | {plain(row.against)} | {time(row.rust_ns)} | {time(row.other_ns)} "
        f"| {figure(row.ratio)} ({figure(row.low)} to {figure(row.high)}) |\n"
        for row in rows
    )
    return head + "".join(lines)


def plain(text: str) -> str:
    """Text that Markdown takes for no tag, where it is not code already."""
    return text if "`" in text else text.replace("<", "&lt;")


def time(nanoseconds: float) -> str:
    """Nanoseconds in the unit that leaves one to three digits before the point."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{figure(nanoseconds / size)} {unit}"
    return f"{figure(nanoseconds)} ns"


def figure(value: float) -> str:
    """Two significant digits."""
    return f"{float(f'{value:.2g}'):,.10g}"


def checked(rows: dict[str, list[Row]]) -> int:
    outside, total = [], 0
    for name, table in rows.items():
        text = (ROOT / "examples" / name / "README.md").read_text(encoding="utf-8")
        stated = {
            match.group(1, 2): tuple(float(match[n].replace(",", "")) for n in (3, 4)) for match in ROW.finditer(text)
        }
        for row in table:
            total += 1
            low, high = stated.get((plain(row.name), plain(row.against)), (float("nan"), float("nan")))
            if not low <= float(figure(row.ratio).replace(",", "")) <= high:
                outside.append(f"{name}: {row.name}: {figure(row.ratio)}, stated {low:g} to {high:g}")
    print(*outside, f"{total - len(outside)} of {total} rows lie within the spread that the READMEs state", sep="\n")
    return int(len(outside) * 10 > total)


if __name__ == "__main__":
    sys.exit(main())
