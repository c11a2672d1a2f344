"""Whether this machine can build, upload and resume: clients, clock, room, journal, lock, and crates of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix
from pyo3ops.release.lock import HeldBy, Unavailable
from pyo3ops.tools.git import GitState
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, unknown, warn

if TYPE_CHECKING:
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

#: Seconds that clocks may be apart: tokens are good for minutes, and what a workflow waits for is not asked for twice.
APART = 300
#: Bytes without which no wheel is built, and those that the wheels of a few Pythons take.
LITTLE, ENOUGH = 512 * 2**20, 2 * 2**30


def client(world: World) -> Iterator[Said]:
    """Files are uploaded by a program that every index knows, not by pyo3ops itself."""
    wanted = world.project.config.release.client
    if wanted and wanted not in world.tools:
        yield fail(
            f"{wanted}, which [tool.pyo3ops.release] names, is not here",
            Fix(
                f"install {wanted}",
                ("uv", "tool", "install", wanted) if wanted == "twine" else ("pipx", "install", "uv"),
            ),
        )
    elif world.tools & {"twine", "uv"}:
        yield ok(wanted or ("twine" if "twine" in world.tools else "uv"))
    else:
        yield fail("neither twine nor uv is here", Fix("install one of them", ("pipx", "install", "twine")))


def clock(world: World) -> Iterator[Said]:
    """With a wrong clock certificates look expired, tokens are refused, and the journal's times mean nothing."""
    if world.ahead is None:
        yield skip("the index tells no time")
    elif abs(world.ahead) > APART:
        way = "behind" if world.ahead > 0 else "ahead of"
        yield fail(
            f"the clock is {abs(world.ahead):.0f} s {way} the index's",
            Fix("set it", ("timedatectl", "set-ntp", "true")),
        )
    else:
        yield ok(f"{abs(world.ahead):.0f} s apart")


def disk(world: World) -> Iterator[Said]:
    """A disk that fills up in the middle leaves wheels that look whole."""
    words = f"{world.free / 2**30:.1f} GiB are free"
    fix = Fix("make room", ("cargo", "clean"), mends=False)
    if world.free < LITTLE:
        yield fail(words, fix)
    elif world.free < ENOUGH:
        yield warn(f"{words}: wheels for several Pythons may take more", fix)
    else:
        yield ok(words)


def journal(world: World) -> Iterator[Said]:
    """What was done is known by the journal alone: one that was changed proves nothing."""
    if world.journal_error:
        yield fail(
            world.journal_error,
            Fix("go on from what index and git tell", ("pyo3ops", "release", "--recover")),
        )
    else:
        yield ok("nothing was begun" if world.state is None else world.state.value)


def holder(world: World) -> Iterator[Said]:
    """Two releases of one version at once would each upload a half."""
    held = world.held
    if isinstance(held, Unavailable):
        yield unknown(held.reason, held.fix or Fix("see that the remote can be reached", ("git", "ls-remote")))
    elif isinstance(held, HeldBy):
        ours = held.holder is not None and world.asked.journal and held.holder.journal == world.asked.journal
        if ours:
            yield ok(f"ours, {held.holder}")
            return
        yield fail(
            held.reason,
            Fix(
                "wait for that release; where it no longer runs, take the lock from it",
                ("pyo3ops", "release", "--resume", "--break-lock"),
            ),
        )
    elif isinstance(world.git, GitState):
        yield ok("nobody has the lock")
    else:
        yield skip("there is no repository to hold a lock in")


def crates(world: World) -> Iterator[Said]:
    """A crate that only this machine has is in no commit: nobody could build that commit again."""
    fix = Fix("move it into the repository, or take a published version of it")
    for path in world.crates.outside:
        yield fail(f"a crate is taken from {path}, outside of the repository", fix)
    for path in world.crates.ignored:
        yield fail(f"a crate is taken from {path}, which git ignores", fix)
    if not world.crates.outside and not world.crates.ignored:
        yield ok(f"{world.crates.count} in the repository" if world.crates.count else "there is none")


def sources(world: World) -> Iterator[Said]:
    """Who builds the sdist has to fetch every crate: a branch moves, and a repository may go away."""
    if world.crates.from_git:
        yield warn(
            f"{world.crates.from_git[0]}: whoever builds the sdist fetches it from there, or cannot build",
            Fix("take a published version of it"),
            world.crates.from_git[1:],
        )
    else:
        yield ok("all from registries, or from the repository")


def patches(world: World) -> Iterator[Said]:
    """Cargo's configuration is no part of an sdist: what is replaced there is not replaced for users."""
    for place, key in world.crates.replaced:
        yield warn(
            f"{place} has {key}: what is built here is built of other crates than the sdist",
            Fix(f"move [patch] to Cargo.toml, or take {key} out"),
        )
    if not world.crates.replaced:
        yield ok("none is")
