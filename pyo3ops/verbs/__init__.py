"""The verbs of the command line as a table: what each takes, an example, and the task it calls.

A new verb is one row with its two functions, in the file of its kind; the actions of one verb are rows too, in a file
of their own. Tasks are imported when they run: `--help` must start fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.verbs import ci, debug, judging, making, measuring, release, wheels
from pyo3ops.verbs.call import Call, Verb, no_arguments

if TYPE_CHECKING:
    from pyo3ops.core.model import Report

VERBS = (
    judging.VALIDATE,
    *measuring.VERBS,
    *debug.VERBS,
    *wheels.VERBS,
    *ci.VERBS,
    *release.VERBS,
    *making.VERBS,
    judging.WHY,
)

#: Verbs that have actions, and what these have in common; one that is a row of `VERBS` does something without them.
GROUPS = {"wheels": wheels.SUMMARY, "debug": debug.SUMMARY, "ci": ci.SUMMARY, "release": release.SUMMARY}


def _nox(_: Call) -> Report:
    raise AssertionError("nox is no task: it is handed the terminal before a verb runs")


#: Not a task: nox is handed the terminal and every argument.
NOX = Verb(
    "nox",
    "run the ready-made Nox sessions; every argument goes to nox",
    ("pyo3ops nox -s validate", "pyo3ops nox -l"),
    no_arguments,
    _nox,
)
