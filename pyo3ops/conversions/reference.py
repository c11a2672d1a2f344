"""The conversion reference of a survey: what each row says, and the same as Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.conversions import tables
from pyo3ops.conversions.survey import differences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.conversions.rows import Case, Row, Rows
    from pyo3ops.conversions.survey import Answer, Asked, Combination, Difference, Survey

TITLE = "Type conversions between Python and Rust"
#: What the categories are called as headings.
HEADINGS = {
    "primitives": "Primitives",
    "numbers": "Numbers of other crates",
    "text": "Text and paths",
    "bytes": "Bytes and buffers",
    "collections": "Collections",
    "option": "Options",
    "result": "Results, errors and nothing",
    "custom": "Classes, enums and derived conversions",
    "others": "Unions, addresses, identifiers",
    "time": "Dates and times",
    "python": "Python's own objects, numpy",
}


@dataclass(frozen=True)
class Cost:
    """One line of costs: who was measured, taking and giving back a value, an element of many."""

    who: str
    taken: str
    back: str
    element: str


@dataclass(frozen=True)
class Entry:
    """All that the reference says of one row, in words; whatever is empty is not said."""

    anchor: str
    label: str
    category: str
    #: The function that was called, in Rust, and the call with what came back.
    signature: str
    call: str
    needs: str
    takes: str
    gives: str
    data: str
    heap: str
    #: Exception, message and the arguments.
    refused: tuple[tuple[str, str, str], ...]
    #: Argument, what becomes of it, and why.
    edges: tuple[tuple[str, str, str], ...]
    cheaper: str
    #: Argument, and what becomes of it where.
    unlike: tuple[tuple[str, str], ...] = ()
    costs: tuple[Cost, ...] = ()


def entries(survey: Survey, every: Rows, chosen: Sequence[Row]) -> tuple[Entry, ...]:
    """What is said of each chosen row that anybody answered; the newest Python with the oldest PyO3 speaks for all."""
    speaker = _speaker(survey)
    by_row: dict[str, list[Difference]] = {}
    for difference in differences(survey, every.panel):
        by_row.setdefault(difference.row, []).append(difference)
    everyone = [asked.combination for asked in survey.asked]
    found = []
    for row in chosen:
        answer = speaker.answers.get(row.name)
        if answer is not None:
            unlike = _unlike(by_row.get(row.name, ()), everyone)
            found.append(
                replace(_entry(row, answer, speaker, every), unlike=unlike, costs=_costs(row, survey, speaker))
            )
    return tuple(found)


def _speaker(survey: Survey) -> Asked:
    return max(survey.asked, key=lambda asked: (asked.combination.version, asked.combination.pyo3 == _oldest(survey)))


def _oldest(survey: Survey) -> str:
    return min(asked.combination.pyo3 for asked in survey.asked)


def _entry(row: Row, answer: Answer, speaker: Asked, every: Rows) -> Entry:
    refused = tables.refused(answer, every, speaker)
    cases = {case.argument: case for case in row.cases if case.holds_on(speaker.combination.version)}
    return Entry(
        anchor=row.slug.replace("_", "-"),
        label=row.label,
        category=row.category,
        signature=signature(row),
        call=f"f({row.value})  # {answer.back}",
        needs=_needs(row),
        takes=row.python if row.given else tables.takes(answer, speaker, row.python),
        gives=tables.gives(answer),
        data=tables.data(answer),
        heap=_heap(row, answer),
        refused=tuple((*said, tables.named(arguments)) for said, arguments in refused.items()),
        edges=tuple(_edge(case, answer) for case in cases.values() if case.argument in answer.cases),
        cheaper=row.cheaper,
    )


def signature(row: Row) -> str:
    """The Rust function that was called, as it is written with PyO3's prelude at hand."""
    lifetimes = "<'py>" if "'py" in row.argument + row.returns else ""
    python = "py: Python<'py>, " if row.py else ""
    label = re.compile(r"\b(?:pyo3|std)::(?:\w+::)*")
    argument, returns = (label.sub("", text) for text in (row.argument, row.returns))
    arrow = f" -> {returns}" if returns != "()" else ""
    return f"fn f{lifetimes}({python}x: {argument}){arrow}"


def _needs(row: Row) -> str:
    features = ", ".join(f"`{feature}`" for feature in row.features)
    if features:
        return f"PyO3's feature {features}"
    return f"the crate {', '.join(f'`{each}`' for each in row.crates)}" if row.crates else ""


def _heap(row: Row, answer: Answer) -> str:
    said = [f"{answer.one.bytes} bytes in {_blocks(answer.one.blocks)}"] if answer.one and answer.one.blocks else []
    if answer.many and answer.many.blocks:
        many = f"{answer.many.bytes:,} bytes in {_blocks(answer.many.blocks)}"
        said.append(f"{many} for {row.elements:,} elements")
    return "; ".join(said)


def _blocks(number: int) -> str:
    return "1 block" if number == 1 else f"{number:,} blocks"


def _edge(case: Case, answer: Answer) -> tuple[str, str, str]:
    return case.argument, str(answer.cases[case.argument]), case.why


def _unlike(found: Sequence[Difference], everyone: Sequence[Combination]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            each.argument,
            "; ".join(f"{tables.who(those, everyone, each.argument)}: {outcome}" for outcome, those in each.outcomes),
        )
        for each in found
    )


