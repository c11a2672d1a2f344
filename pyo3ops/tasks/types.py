"""Ask the user's own Pythons and PyO3 what conversions take, give, refuse and cost."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.conversions import crate, rows, tables
from pyo3ops.conversions.survey import Survey, dumps, recorded
from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, Pyo3opsError, UsageError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Artifact, Fact, Finding, Fix, Host, Report, Status
from pyo3ops.core.pyo3 import release_of
from pyo3ops.tasks import probes
from pyo3ops.tools import rustc
from pyo3ops.wheels import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyo3ops.conversions.asking import Probe
    from pyo3ops.conversions.rows import Row, Rows
    from pyo3ops.conversions.survey import Asked, Outcome
    from pyo3ops.tools.python import Interpreter


@dataclass(frozen=True)
class Request:
    """What to ask, and whom; without `pythons` the one that runs this, without `lines` the project's own PyO3."""

    env: Mapping[str, str]
    pythons: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    #: Parts of names of rows.
    names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    all_types: bool = False
    benchmark: bool = False
    edge_cases: bool = False
    #: Where to write the reference; the ending chooses between Markdown and HTML.
    reference: Path | None = None
    #: Where to write all that was answered, as JSON.
    save: Path | None = None
    #: Where probes are built and kept; the user's cache without one.
    output: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(here: Path, request: Request) -> Report:
    """Build the probe for each Python and PyO3 that is asked about, ask it, and compare with what is expected.

    Without Rust or maturin it shows what was recorded when this pyo3ops was released, and says so. Raises `UsageError`
    for a type, a category, a Python or a PyO3 that is not known.
    """
    started = time.monotonic()
    every = rows.load()
    chosen = _chosen(every, request)
    reference = _reference(request.reference)
    _check_folders(request)
    gone = probes.missing(request.env)
    findings: list[Finding] = []
    if gone is not None:
        answered = _recorded(here, request)
        findings.append(_not_asked(gone))
    else:
        answered, findings = survey(here, request)
    artifacts = []
    if reference is not None and request.reference is not None:
        artifacts.append(_written(request.reference, reference(answered, every, chosen), "conversion reference"))
    if request.save is not None:
        artifacts.append(_written(request.save, dumps(answered), "survey of conversions"))
    return Report(
        task="types",
        project="",
        host=Host.here(),
        facts=(*_facts(answered, gone), *_unprobed(here, request)),
        findings=tuple(findings),
        tables=tuple(tables.of(answered, every, chosen, detailed=bool(request.names))),
        artifacts=tuple(artifacts),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _chosen(every: Rows, request: Request) -> tuple[Row, ...]:
    unknown = [name for name in request.categories if name not in every.categories]
    if unknown:
        raise UsageError(f"there is no category {unknown[0]!r}", cause=f"known: {', '.join(every.categories)}")
    if request.names:
        found = tuple(row for name in request.names for row in every.named(name))
        if not found:
            raise UsageError(
                f"no conversion is named like {', '.join(request.names)}",
                cause="a name is a Rust type, or a part of one",
                command="pyo3ops types --all-types",
            )
        return found
    if request.categories or request.all_types or request.edge_cases or request.reference or request.save:
        return every.chosen(request.categories)
    return every.everyday


def _reference(path: Path | None) -> Callable[[Survey, Rows, Sequence[Row]], str] | None:
    if path is None:
        return None
    from pyo3ops.conversions import page, reference  # noqa: PLC0415 - only where one is wanted

    formats = {".md": reference.markdown, ".html": page.html}
    if path.suffix not in formats:
        raise UsageError(
            f"{path.name} has no ending that says what to write",
            cause=f"known: {', '.join(formats)}",
            command="pyo3ops types --generate-reference types.html",
        )
    return formats[path.suffix]


def _check_folders(request: Request) -> None:
    """Raise `UsageError` for what could not be written when all is answered."""
    for path in (request.reference, request.save):
        if path is not None and not path.absolute().parent.is_dir():
            raise UsageError(f"cannot write {path}: there is no folder {path.absolute().parent}")


def survey(here: Path, request: Request) -> tuple[Survey, list[Finding]]:
    """Ask every wanted Python with every wanted PyO3, and judge what they say.

    A probe that cannot be built is a finding; raises `Pyo3opsError` where none can be.
    """
    every = rows.load()
    chosen = _chosen(every, request)
    workshop = probes.Workshop.at(request.output, request.env, request.progress)
    asked: list[Asked] = []
    findings: list[Finding] = []
    failed: Pyo3opsError | None = None
    for interpreter, line in _combinations(here, request, findings):
        name = f"PyO3 {line} on Python {interpreter.version}"
        try:
            # Always of all rows: another choice is no other module.
            probe = workshop.probe(every, interpreter, line, measuring=request.benchmark)
            answers, found = _asked(probe, every.on(interpreter.version), chosen, request)
        except UsageError:
            raise
        except OSError as error:
            raise Pyo3opsError(f"the probe cannot be asked: {reason_of(error, workshop.folder)}") from None
        except Pyo3opsError as error:
            identity = f"types.{interpreter.version.tag}.pyo3-{line}"
            findings.append(Finding(identity, f"{name} answers", Status.FAIL, error.message, (error.cause,)))
            failed = error
            continue
        asked.append(answers)
        findings += found
    if failed is not None and not asked:
        raise failed
    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    compiler = rustc.ask(workshop.folder, request.env)
    return Survey(tuple(asked), _machine(), today, compiler.release), findings


def _combinations(here: Path, request: Request, findings: list[Finding]) -> Iterator[tuple[Interpreter, str]]:
    lines = request.lines or (_own_line(here, request.env),)
    for line in lines:
        crate.check(line)
    several = len(lines) > 1 or len(request.pythons) > 1
    any_left = False
    for wanted in request.pythons or (None,):
        interpreter = examples.interpreter(wanted, request.env)
        for line in lines:
            release = release_of(line)
            floor = release.python_min if release else interpreter.version
            if interpreter.version >= floor:
                any_left = True
                yield interpreter, line
                continue
            text = f"PyO3 {line} needs Python {floor}; this is {interpreter.version}"
            if not several:
                way_out = f"--python {floor}" if line == crate.LINES[0] else f"--pyo3 {crate.LINES[0]}"
                raise UsageError(text, command=f"pyo3ops types {way_out}")
            identity = f"types.{interpreter.version.tag}.pyo3-{line}"
            findings.append(Finding(identity, f"PyO3 {line} on Python {interpreter.version}", Status.SKIP, text))
    if not any_left:
        raise UsageError("no Python and no PyO3 that go together were asked about")


def _own_line(here: Path, env: Mapping[str, str]) -> str:
    """The release line of the project's PyO3 where there is a probe for it, the oldest one otherwise."""
    return next((line for line in _declared(here, env) if line in crate.LINES), crate.LINES[0])


def _declared(here: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """The release lines of PyO3 that the project uses; none where there is no project."""
    try:
        project = discover.read_project(discover.find_root(here), env)
    except (ConfigError, OSError):
        return ()
    return tuple(extension.pyo3.release for extension in project.extensions if extension.pyo3.release)


def _asked(probe: Probe, every: Rows, chosen: Sequence[Row], request: Request) -> tuple[Asked, list[Finding]]:
    name = str(probe.combination)
    chosen = [row for row in chosen if row in every.rows]
    request.progress(f"{name}: asking {len(chosen)} conversions")
    asked = probe.behaviour(every, chosen)
    findings = list(_unlike_recorded(asked, chosen))
    answers = dict(asked.answers)
    if request.edge_cases or request.save or request.reference:
        request.progress(f"{name}: asking edge cases")
        found = probe.cases(every, chosen)
        findings += _edges(asked, chosen, found)
        for row, outcomes in found.items():
            answers[row] = replace(answers[row], cases={each: outcome for each, (outcome, _) in outcomes.items()})
    call = asked.call
    if request.benchmark:
        costs, call = probe.cost(every, chosen, request.progress)
        for row, spreads in costs.items():
            answers[row] = replace(answers[row], costs=spreads)
    return replace(asked, answers=answers, call=call), findings


def _edges(
    asked: Asked, chosen: Sequence[Row], found: Mapping[str, Mapping[str, tuple[Outcome, bool]]]
) -> Iterator[Finding]:
    """One finding a row: is every case decided as rows.toml says."""
    combination = asked.combination
    for row in chosen:
        outcomes = found.get(row.name, {})
        expected = [case for case in row.cases if case.holds_on(combination.version)]
        wrong = []
        absent = 0
        for case in expected:
            outcome, alike = outcomes[case.argument]
            absent += outcome.kind == "absent"
            if not _as_expected(case, outcome, alike=alike) and outcome.kind != "absent":
                wanted = next(filter(None, (case.gives, case.raises, case.dies)))
                wrong.append(f"{case.argument}: expected {wanted}, got {outcome}")
        if expected:
            identity = f"types.{combination.version.tag}.pyo3-{combination.pyo3}.{row.slug}"
            title = f"{row.name} decides its edge cases as expected"
            asked_of = len(expected) - absent
            detail = f"{asked_of - len(wrong)} of {asked_of} on {combination}"
            yield Finding(identity, title, Status.FAIL if wrong else Status.OK, detail, tuple(wrong))


def _as_expected(case: rows.Case, outcome: Outcome, *, alike: bool) -> bool:
    if case.gives is not None:
        return outcome.kind == "gives" and alike
    if case.raises is not None:
        return (outcome.kind, outcome.what) == ("raises", case.raises)
    return (outcome.kind, outcome.what) == ("dies", case.dies)


def _unlike_recorded(asked: Asked, chosen: Sequence[Row]) -> Iterator[Finding]:
    """What this combination answers otherwise than it did when this pyo3ops was released."""
    combination = asked.combination
    before = recorded().of(combination.python, combination.pyo3)
    if before is None or before.combination.numpy != combination.numpy:
        return
    panel = rows.load().panel
    for row in chosen:
        was, now = before.answers.get(row.name), asked.answers.get(row.name)
        if was is None or now is None:
            continue
        pairs = list(zip(panel, was.panel, now.panel))
        unlike = tuple(f"{argument}: was {old}, is {new}" for argument, old, new in pairs if old != new)
        if unlike:
            identity = f"types.{combination.version.tag}.pyo3-{combination.pyo3}.{row.slug}.recorded"
            title = f"{row.name} answers as recorded"
            detail = f"{len(unlike)} of {len(pairs)} arguments are treated otherwise than with {_releases(before)}"
            yield Finding(identity, title, Status.WARN, detail, unlike)


def _releases(asked: Asked) -> str:
    each = asked.combination
    return f"Python {each.release}, PyO3 {each.pyo3_release}"


def _recorded(here: Path, request: Request) -> Survey:
    """The recorded answers of what is asked about; without a word those of this Python with the project's PyO3."""
    known = recorded()
    pythons = request.pythons or (f"3.{sys.version_info.minor}",)
    lines = request.lines or (_own_line(here, request.env),)
    asked = tuple(each for each in known.asked if each.combination.python in pythons and each.combination.pyo3 in lines)
    if asked:
        return replace(known, asked=asked)
    if request.pythons or request.lines:
        raise UsageError(
            f"nothing is recorded of Python {', '.join(pythons)} with PyO3 {', '.join(lines)}",
            cause="and there is no Rust here to ask",
            command="pyo3ops validate --select rust",
        )
    return replace(known, asked=known.asked[-1:])


def _not_asked(gone: str) -> Finding:
    if gone == "maturin":
        fix = Fix("install what builds the probe", ("pip", "install", "pyo3ops[build]"))
    else:
        fix = Fix("see what is missing, and how to get it", ("pyo3ops", "validate", "--select", "rust"), mends=False)
    text = f"there is no {gone} here to build the probe with; shown is what was recorded for this release of pyo3ops"
    return Finding("types.probe", "this machine was asked", Status.WARN, text, fix=fix)


def _facts(answered: Survey, gone: str | None) -> Iterator[Fact]:
    for each in answered.asked:
        with_numpy = f", numpy {each.combination.numpy}" if each.combination.numpy else ", without numpy"
        yield Fact("recorded" if gone else "asked", f"{_releases(each)}{with_numpy}")
    if any(each.call for each in answered.asked):
        yield Fact("measured", f"{answered.date}, {answered.machine}, rustc {answered.rustc}")


def _unprobed(here: Path, request: Request) -> Iterator[Fact]:
    """The project's own PyO3 where nobody can ask it."""
    for line in sorted(set(_declared(here, request.env)) - set(crate.LINES)):
        if not request.lines:
            yield Fact("PyO3 of this project", f"{line}, which there is no probe for")


def _machine() -> str:
    """The processor by its own name where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    names = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return f"{next(names, '') or platform.processor() or platform.machine()}, {platform.system()}"


def _written(path: Path, text: str, kind: str) -> Artifact:
    data = text.encode("utf-8", "backslashreplace")
    try:
        write_whole(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return Artifact(str(path), kind, hashlib.sha256(data).hexdigest())
