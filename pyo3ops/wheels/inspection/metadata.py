"""METADATA and PKG-INFO: as the specification wants them, of this very file, and shown as they are meant."""

from __future__ import annotations

import re
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.tools import twine
from pyo3ops.wheels.inspection.reading import Wheel
from pyo3ops.wheels.inspection.verdict import Said, bounded, fail, ok, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from pyo3ops.wheels.archive import Member
    from pyo3ops.wheels.inspection.reading import Asked, Sdist

_SPECIFICATION = "https://packaging.python.org/en/latest/specifications/core-metadata/"
#: A minor release of Python 3 that nobody will see for a while.
_LAST_MINOR = 60
_MEND = Fix("mend [project] in pyproject.toml, and build again", url=_SPECIFICATION)


def metadata(file: Wheel | Sdist, asked: Asked) -> Iterator[Said]:
    """An index refuses a file whose metadata is wrong, or whose description it cannot show."""
    member = _member(file)
    if member is None:
        yield fail("there is no METADATA or PKG-INFO", Fix("build the file again"))
        return
    headers = HeaderParser().parsestr(member.text())
    yield from _names(file, headers)
    if isinstance(file, Wheel):
        yield from _folder(file)
        yield from _pythons(file, str(headers["Requires-Python"] or ""))
    yield from _valid(member)
    yield from _shown(file, headers, asked)


def _member(file: Wheel | Sdist) -> Member | None:
    return file.own("METADATA") if isinstance(file, Wheel) else file.member("PKG-INFO")


def _names(file: Wheel | Sdist, headers: Message) -> Iterator[Said]:
    from packaging.utils import canonicalize_name, canonicalize_version  # noqa: PLC0415 - start-up counts

    name, version = str(headers["Name"] or ""), str(headers["Version"] or "")
    if not file.name.distribution:
        return
    fix = Fix("build the file again: its name is written by what builds it", url=_SPECIFICATION)
    if canonicalize_name(name) != file.name.distribution:
        yield fail(f"Name is {name!r}, and the file is called {file.name.distribution}", fix)
    if canonicalize_version(version) != canonicalize_version(file.name.version):
        yield fail(f"Version is {version!r}, and the file is called {file.name.version}", fix)


def _folder(wheel: Wheel) -> Iterator[Said]:
    """The dist-info folder is called after the first two parts of the file's name, letter by letter."""
    name = wheel.archive.path.name
    wanted = "-".join(name.split("-")[:2]) + ".dist-info/"
    if wheel.info != wanted:
        fix = Fix("build the file again: its name is written by what builds it", url=_SPECIFICATION)
        yield fail(f"the dist-info folder is {wheel.info}, and that of {name} is {wanted}", fix)


def _pythons(wheel: Wheel, requires: str) -> Iterator[Said]:
    """Whether an installer may give the wheel to a Python that its tags are for."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    if not requires:
        fix = Fix('write requires-python = ">=3.X" into [project]', url=_SPECIFICATION)
        yield warn(
            "no Requires-Python: installers offer it to every Python, and later to ones it was never tried on", fix
        )
        return
    try:
        admitted = SpecifierSet(requires)
    except InvalidSpecifier:
        return  # among what is not valid
    minors = {int(tag[3:]) for tag in wheel.name.pythons if re.fullmatch(r"cp3\d+", tag)}
    stable = bool(wheel.name.abis & {"abi3", "abi3t"})
    meant = range(min(minors), _LAST_MINOR) if minors and stable else sorted(minors)
    if meant and not any(admitted.contains(f"3.{minor}.{patch}") for minor in meant for patch in (0, 1, 5, 20, 99)):
        yield fail(f"Requires-Python {requires} admits no Python that {', '.join(wheel.name.pythons)} is for", _MEND)


def _valid(member: Member) -> Iterator[Said]:
    """What packaging.metadata, which indexes and uploaders use, says of it."""
    try:
        from packaging.metadata import InvalidMetadata, Metadata  # noqa: PLC0415
    except ImportError:
        yield unknown("this packaging is older than 23.1 and reads no metadata", Fix("update packaging"))
        return
    try:
        Metadata.from_email(member.read())
    except Exception as error:  # noqa: BLE001 - a group of errors of its own before 3.11, and what a parser may raise
        each = getattr(error, "exceptions", None) or [error]
        invalid = [one for one in each if isinstance(one, InvalidMetadata)]
        yield from _invalid([(one.field, " ".join(str(one).split())) for one in invalid])
        if not invalid:
            yield fail(f"cannot be read: {error}", _MEND)


def _invalid(errors: list[tuple[str, str]]) -> Iterator[Said]:
    # A field of a later version than the one that is named: setuptools wrote them for years, and indexes took it.
    early = [text for _, text in errors if "introduced in metadata version" in text]
    newer = [text for field, text in errors if field == "metadata-version"]
    wrong = [text for field, text in errors if text not in early and field != "metadata-version"]
    if newer:
        yield unknown(f"this packaging does not know the version: {newer[0]}", Fix("update packaging"))
    if wrong:
        yield fail(wrong[0], _MEND, bounded(wrong))
    if early:
        yield warn(f"an older version than its fields: {early[0]}", Fix("update what builds it"), bounded(early))


def _shown(file: Wheel | Sdist, headers: Message, asked: Asked) -> Iterator[Said]:
    """The long description, by what renders it on an index; Markdown and plain text are always shown."""
    kind = str(headers["Description-Content-Type"] or "text/x-rst").split(";")[0].strip().lower()
    body = str(headers.get_payload() or headers["Description"] or "")
    if kind not in ("text/x-rst", "text/markdown", "text/plain"):
        yield fail(f"Description-Content-Type is {kind!r}, which no index shows", _MEND)
    elif not body.strip() or kind != "text/x-rst":
        yield ok(f"{headers['Name']} {headers['Version']}, {kind if body.strip() else 'no description'}")
    else:
        yield _rendered(file, body, asked)


def _rendered(file: Wheel | Sdist, body: str, asked: Asked) -> Said:
    answer = twine.check(file.archive.path, asked.env, online=asked.online)
    fix = Fix("mend the description", ("twine", "check", file.archive.path.name), safe=True, mends=False)
    if answer.passed is None:
        wrong = twine.wrong_with(body)
        if wrong:
            return fail(f"the description cannot be shown: {wrong[0]}", fix, wrong)
        return ok(f"reStructuredText without an error that {twine.reader()} sees; {answer.by}")
    if answer.passed:
        return ok(f"the description is shown, says {answer.by}")
    first = next((line for line in answer.lines if re.search(r"line \d+|error|warning", line, re.IGNORECASE)), "")
    return fail(f"the description cannot be shown, says {answer.by}: {first}", fix, bounded(answer.lines))
