"""Compare with pure Python: `python benchmark.py [--json]`, with the wheel installed.

Rounds of both are interleaved, so that a slow moment of the machine hits both; the median round counts.
"""

import json
import statistics
import sys
import time

import hello_world

ROUNDS = 21
TEXT = "The quick brown fox jumps over the lazy dog. " * 20


def python_hello(name):
    return f"Hello, {name}!"


def python_count_vowels(text):
    return sum(letter in "aeiouAEIOU" for letter in text)


CASES = (
    ("hello(name): one small call", 20_000, lambda: hello_world.hello("Ada"), lambda: python_hello("Ada")),
    (
        "900 letters, is_vowel: a call each",
        20,
        lambda: sum(map(hello_world.is_vowel, TEXT)),
        lambda: python_count_vowels(TEXT),
    ),
    (
        "900 letters, count_vowels: one call",
        100,
        lambda: hello_world.count_vowels(TEXT),
        lambda: python_count_vowels(TEXT),
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
        print(json.dumps({"example": "hello_world", "rows": rows}))
        return
    print(f"{'':42} {'Rust':>10} {'Python':>10} {'Python/Rust':>12}")
    for row in rows:
        print(f"{row['name']:42} {row['rust_ns']:7.0f} ns {row['python_ns']:7.0f} ns {row['ratio']:12.2f}")


if __name__ == "__main__":
    main()
