"""What probes said: outcomes, memory and costs of every row, for each Python and each PyO3 that was asked."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: What was asked of every supported Python and PyO3 when this release was made; shown where there is no Rust.
RECORDED = Path(__file__).parent / "recorded.json"
FORMAT = 1
_FIELDS = ("back", "panel", "cases", "borrows", "one", "many", "costs")


class Outcome(NamedTuple):
    """What became of one argument.

    `kind` is gives, raises, dies or absent; `what` the representation of what came back, the exception's class, the
    signal or the module that is missing; `detail` the type of what came back or the exception's message.
    """

    kind: str
    what: str
    detail: str = ""

    @staticmethod
    def of(said: Mapping[str, Any]) -> Outcome:
        """Read an answer of the probe."""
        if "gives" in said:
            return Outcome("gives", said["gives"], said["type"])
        if "raises" in said:
            cause = f" (because of {said['cause']})" if "cause" in said else ""
            return Outcome("raises", said["raises"], said["says"] + cause)
        (kind,) = said.keys() & {"dies", "absent"}
        return Outcome(kind, said[kind])

    def __str__(self) -> str:
        if self.kind == "raises":
            return f"{self.what}: {self.detail}" if self.detail else self.what
        return self.what if self.kind == "gives" else f"{self.kind}: {self.what}"


class Spread(NamedTuple):
    """Nanoseconds: the median of all rounds, and between what nine of ten lie."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """The median, the 5th and the 95th percentile of at least two values."""
        cuts = statistics.quantiles(values, n=20, method="inclusive")
        return Spread(statistics.median(values), cuts[0], cuts[-1])

    def over(self, elements: int) -> Spread:
        """The same for one of so many elements."""
        return Spread(*(value / elements for value in self))


class Allocated(NamedTuple):
    """What taking an argument once asks of Rust's allocator, and the bytes that Python has more for the result."""

    bytes: int
    blocks: int
    python: int


@dataclass(frozen=True)
class Answer:
    """One row, as one Python with one PyO3 answered; costs are of the conversion alone, the call subtracted."""

    back: Outcome
    panel: tuple[Outcome, ...]
    cases: Mapping[str, Outcome] = field(default_factory=dict)
    #: True where Rust sees Python's own memory; None where that is no question.
    borrows: bool | None = None
    one: Allocated | None = None
    many: Allocated | None = None
    #: Nanoseconds by "take" and "back" and "value" or "many", as in "take many".
    costs: Mapping[str, Spread] = field(default_factory=dict)


class Combination(NamedTuple):
    """Who was asked: releases of Python, PyO3 and numpy ("" where there is none)."""

    python: str
    release: str
    pyo3: str
    pyo3_release: str
    numpy: str

    @property
    def version(self) -> PythonVersion:
        """The Python, as versions are compared."""
        return PythonVersion.parse(self.python)

    def __str__(self) -> str:
        return f"Python {self.python}, PyO3 {self.pyo3}"


@dataclass(frozen=True)
class Asked:
    """All that one combination answered; `call` is the cost of an empty call, with and without an argument."""

    combination: Combination
    #: Types of the panel's arguments, None where a module is missing.
    types: tuple[str | None, ...]
    answers: Mapping[str, Answer]
    call: Mapping[str, Spread] = field(default_factory=dict)


@dataclass(frozen=True)
class Survey:
    """The answers of one or more combinations; `machine` and `date` say where and when costs were measured."""

    asked: tuple[Asked, ...]
    machine: str = ""
    date: str = ""
    rustc: str = ""

    def of(self, python: str, pyo3: str) -> Asked | None:
        """What one combination answered, None where it was not asked."""
        found = (each for each in self.asked if (each.combination.python, each.combination.pyo3) == (python, pyo3))
        return next(found, None)


class Difference(NamedTuple):
    """An argument that not all combinations treat alike: each outcome, with those that have it."""

    row: str
    argument: str
    outcomes: tuple[tuple[Outcome, tuple[Combination, ...]], ...]


def differences(survey: Survey, panel: Sequence[str]) -> Iterator[Difference]:
    """Every argument that combinations treat differently; where a module is missing is no difference."""
    rows = dict.fromkeys(name for each in survey.asked for name in each.answers)
    for row in rows:
        for argument in dict.fromkeys(name for each in survey.asked for name in _arguments(each, row, panel)):
            by: dict[Outcome, list[Combination]] = {}
            for each in survey.asked:
                outcome = _arguments(each, row, panel).get(argument)
                if outcome is not None and outcome.kind != "absent":
                    by.setdefault(outcome, []).append(each.combination)
            if len(by) > 1:
                yield Difference(row, argument, tuple((outcome, tuple(who)) for outcome, who in by.items()))


