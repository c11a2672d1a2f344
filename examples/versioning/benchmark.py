"""Compare pickled states, ways in, and a deprecated call: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both sides are interleaved, so that a slow moment of the machine hits both; the median round counts. What abi3
costs cannot be seen from within one wheel: `abi3_cost.py` builds both.
"""

import array
import json
import pickle
import statistics
import sys
import time
import warnings

import versioning

EXAMPLE = "versioning"
ROUNDS = 21

# What a warning costs where nobody sees it, which is where most of them are raised.
warnings.simplefilter("ignore", DeprecationWarning)
LIST = [number / 10 for number in range(10_000)]
ARRAY = array.array("d", LIST)
SUMMARY = versioning.summarize(LIST)
POSITIONAL = versioning.PositionalSummary()
VERSIONED_PICKLE, POSITIONAL_PICKLE = pickle.dumps(SUMMARY), pickle.dumps(POSITIONAL)


class PythonSummary:
    """The same recurrence, as one writes it in Python."""

    def __init__(self):
        self.count, self.mean, self.m2 = 0, 0.0, 0.0
        self.minimum = self.maximum = None

    def extend(self, values):
        for value in values:
            self.count += 1
            distance = value - self.mean
            self.mean += distance / self.count
            self.m2 += distance * (value - self.mean)
            if self.minimum is None or value < self.minimum:
                self.minimum = value
            if self.maximum is None or value > self.maximum:
                self.maximum = value


def one_by_one(values):
    summary = versioning.Summary()
    for value in values:
        summary.add(value)


CASES = (
    ("10,000 numbers of a list", "Python", lambda: versioning.summarize(LIST), lambda: PythonSummary().extend(LIST)),
    (
        "10,000 numbers of an array",
        "Python",
        lambda: versioning.summarize(ARRAY),
        lambda: PythonSummary().extend(ARRAY),
    ),
    (
        "10,000 numbers of an array",
        "a call a number",
        lambda: versioning.summarize(ARRAY),
        lambda: one_by_one(ARRAY),
    ),
    (
        "pickle with names and a version",
        "the wrong way: by position",
        lambda: pickle.dumps(SUMMARY),
        lambda: pickle.dumps(POSITIONAL),
    ),
    (
        "unpickle with names and a version",
        "the wrong way: by position",
        lambda: pickle.loads(VERSIONED_PICKLE),
        lambda: pickle.loads(POSITIONAL_PICKLE),
    ),
    (
        "the mean of 10 numbers",
        "the deprecated function",
        lambda: versioning.summarize(LIST[:10]).mean,
        lambda: versioning.mean_of(LIST[:10]),
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
