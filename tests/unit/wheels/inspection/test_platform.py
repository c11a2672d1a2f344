from __future__ import annotations

import pytest

from pyo3ops.core.model import Status
from pyo3ops.wheels.inspection import platform
from pyo3ops.wheels.inspection.binaries import Binary, Format

from .made import ELF, NAME, linux, member, other, says, wheel, word

NEW = (*ELF.versions, ("libc.so.6", "GLIBC_2.34"))


def test_a_tag_that_keeps_its_word() -> None:
    said = says(platform.platform, wheel(linux()))
    assert said.status is Status.OK
    assert said.detail == "manylinux_2_17_x86_64: needs glibc 2.14"
    assert said.evidence == ("the symbols that it needs are those of manylinux_2_17_x86_64",)


def test_a_symbol_that_is_too_new_is_named_with_what_uses_it() -> None:
    found = linux(versions=NEW, wanted=(("dlopen", "GLIBC_2.34"),))
    said = says(platform.platform, wheel(found))
    assert said.status is Status.FAIL
    assert "needs GLIBC_2.34 of libc.so.6, and manylinux_2_17_x86_64 promises GLIBC_2.17 at most" in said.detail
    assert said.evidence[0] == "libc.so.6: GLIBC_2.34, for dlopen"
    assert said.evidence[-1] == "the symbols that it needs are those of manylinux_2_34_x86_64"
    assert said.fix is not None
    assert "manylinux_2_34_x86_64" in said.fix.summary


def test_a_lower_tag_that_would_be_true_is_told() -> None:
    said = says(platform.platform, wheel(linux(), name=NAME.replace("2_17", "2_34")))
    assert said.status is Status.OK
    assert said.evidence == ("the symbols that it needs are those of manylinux_2_17_x86_64",)


@pytest.mark.parametrize(
    ("versions", "tag", "status"),
    [
        ((("libstdc++.so.6", "GLIBCXX_3.4.19"),), "manylinux_2_17_x86_64", "ok"),
        ((("libstdc++.so.6", "GLIBCXX_3.4.29"),), "manylinux_2_17_x86_64", "fail"),
        ((("libstdc++.so.6", "CXXABI_1.3.13"),), "manylinux_2_28_x86_64", "fail"),
        ((("libgcc_s.so.1", "GCC_4.3.0"),), "manylinux2014_x86_64", "ok"),
        ((("libc.so.6", "GLIBC_ABI_DT_RELR"),), "manylinux_2_35_x86_64", "fail"),
        ((("libc.so.6", "GLIBC_ABI_DT_RELR"),), "manylinux_2_36_x86_64", "ok"),
        ((("libc.so.6", "GLIBC_2.18"),), "manylinux2014_aarch64", "ok"),
        ((("libc.so.6", "GLIBC_2.18"),), "manylinux2014_x86_64", "fail"),
        ((("libc.so.6", "GLIBC_2.33"),), "manylinux_2_33_x86_64", "ok"),
        ((("libc.so.6", "GLIBC_2.34"),), "manylinux_2_33_x86_64", "fail"),
        ((("libc.so.6", "GLIBC_2.99"),), "manylinux_2_98_x86_64", "fail"),
        ((("libfoo.so.1", "FOO_9.9"),), "manylinux1_x86_64", "ok"),
    ],
)
def test_name_spaces_of_symbols(versions: tuple[tuple[str, str], ...], tag: str, status: str) -> None:
    assert word(platform.platform, wheel(linux(versions=versions), name=f"pkg-1.0-cp313-cp313-{tag}.whl")) == status


def test_of_two_tags_each_has_to_be_true() -> None:
    both = "pkg-1.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
    assert word(platform.platform, wheel(linux(), name=both)) == "ok"
    newer = "pkg-1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux_2_34_x86_64.whl"
    assert word(platform.platform, wheel(linux(versions=NEW), name=newer)) == "fail"


def test_what_the_wheel_brings_may_be_as_new_as_it_likes() -> None:
    own = linux("pkg.libs/libstdc++-1234.so.6", needed=(), versions=())
    user = linux(versions=(("libstdc++-1234.so.6", "GLIBCXX_3.4.40"),))
    assert word(platform.platform, wheel(user, own)) == "ok"


def test_no_index_takes_linux() -> None:
    said = says(platform.platform, wheel(linux(), name=NAME.replace("manylinux_2_17", "linux")))
    assert said.status is Status.FAIL
    assert said.detail == "no index takes linux_x86_64"
    assert said.evidence == ("the symbols that it needs are those of manylinux_2_17_x86_64",)


def test_musl_beside_glibc() -> None:
    musl = NAME.replace("manylinux_2_17", "musllinux_1_2")
    assert word(platform.platform, wheel(linux(), name=musl)) == "fail"
    own = linux(needed=("libc.so", "libgcc_s.so.1"), versions=())
    assert word(platform.platform, wheel(own, name=musl)) == "ok"
    assert word(platform.platform, wheel(own)) == "fail"


