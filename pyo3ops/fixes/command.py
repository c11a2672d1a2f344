"""One command of a plan, and which commands can be carried out together."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import PurePath
from typing import Sequence


class Stage(IntEnum):
    """When a command's turn is."""

    LISTS = 0
    PACKAGES = 1
    RUST = 2
    PYTHON = 3
    ENVIRONMENT = 4
    TOOLS = 5
    PROJECT = 6


@dataclass(frozen=True)
class Command:
    """A command, or, where `person` is set, advice: `argv` may be None then."""

    stage: Stage
    summary: str
    argv: tuple[str, ...] | None
    #: The ids of the findings that it is for.
    findings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    #: Commands that end with 0 where this one did what it was to do, and what they prove.
    proofs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    url: str | None = None
    person: bool = False
    #: The command as a person would type it, without the options of an unattended run.
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """A family of commands: how they begin, and what several of them come to together."""

    prefix: tuple[str, ...]
    stage: Stage
    #: What follows the prefix are names, which one command takes any number of.
    merges: bool = False
    needs: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


#: What a plan runs on the word of a fix. Whatever else is a fix runs only where it is called safe.
WAYS = (
    Way(("rustup", "toolchain", "install"), Stage.RUST, merges=True, brings=("Rust",)),
    Way(("rustup", "update"), Stage.RUST, merges=True, brings=("Rust",)),
    Way(("rustup", "component", "add"), Stage.RUST, merges=True, needs=("Rust",)),
    Way(("rustup", "target", "add"), Stage.RUST, merges=True, needs=("Rust",)),
    Way(("uv", "python", "install"), Stage.PYTHON, merges=True),
    Way(("uv", "pip", "install"), Stage.TOOLS, merges=True, needs=("an environment",), brings=("Python tools",)),
    Way(("pip", "install"), Stage.TOOLS, merges=True, needs=("an environment",), brings=("Python tools",)),
    Way(("uv", "tool", "install"), Stage.TOOLS),
    Way(("cargo", "generate-lockfile"), Stage.PROJECT, needs=("Rust",)),
    Way(("cargo", "update"), Stage.PROJECT, needs=("Rust",)),
    Way(("maturin", "develop"), Stage.PROJECT, needs=("Rust", "Python tools")),
)


def way_of(argv: Sequence[str]) -> Way | None:
    """The family that a command belongs to."""
    return next((way for way in WAYS if begins(argv, way.prefix)), None)


def begins(argv: Sequence[str], prefix: Sequence[str]) -> bool:
    """True where a command begins with these words; its program may be named by a path."""
    words = (PurePath(argv[0]).name, *argv[1:])
    return words[: len(prefix)] == tuple(prefix)


def merged(commands: Sequence[Command]) -> tuple[Command, ...]:
    """Duplicates once, and one command where several differ in names only, where the first of them stood."""
    kept: dict[tuple[str, ...], Command] = {}
    for command in commands:
        key = _key(command)
        kept[key] = _both(kept[key], command) if key in kept else command
    return tuple(kept.values())


def line(argv: Sequence[str], *, windows: bool = False) -> str:
    """The command as a person types it: into sh, or into cmd and PowerShell alike."""
    if not windows:
        return shlex.join(argv)
    plain = set("\\/:.,-_=+")
    return " ".join(word if word and all(c.isalnum() or c in plain for c in word) else f'"{word}"' for word in argv)


def _key(command: Command) -> tuple[str, ...]:
    if command.argv is None:
        return ("person", command.summary)
    way = None if command.person else way_of(command.argv)
    if way is None or not way.merges:
        return ("person" if command.person else "argv", *command.argv)
    return ("merge", *way.prefix, *_parted(command.argv[len(way.prefix) :])[0])


def _both(one: Command, other: Command) -> Command:
    findings = tuple(dict.fromkeys((*one.findings, *other.findings)))
    argv, summary = one.argv, one.summary
    way = None if argv is None or one.person else way_of(argv)
    if way and way.merges and argv and other.argv and argv != other.argv:
        (options, names), (_, more) = (_parted(each[len(way.prefix) :]) for each in (argv, other.argv))
        argv = (*argv[: len(way.prefix)], *options, *dict.fromkeys((*names, *more)))
        summary = summary if other.summary in summary else f"{summary}; {other.summary}"
    return replace(one, argv=argv, summary=summary, findings=findings)


def _parted(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Options with their values, and names."""
    options: list[str] = []
    names: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            names.append(word)
        elif "=" in word or word in _FLAGS:
            options.append(word)
        else:
            options.extend((word, next(left, "")))
    return tuple(options), tuple(names)


#: Options that take no value, of all the families.
_FLAGS = frozenset({"-U", "--upgrade", "--user", "--no-self-update", "--force"})
