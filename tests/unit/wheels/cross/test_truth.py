from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pyo3ops.tools.elf import Elf
from pyo3ops.wheels.cross import rows, truth
from pyo3ops.wheels.cross.truth import Library, Truth

ARM, MUSL, WINDOWS = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "x86_64-pc-windows-gnu"])


def library(
    machine: str = "aarch64", needed: tuple[str, ...] = ("libc.so.6",), glibc: tuple[str, ...] = ("2.17",)
) -> Library:
    versions = tuple(("libc.so.6", f"GLIBC_{each}") for each in glibc)
    return Library(
        "it/it.so",
        Elf(
            machine=machine,
            bits=64,
            soname="",
            needed=needed,
            rpaths=(),
            build_id="",
            executable_stack=False,
            versions=versions,
            undefined=(),
            defined=(),
            sections=(),
            has_symbols=False,
            has_debug=False,
            debuglink="",
        ),
    )


def test_a_true_tag() -> None:
    found = truth.judge("it-1-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl", [library()], ARM)
    assert found == Truth((2, 17), ())


@pytest.mark.parametrize(
    ("wheel", "found", "wrong"),
    [
        ("it-1-cp311-cp311-manylinux_2_17_aarch64.whl", [], ["it has no library"]),
        (
            "it-1-cp311-cp311-manylinux_2_17_aarch64.whl",
            [Library("it.so", None)],
            ["it.so is no ELF file that can be read"],
        ),
        (
            "it-1-cp311-cp311-manylinux_2_17_aarch64.whl",
            [library("x86_64")],
            ["it/it.so is for x86_64, not aarch64"],
        ),
        (
            "it-1-cp311-cp311-manylinux_2_17_aarch64.whl",
            [library(needed=("libpython3.11.so.1.0", "libc.so.6"))],
            ["it/it.so needs libpython3.11.so.1.0"],
        ),
        (
            "it-1-cp311-cp311-manylinux_2_17_aarch64.whl",
            [library(glibc=("2.4", "2.34", "2.17"))],
            ["the tag admits glibc 2.17, and it/it.so needs GLIBC_2.34 of libc.so.6"],
        ),
        (
            "it-1-cp311-cp311-linux_aarch64.whl",
            [library()],
            ["it-1-cp311-cp311-linux_aarch64.whl has a platform tag that no index takes"],
        ),
        (
            "it-1-cp311-cp311-musllinux_1_2_aarch64.whl",
            [library()],
            ["it-1-cp311-cp311-musllinux_1_2_aarch64.whl is for Linux with musl, aarch64"],
        ),
    ],
)
def test_a_tag_that_is_not_true(wheel: str, found: list[Library], wrong: list[str]) -> None:
    assert list(truth.judge(wheel, found, ARM).wrong) == wrong


def test_versions_are_numbers_not_words() -> None:
    wheel = "it-1-cp311-cp311-manylinux_2_17_aarch64.whl"
    assert truth.judge(wheel, [library(glibc=("2.9", "2.17"))], ARM).glibc == (2, 17)
    assert truth.judge(wheel, [library(glibc=("PRIVATE", "2.5.1"))], ARM).glibc == (2, 5, 1)


def test_musl_needs_nothing_of_glibc() -> None:
    wheel = "it-1-cp311-cp311-musllinux_1_2_x86_64.whl"
    assert truth.judge(wheel, [library("x86_64", ("libc.so",), ())], MUSL) == Truth((), ())
    wrong = truth.judge(wheel, [library("x86_64", ("libc.so.6",), ())], MUSL).wrong
    assert wrong == ("it/it.so needs libc.so.6, which is glibc's",)


def test_libraries_of_other_systems_are_no_elf_files() -> None:
    assert truth.judge("it-1-cp38-abi3-win_amd64.whl", [Library("it.pyd", None)], WINDOWS) == Truth((), ())


def test_the_libraries_of_a_wheel_are_read(tmp_path: Path) -> None:
    wheel = tmp_path / "it-1-cp311-cp311-manylinux_2_17_aarch64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("it/it.so", b"\x7fELF and nothing more")
        archive.writestr("it/__init__.py", b"")
    assert truth.libraries(wheel) == (Library("it/it.so", None),)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", b"\x00" * 100])
def test_what_is_no_wheel_is_told(tmp_path: Path, data: bytes) -> None:
    wheel = tmp_path / "it.whl"
    wheel.write_bytes(data)
    assert str(truth.libraries(wheel)).startswith("it.whl cannot be read: ")
    assert str(truth.libraries(Path("/nowhere/it.whl"))).startswith("it.whl cannot be read: ")
