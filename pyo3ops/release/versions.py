"""The next version, and a version in Cargo's spelling.

Orders are those of PEP 440; what Cargo can write is Semantic Versioning: three numbers, a pre-release, and nothing of
post-releases, development releases and epochs that would sort as PEP 440 has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError

if TYPE_CHECKING:
    from packaging.version import Version

#: What `next_version` can raise; "minor,rc" is the first candidate of the next minor release.
PARTS = ("major", "minor", "patch", "pre", "alpha", "beta", "rc", "post", "dev", "release")
#: `micro` is PEP 440's word for Semantic Versioning's `patch`.
_NUMBERS = {"major": 0, "minor": 1, "patch": 2, "micro": 2}
_KINDS = {"alpha": "a", "beta": "b", "rc": "rc"}
_WORDS = {"a": "alpha", "b": "beta", "rc": "rc"}
#: How many numbers a version of Cargo's has.
_THREE = 3


def read(text: str) -> Version:
    """A version as PEP 440 has it, Cargo's spelling of pre-releases among them; raises `UsageError` for any other."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return Version(text)
    except InvalidVersion:
        raise UsageError(
            f"{text!r} is no version", cause="PEP 440 knows 1.2.3, 1.2.3a1, 1.2.3rc1, 1.2.3.post1"
        ) from None


def target(current: str, asked: str) -> str:
    """The version that is asked for: a part to raise, as `next_version` has them, or a version in so many words."""
    if asked.partition(",")[0].strip() in (*PARTS, *_NUMBERS):
        return next_version(current, asked)
    wanted = read(asked)
    if wanted.local:
        raise UsageError(f"{asked} cannot be released", cause="no index takes local versions, those with a +")
    return str(wanted)


def next_version(current: str, part: str) -> str:
    """The version that follows the current one where a part is raised, normalised (PEP 440); always a newer one.

    A pre-release of the very version that raising a number leads to is finished by it: `minor` makes 1.3.0 of 1.3.0rc1.
    Two parts with a comma between them begin a pre-release: `minor,rc`. Raises `UsageError` for a part that is none, or
    that leads backwards.
    """
    first, comma, second = (each.strip() for each in part.partition(","))
    if comma and not (first in _NUMBERS and second in (*_KINDS, "dev")):
        raise UsageError(
            f"{part!r} is no part of a version", cause="two parts are a number and a pre-release: minor,rc"
        )
    version = read(current)
    raised = _raised(version, first)
    found = read(_begun(raised, second)) if comma else read(raised)
    if found <= version:
        raise UsageError(f"{first} of {current} would be {found}, which is not newer", cause="a release goes forwards")
    return str(found)


def _raised(version: Version, part: str) -> str:
    if part in _NUMBERS:
        return _number(version, _NUMBERS[part])
    if part in (*_KINDS, "pre"):
        return _pre(version, part)
    if part == "dev":
        return _dev(version)
    if part == "post":
        return _post(version)
    if part == "release":
        if not version.is_prerelease:
            raise UsageError(f"{version} is a release already", command="pyo3ops release bump patch")
        return _spelt(version, version.release)
    raise UsageError(f"{part!r} is no part of a version", cause=f"known: {', '.join(PARTS)}")


def _number(version: Version, place: int) -> str:
    numbers = [*version.release, *[0] * (place + 1 - len(version.release))]
    # What a pre-release leads to is not released yet.
    if not (version.is_prerelease and not any(numbers[place + 1 :])):
        numbers[place] += 1
    return _spelt(version, (*numbers[: place + 1], *[0] * (len(numbers) - place - 1)))


def _pre(version: Version, part: str) -> str:
    if version.pre is None:
        if part == "pre":
            raise UsageError(
                f"{version} is no pre-release", cause="the first one is of a kind", command="pyo3ops release bump rc"
            )
        return _begun(_number(version, 2), part)
    kind, number = version.pre
    wanted = _KINDS.get(part, kind)
    # 1.0a2.dev1 is before 1.0a2.
    following = number + (version.dev is None or version.is_postrelease)
    return _spelt(version, version.release) + f"{wanted}{following if wanted == kind else 1}"


def _dev(version: Version) -> str:
    if version.dev is not None and not version.is_postrelease:
        head = "".join(map(str, version.pre)) if version.pre else ""
        return f"{_spelt(version, version.release)}{head}.dev{version.dev + 1}"
    if version.pre is not None:
        return _pre(version, "pre") + ".dev1"
    return _number(version, 2) + ".dev1"


def _post(version: Version) -> str:
    if version.is_prerelease:
        raise UsageError(
            f"{version} is a pre-release", cause="the next one mends it", command="pyo3ops release bump pre"
        )
    return f"{_spelt(version, version.release)}.post{(version.post or 0) + 1}"


def _begun(text: str, kind: str) -> str:
    return f"{text}.dev1" if kind == "dev" else f"{text}{_KINDS[kind]}1"


def _spelt(version: Version, numbers: tuple[int, ...]) -> str:
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, numbers))


def for_cargo(text: str) -> str:
    """A version as Cargo.toml has it: 1.2.0-rc.1 for 1.2.0rc1; raises `UsageError` where Cargo cannot write it."""
    version = read(text)
    reasons = {
        "Semantic Versioning has no post-releases": version.post is not None,
        "Semantic Versioning would sort a development release behind an alpha": version.dev is not None,
        "Semantic Versioning has no epochs": version.epoch != 0,
        "Semantic Versioning has three numbers": len(version.release) > _THREE,
        "no index takes local versions": version.local is not None,
    }
    why = next((reason for reason, holds in reasons.items() if holds), None)
    if why:
        raise UsageError(
            f"Cargo.toml cannot say {text}",
            cause=f"{why}; a version of pyproject.toml's own, beside a crate of version 0.0.0, can",
        )
    numbers = ".".join(map(str, (*version.release, 0, 0)[:_THREE]))
    return f"{numbers}-{_WORDS[version.pre[0]]}.{version.pre[1]}" if version.pre else numbers
