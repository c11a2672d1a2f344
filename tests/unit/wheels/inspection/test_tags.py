from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.model import Status
from pyo3ops.wheels.inspection import abi3, tags
from pyo3ops.wheels.inspection.binaries import Binary, Format

from .made import INFO, NAME, WHEEL, linux, other, says, wheel, word

if TYPE_CHECKING:
    from pathlib import Path

NO_INIT: tuple[str, ...] = ()


def tagged(tmp_path: Path, name: str, lines: str = "", *binaries: Binary) -> str:
    """The verdict on a wheel of this name, with what its own WHEEL file says."""
    own = "".join(f"Tag: {line}\n" for line in lines.split()) or f"Tag: {'-'.join(name[:-4].rsplit('-', 3)[-3:])}\n"
    return word(tags.tag, wheel(*binaries, name=name, files={INFO + "WHEEL": own}, folder=tmp_path))


def test_the_same_in_both(tmp_path: Path) -> None:
    assert tagged(tmp_path, NAME, "", linux()) == "ok"


def test_a_compressed_set_is_written_out_line_by_line(tmp_path: Path) -> None:
    name = "pkg-1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    lines = "cp313-cp313-manylinux_2_17_x86_64 cp313-cp313-manylinux2014_x86_64"
    assert tagged(tmp_path, name, lines, linux()) == "ok"
    assert tagged(tmp_path, name, "", linux()) == "ok"
    assert tagged(tmp_path, name, lines.split(maxsplit=1)[0], linux()) == "warn"
    assert tagged(tmp_path, name, lines.replace("2_17", "2_28"), linux()) == "fail"
    nothing = wheel(linux(), files={INFO + "WHEEL": "Wheel-Version: 1.0\n"}, folder=tmp_path)
    assert word(tags.tag, nothing) == "fail"


def test_root_is_purelib(tmp_path: Path) -> None:
    pure = WHEEL + "Root-Is-Purelib: true\n"
    assert word(tags.tag, wheel(linux(), files={INFO + "WHEEL": pure}, folder=tmp_path)) == "warn"
    assert word(tags.tag, wheel(linux("pkg.libs/libx.so"), files={INFO + "WHEEL": pure}, folder=tmp_path)) == "ok"


def test_a_line_that_differs_is_shown(tmp_path: Path) -> None:
    found = wheel(linux(), files={INFO + "WHEEL": WHEEL.replace("2_17", "2_28")}, folder=tmp_path)
    said = says(tags.tag, found)
    assert said.status is Status.FAIL
    assert said.evidence == (
        "only in WHEEL: cp313-cp313-manylinux_2_28_x86_64",
        "only in the name: cp313-cp313-manylinux_2_17_x86_64",
    )


def test_no_wheel_file_and_no_name(tmp_path: Path) -> None:
    assert word(tags.tag, wheel(linux())) == "fail"
    assert word(tags.tag, wheel(name="pkg.whl", folder=tmp_path)) == "fail"


@pytest.mark.parametrize(
    ("suffix", "python", "status"),
    [
        (".cpython-313-x86_64-linux-gnu.so", "cp313-cp313", "ok"),
        (".cpython-313-x86_64-linux-gnu.so", "cp312-cp312", "fail"),
        (".cpython-313t-x86_64-linux-gnu.so", "cp313-cp313t", "ok"),
        (".cpython-313-x86_64-linux-gnu.so", "cp313-cp313t", "fail"),
        (".cpython-313t-x86_64-linux-gnu.so", "cp313-cp313", "fail"),
        (".cpython-39-darwin.so", "cp39-cp39", "ok"),
        (".pypy311-pp73-x86_64-linux-gnu.so", "pp311-pypy311_pp73", "ok"),
        (".pypy311-pp73-x86_64-linux-gnu.so", "cp311-cp311", "fail"),
        (".abi3.so", "cp313-cp313", "ok"),
        (".so", "cp313-cp313", "ok"),
        (".cpython-313-x86_64-linux-gnu.so", "py3-none", "ok"),
        (".cpython-313-x86_64-linux-gnu.so", "cp38-abi3", "ok"),
    ],
)
def test_the_python_of_a_suffix(tmp_path: Path, suffix: str, python: str, status: str) -> None:
    name = f"pkg-1.0-{python}-manylinux_2_17_x86_64.whl"
    assert tagged(tmp_path, name, "", linux(f"pkg/pkg{suffix}")) == status


