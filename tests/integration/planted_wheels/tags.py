"""Names that promise what the file is not, and the rules of abi3."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .archives import readelf
from .planting import MINOR, OTHER, on, plants, platform
from .project import glibc

if TYPE_CHECKING:
    from .archives import File, Wheel
    from .project import Parts


@plants("glibc newer than the tag")
def _(parts: Parts) -> File:
    assert glibc(parts.specific.library) > (2, 17)
    return on(parts.specific, "manylinux_2_17_x86_64").file


@plants("linux tag")
def _(parts: Parts) -> File:
    return on(parts.specific, "linux_x86_64").file


@plants("tag of another architecture")
def _(parts: Parts) -> File:
    assert "X86-64" in readelf(parts.specific.library, "-h")
    return on(parts.specific, platform(parts.specific).replace("x86_64", "aarch64")).file


@plants("tag of another Python")
def _(parts: Parts) -> File:
    assert f".cpython-3{MINOR}-" in parts.specific.module
    return parts.specific.tagged(f"cp3{OTHER}-cp3{OTHER}-{platform(parts.specific)}").file


@plants("WHEEL disagrees with the name")
def _(parts: Parts) -> File:
    return parts.specific.saying(f"cp3{OTHER}-cp3{OTHER}-{platform(parts.specific)}").file


@plants("glibc library in a musllinux wheel")
def _(parts: Parts) -> File:
    assert "[libc.so.6]" in readelf(parts.specific.library, "-dW")
    return on(parts.specific, "musllinux_1_2_x86_64").file


@plants("GLIBCXX newer than the policy", "floor")
def _(parts: Parts) -> File:
    library = parts.libraries["libstdcxx"]
    assert "GLIBCXX_3.4.30" in readelf(library, "-VW")
    assert glibc(library) <= (2, 17)
    return parts.floor.linked(library).file


@plants("one tag of a set is untrue")
def _(parts: Parts) -> File:
    assert glibc(parts.specific.library) > (2, 17)
    return on(parts.specific, f"manylinux_2_17_x86_64.{platform(parts.specific)}").file


@plants("manylinux1 by its old name")
def _(parts: Parts) -> File:
    assert glibc(parts.specific.library) > (2, 5)
    return on(parts.specific, "manylinux1_x86_64").file


@plants("macOS tag on a library of Linux")
def _(parts: Parts) -> File:
    return on(parts.specific, "macosx_10_12_x86_64").file


@plants("tag for every machine")
def _(parts: Parts) -> File:
    return parts.specific.tagged("py3-none-any").file


@plants("free-threaded tag on a library with the GIL")
def _(parts: Parts) -> File:
    assert f".cpython-3{MINOR}-x" in parts.specific.module
    return parts.specific.tagged(f"cp313-cp313t-{platform(parts.specific)}").file


@plants("Root-Is-Purelib")
def _(parts: Parts) -> File:
    return parts.specific.editing("WHEEL", ("^Root-Is-Purelib: false", "Root-Is-Purelib: true")).file


@plants("second library for another machine")
def _(parts: Parts) -> File:
    wheel = parts.specific
    library = wheel.library.replace(b"PyInit__native", b"PyInit__second")
    library = library[:18] + struct.pack("<H", 183) + library[20:]
    assert "AArch64" in readelf(library, "-h")
    assert "PyInit__second" in readelf(library, "--dyn-syms", "-W")
    names = {name: name.replace("_native", "_second") for name in (wheel.module, "tiny/_native.pyi")}
    return wheel.having({names[wheel.module]: library, names["tiny/_native.pyi"]: b"def answer() -> int: ...\n"}).file


@plants("two platform tags", "floor")
def _(parts: Parts) -> File:
    return on(parts.floor, "manylinux_2_17_x86_64.manylinux2014_x86_64").file


@plants("tags in another order", "floor")
def _(parts: Parts) -> File:
    return on(parts.floor, "manylinux2014_x86_64.manylinux_2_17_x86_64").file


@plants("build number")
def _(parts: Parts) -> File:
    wheel = parts.specific.editing("WHEEL", ("^Root-Is-Purelib", "Build: 1\nRoot-Is-Purelib"))
    return wheel.file._replace(name=wheel.name.replace("-cp", "-1-cp", 1))


@plants("abi3 in name only")
def _(parts: Parts) -> File:
    return parts.specific.tagged(f"cp38-abi3-{platform(parts.specific)}").file


def _calling(parts: Parts, library: str, function: str) -> Wheel:
    assert f" {function}" in readelf(parts.libraries[library], "--dyn-syms", "-W")
    assert f" {function}" not in readelf(parts.abi3.library, "--dyn-syms", "-W")
    return parts.abi3.linked(parts.libraries[library])


@plants("abi3 with a later symbol", "abi3")
def _(parts: Parts) -> File:
    return _calling(parts, "later", "PyErr_GetRaisedException").file


@plants("abi3 with a function outside the stable ABI", "abi3")
def _(parts: Parts) -> File:
    return _calling(parts, "outside", "PyUnicode_FromKindAndData").file


@plants("abi3 library named for one Python", "abi3")
def _(parts: Parts) -> File:
    assert ".abi3.so" in parts.abi3.module
    return parts.abi3.moved(parts.abi3.module, f"tiny/_native.cpython-3{MINOR}-x86_64-linux-gnu.so").file


@plants("abi3 of a later Python", "abi3")
def _(parts: Parts) -> File:
    wheel = _calling(parts, "later", "PyErr_GetRaisedException").tagged(f"cp312-abi3-{platform(parts.abi3)}")
    return wheel.editing("METADATA", ("^Requires-Python: .*", "Requires-Python: >=3.12")).file
