"""The deadlock corpus, run: its programs are started, looked at twice and judged; verdicts beside expectations.

tests/data/debug/deadlocks/README.md says what the keys of expected.toml mean and what counts.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Mapping, Sequence

from pyo3ops.core import toml
from pyo3ops.stacks import readers
from pyo3ops.stacks.layers import Sources
from pyo3ops.stacks.sources import gdb
from pyo3ops.stacks.sources.protocol import Look, Refused, Target
from pyo3ops.stacks.verdicts import judge, people, reading
from pyo3ops.tasks.debug.joined import joined

from . import pythons

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Thread
    from pyo3ops.stacks.verdicts import Verdict

DATA = Path(__file__).parents[1] / "data/debug/deadlocks"
#: Folders of the corpus, each with a crate of its own.
PARTS = (DATA, DATA / "stranger", DATA / "stranger2", DATA / "stranger3")
#: A program and its healthy twin for rows of waits.toml that the others have not: more than CI has time to build.
ROWS = (DATA / "rows",)
#: Seconds that a program may take until it is where it was to be, or at its end.
PATIENCE = 60
#: Seconds from there into the hang, which no program can tell.
MOMENT = 0.1
#: Programs that run side by side; healthy ones compute, and would keep gdb waiting.
AT_ONCE = {True: 4, False: 20}
#: Looks at once: as many as a runner of CI has processors.
LOOKING = 2


class Outcome(Enum):
    """What became of one program, in the words of README.md."""

    FOUND = "found"
    WEAKER = "found, less sure than it could be"
    MISSED = "missed"
    FALSE_DEFINITE = "false definite"
    FALSE_ALARM = "false alarm"
    QUIET = "healthy, and nothing said"


@dataclass(frozen=True)
class Program:
    """One row of expected.toml, and where it stands."""

    part: Path
    name: str
    kind: str
    certainty: str
    lock: str
    look: str
    functions: tuple[str, ...]
    innocent: tuple[str, ...]
    pythons: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The program itself."""
        return self.part / "programs" / f"{self.name}.py"

    @property
    def id(self) -> str:
        """Its name, with the part's where that is not the first."""
        return self.name if self.part == DATA else f"{self.part.name}/{self.name}"


@dataclass(frozen=True)
class Judged:
    """A program with what was said of it."""

    program: Program
    verdicts: tuple[Verdict, ...]
    outcome: Outcome

    def __str__(self) -> str:
        said = "; ".join(f"{each.kind.value} ({each.certainty.value}): {each.detail}" for each in self.verdicts)
        return f"{self.program.id}, which is {self.program.kind}: {self.outcome.value}: {said or 'nothing'}"


def programs(part: Path) -> tuple[Program, ...]:
    """The programs of one part of the corpus."""
    return tuple(_program(part, row) for row in toml.load(part / "expected.toml")["program"])


def _program(part: Path, row: Mapping[str, object]) -> Program:
    threads = row.get("threads", [])
    assert isinstance(threads, list)
    return Program(
        part,
        str(row["name"]),
        str(row["kind"]),
        str(row.get("certainty", "")),
        str(row.get("lock", "")),
        str(row.get("look", "live")),
        tuple(str(each["function"]) for each in threads),
        tuple(map(str, row.get("innocent", []))),  # type: ignore[call-overload]
        tuple(map(str, row.get("pythons", pythons.VERSIONS))),  # type: ignore[call-overload]
    )


def _without_lock(chosen: Sequence[Program]) -> Iterator[Program]:
    """What is true of them without the lock, of those that do not come to their end then."""
    other = toml.load(DATA / "free_threaded.toml")
    for each in chosen:
        if each.id in other["healthy"]:
            yield replace(each, kind="healthy", certainty="")
        elif each.id not in other["over"]:
            yield replace(each, certainty="probable") if each.id in other["probable"] else each


