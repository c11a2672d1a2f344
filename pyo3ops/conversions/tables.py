"""A survey as tables: what each conversion takes, gives and costs, what it refuses, and where Pythons differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.conversions.survey import differences
from pyo3ops.core.model import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.conversions.rows import Row, Rows
    from pyo3ops.conversions.survey import Answer, Asked, Combination, Spread, Survey

#: Arguments named in one line; more are counted.
NAMED = 8


def of(survey: Survey, every: Rows, chosen: Sequence[Row], *, detailed: bool) -> Iterator[Table]:
    """The tables of a report; `detailed` adds what is refused, and with which words."""
    for asked in survey.asked if _measured(survey) else survey.asked[-1:]:
        yield overview(asked, chosen)
        if detailed:
            yield refusals(asked, every, chosen)
    if len(survey.asked) > 1:
        yield unlike(survey, every, chosen)


def _measured(survey: Survey) -> bool:
    return any(asked.call for asked in survey.asked)


def overview(asked: Asked, chosen: Sequence[Row]) -> Table:
    """One line a conversion; costs where they were measured."""
    measured = bool(asked.call)
    columns = [Column("Rust"), Column("takes"), Column("gives"), Column("data"), Column("heap", "bytes")]
    if measured:
        columns += [Column("in", "ns"), Column("9 in 10"), Column("an element", "ns"), Column("out", "ns")]
    lines = []
    for row in chosen:
        answer = asked.answers.get(row.name)
        if answer is not None:
            line: list[Cell] = [row.label, takes(answer, asked, row.python), gives(answer), data(answer), heap(answer)]
            lines.append(tuple(line + (_costs(row, answer) if measured else [])))
    combination = asked.combination
    title = f"Conversions, Python {combination.release} with PyO3 {combination.pyo3_release}"
    return Table(title, tuple(columns), tuple(lines), _note(asked))


def _note(asked: Asked) -> str:
    note = "takes: what it accepts of those that were tried; heap: what Rust allocates for one."
    if not asked.call:
        return note
    untouched, empty = (asked.call[name].median for name in ("untouched", "empty"))
    return (
        f"{note} in: taking one argument, the call subtracted: {untouched:.0f} ns with an argument that nobody looks "
        f"at ({empty:.0f} ns without any); out: giving it back."
    )


def _costs(row: Row, answer: Answer) -> list[Cell]:
    taken, many, back = (answer.costs.get(name) for name in ("take value", "take many", "back value"))
    each = many.over(row.elements) if many and row.elements else None
    return [
        taken and _ns(taken.median),
        f"{_ns(taken.low)} to {_ns(taken.high)}" if taken else None,
        each and per_element(each),
        back and _ns(back.median),
    ]


def _ns(value: float, digits: int = 0) -> float:
    """As many digits as mean something; less than nothing is nothing."""
    return round(max(value, 0.0), digits if value < 10 else 0)  # noqa: PLR2004 - two digits say enough


def per_element(each: Spread) -> float:
    """Nanoseconds an element, with two digits; a hundredth of one is nothing."""
    value = max(each.median, 0.0)
    return round(value, 2 if value < 1 else 1 if value < 10 else 0)  # noqa: PLR2004 - two digits say enough


def takes(answer: Answer, asked: Asked, python: str) -> str:
    """The types that it accepts, of those that were tried; `python` is what a stub would say where none was."""
    tried = [(kind, outcome) for kind, outcome in zip(asked.types, answer.panel) if kind is not None]
    accepted = list(dict.fromkeys(kind for kind, outcome in tried if outcome.kind == "gives"))
    if answer.back.kind != "gives":
        return f"{answer.back.kind}: {answer.back.what}"
    if len(accepted) == len({kind for kind, _ in tried}):
        return "anything"
    return ", ".join(accepted) or python


def gives(answer: Answer) -> str:
    """The type of what comes back."""
    return answer.back.detail if answer.back.kind == "gives" else ""


def data(answer: Answer) -> str:
    """Whose memory Rust sees."""
    return {True: "borrowed", False: "copied", None: ""}[answer.borrows]


def heap(answer: Answer) -> int | None:
    """Bytes that Rust allocates to take the value."""
    return answer.one.bytes if answer.one else None


def refusals(asked: Asked, every: Rows, chosen: Sequence[Row]) -> Table:
    """What is refused, by exception and message; arguments with the same words share a line."""
    lines = []
    for row in chosen:
        answer = asked.answers.get(row.name)
        for (exception, message), arguments in refused(answer, every, asked).items() if answer else ():
            lines.append((row.label, exception, message, named(arguments)))
    columns = (Column("Rust"), Column("raises"), Column("message"), Column("for"))
    return Table(f"Refused, {asked.combination}", columns, tuple(lines))


def named(arguments: Sequence[str]) -> str:
    """The first few arguments, and how many more there are."""
    more = len(arguments) - NAMED
    return ", ".join(arguments[:NAMED]) + (f" and {more} more" if more > 0 else "")


def refused(answer: Answer, every: Rows, asked: Asked) -> dict[tuple[str, str], list[str]]:
    """Arguments by exception and message, in which the argument's own type is written as `T`."""
    found: dict[tuple[str, str], list[str]] = {}
    for argument, kind, outcome in zip(every.panel, asked.types, answer.panel):
        if outcome.kind in ("raises", "dies") and kind is not None:
            message = _of_any_type(outcome.detail, kind)
            found.setdefault((outcome.what, message), []).append(argument)
    return found


