"""Whether the index will know who uploads; no secret gets into what is said."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Iterator
from urllib.parse import urlsplit

from pyo3ops.core.model import Fix
from pyo3ops.release.credentials import Kind
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, warn

if TYPE_CHECKING:
    from pyo3ops.release.target import Target
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

_REHEARSE = ("pyo3ops", "release", "--rehearse")
_NO_TARGET = skip("release.index.reachable says why there is no index")
_MARK = "pypi-"


def present(world: World) -> Iterator[Said]:
    """Without credentials no file is taken: better known before hours of building."""
    if isinstance(world.target, str):
        yield _NO_TARGET
        return
    found = world.target.credentials
    if found.kind is not Kind.NONE:
        yield ok(f"{found.kind.value}, from {found.source}")
        return
    reason, fix = world.advice
    yield fail(
        f"none for {world.target.shown}: {reason}",
        Fix(f"{fix.summary}; or rehearse the release without", _REHEARSE) if fix.argv is None else fix,
    )


def kind(world: World) -> Iterator[Said]:
    """A token is of one index; PyPI takes nothing but tokens, and a line end in one breaks it."""
    if isinstance(world.target, str):
        yield _NO_TARGET
        return
    held = world.target.credentials
    if held.kind not in (Kind.TOKEN, Kind.PASSWORD):
        yield skip("there is no token or password to look at")
    elif held.secret != held.secret.strip():
        yield fail(f"{held.source} has spaces or a line end around it", Fix(f"set {held.source} without them"))
    elif held.kind is Kind.PASSWORD and held.secret.startswith(_MARK):
        yield fail(
            f"{held.source} is a token, which goes with the user __token__ alone", Fix("give no user name, or that")
        )
    elif world.target.is_pypi:
        yield from _for_pypi(world.target)
    elif held.secret.startswith(_MARK):
        yield _elsewhere(world.target)
    else:
        yield ok(held.kind.value)


def _elsewhere(target: Target) -> Said:
    """A token of the kind that PyPI gives, for another index: some have their own."""
    held, host = target.credentials, location_of(target.credentials.secret)
    fix = Fix("give credentials of that index, or name the index that the token is of: --index NAME")
    if host and host == urlsplit(target.upload).hostname:
        return ok(held.kind.value)
    if host:
        return fail(f"{held.source} is a token of another index, and goes to {target.shown}", fix)
    return warn(f"{held.source} looks like a token of PyPI, and goes to {target.shown}", fix)


def _for_pypi(target: Target) -> Iterator[Said]:
    held, name = target.credentials, target.shown
    if held.kind is Kind.PASSWORD:
        yield fail(f"{name} takes tokens, no passwords", Fix(f"make a token there, and give it as {held.source}"))
    elif not held.secret.startswith(_MARK):
        yield fail(f"{held.source} does not begin as tokens of {name} do", Fix(f"give a token of {name}"))
    elif _is_of_test(held.secret) not in (None, target.name == "testpypi"):
        other = "PyPI" if target.name == "testpypi" else "TestPyPI"
        yield fail(f"{held.source} is a token of {other}, and goes to {name}", Fix(f"give a token of {name}"))
    else:
        yield ok(f"a token of {name}")


def _is_of_test(token: str) -> bool | None:
    host = location_of(token)
    return host.startswith("test.") if host else None


def location_of(token: str) -> str:
    """The host that made a token of PyPI's kind, a macaroon, which begins with that; empty where it does not tell."""
    text = token[len(_MARK) :]
    try:
        data = base64.urlsafe_b64decode(text[: len(text) // 4 * 4])
    except (binascii.Error, ValueError):
        return ""
    # Version 2, then a field of type 1: its length and the location.
    if data[:2] != b"\x02\x01" or len(data) < 3 + data[2]:
        return ""
    return data[3 : 3 + data[2]].decode("ascii", "replace")


def trusted(world: World) -> Iterator[Said]:
    """An index takes the word of a CI for who we are only where the job may ask for that word."""
    if isinstance(world.target, str):
        yield _NO_TARGET
        return
    held = world.target.credentials
    if held.kind is Kind.TRUSTED:
        yield ok(f"by {held.source}")
    elif world.workflow and held.kind is Kind.NONE:
        reason, fix = world.advice
        yield fail(reason, fix)
    else:
        yield skip("another kind of credentials is used" if held.kind is not Kind.NONE else "this is no job of a CI")