@pytest.mark.parametrize(
    ("suffix", "tag", "status"),
    [
        (".cpython-313-aarch64-linux-gnu.so", "manylinux_2_17_x86_64", "fail"),
        (".cpython-313-aarch64-linux-gnu.so", "manylinux_2_17_aarch64", "ok"),
        (".cpython-313-x86_64-linux-musl.so", "manylinux_2_17_x86_64", "fail"),
        (".cpython-313-x86_64-linux-musl.so", "manylinux2014_x86_64", "fail"),
        (".cpython-313-x86_64-linux-musl.so", "musllinux_1_2_x86_64", "ok"),
        (".cpython-313-x86_64-linux-musl.so", "linux_x86_64", "ok"),
        (".cpython-313-x86_64-linux-gnu.so", "musllinux_1_2_x86_64", "ok"),
        (".cpython-313-x86_64-linux-gnu.so", "manylinux1_i686", "fail"),
        (".cpython-313-i386-linux-gnu.so", "manylinux1_i686", "ok"),
        (".cpython-313-arm-linux-gnueabihf.so", "manylinux_2_17_armv7l", "ok"),
        (".cpython-313-arm-linux-musleabihf.so", "musllinux_1_2_armv7l", "ok"),
        (".cpython-313-powerpc64le-linux-gnu.so", "manylinux_2_17_ppc64le", "ok"),
        (".cpython-313-aarch64-linux-gnu.so", "manylinux_2_17_armv7l", "fail"),
        (".cpython-313-aarch64-linux-gnu.so", "manylinux_2_17_x86_64.manylinux_2_17_aarch64", "ok"),
        (".cp313-win_amd64.pyd", "win_amd64", "ok"),
        (".cp313-win_amd64.pyd", "win_arm64", "fail"),
        (".cp313-win_amd64.pyd", "win32", "fail"),
    ],
)
def test_the_platform_of_a_suffix(tmp_path: Path, suffix: str, tag: str, status: str) -> None:
    lines = " ".join(f"cp313-cp313-{each}" for each in tag.split("."))
    assert tagged(tmp_path, f"pkg-1.0-cp313-cp313-{tag}.whl", lines, linux(f"pkg/pkg{suffix}")) == status


def test_one_of_several_suffixes_is_enough(tmp_path: Path) -> None:
    both = [linux(f"pkg/pkg.cpython-313-{machine}-linux-gnu.so") for machine in ("aarch64", "x86_64")]
    assert tagged(tmp_path, NAME, "", *both) == "ok"


@pytest.mark.parametrize(("needed", "status"), [("python313.dll", "fail"), ("python312.dll", "ok"), ("a.dll", "ok")])
def test_a_suffix_beside_a_dll(tmp_path: Path, needed: str, status: str) -> None:
    found = other(Format.PE, "pkg/pkg.cp312-win_amd64.pyd", {})
    found = replace(found, parts=(replace(found.parts[0], needed=(needed,)),))
    assert tagged(tmp_path, "pkg-1.0-cp312-cp312-win_amd64.whl", "", found) == status


def test_a_module_for_each_of_several_pythons(tmp_path: Path) -> None:
    both = [linux(f"pkg/pkg.cpython-{minor}-x86_64-linux-gnu.so") for minor in ("312", "313")]
    assert tagged(tmp_path, NAME, "", *both) == "ok"


@pytest.mark.parametrize(
    ("needed", "status"), [("python313.dll", "ok"), ("python312.dll", "fail"), ("python3.dll", "ok")]
)
def test_the_python_of_a_dll(tmp_path: Path, needed: str, status: str) -> None:
    found = other(Format.PE, "pkg/pkg.pyd", {})
    part = found.parts[0]
    found = Binary(found.member, found.format, (part.__class__(**{**part.__dict__, "needed": (needed,)}),))
    assert tagged(tmp_path, "pkg-1.0-cp313-cp313-win_amd64.whl", "", found) == status


