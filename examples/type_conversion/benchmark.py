"""What each conversion costs: `python benchmark.py [--json]`, with the wheel and numpy installed.

The right way stands first, the wrong way or Python's own beside it. Rounds of both are interleaved, so that a slow
moment of the machine hits both; the median round counts.
"""

import array
import dataclasses
import datetime as dt
import decimal
import json
import statistics
import sys
import time

import numpy as np
import type_conversion as tc

EXAMPLE = "type_conversion"
ROUNDS = 21

BYTES = bytes(100_000)
VIEW = memoryview(BYTES)
TEXT = "a" * 100_000
WORDS = [f"word number {number}" for number in range(1000)]
INTEGERS = list(range(1000))
NEGATIVE_SECOND = [1, -1, *INTEGERS]
PRICES = dict.fromkeys(WORDS, 1.5)
ALLOWED = set(INTEGERS)
FLOATS = np.arange(1000.0)
FLOAT_ARRAY = array.array("d", FLOATS)
ORDERS = [dataclasses.make_dataclass("Order", ["name", "price", "quantity"])(word, 1.5, 2) for word in WORDS]
ORDER_CLASS = type(ORDERS[0])
TODAY = dt.date(2020, 2, 29)
MOMENT = dt.datetime(2020, 2, 29, 12, tzinfo=dt.timezone.utc)
AMOUNT = decimal.Decimal("1234.565")
CENT = decimal.Decimal("0.01")


CASES = (
    (
        "bytes, 100 kB: `&[u8]`",
        "the wrong way: `Vec<u8>`",
        lambda: tc.address_of_slice(BYTES),
        lambda: tc.address_of_vec(BYTES),
    ),
    (
        "memoryview, 100 kB: `PyBuffer<u8>`",
        "the wrong way: `Vec<u8>`",
        lambda: tc.address_of_buffer(VIEW),
        lambda: tc.address_of_vec(VIEW),
    ),
    (
        "bytes, 100 kB, kept: `PyBackedBytes`",
        "the wrong way: `Vec<u8>`",
        lambda: tc.Blob(BYTES),
        lambda: tc.CopiedBlob(BYTES),
    ),
    (
        "bytes out, 100 kB: `new_with`",
        "the wrong way: `Vec<u8>`",
        lambda: tc.filled_in_place(100_000, 7),
        lambda: tc.filled_copied(100_000, 7),
    ),
    (
        "str, 100 kB: `&str`",
        "the wrong way: `String`",
        lambda: tc.address_of_str(TEXT),
        lambda: tc.address_of_string(TEXT),
    ),
    (
        "1,000 words: `Vec<PyBackedStr>`",
        "the wrong way: `Vec<String>`",
        lambda: tc.longest_backed(WORDS),
        lambda: tc.longest_owned(WORDS),
    ),
    (
        "1,000 integers, sum: `&Bound<PyList>`",
        "`Vec<i64>`",
        lambda: tc.sum_list(INTEGERS),
        lambda: tc.sum_vec(INTEGERS),
    ),
    (
        "1,000 integers, the second is it: `&Bound<PyList>`",
        "the wrong way: `Vec<i64>`",
        lambda: tc.first_negative(NEGATIVE_SECOND),
        lambda: tc.first_negative_in_vec(NEGATIVE_SECOND),
    ),
    (
        "1,000 entries, one looked up: `&Bound<PyDict>`",
        "the wrong way: `HashMap`",
        lambda: tc.price_from_dict(PRICES, "word number 1"),
        lambda: tc.price_from_map(PRICES, "word number 1"),
    ),
    (
        "1,000 elements, one asked for: `&Bound<PySet>`",
        "the wrong way: `HashSet`",
        lambda: tc.contains_in_set(ALLOWED, 7),
        lambda: tc.contains_in_hash_set(ALLOWED, 7),
    ),
    ("small integer: enum of i64 and BigInt", "BigInt", lambda: tc.next_int_or_big(7), lambda: tc.next_int(7)),
    (
        "Decimal to cents: rust_decimal",
        "Python: `quantize`",
        lambda: tc.round_to_cents(AMOUNT),
        lambda: AMOUNT.quantize(CENT),
    ),
    (
        "1,000 dataclasses, two fields: `getattr`",
        "the wrong way: derived, all fields",
        lambda: tc.total(ORDERS),
        lambda: tc.total_of_records(ORDERS),
    ),
    (
        "1,000 dataclasses made: positional",
        "the wrong way: by keyword",
        lambda: tc.objects(ORDER_CLASS, WORDS),
        lambda: tc.objects_by_keyword(ORDER_CLASS, WORDS),
    ),
    (
        "1,000 objects made: a pyclass",
        "a dataclass",
        lambda: tc.native_objects(WORDS),
        lambda: tc.objects(ORDER_CLASS, WORDS),
    ),
    (
        "the year of a date: its field",
        "its attribute",
        lambda: tc.year_by_field(TODAY),
        lambda: tc.year_by_attribute(TODAY),
    ),
    (
        "datetime: chrono, by `astimezone`",
        "the wrong way: `isoformat`, parsed",
        lambda: tc.unix_milliseconds(MOMENT),
        lambda: tc.unix_milliseconds_of_text(MOMENT.isoformat()),
    ),
    (
        "numpy, 1,000 floats: a view",
        "the wrong way: `Vec<f64>`",
        lambda: tc.sum_array(FLOATS),
        lambda: tc.sum_array_as_vec(FLOATS),
    ),
    ("numpy, 1,000 floats: a view", "numpy: sum", lambda: tc.sum_array(FLOATS), FLOATS.sum),
    (
        "1,000 floats out: a numpy array",
        "the wrong way: `Vec<f64>`, a list",
        lambda: tc.squares_array(1000),
        lambda: tc.squares_list(1000),
    ),
    (
        "array.array, 1,000 floats: `PyBuffer<f64>`",
        "the wrong way: `Vec<f64>`",
        lambda: tc.sum_f64(FLOAT_ARRAY),
        lambda: tc.sum_array_as_vec(FLOAT_ARRAY),
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
