"""What a release of this project is called, in every place that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, ok, setting, skip, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.versions import compare, is_development

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.checks.facts.versions import Stated, Versions


@check(
    "project.versions",
    "one version everywhere",
    needs=("project.manifest",),
    link="https://packaging.python.org/en/latest/discussions/single-source-version/",
)
def versions(versions: Versions) -> Verdict:
    """The wheel, `__version__`, the change log and the newest tag name one release; between releases the files lead."""
    wheel = versions.wheel
    if wheel is None:
        return skip("no file says the wheel's version in so many words")
    drifts = tuple(_drifts(wheel, versions))
    if not drifts:
        others = (*versions.modules, *(each for each in (versions.changelog,) if each))
        return ok(f"{wheel.version} in {', '.join(dict.fromkeys((wheel.path, *(each.path for each in others))))}")
    text, fix, where = drifts[0]
    return warn(text, fix, [each for each, _, _ in drifts[1:]], where)


def _drifts(wheel: Stated, versions: Versions) -> Iterator[tuple[str, Fix, Location]]:
    """What disagrees with the wheel's version, each with its cure and place."""
    for each in versions.modules:
        if compare(each.version, wheel.version) not in (0, None):
            fix = Fix(f"write {wheel.version} in {each.path}, or read it with importlib.metadata.version")
            yield f"{each.path} says {each.version}, {wheel.path} {wheel.version}", fix, Location(each.path, each.line)
    if versions.changelog:
        yield from _behind_or_ahead(wheel, versions.changelog, pending=versions.pending)
    if versions.tag and compare(versions.tag[1], wheel.version) == 1:
        fix = Fix(f"raise the version in {wheel.path} beyond the tag before the next release")
        place = Location(wheel.path, wheel.line)
        yield f"tag {versions.tag[0]} is newer than {wheel.version} in {wheel.path}", fix, place


def _behind_or_ahead(wheel: Stated, log: Stated, *, pending: bool) -> Iterator[tuple[str, Fix, Location]]:
    """A change log that names a release to come, or that forgot this one; between releases it may lag."""
    order, place = compare(log.version, wheel.version), Location(log.path, log.line)
    if order == 1:
        summary = f"raise the version in {wheel.path}, or head that section Unreleased"
        key = "project.version" if wheel.path == "pyproject.toml" else "package.version"
        # Without a line of its own it is the workspace's.
        fix = setting(summary, wheel.path, key, log.version) if wheel.line else Fix(summary)
        yield f"{log.path} has {log.version}, {wheel.path} is still {wheel.version}", fix, place
    if order == -1 and not pending and not is_development(wheel.version):
        fix = Fix(f"add a section for {wheel.version} to {log.path}")
        yield f"{log.path} ends at {log.version}, {wheel.path} is {wheel.version}", fix, place
