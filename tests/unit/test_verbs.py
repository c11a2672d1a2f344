from __future__ import annotations

import argparse
import io
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.cli import parser, running
from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.model import Finding, Report, Status
from pyo3ops.core.selection import Selection
from pyo3ops.tasks import build, examples, fix, validate, why
from pyo3ops.tasks.release import bump, publish, status, verify, withdraw
from pyo3ops.tasks.release import changelog as change_log
from pyo3ops.tasks.release import run as release_run
from pyo3ops.verbs import NOX, VERBS, common, judging, wheels
from pyo3ops.verbs.call import Call, Verb, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

each_verb = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
ENV = {"PATH": "/bin"}
#: Verbs that do nothing without being told what with.
NEEDED = {
    "set": ["a.toml", "key", "1"],
    "wheels inspect": ["a.whl"],
    "wheels diff": ["old", "new"],
    "release bump": ["minor"],
    "debug core": ["core.1"],
    "debug crash": ["a.log"],
}


def tell(_: str) -> None:
    """Where progress is told."""


def call(*argv: str) -> Call:
    return Call(parser.made().parse_args(argv), ENV, tell)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the current folder."""
    (tmp_path / "pyproject.toml").write_text("[tool.pyo3ops]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def record(monkeypatch: pytest.MonkeyPatch, task: object) -> list[tuple[Path, Any]]:
    """Put a task that does nothing in the place of one, and note what it is called with."""
    calls: list[tuple[Path, Any]] = []

    def run(root: Path, request: object) -> Report:
        calls.append((root, request))
        return Report("done")

    monkeypatch.setattr(task, "run", run)
    return calls


def test_names_are_different() -> None:
    names = [verb.name for verb in (*VERBS, NOX)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("verb", [*VERBS, NOX], ids=lambda verb: verb.name)
def test_a_summary_fits_a_list(verb: Verb) -> None:
    assert verb.summary[0].islower()
    assert not verb.summary.endswith(".")


@each_verb
def test_examples_can_be_typed(verb: Verb) -> None:
    assert verb.examples
    for example in verb.examples:
        program, *argv = shlex.split(example)
        assert program == "pyo3ops"
        own, command = running.split(argv)
        args = parser.made().parse_args(own)
        assert (args.task, args.verb) == (verb.name, verb)
        assert bool(command) == verb.takes_command


@each_verb
def test_options_of_every_verb(verb: Verb) -> None:
    own = [*verb.name.split(), *NEEDED.get(verb.name, ())]
    plain = vars(parser.made().parse_args(own))
    common = ("project", "json", "report", "verbose", "quiet", "strict", "select", "ignore")
    assert {name: plain[name] for name in common} == {
        "project": None,
        "json": False,
        "report": [],
        "verbose": False,
        "quiet": False,
        "strict": False,
        "select": [],
        "ignore": [],
    }
    argv = "--project p --json --report a.md --report b.json -v -q --strict --select rust,python.headers --select build"
    given = vars(
        parser.made().parse_args([*own, *argv.split(), "--ignore", "rust=no reason = none", "--ignore", "a=b"])
    )
    assert {name: given[name] for name in common} == {
        "project": "p",
        "json": True,
        "report": ["a.md", "b.json"],
        "verbose": True,
        "quiet": True,
        "strict": True,
        "select": ["rust", "python.headers", "build"],
        "ignore": [("rust", "no reason = none"), ("a", "b")],
    }


@each_verb
@pytest.mark.parametrize("option", [["--select", "nonsense"], ["--ignore", "nonsense.x=why"]])
def test_what_no_verb_finds_is_wrong_usage(verb: Verb, option: list[str]) -> None:
    made = call(*verb.name.split(), *NEEDED.get(verb.name, ()), *option)
    with pytest.raises(UsageError, match=rf"there is no check|`pyo3ops {verb.name}` has no finding") as caught:
        made.verify_selection()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("argv", "pattern", "hint"),
    [
        ("debug crash x", "crash.panick", "did you mean crash.panic?"),
        ("wheels inspect x", "wheels.tags", "did you mean wheels.tag?"),
        ("types", "type", "did you mean types?"),
        ("examples", "hello_world", "known: examples.NAME"),
        ("new x", "new", "nothing is found here that could be chosen"),
    ],
)
def test_the_nearest_finding_is_named(argv: str, pattern: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        call(*argv.split(), "--select", pattern).verify_selection()
    assert caught.value.message.endswith(f"{pattern!r}; {hint}")


@pytest.mark.parametrize(
    ("argv", "pattern"),
    [
        ("validate", "python"),
        ("validate", "rust.msrv"),
        ("examples", "examples.hello_world"),
        ("wheels build", "wheels"),
        ("debug stacktrace", "debug.stack"),
        ("release", "release.git"),
    ],
)
def test_families_ids_and_names_can_be_chosen(argv: str, pattern: str) -> None:
    call(*argv.split(), "--select", pattern, "--ignore", f"{pattern}=why").verify_selection()


def test_a_name_that_nothing_was_found_of_is_wrong_usage(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project.is_dir()
    found = Finding("examples.calculator", "title", Status.OK)
    monkeypatch.setattr(examples, "run", lambda *_: Report("examples", findings=(found,)))
    made = call("examples", "--select", "examples.calculater")
    report = made.args.verb.run(made)
    assert report.exit_code == 2
    assert report.failure.message == "nothing here is called 'examples.calculater'; did you mean examples.calculator?"
    # What can be found and was not is no mistake.
    monkeypatch.setattr(why, "run", lambda *_: Report("why", findings=(Finding("why.link", "t", Status.FAIL),)))
    made = call("why", "--select", "why.system.disk-full", __file__)
    assert made.args.verb.run(made).exit_code == 0


def test_options_of_one_call_do_not_reach_the_next() -> None:
    parser.made().parse_args(["validate", "--select", "rust", "--report", "a.md", "--ignore", "a=b"])
    args = parser.made().parse_args(["validate"])
    assert (args.select, args.report, args.ignore) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("rust", ["rust"]), ("rust, python.headers", ["rust", "python.headers"]), (",rust,,", ["rust"]), ("", [])],
)
def test_patterns(text: str, expected: list[str]) -> None:
    assert patterns(text) == expected


@pytest.mark.parametrize(
    ("text", "pair"),
    [("rust=why", ("rust", "why")), (" rust = a=b ", ("rust", "a=b")), ("python.headers=x", ("python.headers", "x"))],
)
def test_reasoned(text: str, pair: tuple[str, str]) -> None:
    assert common._reasoned(text) == pair


@pytest.mark.parametrize("text", ["rust", "rust=", "rust= ", "=why", "="])
def test_a_reason_is_asked_for(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        common._reasoned(text)
    assert str(caught.value) == f"{text!r} gives no reason: write ID=REASON"


def test_the_project_is_looked_for_upwards(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = project / "a" / "b"
    below.mkdir(parents=True)
    assert call("validate", "--project", str(below)).project == project
    monkeypatch.chdir(below)
    assert call("validate").project == project


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no PyO3 project in"):
        _ = call("validate", "--project", str(tmp_path)).project


def test_selection() -> None:
    chosen = call("validate", "--select", "rust,build", "--ignore", "rust.cargo=why").selection
    assert chosen == Selection(("rust", "build"), (("rust.cargo", "why"),))
    assert call("validate").selection == Selection()


@pytest.mark.parametrize(
    ("argv", "request_"),
    [
        ([], validate.Request(ENV)),
        (
            ["--strict", "--select", "rust", "--ignore", "rust.msrv=why"],
            validate.Request(ENV, Selection(("rust",), (("rust.msrv", "why"),)), strict=True),
        ),
    ],
)
def test_validate(
    argv: Sequence[str], request_: validate.Request, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = record(monkeypatch, validate)
    made = call("validate", *argv)
    assert made.args.verb.run(made) == Report("done")
    ((root, asked),) = calls
    asked.meanwhile()
    assert (root, asked.env, asked.selection, asked.strict, asked.limit) == (
        project,
        request_.env,
        request_.selection,
        request_.strict,
        request_.limit,
    )


def test_list_checks_needs_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = call("validate", "--list-checks")
    assert made.args.verb.run(made) == validate.listing()


def test_examples(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = record(monkeypatch, examples)
    for argv in ("", "a b --bench --python 3.11 --output out --strict"):
        made = call("examples", *argv.split())
        assert made.args.verb.run(made) == Report("done")
    everything = examples.Request(
        ENV, python="3.11", names=("a", "b"), bench=True, output=project / "out", strict=True, progress=tell
    )
    assert calls == [(project, examples.Request(ENV, progress=tell)), (project, everything)]


def test_build(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = record(monkeypatch, build)
    for argv in ("", "--strict"):
        made = call("build", *argv.split())
        assert made.args.verb.run(made) == Report("done")
    assert calls == [
        (project, build.Request(ENV, strict=False, progress=tell)),
        (project, build.Request(ENV, strict=True, progress=tell)),
    ]


@pytest.mark.parametrize(("verb", "task"), [("examples", examples), ("build", build)])
def test_findings_of_every_verb_are_chosen(
    verb: str, task: object, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    found = [Finding(f"{verb}.{name}", "title", Status.FAIL, "broken") for name in ("a", "b", "c")]
    monkeypatch.setattr(task, "run", lambda *_: Report(verb, findings=tuple(found)))
    made = call(verb, "--select", f"{verb}.a,{verb}.b", "--ignore", f"{verb}.b=known")
    ignored = Finding(f"{verb}.b", "title", Status.SKIP, "ignored: known (it said fail: broken)")
    assert made.args.verb.run(made) == Report(verb, findings=(found[0], ignored))


def test_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build.log").write_text("error: linker `cc` not found\nNo space left on device\n", encoding="utf-8")
    made = call("why", "build.log", "--ignore", "why.system=known")
    first, second = made.args.verb.run(made).findings
    assert (first.id, first.status) == ("why.link.no-linker", Status.FAIL)
    assert (second.id, second.status) == ("why.system.disk-full", Status.SKIP)


def test_why_of_what_is_piped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"error: linker `cc` not found\n")))
    made = call("why")
    assert [finding.id for finding in made.args.verb.run(made).findings] == ["why.link.no-linker"]


def test_a_crash_that_is_piped_in_is_read_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "thread 'main' (1) panicked at src/lib.rs:1:2:\nboom\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode("utf-16"))))
    made = call("debug", "crash", "-")
    assert made.args.verb.run(made).findings[0].id.startswith("crash.panic")


def test_list_of_causes_needs_no_log() -> None:
    made = call("why", "--list")
    assert made.args.verb.run(made) == why.listing()


def test_an_argument_that_is_not_known() -> None:
    with pytest.raises(UsageError, match="unrecognized arguments: --nonsense"):
        call("build", "--nonsense")


def test_validate_can_mend(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = record(monkeypatch, fix)
    judging._validate(call("validate", "--fix", "--dry-run", "--strict"))
    judging._validate(call("validate", "--fix", "--yes"))
    assert [root for root, _ in calls] == [project, project]
    assert [(request.yes, request.dry_run, request.validate.strict) for _, request in calls] == [
        (False, True, True),
        (True, False, False),
    ]
    assert calls[0][1].confirm is None


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
def test_how_to_mend_is_no_wish_to(option: str) -> None:
    with pytest.raises(UsageError, match="say how to fix"):
        judging._validate(call("validate", option))


def test_yes_and_a_dry_run_exclude_one_another() -> None:
    with pytest.raises(UsageError, match="not allowed with"):
        call("validate", "--fix", "--yes", "--dry-run")


@pytest.mark.usefixtures("project")
def test_an_empty_name_is_no_default() -> None:
    with pytest.raises(UsageError, match="empty name"):
        wheels._plan(call("wheels", "plan", "--against", ""))


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("jobs", ["0", "-3"])
def test_no_jobs_build_nothing(jobs: str) -> None:
    with pytest.raises(UsageError, match="builds nothing"):
        wheels._build(call("wheels", "build", "--jobs", jobs))


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "argv", [["--jobs", "0", "--engine", "cibuildwheel"], ["--only", "x"], ["--engine", "cibuildwheel", "--rebuild"]]
)
def test_options_of_the_other_engine(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        wheels._build(call("wheels", "build", *argv))


EVERYTHING = {
    "version": None,
    "part": "minor",
    "index": "testpypi",
    "source": None,
    "build": True,
    "rehearse": True,
    "resume": False,
    "recover": True,
    "rebuild": True,
    "dry_run": True,
    "break_lock": True,
    "yes": True,
    "until": "verified",
    "ignore": (("release.git", "why"),),
    "strict": True,
}


def test_release(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = record(monkeypatch, release_run)
    words = "--bump minor --index testpypi --rehearse --recover --rebuild --dry-run --break-lock --yes --until verified"
    made = call("release", *words.split(), "--strict", "--ignore", "release.git=why")
    assert made.args.verb.run(made) == Report("done")
    call("release").args.verb.run(call("release"))
    (root, asked), (_, plain) = calls
    assert root == project
    assert {name: getattr(asked, name) for name in EVERYTHING} == EVERYTHING
    assert {name: getattr(plain, name) for name in EVERYTHING} == {
        name: getattr(release_run.Request(ENV), name) for name in EVERYTHING
    }


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("argv", [["--resume", "--bump", "minor"], ["--from", "dist", "--bump", "minor"]])
def test_what_is_built_already_is_not_raised(argv: list[str]) -> None:
    made = call("release", *argv)
    with pytest.raises(UsageError):
        made.args.verb.run(made)


def test_what_stopped_a_release_is_always_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project.is_dir()
    found = (Finding("release.step.publish", "t", Status.FAIL), Finding("release.git.clean", "t", Status.OK))
    monkeypatch.setattr(release_run, "run", lambda *_: Report("release", findings=found))
    made = call("release", "--select", "release.metadata", "--ignore", "release.step.publish=never mind")
    assert made.args.verb.run(made) == Report("release", findings=found[:1])


@pytest.mark.parametrize(
    ("argv", "task", "expected"),
    [
        ("publish --from 12 --yes --dry-run --version 1.0", publish, {"source": "12", "yes": True, "version": "1.0"}),
        ("bump minor,rc --commit --older", bump, {"part": "minor,rc", "version": None, "commit": True, "older": True}),
        ("changelog --version 1.0 --write", change_log, {"version": "1.0", "write": True, "check": False}),
        ("verify --python 3.8,3.13 --index pypi", verify, {"pythons": ("3.8", "3.13"), "index": "pypi"}),
        ("status --offline --rehearse", status, {"offline": True, "rehearse": True, "version": None}),
        ("withdraw --watch --reason broken", withdraw, {"watch": True, "reason": "broken"}),
    ],
)
def test_actions_of_release(
    argv: str, task: object, expected: dict[str, object], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = record(monkeypatch, task)
    made = call("release", *argv.split())
    assert made.args.verb.run(made) == Report("done")
    ((root, asked),) = calls
    assert root == project
    assert {name: getattr(asked, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("argv", "message", "command"),
    [
        (["-1"], "-1 is no number of a process", "ps -A -f"),
        (["0"], "0 is no number of a process", "ps -A -f"),
        (["99999999999"], "99999999999 is no number of a process", "ps -A -f"),
        (["my app.py"], "my app.py is no number", "pyo3ops debug stacktrace --name 'my app.py'"),
        (["3", "--pause", "x"], "x is no time in seconds: a number above 0", "pyo3ops debug stacktrace --help"),
        (["3", "--timeout", "0"], "0 is no time in seconds", "pyo3ops debug stacktrace --help"),
    ],
)
def test_what_is_no_process_and_no_time_is_told_with_a_way_on(argv: list[str], message: str, command: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        call("debug", "stacktrace", *argv)
    assert caught.value.command == command


@pytest.mark.parametrize(
    "argv",
    [
        ("debug", "core", "a", "--exe", ""),
        ("debug", "crash", "a", "--dump", ""),
        ("examples", "--output", ""),
        ("valgrind", "--output", ""),
        ("perf", "--output", ""),
    ],
)
def test_an_empty_word_is_no_default(argv: tuple[str, ...]) -> None:
    made = call(*argv)
    with pytest.raises(UsageError, match="has an empty name"):
        made.args.verb.run(made)
