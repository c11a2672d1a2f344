"""What reading a release back has shown, and installing it: findings, each with what it means and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Column, Finding, Fix, Status, Table
from pyo3ops.release.readback import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.release.provenance import Attested
    from pyo3ops.release.readback import Read, ReadBack
    from pyo3ops.release.trying import Trial

#: Hexadecimal digits of a digest that a table shows.
_SHORT = 12


def findings(back: ReadBack, version: str, against: str) -> Iterator[Finding]:
    """What was read back, held against `against`: the sealed files, a folder, or what the index lists itself."""
    yield _shown(back, version)
    yield _bytes(back, version, against)
    yield _extra(back, version, against)
    yield _told(back, version)
    yield _yanked(back, version)


def table(back: ReadBack) -> Table:
    """Each file with what became of it."""
    rows = tuple((read.name, read.size, read.sha256[:_SHORT], _since(read), read.verdict.value) for read in back.files)
    others = tuple((name, None, "", None, "not of the release") for name in back.extra)
    columns = (Column("file"), Column("size", "B"), Column("sha256"), Column("shown after", "s"), Column("verdict"))
    return Table("Read back", columns, rows + others)


def of_provenance(found: Sequence[Attested]) -> Finding:
    """Who attested the files, as far as the index tells and pypi-attestations could verify."""
    title = "who published the files is attested"
    refuted = [each for each in found if each.passed is False]
    unsaid = [each for each in found if each.passed is None and each.publishers]
    signed = [each for each in found if each.passed]
    lines = tuple(f"{each.name}: {each.reason}" for each in (*refuted, *unsaid))
    if refuted:
        fix = Fix("find out who published it: somebody may use the project's name; then withdraw the version")
        return Finding("release.provenance", title, Status.FAIL, f"{_count(refuted)} not hold", lines, fix)
    if unsaid:
        return Finding("release.provenance", title, Status.SKIP, unsaid[0].reason, lines)
    if not signed:
        reason = found[0].reason if found else "nothing was read back"
        return Finding("release.provenance", title, Status.SKIP, reason)
    who = sorted({publisher.shown for each in signed for publisher in each.publishers})
    return Finding("release.provenance", title, Status.OK, f"{len(signed)} of {len(found)}: {', '.join(who)}")


def of_trial(trial: Trial, version: str) -> Finding:
    """What became of the version with one Python."""
    title = f"it installs from the index and works with Python {trial.python}"
    if trial.skipped:
        return Finding("release.installed", title, Status.SKIP, trial.skipped)
    lines = tuple(f"{step.step}: {step.reason or 'done'}" for step in trial.steps)
    failed = trial.failed
    if failed is None:
        detail = f"{trial.file}, {', '.join(step.step for step in trial.steps[1:] if not step.idle)}"
        return Finding("release.installed", title, Status.OK, detail, lines, seconds=trial.seconds)
    fix = _withdraw(
        version, "find out whether every user meets this; then withdraw the version and release the next one"
    )
    detail = f"{trial.file}: {failed.step}: {failed.reason}"
    return Finding("release.installed", title, Status.FAIL, detail, lines, fix, seconds=trial.seconds)


def _shown(back: ReadBack, version: str) -> Finding:
    title = "the index shows every file"
    looks = f"{back.looks} look{'s' * (back.looks != 1)}, {back.seconds:.0f} s"
    if not back.missing:
        return Finding("release.shown", title, Status.OK, f"{len(back.files)} files, {looks}")
    lines = tuple(f"{read.name}: {read.reason}" for read in back.files if read.verdict is Verdict.MISSING)
    detail = f"{len(back.missing)} of {len(back.files)} are not there after {looks}"
    again = ("pyo3ops", "release", "verify", "--version", version)
    if back.reason:
        fix = Fix("ask again when the index answers", again, mends=False)
        return Finding("release.shown", title, Status.UNKNOWN, f"{detail}: {back.reason}", lines, fix)
    # What was shown once and is gone is not sent again: the index has lost it, or somebody took it away.
    look = ("pyo3ops", "release", "status", "--version", version)
    fix = Fix("see how far the release is: what was never public can go on, what is gone is the index's affair", look)
    return Finding("release.shown", title, Status.FAIL, detail, lines, fix)


def _bytes(back: ReadBack, version: str, against: str) -> Finding:
    title = "every file is served as it was sealed"
    other = [read for read in back.files if read.verdict is Verdict.OTHER]
    unread = [read for read in back.files if read.verdict is Verdict.UNREAD]
    same = [read for read in back.files if read.verdict is Verdict.SAME]
    lines = tuple(f"{read.name}: {read.reason}" for read in (*other, *unread))
    compared = f"{len(same)} of {len(back.files)} downloaded and equal to {against}"
    if other:
        means = "whoever installs these gets what this release never had, and no upload can replace a file"
        fix = _withdraw(version, "withdraw the version, then release the next one")
        return Finding("release.bytes", title, Status.FAIL, f"{compared}; {len(other)} not: {means}", lines, fix)
    if unread:
        fix = Fix("read it back again", ("pyo3ops", "release", "verify", "--version", version), mends=False)
        return Finding(
            "release.bytes", title, Status.UNKNOWN, f"{compared}; {len(unread)} could not be read", lines, fix
        )
    return Finding("release.bytes", title, Status.OK if same else Status.SKIP, compared if same else "none is there")


def _extra(back: ReadBack, version: str, against: str) -> Finding:
    title = "nothing else is public under this version"
    if not back.extra:
        reason = "" if back.shown else "nothing of it is public"
        return Finding("release.extra", title, Status.OK if back.shown else Status.SKIP, reason)
    fix = _withdraw(version, "find out who uploaded them: installers may prefer them; where it was not you, withdraw")
    detail = f"{len(back.extra)} of {len(back.shown)} public files are not among {against}"
    return Finding("release.extra", title, Status.FAIL, detail, back.extra, fix)


def _told(back: ReadBack, version: str) -> Finding:
    title = "the index says of each file what it says of itself"
    wrong = [(read.name, fault) for read in back.files for fault in read.faults]
    if wrong:
        lines = tuple(f"{name}: {fault}" for name, fault in wrong)
        summary = "tell whoever runs the index; until it is mended installers choose by what it says, so withdraw"
        return Finding("release.told", title, Status.FAIL, lines[0], lines, _withdraw(version, summary))
    told = any(read.verdict is Verdict.SAME for read in back.files)
    return Finding("release.told", title, Status.OK if told else Status.SKIP, "" if told else "nothing was read back")


def _yanked(back: ReadBack, version: str) -> Finding:
    title = "no file is yanked"
    yanked = {file.name: file.yanked for file in back.shown if file.yanked is not None}
    if not yanked:
        status = Status.OK if back.shown else Status.SKIP
        return Finding("release.yanked", title, status, "" if back.shown else "nothing of it is public")
    lines = tuple(f"{name}: {reason or 'no reason is given'}" for name, reason in yanked.items())
    fix = Fix("un-yank it where that was a mistake; else release the next version", ("pyo3ops", "release", "withdraw"))
    detail = f"{len(yanked)} of {len(back.shown)}: installers pass over {version} unless it is pinned with =="
    return Finding("release.yanked", title, Status.WARN, detail, lines, fix)


def _withdraw(version: str, summary: str) -> Fix:
    return Fix(summary, ("pyo3ops", "release", "withdraw", "--version", version), mends=False)


def _count(rows: Sequence[object]) -> str:
    return f"{len(rows)} {'does' if len(rows) == 1 else 'do'}"


def _since(read: Read) -> float | None:
    return None if read.verdict is Verdict.MISSING else round(read.seconds, 1)