@pytest.mark.parametrize(
    ("machine", "target"), [("aarch64", "aarch64-unknown-linux-musl"), ("armv7l", "armv7-unknown-linux-musleabihf")]
)
def test_the_target_for_musl_is_that_of_the_tag(machine: str, target: str) -> None:
    said = says(platform.platform, wheel(linux(), name=f"pkg-1.0-cp313-cp313-musllinux_1_2_{machine}.whl"))
    assert said.fix is not None
    assert said.fix.argv == ("rustup", "target", "add", target)


@pytest.mark.parametrize("tag", ["manylinux_2_17_x86_64", "musllinux_1_2_x86_64", "win_amd64"])
def test_nothing_is_said_of_a_system_that_no_file_is_for(tag: str) -> None:
    found = wheel(other(Format.MACHO, MAC, {"machine": "x86_64"}), name=f"pkg-1.0-cp313-cp313-{tag}.whl")
    assert word(platform.platform, found) == "skip"
    assert word(platform.architecture, found) == "fail"


MAC = "pkg/pkg.cpython-313-darwin.so"


@pytest.mark.parametrize(
    ("tag", "minimums", "status"),
    [
        ("macosx_11_0_arm64", {"arm64": (11, 0)}, "ok"),
        ("macosx_11_0_arm64", {"arm64": (12, 3)}, "fail"),
        ("macosx_10_12_universal2", {"x86_64": (10, 12), "arm64": (11, 0)}, "ok"),
        ("macosx_10_12_x86_64", {"x86_64": (10, 13)}, "fail"),
        ("macosx_10_16_x86_64", {"x86_64": (11, 0)}, "ok"),
        ("macosx_11_0_arm64", {"arm64": None}, "ok"),
    ],
)
def test_macos_by_its_minimum(tag: str, minimums: dict[str, tuple[int, int] | None], status: str) -> None:
    parts = [{"machine": machine, "minimum": minimum} for machine, minimum in minimums.items()]
    found = wheel(other(Format.MACHO, MAC, *parts), name=f"pkg-1.0-cp313-cp313-{tag}.whl")
    assert word(platform.platform, found) == status
    assert word(platform.architecture, found) == "ok"


@pytest.mark.parametrize(
    ("machine", "tag", "status"),
    [
        ("x86_64", "manylinux_2_17_x86_64", "ok"),
        ("aarch64", "manylinux_2_17_x86_64", "fail"),
        ("x86_64", "manylinux_2_17_aarch64", "fail"),
        ("armv7", "manylinux_2_17_armv7l", "ok"),
        ("armv7", "musllinux_1_1_armv6l", "ok"),
        ("x86_64", "linux_x86_64", "ok"),
        ("x86_64", "linux_aarch64", "fail"),
        ("x86_64", "win_amd64", "fail"),
        ("x86_64", "macosx_11_0_x86_64", "fail"),
        ("x86_64", "any", "fail"),
        ("x86_64", "android_21_x86_64", "ok"),
    ],
)
def test_architectures(machine: str, tag: str, status: str) -> None:
    name = f"pkg-1.0-cp313-cp313-{tag}.whl"
    assert word(platform.architecture, wheel(linux(machine=machine), name=name)) == status


def test_universal2_is_both() -> None:
    one = other(Format.MACHO, MAC, {"machine": "arm64"})
    assert word(platform.architecture, wheel(one, name="pkg-1.0-cp313-cp313-macosx_11_0_universal2.whl")) == "fail"
    windows = other(Format.PE, "pkg/pkg.cp313-win_amd64.pyd", {"machine": "amd64"})
    assert word(platform.architecture, wheel(windows, name="pkg-1.0-cp313-cp313-win_amd64.whl")) == "ok"
    assert word(platform.architecture, wheel(windows, name="pkg-1.0-cp313-cp313-win_arm64.whl")) == "fail"


def test_programs_of_other_systems_may_be_carried_along() -> None:
    helper = linux("pkg/helpers/run_arm", machine="aarch64", defined=())
    assert word(platform.architecture, wheel(linux(), helper)) == "warn"


def test_a_wheel_for_all_systems_may_bring_a_module_for_some() -> None:
    windows = other(Format.PE, "pkg/fast.cp313-win_amd64.pyd", {"machine": "amd64"})
    assert word(platform.architecture, wheel(linux(), windows, name="pkg-1.0-py3-none-any.whl")) == "warn"


def test_what_cannot_be_read() -> None:
    damaged = Binary(member("pkg/pkg.abi3.so"), Format.ELF, error="a damaged ELF file")
    assert word(platform.architecture, wheel(damaged)) == "fail"
    unread = Binary(member("pkg/pkg.pyd"), Format.PE, error="pefile is not here", unread=True)
    said = says(platform.architecture, wheel(unread))
    assert said.status is Status.UNKNOWN
    assert said.fix is not None
    assert said.fix.argv == ("pip", "install", "pefile")


def test_nothing_compiled() -> None:
    pure = wheel(name="pkg-1.0-py3-none-any.whl")
    assert word(platform.platform, pure) == word(platform.architecture, pure) == "skip"
