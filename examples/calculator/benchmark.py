"""Compare with pure Python: `python benchmark.py [--json]`, with the wheel installed.

Python's side is its own compiler, which is hard to beat on a single value. Rounds of both are interleaved, so that a
slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import time

import calculator

EXAMPLE = "calculator"
ROUNDS = 21
SOURCE = "(x * x + 3.5) / (x + 2.0) - x * 0.25"
VALUES = [number / 10 for number in range(10_000)]

EXPRESSION = calculator.Expression(SOURCE)
CODE = compile(SOURCE, "<expression>", "eval")

CASES = (
    (
        "evaluate a text once",
        "Python",
        lambda: calculator.evaluate(SOURCE, x=1.5),
        lambda: eval(SOURCE, {"x": 1.5}),  # noqa: S307 - it is what people write
    ),
    ("compiled, one value a call", "Python", lambda: EXPRESSION.evaluate(x=1.5), lambda: eval(CODE, {"x": 1.5})),  # noqa: S307
    (
        "compiled, 10,000 values, a call each",
        "Python",
        lambda: [EXPRESSION.evaluate(x=value) for value in VALUES],
        lambda: [eval(CODE, {"x": value}) for value in VALUES],  # noqa: S307
    ),
    (
        "compiled, 10,000 values, one map call",
        "Python",
        lambda: EXPRESSION.map("x", VALUES),
        lambda: [eval(CODE, {"x": value}) for value in VALUES],  # noqa: S307
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
