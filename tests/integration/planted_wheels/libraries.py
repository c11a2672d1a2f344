"""What is linked into a library, or left in it."""

from __future__ import annotations

import json
import re
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from .archives import program, readelf, rewritten, string_in_place
from .planting import MINOR, plants
from .project import BUNDLED, HOME, RPATH

if TYPE_CHECKING:
    from .archives import File, Wheel
    from .project import Parts


def _needing(library: bytes, name: str) -> bytes:
    """The library that needs BUNDLED, with the name of another one in its place."""
    changed = library if name == BUNDLED else string_in_place(library, BUNDLED, name)
    assert f"Shared library: [{name}]" in readelf(changed, "-dW")
    return changed


def _rpath(library: bytes, value: str) -> bytes:
    """The library with RPATH, with another value in its place."""
    changed = library if value == RPATH else string_in_place(library, RPATH, value)
    assert re.search(rf"\((RPATH|RUNPATH)\).*\[{re.escape(value)}\]", readelf(changed, "-dW"))
    return changed


def _stack(library: bytes) -> str:
    """The rights of the stack that a library asks for, such as "RW"."""
    line = re.search(r"GNU_STACK +(?:0x\w+ +){5}([RWE ]{3})", readelf(library, "-lW"))
    assert line, readelf(library, "-lW")
    return line[1].strip()


@plants("libpython linked")
def _(parts: Parts) -> File:
    library = parts.libraries["libpython"]
    assert f"[libpython3.{MINOR}.so.1.0]" in readelf(library, "-dW")
    return parts.specific.linked(library).file


@plants("executable stack")
def _(parts: Parts) -> File:
    library = bytearray(parts.specific.library)
    assert _stack(parts.specific.library) == "RW"
    headers, size, count = (*struct.unpack_from("<Q", library, 32), *struct.unpack_from("<HH", library, 54))
    for offset in range(headers, headers + size * count, size):
        kind, flags = struct.unpack_from("<II", library, offset)
        if kind == 0x6474E551:  # PT_GNU_STACK
            struct.pack_into("<I", library, offset + 4, flags | 1)
    changed = bytes(library)
    assert _stack(changed) == "RWE"
    return parts.specific.linked(changed).file


@plants("RPATH to the build machine")
def _(parts: Parts) -> File:
    return parts.specific.linked(_rpath(parts.libraries["rpath"], "/home/builder/lib")).file


@plants("RPATH to a folder that the wheel lacks")
def _(parts: Parts) -> File:
    assert not any(name.startswith("tiny.libs/") for name in parts.specific.members)
    return parts.specific.linked(_rpath(parts.libraries["rpath"], RPATH)).file


@plants("RPATH with an empty element")
def _(parts: Parts) -> File:
    return parts.specific.linked(_rpath(parts.libraries["rpath"], "$ORIGIN:")).file


@plants("a library that the policy does not allow")
def _(parts: Parts) -> File:
    return parts.specific.linked(_needing(parts.libraries["needed"], "libcurl.so.4")).file


@plants("libpthread")
def _(parts: Parts) -> File:
    return parts.specific.linked(_needing(parts.libraries["needed"], "libpthread.so.0")).file


def _bundling(parts: Parts, bundled: bytes) -> Wheel:
    library = _rpath(_needing(parts.libraries["bundled"], BUNDLED), RPATH)
    assert f"soname: [{BUNDLED}]" in readelf(bundled, "-dW")
    return parts.specific.linked(library).having({f"tiny.libs/{BUNDLED}": bundled})


@plants("RPATH of the wheel's own libraries")
def _(parts: Parts) -> File:
    assert _stack(parts.bundled) == "RW"
    return _bundling(parts, parts.bundled).file


@plants("bundled library left out")
def _(parts: Parts) -> File:
    return _bundling(parts, parts.bundled).lacking("tiny.libs/").file


@plants("bundled library with an executable stack")
def _(parts: Parts) -> File:
    assert _stack(parts.bundled_execstack) == "RWE"
    return _bundling(parts, parts.bundled_execstack).file


@plants("debug information shipped")
def _(parts: Parts) -> File:
    assert ".debug_info" in readelf(parts.libraries["debug"], "-SW")
    return parts.specific.linked(parts.libraries["debug"]).file


@plants("stripped")
def _(parts: Parts) -> File:
    assert ".symtab" in readelf(parts.libraries["debug"], "-SW")
    library = rewritten(parts.libraries["debug"], "strip", "--strip-all")
    assert ".symtab" not in readelf(library, "-SW")
    return parts.specific.linked(library).file


@plants("no build ID")
def _(parts: Parts) -> File:
    assert "Build ID" in readelf(parts.specific.library, "-nW")
    assert "Build ID" not in readelf(parts.libraries["no build ID"], "-nW")
    return parts.specific.linked(parts.libraries["no build ID"]).file


@plants("debug link")
def _(parts: Parts) -> File:
    companion = Path(__file__)  # any file: what counts is its name and checksum
    library = rewritten(parts.specific.library, "objcopy", f"--add-gnu-debuglink={companion}")
    assert ".gnu_debuglink" in readelf(library, "-SW")
    return parts.specific.linked(library).file


@plants("cargo-auditable")
def _(parts: Parts) -> File:
    names = [crate.split() for crate, _ in parts.crates]
    packages = [{"name": name, "version": version, "source": "crates.io"} for name, version in names]
    root = {"name": "tiny", "version": "0.1.0", "source": "local", "root": True, "dependencies": [0]}
    section = parts.root.parent / "dep-v0"
    section.write_bytes(zlib.compress(json.dumps({"packages": [*packages, root]}).encode()))
    library = rewritten(parts.specific.library, "objcopy", f"--add-section=.dep-v0={section}")
    assert ".dep-v0" in readelf(library, "-SW")
    return parts.specific.linked(library).file


def _at_home(parts: Parts, home: str) -> File:
    """Panics name the folder of a user in place of the remapped one, as they do without --remap-path-prefix."""
    library = parts.specific.library
    assert len(home) == len(HOME)
    assert f"{HOME}/registry/src/" in program("strings", "-a", data=library)
    assert b"/home/" not in library
    changed = library.replace(HOME.encode(), home.encode())
    assert f"{home}/registry/src/" in program("strings", "-a", data=changed)
    return parts.specific.linked(changed).file


@plants("paths of the builder inside")
def _(parts: Parts) -> File:
    return _at_home(parts, "/home/builder/.cargo")


@plants("paths of a runner of macOS")
def _(parts: Parts) -> File:
    return _at_home(parts, "/Users/runner/.cargo")


@plants("the module is misnamed")
def _(parts: Parts) -> File:
    wheel = parts.specific
    assert "PyInit__native" in readelf(wheel.library, "--dyn-syms", "-W")
    renamed = wheel.moved("tiny/_native.", "tiny/_other.")
    return renamed.having({"tiny/__init__.py": b"from ._other import answer\n"}).file


@plants("a pointer instead of the library")
def _(parts: Parts) -> File:
    digest = "0123456789abcdef" * 4
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(parts.specific.library)}\n"
    return parts.specific.linked(pointer.encode()).file
