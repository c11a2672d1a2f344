"""What cures cost: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both sides are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import contextlib
import json
import statistics
import sys
import time

import debugging_example

EXAMPLE = "debugging_example"
ROUNDS = 21
EMPTY = []


def python_refuse():
    try:
        EMPTY[3]
    except IndexError as error:
        raise ValueError("there is no fourth value") from error


def caught(call):
    with contextlib.suppress(ValueError):
        call()


CASES = (
    (
        "refuse with an exception",
        "Python",
        lambda: caught(debugging_example.refuse),
        lambda: caught(python_refuse),
    ),
    (
        "wait for a mutex, the interpreter released",
        "the wrong way: attached",
        debugging_example.attach_then_lock_released,
        debugging_example.attach_then_lock,
    ),
    (
        "16 KiB as an object, dropped",
        "the same in Python",
        debugging_example.keep_object,
        lambda: bytes(16 * 1024),
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
