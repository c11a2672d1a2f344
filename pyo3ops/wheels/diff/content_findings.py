"""What is in the files of two sets: what users depend on, call, run and agree to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.core.model import Finding, Status
from pyo3ops.wheels.diff.compared import said, step
from pyo3ops.wheels.diff.names import changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.wheels.diff.compared import Compared
    from pyo3ops.wheels.diff.contents import Contents
    from pyo3ops.wheels.inspection.crates import Linked

_NOTHING = "no pair of files was read"
_NO_WHEELS = "no pair of wheels to compare"
_TELL = "bring it back, or say in the change log that it is gone"


def findings(compared: Compared) -> Iterator[Finding]:
    """What is gone fails unless the version says that things may be; what is new and costs users something warns."""
    yield _dependencies(compared)
    yield _libraries(compared)
    yield _crates(compared)
    yield _names(compared)
    yield _entry_points(compared)
    yield _licence(compared)


def _dependencies(compared: Compared) -> Finding:
    """Another requirement of the same package is no other package, and one of an extra is asked for by its name."""
    title = "users install no other packages"
    told = [pair for pair in compared.contents if not any(map(_leaves_open, pair))]
    if not told:
        why = "the sdist leaves it to the build what it needs" if compared.contents else _NOTHING
        return said("dependencies", title, Status.SKIP, why)
    before, after = ({_plain(each) for each in _all(side, "requires-dist")} for side in _sides(told))
    kept = {name for name, _, _ in before}
    brought = sorted(text for name, extra, text in after if name not in kept and not extra)
    lines = [
        *(f"new: {each}" for each in brought),
        *sorted(f"new: {text}" for _, _, text in after - before if text not in brought),
        *sorted(f"gone: {text}" for _, _, text in before - after),
    ]
    if brought:
        return said("dependencies", title, Status.WARN, lines[0], lines, fix="say it in the change log")
    return said("dependencies", title, Status.OK, f"{len(after)} in Requires-Dist", lines)


def _leaves_open(each: Contents) -> bool:
    """True for an sdist whose wheels may need what it does not name (PEP 643)."""
    dynamic = {name.strip().lower() for name in each.metadata.get("dynamic", ())}
    return each.file.is_sdist and "requires-dist" in dynamic


def _libraries(compared: Compared) -> Finding:
    title = "no other shared libraries are needed"
    lines: set[str] = set()
    told = 0
    for old, new in compared.alike:
        if old.libraries is not None and new.libraries is not None:
            told += 1
            lines |= {f"{each} ({new.file.tag})" for each in new.libraries - old.libraries}
    if not told:
        return said("libraries", title, Status.SKIP, "no pair of wheels for one platform whose libraries can be read")
    if lines:
        fix = "link it statically, or bring it along (auditwheel repair), or name it in the documentation"
        return said("libraries", title, Status.WARN, f"new: {min(lines)}", sorted(lines), fix=fix)
    return said("libraries", title, Status.OK, f"the same, or fewer, in {told} wheels")


def _crates(compared: Compared) -> Finding:
    """By whatever names the crates on both sides: a list of another kind would differ by what it leaves out."""
    title = "no linked crate brings another licence"
    pairs = [(old.linked, new.linked) for old, new in compared.alike if old.linked.source and new.linked.source]
    same = [(old, new) for old, new in pairs if old.source == new.source]
    if not same:
        why = "no wheel names its crates" if not pairs else f"{pairs[0][0].source} before, {pairs[0][1].source} now"
        if compared.contents and not compared.alike:
            return said("crates", title, Status.SKIP, "no pair of wheels for one platform")
        return said("crates", title, Status.SKIP, f"{why}: neither SBOM nor cargo-auditable on both sides")
    before, after = (dict(crate_rows(sides)) for sides in zip(*same))
    new = {name for name in after if name not in before}
    known = {licence for _, licence in before.values() if licence}
    brought = sorted(f"{name}: {licence}" for name, (_, licence) in after.items() if licence and licence not in known)
    moved = sum(1 for name in after if name in before and before[name][0] != after[name][0])
    detail = (
        f"{len(new)} new crates, {len(set(before) - set(after))} gone, {moved} of another version ({same[0][0].source})"
    )
    if brought and known:
        fix = "look whether you may ship it, and ship its text (cargo about, cargo deny)"
        return said("crates", title, Status.WARN, f"{brought[0]}; {detail}", brought, fix=fix)
    return said("crates", title, Status.OK, detail, [f"new: {name}" for name in sorted(new)])


def crate_rows(sides: Iterable[Linked]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each crate of some wheels, with its versions and its licence."""
    versions: dict[str, set[str]] = {}
    licences: dict[str, str] = {}
    for side in sides:
        for crate in side.crates:
            versions.setdefault(crate.name, set()).add(crate.version)
            licences[crate.name] = crate.licence or licences.get(crate.name, "")
    for name in sorted(versions):
        yield name, (", ".join(sorted(versions[name])), licences[name])


