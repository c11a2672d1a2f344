"""The steps of a release, in their order: what each is going to do, and doing it.

A step is over once the journal says so; run again, the release does the steps that are left.
"""

from __future__ import annotations

import getpass
from dataclasses import replace
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

from pyo3ops.core.errors import Pyo3opsError, UsageError, reason_of
from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.core.selection import Selection
from pyo3ops.release import announcing, attest, lock, look, look_files, manifest, prepare, publishing, tagging
from pyo3ops.release.announcing import Announced, Announcement, Told
from pyo3ops.release.bump import plan_bump
from pyo3ops.release.edits import carry_out, put_back
from pyo3ops.release.index import Sent
from pyo3ops.release.lock import Holder
from pyo3ops.release.model import State
from pyo3ops.release.outcome import RESUME
from pyo3ops.release.patience import PATIENT
from pyo3ops.release.preflight import preflight
from pyo3ops.tasks.release import taking, verify
from pyo3ops.tasks.release.course import Course, resume, said
from pyo3ops.tools import git

if TYPE_CHECKING:
    from pyo3ops.release.edits import Edit
    from pyo3ops.release.model import Manifest, SealedFile
    from pyo3ops.release.outcome import Outcome


class Step(NamedTuple):
    """One step: the state that it leads to (None: none of its own), what it is going to do in words, and doing it."""

    name: str
    state: State | None
    plan: Callable[[Course], str]
    do: Callable[[Course], Iterator[Finding]]


#: What still matters of the first checks once the files are sealed: nothing of the tree does.
_LASTING = (
    "release.index",
    "release.credentials",
    "release.client",
    "release.machine",
    "release.journal",
    "release.lock.holder",
)
_SEALED = frozenset(
    {State.SEALED, State.CHECKED, State.PUBLISHING, State.PUBLISHED, State.VERIFIED, State.TAGGED, State.ANNOUNCED}
)


def _look(course: Course) -> Iterator[Finding]:
    chosen = Selection(ignore=course.request.ignore)
    found = chosen.apply(preflight(course.world, 1))
    if course.state in _SEALED:
        # What is public is held against the sealed set, file by file.
        found = tuple(each for each in found if each.id.startswith(_LASTING) and each.id != "release.index.done")
    if course.request.source:
        # Files that were built before are compared with what is public by their hashes.
        found = tuple(each for each in found if each.id != "release.index.done")
    if course.request.break_lock:
        found = tuple(each for each in found if each.id != "release.lock.holder")
    if not course.uploads:
        # A job that only builds, reads back or tags has neither, and should not.
        found = tuple(each for each in found if not each.id.startswith(("release.credentials", "release.client")))
    yield from found


def _plan_look(course: Course) -> str:
    return "what the index refuses is ruled out" if course.state in _SEALED else "git, versions, metadata, the index"


def _prepare(course: Course) -> Iterator[Finding]:
    title = "the files state the version, and the change log has it"
    edits = _edits(course)
    if not edits:
        yield said("prepare", title, Status.OK, "nothing to change")
        return
    dirty = prepare.uncommitted(course.root, course.env, [edit.file.path for edit in edits])
    if dirty:
        fix = Fix("commit what was changed in them, or put it aside", ("git", "stash", "push", "--", *dirty))
        yield said("prepare", title, Status.FAIL, f"{dirty[0]} has changes of its own", dirty, fix)
        return
    files, lines = carry_out(edits), tuple(f"{edit.path}:{edit.line}: {edit.after.strip()}" for edit in edits)
    if not course.head:
        yield said("prepare", title, Status.OK, f"{len(files)} files; there is no repository to commit to", lines)
        return
    made = prepare.commit(course.root, course.env, files, f"Release {course.version}")
    if isinstance(made, prepare.Committed):
        course.look_again()
        yield said("prepare", title, Status.OK, f"{len(files)} files, commit {made.id[:12]}", lines)
        return
    lost = put_back(edits)
    state = f"{', '.join(lost)} could not be put back" if lost else "the files are as they were"
    fix = Fix("mend what git says, or commit by hand", ("pyo3ops", "release", "bump", course.version, "--commit"))
    yield said("prepare", title, Status.FAIL, f"no commit: {made}; {state}", lines, fix)


