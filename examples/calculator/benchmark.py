"""Compare with pure Python: `python benchmark.py [--json]`, with the wheel installed.

Python's side is its own compiler, which is hard to beat on a single value. Rounds of both are interleaved, so that a
slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import time

import calculator

ROUNDS = 21
SOURCE = "(x * x + 3.5) / (x + 2.0) - x * 0.25"
VALUES = [number / 10 for number in range(10_000)]

EXPRESSION = calculator.Expression(SOURCE)
CODE = compile(SOURCE, "<expression>", "eval")

CASES = (
    (
        "evaluate a text once",
        500,
        lambda: calculator.evaluate(SOURCE, x=1.5),
        lambda: eval(SOURCE, {"x": 1.5}),  # noqa: S307 - it is what people write
    ),
    ("compiled, one value a call", 2_000, lambda: EXPRESSION.evaluate(x=1.5), lambda: eval(CODE, {"x": 1.5})),  # noqa: S307
    (
        "compiled, 10,000 values, a call each",
        1,
        lambda: [EXPRESSION.evaluate(x=value) for value in VALUES],
        lambda: [eval(CODE, {"x": value}) for value in VALUES],  # noqa: S307
    ),
    (
        "compiled, 10,000 values, one map call",
        1,
        lambda: EXPRESSION.map("x", VALUES),
        lambda: [eval(CODE, {"x": value}) for value in VALUES],  # noqa: S307
    ),
)


def nanoseconds(call, number):
    start = time.perf_counter()
    for _ in range(number):
        call()
    return (time.perf_counter() - start) / number * 1e9


def measure(name, number, rust, python):
    rounds = [(nanoseconds(rust, number), nanoseconds(python, number)) for _ in range(ROUNDS)]
    rust_ns, python_ns = (statistics.median(column) for column in zip(*rounds))
    return {"name": name, "rust_ns": rust_ns, "python_ns": python_ns, "ratio": python_ns / rust_ns}


def main():
    rows = [measure(*case) for case in CASES]
    if "--json" in sys.argv[1:]:
        print(json.dumps({"example": "calculator", "rows": rows}))
        return
    print(f"{'':38} {'Rust':>13} {'Python':>13} {'Python/Rust':>12}")
    for row in rows:
        print(f"{row['name']:38} {row['rust_ns']:10.0f} ns {row['python_ns']:10.0f} ns {row['ratio']:12.2f}")


if __name__ == "__main__":
    main()
