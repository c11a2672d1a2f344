from __future__ import annotations

from pyo3ops.core.model import Column, Report, Table
from pyo3ops.render.commands import render

COLUMNS = tuple(Column(title) for title in ("step", "command", "what for", "result"))


def test_commands_for_a_shell_and_comments_for_a_person() -> None:
    rows = (
        ("fetch the list", "apt-get update", "a.b, c.d", "planned"),
        ("read\nthe guide", "", "e.f", "for you"),
        ("make it so", "pyenv global 3.8", "g.h", "for you"),
    )
    report = Report("validate", tables=(Table("Fixes", COLUMNS, rows, "The commands run in /project."),))
    assert render(report).splitlines() == [
        "# The commands run in /project.",
        "# fetch the list (a.b, c.d)",
        "apt-get update",
        "# for you (e.f): read the guide",
        "# for you (g.h): make it so: pyenv global 3.8",
    ]


def test_nothing_to_fix() -> None:
    assert render(Report("validate")) == "# nothing to fix\n"
    assert render(Report("validate", tables=(Table("Fixes", COLUMNS, (), "Nothing."),))) == "# nothing to fix\n"
