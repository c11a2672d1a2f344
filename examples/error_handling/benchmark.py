"""Compare ways to fail: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import signal
import statistics
import sys
import time

import error_handling

EXAMPLE = "error_handling"
ROUNDS = 21
STEPS = 100_000
VALUES = list(range(10))


class LineError(Exception):
    def __init__(self, message, line):
        super().__init__(message)
        self.line = line


def raise_value_error():
    raise ValueError("no")


def caught(call):
    try:
        call()
    except ValueError:
        return True


def parse(text):
    """What error_handling.parse does."""
    settings = {}
    for line, each in enumerate(text.splitlines(), 1):
        name, _, number = each.partition("=")
        try:
            settings[name.strip()] = int(number)
        except ValueError as error:
            raise LineError(f"line {line}: {name.strip()} is no number", line) from error
    return settings


def line_of(call, kind):
    try:
        call("port = eighty")
    except kind as error:
        return error.line


class HeardError(Exception):
    pass


def handler(*_):
    raise HeardError


def until_heard(call):
    """A signal comes after one millisecond of ten times as much work."""
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    try:
        call()
        while True:
            pass
    except HeardError:
        return True


CASES = (
    (
        "a ValueError raised and caught",
        "Python",
        lambda: caught(error_handling.raise_value_error),
        lambda: caught(raise_value_error),
    ),
    (
        "a LineError with its line and its cause",
        "Python",
        lambda: line_of(error_handling.parse, error_handling.LineError),
        lambda: line_of(parse, LineError),
    ),
    (
        "500 errors that nobody sees, messages made when asked for",
        "the wrong way: made at once",
        lambda: error_handling.misses_lazily(1000),
        lambda: error_handling.misses_eagerly(1000),
    ),
    (
        "500 misses as Option",
        "errors, messages made when asked for",
        lambda: error_handling.misses_by_option(1000),
        lambda: error_handling.misses_lazily(1000),
    ),
    (
        "no panic, behind catch_unwind",
        "unguarded",
        lambda: error_handling.nth_guarded(VALUES, 5),
        lambda: error_handling.nth_wrong(VALUES, 5),
    ),
    (
        f"{STEPS:,} steps, check_signals every 1,000",
        "the wrong way: after each step",
        lambda: error_handling.spin(STEPS, 1000),
        lambda: error_handling.spin(STEPS, 1),
    ),
    (
        f"the price of a check every 1,000 of {STEPS:,} steps",
        "the wrong way: never",
        lambda: error_handling.spin(STEPS, 1000),
        lambda: error_handling.spin_wrong(STEPS),
    ),
    (
        "the same, and detached in between",
        "the wrong way: never",
        lambda: error_handling.spin_detached(STEPS, 1000),
        lambda: error_handling.spin_wrong(STEPS),
    ),
)

if hasattr(signal, "setitimer"):
    signal.signal(signal.SIGALRM, handler)
    CASES += (
        (
            "a signal after 1 ms of long work, until heard",
            "the wrong way: never checked",
            lambda: until_heard(lambda: error_handling.spin(10_000_000, 1000)),
            lambda: until_heard(lambda: error_handling.spin_wrong(10_000_000)),
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
