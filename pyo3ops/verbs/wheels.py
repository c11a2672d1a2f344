"""The actions of `pyo3ops wheels`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.verbs.call import Call, Verb, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

SUMMARY = "plan, build, cross-build, look into and compare the files of a release"


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="which of several crates (default: all)")
    parser.add_argument("--against", metavar="DIR", help="hold the files of a folder against the plan")


def _plan(call: Call) -> Report:
    from pyo3ops.tasks.wheels import plan  # noqa: PLC0415 - see the docstring of verbs

    request = plan.Request(
        env=call.env,
        names=tuple(call.args.names),
        against=_path(call.args.against),
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, plan.run(call.project, request))


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None


VERBS = (
    Verb(
        "wheels plan",
        "derive the files of a release before anything is built: which wheel, for whom, and why",
        ("pyo3ops wheels plan", "pyo3ops wheels plan --against dist"),
        _plan_arguments,
        _plan,
    ),
)
