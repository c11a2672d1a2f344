"""Compare with pure Python: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import time

import hello_world

EXAMPLE = "hello_world"
ROUNDS = 21
TEXT = "The quick brown fox jumps over the lazy dog. " * 20


def python_hello(name):
    return f"Hello, {name}!"


def python_count_vowels(text):
    return sum(letter in "aeiouAEIOU" for letter in text)


CASES = (
    ("hello(name): one small call", "Python", lambda: hello_world.hello("Ada"), lambda: python_hello("Ada")),
    (
        "900 letters, is_vowel: a call each",
        "Python",
        lambda: sum(map(hello_world.is_vowel, TEXT)),
        lambda: python_count_vowels(TEXT),
    ),
    (
        "900 letters, count_vowels: one call",
        "Python",
        lambda: hello_world.count_vowels(TEXT),
        lambda: python_count_vowels(TEXT),
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