def _plan_prepare(course: Course) -> str:
    if course.state is not State.PLANNED:
        return "done"
    files = sorted({edit.path for edit in _edits(course)})
    return f"write {course.version} into {', '.join(files)}, and commit" if files else "nothing to change"


def _edits(course: Course) -> tuple[Edit, ...]:
    """What states another version, and a change log whose open section is this release.

    None for files that were built before: they are of the commit at hand, or of none.
    """
    if course.request.source or not course.request.build:
        return ()
    day = datetime.fromtimestamp(course.clock.now(), timezone.utc).strftime("%Y-%m-%d")
    log = prepare.plan_cut(course.project, course.version, day) if course.world.log.pending else ()
    return (*plan_bump(course.project, course.version), *log)


def _lock(course: Course) -> Iterator[Finding]:
    title = "nobody else releases this version"
    if not course.head:
        yield said("lock", title, Status.SKIP, "there is no repository: the journal's own lock has to do")
        return
    ref = lock.ref_of(course.name, course.version)
    state = course.world.git
    who = state.identity if isinstance(state, git.GitState) and state.identity else _user()
    first = course.journal.records[0]
    holder = Holder(who, lock.host_of(course.env), first.time, first.sha256[:16], course.head)
    taken = lock.take(course.root, ref, holder, course.remote, course.env)
    if isinstance(taken, lock.HeldBy) and course.request.break_lock:
        course.request.tell(f"taking the release from {taken.holder or 'somebody who left no name'}")
        broken = lock.break_lock(course.root, taken, course.remote, course.env)
        taken = broken or lock.take(course.root, ref, holder, course.remote, course.env)
    if isinstance(taken, lock.Held):
        course.held = taken
        yield said("lock", title, Status.OK, taken.note)
        return
    if isinstance(taken, lock.HeldBy):
        fix = Fix(
            "wait for it; where it is dead, take the release over: what is public is asked by hash first",
            resume(course, "--break-lock"),
        )
        yield said("lock", title, Status.FAIL, taken.reason, fix=fix)
        return
    yield said("lock", title, Status.UNKNOWN, taken.reason, fix=taken.fix)


def _user() -> str:
    try:
        return getpass.getuser()
    # Where nobody has this number, and no variable says a name: KeyError before 3.13, OSError since.
    except (KeyError, OSError):
        return "somebody"


def _build(course: Course) -> Iterator[Finding]:
    course.files, course.commit, findings = taking.files(course)
    yield from findings
    if course.files and not course.anew:
        course.journal.append(State.BUILT.value, files=len(course.files))


def _seal(course: Course) -> Iterator[Finding]:
    title = "the files are sealed: these bytes, or none"
    if not course.files:
        # A run that was killed between the two: what is there already is not compiled again.
        yield from _build(course)
    if not course.files:
        return
    moved = "" if course.request.source else _moved(course)
    if moved:
        fix = Fix("let nothing change the tree meanwhile, and release again", resume(course))
        yield said("seal", title, Status.FAIL, f"the files were built from a tree that changed: {moved}", fix=fix)
        return
    _give_up(course)
    course.manifest = manifest.seal(
        course.files,
        course.folder,
        project=course.name,
        version=course.version,
        commit=course.commit or course.head,
        locks=taking.locks(course.project),
        tools=taking.tools(course),
    )
    course.journal.append(State.SEALED.value, manifest=manifest.fingerprint(course.manifest))
    course.world = replace(course.world, manifest=course.manifest)
    size = sum(file.size for file in course.manifest.files)
    yield said("seal", title, Status.OK, f"{len(course.manifest.files)} files, {size / 2**20:.1f} MiB")


