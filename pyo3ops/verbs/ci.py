"""The actions of `pyo3ops ci`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.verbs.call import Call, Verb, patterns, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

SUMMARY = "workflows that build, test and count the files of a release"


def _generate_arguments(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--write", action="store_true", help="write the workflows into .github/workflows")
    how.add_argument("--check", action="store_true", help="fail where a workflow is not in step with the plan")
    parser.add_argument(
        "--only", action="extend", default=[], type=patterns, metavar="NAME", help="these workflows (default: all)"
    )
    parser.add_argument("--force", action="store_true", help="with --write: replace a workflow that somebody wrote")


def _generate(call: Call) -> Report:
    from pyo3ops.tasks import ci  # noqa: PLC0415 - see the docstring of verbs

    request = ci.Request(
        env=call.env,
        write=call.args.write,
        check=call.args.check,
        only=tuple(call.args.only),
        force=call.args.force,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, ci.run(call.project, request))


VERBS = (
    Verb(
        "ci generate",
        "derive the workflows that build every planned wheel, test it, and release all of them or none",
        (
            "pyo3ops ci generate",
            "pyo3ops ci generate --only release --write",
            "pyo3ops ci generate --check",
        ),
        _generate_arguments,
        _generate,
    ),
)
