"""Spend time in five layers, in planted shares: `python workload.py [SECONDS] [--json]`, with the wheel installed.

What one call of each layer takes is measured first; then rounds repeat each as often as its share wants. What is
printed is the truth that a profiler is scored against: the processor time that went into the calls of each layer.
"""

import json
import statistics
import sys
import time

import profiling_example

#: Percent of the processor time.
PLANTED = {"Python": 30, "PyO3 glue": 20, "the crate": 25, "other crates": 15, "libc and others": 10}
#: Seconds of one round.
ROUND = 0.1

NUMBERS = [float(number) for number in range(2_000)]


def python_work():
    total = 0
    for number in range(3_000):
        total += number * number % 7
    return total


LAYERS = {
    "Python": python_work,
    "PyO3 glue": lambda: profiling_example.take(NUMBERS),
    "the crate": lambda: profiling_example.mix(20_000),
    "other crates": lambda: profiling_example.digest(20),
    "libc and others": lambda: profiling_example.search(256),
}


def repeated(call, times):
    """Processor seconds of so many calls."""
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start


def calibrated():
    """How often each layer is called in a round."""
    one = {name: statistics.median(repeated(call, 20) / 20 for _ in range(5)) for name, call in LAYERS.items()}
    return {name: max(round(share / 100 * ROUND / one[name]), 1) for name, share in PLANTED.items()}


def spent(seconds):
    """Processor seconds of each layer, over rounds that fill so many seconds."""
    times = calibrated()
    totals = dict.fromkeys(LAYERS, 0.0)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in LAYERS.items():
            totals[name] += repeated(call, times[name])
    return totals


def main():
    numbers = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    totals = spent(float(numbers[0]) if numbers else 3.0)
    whole = sum(totals.values())
    measured = {name: 100 * seconds / whole for name, seconds in totals.items()}
    if "--json" in sys.argv[1:]:
        print(json.dumps({"planted": PLANTED, "measured": measured}))
        return
    for name, share in measured.items():
        print(f"{name:16} {share:5.1f} %  planted {PLANTED[name]} %")


if __name__ == "__main__":
    main()