@pytest.mark.parametrize(
    ("stem", "exports", "status"),
    [
        ("pkg", ("PyInit_pkg",), "ok"),
        ("pkg", ("PyInit_other", "PyInit_pkg"), "ok"),
        ("pkg", ("PyModExport_pkg",), "ok"),
        ("pkg", ("PyInit__pkg",), "fail"),
        ("pkg", NO_INIT, "fail"),
        ("größe", ("PyInitU_gre_4qa1n",), "fail"),
        ("größe", ("PyInitU_" + "größe".encode("punycode").decode().replace("-", "_"),), "ok"),
    ],
)
def test_the_function_of_the_module(stem: str, exports: tuple[str, ...], status: str) -> None:
    assert word(tags.module, wheel(linux(f"pkg/{stem}.abi3.so", defined=exports))) == status


def test_what_a_wrong_module_has_is_told() -> None:
    said = says(tags.module, wheel(linux("pkg/pkg.abi3.so", defined=("PyInit__pkg",))))
    assert said.detail == "pkg/pkg.abi3.so has no PyInit_pkg: it has PyInit__pkg"


def test_a_file_that_only_is_called_a_module(tmp_path: Path) -> None:
    files = {"pkg/pkg.cpython-313-x86_64-linux-gnu.so": "version https://git-lfs.github.com/spec/v1\n"}
    assert says(tags.module, wheel(files=files, folder=tmp_path)).status is Status.FAIL
    assert word(tags.module, wheel(files={"pkg/libx.so": "INPUT(libx.so.1)"}, folder=tmp_path)) == "skip"


def test_a_library_that_is_loaded_by_hand() -> None:
    by_hand = linux("pkg/_inject.abi3.so", defined=("inject",), undefined=("PyGILState_Ensure",))
    assert word(tags.module, wheel(linux(), by_hand)) == "warn"
    assert word(tags.module, wheel(by_hand)) == "fail"
    assert word(tags.module, wheel(linux("pkg/_ARC4.abi3.so", defined=("ARC4_init",), undefined=("malloc",)))) == "ok"


def test_a_library_that_is_no_module() -> None:
    plain = linux("pkg/_lowlevel.so", defined=("do_it",))
    bundled = linux("pkg.libs/libpkg.abi3.so", defined=())
    assert word(tags.module, wheel(plain, bundled)) == "skip"


ABI3 = "pkg-1.0-cp38-abi3-manylinux_2_17_x86_64.whl"


@pytest.mark.parametrize(
    ("suffix", "symbols", "status"),
    [
        (".abi3.so", ("PyList_New",), "ok"),
        (".so", ("PyList_New",), "ok"),
        (".abi3.so", ("PyList_New", "PyType_GetName"), "fail"),
        (".abi3.so", ("_Py_Dealloc", "_Py_NoneStruct"), "ok"),
        (".abi3.so", ("PyObject_CallOneArg",), "fail"),
        (".abi3.so", ("_PyObject_GC_New", "_PyLong_Frexp"), "fail"),
        (".abi3.so", ("PyAwaitable_New_of_another_library",), "fail"),
        (".abi3.so", ("Pyramid",), "ok"),
        (".cpython-313-x86_64-linux-gnu.so", ("PyList_New",), "fail"),
    ],
)
def test_the_stable_abi(suffix: str, symbols: tuple[str, ...], status: str) -> None:
    assert word(abi3.abi3, wheel(linux(f"pkg/pkg{suffix}", undefined=symbols), name=ABI3)) == status


def test_a_later_function_is_named_with_its_python() -> None:
    said = says(abi3.abi3, wheel(linux("pkg/pkg.abi3.so", undefined=("PyType_GetName", "PyList_New")), name=ABI3))
    assert said.detail == "pkg/pkg.abi3.so uses PyType_GetName, which Python 3.11 brought; the tag says 3.8"
    assert said.fix is not None
    assert "cp311" in said.fix.summary


def test_the_stable_abi_where_it_is_not_promised() -> None:
    assert word(abi3.abi3, wheel(linux(undefined=("PyObject_CallOneArg",)))) == "skip"
    assert word(abi3.abi3, wheel(linux("pkg/pkg.abi3.so"), name=ABI3.replace("cp38", "py3"))) == "unknown"
    assert word(abi3.abi3, wheel(name=ABI3)) == "skip"


def test_the_recorded_stable_abi() -> None:
    table = abi3.stable()
    assert table["PyList_New"] == 2
    assert table["PyType_GetName"] == 11
    assert table["_Py_Dealloc"] == 2
    assert "PyObject_CallOneArg" not in table
    assert len(table) > 800
