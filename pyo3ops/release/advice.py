"""What a state means, and what to type next: what `status` says, and the recovery table of the reference."""

from __future__ import annotations

from typing import NamedTuple

from pyo3ops.core.model import Fix
from pyo3ops.release.model import COURSE, State


class Advice(NamedTuple):
    """One state for a person: what happened, what is public by then, and the command that goes on."""

    happened: str
    public: str
    summary: str
    argv: tuple[str, ...] | None


_RESUME = ("pyo3ops", "release", "--resume")
_NOTHING, _ALL = "nothing", "all files"

ADVICE = {
    State.PLANNED: Advice("it was begun, and nothing is built", _NOTHING, "go on", _RESUME),
    State.BUILT: Advice("files were built, and not sealed", _NOTHING, "go on", _RESUME),
    State.SEALED: Advice("the files are sealed, and not checked", _NOTHING, "go on: nothing is built again", _RESUME),
    State.CHECKED: Advice("sealed and checked, and no upload was begun", _NOTHING, "go on", _RESUME),
    State.PUBLISHING: Advice(
        "it stopped between the first upload and the last answer",
        "some files, each as sealed",
        "go on: the index is asked by hash before anything is sent again",
        _RESUME,
    ),
    State.PUBLISHED: Advice("every file is public, and not read back", _ALL, "go on: they are read back", _RESUME),
    State.VERIFIED: Advice("what is public is what was sealed, and there is no tag", _ALL, "go on", _RESUME),
    State.TAGGED: Advice("read back and tagged, and not announced", _ALL, "go on", _RESUME),
    State.ANNOUNCED: Advice("all is done", _ALL, "nothing is left to do", None),
    State.ABORTED: Advice(
        "it was given up, or refused, before anything was public",
        _NOTHING,
        "mend what the report names and release again: the same version is still free",
        ("pyo3ops", "release"),
    ),
    State.STUCK: Advice(
        "the index holds other bytes under one of the names, or refuses a file",
        "some files",
        "see which; where the cause can be mended, go on, else withdraw it and release the next version",
        ("pyo3ops", "release", "status"),
    ),
    State.WITHDRAWN: Advice(
        "every public file is yanked",
        "files that only == installs",
        "release the next version: names are never free again",
        ("pyo3ops", "release", "--bump", "patch"),
    ),
}


def fix_of(state: State, version: str = "") -> Fix:
    """The way on from a state; with `version` for one that is not what the files state."""
    advice = ADVICE[state]
    argv = advice.argv
    if argv is not None and version:
        argv = (*argv, "--version", version) if argv != ADVICE[State.WITHDRAWN].argv else argv
    return Fix(advice.summary, argv)


def reached(state: State | None, wanted: State) -> bool:
    """True where a release is as far as `wanted`, or further, on the course that all releases take."""
    return state in COURSE and COURSE.index(state) >= COURSE.index(wanted)
