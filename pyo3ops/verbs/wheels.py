"""The actions of `pyo3ops wheels`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs import words
from pyo3ops.verbs.call import Call, Verb, patterns, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

SUMMARY = "plan, build, cross-build, look into and compare the files of a release"

_NAMES = "which of several crates (default: all)"


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=_NAMES)
    parser.add_argument("--against", metavar="DIR", help="hold the files of a folder against the plan")


def _plan(call: Call) -> Report:
    from pyo3ops.tasks.wheels import plan  # noqa: PLC0415 - see the docstring of verbs

    request = plan.Request(
        **call.basics,
        names=tuple(call.args.names),
        against=words.path(call.args.against),
    )
    return selected(call, plan.run(call.project, request))


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=_NAMES)
    parser.add_argument(
        "--python",
        action="extend",
        default=[],
        type=patterns,
        metavar="3.X[,3.Y]",
        help="only the wheels of these Pythons (default: of all that are here)",
    )
    parser.add_argument("--output", metavar="DIR", help="where the files go (default: .pyo3ops/wheels/dist)")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many at once (default: by processors and memory)")
    parser.add_argument("--from", dest="sdist", metavar="SDIST", help="build from this sdist, not from the project's")
    parser.add_argument("--rebuild", action="store_true", help="build again what is there already")
    parser.add_argument(
        "--verify-reproducible", action="store_true", help="build each wheel twice, elsewhere, and compare the bytes"
    )
    parser.add_argument(
        "--engine", choices=("maturin", "cibuildwheel"), default="maturin", help="who drives the builds (maturin)"
    )
    group = parser.add_argument_group("with --engine cibuildwheel")
    group.add_argument("--only", action="extend", default=[], type=patterns, metavar="ID", help="its build identifiers")
    group.add_argument("--container-engine", choices=("docker", "podman"), help="default: the first that works")
    group.add_argument("--image", action="append", default=[], metavar="[KIND=]IMAGE", help="another image")
    group.add_argument(
        "--container-option", action="append", default=[], metavar="OPTION", help="what the engine is told, too"
    )


def _build(call: Call) -> Report:
    if call.args.engine == "cibuildwheel":
        return _in_containers(call)
    from pyo3ops.tasks.wheels import build  # noqa: PLC0415

    if call.args.only or call.args.container_engine or call.args.image or call.args.container_option:
        raise UsageError("containers are cibuildwheel's", command="pyo3ops wheels build --engine cibuildwheel")
    if call.args.jobs is not None and call.args.jobs < 1:
        raise UsageError(f"--jobs {call.args.jobs} builds nothing", command="pyo3ops wheels build --jobs 1")
    request = build.Request(
        **call.basics,
        names=tuple(call.args.names),
        pythons=tuple(call.args.python),
        output=words.path(call.args.output),
        jobs=call.args.jobs,
        sdist=words.path(call.args.sdist),
        rebuild=call.args.rebuild,
        verify=call.args.verify_reproducible,
    )
    return selected(call, build.run(call.project, request))


def _in_containers(call: Call) -> Report:
    from pyo3ops.tasks.wheels import cibuildwheel_build  # noqa: PLC0415

    if (
        call.args.jobs is not None
        or call.args.sdist
        or call.args.rebuild
        or call.args.verify_reproducible
        or call.args.python
    ):
        raise UsageError(
            "cibuildwheel decides about jobs, Pythons and what is built again",
            cause="--python, --jobs, --from, --rebuild and --verify-reproducible are for --engine maturin",
            command="pyo3ops wheels build --engine cibuildwheel --only cp313-manylinux_x86_64",
        )
    request = cibuildwheel_build.Request(
        **call.basics,
        names=tuple(call.args.names),
        only=tuple(call.args.only),
        engine=call.args.container_engine,
        images=tuple(call.args.image),
        container_options=tuple(call.args.container_option),
        output=words.path(call.args.output),
    )
    return selected(call, cibuildwheel_build.run(call.project, request))


def _inspect_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="wheels and sdists, or folders of them")
    parser.add_argument("--deep", action="store_true", help="also build each sdist, without the network (minutes)")
    parser.add_argument("--online", action="store_true", help="let uv fetch what renders descriptions (twine)")


def _inspect(call: Call) -> Report:
    from pyo3ops.tasks.wheels import inspect  # noqa: PLC0415

    request = inspect.Request(
        **call.basics,
        files=words.paths(call.args.files),
        deep=call.args.deep,
        online=call.args.online,
    )
    return selected(call, inspect.run(_here(call), request))


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sides",
        nargs="+",
        metavar="OLD NEW",
        help="files or folders; with --online OLD may be NAME==VERSION or VERSION, and may be left out",
    )
    parser.add_argument("--online", action="store_true", help="compare with what is published")
    parser.add_argument("--every", action="store_true", help="read every published file, not one for each system")
    parser.add_argument("--import", dest="importing", action="store_true", help="import modules for their names")
    parser.add_argument(
        "--growth", type=float, default=10.0, metavar="PERCENT", help="what a wheel may grow (default: 10)"
    )


def _diff(call: Call) -> Report:
    from pyo3ops.tasks.wheels import diff  # noqa: PLC0415

    old, new = diff.arguments(call.args.sides)
    request = diff.Request(
        **call.basics,
        new=new,
        old=old,
        online=call.args.online,
        importing=call.args.importing,
        every=call.args.every,
        growth=call.args.growth,
    )
    return selected(call, diff.run(_here(call), request))


def _symbols_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wheels", nargs="*", metavar="WHEEL", help="wheels to split, or folders of them")
    parser.add_argument("--store", metavar="DIR", help="the folder of companions (default: .pyo3ops/symbols)")
    parser.add_argument("--list", dest="listing", action="store_true", help="list what the store has")
    parser.add_argument("--find", metavar="WHAT", help="what fits a build ID, a library, a wheel or a core")
    parser.add_argument("--keep-names", action="store_true", help="leave wheels their symbol table: names, for bytes")


def _symbols(call: Call) -> Report:
    from pyo3ops.tasks.wheels import symbols  # noqa: PLC0415

    request = symbols.Request(
        **call.basics,
        wheels=words.paths(call.args.wheels),
        store=words.path(call.args.store),
        keep_names=call.args.keep_names,
        listing=call.args.listing,
        find=call.args.find,
    )
    return selected(call, symbols.run(_here(call), request))


def _cross_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=_NAMES)
    parser.add_argument("--target", action="append", default=[], metavar="T", help="a Rust target; may be repeated")
    parser.add_argument("--python", metavar="3.X", help="for which Python (default: the foreign one, or this one's)")
    parser.add_argument("--tool", choices=("zig", "gcc", "xwin"), help="what links (default: what is here)")
    parser.add_argument("--run", action="store_true", help="install, import and test the wheel under emulation")
    parser.add_argument("--sysroot", metavar="DIR", help="the root of a foreign system to run it in")
    parser.add_argument("--output", metavar="DIR", help="where wheels and logs go (default: .pyo3ops/cross)")
    parser.add_argument("--cache", metavar="DIR", help="where toolchains are unpacked (default: the user's cache)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--list", dest="listing", action="store_true", help="list the targets, and what each lacks here")
    how.add_argument("--prepare", action="store_true", help="unpack what the targets lack into the cache")


def _cross(call: Call) -> Report:
    from pyo3ops.tasks.wheels import cross, cross_kits  # noqa: PLC0415

    request = cross.Request(
        **call.basics,
        targets=tuple(call.args.target),
        names=tuple(call.args.names),
        python=call.args.python,
        tool=call.args.tool,
        run=call.args.run,
        sysroot=words.path(call.args.sysroot),
        output=words.path(call.args.output),
        cache=words.path(call.args.cache),
    )
    if call.args.listing:
        return selected(call, cross_kits.listing(_here(call), request))
    if call.args.prepare:
        return selected(call, cross_kits.prepare(_here(call), request))
    return selected(call, cross.run(call.project, request))


def _cibuildwheel_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=_NAMES)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--write", action="store_true", help="write it into pyproject.toml, and leave the rest alone")
    how.add_argument("--check", action="store_true", help="fail where pyproject.toml has another one")
    parser.add_argument(
        "--identifiers",
        action="store_true",
        help="ask cibuildwheel itself what it would build by it",
    )


def _cibuildwheel(call: Call) -> Report:
    from pyo3ops.tasks.wheels import cibuildwheel  # noqa: PLC0415

    action = cibuildwheel.Action.SHOW
    if call.args.write or call.args.check:
        action = cibuildwheel.Action.WRITE if call.args.write else cibuildwheel.Action.CHECK
    request = cibuildwheel.Request(
        **call.basics,
        names=tuple(call.args.names),
        action=action,
        identifiers=call.args.identifiers,
    )
    return selected(call, cibuildwheel.run(call.project, request))


def _here(call: Call) -> Path:
    """The project's root; the current folder where there is no project, whose files can be looked into all the same."""
    from pyo3ops.core.errors import ConfigError  # noqa: PLC0415

    try:
        return call.project
    except ConfigError:
        if call.args.project:
            raise
        return Path.cwd()


