"""Asks the probe: runs in the interpreter whose conversions are asked about, on the standard library and the probe.

The questions are one JSON document, the answers one JSON line each, written as soon as it is known: what ends the
process leaves the answers before it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import random
import re
import sys
import tracemalloc
import warnings
from time import perf_counter
from typing import TYPE_CHECKING, Any, Dict

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What is asked, and an answer: JSON objects.
Asked = Dict[str, Any]
Said = Dict[str, Any]
#: Modules that expressions may use, and that need not be there.
OPTIONAL = ("numpy", "zoneinfo")
#: Characters of what came back that are kept.
SHOWN = 200
#: Calls before allocations are counted: the first ones fill caches of types and of free lists.
WARM = 3


def main(questions: str, answers: str) -> None:
    """Answer what the file of questions asks, a line each in the file of answers."""
    with open(questions, encoding="utf-8") as file:
        asked = json.load(file)
    warnings.simplefilter("ignore")
    probe = importlib.import_module(asked["module"])
    names = namespace(asked["names"], probe)
    answer = {"behaviour": behaviour, "cases": cases, "cost": cost}[asked["want"]]
    with open(answers, "a", encoding="ascii") as file:
        for said in answer(asked, probe, names):
            file.write(json.dumps(said) + "\n")
            file.flush()


def namespace(code: str, probe: Any) -> dict[str, Any]:
    """What expressions are evaluated in; numpy and zoneinfo where they are there."""
    names = {name: getattr(probe, name) for name in dir(probe) if isinstance(getattr(probe, name), type)}
    for name in OPTIONAL:
        with contextlib.suppress(ImportError):
            names[name] = importlib.import_module(name)
    if "zoneinfo" not in names:
        with contextlib.suppress(ImportError):
            names["zoneinfo"] = importlib.import_module("backports.zoneinfo")
    exec(code, names)
    return names


def behaviour(asked: Asked, probe: Any, names: dict[str, Any]) -> Iterator[Said]:
    """What each row makes of each argument of the panel, where it sees the data, what it allocates."""
    yield {"panel": [type_of(argument, names) for argument in asked["panel"]], "numpy": version_of(names.get("numpy"))}
    for row in asked["rows"]:
        back = getattr(probe, "back_" + row["slug"])
        try:
            value = eval(row["value"], names)
        except NameError as error:
            yield {"row": row["name"], "absent": absent(error)}
            continue
        yield {
            "row": row["name"],
            "back": outcome(back, row["value"], names),
            "panel": [outcome(back, argument, names) for argument in asked["panel"]],
            "borrows": borrows(probe, row, value),
            "allocated": allocated(probe, row, names),
        }


def type_of(argument: str, names: dict[str, Any]) -> str | None:
    """The type of an argument as a reader would name it; None where it needs a module that is not here."""
    try:
        kind = type(eval(argument, names))
    except NameError as error:
        absent(error)
        return None
    module = kind.__module__.split(".")[0]
    return kind.__qualname__ if module in ("builtins", "pathlib") else f"{module}.{kind.__qualname__}"


def absent(error: NameError) -> str:
    """The optional module that an expression lacks; any other name that means nothing is a mistake, and raised."""
    for name in OPTIONAL:
        if f"'{name}'" in str(error):
            return name
    raise error


def version_of(module: Any) -> str | None:
    """The version of a module that may not be there."""
    return getattr(module, "__version__", None)


def cases(asked: Asked, probe: Any, names: dict[str, Any]) -> Iterator[Said]:
    """What becomes of the argument of each case, and whether that is what was expected."""
    for row in asked["rows"]:
        back = getattr(probe, "back_" + row["slug"])
        for case in row["cases"]:
            said = outcome(back, case["argument"], names, case.get("gives"))
            yield {"row": row["name"], "argument": case["argument"], **said}


def outcome(function: Any, argument: str, names: dict[str, Any], expected: str | None = None) -> Said:
    """What a function makes of an argument: `gives` and `type`, `raises` and `says`, or `absent` without a module."""
    try:
        value = eval(argument, names)
    except NameError as error:
        return {"absent": absent(error)}
    try:
        got = function(value)
    except BaseException as error:
        # A panic is no Exception.
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        refusal = {"raises": type(error).__name__, "says": shown(str(error))}
        cause = error.__cause__
        if cause is not None:
            refusal["cause"] = f"{type(cause).__name__}: {shown(str(cause))}"
        return refusal
    # What is immutable may be one object by chance: small integers, empty and interned texts.
    by_chance = (bool, int, float, complex, str, bytes, tuple, type(None))
    itself = got is value and type(got) not in by_chance
    said: Said = {"gives": "the argument itself" if itself else shown(repr(got)), "type": type(got).__name__}
    if expected is not None:
        said["as_expected"] = alike(got, eval(expected, names))
    return said


def alike(one: object, other: object) -> bool:
    """True for the same value of the same type, NaN and the sign of zero included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (float, complex)):
        return repr(one) == repr(other)
    if isinstance(one, type):
        return one is other
    try:
        return repr(one) == repr(other) or bool(one == other)
    except RecursionError:
        return False


