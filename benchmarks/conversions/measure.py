"""Measures what compare.py built: `python measure.py SEED ROUNDS` in the environment that it made, a JSON line a value.

pyperf calibrates each call once; then every round takes all calls in an order of its own, so that a slow moment of the
machine hits all tools alike.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
from time import perf_counter
from typing import Any, Callable

import pyperf  # type: ignore[import-not-found] # in the environment that measures

TOOLS = ("pyo3", "pybind11", "nanobind", "cython", "cffi", "ctypes")
ITEMS = 1000
ARGUMENTS: dict[str, Any] = {
    "integer": 1_234_567,
    "float": 1.5,
    "boolean": True,
    "text_in": "hello world",
    "text_out": 100,
    "bytes_in": b"x" * 100_000,
    "list_in": list(range(ITEMS)),
    "list_out": ITEMS,
    "dict_in": {str(number): number for number in range(ITEMS)},
    "object": 7,
}
Call = Callable[[int], float]


def main() -> None:
    stream = os.fdopen(os.dup(1), "w")
    # pyperf prints what it measures.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    modules = {tool: importlib.import_module(f"bench_{tool}") for tool in TOOLS}
    agree(modules)
    runner = pyperf.Runner(processes=1, min_time=0.005)
    runner.parse_args(["--worker", "--loops", "1", "--warmups", "0", "--values", "1"])
    calls: dict[tuple[str, str], Call] = {}
    for tool, module in modules.items():
        calls[tool, "empty"] = without(module.empty)
        for name, argument in ARGUMENTS.items():
            calls[tool, name] = (
                objects(module.Point, argument) if name == "object" else one(getattr(module, name), argument)
            )
    loops = {call: measured(runner, calls[call], call, 0, None) for call in calls}
    order = list(calls)
    shuffled = random.Random(int(sys.argv[1]))  # noqa: S311 - an order, no secret
    for number in range(int(sys.argv[2])):
        shuffled.shuffle(order)
        for call in order:
            seconds = measured(runner, calls[call], call, number, loops[call])
            stream.write(json.dumps([*call, seconds]) + "\n")
    stream.flush()


def agree(modules: dict[str, Any]) -> None:
    """Stop where not all tools give the same."""
    for name, argument in ARGUMENTS.items():
        said = {
            tool: module.Point(argument).get() if name == "object" else getattr(module, name)(argument)
            for tool, module in modules.items()
        }
        if len({repr(each) for each in said.values()}) != 1:
            sys.exit(f"{name}: the tools do not agree: {str(said)[:500]}")


def without(function: Callable[[], object]) -> Call:
    def timed(loops: int) -> float:
        began = perf_counter()
        for _ in range(loops):
            function()
        return perf_counter() - began

    return timed


def one(function: Callable[[Any], object], argument: object) -> Call:
    def timed(loops: int) -> float:
        began = perf_counter()
        for _ in range(loops):
            function(argument)
        return perf_counter() - began

    return timed


def objects(kind: Callable[[Any], Any], argument: object) -> Call:
    def timed(loops: int) -> float:
        began = perf_counter()
        for _ in range(loops):
            kind(argument).get()
        return perf_counter() - began

    return timed


def measured(runner: Any, call: Call, name: tuple[str, str], number: int, loops: int | None) -> Any:
    """Seconds a call; without `loops` how many of them take as long as pyperf wants."""
    runner.args.calibrate_loops, runner.args.loops = loops is None, loops or 1
    (run,) = runner.bench_time_func(f"{name} {number} {loops}", call).get_runs()
    return run.values[0] if loops else run.get_total_loops()


if __name__ == "__main__":
    main()
