"""What the profile leads to, measured: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both sides are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import time
from array import array

import profiling_example

EXAMPLE = "profiling_example"
ROUNDS = 21
NUMBERS = [float(number) for number in range(10_000)]
ARRAY = array("d", NUMBERS)


def python_scale():
    return [value * 1.0 for value in NUMBERS]


CASES = (
    (
        "10,000 numbers, list in and list out",
        "Python",
        lambda: profiling_example.scale(NUMBERS, 1.0),
        python_scale,
    ),
    (
        "10,000 numbers, in place in an array",
        "Python",
        lambda: profiling_example.scale_in_place(ARRAY, 1.0),
        python_scale,
    ),
    (
        "10,000 numbers, in place in an array",
        "the wrong way: lists",
        lambda: profiling_example.scale_in_place(ARRAY, 1.0),
        lambda: profiling_example.scale(NUMBERS, 1.0),
    ),
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
