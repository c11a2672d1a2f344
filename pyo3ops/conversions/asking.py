"""Ask a probe that is installed in an environment: questions out, answers in, whatever ends the process in between."""

from __future__ import annotations

import json
import signal
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.conversions.crate import MODULE
from pyo3ops.conversions.survey import Allocated, Answer, Asked, Combination, Outcome, Spread
from pyo3ops.core.errors import Pyo3opsError
from pyo3ops.core.run import Ended, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyo3ops.conversions.rows import Row, Rows

SCRIPT = Path(__file__).parent / "probe" / "ask.py"
#: Seconds for one process of questions: a machine that is busy elsewhere takes its time.
TIMEOUT = 900.0
#: Processes, the rounds of each, and the least seconds of one value. A process has a layout of memory and a hash seed
#: of its own, which change what a call costs more than rounds do.
PROCESSES = 5
ROUNDS = 6
MIN_TIME = 0.003


class Probe:
    """A probe installed for one combination; `python` is its environment's, `folder` takes questions and answers."""

    def __init__(self, combination: Combination, python: Path, env: Mapping[str, str], folder: Path) -> None:
        self.combination = combination
        self._python = python
        # A panic that is asked for prints nothing worth reading.
        self._env = {**env, "RUST_BACKTRACE": "0"}
        self._folder = folder

    def behaviour(self, rows: Rows, chosen: Sequence[Row]) -> Asked:
        """What each row takes, gives back, borrows and allocates; raises `Pyo3opsError` where nothing answers."""
        answers: dict[str, Answer] = {}
        types: tuple[str | None, ...] = ()
        numpy = ""
        left = list(chosen)
        while left:
            said, ended = self._ask("behaviour", rows, left)
            for each in said:
                if "row" not in each:
                    types, numpy = tuple(each["panel"]), each["numpy"] or ""
                elif "absent" in each:
                    answers[each["row"]] = Answer(Outcome("absent", each["absent"]), ())
                else:
                    answers[each["row"]] = _answer(each)
            left = [row for row in left if row.name not in answers]
            if left and ended is None:
                raise self._silent(left[0])
            if left:
                # The first that has no answer ended the process; the others are asked again.
                answers[left.pop(0).name] = Answer(Outcome("dies", ended or ""), ())
        return Asked(self.combination._replace(numpy=numpy), types, answers)

    def cases(self, rows: Rows, chosen: Sequence[Row]) -> dict[str, dict[str, tuple[Outcome, bool]]]:
        """The outcome of every case by row and argument, and whether a value that came back is the expected one."""
        python = self.combination.version
        found: dict[str, dict[str, tuple[Outcome, bool]]] = {}
        wanted = [replace(row, cases=tuple(each for each in row.cases if each.holds_on(python))) for row in chosen]
        # What is expected to end the process goes last, one a process.
        alone = [replace(row, cases=(case,)) for row in wanted for case in row.cases if case.dies]
        together = [replace(row, cases=tuple(case for case in row.cases if not case.dies)) for row in wanted]
        for some in (together, *([row] for row in alone)):
            self._decide(rows, some, found)
        return found

    def _decide(self, rows: Rows, some: Sequence[Row], found: dict[str, dict[str, tuple[Outcome, bool]]]) -> None:
        """Ask for the cases of some rows, again without the first that has no answer where that ended the process."""
        left = [row for row in some if row.cases]
        while left:
            said, ended = self._ask("cases", rows, left)
            for each in said:
                outcome = Outcome.of(each), bool(each.get("as_expected"))
                found.setdefault(each["row"], {})[each["argument"]] = outcome
            left = [row for row in (_unanswered(row, found) for row in left) if row.cases]
            if left and ended is None:
                raise self._silent(left[0])
            if left:
                found.setdefault(left[0].name, {})[left[0].cases[0].argument] = (Outcome("dies", ended or ""), False)
                left = [row for row in (_unanswered(row, found) for row in left) if row.cases]

    def _silent(self, row: Row) -> Pyo3opsError:
        return Pyo3opsError(f"{self.combination}: the probe says nothing of {row.name}")

    def cost(
        self, rows: Rows, chosen: Sequence[Row], progress: Callable[[str], None], processes: int = PROCESSES
    ) -> tuple[dict[str, dict[str, Spread]], dict[str, Spread]]:
        """Nanoseconds of each conversion, and of the calls that convert nothing.

        `take` has the call with an untouched argument subtracted, by its median in the same process; `back` has `take`
        subtracted, and is what giving the value back costs. Raises `Pyo3opsError` where a process dies.
        """
        costs: dict[tuple[str, str], list[float]] = {}
        for number in range(processes):
            progress(f"{self.combination}: measuring, process {number + 1} of {processes}")
            said, ended = self._ask("cost", rows, chosen, seed=number, rounds=ROUNDS, min_time=MIN_TIME)
            if ended is not None:
                raise Pyo3opsError(f"{self.combination}: the process that measured was ended by {ended}")
            for call, values in _net(said):
                costs.setdefault(call, []).extend(values)
        found: dict[str, dict[str, Spread]] = {}
        for (row, what), values in costs.items():
            found.setdefault(row, {})[what] = Spread.of(values)
        return found, found.pop("")

    def _ask(
        self, want: str, rows: Rows, chosen: Sequence[Row], **more: float
    ) -> tuple[tuple[dict[str, Any], ...], str | None]:
        """The answers of one process, and the signal that ended it."""
        document = {
            "module": MODULE,
            "want": want,
            "names": rows.names,
            "panel": rows.panel,
            "rows": [_question(row) for row in chosen],
            **more,
        }
        # A folder of its own: somebody else may ask the same probe, and a process that dies may leave a core.
        with tempfile.TemporaryDirectory(prefix="asked-", dir=self._folder) as folder:
            questions, answers = Path(folder, "questions.json"), Path(folder, "answers.jsonl")
            questions.write_text(json.dumps(document), encoding="utf-8")
            answers.touch()
            argv = [str(self._python), str(SCRIPT), str(questions), str(answers)]
            result = run(argv, timeout=TIMEOUT, env=self._env, cwd=folder)
            said = tuple(_lines(answers))
        if result.ok:
            return said, None
        if result.ended is Ended.SIGNALLED and result.code is not None:
            return said, signal.Signals(-result.code).name
        last = result.err.strip().rpartition("\n")[2] if result.ended is Ended.EXITED else ""
        raise Pyo3opsError(f"{self.combination}: the probe cannot be asked: {last or result.reason}")


