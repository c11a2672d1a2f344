"""How much of the truth each source of stacks shows: `python benchmarks/debug_matrix.py [3.8 3.13 ...]`.

The program of the merge matrix (tests/data/debug/matrix) is looked at by gdb, py-spy with gdb, pystack, and by py-spy
and pystack alone as they print it; live and in a core; built for release with line tables, and as cargo's dev profile.
Writes benchmarks/results/debug-matrix.md. A source that is not on PATH is left out.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Mapping, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from pyo3ops.core.run import which  # noqa: E402 - of this checkout
from pyo3ops.stacks import readers  # noqa: E402
from pyo3ops.stacks.demangle import is_mangled  # noqa: E402
from pyo3ops.stacks.layers import classified  # noqa: E402
from pyo3ops.stacks.sources import gdb, py_spy, pystack  # noqa: E402
from pyo3ops.stacks.sources.protocol import Look, Refused, Target  # noqa: E402
from tests.integration import debug_matrix as matrix  # noqa: E402
from tests.integration import pythons  # noqa: E402

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.sources.protocol import Source

RESULT = ROOT / "benchmarks/results/debug-matrix.md"
HEAD = "| Python | profile | look | source | scenarios in order | Rust lines right | mangled names | s |"
ABOUT = """\
Scenarios: Python, Rust and Python three deep; detached; attached; a thread of Rust alone; a thread of Rust that calls
Python; a generator; an async task; `sorted` and `map` that call back; a recursion through both. In order means: the
functions of the program and of the crate, inlined ones and closures as well, exactly. Lines are Rust frames with the
right file and line, of those that must be there. Rows with a command are what the tool itself prints, which is
demangled for the comparison: mangled names are counted before, and a closure need not say whose it is. Seconds are of
one look each, on a machine that did other things beside it: they compare within a row's neighbours at most.
"""


class Row(NamedTuple):
    """What one source showed of one program."""

    version: str
    profile: str
    look: str
    source: str
    score: matrix.Score | None
    mangled: int
    seconds: float
    said: str = ""

    def line(self) -> str:
        """The row of the table."""
        head = f"| {self.version} | {self.profile} | {self.look} | {self.source} |"
        if self.score is None:
            return f"{head} {self.said} | | | |"
        score = self.score
        numbers = f"{score.ordered} of {score.scenarios} | {score.lines} of {score.rust} | {self.mangled}"
        return f"{head} {numbers} | {self.seconds:.2f} |"


def main() -> int:
    env = dict(os.environ)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        for version in sys.argv[1:] or pythons.VERSIONS:
            python = pythons.interpreter(version)
            if python is None:
                continue
            for profile in matrix.PROFILES:
                for row in looked(version, python, profile, Path(folder), env):
                    print(row.line(), flush=True)
                    rows.append(row)
    RESULT.write_text(written(rows, env), "utf-8")
    return 0


def looked(version: str, python: Path, profile: str, scratch: Path, env: Mapping[str, str]) -> Iterator[Row]:
    """One Python and profile, by every source, live and in a core."""
    built = matrix.build(python, profile, scratch / version, env)
    with matrix.waiting(python, built, env) as pid:
        core = matrix.core_of(pid, scratch, env)
        targets = {"live": Target(pid=pid), "core": Target(core=core, executable=python.resolve())}
        for look, target in targets.items():
            for name, source in (("gdb", gdb), ("py-spy with gdb", py_spy), ("pystack", pystack)):
                if which(source.NAME, env):
                    yield by_source(Row(version, profile, look, name, None, 0, 0.0), source, target, env)
            for name, argv in alone(target).items():
                if which(argv[0], env):
                    yield as_printed(Row(version, profile, look, name, None, 0, 0.0), argv, env)
    core.unlink()


def alone(target: Target) -> dict[str, list[str]]:
    """The commands of the tools on their own."""
    stack = ["core", str(target.core), str(target.executable)] if target.core else ["remote", str(target.pid)]
    spy = ["--core", str(target.core)] if target.core else ["--pid", str(target.pid)]
    return {
        "`pystack --native-all`": ["pystack", "--no-color", stack[0], "--native-all", *stack[1:]],
        "`py-spy dump --native`": ["py-spy", "dump", "--native", "--full-filenames", "--json", *spy],
    }


def by_source(row: Row, source: Source, target: Target, env: Mapping[str, str]) -> Row:
    """What we make of what a source read."""
    started = time.perf_counter()
    found = source.look(target, Look(env=env))
    if isinstance(found, Refused):
        return row._replace(said=found.reason)
    score = matrix.score(matrix.whole(found[0]))
    return row._replace(score=score, mangled=len(score.mangled), seconds=time.perf_counter() - started)


def as_printed(row: Row, argv: list[str], env: Mapping[str, str]) -> Row:
    """What a tool printed by itself: read, and nothing made better but whose code a frame is."""
    started = time.perf_counter()
    done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True, errors="replace")
    seconds = time.perf_counter() - started
    dumps = [piece.dump for piece in readers.read(done.stdout)]
    if done.returncode or not dumps:
        return row._replace(said=f"fails: {cause_of(done.stderr)}")
    stacks = tuple(stack for each in dumps for stack in each.stacks)
    dump = classified(dataclasses.replace(dumps[0], stacks=stacks), matrix.SOURCES)
    score = matrix.score(dump, bare_closures=True)
    return row._replace(score=score, mangled=sum(map(is_mangled, symbols(dump))), seconds=seconds)


def cause_of(said: str) -> str:
    """The line that says most: the one below "Caused by", else the first."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    at = next((at for at, line in enumerate(lines[:-1]) if line.startswith(("Caused by", "Reason"))), -1) + 1
    return lines[at][:120] if lines else "nothing is said"


def symbols(dump: Dump) -> Iterator[str]:
    """Names as they were printed; the readers keep them beside the demangled ones."""
    for stack in dump.stacks:
        yield from (frame.symbol or frame.function for frame in stack.frames)


def written(rows: list[Row], env: Mapping[str, str]) -> str:
    """The table, with what it was measured with."""
    tools = ("gdb", "py-spy", "pystack", "rustc")
    versions = ", ".join(said for said in (version_of(tool, env) for tool in tools) if said)
    head = f"# The merge matrix, {dt.datetime.now(tz=dt.timezone.utc):%Y-%m-%d}"
    with_what = f"`python benchmarks/debug_matrix.py`, with {versions}."
    table = (HEAD, "|---|---|---|---|---|---|---|---|", *(row.line() for row in rows))
    return "\n".join((head, "", with_what, "", ABOUT, *table, ""))


def version_of(tool: str, env: Mapping[str, str]) -> str | None:
    """What a tool calls itself; None where it is not here."""
    if which(tool, env) is None:
        return None
    said = subprocess.run([tool, "--version"], env=env, check=False, capture_output=True, text=True)
    number = re.search(r"\d+\.[\d.]+", (said.stdout or said.stderr).replace(f"{tool} (", ""))
    return f"{tool} {number[0]}" if number else tool


if __name__ == "__main__":
    raise SystemExit(main())
