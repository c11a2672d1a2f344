"""The breakpoints of the debugged Python, in interpreters of their own: what is set there is set for the process."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, NamedTuple

import pytest

from pyo3ops.debug.breakpoints.session import BOOTSTRAP

PROGRAM = """\
import asyncio, threading


class Shape:
    def area(self, side=2):
        return side * side


def steps(count):
    for each in range(count):
        yield each


def outer():
    def inner():
        return 1
    return inner()


async def waits():
    await asyncio.sleep(0)
    return 2


def decorated(function):
    return function


@decorated
def last(*args, key=None, **more):
    for _ in range(2):
        pass
    total = sum(
        number
        for number in args
    )
    return total
"""


class Ran(NamedTuple):
    """What a program wrote and what was recorded of it."""

    out: str
    err: str
    code: int
    records: list[dict[str, Any]]
    counts: tuple[int, ...]

    @property
    def hits(self) -> list[tuple[list[int], str, int]]:
        """Breakpoints, function and line of each stop."""
        return [
            (each["ids"], each["calls"][0]["function"].rpartition(".")[2], each["calls"][0]["line"])
            for each in self.of("hit")
        ]

    def of(self, event: str) -> Iterator[dict[str, Any]]:
        return (each for each in self.records if each["event"] == event)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "größe 1" / "shapes.py"
    file.parent.mkdir()
    file.write_text(PROGRAM, encoding="utf-8")
    return file


def ran(
    program: Path, script: str, *places: dict[str, Any], ignore: int = 0, limit: int | None = None, **env: str
) -> Ran:
    """Run a script beside the program, with breakpoints."""
    folder = program.parent
    files = {name: str(folder / name) for name in ("records", "counts", "enough")}
    Path(files["counts"]).write_bytes(bytes(8 * len(places)))
    rows = [{"id": number, **place} for number, place in enumerate(places)]
    config = {"ignore": ignore, "limit": limit, "trap": False, "size": 8 * len(places), "breakpoints": rows, **files}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "script.py").write_text(script, encoding="utf-8")
    variables = {"PYTHONPATH": os.pathsep.join([str(BOOTSTRAP), str(folder)]), "PYTHONIOENCODING": "utf-8", **env}
    variables.update(PYO3OPS_BREAKPOINTS=str(folder / "config.json"), PYO3OPS_BREAKPOINTS_PATH=str(folder))
    done = subprocess.run([sys.executable, "script.py"], env=variables, cwd=folder, capture_output=True, check=False)
    records = [json.loads(line) for line in Path(files["records"]).read_text("utf-8").splitlines()]
    counts = struct.unpack(f"={len(places)}Q", Path(files["counts"]).read_bytes())
    return Ran(done.stdout.decode("utf-8"), done.stderr.decode("utf-8"), done.returncode, records, counts)


def line(text: str) -> int:
    return PROGRAM.splitlines().index(text) + 1


def at(program: Path, text: str, **more: Any) -> dict[str, Any]:
    return {"file": os.path.realpath(program), "line": line(text), **more}


def test_lines_and_functions_in_the_order_in_which_they_run(program: Path) -> None:
    script = "import shapes\nshapes.Shape().area()\nlist(shapes.steps(2))\nshapes.outer()\nshapes.last(1, 2)\n"
    seen = ran(
        program,
        script,
        at(program, "        return side * side"),
        {"module": "shapes", "function": "Shape.area"},
        {"suffix": "shapes.py", "function": "steps"},
        {"suffix": "größe 1/shapes.py", "function": "outer.inner"},
        {"file": os.path.realpath(program), "function": "last"},
        at(program, "        yield each"),
    )
    body = line("        return side * side")
    assert seen.hits == [
        ([1, 0], "area", body),
        ([2], "steps", line("    for each in range(count):")),
        ([5], "steps", line("        yield each")),
        ([5], "steps", line("        yield each")),
        ([3], "inner", line("        return 1")),
        # Once for a call, though its first line is a loop that comes back.
        ([4], "last", line("    for _ in range(2):")),
    ]
    assert seen.counts == (1, 1, 1, 1, 1, 2)
    assert (seen.out, seen.err, seen.code) == ("", "", 0)


def test_coroutines_threads_and_the_module_itself(program: Path) -> None:
    script = (
        "import asyncio, threading, shapes\n"
        "asyncio.run(shapes.waits())\n"
        "worker = threading.Thread(target=shapes.outer, name='other')\n"
        "worker.start(); worker.join()\n"
        "print('end')\n"
    )
    seen = ran(
        program,
        script,
        {"module": "shapes", "function": "waits"},
        {"module": "shapes", "function": "outer"},
        {"module": "__main__", "line": 5},
        at(program, "class Shape:"),
    )
    assert [(ids, function) for ids, function, _ in seen.hits] == [
        ([3], "<module>"),
        ([0], "waits"),
        ([1], "outer"),
        ([2], "<module>"),
    ]
    threads = [each["thread"] for each in seen.of("hit")]
    assert threads == ["MainThread", "MainThread", "other", "MainThread"]
    assert seen.out == "end\n"


def test_a_line_without_code_is_the_next_one_that_has_some(program: Path) -> None:
    script = "import shapes\nshapes.last()\n"
    above = line("async def waits():") - 1
    seen = ran(program, script, {"module": "shapes", "line": above}, {"module": "shapes", "line": 4000})
    assert [each["line"] for each in seen.of("resolved")] == [line("async def waits():"), None]
    assert [(ids, number) for ids, _, number in seen.hits] == [([0], line("async def waits():"))]


def test_a_generator_expression_on_the_line_does_not_count(program: Path) -> None:
    (program.parent / "shapes.py").write_text("def f():\n    return list(x for x in range(9))\n", encoding="utf-8")
    seen = ran(program, "import shapes\nshapes.f()\n", {"module": "shapes", "line": 2})
    assert [function for _, function, _ in seen.hits] == ["f"]


def test_a_name_that_is_not_there_is_told_with_those_that_are(program: Path) -> None:
    seen = ran(program, "import shapes\n", {"module": "shapes", "function": "outher"})
    (told,) = seen.of("resolved")
    assert told["line"] is None
    assert {"outer", "outer.inner", "Shape.area"} <= set(told["names"])


def test_conditions(program: Path) -> None:
    script = "import shapes\nfor each in range(4): shapes.Shape().area(each)\n"
    body = {"module": "shapes", "line": line("        return side * side")}
    seen = ran(program, script, {**body, "condition": "side == 2"}, {**body, "condition": "sides == 2"})
    assert [ids for ids, _, _ in seen.hits] == [[1], [1], [0, 1], [1]]
    (complaint,) = seen.of("condition")
    assert complaint["id"] == 1
    assert complaint["said"].startswith("NameError: name 'sides' is not defined")


def test_hits_that_pass_and_stops_that_end_it(program: Path) -> None:
    script = "import shapes\nfor each in range(6): shapes.Shape().area(each)\n"
    body = {"module": "shapes", "line": line("        return side * side")}
    seen = ran(program, script, body, ignore=2, limit=3)
    shown = [dict(row[:2] for row in each["calls"][0]["variables"])["side"] for each in seen.of("hit")]
    assert shown == ["2", "3", "4"]
    assert seen.counts == (5,)


def test_locals_are_shown_short_and_never_break_the_program(program: Path) -> None:
    script = (
        "import shapes\n"
        "class Bad:\n    def __repr__(self): raise ValueError\n"
        "class Deep:\n    def __repr__(self): return shapes.Shape().area(1) * 'x'\n"
        "shapes.last('a' * 999, Bad(), key=[1] * 999) if 0 else None\n"
        "def f(a, *rest, key, **more):\n    return 1\n"
        "f('a' * 999, Bad(), Deep(), key=[1] * 999, other=10 ** 300)\n"
    )
    seen = ran(program, script, {"module": "__main__", "function": "f"}, {"module": "shapes", "function": "Shape.area"})
    (hit,) = seen.of("hit")
    variables = {name: (value, kind, argument) for name, value, kind, argument in hit["calls"][0]["variables"]}
    assert {name: kind for name, (_, kind, _) in variables.items()} == {
        "a": "str",
        "rest": "tuple",
        "key": "list",
        "more": "dict",
    }
    assert all(len(value) <= 160 and argument for value, _, argument in variables.values())
    assert variables["a"][0].startswith("'aaa")
    # At the top there is more than a person asked for.
    assert not any(name.startswith("__") for name, *_ in hit["calls"][1]["variables"])
    assert seen.code == 0


def test_the_program_finds_its_own_environment(program: Path) -> None:
    script = (
        "import os, sys\n"
        "print(os.environ['PYTHONPATH'] == os.path.dirname(os.path.abspath(__file__)))\n"
        "print([name for name in os.environ if name.startswith('PYO3OPS')], sys.argv, __name__)\n"
        "print([each for each in sys.path if 'inside' in each], sys.path[0] == os.getcwd())\n"
        "print(getattr(sys.modules['sitecustomize'], 'MARK', None))\n"
        "sys.exit(7)\n"
    )
    (program.parent / "sitecustomize.py").write_text("MARK = 'the next one'\n", encoding="utf-8")
    seen = ran(program, script, {"module": "shapes", "line": 1})
    assert seen.out == "True\n[] ['script.py'] __main__\n[] True\nthe next one\n"
    assert (seen.err, seen.code) == ("", 7)
    assert [each["event"] for each in seen.records] == ["started", "ended"]


def test_a_child_that_was_forked_is_left_alone(program: Path) -> None:
    script = (
        "import os, shapes\n"
        "if not os.fork():\n    shapes.outer(), shapes.outer()\n    os._exit(0)\n"
        "os.wait()\nshapes.outer()\n"
    )
    seen = ran(program, script, {"module": "shapes", "function": "outer"}, {"module": "shapes", "line": 1})
    assert (len(seen.hits), seen.counts) == (2, (1, 1))
    # Once for a process.
    assert [each["id"] for each in seen.of("elsewhere")] == [0]
    assert [each["children"] for each in seen.of("ended")] == [True]


def test_a_trace_function_of_the_programs_own_is_told(program: Path) -> None:
    script = "import sys\nsys.settrace(None)\nimport shapes\nshapes.outer()\n"
    seen = ran(program, script, {"module": "shapes", "function": "outer"})
    monitored = sys.version_info >= (3, 12)
    assert len(seen.hits) == (1 if monitored else 0)
    assert next(seen.of("ended"))["replaced"] is not monitored


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
def test_tools_of_the_program_keep_their_numbers(program: Path) -> None:
    script = "import sys, shapes\nprint([sys.monitoring.get_tool(each) for each in range(6)])\n"
    seen = ran(program, script, {"module": "shapes", "line": 1})
    assert seen.out == "[None, None, None, None, 'pyo3ops', None]\n"


def test_the_first_thread_says_how_it_is_traced_where_gdb_looks_after_the_others(program: Path) -> None:
    seen = ran(program, "import shapes\nshapes.outer()\n", {"module": "shapes", "function": "outer"})
    # Without gdb there is nobody to tell.
    assert list(seen.of("traced")) == []
    assert [each["children"] for each in seen.of("ended")] == [False]