def _net(said: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], list[float]]]:
    """Nanoseconds by row and kind of call as one process measured them, what is not the conversion's subtracted."""
    seconds: dict[tuple[str, str], list[float]] = {}
    for each in said:
        seconds.setdefault((each["row"], each["what"]), []).append(each["seconds"] * 1e9)
    for (row, what), values in seconds.items():
        kind, _, size = what.partition(" ")
        less = 0.0
        if row:
            other = ("", "untouched") if kind == "take" else (row, f"take {size}")
            less = statistics.median(seconds[other])
        yield (row, what), [value - less for value in values]


def _unanswered(row: Row, found: Mapping[str, Mapping[str, object]]) -> Row:
    """The row with the cases that nothing is known of yet."""
    return replace(row, cases=tuple(case for case in row.cases if case.argument not in found.get(row.name, {})))


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(encoding="ascii").splitlines(keepends=True):
        # The last line may be one that was being written when the process ended.
        if line.endswith("\n"):
            yield json.loads(line)


def _question(row: Row) -> dict[str, Any]:
    cases = [{"argument": case.argument, **({"gives": case.gives} if case.gives else {})} for case in row.cases]
    return {
        "name": row.name,
        "slug": row.slug,
        "value": row.value,
        "many": row.many,
        "address": bool(row.address),
        "once": row.value.startswith("iter("),
        "cases": cases,
    }


def _answer(said: Mapping[str, Any]) -> Answer:
    sizes = {name: Allocated(row["bytes"], row["blocks"], row["python"]) for name, row in said["allocated"].items()}
    return Answer(
        Outcome.of(said["back"]),
        tuple(Outcome.of(each) for each in said["panel"]),
        borrows=said["borrows"],
        one=sizes.get("one"),
        many=sizes.get("many"),
    )