VERBS = (
    Verb(
        "wheels plan",
        "derive the files of a release before anything is built: which wheel, for whom, and why",
        ("pyo3ops wheels plan", "pyo3ops wheels plan --against dist"),
        _plan_arguments,
        _plan,
    ),
    Verb(
        "wheels build",
        "build the sdist, and from it the planned wheels that this machine can; again only what changed",
        (
            "pyo3ops wheels build",
            "pyo3ops wheels build --python 3.12,3.13 --output dist",
            "pyo3ops wheels build --verify-reproducible",
            "pyo3ops wheels build --engine cibuildwheel",
        ),
        _build_arguments,
        _build,
    ),
    Verb(
        "wheels cross",
        "build wheels for another system, with zig, a cross gcc or xwin, and run them under emulation",
        (
            "pyo3ops wheels cross --target aarch64-unknown-linux-gnu --run",
            "pyo3ops wheels cross --prepare --target aarch64-unknown-linux-gnu",
            "pyo3ops wheels cross --list",
        ),
        _cross_arguments,
        _cross,
    ),
    Verb(
        "wheels cibuildwheel",
        "derive cibuildwheel's settings from the plan, and keep pyproject.toml in step",
        ("pyo3ops wheels cibuildwheel", "pyo3ops wheels cibuildwheel --write", "pyo3ops wheels cibuildwheel --check"),
        _cibuildwheel_arguments,
        _cibuildwheel,
    ),
    Verb(
        "wheels inspect",
        "hold what a wheel or sdist promises against what is in it: tags, symbols, licences, paths, sizes",
        ("pyo3ops wheels inspect dist", "pyo3ops wheels inspect dist/*.tar.gz --deep --report inspect.sarif"),
        _inspect_arguments,
        _inspect,
    ),
    Verb(
        "wheels diff",
        "compare two sets of files: lost platforms, raised floors, sizes, dependencies, public names",
        ("pyo3ops wheels diff old/ dist/", "pyo3ops wheels diff --online 1.2.0 dist/"),
        _diff_arguments,
        _diff,
    ),
    Verb(
        "wheels symbols",
        "move debug information out of wheels into a store, by build ID, and find it there again",
        (
            "pyo3ops wheels symbols dist",
            "pyo3ops wheels symbols --list",
            "pyo3ops wheels symbols --find core.1234",
        ),
        _symbols_arguments,
        _symbols,
    ),
)
