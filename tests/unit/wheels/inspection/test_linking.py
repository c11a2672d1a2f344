from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.wheels.inspection import linking
from pyo3ops.wheels.inspection.binaries import Binary, Format

from .made import INFO, METADATA, NAME, linux, other, says, wheel, word

if TYPE_CHECKING:
    from pathlib import Path

MUSL = NAME.replace("manylinux_2_17", "musllinux_1_2")


@pytest.mark.parametrize(
    ("library", "status"),
    [
        ("libpython3.13.so.1.0", "fail"),
        ("libpython3.so", "fail"),
        ("libpython3.13t.so.1.0", "fail"),
        ("libpythonic.so", "ok"),
        ("libc.so.6", "ok"),
    ],
)
def test_libpython(library: str, status: str) -> None:
    assert word(linking.libpython, wheel(linux(needed=(library,)))) == status


def test_libpython_of_a_program_may_be_meant() -> None:
    program = linux("pkg-1.0.data/scripts/run", needed=("libpython3.13.so.1.0",), defined=())
    assert word(linking.libpython, wheel(program)) == "warn"


def test_libpython_on_macos() -> None:
    found = mac("/Library/Frameworks/Python.framework/Versions/3.13/Python")
    assert word(linking.libpython, wheel(found)) == "fail"


def mac(*needed: str) -> Binary:
    made = other(Format.MACHO, "pkg/pkg.cpython-313-darwin.so", {"machine": "arm64"})
    return replace(made, parts=(replace(made.parts[0], needed=needed),))


def windows(*needed: str) -> Binary:
    made = other(Format.PE, "pkg/pkg.cp313-win_amd64.pyd", {"machine": "amd64"})
    return replace(made, parts=(replace(made.parts[0], needed=needed),))


@pytest.mark.parametrize(
    ("name", "library", "status"),
    [
        (NAME, "libpthread.so.0", "ok"),
        (NAME, "ld-linux-x86-64.so.2", "ok"),
        (NAME, "ld-linux-armhf.so.3", "ok"),
        (NAME, "libstdc++.so.6", "ok"),
        (NAME, "libcurl.so.4", "fail"),
        (NAME, "libssl.so.3", "fail"),
        (NAME, "libmvec.so.1", "fail"),
        (NAME.replace("2_17", "2_24"), "libmvec.so.1", "ok"),
        (NAME.replace("manylinux_2_17", "linux"), "libcurl.so.4", "fail"),
        (MUSL, "libc.so", "ok"),
        (MUSL, "libc.musl-x86_64.so.1", "ok"),
        (MUSL, "libgcc_s.so.1", "fail"),
    ],
)
def test_what_a_policy_brings(name: str, library: str, status: str) -> None:
    assert word(linking.libraries, wheel(linux(needed=(library,)), name=name)) == status


def test_what_the_wheel_brings() -> None:
    user = linux(needed=("libz-1234.so.1",), rpaths=("$ORIGIN/../pkg.libs",))
    library = linux("pkg.libs/libz-1234.so.1", needed=("libc.so.6",), defined=())
    assert word(linking.libraries, wheel(user, library)) == "ok"
    lost = replace(user, parts=(replace(user.parts[0], rpaths=()),))
    said = says(linking.libraries, wheel(lost, library))
    assert (said.status, said.detail) == (
        Status.WARN,
        "pkg/pkg.cpython-313-x86_64-linux-gnu.so needs libz-1234.so.1, which is in the wheel, and no RPATH leads there",
    )


def test_what_another_distribution_brings() -> None:
    user = linux(needed=("libQt6Core.so.6",), rpaths=("$ORIGIN/Qt6/lib",))
    assert word(linking.libraries, wheel(user)) == "fail"


def test_what_a_required_distribution_may_bring(tmp_path: Path) -> None:
    user = linux(needed=("libQt6Core.so.6",), rpaths=("$ORIGIN/Qt6/lib",))
    files = {INFO + "METADATA": METADATA + "Requires-Dist: Qt6\n"}
    assert word(linking.libraries, wheel(user, files=files, folder=tmp_path)) == "unknown"
    extra = {INFO + "METADATA": METADATA + 'Requires-Dist: Qt6; extra == "all"\n'}
    assert word(linking.libraries, wheel(user, files=extra, folder=tmp_path)) == "fail"
    nowhere = linux(needed=("libcurl.so.4",))
    assert word(linking.libraries, wheel(nowhere, files=files, folder=tmp_path)) == "fail"


@pytest.mark.parametrize(
    ("library", "status"),
    [
        ("/usr/lib/libSystem.B.dylib", "ok"),
        ("/System/Library/Frameworks/Security.framework/Versions/A/Security", "ok"),
        ("/opt/homebrew/opt/openssl@3/lib/libssl.3.dylib", "fail"),
        ("@rpath/libgone.dylib", "fail"),
        ("@executable_path/libgone.dylib", "warn"),
        ("@loader_path/libgone.dylib", "warn"),
        ("libgone.dylib", "fail"),
    ],
)
def test_libraries_of_macos(library: str, status: str) -> None:
    assert word(linking.libraries, wheel(mac(library))) == status