def _of_any_type(message: str, kind: str) -> str:
    """A message with `T` for the type of the argument that it is about."""
    last = kind.rpartition(".")[2]
    # Shorter names first would leave the rest of a longer one.
    for name in sorted({kind, last, f"builtins.{last}"}, key=len, reverse=True):
        message = message.replace(f"'{name}' object", "'T' object").replace(f"'{name}' instance", "'T' instance")
        if message.endswith(f", not {name}"):
            message = f"{message[: -len(name)]}T"
    return message


def unlike(survey: Survey, every: Rows, chosen: Sequence[Row]) -> Table:
    """What not all Pythons and PyO3s treat alike."""
    names = {row.name for row in chosen}
    everyone = [asked.combination for asked in survey.asked]
    lines = []
    for difference in differences(survey, every.panel):
        if difference.row in names:
            said = "; ".join(
                f"{who(those, everyone, difference.argument)}: {outcome}" for outcome, those in difference.outcomes
            )
            lines.append((difference.row, difference.argument, said))
    columns = (Column("Rust"), Column("argument"), Column("what becomes of it"))
    total = sum(
        len(asked.answers[name].panel) + len(asked.answers[name].cases)
        for asked in survey.asked[:1]
        for name in names
        if name in asked.answers
    )
    return Table("Where they differ", columns, tuple(lines), f"{len(lines)} of {total} arguments.")


def who(those: Sequence[Combination], everyone: Sequence[Combination], argument: str = "") -> str:
    """Combinations in words: by Python where PyO3 makes no difference, by PyO3 where Python makes none.

    By numpy where the argument is one of its values and its releases tell them apart.
    """
    left = set(those)
    releases = list(dict.fromkeys(each.numpy for each in everyone if each in left))
    if "numpy" in argument and left == {each for each in everyone if each.numpy in releases}:
        return f"numpy {', '.join(releases)}"
    pythons = list(dict.fromkeys(each.python for each in everyone))
    lines = list(dict.fromkeys(each.pyo3 for each in everyone))
    whole = [line for line in lines if {each for each in everyone if each.pyo3 == line} <= left]
    of_lines = {each for each in left if each.pyo3 in whole}
    if left == of_lines and len(whole) < len(lines):
        return " and ".join(f"PyO3 {line}" for line in whole)
    full = [python for python in pythons if {each for each in everyone if each.python == python} <= left]
    if left == {each for each in left if each.python in full}:
        return f"Python {ranges(full, pythons)}"
    parts = []
    for line in lines:
        of_line = [each.python for each in everyone if each in left and each.pyo3 == line]
        if of_line:
            known = [each.python for each in everyone if each.pyo3 == line]
            parts.append(f"Python {ranges(of_line, known)} with PyO3 {line}")
    return ", ".join(parts)


def ranges(chosen: Sequence[str], known: Sequence[str]) -> str:
    """Neighbours among the known ones as ranges: "3.8 to 3.10, 3.12"."""
    groups: list[list[str]] = []
    for before, name in zip([None, *known], known):
        if name in chosen:
            if before is not None and groups and groups[-1][-1] == before:
                groups[-1].append(name)
            else:
                groups.append([name])
    return ", ".join(group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}" for group in groups)
