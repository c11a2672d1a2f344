"""Whether the commit to be released is whole, is where releases are made from, and can be tagged and pushed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix
from pyo3ops.tools.git import GitState, Nothing, RemoteRefs
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, unknown, warn

if TYPE_CHECKING:
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

#: What the branch that releases are made from is called where nobody says it.
_USUAL = ("main", "master", "trunk")
_NO_GIT = skip("release.git.repository says why nothing is known of it")


def repository(world: World) -> Iterator[Said]:
    """A release is one commit: without git nobody can say which."""
    if isinstance(world.git, GitState):
        commit = world.git.head[:12]
        yield (
            ok(f"{commit} in {world.git.top}")
            if commit
            else fail("there is no commit", Fix("commit what is to be released", ("git", "commit", "--all")))
        )
    elif world.git.outside:
        yield fail(
            world.git.reason, Fix("make it a repository, or rehearse the release in a copy", ("git", "init", "--quiet"))
        )
    else:
        yield fail(world.git.reason, Fix("let git answer here", world.git.fix))


def clean(world: World) -> Iterator[Said]:
    """What is built has to be what the tag names: nothing changed, nothing that only this machine has."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
        return
    changed = tuple(dict.fromkeys((*world.git.own(world.git.staged), *world.git.own(world.git.modified))))
    if world.overlooked:
        yield fail(
            f"{_counted(world.overlooked, 'file')} changed that git was told to overlook",
            Fix("let git see it", ("git", "update-index", "--no-assume-unchanged", "--", *world.overlooked[:5])),
            world.overlooked,
        )
    if changed:
        yield fail(
            f"{_counted(changed, 'file')} changed and not committed",
            Fix("commit them, or set them aside", ("git", "stash", "--include-untracked")),
            changed,
        )
    if world.strays:
        yield fail(
            f"{_counted(world.strays, 'file')} that an sdist takes along, and no commit has",
            Fix("commit them, or let git ignore them", ("git", "add", "--", *world.strays[:5])),
            world.strays,
        )
    if not changed and not world.strays and not world.overlooked:
        beside = world.git.own(world.git.untracked)
        words = f"; beside it {_counted(beside, 'file')} that no sdist takes" if beside else ""
        yield ok(f"nothing to commit{words}")


def branch(world: World) -> Iterator[Said]:
    """A release off a side branch ships what the others never saw."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
        return
    own, wanted = world.git.branch, world.branches
    if not own and world.tag in world.git.tags:
        yield ok(f"the tag {world.tag} is checked out")
    elif not own:
        yield fail("no branch is checked out", Fix("check out the branch to release from", _switch(wanted)))
    elif any(fnmatchcase(own, pattern) for pattern in wanted):
        yield ok(own)
    elif not wanted and own in _USUAL:
        yield ok(f"{own}: the remote does not tell which branch is its own")
    elif not wanted:
        yield unknown(
            f"{own}: nothing says which branch releases are made from",
            Fix(f"tell it: branches = ['{own}'] below [tool.pyo3ops.release]"),
        )
    else:
        yield fail(
            f"{own} is none of {', '.join(wanted)}",
            Fix(
                f"merge it and check out {wanted[0]}, or name it below [tool.pyo3ops.release] branches", _switch(wanted)
            ),
        )


def _switch(wanted: tuple[str, ...]) -> tuple[str, ...] | None:
    plain = [name for name in wanted if not set("*?[") & set(name)]
    return ("git", "checkout", plain[0]) if plain else None


def behind(world: World) -> Iterator[Said]:
    """What others pushed would be missing from the release, and the push of its tag and commit be refused."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif world.git.remote is None:
        yield skip("there is no remote")
    elif not world.git.branch:
        yield skip("no branch is checked out")
    elif isinstance(world.refs, Nothing):
        yield fail(
            f"{world.git.remote.name} does not answer, and would not take the tag: {world.refs.reason}",
            Fix("see that it can be reached", ("git", "ls-remote", world.git.remote.name), mends=False),
        )
    elif world.refs is None:
        yield skip("the remote is not asked offline")
    else:
        yield _behind(world, world.git, world.refs)


