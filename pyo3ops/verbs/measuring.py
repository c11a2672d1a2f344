"""Verbs that build something and measure it: examples, memory, time, conversions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.verbs import words
from pyo3ops.verbs.call import Call, Verb, patterns, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report


def _of_examples(parser: argparse.ArgumentParser, *, to: str, output: str) -> None:
    """Which examples, by which Python, and where what is made of them goes."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"examples to {to} (default: all)")
    parser.add_argument("--python", metavar="PYTHON", help="a version (3.11) or a path (default: the one running this)")
    parser.add_argument("--output", metavar="DIR", help=f"where {output}")


def _chosen(call: Call) -> dict[str, Any]:
    """What these say, with what every request takes."""
    args = call.args
    return {
        **call.basics,
        "python": args.python,
        "names": tuple(args.names),
        "output": words.path(args.output),
    }


def _examples_arguments(parser: argparse.ArgumentParser) -> None:
    _of_examples(parser, to="run", output="wheels and logs go (default: .pyo3ops/examples)")
    parser.add_argument("--bench", action="store_true", help="compare each example with pure Python as well")


def _examples(call: Call) -> Report:
    from pyo3ops.tasks import examples  # noqa: PLC0415

    request = examples.Request(
        **_chosen(call),
        bench=call.args.bench,
    )
    return selected(call, examples.run(call.project, request))


def _valgrind_arguments(parser: argparse.ArgumentParser) -> None:
    _of_examples(parser, to="watch", output="records and logs go (default: .pyo3ops/valgrind)")
    parser.add_argument(
        "--track-origins",
        action="store_true",
        help="tell where values that were never written come from; twice as slow",
    )


def _valgrind(call: Call) -> Report:
    from pyo3ops.tasks import valgrind  # noqa: PLC0415

    request = valgrind.Request(
        **_chosen(call),
        track_origins=call.args.track_origins,
    )
    return selected(call, valgrind.run(call.project, request))


def _perf_arguments(parser: argparse.ArgumentParser) -> None:
    _of_examples(parser, to="profile", output="recordings and graphs go (default: .pyo3ops/perf)")


def _perf(call: Call) -> Report:
    from pyo3ops.tasks import perf  # noqa: PLC0415

    request = perf.Request(
        **_chosen(call),
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

    paths: dict[str, Any] = {
        name: words.path(value)
        for name, value in (
            ("reference", call.args.generate_reference),
            ("save", call.args.save),
            ("output", call.args.output),
        )
    }
    request = types.Request(
        **call.basics,
        pythons=tuple(call.args.python),
        lines=tuple(call.args.pyo3),
        names=tuple(call.args.names),
        categories=tuple(call.args.category),
        all_types=call.args.all_types,
        benchmark=call.args.benchmark,
        edge_cases=call.args.edge_cases,
        **paths,
    )
    return selected(call, types.run(Path(call.args.project or Path.cwd()), request))


def _signatures(call: Call) -> Report:
    from pyo3ops.core.discover import find_root  # noqa: PLC0415
    from pyo3ops.tasks import signatures  # noqa: PLC0415

    request = signatures.Request(
        **call.basics,
        output=words.path(call.args.output),
    )
    return selected(call, signatures.run(find_root(Path(call.args.crate)), request))


VERBS = (
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
)