def shown(text: str) -> str:
    """A text without addresses, cut where it is long."""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x...", text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"


def borrows(probe: Any, row: Said, value: object) -> bool | None:
    """True where Rust sees the very memory that Python has, False where it has its own; None where nobody can tell."""
    if not row["address"]:
        return None
    spans = list(memory_of(value))
    address = getattr(probe, "at_" + row["slug"])(value)
    return any(start <= address < end for start, end in spans)


def memory_of(value: Any) -> Iterator[tuple[int, int]]:
    """Where an object and its data lie, as pairs of addresses."""
    yield id(value), id(value) + max(sys.getsizeof(value), 16)
    if isinstance(value, bytearray):
        start = ctypes.addressof((ctypes.c_char * len(value)).from_buffer(value))
        yield start, start + len(value)
    elif isinstance(value, str):
        as_utf8 = ctypes.pythonapi.PyUnicode_AsUTF8
        as_utf8.restype, as_utf8.argtypes = ctypes.c_void_p, [ctypes.py_object]
        start = as_utf8(value)
        yield start, start + len(value.encode()) + 1
    elif hasattr(value, "__array_interface__"):
        start = value.__array_interface__["data"][0]
        yield start, start + value.nbytes


def allocated(probe: Any, row: Said, names: dict[str, Any]) -> Said:
    """Bytes and blocks that Rust asks for to take the argument, and the bytes that Python keeps for the result."""
    take, back = (getattr(probe, kind + row["slug"]) for kind in ("take_", "back_"))
    said = {}
    for size, expression in (("one", row["value"]), ("many", row["many"])):
        if not expression:
            continue
        # Iterators are used up by the first call.
        values = [eval(expression, names) for _ in range(WARM + 2)]
        for value in values[:WARM]:
            take(value)
            back(value)
        probe.count_allocations()
        take(values[WARM])
        taken = probe.counted_allocations()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        kept = back(values[WARM + 1])
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        del kept
        said[size] = {"bytes": taken[0], "blocks": taken[1], "python": max(after - before, 0)}
    return said


def cost(asked: Asked, probe: Any, names: dict[str, Any]) -> Iterator[Said]:
    """Seconds a call of each function, by pyperf: calibrated first, then in rounds, each in an order of its own."""
    import pyperf  # type: ignore[import-not-found] # in the environment that measures

    # A worker of pyperf's, which measures here and now: its own processes would measure one function after the other.
    runner = pyperf.Runner(processes=1, min_time=asked["min_time"])
    runner.parse_args(["--worker", "--loops", "1", "--warmups", "0", "--values", "1"])
    calls = {("", "empty"): (probe.empty, False, None), ("", "untouched"): (probe.untouched, True, None)}
    for row in asked["rows"]:
        for size in ("value", "many"):
            # An iterator is at its end after the first call.
            if row[size] and not row["once"]:
                with contextlib.suppress(NameError):
                    value = eval(row[size], names)
                    for kind in ("take", "back"):
                        calls[row["name"], kind + " " + size] = (getattr(probe, kind + "_" + row["slug"]), True, value)
    loops = {call: _measured(runner, calls[call], str(call), None) for call in calls}
    shuffled = random.Random(asked["seed"])
    order = list(calls)
    for number in range(asked["rounds"]):
        shuffled.shuffle(order)
        for call in order:
            seconds = _measured(runner, calls[call], f"{call} {number}", loops[call])
            yield {"row": call[0], "what": call[1], "seconds": seconds}


def _measured(runner: Any, call: tuple[Any, bool, Any], name: str, loops: int | None) -> Any:
    """Seconds a call; without `loops` how many of them take as long as pyperf wants."""
    function, handed, value = call

    def timed(loops: int) -> float:
        # Called as a program would, not through a partial function: that takes longer than many a conversion.
        if handed:
            began = perf_counter()
            for _ in range(loops):
                function(value)
            return perf_counter() - began
        began = perf_counter()
        for _ in range(loops):
            function()
        return perf_counter() - began

    runner.args.calibrate_loops, runner.args.loops = loops is None, loops or 1
    (run,) = runner.bench_time_func(name, timed).get_runs()
    return run.values[0] if loops else run.get_total_loops()


if __name__ == "__main__":
    main(*sys.argv[1:])