def _costs(row: Row, survey: Survey, speaker: Asked) -> tuple[Cost, ...]:
    found = []
    # Stable: the speaker's own come first.
    for asked in sorted(survey.asked, key=lambda each: each is not speaker):
        costs = asked.answers[row.name].costs if row.name in asked.answers else {}
        if costs:
            many = costs.get("take many")
            element = f"{tables.per_element(many.over(row.elements)):g}" if many and row.elements else ""
            found.append(
                Cost(str(asked.combination), _spread(costs, "take value"), _spread(costs, "back value"), element)
            )
    return tuple(found)


def _spread(costs: Mapping[str, tuple[float, float, float]], name: str) -> str:
    median, low, high = (max(value, 0) for value in costs[name])
    return f"{median:.0f} ({low:.0f} to {high:.0f})"


def markdown(survey: Survey, every: Rows, chosen: Sequence[Row]) -> str:
    """The reference as Markdown: a table a category, then every row."""
    found = entries(survey, every, chosen)
    return "\n".join(["", *_markdown(survey, found), ""]).lstrip("\n")


def introduction(survey: Survey) -> Iterator[str]:
    """What was done and what the columns mean, a paragraph each."""
    speaker = _speaker(survey)
    pythons = ", ".join(dict.fromkeys(asked.combination.python for asked in survey.asked))
    lines = " and ".join(dict.fromkeys(asked.combination.pyo3_release for asked in survey.asked))
    yield (
        f"Every line was asked of a real module: built with PyO3 {lines} for Python {pythons}, called, and looked at. "
        f"Where nothing else is said, all of them agree; words of errors are those of {speaker.combination}. `pyo3ops "
        "types` asks the same of your own Python and PyO3."
    )
    measured = sorted((asked for asked in survey.asked if asked.call), key=lambda each: each is not speaker)
    if measured:
        calls = "; ".join(
            f"{asked.call['untouched'].median:.0f} ns with an argument that nobody looks at and "
            f"{asked.call['empty'].median:.0f} ns without any on {asked.combination}"
            for asked in measured
        )
        yield (
            f"**in** is what taking one argument costs, the call itself subtracted, **out** what giving the value back "
            f"costs, both in nanoseconds: the median of all rounds and what nine of ten lie between. The call takes "
            f"{calls}. Measured with pyperf on {survey.machine}, rustc {survey.rustc}, {survey.date}: compare lines "
            "with each other rather than with your machine."
        )
    yield (
        "**data** is told by addresses: *borrowed* where Rust sees the very memory that Python has, *copied* where it "
        "has its own. **heap** is what Rust asked its allocator for. Of the types under **takes**, arguments were "
        "tried; Int, Str, Bytes, List and Dict are subclasses, Number an IntEnum, Word an enum of strings, Index and "
        "Float have `__index__` and `__float__` and nothing else."
    )


def _markdown(survey: Survey, found: Sequence[Entry]) -> Iterator[str]:
    yield f"# {TITLE}\n"
    yield "<!-- Generated by `pyo3ops types --generate-reference`; a test holds it. -->\n"
    for paragraph in introduction(survey):
        yield f"{paragraph}\n"
    measured = any(entry.costs for entry in found)
    for category in dict.fromkeys(entry.category for entry in found):
        of_it = [entry for entry in found if entry.category == category]
        yield f"## {HEADINGS.get(category, category)}\n"
        yield from _summary(of_it, measured=measured)
        for entry in of_it:
            yield from _section(entry)


def _summary(found: Sequence[Entry], *, measured: bool) -> Iterator[str]:
    heads = ["Rust", "takes", "gives", "data", *(["in, ns", "an element, ns", "out, ns"] if measured else [])]
    yield _line(heads)
    yield _line(["---"] * 4 + ["---:"] * (len(heads) - 4))
    for entry in found:
        cells = [f"[{_code(entry.label)}](#{entry.anchor})", entry.takes, entry.gives, entry.data]
        if measured:
            last = entry.costs[0] if entry.costs else None
            cells += [last.taken, last.element, last.back] if last else [""] * 3
        yield _line(cells)
    yield ""


def _section(entry: Entry) -> Iterator[str]:
    yield f'### <a id="{entry.anchor}"></a>{_code(entry.label)}\n'
    yield f"```rust\n{entry.signature}\n```\n"
    yield f"```python\n{entry.call}\n```\n"
    facts = [("Needs", entry.needs), ("Takes", _plain(entry.takes)), ("Data", entry.data), ("Heap", entry.heap)]
    yield from (f"- {name}: {value}" for name, value in facts if value)
    for cost in entry.costs:
        element = f", an element of many {cost.element}" if cost.element else ""
        yield f"- Costs on {cost.who}, ns: in {cost.taken}, out {cost.back}{element}"
    if entry.cheaper:
        yield f"- Cheaper: {entry.cheaper}"
    yield ""
    if entry.refused:
        yield _line(["raises", "message", "for"])
        yield _line(["---"] * 3)
        yield from (_line([each, _code(message), _code(names)]) for each, message, names in entry.refused)
        yield ""
    if entry.edges:
        yield _line(["edge", "outcome", ""])
        yield _line(["---"] * 3)
        yield from (_line([_code(argument), _code(outcome), why]) for argument, outcome, why in entry.edges)
        yield ""
    if entry.unlike:
        yield "Not alike everywhere:\n"
        yield from (f"- {_code(argument)}: {_plain(said)}" for argument, said in entry.unlike)
        yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"


def _code(text: str) -> str:
    """A code span, whatever backticks are in it (CommonMark 6.1)."""
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text[:1] + text[-1:] else ""
    return f"{fence}{space}{text}{space}{fence}"


def _plain(text: str) -> str:
    """Text that Markdown must not take for markup."""
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", text)
