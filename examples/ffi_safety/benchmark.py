"""What safety costs, and what it wins: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both sides are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import threading
import time

import ffi_safety

EXAMPLE = "ffi_safety"
ROUNDS = 21
COUNTER = ffi_safety.Counter()
DATA = bytearray(100_000)


class PythonCounter:
    def __init__(self):
        self.lock = threading.Lock()
        self.value = 0

    def add(self):
        with self.lock:
            self.value += 1


PYTHON_COUNTER = PythonCounter()


def two_threads(call):
    threads = [threading.Thread(target=call, args=(2_000_000,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


CASES = (
    (
        "two threads compute, detached",
        "the wrong way: attached",
        lambda: two_threads(ffi_safety.mix),
        lambda: two_threads(ffi_safety.mix_wrongly),
    ),
    (
        "detach for hardly anything",
        "staying attached",
        lambda: ffi_safety.mix(1),
        lambda: ffi_safety.mix_wrongly(1),
    ),
    (
        "read behind a mutex, MutexExt",
        "the wrong way: lock()",
        ffi_safety.total,
        ffi_safety.total_wrongly,
    ),
    ("count, atomically", "a lock in Python", COUNTER.add, PYTHON_COUNTER.add),
    ("sum 100 kB of a buffer", "Python", lambda: ffi_safety.sum_bytes(DATA, int), lambda: sum(DATA)),
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
