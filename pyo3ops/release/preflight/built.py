"""What only building, installing and reading in depth can tell of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix, Status
from pyo3ops.wheels.inspection.verdict import bounded, fail, ok, skip, unknown, warn

if TYPE_CHECKING:
    from pyo3ops.core.model import Finding
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

_NOTHING = skip("there are no built files yet")
#: What is public once for all; other warnings can be heeded in the next release.
_IRREVOCABLE = frozenset({"wheels.contents"})


def inspected(world: World) -> Iterator[Said]:
    """A wheel that breaks its own promise, such as the glibc of its tag, installs and then fails."""
    if world.built is None:
        yield _NOTHING
        return
    found = world.built.inspected
    for name, findings in found:
        inspect = ("pyo3ops", "wheels", "inspect", name)
        for finding in findings:
            if finding.status in (Status.FAIL, Status.CRASH):
                yield fail(_words(name, finding), finding.fix or Fix("see all of it", inspect, mends=False))
            elif finding.status is Status.WARN and finding.id in _IRREVOCABLE:
                yield warn(_words(name, finding), finding.fix or Fix("see all of it", inspect, mends=False))
    warnings = [(name, finding) for name, each in found for finding in each if finding.status is Status.WARN]
    yield ok(f"{len(found)} files" + (f", {len(warnings)} warnings" if warnings else ""), bounded_words(warnings))


def bounded_words(rows: list[tuple[str, Finding]]) -> tuple[str, ...]:
    """A line for each of some findings, and how many more there are."""
    return bounded([_words(name, finding) for name, finding in rows])


def _words(name: str, finding: Finding) -> str:
    return f"{name}: {finding.id}: {finding.detail}"


def sdist_builds(world: World) -> Iterator[Said]:
    """Whoever has no wheel gets the sdist: what is missing in there is found out by them."""
    if world.built is None:
        yield _NOTHING
        return
    tried = world.built.sdist
    if tried is None:
        yield skip("no sdist is among the files, or nobody asked to build it")
    elif not tried.applies:
        yield skip(tried.detail)
    elif tried.skipped:
        yield unknown(tried.detail, Fix("install what builds it", ("pip", "install", "build")))
    elif tried.ok:
        yield ok(tried.detail)
    else:
        yield fail(
            f"{tried.what}: {tried.detail}",
            Fix(
                "see what an sdist needs and this one lacks", ("pyo3ops", "wheels", "inspect", tried.what), mends=False
            ),
            tried.evidence,
        )


def imports(world: World) -> Iterator[Said]:
    """A wheel that cannot be imported is public in seconds, and taken back never."""
    if world.built is None:
        yield _NOTHING
        return
    trials = world.built.trials
    if trials is None:
        yield skip("nobody asked to install them")
        return
    for tried in trials:
        if not tried.ok and not tried.skipped:
            yield fail(
                f"{tried.what}: {tried.detail}",
                Fix(f"install it and see: python -m pip install {tried.what}"),
                tried.evidence,
            )
    done = [tried for tried in trials if not tried.skipped]
    if done:
        yield ok("; ".join(f"{tried.what}: {tried.detail}" for tried in done[:3]))
    elif trials:
        yield skip(trials[0].detail)
    else:
        yield warn("none of the wheels can be installed here", Fix("build the one of this machine too"))