def _moved(course: Course) -> str:
    """What is another commit, or other changes, than when the build began."""
    before, now = course.world.git, git.state(course.root, course.env)
    if not isinstance(before, git.GitState) or now is None:
        return ""
    if now.head != before.head:
        return f"HEAD was {before.head[:12]}, and is {now.head[:12]}"
    changed = set(now.own((*now.modified, *now.staged))) ^ set(before.own((*before.modified, *before.staged)))
    return f"{min(changed)} changed" if changed else ""


def _give_up(course: Course) -> None:
    """Make room for the set that is in hand, where another one was sealed."""
    if not course.anew:
        return
    if course.journal.state is not State.ABORTED:
        course.journal.append(State.ABORTED.value, reason="another set takes its place")
    try:
        manifest.set_aside(course.folder)
    except OSError as error:
        raise Pyo3opsError(f"the set that was sealed cannot be set aside: {reason_of(error, course.folder)}") from None
    course.begin()
    course.anew, course.manifest = False, None
    course.world = replace(course.world, manifest=None)


def _plan_seal(course: Course) -> str:
    count = course.expected.count if course.expected else 0
    return f"{count} files, copied aside and hashed" if count else "copied aside and hashed"


def _check(course: Course) -> Iterator[Finding]:
    """What takes a glance first: where that stops the release nothing has to be compiled to say so."""
    findings = _glance(course, deep=False)
    if not course.stops(findings):
        findings = _glance(course, deep=True)
    yield from findings
    if not course.stops(findings):
        course.journal.append(State.CHECKED.value)


def _glance(course: Course, *, deep: bool) -> tuple[Finding, ...]:
    """The second stage of the preflight; `deep`: the sdist is built, and the wheels of this machine are installed."""
    paths = [manifest.path_of(course.folder, file) for file in _of(course).files]
    world, tell = look.look_again(course.world, course.env), course.request.progress
    course.world = look_files.at_files(world, paths, course.env, build=deep, install=deep, progress=tell)
    return Selection(ignore=course.request.ignore).apply(preflight(course.world, 2))


def _publish(course: Course) -> Iterator[Finding]:
    sealed = _of(course)
    if course.index.target.is_pypi:
        paths = [manifest.path_of(course.folder, file) for file in sealed.files]
        yield attest.attest(paths, course.folder / manifest.FILES, course.env, progress=course.request.progress).finding
    outcome = publishing.publish(
        sealed, course.folder, course.index, course.journal, course.clock, course.request.progress
    )
    yield _published(course, outcome)


def _published(course: Course, outcome: Outcome) -> Finding:
    title = f"every file is public on {course.index.shown}"
    lines = tuple(f"{file.name}: {file.state}{': ' * bool(file.reason)}{file.reason}" for file in outcome.files)
    lines += tuple(f"{name}: public, and never sealed" for name in outcome.foreign)
    if outcome.published:
        return said("publish", title, Status.OK, outcome.summary, lines)
    argv = resume(course) if outcome.command == RESUME else outcome.command
    until = f"; PyPI takes files for it until {outcome.until}" if outcome.until else ""
    told = [course.journal.standing.told(file.name).sent for file in sealed_files(course)]
    refused = Sent.UNAUTHORISED in told
    # Where nobody refused anything, the index did not answer, or does not show what it took.
    open_end = outcome.state is State.PUBLISHING and not refused
    status = Status.UNKNOWN if open_end else Status.FAIL
    fix = Fix(_onward(outcome, refused=refused), argv or None)
    return said("publish", title, status, outcome.summary + until, lines, fix)


def sealed_files(course: Course) -> tuple[SealedFile, ...]:
    """The sealed files; none before there are any."""
    return course.manifest.files if course.manifest else ()


def _onward(outcome: Outcome, *, refused: bool) -> str:
    if outcome.state is State.STUCK:
        return "find out whose bytes these are, or have the cause taken away; what is public stays as it is"
    if outcome.state is State.ABORTED:
        return "nothing is public: mend the cause and release again"
    if refused:
        return "export other credentials of this index, as UV_PUBLISH_TOKEN or TWINE_PASSWORD, then go on"
    return "go on: the index is asked by hash before anything is sent again"


