from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import jsonschema  # type: ignore[import-untyped] # it has no types of its own
import pytest

import pyo3ops
from pyo3ops.checks.facts import PROVIDERS
from pyo3ops.cli import main, running, signals, streams
from pyo3ops.core import run as core_run
from pyo3ops.core.errors import Interrupted
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Finding, Location, Report, Status
from pyo3ops.render import console, markdown
from pyo3ops.render import json as render_json
from pyo3ops.tasks import validate
from pyo3ops.verbs import GROUPS, NOX, VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[2]
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "pyo3ops/render/schema.json").read_text("utf-8")))

PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "crab"
version = "0.1.0"
requires-python = ">=3.8"
"""


@pytest.fixture(autouse=True)
def started_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`main` ends every program and lets none start after it: right for a process, not for the next test."""
    monkeypatch.setattr(core_run, "_children", core_run._Children())


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a machine on which nothing is installed, and of this process where it asks itself."""
    (tmp_path / "bin").mkdir()
    env = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return env


@pytest.fixture
def project(env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the current folder."""
    folder = Path(env["HOME"]) / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    monkeypatch.chdir(folder)
    assert folder.parent == tmp_path
    return folder


@pytest.fixture
def document(project: Path, env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Run with --json: the one document on stdout, held against its schema and the exit code."""

    def run(*argv: str) -> dict[str, Any]:
        assert Path.cwd() == project
        code = main([*argv, "--json"], env)
        out, err = capsys.readouterr()
        assert err == ""
        read: dict[str, Any] = json.loads(out)
        SCHEMA.validate(read)
        assert read["exit_code"] == code
        return read

    return run


def ending(document: dict[str, Any]) -> tuple[int, str, str, str]:
    """How a run without a report of its own ended."""
    failure = document["failure"]
    assert document["findings"] == []
    assert failure["exit_code"] == document["exit_code"]
    return failure["exit_code"], failure["message"], failure["cause"], failure["command"]


def program(env: dict[str, str], name: str, output: str) -> None:
    path = Path(env["PATH"], name)
    path.write_text(f"#!/bin/sh\necho '{output}'\n", encoding="utf-8")
    path.chmod(0o755)


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def run(*_: object, **__: object) -> NoReturn:
        raise error

    return run


@pytest.mark.parametrize(
    ("argv", "statuses", "code"),
    [
        (["--select", "project.requires-python"], {"ok": 1}, Exit.OK),
        (["--select", "rust.rustc"], {"fail": 1}, Exit.FAILED),
        (["--select", "rust.rustc", "--ignore", "rust=built elsewhere"], {"skip": 1}, Exit.OK),
        (["--select", "project.requires-python,build.maturin"], {"warn": 1, "ok": 1}, Exit.OK),
        (["--select", "build.maturin", "--strict"], {"warn": 1}, Exit.FAILED),
        (["--select", "project.manifest"], {"skip": 1}, Exit.OK),
    ],
)
def test_endings_of_a_report(
    argv: Sequence[str], statuses: dict[str, int], code: Exit, document: Callable[..., dict[str, Any]]
) -> None:
    read = document("validate", *argv)
    assert (read["counts"], read["exit_code"], read["failure"]) == (statuses, code, None)


def test_what_could_not_be_determined(env: dict[str, str], document: Callable[..., dict[str, Any]]) -> None:
    program(env, "maturin", "no version")
    read = document("validate", "--select", "build.maturin")
    assert (read["counts"], read["exit_code"], read["failure"]) == ({"unknown": 1}, Exit.UNKNOWN, None)


def test_wrong_usage(document: Callable[..., dict[str, Any]]) -> None:
    code, message, cause, command = ending(document("wrong"))
    assert (code, cause, command) == (Exit.USAGE, "", "pyo3ops --help")
    assert re.match(r"argument VERB: invalid choice: '?wrong'? \(choose from ", message)


@pytest.mark.parametrize(
    ("argv", "message", "command"),
    [
        ([], "the following arguments are required: VERB", "pyo3ops --help"),
        (["validate", "--wrong"], "unrecognized arguments: --wrong", "pyo3ops --help"),
        (["validate", "wrong"], "unrecognized arguments: wrong", "pyo3ops --help"),
        # An abbreviation is none of our options.
        (["validate", "--verb"], "unrecognized arguments: --verb", "pyo3ops --help"),
        (["validate", "--report"], "argument --report: expected one argument", "pyo3ops validate --help"),
        (
            ["validate", "--ignore", "rust"],
            "argument --ignore: 'rust' gives no reason: write ID=REASON",
            "pyo3ops validate --help",
        ),
        (
            ["validate", "--select", "rust.rustcc"],
            "there is no check 'rust.rustcc'; did you mean rust.rustc?",
            "pyo3ops validate --list-checks",
        ),
        (["examples", "none"], "there is no example 'none'", ""),
    ],
)
def test_wrong_arguments(
    argv: Sequence[str], message: str, command: str, document: Callable[..., dict[str, Any]]
) -> None:
    code, said, _, next_ = ending(document(*argv))
    assert (code, said, next_) == (Exit.USAGE, message, command)


def test_no_project(document: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    assert ending(document("validate", "--project", str(tmp_path))) == (
        Exit.USAGE,
        f"no PyO3 project in {tmp_path} or above it",
        "neither pyproject.toml nor Cargo.toml is there; --project DIR names a folder elsewhere",
        "pyo3ops new my_module",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[tool.pyo3ops]\npythonss = []",
            r"\[tool\.pyo3ops\] in pyproject\.toml has no key 'pythonss'; did you mean pythons\?",
        ),
        (
            "[tool.pyo3ops.validate]\nstrict = 1",
            r"tool\.pyo3ops\.validate\.strict in pyproject\.toml is a number, 1, and has to be true or false",
        ),
        ("[project", r".*pyproject\.toml is not TOML: .*"),
        (
            '[tool.pyo3ops.validate]\nselect = ["wrong"]',
            r"tool\.pyo3ops\.validate\.select in pyproject\.toml names 'wrong', and there is no such check; known .*",
        ),
        (
            '[tool.pyo3ops.validate.ignore]\n"rust.msvr" = "why"',
            r"tool\.pyo3ops\.validate\.ignore in .* names 'rust\.msvr', .*; did you mean rust\.msrv\?",
        ),
        (
            '[tool.pyo3ops.validate]\nrequire = ["rust", "pyton"]',
            r"tool\.pyo3ops\.validate\.require in .* names 'pyton', .*; did you mean python\?",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used(
    text: str, message: str, project: Path, document: Callable[..., dict[str, Any]]
) -> None:
    (project / "pyproject.toml").write_text(f"# maturin\n{text}\n", encoding="utf-8")
    code, said, _, _ = ending(document("validate"))
    assert code == Exit.USAGE
    assert re.fullmatch(message, said)


@pytest.mark.parametrize(
    ("error", "message"),
    [(KeyboardInterrupt(), "interrupted"), (Interrupted("ended by SIGTERM"), "ended by SIGTERM")],
)
def test_interrupted(
    error: BaseException, message: str, document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "run", raising(error))
    assert ending(document("validate")) == (Exit.INTERRUPTED, message, "", "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_end_as_an_interruption(
    name: str, document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = getattr(signal, name)
    monkeypatch.setattr(validate, "run", lambda *_: signal.raise_signal(number))
    # Tests that nohup keeps going ignore it, and what is ignored stays so.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert ending(document("validate")) == (Exit.INTERRUPTED, f"ended by {name}", "", "")
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_an_ignored_signal_stays_ignored(
    document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> Report:
        signal.raise_signal(signal.SIGHUP)
        return Report("validate")

    monkeypatch.setattr(validate, "run", run)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert document("validate")["exit_code"] == Exit.OK
    finally:
        signal.signal(signal.SIGHUP, before)


def logs(env: dict[str, str]) -> list[Path]:
    return sorted(Path(env["HOME"]).rglob("crash-*.md"))


def test_a_bug_of_ours(
    env: dict[str, str], document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "run", raising(ZeroDivisionError("divided")))
    read = document("validate", "--project", ".")
    code, message, cause, command = ending(read)
    assert (code, cause) == (Exit.INTERNAL, "")
    assert (message, command) == ("a bug in pyo3ops: ZeroDivisionError: divided", "report it with the log, please")
    (log,) = logs(env)
    assert read["failure"]["log"] == str(log)
    text = log.read_text(encoding="utf-8")
    assert "- command: `pyo3ops validate --project . --json`\n" in text
    assert "Traceback (most recent call last):\n" in text
    assert "ZeroDivisionError: divided\n```\n" in text
    if sys.platform == "linux":
        assert log.parent == Path(env["XDG_STATE_HOME"], "pyo3ops", "log")


def test_a_bug_whose_log_cannot_be_written_shows_the_traceback(
    document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "run", raising(ZeroDivisionError("divided")))
    monkeypatch.setattr("pyo3ops.core.crash.write_log", lambda *_: None)
    read = document("validate")
    _, _, cause, _ = ending(read)
    assert read["failure"]["log"] is None
    assert cause.startswith("Traceback (most recent call last):\n")
    assert cause.endswith("ZeroDivisionError: divided\n")


def test_a_crashed_check(
    env: dict[str, str], document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "PROVIDERS", {**PROVIDERS, "rustc": lambda: 1 // 0})
    read = document("validate", "--select", "rust.rustc,project.requires-python")
    assert (read["counts"], read["exit_code"]) == ({"crash": 1, "ok": 1}, Exit.INTERNAL)
    (log,) = logs(env)
    assert read["failure"] == {
        "message": "a check crashed: a bug in pyo3ops",
        "exit_code": 3,
        "cause": "",
        "command": "report it with the log, please",
        "log": str(log),
    }
    crashed = read["findings"][0]
    assert (crashed["status"], crashed["detail"]) == ("crash", "ZeroDivisionError: integer division or modulo by zero")
    assert "\n".join(crashed["evidence"]) in log.read_text(encoding="utf-8")


def test_an_expected_ending_leaves_no_log(env: dict[str, str], document: Callable[..., dict[str, Any]]) -> None:
    document("validate", "--wrong")
    assert logs(env) == []


@pytest.mark.usefixtures("project")
def test_text_goes_to_stdout(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--select", "project.requires-python"], env) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"validate crab\n\nproject  ok 1\n\n1 ok in \d+\.\d\d s\n", out)
    assert err == ""


@pytest.mark.usefixtures("project")
def test_a_failure_goes_to_stderr(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--wrong"], env) == Exit.USAGE
    assert capsys.readouterr() == ("", "pyo3ops: unrecognized arguments: --wrong\n  next: pyo3ops --help\n")


@pytest.mark.usefixtures("project")
def test_a_bug_of_ours_shows_the_log_and_no_traceback(
    env: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "run", raising(ZeroDivisionError("divided")))
    assert main(["validate"], env) == Exit.INTERNAL
    out, err = capsys.readouterr()
    (log,) = logs(env)
    assert out == ""
    assert "".join(err.split()) == "".join(
        f"pyo3ops: a bug in pyo3ops: ZeroDivisionError: divided next: report it with the log, please log: {log}".split()
    )


@pytest.mark.parametrize(
    ("options", "present", "absent"),
    [
        ([], ["warn maturin is the one"], [" ms", "requires-python admits every"]),
        (["-v"], ["warn maturin is the one", " ms", "requires-python admits every"], []),
        (["-q"], ["1 warning, 1 ok in"], ["maturin is the one", "requires-python admits every", " ms"]),
    ],
)
@pytest.mark.usefixtures("project")
def test_verbose_and_quiet(
    options: list[str],
    present: list[str],
    absent: list[str],
    env: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["validate", "--select", "build.maturin,project.requires-python", *options], env)
    out = capsys.readouterr().out
    assert [text for text in present if text not in out] == []
    assert [text for text in absent if text in out] == []


class Terminal(io.StringIO):
    """A terminal of 50 columns."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


LOOK = Report(
    "validate", "crab", findings=(Finding("a.b", "a title that takes more than fifty columns" * 2, Status.FAIL),)
)


@pytest.mark.parametrize(
    ("variables", "look"),
    [
        ({"LANG": "de_DE.UTF-8"}, {"colour": True, "icons": True}),
        ({"LANG": "de_DE.UTF-8", "NO_COLOR": "1"}, {"colour": False, "icons": True}),
        ({"LANG": "de_DE.UTF-8", "NO_COLOR": ""}, {"colour": True, "icons": True}),
        ({"LANG": "de_DE.UTF-8", "TERM": "dumb"}, {"colour": False, "icons": True}),
        ({"LANG": "C"}, {"colour": True, "icons": False}),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, {"colour": True, "icons": False}),
        # Python sets this itself where it is started under LANG=C.
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, {"colour": True, "icons": False}),
    ],
)
@pytest.mark.usefixtures("project")
def test_looks_of_a_terminal(
    variables: dict[str, str],
    look: dict[str, Any],
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(validate, "run", lambda *_: LOOK)
    monkeypatch.setenv("COLUMNS", "50")
    assert main(["validate"], {**env, **variables}) == Exit.FAILED
    assert terminal.getvalue() == console.render(LOOK, width=50, verbose=False, **look)


@pytest.mark.parametrize(("variables", "colour"), [({}, False), ({"FORCE_COLOR": "1"}, True)])
@pytest.mark.usefixtures("project")
def test_looks_where_there_is_no_terminal(
    variables: dict[str, str],
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    colour: bool,
) -> None:
    monkeypatch.setattr(validate, "run", lambda *_: LOOK)
    monkeypatch.setenv("COLUMNS", "50")
    main(["validate"], {**env, "LANG": "de_DE.UTF-8", **variables})
    assert capsys.readouterr().out == console.render(LOOK, width=100, verbose=False, colour=colour)


@pytest.mark.usefixtures("project")
def test_a_terminal_of_another_encoding_gets_words(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Latin(Terminal):
        encoding = "iso-8859-1"

    terminal = Latin()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(validate, "run", lambda *_: LOOK)
    main(["validate"], {**env, "LANG": "de_DE", "NO_COLOR": "1"})
    assert terminal.getvalue().startswith("validate crab\n\na\n  fail a title")


@pytest.mark.usefixtures("project")
def test_json_is_utf_8_whatever_the_stream_s_encoding(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-16"))
    monkeypatch.setattr(validate, "run", lambda *_: LOOK)
    main(["validate", "--json"], env)
    assert raw.getvalue().decode("ascii") == render_json.render(LOOK)


def test_reports_are_written_beside_the_payload(
    project: Path, document: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "run", lambda *_: LOOK)
    names = [argument for name in ("a.json", "b.md", "c.txt", "d.json") for argument in ("--report", name)]
    assert document("validate", *names) == json.loads(render_json.render(LOOK))
    assert {file.name: file.read_text("utf-8") for file in project.iterdir() if file.name != "pyproject.toml"} == {
        "a.json": render_json.render(LOOK),
        "b.md": markdown.render(LOOK),
        "c.txt": console.render(LOOK),
        "d.json": render_json.render(LOOK),
    }


def test_a_failure_is_in_the_reports_too(project: Path, document: Callable[..., dict[str, Any]]) -> None:
    (project / "a.json").write_text("of yesterday", encoding="utf-8")
    read = document("validate", "--select", "wrong", "--report", "a.json")
    assert read["exit_code"] == Exit.USAGE
    assert json.loads((project / "a.json").read_text("utf-8")) == read


def test_a_report_of_an_unknown_format(project: Path, document: Callable[..., dict[str, Any]]) -> None:
    assert ending(document("validate", "--report", "a.md", "--report", "b.yaml")) == (
        Exit.USAGE,
        "no format has the ending '.yaml' of b.yaml",
        "known endings: .json, .md, .html, .sarif, .xml, .txt",
        "",
    )
    assert [file.name for file in project.iterdir()] == ["pyproject.toml"]


def test_a_report_into_a_folder_that_is_not_there(project: Path, document: Callable[..., dict[str, Any]]) -> None:
    message = f"cannot write gone/a.md: there is no folder {project / 'gone'}"
    assert ending(document("validate", "--report", "gone/a.md")) == (Exit.USAGE, message, "", "")
    assert [file.name for file in project.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize(
    ("select", "code"), [("project.requires-python", Exit.FAILED), ("rust.rustc", Exit.FAILED), ("build.maturin", 4)]
)
def test_a_report_that_cannot_be_written(
    select: str, code: int, project: Path, env: dict[str, str], document: Callable[..., dict[str, Any]]
) -> None:
    program(env, "maturin", "no version")
    # Not by permissions, which root has all of.
    (project / "folder.md").mkdir()
    read = document("validate", "--select", select, "--report", "folder.md", "--report", "b.json")
    message = "cannot write folder.md: Is a directory"
    assert read["failure"] == {"message": message, "exit_code": code, "cause": "", "command": "", "log": None}
    assert [each["id"] for each in read["findings"]] == [select]
    assert json.loads((project / "b.json").read_text("utf-8")) == read
    assert sorted(file.name for file in project.iterdir()) == ["b.json", "folder.md", "pyproject.toml"]


@pytest.mark.parametrize("argv", [["--help"], ["-h"]])
def test_help(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv, {})
    assert ended.value.code == 0
    out, err = capsys.readouterr()
    assert err == ""
    listed = re.findall(r"^    (\w+) ", out, re.MULTILINE)
    assert listed == list(dict.fromkeys(verb.name.split()[0] for verb in (*VERBS, NOX)))
    codes = dict(re.findall(r"^  (\d+) +(.*)$", out, re.MULTILINE))
    assert codes == {str(code.value): code.meaning for code in Exit}


@pytest.mark.parametrize("verb", [*VERBS, NOX], ids=lambda verb: verb.name)
def test_help_of_a_verb_has_its_examples(verb: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*verb.name.split(), "--help"], {})
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert out.endswith("examples:\n" + "".join(f"  {line}\n" for line in verb.examples))
    assert verb.summary[1:20] in out


@pytest.mark.parametrize("group", GROUPS)
def test_help_of_a_verb_with_actions_lists_them(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([group, "--help"], {})
    assert ended.value.code == 0
    out = capsys.readouterr().out
    actions = [verb for verb in VERBS if verb.name.startswith(f"{group} ")]
    assert re.findall(r"^    (\w+)(?: |$)", out, re.MULTILINE) == [verb.name.split()[1] for verb in actions]
    # A verb that does something without them has examples of its own.
    own = [verb for verb in VERBS if verb.name == group]
    assert all(verb.examples[0] in out for verb in own or actions)


def test_a_verb_with_actions_wants_one(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wheels"], env) == Exit.USAGE
    assert "pyo3ops wheels --help" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "task"),
    [
        (["wheels", "plan", "--wrong"], "wheels plan"),
        (["--json", "wheels"], "pyo3ops"),
        (["validate", "wheels"], "validate"),
        (["wheels", "nothing"], "pyo3ops"),
    ],
)
def test_the_verb_is_told_before_arguments_are_parsed(argv: list[str], task: str) -> None:
    assert running.task_of(argv) == task


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"], {})
    assert ended.value.code == 0
    assert capsys.readouterr() == (f"pyo3ops {pyo3ops.__version__}\n", "")


def test_completion(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--print-completion", "bash"], {})
    assert ended.value.code == 0
    script = capsys.readouterr().out
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    for word in (*(word for verb in VERBS for word in verb.name.split()), "--list-checks", "--report", "complete -"):
        assert word in script


def test_completion_without_its_extra(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"], env) == Exit.USAGE
    expected = "pyo3ops: completion needs shtab\n  cause: it is an extra\n  next: pip install 'pyo3ops[completion]'\n"
    assert capsys.readouterr() == ("", expected)


def test_entry_exits_with_the_code_of_main(env: dict[str, str]) -> None:
    # In a process of its own: what it does to signals is for the end of one.
    argv = [sys.executable, "-m", "pyo3ops", "validate", "--wrong"]
    ended = subprocess.run(argv, env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (Exit.USAGE, b"")


def test_progress_is_told_on_stderr_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with streams.progress(quiet=False) as tell:
        for seconds in (0.0, 1.0, 4.9, 5.0, 9.9, 10.0):
            now[0] = seconds
            tell(f"after {seconds:g} s \x1b[31m\x1b]0;owned\x07" + "x" * 1000)
    err = capsys.readouterr().err
    assert err == "".join(f"{f'after {seconds} s ' + 'x' * 1000:.500}\n" for seconds in (0, 5, 10))


def test_progress_is_not_told_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with streams.progress(quiet=True) as tell:
        tell("something")
    assert capsys.readouterr() == ("", "")


def test_progress_spins_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with streams.progress(quiet=False) as tell:
        tell("first")
        tell("compiling [red]x[/] \x1b]0;owned\x07")
    shown = terminal.getvalue()
    assert "compiling [red]x[/]" in shown
    assert "owned" not in shown


def test_progress_that_nobody_reads_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Closed())
    with streams.progress(quiet=False) as tell:
        tell("something")
    monkeypatch.setattr(sys, "stderr", None)
    with streams.progress(quiet=False) as tell:
        tell("something")


def test_nox_is_handed_every_argument(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = project / "seen"
    nox = project / "nox"
    nox.write_text(f'#!/bin/sh\necho "$@" > {seen}\nexit 7\n', encoding="utf-8")
    nox.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(project / "python"))
    with pytest.raises(SystemExit) as ended:
        main(["nox", "-s", "validate", "--", "--json", "--help"], env)
    assert ended.value.code == 7
    assert seen.read_text("utf-8").endswith("-s validate -- --json --help\n")


def test_nox_that_is_not_there(
    project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(project / "python"))
    assert main(["nox", "-l"], env) == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1:] == ["  cause: nox is not installed", "  next: pip install 'pyo3ops[sessions]'"]


def test_a_renderer_that_crashes_is_reported(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    whole = render_json.render

    def broken(report: Report) -> str:
        if report.failure is None:
            raise ZeroDivisionError("in the renderer")
        return whole(report)

    monkeypatch.setattr(render_json, "render", broken)
    assert main(["validate", "--list-checks", "--json"], env) == Exit.INTERNAL
    document = json.loads(capsysbinary.readouterr().out)
    assert document["failure"]["message"] == "a bug in pyo3ops: ZeroDivisionError: in the renderer"
    assert Path(document["failure"]["log"]).is_file()


ANNOTATED = Report(
    "validate",
    findings=(
        Finding("a.b", "t", Status.FAIL, "see {home}/x\n::add-mask::y ##[group]z", where=Location("src/lib.rs", 3)),
        Finding("a.c", "t", Status.OK, "well"),
    ),
)


@pytest.fixture
def workflow(project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a step of GitHub Actions, whose task finds something; the project is not the repository."""
    (project.parent / ".git").mkdir()
    text = ANNOTATED.findings[0].detail.format(home=env["HOME"])
    report = replace(ANNOTATED, findings=(replace(ANNOTATED.findings[0], detail=text), ANNOTATED.findings[1]))
    monkeypatch.setattr(validate, "run", lambda *_: report)
    return {**env, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(project.parent / "summary.md")}


ANNOTATION = "::error file=project/src/lib.rs,line=3,title=fail%3A t (a.b)::see ~/x%0A::add-mask::y ##[group]z\n"


def test_a_workflow_is_annotated(workflow: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    summary = Path(workflow["GITHUB_STEP_SUMMARY"])
    summary.write_text("before\n", encoding="utf-8")
    assert main(["validate", "-v"], workflow) == Exit.FAILED
    out, err = capsys.readouterr()
    assert err == ANNOTATION
    # What a tool printed commands nothing on its way through.
    assert "\n      : :add-mask::y ## [group]z\n" in out
    text = summary.read_text("utf-8")
    assert text.startswith("before\n## validate\n")
    assert "see \\~/x" in text
    assert workflow["HOME"] not in text


def test_in_a_workflow_too_stdout_is_one_document(workflow: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--json"], workflow) == Exit.FAILED
    out, err = capsys.readouterr()
    assert json.loads(out)["findings"][0]["detail"] == f"see {workflow['HOME']}/x\n::add-mask::y ##[group]z"
    assert "##[" not in out
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]
    assert err == ANNOTATION


@pytest.mark.parametrize(
    ("option", "variable", "annotated"),
    [("--no-github", "true", False), ("--github", "", True), ("--json", "", False), ("--json", "false", False)],
)
def test_annotations_can_be_chosen(
    option: str,
    variable: str,
    annotated: bool,  # noqa: FBT001
    workflow: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["validate", option], {**workflow, "GITHUB_ACTIONS": variable}) == Exit.FAILED
    assert (capsys.readouterr().err == ANNOTATION) is annotated
    assert Path(workflow["GITHUB_STEP_SUMMARY"]).exists() is annotated


def test_a_wrong_argument_is_an_annotation_as_well(
    workflow: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "--wrong"], workflow) == Exit.USAGE
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == ("::error title=pyo3ops::unrecognized arguments: --wrong%0Anext: pyo3ops --help")
    assert rest[0] == "pyo3ops: unrecognized arguments: --wrong"


def test_a_full_summary_stays_as_it_is(workflow: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    summary = Path(workflow["GITHUB_STEP_SUMMARY"])
    summary.write_bytes(b"x" * (1024 * 1024 - 10))
    assert main(["validate"], workflow) == Exit.FAILED
    assert summary.stat().st_size == 1024 * 1024 - 10
    assert capsys.readouterr().err.endswith("pyo3ops: the step summary is full; --report FILE keeps a report\n")


def test_a_summary_that_cannot_be_written_is_told(workflow: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(workflow["GITHUB_STEP_SUMMARY"]).mkdir()
    assert main(["validate", "--json"], workflow) == Exit.FAILED
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == Exit.FAILED
    assert err == f"{ANNOTATION}pyo3ops: cannot write the step summary: Is a directory\n"


def test_reports_for_others_leave_out_whose_machine_it_is(workflow: dict[str, str], project: Path) -> None:
    names = ("a.html", "b.sarif.json", "c.junit.xml", "d.md", "e.json")
    main(["validate", *(word for name in names for word in ("--report", name))], workflow)
    texts = {name: (project / name).read_text("utf-8") for name in names}
    assert [name for name, text in texts.items() if workflow["HOME"] in text] == ["e.json"]
    assert [name for name, text in texts.items() if "project/src/lib.rs" in text] == ["b.sarif.json", "c.junit.xml"]


@pytest.mark.parametrize("lost", [KeyboardInterrupt, Interrupted("ended by SIGTERM")])
def test_an_interrupt_that_a_callback_swallows_comes_again(lost: BaseException) -> None:
    class Short:
        pass

    def callback(_: object) -> None:
        raise lost

    def use() -> None:
        short = Short()
        watched.append(weakref.ref(short, callback))
        del short
        time.sleep(10)

    watched: list[object] = []
    with pytest.raises(KeyboardInterrupt), signals.heard_again():
        use()


def test_other_errors_of_callbacks_are_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))

    class Bad:
        def __del__(self) -> None:
            raise ValueError

    with signals.heard_again():
        Bad()
    assert told == [ValueError]


@pytest.mark.parametrize(
    ("argv", "own", "command"),
    [
        (["debug", "breakpoint", "a::b", "--", "python", "--json", "--", "x"], 3, ("python", "--json", "--", "x")),
        (["debug", "breakpoint", "a::b"], 3, ()),
        (["debug", "breakpoint", "--"], 2, ()),
        # The words of other verbs are their own.
        (["set", "a.toml", "key", "--", "-1"], 5, ()),
    ],
)
def test_what_follows_two_dashes_is_a_command_where_a_verb_takes_one(
    argv: list[str], own: int, command: tuple[str, ...]
) -> None:
    assert running.split(argv) == (argv[:own], command)
