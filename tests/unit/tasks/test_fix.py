from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import Interrupted, UsageError
from pyo3ops.core.model import Finding, Fix, Report, Status
from pyo3ops.tasks import fix, validate
from pyo3ops.tasks.fix import Request

if TYPE_CHECKING:
    from typing import Mapping

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the commands are those of POSIX")


class Project:
    """A folder whose checks each ask for a file, and whose fixes make it."""

    def __init__(self, root: Path, *findings: Finding) -> None:
        self.root = root
        self.findings = findings
        self.judged = 0
        self.told: list[str] = []
        self.shown: list[Report] = []
        self.asked: list[str] = []
        self.env: Mapping[str, str] = {"PATH": os.environ["PATH"], "HOME": str(root / "home")}

    def run(self, _: Path, request: validate.Request) -> Report:
        self.judged += 1
        self.seen = request.env
        found = (
            Finding(each.id, each.title, Status.OK) if (self.root / each.detail).exists() else each
            for each in self.findings
        )
        return Report("validate", findings=tuple(found))

    def fix(self, *, yes: bool = False, dry_run: bool = False, answer: bool | None = None) -> Report:
        def confirm(question: str) -> bool:
            self.asked.append(question)
            return bool(answer)

        request = Request(
            validate.Request(self.env),
            yes=yes,
            dry_run=dry_run,
            tell=self.told.append,
            show=self.shown.append,
            confirm=None if answer is None else confirm,
        )
        return fix.run(self.root, request)


def finding(file: str, *argv: str, status: Status = Status.FAIL, identity: str = "") -> Finding:
    """Wants a file, and makes it by a command."""
    return Finding(identity or f"demo.{file}", "t", status, file, fix=Fix(f"make {file}", argv or None, safe=True))


def touch(file: str, status: Status = Status.FAIL) -> Finding:
    return finding(file, "touch", file, status=status)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path)
    monkeypatch.setattr(validate, "run", made.run)
    return made


def rows(report: Report, title: str = "Fixes") -> list[tuple[object, ...]]:
    return [row for table in report.tables if table.title == title for row in table.rows]


def test_what_is_found_is_mended_and_judged_again(project: Project) -> None:
    project.findings = (touch("a"), touch("b", Status.WARN), finding("c"))
    report = project.fix(yes=True)
    assert (project.root / "a").exists()
    assert (project.root / "b").exists()
    assert rows(report) == [
        ("make a", "touch a", "demo.a", "done"),
        ("make b", "touch b", "demo.b", "done"),
        ("make c", "", "demo.c", "for you"),
    ]
    assert rows(report, "Before and after") == [
        ("demo.a", "fail", "ok", ""),
        ("demo.b", "warn", "ok", ""),
        ("demo.c", "fail", "fail", "c"),
    ]
    assert report.exit_code == 1
    assert project.judged == 2
    assert project.told == ["$ touch a", "$ touch b"]
    assert [row[-1] for row in rows(project.shown[0])] == ["planned", "planned", "for you"]


def test_a_second_time_there_is_nothing_to_do(project: Project) -> None:
    project.findings = (touch("a"),)
    project.fix(yes=True)
    project.told.clear()
    report = project.fix(yes=True)
    assert rows(report) == []
    assert report.tables[0].note.startswith("Nothing to fix")
    assert project.told == []
    assert report.exit_code == 0


def test_a_skip_and_an_unknown_are_nothing_to_fix(project: Project) -> None:
    project.findings = (touch("a", Status.SKIP), touch("b", Status.UNKNOWN))
    assert rows(project.fix(yes=True)) == []
    assert not (project.root / "a").exists()


def test_without_anybody_to_ask_nothing_is_run(project: Project) -> None:
    project.findings = (touch("a"),)
    with pytest.raises(UsageError, match="nothing was run") as ending:
        project.fix()
    assert "touch a" in ending.value.message
    assert "--yes" in ending.value.command
    assert not (project.root / "a").exists()
    assert project.shown == []


