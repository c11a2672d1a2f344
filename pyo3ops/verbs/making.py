"""Verbs that make or change a project: build it, begin one, set a key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs.call import Call, Verb, no_arguments, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report


def _build(call: Call) -> Report:
    from pyo3ops.tasks import build  # noqa: PLC0415

    request = build.Request(call.env, strict=call.args.strict, progress=call.progress)
    return selected(call, build.run(call.project, request))


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the project's name: my_module or my-module")
    parser.add_argument(
        "--from",
        dest="example",
        default="hello_world",
        metavar="EXAMPLE",
        help="what to start from (default: hello_world)",
    )
    parser.add_argument("--into", metavar="DIR", help="the folder to make (default: NAME)")
    parser.add_argument("--list", action="store_true", help="list the examples, and the idea of each")


def _new(call: Call) -> Report:
    from pyo3ops.tasks import new  # noqa: PLC0415

    if call.args.list:
        return new.listing()
    if call.args.name is None:
        raise UsageError("the project needs a name", command="pyo3ops new my_module --from hello_world")
    return new.run(Path.cwd(), new.Request(call.args.name, call.env, call.args.example, call.args.into))


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a TOML file of the project, from its root")
    parser.add_argument("key", metavar="KEY", help="the dotted key")
    parser.add_argument("value", metavar="VALUE", help="a TOML value; what is none is taken for a string")


def _set(call: Call) -> Report:
    from pyo3ops.tasks import set as task  # noqa: PLC0415

    # What is written is UTF-8, whatever the locale took the words for.
    key, value = (os.fsencode(word).decode("utf-8", "replace") for word in (call.args.key, call.args.value))
    return task.run(call.project, task.Request(call.args.file, key, value))


VERBS = (
    Verb(
        "build",
        "build the extension modules, optimised and editable, into the active environment",
        ("pyo3ops build",),
        no_arguments,
        _build,
    ),
    Verb(
        "new",
        "start a project from one of the examples, under its own name",
        ("pyo3ops new my_module --from calculator", "pyo3ops new --list"),
        _new_arguments,
        _new,
    ),
    Verb(
        "set",
        "set one key of a TOML file of the project, and leave the rest of it as it stands",
        (
            "pyo3ops set pyproject.toml project.requires-python '>=3.9'",
            "pyo3ops set Cargo.toml lib.crate-type '[\"cdylib\"]'",
        ),
        _set_arguments,
        _set,
    ),
)