def build(part: Path, python: Path, target: Path, env: Mapping[str, str]) -> Path:
    """Compile the part's crate, and return the folder that its module is imported from."""
    # What the crates depend on is compiled once.
    settings = {"CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
    built = pythons.build(part, python, "release", target, {**env, **settings})
    folder = target / "importable"
    folder.mkdir(exist_ok=True)
    name = crate(part)
    shutil.copyfile(built, folder / f"{name}.so")
    return folder


def crate(part: Path) -> str:
    """The name of the part's crate, which its module has too."""
    return str(toml.load(part / "Cargo.toml")["package"]["name"])


@dataclass(frozen=True)
class Lane:
    """A Python: its version, itself, and the folder that the extensions for it are in."""

    version: str
    python: Path
    folder: Path


def judged(
    lane: Lane, scratch: Path, env: Mapping[str, str], look: str = "live", parts: Sequence[Path] = PARTS
) -> Iterator[Judged]:
    """Each program of some parts that is looked at in the given way, one after the other, run by one Python."""
    every = [each for part in parts for each in programs(part) if each.look == look and lane.version in each.pythons]
    chosen = list(_without_lock(every)) if lane.version.endswith("t") else every
    settings = {**env, "PYTHONPATH": str(lane.folder), "PYTHONDONTWRITEBYTECODE": "1", "RUST_BACKTRACE": "0"}
    if look == "live":
        for healthy, most in AT_ONCE.items():
            group = [each for each in chosen if (each.kind == "healthy") is healthy]
            for first in range(0, len(group), most):
                yield from _live(group[first : first + most], lane.python, scratch, settings)
    else:
        for program in chosen:
            yield _ended(program, lane.python, scratch, settings)


def _live(chosen: Sequence[Program], python: Path, scratch: Path, env: Mapping[str, str]) -> Iterator[Judged]:
    with contextlib.ExitStack() as running:
        launched = [(each, running.enter_context(started(each, python, scratch, env))) for each in chosen]
        pids = [ready(each, process, scratch) for each, process in launched]
        time.sleep(MOMENT)
        look = Look(env, looks=2)
        with ThreadPoolExecutor(LOOKING) as pool:
            dumps = pool.map(lambda program, pid: dumps_of(program, Target(pid=pid), look), chosen, pids)
            yield from map(_judged, chosen, dumps, pids)


@contextlib.contextmanager
def started(program: Program, python: Path, scratch: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The program, in a group of its own, all of which is ended afterwards."""
    argv = [str(python), str(program.file), str(_signal_of(program, scratch))]
    with open(scratch / f"{program.name}.said", "wb") as said:  # noqa: PTH123 - a stream for the child
        process = subprocess.Popen(argv, env=env, stdout=said, stderr=said, cwd=scratch, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _signal_of(program: Program, scratch: Path) -> Path:
    return scratch / f"{program.part.name}-{program.name}.ready"


def ready(program: Program, process: subprocess.Popen[bytes], scratch: Path) -> int:
    """The number of the process to look at, once it is where it was to be."""
    file = _signal_of(program, scratch)
    until = time.monotonic() + PATIENCE
    while not file.exists():
        assert process.poll() is None, (program.id, (scratch / f"{program.name}.said").read_text("utf-8"))
        assert time.monotonic() < until, f"{program.id} is never ready"
        time.sleep(0.01)
    return int(file.read_text("utf-8").strip() or process.pid)


def _ended(program: Program, python: Path, scratch: Path, env: Mapping[str, str]) -> Judged:
    """A program that comes to an end by itself: what it said, or the core that it left."""
    folder = scratch / program.name
    folder.mkdir()
    argv = [str(python), str(program.file), str(folder / "ready")]
    done = subprocess.run(
        argv, env=env, cwd=folder, capture_output=True, timeout=PATIENCE, check=False, preexec_fn=_with_core
    )
    cores = sorted(folder.glob("core*"))
    if program.look == "output":
        dumps = [piece.dump for piece in readers.read(done.stderr.decode("utf-8", "replace"))]
    else:
        dumps = list(dumps_of(program, Target(core=cores[0], executable=python.resolve()), Look(env)))
    for core in cores:
        core.unlink()
    # Each piece of a text is a dump of its own.
    verdicts = tuple(verdict for dump in dumps for verdict in judge([dump], reading.from_disk()))
    return Judged(program, verdicts, outcome(program, verdicts))


def _with_core() -> None:
    import resource  # noqa: PLC0415 - not on Windows, where this file is imported as well

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


class DeniedError(Exception):
    """gdb may not look at a process here."""


def dumps_of(program: Program, target: Target, look: Look) -> tuple[Dump, ...]:
    """What gdb sees of a process or of a core, joined and classified; `DeniedError` where it may not look."""
    answer = gdb.look(target, look)
    if isinstance(answer, Refused) and answer.reason == "denied":
        raise DeniedError(answer.said)
    assert not isinstance(answer, Refused), (program.id, answer)
    sources = Sources({program.part: crate(program.part)})
    return tuple(joined(raw, sources) for raw in answer)


def _judged(program: Program, dumps: Sequence[Dump], pid: int) -> Judged:
    verdicts = judge(dumps, reading.from_disk())
    return Judged(program, verdicts, outcome(program, verdicts, dumps, pid))


def outcome(program: Program, verdicts: Sequence[Verdict], dumps: Sequence[Dump] = (), pid: int = 0) -> Outcome:
    """What became of a program, by README.md's rules."""
    definite = [each for each in verdicts if each.definite]
    if program.kind == "healthy":
        return Outcome.FALSE_DEFINITE if definite else Outcome.FALSE_ALARM if verdicts else Outcome.QUIET
    if any(each.kind.value != program.kind or program.certainty == "probable" for each in definite):
        return Outcome.FALSE_DEFINITE
    if any(_blames(program, each, pid) for each in definite):
        return Outcome.FALSE_DEFINITE
    hit = [each for each in verdicts if _fits(program, each, dumps) and not _blames(program, each, pid)]
    if not hit:
        return Outcome.MISSED
    return Outcome.FOUND if hit[0].certainty.value == program.certainty else Outcome.WEAKER


def _fits(program: Program, verdict: Verdict, dumps: Sequence[Dump]) -> bool:
    said = " ".join([verdict.title, verdict.detail, verdict.lock.word if verdict.lock else ""])
    named = _functions(verdict, dumps) or set(re.findall(r"\w+", said))
    return (
        verdict.kind.value == program.kind
        and program.lock.lower() in said.lower()
        and all(function in named for function in program.functions)
    )


def _functions(verdict: Verdict, dumps: Sequence[Dump]) -> set[str]:
    """The user's innermost functions of the threads that a verdict names."""
    stacks = [stack for dump in dumps for stack in dump.stacks if stack.thread in verdict.threads]
    own = [(stack.frames, people.own(stack.frames)) for stack in stacks]
    return {people.function_at(frames, places[0]) for frames, places in own if places}


def _blames(program: Program, verdict: Verdict, pid: int) -> bool:
    """True where a verdict holds a thread to be part of it that is not, as far as names can be seen."""
    names = {"MainThread" if thread.tid == pid else thread.name for thread in _culprits(verdict)}
    return bool(names & set(program.innocent))


def _culprits(verdict: Verdict) -> tuple[Thread, ...]:
    """Who is stuck together; of an attached wait the thread itself, for others merely suffer it."""
    return verdict.threads[:1] if verdict.kind.value == "attached-blocking" else verdict.threads


def counts(found: Sequence[Judged]) -> str:
    """One line of figures."""
    by = Counter(each.outcome for each in found)
    return ", ".join(f"{by[each]} {each.value}" for each in Outcome)


def recall(found: Sequence[Judged]) -> float:
    """Of the programs with a fault, how many were found."""
    faulty = [each for each in found if each.program.kind != "healthy"]
    hits = [each for each in faulty if each.outcome in {Outcome.FOUND, Outcome.WEAKER}]
    return len(hits) / len(faulty)