def test_where_there_is_nothing_to_run_nobody_need_be_asked(project: Project) -> None:
    project.findings = (finding("a"),)
    assert rows(project.fix()) == [("make a", "", "demo.a", "for you")]


@pytest.mark.parametrize("answer", [True, False])
def test_the_user_decides(project: Project, *, answer: bool) -> None:
    project.findings = (touch("a"),)
    report = project.fix(answer=answer)
    assert project.asked == ["Run this command? [y/N] "]
    assert (project.root / "a").exists() is answer
    assert rows(report)[0][-1] == ("done" if answer else "planned")
    assert report.exit_code == (0 if answer else 1)


def test_a_dry_run_asks_nobody_and_runs_nothing(project: Project) -> None:
    project.findings = (touch("a"),)
    report = project.fix(dry_run=True)
    assert rows(report) == [("make a", "touch a", "demo.a", "planned")]
    assert report.exit_code == 1
    assert (project.judged, project.told) == (1, [])
    assert not (project.root / "a").exists()


def test_what_shows_only_then_is_mended_in_another_round(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.findings = (touch("a"), touch("b"))

    def run(root: Path, request: validate.Request) -> Report:
        report = project.run(root, request)
        return report if (root / "a").exists() else Report("validate", findings=report.findings[:1])

    monkeypatch.setattr(validate, "run", run)
    assert [row[1] for row in rows(project.fix(yes=True))] == ["touch a", "touch b"]
    assert len(project.shown) == 2


def test_what_fails_is_told_and_not_tried_again(project: Project) -> None:
    project.findings = (finding("a", "sh", "-c", "echo no such luck; exit 3"), finding("b", "no-such-program"))
    report = project.fix(yes=True)
    assert [row[-1] for row in rows(report)] == [
        "failed: sh ended with 3: no such luck",
        "failed: no-such-program cannot be started: No such file or directory",
    ]
    assert "no such luck" in project.told
    assert project.judged == 2


def test_a_fix_that_ends_well_and_mends_nothing_is_not_repeated(project: Project) -> None:
    project.findings = (finding("a", "true"),)
    report = project.fix(yes=True)
    assert rows(report)[0][-1] == "done"
    assert report.exit_code == 1
    assert project.told == ["$ true"]


def test_the_checks_see_what_was_just_installed(project: Project) -> None:
    cargo = project.root / "home/.cargo/bin"
    project.findings = (finding("home/.cargo/bin", "mkdir", "-p", str(cargo)),)
    report = project.fix(yes=True)
    assert str(cargo) in project.seen["PATH"].split(os.pathsep)
    assert rows(report, "For the shell you are in") == [(f'export PATH="$PATH:{cargo}"',)]


def test_this_pyo3ops_is_run_wherever_it_is(project: Project) -> None:
    (project.root / "demo.toml").write_text("a = 1\n", encoding="utf-8")
    project.env = {**project.env, "PYTHONPATH": str(Path(fix.__file__).parents[2])}
    project.findings = (finding("done", "pyo3ops", "--version"),)
    project.fix(yes=True)
    assert project.told[1].startswith("pyo3ops ")


def test_an_interruption_says_what_was_done(project: Project) -> None:
    waiting = f"{sys.executable} -c 'import time; print(1, flush=True); time.sleep(60)'"
    project.findings = (touch("a"), finding("b", "sh", "-c", waiting), touch("c"))
    told = project.told

    class Ending(list):  # type: ignore[type-arg]
        def append(self, text: str) -> None:
            told.append(text)
            if text == "1":
                threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    project.told = Ending()
    with pytest.raises(Interrupted, match="interrupted while it was to make b; done until then: make a") as ending:
        project.fix(yes=True)
    assert ending.value.command == "pyo3ops validate --fix"
    assert (project.root / "a").exists()
    assert not (project.root / "c").exists()
