"""The merge matrix: a program with a scenario in each thread, what its stacks are, and how far a dump is right.

`tests/data/debug/matrix/expected.json` has the functions, comments in the two sources have their lines.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.demangle import is_mangled
from pyo3ops.stacks.folding import folded
from pyo3ops.stacks.layers import Sources, classified
from pyo3ops.stacks.merge import merged
from pyo3ops.stacks.model import Language, Layer

from . import pythons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.stacks.model import Dump, Frame
    from pyo3ops.stacks.raw import Raw

DATA = Path(__file__).parents[1] / "data/debug/matrix"
PROGRAM = DATA / "program.py"
LIBRARY = DATA / "src/lib.rs"
PROFILES = ("release", "dev")
#: Root to leaf.
EXPECTED: Mapping[str, tuple[str, ...]] = {
    name: tuple(calls) for name, calls in json.loads((DATA / "expected.json").read_text("utf-8"))["stacks"].items()
}
SOURCES = Sources({DATA: "matrix"})
#: Seconds that the program may take until all of its threads wait.
PATIENCE = 60
_MARK = re.compile(r"(?:#|//) line(?P<next>\+1)?: (?P<name>.+?)\s*$")


def lines_of(source: Path) -> dict[str, int]:
    """The line at which each function that a comment names must stand."""
    found = {}
    for number, text in enumerate(source.read_text("utf-8").splitlines(), 1):
        match = _MARK.search(text)
        if match:
            found[match["name"]] = number + (1 if match["next"] else 0)
    return found


LINES = {**lines_of(PROGRAM), **lines_of(LIBRARY)}


@dataclass(frozen=True)
class Score:
    """How far the stacks of a dump are what they must be."""

    #: Scenarios whose functions come in exactly the right order, of all.
    ordered: int
    scenarios: int
    #: Rust frames with the right file and line, of those that must be there.
    lines: int
    rust: int
    #: Names that are mangled, in whole or in part.
    mangled: tuple[str, ...]
    #: Each scenario that is not in order, with what was there.
    wrong: tuple[str, ...]


def build(python: Path, profile: str, target: Path, env: Mapping[str, str]) -> Path:
    """Compile the crate, and return the folder that `import matrix` finds it in."""
    built = pythons.build(DATA, python, profile, target, env)
    folder = target / f"importable-{profile}"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(built, folder / "matrix.so")
    return folder


@contextlib.contextmanager
def waiting(python: Path, folder: Path, env: Mapping[str, str]) -> Iterator[int]:
    """The program with all of its threads at their last function; its process number."""
    # One arena, and a small one where there is no lock (1 GiB by default), for the sake of the core's size.
    arenas = {"MALLOC_ARENA_MAX": "1", "MIMALLOC_ARENA_RESERVE": "16384"}
    settings = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **arenas}
    with subprocess.Popen([str(python), str(PROGRAM)], env={**env, **settings}, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            _settle(process.pid)
            yield process.pid
        finally:
            process.kill()


def _settle(pid: int) -> None:
    """Wait until the kernel says that each thread sleeps."""
    until = time.monotonic() + PATIENCE
    while any(_state(task) != "S" for task in Path(f"/proc/{pid}/task").iterdir()):
        assert time.monotonic() < until, "the program never comes to rest"
        time.sleep(0.01)


def _state(task: Path) -> str:
    return (task / "stat").read_text("utf-8").rpartition(") ")[2][:1]


def core_of(pid: int, folder: Path, env: Mapping[str, str]) -> Path:
    """A core of the process, which goes on."""
    subprocess.run(["gcore", "-o", str(folder / "core"), str(pid)], env=env, check=True, capture_output=True)
    return folder / f"core.{pid}"


def whole(raw: Raw) -> Dump:
    """What the library makes of what a source read."""
    return folded(classified(merged(raw), SOURCES))


def score(dump: Dump, *, bare_closures: bool = False) -> Score:
    """Compare each stack with the scenario that its oldest function of ours belongs to.

    `bare_closures` for what tools print by themselves: a closure need not say in which function it stands.
    """
    stacks = [stack for stack in map(_ours, (each.frames for each in dump.stacks)) if stack]
    if bare_closures:
        stacks = [tuple((_bare(call), frame) for call, frame in stack) for stack in stacks]
    lines, wrong = 0, []
    for name, complete in EXPECTED.items():
        expected = tuple(map(_bare, complete)) if bare_closures else complete
        found = _best(stacks, expected)
        if [call for call, _ in found] != [_function(call) for call in expected]:
            wrong.append(f"{name}: {' < '.join(call for call, _ in found)}")
        lines += sum(_right(call, found, bare_closures=bare_closures) for call in _rust(complete))
    frames = [frame.function for stack in dump.stacks for frame in stack.frames]
    rust = sum(len(_rust(expected)) for expected in EXPECTED.values())
    return Score(
        len(EXPECTED) - len(wrong), len(EXPECTED), lines, rust, tuple(filter(is_mangled, frames)), tuple(wrong)
    )


def _ours(frames: Sequence[Frame]) -> tuple[tuple[str, Frame], ...]:
    """Functions of the program and of the crate, root to leaf."""
    return tuple((_called(frame), frame) for frame in reversed(frames) if _is_ours(frame))


def _is_ours(frame: Frame) -> bool:
    if frame.language is Language.PYTHON:
        return Path(frame.file or "").name == PROGRAM.name
    return frame.layer is Layer.CRATE


def _called(frame: Frame) -> str:
    """A frame's name as the expectation writes it: the last part of the path, closures with what they stand in."""
    if frame.language is Language.PYTHON:
        return frame.function.rpartition(".")[2]
    name = re.sub(r"<.*", "", re.sub(r"^<[^<>]*>::", "", frame.function), flags=re.DOTALL)
    parts = [re.sub(r"\{+closure(?:#\d+)?\}+", "{closure}", part) for part in name.split("::")]
    last = next((at for at in range(len(parts) - 1, -1, -1) if parts[at] != "{closure}"), 0)
    return "::".join(parts[last:])


def _function(call: str) -> str:
    """The function of an expected call: "down at the bottom" is one of `down`."""
    return call.partition(" at ")[0]


def _rust(expected: Sequence[str]) -> list[str]:
    ours = lines_of(LIBRARY)
    return [call for call in expected if call in ours]


def _right(call: str, found: Sequence[tuple[str, Frame]], *, bare_closures: bool) -> bool:
    return any(
        name == (_bare(call) if bare_closures else call)
        and Path(frame.file or "").name == LIBRARY.name
        and frame.line == LINES[call]
        for name, frame in found
    )


def _bare(call: str) -> str:
    return "{closure}" if call.endswith("{closure}") else call


def _best(stacks: Sequence[tuple[tuple[str, Frame], ...]], expected: Sequence[str]) -> tuple[tuple[str, Frame], ...]:
    """The stack that begins like a scenario, and goes on like it where several begin so."""
    beginning = [stack for stack in stacks if stack[0][0] == expected[0]]
    same = [stack for stack in beginning if [call for call, _ in stack] == [_function(each) for each in expected]]
    return next(iter(same or beginning), ())
