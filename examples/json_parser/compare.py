"""Compare with the parsers that people would pick: `python compare.py [--json]`, with the group `compare` installed.

PYO3OPS_CORPORA names a folder with `json/documents/*.json.xz` and `json/json-test-suite`. All parsers take their turns
in every round; the median of a parser's own ratios to `json` in the same round counts. Time is the processor's, so that
other programs on the machine disturb less.
"""

import importlib
import json
import lzma
import math
import os
import statistics
import sys
import time
from pathlib import Path

import json_parser

DOCUMENTS = ("twitter", "github", "citm_catalog", "canada")
ROUNDS = 41
# The shortest stretch that is timed, in seconds.
STRETCH = 0.004


def parsers():
    """name: (version, loads, dumps); jiter only reads, and so does the wrong way."""
    orjson, msgspec, jiter = (importlib.import_module(name) for name in ("orjson", "msgspec", "jiter"))
    # Settings under which it refuses what JSON does not have, NaN and Infinity.
    read_jiter = jiter.from_json
    return {
        "json": ("Python {}.{}.{}".format(*sys.version_info), json.loads, json.dumps),
        "json_parser": (json_parser.__version__, json_parser.loads, json_parser.dumps),
        "through Value": (json_parser.__version__, json_parser.loads_through_value, None),
        "orjson": (orjson.__version__, orjson.loads, orjson.dumps),
        "msgspec": (msgspec.__version__, msgspec.json.decode, msgspec.json.encode),
        "jiter": (jiter.__version__, lambda document: read_jiter(document, allow_inf_nan=False), None),
    }


def seconds(call, argument, number):
    start = time.process_time()
    for _ in range(number):
        call(argument)
    return (time.process_time() - start) / number


def ratios(calls, argument):
    """How many times faster than `json` each is, and its time in microseconds."""
    numbers = {name: max(1, int(STRETCH / seconds(call, argument, 1))) for name, call in calls.items()}
    rounds = [{name: seconds(call, argument, numbers[name]) for name, call in calls.items()} for _ in range(ROUNDS)]
    return {
        name: {
            "times": statistics.median(each["json"] / each[name] for each in rounds),
            "us": statistics.median(each[name] for each in rounds) * 1e6,
        }
        for name in calls
    }


def table(verb, calls, arguments):
    columns = {name: ratios(calls, argument) for name, argument in arguments.items()}
    rows = {}
    for parser in calls:
        times = [column[parser]["times"] for column in columns.values()]
        rows[parser] = {name: column[parser] for name, column in columns.items()}
        rows[parser]["geometric mean"] = math.exp(statistics.mean(map(math.log, times)))
    return {"verb": verb, "rows": rows}


def right(loads, folder):
    """How many of the cases that every parser must take, or must refuse, it does take or refuse."""
    return sum(takes(loads, path.read_bytes()) == path.name.startswith("y_") for path in folder.glob("[ny]_*.json"))


def takes(loads, document):
    try:
        loads(document)
    except (ValueError, RecursionError):
        return False
    return True


def show(report):
    for part in report["tables"]:
        print("{:15}".format(part["verb"]) + "".join(f"{name:>24}" for name in [*DOCUMENTS, "geometric mean"]))
        for parser, row in part["rows"].items():
            cells = "".join(f"{row[name]['us']:14.0f} us {row[name]['times']:5.2f} x" for name in DOCUMENTS)
            print(f"{parser:15}{cells}{row['geometric mean']:22.2f} x")
        print()
    print("JSONTestSuite, right of 283:")
    for parser, count in report["right"].items():
        print(f"{parser:15}{count:4}   {report['versions'][parser]}")


def main():
    folder = os.environ.get("PYO3OPS_CORPORA")
    if not folder:
        sys.exit("compare.py reads its documents from the folder that PYO3OPS_CORPORA names; set it and try again")
    try:
        known = parsers()
    except ImportError as error:
        sys.exit(f"{error}: pip install --group compare, with Python 3.9 or later, and try again")
    folder = Path(folder) / "json"
    texts = {name: lzma.decompress((folder / "documents" / f"{name}.json.xz").read_bytes()) for name in DOCUMENTS}
    readers = {name: loads for name, (_, loads, _) in known.items()}
    writers = {name: dumps for name, (_, _, dumps) in known.items() if dumps}
    values = {name: json.loads(text) for name, text in texts.items()}
    report = {
        "versions": {name: version for name, (version, _, _) in known.items()},
        "tables": [table("loads", readers, texts), table("dumps", writers, values)],
        "right": {name: right(loads, folder / "json-test-suite" / "test_parsing") for name, loads in readers.items()},
    }
    if "--json" in sys.argv[1:]:
        print(json.dumps(report))
    else:
        show(report)


if __name__ == "__main__":
    main()
