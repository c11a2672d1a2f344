from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.checks.facts import PROVIDERS
from pyo3ops.checks.registry import all_checks
from pyo3ops.checks.verdict import setting
from pyo3ops.core.errors import ConfigError, Undetermined, UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Fact, Finding, Host, Location, Report, Status, Table
from pyo3ops.core.selection import Selection
from pyo3ops.tasks import validate
from pyo3ops.tasks.validate import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "crab"
version = "0.1.0"
requires-python = ">=3.8"
"""
PACKAGING = "https://packaging.python.org/en/latest"

BACKEND = Finding(
    "build.backend",
    "a build backend for Rust",
    Status.OK,
    "maturin",
    link=f"{PACKAGING}/specifications/pyproject-toml/",
)
REQUIRES_PYTHON = Finding(
    "project.requires-python",
    "requires-python admits every Python named",
    Status.OK,
    ">=3.8",
    link=f"{PACKAGING}/guides/writing-pyproject-toml/#python-requires",
)
NO_REQUIRES_PYTHON = replace(
    REQUIRES_PYTHON,
    status=Status.WARN,
    detail="not set: pip installs on any Python, and fails there",
    fix=setting(
        'add requires-python = ">=3.7" to [project] in pyproject.toml',
        "pyproject.toml",
        "project.requires-python",
        ">=3.7",
    ),
    where=Location("pyproject.toml"),
)
#: Two checks that need no program.
TWO = Selection(("build.backend", "project.requires-python"))


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which nothing is installed."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return folder


def add(root: Path, text: str) -> None:
    with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def program(env: Mapping[str, str], name: str, output: str) -> None:
    path = Path(env["PATH"], name)
    path.write_text(f"#!/bin/sh\necho '{output}'\n", encoding="utf-8")
    path.chmod(0o755)


def timeless(report: Report) -> Report:
    """The report without what depends on the moment."""
    findings = tuple(replace(each, seconds=0.0) for each in report.findings)
    return replace(report, findings=findings, seconds=0.0)


def statuses(report: Report) -> dict[str, Status]:
    return {each.id: each.status for each in report.findings}


def test_the_whole_report(root: Path, env: dict[str, str]) -> None:
    report = validate.run(root, Request(env, TWO))
    assert report.seconds > 0
    assert timeless(report) == Report(
        task="validate", project="crab", host=Host.here(), findings=(BACKEND, REQUIRES_PYTHON)
    )


def test_without_a_selection_every_check_is_found(root: Path, env: dict[str, str]) -> None:
    report = validate.run(root, Request(env))
    assert [each.id for each in report.findings] == [row.id for row in all_checks() if row.mode is None]
    assert {statuses(report)[name] for name in ("rust.rustc", "rust.cargo", "build.linker")} == {Status.FAIL}
    assert statuses(report)["project.manifest"] is Status.SKIP
    wrong = [each for each in report.findings if each.status in (Status.WARN, Status.FAIL)]
    assert [each.id for each in wrong if each.fix is None] == []


def test_facts_of_the_tools_that_were_asked(root: Path, env: dict[str, str]) -> None:
    program(env, "rustc", "release: 1.95.0\nhost: x86_64-unknown-linux-gnu")
    program(env, "cargo", "cargo 1.94.0 (x)")
    program(env, "maturin", "maturin 1.16.0")
    report = validate.run(root, Request(env, Selection(("rust.rustc", "build.maturin"))))
    # cargo was not asked for its version: no chosen check wants it.
    assert report.facts == (Fact("rustc", "1.95.0"), Fact("maturin", "1.16.0"))


def test_a_project_without_a_name_is_called_by_its_folder(root: Path, env: dict[str, str]) -> None:
    (root / "pyproject.toml").write_text("", encoding="utf-8")
    assert validate.run(root, Request(env, TWO)).project == "project"


def test_the_configuration_chooses(root: Path, env: dict[str, str]) -> None:
    add(root, '[tool.pyo3ops.validate]\nselect = ["build.backend"]\n')
    assert timeless(validate.run(root, Request(env))).findings == (BACKEND,)


def test_the_caller_s_choice_wins_over_the_configuration_s(root: Path, env: dict[str, str]) -> None:
    add(root, '[tool.pyo3ops.validate]\nselect = ["build.backend"]\n')
    selection = Selection(("project.requires-python",))
    assert timeless(validate.run(root, Request(env, selection))).findings == (REQUIRES_PYTHON,)


def test_ignored_findings_are_skips_with_the_reason(root: Path, env: dict[str, str]) -> None:
    add(root, '[tool.pyo3ops.validate.ignore]\n"rust.rustc" = "built elsewhere"\n')
    selection = Selection(("rust.rustc", "rust.cargo"), ignore=(("rust.cargo", "not needed"),))
    report = validate.run(root, Request(env, selection))
    assert [(each.status, each.detail.split(" (")[0], each.fix) for each in report.findings] == [
        (Status.SKIP, "ignored: built elsewhere", None),
        (Status.SKIP, "ignored: not needed", None),
    ]
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("table", "status", "strict", "code"),
    [
        ("", Status.WARN, False, 0),
        ("", Status.WARN, True, 1),
        ("strict = true\n", Status.WARN, False, 1),
        ('require = ["project"]\n', Status.FAIL, False, 1),
    ],
)
def test_a_warning_may_count(
    table: str, status: Status, code: int, root: Path, env: dict[str, str], *, strict: bool
) -> None:
    text = PYPROJECT.replace('requires-python = ">=3.8"\n', "")
    (root / "pyproject.toml").write_text(f"{text}\n[tool.pyo3ops.validate]\n{table}", encoding="utf-8")
    report = validate.run(root, Request(env, Selection(("project.requires-python",)), strict=strict))
    assert timeless(report).findings == (replace(NO_REQUIRES_PYTHON, status=status),)
    assert report.exit_code == code


@pytest.mark.parametrize(
    "selection",
    [Selection(("rust.rustcc",)), Selection(ignore=(("rust.rustcc", "why"),)), Selection(require=("rust.rustcc",))],
)
def test_an_unknown_check_of_the_caller(selection: Selection, root: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        validate.run(root, Request(env, selection))
    assert caught.value.message == "there is no check 'rust.rustcc'; did you mean rust.rustc?"
    assert caught.value.command == "pyo3ops validate --list-checks"


@pytest.mark.parametrize(
    "table", ['select = ["rust.rustcc"]', 'require = ["rust.rustcc"]', 'ignore = {"rust.rustcc" = "x"}']
)
def test_an_unknown_check_of_the_configuration(table: str, root: Path, env: dict[str, str]) -> None:
    add(root, f"[tool.pyo3ops.validate]\n{table}\n")
    key = f"tool.pyo3ops.validate.{table.partition(' ')[0]}"
    with pytest.raises(ConfigError, match=rf"^{key} in pyproject\.toml names 'rust\.rustcc', .* mean rust\.rustc\?"):
        validate.run(root, Request(env))


def test_a_configuration_that_cannot_be_read(root: Path, env: dict[str, str]) -> None:
    add(root, "[tool.pyo3ops]\npythonss = []\n")
    with pytest.raises(ConfigError, match=r"has no key 'pythonss'; did you mean pythons\?"):
        validate.run(root, Request(env, TWO))


def test_what_the_caller_has_to_do_is_done_once(root: Path, env: dict[str, str]) -> None:
    done: list[str] = []
    validate.run(root, Request(env, TWO, meanwhile=lambda: done.append("done")))
    assert done == ["done"]


def test_listing() -> None:
    (table,) = validate.listing().tables
    assert [column.title for column in table.columns] == ["check", "title", "needs", "with", "why"]
    modes = {None: "", "deep": "--deep", "online": "--online"}
    assert table.rows == tuple(
        (row.id, row.title, ", ".join(row.needs), modes[row.mode], row.why) for row in all_checks()
    )
    assert validate.listing() == Report("validate", tables=(Table("Checks", table.columns, table.rows),))


def test_a_project_that_cannot_be_read_in_time_is_undetermined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = {**PROVIDERS, "pyproject": lambda root: time.sleep(2)}  # noqa: ARG005 - facts go by name
    monkeypatch.setattr(validate, "PROVIDERS", slow)
    with pytest.raises(Undetermined, match=r"pyproject did not end within 0\.2 s") as caught:
        validate.run(tmp_path, validate.Request({"PATH": ""}, limit=0.2))
    assert caught.value.exit_code is Exit.UNKNOWN
