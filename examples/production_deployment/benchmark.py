"""Compare with pure Python: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import production_deployment

EXAMPLE = "production_deployment"
ROUNDS = 21
LINE = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\n".encode()
DATA = LINE * 15_000  # 1 MB

FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name, "text")
FILE.write_bytes(DATA)


def in_python(data):
    """What the standard library has for it; each of these is a loop in C."""
    return data.count(b"\n"), len(data.split()), len(data.decode("utf-8")), len(data)


def file_in_python():
    lines = words = characters = size = 0
    with FILE.open("rb") as file:
        for line in file:
            lines += line.endswith(b"\n")
            words += len(line.split())
            characters += len(line.decode("utf-8"))
            size += len(line)
    return lines, words, characters, size


CASES = (
    ("1 MB of bytes", "Python", lambda: production_deployment.count(DATA), lambda: in_python(DATA)),
    ("a line of bytes", "Python", lambda: production_deployment.count(LINE), lambda: in_python(LINE)),
    ("a file of 1 MB", "Python", lambda: production_deployment.count_file(FILE), file_in_python),
)


# --- the same in every example ---


def seconds(call, number):
    start = time.perf_counter()
    for _ in range(number):
        call()
    return time.perf_counter() - start


def calls(call):
    """How many calls make a round: a hundredth of a second of them, so that the clock and a short pause are small."""
    number = 1
    while seconds(call, number) < 0.01:
        number *= 2
    return number


def measure(name, against, rust, other):
    sides = [(call, calls(call)) for call in (rust, other)]
    rounds = [[seconds(call, number) / number * 1e9 for call, number in sides] for _ in range(ROUNDS)]
    rust_ns, other_ns = (statistics.median(column) for column in zip(*rounds))
    ratios = sorted(other / rust for rust, other in rounds)
    return {
        "name": name,
        "against": against,
        "rust_ns": rust_ns,
        "other_ns": other_ns,
        "ratio": statistics.median(ratios),
        # Nine of ten rounds lie between these.
        "low": ratios[ROUNDS // 20],
        "high": ratios[-1 - ROUNDS // 20],
    }


def main():
    rows = [measure(*case) for case in CASES]
    if "--json" in sys.argv[1:]:
        print(json.dumps({"example": EXAMPLE, "rows": rows}))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        print(
            f"{row['name']:{width}} {row['rust_ns']:12.0f} ns {row['other_ns']:12.0f} ns {row['against']}"
            f"  {row['ratio']:.2f} times ({row['low']:.2f} to {row['high']:.2f})"
        )


if __name__ == "__main__":
    main()