def _behind(world: World, git: GitState, refs: RemoteRefs) -> Said:
    there = refs.object(f"refs/heads/{git.branch}")
    name = git.remote.name if git.remote else ""
    if not there:
        return ok(f"{name} has no {git.branch} yet: the release pushes it")
    if world.contains_remote:
        return ok(f"all of {name}/{git.branch} is here")
    ways = ("git", "pull", "--rebase", name, git.branch)
    return fail(
        f"{name}/{git.branch} has commits that are not here", Fix("take them in", ways), (f"its head: {there}",)
    )


def shallow(world: World) -> Iterator[Said]:
    """Builds that take the version from tags guess one, and nobody can tell what is new since the last release."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif not world.git.shallow:
        yield ok("every commit is here")
    elif not world.git.branch and world.tag in world.git.tags:
        yield ok(f"a shallow clone, at the tag {world.tag}")
    else:
        yield warn(
            "the clone is shallow: what asks git for versions sees no older commit or tag",
            Fix("fetch them", ("git", "fetch", "--unshallow", "--tags"), safe=True),
        )


def identity(world: World) -> Iterator[Said]:
    """The commit and the annotated tag of a release carry a name and an address."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif world.git.identity:
        yield ok(world.git.identity)
    else:
        yield fail(
            "git knows neither user.name nor user.email",
            Fix("tell it both: git config user.name NAME, git config user.email ADDRESS"),
        )


def tag(world: World) -> Iterator[Said]:
    """A tag that is there already names other code, and moving it would change what others have."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
        return
    if world.tag_refused:
        yield fail(f"git takes no tag called {world.tag!r}", Fix("correct `tag` below [tool.pyo3ops.release]"))
        return
    released = world.manifest.commit if world.manifest else world.git.head
    for place, commit in world.tagged:
        if commit in {world.git.head, released}:
            yield ok(f"{world.tag} is on {commit[:12]}, this commit ({place})")
        else:
            yield fail(
                f"{world.tag} is on {commit[:12]} {place}, not on {world.git.head[:12]}",
                Fix(
                    "raise the version, or check out that commit and release it",
                    ("pyo3ops", "release", "bump", "patch"),
                ),
            )
    if not world.tagged:
        yield ok(f"{world.tag} is free")


def signing(world: World) -> Iterator[Said]:
    """A tag that has to be signed cannot be made without a key: that would be known after the upload."""
    wanted = world.project.config.release.sign
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif not wanted and not world.git.signs_tags:
        yield skip("tags are not signed")
    elif world.key_missing:
        yield fail(
            world.key_missing,
            Fix("name a key: git config user.signingkey KEY, or take `sign` out of [tool.pyo3ops.release]"),
        )
    else:
        yield ok(f"with {world.git.signing_key or 'the key of ' + world.git.identity}")


def remote(world: World) -> Iterator[Said]:
    """Without a remote the tag stays on this machine, and nothing keeps two releases apart."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif world.git.remote is None:
        yield warn(
            "there is no remote: neither tag nor commit is pushed, and no lock holds across machines",
            Fix("add one: git remote add origin ADDRESS"),
        )
    else:
        yield ok(f"{world.git.remote.name}: {world.git.remote.url}")


def operation(world: World) -> Iterator[Said]:
    """In the middle of a merge or a rebase, HEAD is no commit that anybody meant to release."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif world.git.operation:
        name = world.git.operation
        argv = ("git", "bisect", "reset") if name == "bisect" else ("git", name, "--continue")
        yield fail(f"a {name} is under way", Fix(f"end the {name}", argv))
    else:
        yield ok("none is under way")


def markers(world: World) -> Iterator[Said]:
    """A merge that was committed with its markers is shipped with them."""
    if not isinstance(world.git, GitState):
        yield _NO_GIT
    elif world.markers:
        yield fail(
            f"{_counted(world.markers, 'file')} with conflict markers",
            Fix("resolve the conflict", ("git", "grep", "--line-number", "^<<<<<<< "), mends=False),
            world.markers,
        )
    else:
        yield ok("none has")


def _counted(things: tuple[str, ...], word: str) -> str:
    return f"{len(things)} {word}{'s' * (len(things) != 1)}"