def _arguments(asked: Asked, row: str, panel: Sequence[str]) -> dict[str, Outcome]:
    answer = asked.answers.get(row)
    return {**dict(zip(panel, answer.panel)), **answer.cases} if answer else {}


def dumps(survey: Survey) -> str:
    """A survey as JSON: each row's outcomes once, and for every argument which of them it has.

    Costs have three digits: what is beyond differs from run to run.
    """
    rows = dict.fromkeys(name for each in survey.asked for name in each.answers)
    document = {
        "format": FORMAT,
        "machine": survey.machine,
        "date": survey.date,
        "rustc": survey.rustc,
        "asked": [
            {**each.combination._asdict(), "types": each.types, "call": _costs(each.call)} for each in survey.asked
        ],
        "rows": {name: _packed([each.answers.get(name) for each in survey.asked]) for name in rows},
    }
    lines = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # A row a line: a change of one conversion is a change of one line.
    for name in rows:
        key = json.dumps(name, ensure_ascii=False) + ':{"outcomes"'
        lines = lines.replace(key, "\n" + key, 1)
    return lines + "\n"


def loads(text: str) -> Survey:
    """Read what `dumps` wrote; raises `ValueError` for anything else."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("this is no survey of conversions that this pyo3ops can read")
    rows = {name: list(_unpacked(row)) for name, row in document["rows"].items()}
    asked = []
    for number, each in enumerate(document["asked"]):
        answers = {name: row[number] for name, row in rows.items() if row[number] is not None}
        call = {name: Spread(*values) for name, values in each.pop("call").items()}
        types = tuple(each.pop("types"))
        asked.append(Asked(Combination(**each), types, answers, call))  # type: ignore[arg-type] # None was left out
    return Survey(tuple(asked), document["machine"], document["date"], document["rustc"])


def recorded() -> Survey:
    """The survey that this release of pyo3ops brings along."""
    return loads(RECORDED.read_text(encoding="utf-8"))


def _packed(answers: Sequence[Answer | None]) -> dict[str, Any]:
    outcomes: dict[Outcome, int] = {}

    def numbers(found: Iterable[Outcome]) -> list[int]:
        return [outcomes.setdefault(each, len(outcomes)) for each in found]

    packed = [
        None
        if answer is None
        else {
            "back": numbers([answer.back])[0],
            "panel": numbers(answer.panel),
            "cases": dict(zip(answer.cases, numbers(answer.cases.values()))),
            "borrows": answer.borrows,
            "one": answer.one,
            "many": answer.many,
            "costs": _costs(answer.costs),
        }
        for answer in answers
    ]
    rows = {name: _grouped([each and each[name] for each in packed]) for name in _FIELDS}
    return {"outcomes": list(outcomes), "present": [answer is not None for answer in answers], **rows}


def _grouped(values: Sequence[object]) -> list[tuple[list[int], object]]:
    """Each value once, with the numbers of those that have it."""
    groups: list[tuple[list[int], object]] = []
    for number, value in enumerate(values):
        for numbers, known in groups:
            if known == value:
                numbers.append(number)
                break
        else:
            groups.append(([number], value))
    return groups


def _unpacked(row: Mapping[str, Any]) -> Iterator[Answer | None]:
    outcomes = [Outcome(*each) for each in row["outcomes"]]
    for number, present in enumerate(row["present"]):
        if not present:
            yield None
            continue
        packed = {name: next(value for numbers, value in row[name] if number in numbers) for name in _FIELDS}
        one, many = (Allocated(*packed[name]) if packed[name] else None for name in ("one", "many"))
        yield Answer(
            back=outcomes[packed["back"]],
            panel=tuple(outcomes[each] for each in packed["panel"]),
            cases={argument: outcomes[each] for argument, each in packed["cases"].items()},
            borrows=packed["borrows"],
            one=one,
            many=many,
            costs={name: Spread(*values) for name, values in packed["costs"].items()},
        )


def _costs(costs: Mapping[str, Spread]) -> dict[str, list[float]]:
    return {name: [float(f"{value:.3g}") for value in spread] for name, spread in costs.items()}
