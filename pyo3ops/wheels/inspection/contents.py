"""The files of a wheel or an sdist: whole, as RECORD lists them, and none that does not belong there."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection.verdict import Said, bounded, fail, ok, unknown, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.wheels.archive import Archive, Member
    from pyo3ops.wheels.inspection.reading import Asked, Sdist, Wheel

_AGAIN = Fix("build the wheel again, and change nothing in it afterwards but with a tool that writes RECORD")
_SPECIFICATION = "https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file"
#: Files that RECORD need not list, or lists without a hash: itself, and signatures.
_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")
#: Folders that belong to a checkout or to a tool.
_WORK = re.compile(
    r"(?:^|/)(__pycache__|\.git|\.hg|\.svn|\.github|\.idea|\.vscode|\.mypy_cache|\.pytest_cache|\.ruff_cache|\.tox|\.nox|"
    r"\.venv|node_modules|\.DS_Store|target/(?:debug|release|wheels|CACHEDIR\.TAG|\.rustc_info\.json))(?:/|$)"
)
_LEFT = re.compile(r"\.(?:pyc|pyo|orig|rej|swp|pdb|dSYM|o|rlib|rmeta|profraw)$|~$")
#: What is made from the sources of an sdist; settings of a checkout are welcome there.
_BUILT = re.compile(
    r"(?:^|/)(?:__pycache__|\.git|\.mypy_cache|\.pytest_cache|\.ruff_cache|\.tox|\.nox|\.venv|node_modules|"
    r"target/(?:debug|release|wheels|CACHEDIR\.TAG))/|\.(?:pyc|pyo|rlib|rmeta|profraw)$|\.(?:abi3|cpython-\d+[\w-]*)\.so$"
)
_SOURCES = re.compile(r"\.rs$|(?:^|/)Cargo\.(?:toml|lock)$")
#: Rust sources that a package is about: templates, or examples it carries along.
_DATA = re.compile(r"(?:^|/)(?:data|templates?|examples?|skeletons?|scaffold\w*)/")
#: Names at the top that many distributions would like to install.
_COMMON = frozenset(
    [
        "test",
        "tests",
        "testing",
        "src",
        "source",
        "target",
        "build",
        "dist",
        "doc",
        "docs",
        "example",
        "examples",
        "bench",
        "benches",
        "benchmark",
        "benchmarks",
        "scripts",
        "tools",
        "ci",
    ]
)


def readable(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """An archive that a strict reader refuses, or that two readers take for two things, is installed by chance."""
    del asked
    yield from _archive(wheel.archive)
    if not wheel.archive.error and not wheel.info:
        yield fail("there is no dist-info folder in it", Fix("build the wheel again"))
    links = [f"{name} -> {target}" for name, target in wheel.archive.links]
    if links:
        yield fail("a wheel has no links", Fix("put the files themselves into it"), bounded(links))
    yield ok(f"{len(wheel.archive.members)} files")


def readable_sdist(sdist: Sdist, asked: Asked) -> Iterator[Said]:
    """An sdist unpacks into one folder that is called as the file is (PEP 625)."""
    del asked
    yield from _archive(sdist.archive)
    if sdist.name.error:
        yield fail(f"not the name of an sdist: {sdist.name.error}", Fix("build it again: maturin sdist"))
    elif not sdist.archive.error and not sdist.top:
        yield fail("its files are not in one folder", Fix("build it again", ("maturin", "sdist")))
    leading = [f"{name} -> {target}" for name, target in sdist.archive.links if _leads_out(name, target)]
    if leading:
        fix = Fix("put the file itself into the sdist", url="https://peps.python.org/pep-0721/")
        yield fail(f"a link leads out of it, which installers refuse: {leading[0]}", fix, bounded(leading))
    yield ok(f"{len(sdist.archive.members)} files")


def _leads_out(name: str, target: str) -> bool:
    """Whether a link leads out of the top folder, counted from its own place, and as a hard link from the top."""
    top = name.partition("/")[0] + "/"
    places = (normpath(join(dirname(name), target)), normpath(target))
    return target.startswith("/") or not any(f"{place}/".startswith(top) for place in places)


def sdist_contents(sdist: Sdist, asked: Asked) -> Iterator[Said]:
    """What was built from the sources is made again from them, and is no source."""
    del asked
    built = sorted(path for path in sdist.paths if _BUILT.search(path))
    if built:
        fix = Fix("narrow include in [tool.maturin], or commit a .gitignore with that folder in it")
        yield warn(f"what belongs to a checkout or a tool: {built[0]}", fix, bounded(built, 6))
    yield ok(f"{len(sdist.paths)} files")


def _archive(archive: Archive) -> Iterator[Said]:
    if archive.hindered:
        yield unknown(archive.error, Fix(f"make room, or give the permission, on this machine: {archive.place}"))
    elif archive.error:
        yield fail(archive.error, Fix("fetch or build the file again"))
    if archive.problems:
        yield fail(archive.problems[0], Fix("build the file again, without such names"), bounded(archive.problems))


def record(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """RECORD has the hash of every file: installers refuse what it does not fit, and uninstall by it."""
    del asked
    file = wheel.own("RECORD")
    if file is None:
        yield fail("there is no RECORD in the dist-info folder", _AGAIN)
        return
    try:
        rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(file.text(), newline="")) if row}
    except csv.Error as error:
        yield fail(f"RECORD cannot be read: {error}", _again())
        return
    unlisted = {wheel.info + name for name in _UNLISTED}
    files = {each.name: each for each in wheel.archive.members if each.name not in unlisted}
    strange = sorted(set(files) - set(rows))
    if strange:
        yield fail(f"RECORD does not know {strange[0]}", _again(), bounded(strange))
    gone = sorted(set(rows) - set(files) - unlisted)
    if gone:
        yield fail(f"RECORD lists {gone[0]}, which is not there", _again(), bounded(gone))
    yield from _hashes(files, rows)
    yield ok(f"{len(files)} files as RECORD says")


def _again() -> Fix:
    return Fix(_AGAIN.summary, url=_SPECIFICATION)


def _hashes(files: Mapping[str, Member], rows: Mapping[str, list[str]]) -> Iterator[Said]:
    wrong = []
    for name, member in files.items():
        said, size = ([*rows.get(name, []), "", ""])[:2]
        if name in rows and not said:
            wrong.append(f"{name}: RECORD has no hash of it")
        elif said and _digest(member, said) != said:
            wrong.append(f"{name}: its hash is {_digest(member, said) or 'of another kind'}, RECORD says {said}")
        elif size.isdigit() and int(size) != member.size:
            wrong.append(f"{name}: {member.size} bytes, RECORD says {size}")
    if wrong:
        yield fail(wrong[0], _again(), bounded(wrong))


def _digest(member: Member, said: str) -> str:
    """The hash of a file, written as RECORD writes it; empty for an algorithm that it may not use."""
    algorithm = said.partition("=")[0]
    if algorithm == "sha256":
        digest = member.digest
    elif algorithm in ("sha384", "sha512"):
        digest = hashlib.new(algorithm, member.path.read_bytes()).digest()
    else:
        return ""
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode('ascii')}"


def contents(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """All that is in a wheel is laid into site-packages, beside everybody else's."""
    del asked
    names = [each.name for each in wheel.archive.members if not each.name.startswith(wheel.info or "\0")]
    fix = Fix("narrow include in [tool.maturin], or python-source and python-packages, to the package")
    for words, found in (
        ("what belongs to a checkout or a tool", [name for name in names if _WORK.search(name) or _LEFT.search(name)]),
        ("sources of Rust", [name for name in names if _SOURCES.search(name) and not _DATA.search(name)]),
        ("names that others want as well", _colliding(wheel, names)),
    ):
        if found:
            yield warn(f"{words}: {found[0]}", fix, bounded(found, 6))
    tops = {name.partition("/")[0] for name in names}
    yield ok(", ".join(sorted(tops)[:8]))


def _colliding(wheel: Wheel, names: list[str]) -> list[str]:
    own = wheel.name.distribution.replace("-", "_").lower()
    tops = dict.fromkeys(name.partition("/")[0] for name in names)
    modules = {top: re.split(r"[.]", top)[0].lower() for top in tops if not top.endswith(".data")}
    return [top for top, module in modules.items() if module in _COMMON and module != own]
