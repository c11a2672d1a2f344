"""The verbs of the command line as a table: what each takes, an example, and the task it calls.

A new verb is one row of `VERBS` with its two functions; the actions of one verb are rows too, in a file of their own.
Tasks are imported when they run: `--help` must start fast.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs import ci, debug, release, wheels
from pyo3ops.verbs.call import Call, Verb, no_arguments, patterns, selected

if TYPE_CHECKING:
    from pyo3ops.core.model import Report
    from pyo3ops.tasks.validate import Request


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list-checks", action="store_true", help="list every check and what it is for")
    parser.add_argument(
        "--deep", action="store_true", help="also compile and import a small module with each Python (minutes)"
    )
    parser.add_argument("--online", action="store_true", help="also ask registries: do they answer, what is newer")
    parser.add_argument("--fix", action="store_true", help="show what would mend the findings, ask, do it, judge again")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="with --fix: do not ask")
    how.add_argument("--dry-run", action="store_true", help="with --fix: print the commands, run nothing")


def _validate(call: Call) -> Report:
    from pyo3ops.tasks import validate  # noqa: PLC0415

    if call.args.list_checks:
        return validate.listing()
    if (call.args.yes or call.args.dry_run) and not call.args.fix:
        raise UsageError("--yes and --dry-run say how to fix", command="pyo3ops validate --fix --dry-run")

    def import_renderer() -> None:
        # It takes as long as a probe, and waiting for probes is when there is time for it.
        if not call.args.json:
            from pyo3ops.render import console  # noqa: F401, PLC0415

    request = validate.Request(
        call.env,
        call.selection,
        strict=call.args.strict,
        modes=frozenset(mode for mode in ("deep", "online") if getattr(call.args, mode)),
        progress=call.progress,
        meanwhile=import_renderer,
    )
    return _fix(call, request) if call.args.fix else validate.run(call.project, request)


def _fix(call: Call, request: Request) -> Report:
    from pyo3ops.tasks import fix  # noqa: PLC0415

    how = fix.Request(
        request,
        yes=call.args.yes,
        dry_run=call.args.dry_run,
        tell=call.tell,
        show=call.show,
        confirm=call.confirm,
    )
    return fix.run(call.project, how)


def _examples_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="examples to run (default: all)")
    parser.add_argument("--bench", action="store_true", help="compare each example with pure Python as well")
    parser.add_argument("--python", metavar="PYTHON", help="a version (3.11) or a path (default: the one running this)")
    parser.add_argument("--output", metavar="DIR", help="where wheels and logs go (default: .pyo3ops/examples)")


def _examples(call: Call) -> Report:
    from pyo3ops.tasks import examples  # noqa: PLC0415

    request = examples.Request(
        env=call.env,
        python=call.args.python,
        names=tuple(call.args.names),
        bench=call.args.bench,
        output=Path(call.args.output).absolute() if call.args.output else None,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, examples.run(call.project, request))


def _valgrind_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="examples to watch (default: all)")
    parser.add_argument("--python", metavar="PYTHON", help="a version (3.11) or a path (default: the one running this)")
    parser.add_argument("--output", metavar="DIR", help="where records and logs go (default: .pyo3ops/valgrind)")
    parser.add_argument(
        "--track-origins",
        action="store_true",
        help="tell where values that were never written come from; twice as slow",
    )


def _valgrind(call: Call) -> Report:
    from pyo3ops.tasks import valgrind  # noqa: PLC0415

    request = valgrind.Request(
        env=call.env,
        python=call.args.python,
        names=tuple(call.args.names),
        track_origins=call.args.track_origins,
        output=Path(call.args.output).absolute() if call.args.output else None,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, valgrind.run(call.project, request))


def _perf_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="examples to profile (default: all)")
    parser.add_argument("--python", metavar="PYTHON", help="a version (3.11) or a path (default: the one running this)")
    parser.add_argument("--output", metavar="DIR", help="where recordings and graphs go (default: .pyo3ops/perf)")


def _perf(call: Call) -> Report:
    from pyo3ops.tasks import perf  # noqa: PLC0415

    request = perf.Request(
        env=call.env,
        python=call.args.python,
        names=tuple(call.args.names),
        output=Path(call.args.output).absolute() if call.args.output else None,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, perf.run(call.project, request))


def _types_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="TYPE", help="Rust types, or parts of their names: 'Vec<u8>' str")
    parser.add_argument("--all-types", action="store_true", help="every type (default: those that most projects use)")
    parser.add_argument(
        "--category",
        action="extend",
        default=[],
        type=patterns,
        metavar="NAME[,NAME]",
        help="one kind: primitives, text, bytes, collections, option, result, custom, numbers, time, others, python",
    )
    parser.add_argument("--benchmark", action="store_true", help="measure what each conversion costs, too (minutes)")
    parser.add_argument(
        "--edge-cases", action="store_true", help="hold what is decided at the edges against what is expected"
    )
    parser.add_argument("--crate", metavar="DIR", help="tell what the arguments of that project's own functions cost")
    parser.add_argument("--generate-reference", metavar="FILE", help="write the reference: .md or .html")
    parser.add_argument("--save", metavar="FILE", help="write all that was answered, as JSON")
    parser.add_argument(
        "--python",
        action="extend",
        default=[],
        type=patterns,
        metavar="PYTHON[,PYTHON]",
        help="versions (3.8,3.13) or paths (default: the one running this)",
    )
    parser.add_argument(
        "--pyo3",
        action="extend",
        default=[],
        type=patterns,
        metavar="LINE[,LINE]",
        help="release lines of PyO3 (default: the project's own, or the oldest that is known)",
    )
    parser.add_argument("--output", metavar="DIR", help="where the probe is built and kept (default: the user's cache)")


def _types(call: Call) -> Report:
    from pyo3ops.tasks import types  # noqa: PLC0415

    if call.args.crate is not None:
        return _signatures(call)

    paths = {
        name: Path(value).absolute() if value else None
        for name, value in (
            ("reference", call.args.generate_reference),
            ("save", call.args.save),
            ("output", call.args.output),
        )
    }
    request = types.Request(
        env=call.env,
        pythons=tuple(call.args.python),
        lines=tuple(call.args.pyo3),
        names=tuple(call.args.names),
        categories=tuple(call.args.category),
        all_types=call.args.all_types,
        benchmark=call.args.benchmark,
        edge_cases=call.args.edge_cases,
        strict=call.args.strict,
        progress=call.progress,
        **paths,
    )
    return selected(call, types.run(Path(call.args.project or Path.cwd()), request))


def _signatures(call: Call) -> Report:
    from pyo3ops.core.discover import find_root  # noqa: PLC0415
    from pyo3ops.tasks import signatures  # noqa: PLC0415

    request = signatures.Request(
        env=call.env,
        output=Path(call.args.output).absolute() if call.args.output else None,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, signatures.run(find_root(Path(call.args.crate)), request))


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a TOML file of the project, from its root")
    parser.add_argument("key", metavar="KEY", help="the dotted key")
    parser.add_argument("value", metavar="VALUE", help="a TOML value; what is none is taken for a string")


def _set(call: Call) -> Report:
    from pyo3ops.tasks import set as task  # noqa: PLC0415

    return task.run(call.project, task.Request(call.args.file, call.args.key, call.args.value))


def _build(call: Call) -> Report:
    from pyo3ops.tasks import build  # noqa: PLC0415

    request = build.Request(call.env, strict=call.args.strict, progress=call.progress)
    return selected(call, build.run(call.project, request))


def _why_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "log",
        nargs="?",
        default="-",
        metavar="LOG",
        help="a file with the output; by default what is piped in: cargo build 2>&1 | pyo3ops why",
    )
    parser.add_argument("--list", action="store_true", help="list every cause that is known, with its cure")


def _why(call: Call) -> Report:
    from pyo3ops.tasks import why  # noqa: PLC0415

    if call.args.list:
        return why.listing()
    with why.opened(call.args.log, sys.stdin) as (stream, name):
        request = why.Request(stream, name, strict=call.args.strict, progress=call.progress)
        return selected(call, why.run(Path.cwd(), request))


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


VERBS = (
    Verb(
        "validate",
        "judge whether this machine can build, test and ship this project",
        (
            "pyo3ops validate",
            "pyo3ops validate --select rust,python.headers --verbose",
            "pyo3ops validate --ignore python.interpreters='CI has them' --report validate.md",
            "pyo3ops validate --fix --dry-run",
        ),
        _validate_arguments,
        _validate,
    ),
    Verb(
        "examples",
        "build, install and test each example as a release wheel",
        ("pyo3ops examples hello_world --python 3.11 --bench", "pyo3ops examples"),
        _examples_arguments,
        _examples,
    ),
    Verb(
        "valgrind",
        "run each example's tests under valgrind, and tell what its own code loses or touches wrongly",
        ("pyo3ops valgrind hello_world --python 3.13", "pyo3ops valgrind --report valgrind.html"),
        _valgrind_arguments,
        _valgrind,
    ),
    Verb(
        "perf",
        "profile each example's benchmark: folded stacks, a flame graph, the share of each layer",
        ("pyo3ops perf hello_world --python 3.13", "pyo3ops perf --report perf.html"),
        _perf_arguments,
        _perf,
    ),
    Verb(
        "types",
        "ask your own Python and PyO3 what type conversions take, give, refuse and cost",
        (
            "pyo3ops types",
            "pyo3ops types 'Vec<u8>' '&[u8]' --benchmark",
            "pyo3ops types --edge-cases --python 3.8,3.13 --pyo3 0.29,0.30",
            "pyo3ops types --all-types --benchmark --generate-reference types.html",
            "pyo3ops types --crate .",
        ),
        _types_arguments,
        _types,
    ),
    *debug.VERBS,
    *wheels.VERBS,
    *ci.VERBS,
    *release.VERBS,
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
    Verb(
        "why",
        "tell the cause of an error that was piped in or logged, its cure and the command to type",
        ("pyo3ops why build.log", "pyo3ops why - --verbose", "pyo3ops why --list"),
        _why_arguments,
        _why,
    ),
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


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that every verb has."""
    common = parser.add_argument_group("options of every verb")
    common.add_argument("--project", metavar="DIR", help="a folder in the project (default: the current one)")
    common.add_argument("--json", action="store_true", help="one JSON document on stdout, whatever happens")
    common.add_argument(
        "--report", metavar="FILE", action="append", default=[], help="write a report too, in the format of its ending"
    )
    common.add_argument(
        "--github",
        action="store_true",
        default=None,
        help="annotations on stderr and a step summary (by itself where GITHUB_ACTIONS is true)",
    )
    common.add_argument("--no-github", action="store_false", dest="github", help="neither of them")
    common.add_argument("-v", "--verbose", action="store_true", help="show every finding, with seconds")
    common.add_argument("-q", "--quiet", action="store_true", help="show failures and the last line only")
    common.add_argument("--strict", action="store_true", help="count warnings as failures")
    common.add_argument(
        "--select", metavar="ID[,ID]", action="extend", default=[], type=patterns, help="only these findings"
    )
    common.add_argument(
        "--ignore", metavar="ID=REASON", action="append", default=[], type=_reasoned, help="skip a finding, and say why"
    )


def _reasoned(text: str) -> tuple[str, str]:
    pattern, _, reason = text.partition("=")
    if not pattern.strip() or not reason.strip():
        raise argparse.ArgumentTypeError(f"{text!r} gives no reason: write ID=REASON")
    return pattern.strip(), reason.strip()
