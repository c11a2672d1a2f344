"""What each argument of a crate takes and costs, and what would do for less."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.conversions import tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.conversions.rows import Row, Rows
    from pyo3ops.conversions.signatures import Argument, Function, Signatures
    from pyo3ops.conversions.survey import Answer, Asked

#: Types that hold others, as a stub would write them.
_HOLDERS = {
    "Option": "{} | None",
    "Vec": "Sequence[{}]",
    "smallvec::SmallVec": "Sequence[{}]",
    "std::collections::HashSet": "set[{}]",
    "std::collections::BTreeSet": "set[{}]",
    "hashbrown::HashSet": "set[{}]",
    "std::collections::HashMap": "dict[{}, {}]",
    "std::collections::BTreeMap": "dict[{}, {}]",
    "hashbrown::HashMap": "dict[{}, {}]",
    "indexmap::IndexMap": "dict[{}, {}]",
    "either::Either": "{} | {}",
}
#: What stands around a type of Python's own, or of the crate's, without a conversion.
_BOUND = ("pyo3::Bound", "pyo3::Py", "pyo3::PyRef", "pyo3::PyRefMut", "pyo3::Borrowed")


@dataclass(frozen=True)
class Told:
    """What is known of one argument; `instead` is a type that would do for less, `why` what is gained and lost."""

    function: Function
    argument: Argument
    takes: str
    refuses: str = ""
    data: str = ""
    #: Nanoseconds to take one, and an element of many; None where nobody measured it.
    taken: float | None = None
    element: float | None = None
    instead: str | None = None
    why: str = ""


def told(signatures: Signatures, every: Rows, asked: Asked) -> Iterator[Told]:
    """What is known of every argument, as the answers of one Python and PyO3 have it."""
    knowledge = _Knowledge(signatures, every, asked)
    for function in signatures.functions:
        for argument in function.arguments:
            yield knowledge.of(function, argument)


class _Knowledge:
    """Rows by their types, and the crate's own types."""

    def __init__(self, signatures: Signatures, every: Rows, asked: Asked) -> None:
        self._signatures = signatures
        self._asked = asked
        self._rows = {plain(row.rust): row for row in every.rows if not row.given}

    def of(self, function: Function, argument: Argument) -> Told:
        if argument.keyword is not None:
            return Told(function, argument, "*args" if argument.keyword == "args" else "**kwargs")
        if argument.from_py_with is not None:
            return Told(function, argument, f"what {argument.from_py_with} takes")
        kind = plain(argument.resolved)
        row, answer = self._row(kind)
        instead, why = self._cheaper(kind) if argument.use != "kept" else (None, "")
        takes = self.takes(kind)
        if row is None or answer is None:
            return Told(function, argument, takes, instead=instead, why=why)
        taken, many = answer.costs.get("take value"), answer.costs.get("take many")
        return Told(
            function,
            argument,
            takes,
            refuses=", ".join(dict.fromkeys(outcome.what for outcome in answer.panel if outcome.kind == "raises")),
            data=tables.data(answer),
            taken=taken and max(taken.median, 0.0),
            element=max(many.median / row.elements, 0.0) if many and row.elements else None,
            instead=instead,
            why=why,
        )

    def takes(self, kind: str) -> str:
        """What a caller may hand over, in words; empty where nothing is known of the type."""
        bare = re.sub(r"^&*(?:mut )?", "", kind)
        row = self._rows.get(kind) or self._rows.get(bare)
        if row is not None:
            return row.python
        head, inside = parts(bare)
        if head in self._signatures.classes:
            return self._signatures.classes[head]
        if head in self._signatures.derives | self._signatures.impls:
            return f"what {head.rpartition('::')[2]} is made from"
        if head in _BOUND and inside:
            # What PyO3 has for Python's own types; of the crate's it is the class itself.
            bound = f"pyo3::Bound<{inside[-1]}>"
            return self.takes(bound if bound != bare and bound in self._rows else inside[-1])
        return self._holder(head, inside)

    def _holder(self, head: str, inside: Sequence[str]) -> str:
        form = _HOLDERS.get(head) if head else f"tuple[{', '.join(['{}'] * len(inside))}]"
        if form is None or not inside:
            return ""
        # A map may name its hasher as well.
        held = [self.takes(each) for each in inside[: form.count("{}")]]
        return form.format(*held) if len(held) == form.count("{}") and all(held) else ""

    def _row(self, kind: str) -> tuple[Row | None, Answer | None]:
        row = self._rows.get(kind)
        return row, self._asked.answers.get(row.name) if row else None

    def _cheaper(self, kind: str) -> tuple[str | None, str]:
        """A type that would do where the argument is only read, and what changes."""
        row, answer = self._row(kind)
        if row is not None and row.instead:
            other, cheaper = self._row(plain(row.instead))
            if answer is not None and other is not None and cheaper is not None:
                return row.instead, self._change(answer, cheaper, row)
        head, inside = parts(kind)
        if head == "Option" and inside and row is None:
            instead, why = self._cheaper(inside[0])
            return (f"Option<{instead}>", why) if instead else (None, "")
        if kind in self._signatures.structs:
            return f"&{kind.rpartition('::')[2]}", "borrows the object: nothing is cloned"
        return None, ""

    def _change(self, answer: Answer, cheaper: Answer, row: Row) -> str:
        said = ["no copy"] if answer.borrows is False and cheaper.borrows else []
        was, now = (each.many or each.one for each in (answer, cheaper))
        if was and now and was.blocks > now.blocks:
            of = f" for {row.elements:,} elements" if was.blocks > 1 else ""
            said.append("no allocation" if not now.blocks else f"{was.blocks - now.blocks:,} allocations less{of}")
        lost = [
            kind
            for kind, before, after in zip(self._asked.types, answer.panel, cheaper.panel)
            if kind and before.kind == "gives" and after.kind != "gives"
        ]
        if lost:
            said.append(f"no longer takes {', '.join(dict.fromkeys(lost))}")
        return "; ".join(said)


def plain(kind: str) -> str:
    """A type without lifetimes, written one way: `&Bound<PyAny>` for `& 'a Bound<'_, PyAny>`."""
    kind = kind.replace("pyo3::PyObject", "pyo3::Py<pyo3::PyAny>")
    kind = re.sub(r"'\w+\s*,\s*|<'\w+>|'\w+\s+", "", kind)
    return re.sub(r"\s*([<>,;&()\[\]])\s*", r"\1", kind).replace(",", ", ").replace(";", "; ").strip()


def parts(kind: str) -> tuple[str, tuple[str, ...]]:
    """The head of a type and what stands in its brackets; a tuple has the head ""."""
    match = re.fullmatch(r"([\w:]*)[<(](.*)[>)]", kind)
    if match is None:
        return kind, ()
    inside, depth, start = [], 0, 0
    for place, sign in enumerate(match[2]):
        depth += (sign in "<([") - (sign in ">)]")
        if sign == "," and not depth:
            inside.append(match[2][start:place].strip())
            start = place + 1
    return match[1], tuple(each for each in (*inside, match[2][start:].strip()) if each)


def found(everything: Sequence[Told]) -> Mapping[str, int]:
    """How many arguments there are, of how many the conversion is known, and how many could be cheaper."""
    return {
        "arguments": len(everything),
        "known": sum(bool(each.takes) for each in everything),
        "cheaper": sum(each.instead is not None for each in everything),
    }