def _names(compared: Compared) -> Finding:
    title = "no public name is gone"
    wheels = _wheels(compared)
    if not wheels:
        return said("names", title, Status.SKIP, _NO_WHEELS)
    found = [changes(old.names, new.names) for old, new in wheels]
    removed = sorted({name for each in found for name in each.removed})
    added = {name for each in found for name in each.added}
    source = ", ".join(dict.fromkeys(new.names.source for _, new in wheels))
    if removed:
        return _gone(compared, "names", title, removed, f"{len(removed)} by {source}")
    silent = next((f"{side.file.name}: {side.silent}" for pair in wheels for side in pair if side.silent), "")
    if silent:
        return said(
            "names", title, Status.UNKNOWN, silent, fix="install what the module needs into this Python, or ship stubs"
        )
    if not any(old.names.modules and new.names.modules for old, new in wheels):
        why = "nothing in the wheels describes the module: ship stubs, or ask the module itself (--import)"
        return said("names", title, Status.SKIP, why)
    lines = [f"new: {name}" for name in sorted(added)]
    return said("names", title, Status.OK, f"by {source}; {len(added)} new", lines)


def _entry_points(compared: Compared) -> Finding:
    title = "no entry point is gone"
    wheels = _wheels(compared)
    if not wheels:
        return said("entry-points", title, Status.SKIP, _NO_WHEELS)
    before, after = (set().union(*(each.entry_points for each in side)) for side in _sides(wheels))
    keys = {each.partition(" = ")[0] for each in after}
    removed = sorted(each for each in before if each.partition(" = ")[0] not in keys)
    if removed:
        return _gone(compared, "entry-points", title, removed, f"{len(removed)} of {len(before)}")
    lines = [f"new: {each}" for each in sorted(after - before)]
    return said("entry-points", title, Status.OK, f"{len(after)} there", lines)


def _wheels(compared: Compared) -> tuple[tuple[Contents, Contents], ...]:
    """The pairs without an sdist, which has neither names nor entry points before it is built."""
    return tuple(pair for pair in compared.contents if not any(each.file.is_sdist for each in pair))


def _gone(compared: Compared, identity: str, title: str, removed: Sequence[str], how_many: str) -> Finding:
    far = step(compared.old.version, compared.new.version)
    status = Status.WARN if far.may_break else Status.FAIL
    detail = f"{how_many}: {removed[0]}; from {compared.old.version} to {compared.new.version} is {far.value}"
    fix = _TELL if far.may_break else "bring it back, or raise the version"
    return said(identity, title, status, detail, removed, fix=fix)


def _licence(compared: Compared) -> Finding:
    title = "the licence is the same"
    if not compared.contents:
        return said("licence", title, Status.SKIP, _NOTHING)
    before, after = (_licences(side) for side in _sides(compared.contents))
    files = [_all(side, "license-file") for side in _sides(compared.contents)]
    lines = [
        *(f"gone: {each}" for each in sorted((before - after) | (files[0] - files[1]))),
        *(f"new: {each}" for each in sorted((after - before) | (files[1] - files[0]))),
    ]
    if lines:
        return said("licence", title, Status.WARN, lines[0], lines, fix="say it in the change log, where it was meant")
    return said("licence", title, Status.OK, ", ".join(sorted(after)) or "no licence is named")


def _licences(side: Sequence[Contents]) -> set[str]:
    """What the old field and the new one (PEP 639) name, else the classifiers; a text by its first line."""
    named = _all(side, "license-expression") | _all(side, "license")
    first = {text.strip().partition("\n")[0] for text in named}
    classified = {each.rpartition(":: ")[2] for each in _all(side, "classifier") if each.startswith("License ::")}
    return first or classified


def _sides(contents: Sequence[tuple[Contents, Contents]]) -> tuple[tuple[Contents, ...], tuple[Contents, ...]]:
    return tuple(old for old, _ in contents), tuple(new for _, new in contents)


def _all(side: Iterable[Contents], key: str) -> set[str]:
    return {value for each in side for value in each.metadata.get(key, ())}


def _plain(requirement: str) -> tuple[str, bool, str]:
    """Name, whether an extra asks for it, and the whole in one spelling: spaces and underscores are no change."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415
    from packaging.utils import canonicalize_name  # noqa: PLC0415

    try:
        read = Requirement(requirement)
    except InvalidRequirement:
        return requirement, False, requirement
    read.name = canonicalize_name(read.name)
    return read.name, "extra ==" in str(read.marker), str(read)
