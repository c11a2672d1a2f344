"""Rewrite tests/data/stacks/verdicts/, what gdb sees of the deadlock corpus: `deadlocks.py [TARGET [PYTHON]]`.

Two looks at some of the programs, run by PYTHON or this one, joined and classified; TARGET is cargo's folder for
builds. Of a Python without the lock other programs are looked at, and kept in a folder of its own. The
frames of the interpreter and of PyO3 below the user's are left out, and so is what tells the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "integration")]

from pyo3ops.stacks import dump_json  # noqa: E402
from pyo3ops.stacks.model import Process  # noqa: E402
from pyo3ops.stacks.sources.protocol import Look, Target  # noqa: E402
from pyo3ops.stacks.verdicts import people  # noqa: E402
from tests.integration import deadlock_corpus as corpus  # noqa: E402
from tests.integration import pythons  # noqa: E402

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frames

DATA = ROOT / "tests/data/stacks/verdicts"
#: One of each kind, and healthy ones that look like one.
NAMES = (
    "std_mutex_and_gil",
    "once_and_gil",
    "mutex_and_gil_bystanders",
    "join_attached",
    "rayon_attached",
    "sleep_attached",
    "mutex_twice",
    "once_in_itself",
    "attached_twice",
    "fork_with_mutex",
    "two_mutexes",
    "python_lock_and_mutex",
    "logging_and_mutex",
    "import_and_join",
    "busy_mutex",
    "slow_owner",
    "lock_py_attached",
    "idle_pool",
)
#: What a Python without the lock waits for: that all threads stop.
WITHOUT_LOCK = (
    "collect_with_mutex",
    "collect_while_asleep",
    "collect_while_reading",
    "collect_while_computing",
    "attached_twice",
    "two_mutexes",
)


def main(target: str | None = None, interpreter: str | None = None) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        python = Path(interpreter or sys.executable)
        version = pythons.version_of(python) or ""
        names, kept = (WITHOUT_LOCK, DATA / version) if version.endswith("t") else (NAMES, DATA)
        kept.mkdir(parents=True, exist_ok=True)
        folder = corpus.build(corpus.DATA, python, Path(target or Path(scratch, "target")), os.environ)
        env = {**os.environ, "PYTHONPATH": str(folder)}
        for program in corpus.programs(corpus.DATA):
            if program.name in names:
                looks = [_small(dump) for dump in _looks(program, python, Path(scratch), env)]
                text = json.dumps([dump_json.to_json(dump) for dump in looks], indent=1, sort_keys=True)
                (kept / f"{program.name}.json").write_text(_normalised(text) + "\n", encoding="utf-8")
    return 0


def _looks(program: corpus.Program, python: Path, scratch: Path, env: dict[str, str]) -> tuple[Dump, ...]:
    with contextlib.ExitStack() as running:
        process = running.enter_context(corpus.started(program, python, scratch, env))
        pid = corpus.ready(program, process, scratch)
        time.sleep(corpus.MOMENT)
        return corpus.dumps_of(program, Target(pid=pid), Look(env, looks=2))


def _small(dump: Dump) -> Dump:
    stacks = tuple(replace(stack, frames=_told(stack.frames)) for stack in dump.stacks)
    process = Process(dump.process.pid, python=dump.process.python, free_threaded=dump.process.free_threaded)
    return replace(dump, stacks=stacks, process=process, modules=(), registers=())


def _told(frames: Frames) -> Frames:
    first = next(iter(people.own(frames)), len(frames))
    kept = (frame for at, frame in enumerate(frames) if at <= first or not frame.glue)
    return tuple(replace(frame, module=_base(frame.module), build_id=None, symbol=None) for frame in kept)


def _base(module: str | None) -> str | None:
    return Path(module).name if module else None


def _normalised(text: str) -> str:
    text = text.replace(str(ROOT) + "/", "")
    text = re.sub(r'"[^"]*/registry/src/[^/"]+/', '"/cargo/registry/src/index/', text)
    text = re.sub(r'"[^"]*/(?:Python-3\.\d+\.\d+|build/3\.\d+t?)/(?:\./)?', '"', text)
    return re.sub(r'"[^"]*(/lib/python3\.\d+t?/)', r'"/usr\1', text)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
