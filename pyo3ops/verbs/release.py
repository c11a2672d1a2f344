"""`pyo3ops release` and its actions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs.call import Call, Verb, patterns, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

SUMMARY = "plan, build, seal, check, publish, read back and tag a release, and resume it wherever it stopped"

_PARTS = "major, minor, patch, pre, alpha, beta, rc, post, dev, release, or two such as minor,rc"


def _index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--index", metavar="NAME|URL", help="where it goes: pypi, testpypi, a name of uv's or .pypirc's, an address"
    )


def _version(parser: argparse.ArgumentParser, meaning: str) -> None:
    parser.add_argument("--version", metavar="V", help=meaning)


def _acting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show the state and the plan, and do nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _release_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    _version(which, "the version to release (default: the one that the files state)")  # type: ignore[arg-type] # it adds
    which.add_argument("--bump", metavar="PART", help=f"raise it first: {_PARTS}")
    _index(parser)
    parser.add_argument(
        "--from", dest="source", metavar="DIR|RUN", help="files built before: a folder, or a run of GitHub Actions"
    )
    parser.add_argument(
        "--rehearse", action="store_true", help="all of it in a copy, to an index on this machine: nothing else changes"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the release that stopped; begin no other")
    parser.add_argument(
        "--recover", action="store_true", help="go on without the journal: how far it is, index and git tell"
    )
    parser.add_argument(
        "--until",
        choices=("checked", "locked", "published", "verified", "tagged", "announced"),
        help="how far to go (default: announced, or verified where it goes to testpypi)",
    )
    parser.add_argument("--break-lock", action="store_true", help="take the release from whoever holds it")
    parser.add_argument("--rebuild", action="store_true", help="build and seal anew what is sealed and not public")
    _acting(parser)


def _told(call: Call, report: Report) -> Report:
    """The report with the findings that `--select` chose: what stopped the release is always among them.

    `--ignore` is for checks of the preflight, which heed it: nothing hides that an upload failed.
    """
    from dataclasses import replace  # noqa: PLC0415

    from pyo3ops.core.model import Status  # noqa: PLC0415 - see the docstring of verbs

    chosen = set(call.selection.chosen(each.id for each in report.findings))
    kept = (each for each in report.findings if each.id in chosen or each.status > Status.WARN)
    return replace(report, findings=tuple(kept))


def _common(call: Call) -> dict[str, Any]:
    """What a release and a publication are both asked."""
    args = call.args
    return {
        "env": call.env,
        "version": args.version,
        "index": args.index,
        "source": args.source,
        "dry_run": args.dry_run,
        "break_lock": args.break_lock,
        "yes": args.yes,
        "ignore": call.selection.ignore,
        "strict": args.strict,
        "progress": call.progress,
        "tell": call.tell,
        "show": call.show,
        "confirm": call.confirm,
    }


def _release(call: Call) -> Report:
    from pyo3ops.tasks.release import run  # noqa: PLC0415 - see the docstring of verbs

    args = call.args
    if args.source and args.bump:
        raise UsageError(
            "files that were built before have their version", command="pyo3ops release --from DIR --version V"
        )
    if args.resume and args.bump:
        raise UsageError(
            "--resume goes on with the version that stopped: there is nothing to raise",
            command="pyo3ops release --resume",
        )
    request = run.Request(
        **_common(call),
        part=args.bump,
        rehearse=args.rehearse,
        resume=args.resume,
        recover=args.recover,
        rebuild=args.rebuild,
        until=args.until,
    )
    return _told(call, run.run(call.project, request))


def _publish_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", metavar="DIR|RUN", help="the files: a folder, or a run of GitHub Actions"
    )
    _version(parser, "the version to publish (default: the one that the files state)")
    _index(parser)
    parser.add_argument("--break-lock", action="store_true", help="take the release from whoever holds it")
    _acting(parser)


def _publish(call: Call) -> Report:
    from pyo3ops.tasks.release import publish  # noqa: PLC0415 - see the docstring of verbs

    request = publish.Request(**_common(call))
    return _told(call, publish.run(call.project, request))


def _bump_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", metavar="PART|VERSION", help=f"what to raise, or the version: {_PARTS}")
    parser.add_argument("--commit", action="store_true", help="commit what was changed, and nothing else")
    parser.add_argument("--older", action="store_true", help="a version that is older than the current one is meant")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")


def _bump(call: Call) -> Report:
    from pyo3ops.tasks.release import bump  # noqa: PLC0415 - see the docstring of verbs

    args = call.args
    request = bump.Request(
        env=call.env,
        part=args.part,
        commit=args.commit,
        older=args.older,
        dry_run=args.dry_run,
        strict=args.strict,
        progress=call.progress,
    )
    return selected(call, bump.run(call.project, request))


def _changelog_arguments(parser: argparse.ArgumentParser) -> None:
    _version(parser, "the version whose section is wanted (default: what is not released yet)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--write", action="store_true", help="write the draft, or with --version cut the section")
    how.add_argument("--check", action="store_true", help="fail where the section is missing or empty")


def _changelog(call: Call) -> Report:
    from pyo3ops.tasks.release import changelog  # noqa: PLC0415 - see the docstring of verbs

    request = changelog.Request(
        env=call.env,
        version=call.args.version,
        write=call.args.write,
        check=call.args.check,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, changelog.run(call.project, request))


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    _version(parser, "the version to read back (default: the one that the files state)")
    _index(parser)
    parser.add_argument("--from", dest="folder", metavar="DIR", help="the files that ought to be public")
    parser.add_argument(
        "--python",
        action="extend",
        default=[],
        type=patterns,
        metavar="3.X[,3.Y]",
        help="the Pythons that install it (default: the one running this)",
    )


def _verify(call: Call) -> Report:
    from pyo3ops.tasks.release import verify  # noqa: PLC0415 - see the docstring of verbs

    args = call.args
    request = verify.Request(
        env=call.env,
        version=args.version,
        index=args.index,
        pythons=tuple(args.python),
        folder=Path(args.folder).absolute() if args.folder else None,
        strict=args.strict,
        progress=call.progress,
    )
    return selected(call, verify.run(call.project, request))


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    _version(parser, "the version to look at (default: the one that the files state)")
    _index(parser)
    parser.add_argument("--offline", action="store_true", help="what the journal and git know, without the index")
    parser.add_argument("--rehearse", action="store_true", help="the rehearsal's state, not the release's")


def _status(call: Call) -> Report:
    from pyo3ops.tasks.release import status  # noqa: PLC0415 - see the docstring of verbs

    args = call.args
    request = status.Request(
        env=call.env,
        version=args.version,
        index=args.index,
        offline=args.offline,
        rehearse=args.rehearse,
        strict=args.strict,
        progress=call.progress,
    )
    return selected(call, status.run(call.project, request))


def _withdraw_arguments(parser: argparse.ArgumentParser) -> None:
    _version(parser, "the version to take back (default: the one that the files state)")
    _index(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, as it will be shown to users")
    parser.add_argument("--watch", action="store_true", help="wait until the index shows that all of it is yanked")


def _withdraw(call: Call) -> Report:
    from pyo3ops.tasks.release import withdraw  # noqa: PLC0415 - see the docstring of verbs

    args = call.args
    request = withdraw.Request(
        env=call.env,
        version=args.version,
        index=args.index,
        reason=args.reason,
        watch=args.watch,
        strict=args.strict,
        progress=call.progress,
    )
    return selected(call, withdraw.run(call.project, request))


VERBS = (
    Verb(
        "release",
        SUMMARY,
        (
            "pyo3ops release --rehearse",
            "pyo3ops release --bump minor --dry-run",
            "pyo3ops release --version 1.2.0 --index testpypi",
            "pyo3ops release --from dist --yes --until verified",
            "pyo3ops release --resume",
        ),
        _release_arguments,
        _release,
    ),
    Verb(
        "release bump",
        "raise the version in every file that states it, or in none",
        ("pyo3ops release bump minor --dry-run", "pyo3ops release bump 1.2.0rc1 --commit"),
        _bump_arguments,
        _bump,
    ),
    Verb(
        "release changelog",
        "show, draft or cut the section of a release in the change log",
        (
            "pyo3ops release changelog",
            "pyo3ops release changelog --write",
            "pyo3ops release changelog --check --version 1.2.0",
        ),
        _changelog_arguments,
        _changelog,
    ),
    Verb(
        "release publish",
        "publish files that were built before: those bytes, all of them, and no others",
        ("pyo3ops release publish --from dist", "pyo3ops release publish --from 123456789 --yes"),
        _publish_arguments,
        _publish,
    ),
    Verb(
        "release verify",
        "download what is public, compare it with what was sealed, install it as a user would",
        ("pyo3ops release verify --version 1.2.0", "pyo3ops release verify --from dist --python 3.8,3.13"),
        _verify_arguments,
        _verify,
    ),
    Verb(
        "release status",
        "tell how far a release is, by its journal, the index and git, and what to type next",
        ("pyo3ops release status", "pyo3ops release status --version 1.2.0 --offline"),
        _status_arguments,
        _status,
    ),
    Verb(
        "release withdraw",
        "show what is public of a release, what a yank would do, the steps, and watch for it",
        ("pyo3ops release withdraw --version 1.2.0 --reason 'crashes at import'", "pyo3ops release withdraw --watch"),
        _withdraw_arguments,
        _withdraw,
    ),
)
