"""Source distributions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .planting import plants

if TYPE_CHECKING:
    from .archives import File, Sdist
    from .project import Parts


@plants("sdist without Cargo.lock", "sdist")
def _(parts: Parts) -> File:
    return parts.sdist.lacking("Cargo.lock").file


@plants("sdist that does not rebuild", "sdist")
def _(parts: Parts) -> File:
    assert b"mod table;" in parts.sdist.members["src/lib.rs"]
    return parts.sdist.lacking("src/table.rs").file


def _depending(sdist: Sdist, line: str) -> Sdist:
    return sdist.editing("Cargo.toml", (r"^\[dependencies\]\n", f"[dependencies]\n{line}\n"))


@plants("sdist with a path out of itself", "sdist")
def _(parts: Parts) -> File:
    return _depending(parts.sdist, 'other = { path = "../other" }').file


@plants("sdist with a path dependency of its own", "sdist")
def _(parts: Parts) -> File:
    manifest = b'[package]\nname = "inner"\nversion = "0.1.0"\nedition = "2021"\n'
    sdist = _depending(parts.sdist, 'inner = { path = "inner" }')
    sdist = sdist.having({"inner/Cargo.toml": manifest, "inner/src/lib.rs": b""})
    package = '[[package]]\nname = "inner"\nversion = "0.1.0"\n\n[[package]]\nname = "libc"'
    entry = (
        'name = "tiny"\nversion = "0.1.0"\ndependencies = [\n',
        'name = "tiny"\nversion = "0.1.0"\ndependencies = [\n "inner",\n',
    )
    return sdist.editing(
        "Cargo.lock", (r'\[\[package\]\]\nname = "libc"', package), (re.escape(entry[0]), entry[1])
    ).file


@plants("sdist with a stale lock", "sdist")
def _(parts: Parts) -> File:
    assert b'name = "once_cell"\nversion = "1.20.0"' not in parts.sdist.members["Cargo.lock"]
    return _depending(parts.sdist, 'once_cell = "=1.20.0"').file


@plants("sdist without the readme that it names", "sdist")
def _(parts: Parts) -> File:
    assert b'readme = "README.md"' in parts.sdist.members["pyproject.toml"]
    return parts.sdist.lacking("README.md").file


@plants("sdist without pyproject.toml", "sdist")
def _(parts: Parts) -> File:
    return parts.sdist.lacking("pyproject.toml").file


@plants("sdist without a licence file", "sdist")
def _(parts: Parts) -> File:
    sdist = parts.sdist.lacking("LICENSE", "THIRD-PARTY-LICENSES.txt")
    sdist = sdist.editing("PKG-INFO", (r"^(License-File: .*\n)+", ""))
    return sdist.editing("pyproject.toml", (r"^license-files = .*\n", "")).file


@plants("sdist with a License-File that is not there", "sdist")
def _(parts: Parts) -> File:
    assert b"License-File: LICENSE\n" in parts.sdist.members["PKG-INFO"]
    return parts.sdist.lacking("LICENSE").file


@plants("sdist with PKG-INFO of another version", "sdist")
def _(parts: Parts) -> File:
    return parts.sdist.editing("PKG-INFO", ("^Version: 0.1.0$", "Version: 0.2.0")).file


@plants("sdist with a link out of itself", "sdist")
def _(parts: Parts) -> File:
    return parts.sdist.tarred({"planted": "../../planted"})


@plants("sdist with a link inside itself", "sdist")
def _(parts: Parts) -> File:
    assert "LICENSE" in parts.sdist.members
    return parts.sdist.tarred({"LICENSE.txt": "LICENSE"})


@plants("sdist with build output", "sdist")
def _(parts: Parts) -> File:
    return parts.sdist.having({"target/release/libtiny.so": parts.specific.library}).file
