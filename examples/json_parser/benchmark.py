"""Compare with the standard library: `python benchmark.py [--json]`, with the wheel installed.

The documents are made here, so that the table is the same wherever it is measured; what PYO3OPS_CORPORA names is for
`compare.py`. Rounds of both are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import time

import json_parser

EXAMPLE = "json_parser"
ROUNDS = 21


def person(number):
    """A record as a web service answers with: short keys, texts of several scripts, numbers, a list, an object."""
    return {
        "id": 505_874_924_095_815_681 + number,
        "name": ("Ada", "Zoë", "さくら", 'O"Neil')[number % 4] + f" {number}",
        "created_at": f"2014-08-31T00:{number // 60 % 60:02}:{number % 60:02}Z",
        "text": "lorem ipsum dolor sit amet " * 4,
        "score": number / 7,
        "active": number % 3 > 0,
        "parent": None,
        "tags": [f"tag {number % each}" for each in range(2, 6)],
        "counts": {"followers": number * 13, "friends": number % 101, "listed": 0},
    }


PEOPLE = [person(number) for number in range(1000)]
# Seventeen digits, most of them: as maps have them.
POINTS = [[-65.6 - number / 7919, 43.4 + number / 6151] for number in range(10_000)]
NUMBERS = [(number * 7919) % 1_000_003 for number in range(20_000)]


def reading(name, value):
    document = json.dumps(value, ensure_ascii=False).encode()
    return (name, "json", lambda: json_parser.loads(document), lambda: json.loads(document))


def through_value(name, value):
    document = json.dumps(value, ensure_ascii=False).encode()
    return (name, "json", lambda: json_parser.loads_through_value(document), lambda: json.loads(document))


def writing(name, value):
    return (name, "json", lambda: json_parser.dumps(value), lambda: json.dumps(value).encode())


CASES = (
    reading("loads, records", PEOPLE),
    reading("loads, points", POINTS),
    reading("loads, integers", NUMBERS),
    through_value("the wrong way: loads_through_value, records", PEOPLE),
    through_value("the wrong way: loads_through_value, points", POINTS),
    writing("dumps, records", PEOPLE),
    writing("dumps, points", POINTS),
    writing("dumps, integers", NUMBERS),
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
