# ruff: noqa: E501 - lines as programs print them
"""What `pyo3ops debug crash` costs on the logs of CI: `python benchmarks/debug_crash.py [MEBIBYTES...]`.

Logs are made as cargo, pip and pytest write them, with stamps, and some crashes in them. Writes
benchmarks/results/debug-crash.md: seconds of the processor and peak memory of the whole command, and of redaction alone.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from pyo3ops.debug.crash import redaction  # noqa: E402 - of this checkout

RESULT = ROOT / "benchmarks/results/debug-crash.md"
RUNS = 3
CRATES = ("serde", "tokio", "pyo3", "hyper", "ring", "regex", "libc", "syn", "quote", "proc-macro2", "ledger")
CRASH = """\
thread '<unnamed>' (4711) panicked at src/lib.rs:12:5:
index out of bounds: the len is 0 but the index is 3
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
Traceback (most recent call last):
  File "/home/quentin/ledger/run.py", line 3, in <module>
    ledger.post(3)
pyo3_runtime.PanicException: index out of bounds: the len is 0 but the index is 3"""


def main() -> int:
    rows = [row for size in map(int, sys.argv[1:] or ("1", "20", "100")) for row in measured(size)]
    about = f"`python benchmarks/debug_crash.py`, Python {sys.version.split()[0]}; medians of {RUNS} runs."
    head = "| log, MiB | options | processor, s | peak, MiB |\n|---:|---|---:|---:|"
    alone = f"Redaction alone: {redacting():.2f} s of the processor for each MiB."
    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    RESULT.write_text("\n".join((f"# Reading large logs, {today}", "", about, "", head, *rows, "", alone, "")), "utf-8")
    print(RESULT.read_text("utf-8"))
    return 0


def measured(size: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "ci.log")
        # Line by line: a process begins with the memory of the one that started it.
        with log.open("w", encoding="utf-8") as file:
            file.writelines(lines(size * 2**20))
        for options in ((), ("--redact",)):
            runs = [once(log, *options) for _ in range(RUNS)]
            seconds, peak = (statistics.median(each) for each in zip(*runs))
            yield f"| {size} | {' '.join(options)} | {seconds:.1f} | {peak:.0f} |"


def once(log: Path, *options: str) -> tuple[float, float]:
    """Seconds of the processor, and mebibytes at most, of the command in a process of its own."""
    argv = [sys.executable, "-m", "pyo3ops", "debug", "crash", str(log), *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.WEXITSTATUS(status)
    if process.returncode != 1:
        raise SystemExit(f"{argv} ended with {process.returncode}, and not with the crash that is in the log")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def redacting() -> float:
    log = "".join(lines(2**20))
    found = []
    for _ in range(RUNS):
        started = time.process_time()
        redaction.redacted(log, {})
        found.append(time.process_time() - started)
    return statistics.median(found)


def lines(size: int) -> Iterator[str]:
    """A log of that many characters; the same each time."""
    chance = random.Random(1)  # noqa: S311 - the same each time
    count = length = stamp = 0
    while length < size:
        for line in part(chance, count):
            stamp += chance.randint(1, 50)
            clock = (
                f"{stamp // 3600000 % 24:02d}:{stamp // 60000 % 60:02d}:{stamp // 1000 % 60:02d}.{stamp % 1000:03d}0000"
            )
            stamped = f"2026-11-28T{clock}Z {line}\n"
            yield stamped
            count += 1
            length += len(stamped)


def part(chance: random.Random, at: int) -> list[str]:
    """A few lines of one of the programs that a job runs."""
    crate, number = chance.choice(CRATES), chance.randint(0, 99_999)
    if at % 40_000 < 8:  # noqa: PLR2004 - a crash in some MiB
        return CRASH.split("\n")
    kinds = (
        [f"   Compiling {crate} v1.{number % 40}.{number % 9}"],
        [f"tests/test_{crate}.py::test_case[{number}-{crate}] PASSED [ {number % 90}%]"],
        [f"  Downloading {crate}-1.{number % 9}-cp311-cp311-manylinux_2_17_x86_64.whl (1.{number % 9} MB)"],
        [
            f"warning: unused variable: `token_{number % 9}`",
            f"  --> src/{crate}.rs:{number}:9",
            f"{number} |     let token = lexer.next();",
            "   |         ^^^^^ help: if this is intentional, prefix it with an underscore",
        ],
        [f"INFO ledger.api request id={number:08x} took {number % 900} ms status=200 path=/v1/items/{number}"],
        [
            f"     Running `rustc --crate-name {crate} /home/quentin/.cargo/registry/src/index-1949cf8c6b5b557f/{crate}-1.0.{number % 9}/src/lib.rs -C metadata={number:016x}`"
        ],
        [f"Requirement already satisfied: {crate}>=1.{number % 9} in /home/quentin/.venv/lib/python3.11/site-packages"],
        [f"DEBUG connect host=db{number % 9}.acme.internal user=svc ip=10.0.{number % 9}.{number % 250}"],
        [f"Building wheel for {crate} (pyproject.toml): started", ""],
    )
    return chance.choice(kinds)


if __name__ == "__main__":
    raise SystemExit(main())
