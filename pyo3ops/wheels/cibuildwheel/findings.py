"""What came of a member's wheels by cibuildwheel, as findings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Iterator, Mapping

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.tools import containers
from pyo3ops.wheels.cibuildwheel.runs import Outcome, Stopped
from pyo3ops.wheels.compared import compare

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.tools.cibuildwheel import Ran
    from pyo3ops.wheels.cibuildwheel.arrangement import Identifier, Part
    from pyo3ops.wheels.cibuildwheel.project import Configured

#: Lists of wheels that are longer are counted.
_FEW = 3


@dataclass(frozen=True)
class Built:
    """One member, as far as it got; `output` has its wheels and its log."""

    each: Configured
    output: Path
    chosen: tuple[Identifier, ...] = ()
    #: What each line of cibuildwheel did, with the release that did it.
    outcomes: tuple[tuple[Part, str, Outcome], ...] = ()
    wheels: tuple[Path, ...] = ()
    problem: str | None = None
    #: Those that stand in for the images of the plan.
    images: Mapping[str, str] = field(default_factory=dict)
    contained: bool = False

    @property
    def began(self) -> bool:
        """True where cibuildwheel came to one identifier at least."""
        return any(outcome.ran for _, _, outcome in self.outcomes)


def findings_of(one: Built) -> Iterator[Finding]:
    """Each identifier, the set of wheels that came of them, and what was left to other machines."""
    name = one.each.name
    if one.problem:
        yield Finding(
            f"cibuildwheel.build.{name}",
            f"{name} is built",
            Status.FAIL,
            one.problem,
            fix=Fix("make room, or choose another --output"),
        )
        return
    names = {each.name for each in one.chosen}
    for part, _, outcome in one.outcomes:
        yield from (_stopped(one, part, stop) for stop in outcome.stops if stop.at not in names)
        yield from _identifiers(one, part, outcome)
    if one.outcomes:
        yield from _set(one)
    yield from _elsewhere(one)


def _stopped(one: Built, part: Part, stop: Stopped) -> Finding:
    """An engine's words are told apart from those of `before-all` and of cibuildwheel itself."""
    complaint = containers.complaint_in("\n".join(stop.tail)) if one.contained else None
    name = one.each.name
    identity, title = f"cibuildwheel.start.{name}.{stop.at}", f"{part.line.name} begins with {stop.at} of {name}"
    fix = complaint.fix if complaint else Fix(f"read the whole log: {one.output / 'cibuildwheel.log'}")
    return Finding(identity, title, Status.FAIL, complaint.words if complaint else stop.error, stop.tail, fix)


def _identifiers(one: Built, part: Part, outcome: Outcome) -> Iterator[Finding]:
    ran = {each.identifier: each for each in outcome.ran}
    for identifier in part.identifiers:
        if identifier in one.chosen:
            yield _identifier(one, identifier, ran.get(identifier.name), outcome)


def _identifier(one: Built, identifier: Identifier, ran: Ran | None, outcome: Outcome) -> Finding:
    identity = f"cibuildwheel.build.{one.each.name}.{identifier.name}"
    title = f"{identifier.name} of {one.each.name} is {'built and tested' if identifier.builds else 'tested'}"
    if ran is None:
        gave_up = outcome.stop_at(identifier.tag) is not None
        reason = f"cibuildwheel gave up {identifier.tag}" if gave_up else "the wheel that it would test was not built"
        return Finding(identity, title, Status.SKIP, reason)
    if ran.finished:
        detail = f"tested with {ran.wheel}" if ran.wheel else "built and tested"
        return Finding(identity, title, Status.OK, detail, seconds=ran.seconds)
    argv = ("pyo3ops", "wheels", "build", "--engine", "cibuildwheel", "--only", identifier.name)
    stop = outcome.stop_at(identifier.name) or Stopped(identifier.name, "it ended there")
    detail = f"{ran.step or 'cibuildwheel'} failed: {stop.error}"
    return Finding(
        identity, title, Status.FAIL, detail, stop.tail, Fix("try it alone", argv, safe=True), seconds=ran.seconds
    )


def _set(one: Built) -> Iterator[Finding]:
    """The wheels that came of it beside those that were to come."""
    identity, title = f"cibuildwheel.set.{one.each.name}", f"the wheels of {one.each.name} are those that were planned"
    if not one.began:
        yield Finding(identity, title, Status.SKIP, "cibuildwheel did not begin with any of them")
        return
    wanted = tuple(dict.fromkeys(each.wheel for each in one.chosen))
    # Another image reaches another glibc, and whoever names one knows.
    floors = () if one.images else one.each.planned.floors
    compared = compare(
        replace(one.each.planned, sdist=False, wheels=wanted, floors=floors), [wheel.name for wheel in one.wheels]
    )
    wrong = [f"missing: {wheel}" for wheel in compared.missing] + [f"{name}: {why}" for name, why in compared.others]
    if not wrong:
        names = [name for _, name in compared.there]
        detail = ", ".join(names) if len(names) <= _FEW else f"{len(names)} wheels"
        yield Finding(identity, title, Status.OK, detail)
    else:
        fix = Fix("see what is planned, and why", ("pyo3ops", "wheels", "plan"), safe=True)
        yield Finding(identity, title, Status.FAIL, f"{len(wrong)} are not", tuple(wrong), fix)
    if one.images and compared.there:
        reason = f"not judged: {', '.join(one.images.values())} stands in for the image of the plan"
        yield Finding(
            f"cibuildwheel.floors.{one.each.name}", "wheels reach as far back as is planned", Status.SKIP, reason
        )


def _elsewhere(one: Built) -> Iterator[Finding]:
    left = [each for each in one.each.arrangement.identifiers if each not in one.chosen]
    if left:
        tags = ", ".join(dict.fromkeys(each.tag for each in left))
        reason = f"{len(left)} identifiers are not for this machine, or were not asked for: {tags}"
        yield Finding(f"cibuildwheel.elsewhere.{one.each.name}", f"the rest of {one.each.name}", Status.SKIP, reason)