def _verify(course: Course) -> Iterator[Finding]:
    request = verify.Request(
        course.env,
        course.version,
        course.request.index,
        # As long as caches in front of an index may keep a page.
        patience=PATIENT.shown,
        strict=course.request.strict,
        progress=course.request.progress,
        clock=course.clock,
    )
    report = verify.run(course.root, request)
    yield from report.findings
    if report.worst < Status.UNKNOWN and course.manifest is not None:
        course.journal.append(State.VERIFIED.value)


def _tag(course: Course) -> Iterator[Finding]:
    title = "the tag is at the commit that the files were built from"
    sealed, state = _of(course), course.world.git
    if not sealed.commit or not isinstance(state, git.GitState):
        yield said("tag", title, Status.SKIP, "there is no repository to tag")
        return
    wanted = tagging.Wanted(
        name=course.world.tag,
        commit=sealed.commit,
        message=f"{course.project.name} {course.version}",
        sign=course.project.config.release.sign,
        remote=course.remote,
        # The branch that is checked out may be anything, when a release is resumed.
        branch=state.branch if any(fnmatchcase(state.branch, each) for each in course.world.branches) else "",
    )
    result = tagging.tag(course.root, wanted, course.env)
    if isinstance(result, tagging.Untagged):
        yield said("tag", title, Status.FAIL, result.reason, fix=result.fix)
        return
    course.journal.append(State.TAGGED.value, tag=result.name, commit=result.commit)
    yield said("tag", title, Status.OK, " ".join(filter(None, (f"{result.name}.", result.note))).rstrip("."))


def _announce(course: Course) -> Iterator[Finding]:
    state = course.world.git
    url = state.remote.url if isinstance(state, git.GitState) and state.remote else ""
    where = announcing.place(course.project.config.release.announce, url, course.env)
    told = where if isinstance(where, Announced) else announcing.announce(_announcement(course), where, course.env)
    if told.told in {Told.DONE, Told.NOWHERE}:
        course.journal.append(State.ANNOUNCED.value, told=told.told.value, url=told.url)
    status = {Told.DONE: Status.OK, Told.NOWHERE: Status.SKIP}.get(told.told, Status.WARN)
    detail = told.reason or told.url
    yield said("announce", "the release is announced with its files", status, detail, told.evidence, told.fix)


def _announcement(course: Course) -> Announcement:
    sealed = _of(course)
    return Announcement(
        tag=course.world.tag,
        version=course.version,
        title=f"{course.project.name} {course.version}",
        notes=course.world.log.entry or "",
        folder=course.folder / manifest.FILES,
        files=sealed.files,
    )


def _of(course: Course) -> Manifest:
    if course.manifest is None:
        raise UsageError(
            f"the journal of {course.name} {course.version} says that files were sealed, and they are not there",
            cause="somebody took them away; files with other bytes must not take their place",
            command="pyo3ops release status",
        )
    return course.manifest


STEPS = (
    Step("preflight", None, _plan_look, _look),
    Step("prepare", None, _plan_prepare, _prepare),
    Step("lock", None, lambda course: lock.ref_of(course.name, course.version), _lock),
    Step("build", State.BUILT, taking.plan, _build),
    Step("seal", State.SEALED, _plan_seal, _seal),
    Step(
        "check",
        State.CHECKED,
        lambda _: "the planned set, metadata, sizes, wheels inspect, the sdist builds, wheels import",
        _check,
    ),
    Step("publish", State.PUBLISHED, lambda course: f"to {course.index.shown}, wheels first, the sdist last", _publish),
    Step(
        "verify",
        State.VERIFIED,
        lambda _: "download every file, compare, install from the index in a clean environment",
        _verify,
    ),
    Step(
        "tag",
        State.TAGGED,
        lambda course: f"{course.world.tag}, pushed to {course.remote}" if course.remote else course.world.tag,
        _tag,
    ),
    Step("announce", State.ANNOUNCED, lambda _: "a release on GitHub: a draft first, public last", _announce),
)