DYLIB = other(Format.MACHO, "pkg/.dylibs/libx.dylib", {"machine": "arm64"})


@pytest.mark.parametrize(
    ("library", "rpaths", "status"),
    [
        ("@loader_path/.dylibs/libx.dylib", (), "ok"),
        ("@loader_path/libx.dylib", (), "warn"),
        ("@rpath/libx.dylib", ("@loader_path/.dylibs",), "ok"),
        ("@rpath/.dylibs/libx.dylib", ("@loader_path/",), "ok"),
        ("@rpath/libx.dylib", ("@loader_path",), "warn"),
        ("@rpath/libx.dylib", (), "warn"),
        ("@rpath/libgone.dylib", ("@loader_path",), "fail"),
        ("@rpath/libgone.dylib", ("/usr/lib/swift",), "warn"),
        ("/opt/homebrew/lib/libx.dylib", (), "fail"),
        ("/DLC/pkg/.dylibs/libx.dylib", (), "ok"),
        ("libx.dylib", (), "ok"),
    ],
)
def test_copies_of_delocate(library: str, rpaths: tuple[str, ...], status: str) -> None:
    made = mac(library)
    made = replace(made, parts=(replace(made.parts[0], rpaths=rpaths),))
    assert word(linking.libraries, wheel(made, DYLIB)) == status


def test_a_required_distribution_may_bring_what_rpath_finds(tmp_path: Path) -> None:
    files = {INFO + "METADATA": METADATA + "Requires-Dist: other\n"}
    assert word(linking.libraries, wheel(mac("@rpath/libgone.dylib"), files=files, folder=tmp_path)) == "warn"


@pytest.mark.parametrize(
    ("place", "status"), [("pkg/X.dll", "ok"), ("pkg.libs/x.dll", "ok"), ("pkg/bin/x.dll", "warn"), ("x.dll", "warn")]
)
def test_where_windows_looks(place: str, status: str) -> None:
    library = other(Format.PE, place, {"machine": "amd64"})
    assert word(linking.libraries, wheel(windows("x.dll"), library)) == status


def test_a_command_has_the_path_that_was_given() -> None:
    found = wheel(linux(needed=("libcurl.so.4",)))
    found = replace(found, archive=replace(found.archive, shown=f"dist/{NAME}"))
    said = says(linking.libraries, found)
    assert said.fix is not None
    assert said.fix.argv == ("auditwheel", "repair", f"dist/{NAME}")


@pytest.mark.parametrize(
    ("library", "status"),
    [
        ("kernel32.dll", "ok"),
        ("api-ms-win-crt-math-l1-1-0.dll", "ok"),
        ("python313.dll", "ok"),
        ("vcruntime140.dll", "ok"),
        ("libcurl.dll", "warn"),
    ],
)
def test_libraries_of_windows(library: str, status: str) -> None:
    assert word(linking.libraries, wheel(windows(library))) == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("$ORIGIN", "ok"),
        ("$ORIGIN/../pkg", "ok"),
        ("${ORIGIN}/", "ok"),
        ("$ORIGIN/../pkg.libs", "warn"),
        ("$ORIGIN/../../other/lib", "ok"),
        ("", "fail"),
        ("/home/builder/lib", "fail"),
        ("/tmp/build/lib", "fail"),  # noqa: S108 - nothing is written there
        ("lib", "fail"),
        (".", "fail"),
        ("/usr/local/lib", "warn"),
    ],
)
def test_paths_that_are_searched(path: str, status: str) -> None:
    assert word(linking.rpath, wheel(linux(rpaths=(path,)))) == status


def test_paths_on_macos_are_those_of_rpath_names() -> None:
    made = mac("@rpath/libx.dylib")
    path = ("/Users/runner/work/lib",)
    assert word(linking.rpath, wheel(replace(made, parts=(replace(made.parts[0], rpaths=path),)))) == "fail"
    made = mac("/usr/lib/libSystem.B.dylib")
    assert word(linking.rpath, wheel(replace(made, parts=(replace(made.parts[0], rpaths=path),)))) == "warn"


def test_the_stack() -> None:
    assert word(linking.execstack, wheel(linux())) == "ok"
    said = says(linking.execstack, wheel(linux(), linux("pkg.libs/libx.so", executable_stack=True)))
    assert (said.status, said.detail) == (Status.FAIL, "pkg.libs/libx.so asks for an executable stack")
    assert word(linking.execstack, wheel(mac())) == "skip"


@pytest.mark.parametrize("rule", [linking.libpython, linking.libraries, linking.rpath, linking.execstack])
def test_nothing_compiled(rule: object) -> None:
    assert callable(rule)
    assert word(rule, wheel()) == "skip"
