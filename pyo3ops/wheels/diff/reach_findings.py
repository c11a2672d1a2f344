"""What the names and sizes of files tell of two sets: platforms, Pythons and systems that are lost, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.wheels.diff import coverage
from pyo3ops.wheels.diff.compared import said
from pyo3ops.wheels.inspection.verdict import bounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.wheels.diff.compared import Compared

#: Bytes: less growth than that is not worth a word, whatever the percentage.
SMALL = 65536


def findings(compared: Compared) -> Iterator[Finding]:
    """Losses fail, what users have to know warns."""
    yield _platforms(compared)
    yield _pythons(compared)
    yield _requires_python(compared)
    yield _sdist(compared)
    yield _floors(compared)
    yield _size(compared)


def _platforms(compared: Compared) -> Finding:
    title = "no platform is lost"
    before, after = (coverage.by_platform(reach) for reach in compared.reaches)
    lost = [platform for platform in before if platform not in after]
    gained = [platform for platform in after if platform not in before]
    if lost:
        detail = f"{len(lost)} of {len(before)}: {lost[0]}"
        lines = [f"{platform}: {coverage.words(before[platform])}" for platform in lost]
        plan = Fix(
            "build for them, or take them out of the plan", ("pyo3ops", "wheels", "plan"), safe=True, mends=False
        )
        return Finding("diff.platforms", title, Status.FAIL, detail, bounded(lines), plan)
    new = f", new: {', '.join(gained)}" if gained else ""
    return said("platforms", title, Status.OK, f"{len(before)} before, {len(after)} now{new}")


def _lost(compared: Compared) -> Mapping[str, set[str]]:
    """Pythons that are gone on platforms which are not."""
    before, after = compared.reaches
    kept = coverage.by_platform(after)
    return coverage.by_platform(key for key in before if key not in after and key[0] in kept)


def _declared(compared: Compared) -> str:
    """What the newer set says in Requires-Python."""
    said = [file.requires_python for file in compared.new.files if file.requires_python]
    return said[0] if said else ""


def _pythons(compared: Compared) -> Finding:
    title, requires = "no Python is lost", _declared(compared)
    lost = {
        platform: {each for each in pythons if coverage.admits(requires, each)}
        for platform, pythons in _lost(compared).items()
    }
    lines = _grouped(lost)
    if lines:
        detail = f"users of {coverage.words(set().union(*lost.values()))} get no wheel any more"
        return said("pythons", title, Status.FAIL, detail, lines, fix="build for them, or raise requires-python")
    every = {python for _, python in compared.reaches[1]}
    return said("pythons", title, Status.OK, coverage.words(every) or "there are no wheels")


def _grouped(lost: Mapping[str, set[str]]) -> list[str]:
    """Pythons with the platforms that they are lost on: most often the same ones everywhere."""
    found: dict[str, list[str]] = {}
    for platform, pythons in lost.items():
        if pythons:
            found.setdefault(coverage.words(pythons), []).append(platform)
    return [f"{pythons}: {'; '.join(platforms)}" for pythons, platforms in found.items()]


def _requires_python(compared: Compared) -> Finding:
    title, requires = "Requires-Python drops no Python", _declared(compared)
    lost = set().union(*_lost(compared).values(), *())
    dropped = {each for each in lost if not coverage.admits(requires, each)}
    if dropped:
        detail = f"{requires} drops {coverage.words(dropped)}"
        fix = "say it in the change log; installers give those users the last version that had them"
        return said("requires-python", title, Status.WARN, detail, fix=fix)
    return said("requires-python", title, Status.OK, requires or "it says nothing")


def _sdist(compared: Compared) -> Finding:
    title = "the source distribution is still there"
    if compared.new.has_sdist:
        return said("sdist", title, Status.OK, "it is" if compared.old.has_sdist else "it is new")
    if not compared.old.has_sdist:
        return said("sdist", title, Status.SKIP, "there was none")
    return said(
        "sdist", title, Status.FAIL, "it is gone", fix="build it too: maturin sdist, or python -m build --sdist"
    )


def _floors(compared: Compared) -> Finding:
    title = "no oldest system is raised"
    before, after = compared.reaches
    raised: dict[str, set[str]] = {}
    for key, floor in before.items():
        now = after.get(key, ())
        if floor and now > floor:
            change = f"{key[0]}: {coverage.dotted(floor)} before, {coverage.dotted(now)} now"
            raised.setdefault(change, set()).add(key[1])
    if raised:
        lines = [f"{change} ({coverage.words(pythons)})" for change, pythons in sorted(raised.items())]
        fix = "link against the older one (maturin --zig --compatibility ...), or say it in the change log"
        return said("floor", title, Status.WARN, lines[0].partition(" (")[0], lines, fix=fix)
    return said("floor", title, Status.OK, "glibc, musl and macOS as before, or older")


def _size(compared: Compared) -> Finding:
    title = f"no wheel grew by more than {compared.growth:g} %"
    known = [(old, new, old.size, new.size) for old, new in compared.pairs if old.size and new.size]
    if not known:
        return said("size", title, Status.SKIP, "no wheel has one to compare it with")
    limit = 1 + compared.growth / 100
    grown = [row for row in known if row[3] > row[2] * limit and row[3] - row[2] > SMALL]
    before, after = sum(row[2] for row in known), sum(row[3] for row in known)
    total = f"{after / 1e6:.2f} MB in {len(known)} wheels, {before / 1e6:.2f} MB before"
    if grown:
        lines = [f"{new.tag}: {100 * now / was - 100:+.0f} % to {now / 1e6:.2f} MB" for _, new, was, now in grown]
        detail = f"{len(grown)} of {len(known)} did; {total}"
        return said(
            "size", title, Status.WARN, detail, lines, fix="the tables below say which sections and crates did it"
        )
    return said("size", title, Status.OK, total)
