from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.errors import ConfigError
from pyo3ops.wheels.planned import TARGETS
from pyo3ops.wheels.platforms import Platform, System, floor_of, musl_target, platform_of, read_tag, version


@pytest.mark.parametrize(
    ("target", "system", "architecture"),
    [
        ("x86_64-unknown-linux-gnu", System.GLIBC, "x86_64"),
        ("armv7-unknown-linux-gnueabihf", System.GLIBC, "armv7l"),
        ("arm-unknown-linux-gnueabihf", System.GLIBC, "armv6l"),
        ("armv7-unknown-linux-musleabihf", System.MUSL, "armv7l"),
        ("i686-unknown-linux-musl", System.MUSL, "i686"),
        ("powerpc64le-unknown-linux-gnu", System.GLIBC, "ppc64le"),
        ("powerpc64-unknown-linux-gnu", System.GLIBC, "ppc64"),
        ("riscv64gc-unknown-linux-gnu", System.GLIBC, "riscv64"),
        ("s390x-unknown-linux-gnu", System.GLIBC, "s390x"),
        ("aarch64-apple-darwin", System.MACOS, "arm64"),
        ("universal2-apple-darwin", System.MACOS, "universal2"),
        ("x86_64-pc-windows-gnu", System.WINDOWS, "win_amd64"),
        ("i686-pc-windows-msvc", System.WINDOWS, "win32"),
        ("aarch64-pc-windows-msvc", System.WINDOWS, "win_arm64"),
        ("wasm32-unknown-emscripten", System.EMSCRIPTEN, "wasm32"),
    ],
)
def test_a_target_is_a_platform(target: str, system: System, architecture: str) -> None:
    assert platform_of(target) == Platform(system, architecture)


@pytest.mark.parametrize(
    "target",
    ["", "linux", "x86_64-unknown-freebsd", "x86_64-unknown-linux", "riscv64-apple-darwin", "armv7-pc-windows-msvc",
     "wasm32-wasip1", "x86_64-unknown-linux-gnux32", "x86_64-unknown-linux-gnu\n"],
)  # fmt: skip
def test_a_target_without_wheels_is_refused(target: str) -> None:
    with pytest.raises(ConfigError) as caught:
        platform_of(target)
    assert repr(target) in caught.value.message


@pytest.mark.parametrize(
    ("tag", "words", "floor"),
    [
        ("manylinux1_x86_64", "Linux with glibc, x86_64", (2, 5)),
        ("manylinux2010_i686", "Linux with glibc, i686", (2, 12)),
        ("manylinux2014_aarch64", "Linux with glibc, aarch64", (2, 17)),
        ("manylinux_2_28_ppc64le", "Linux with glibc, ppc64le", (2, 28)),
        ("musllinux_1_2_armv7l", "Linux with musl, armv7l", (1, 2)),
        ("macosx_10_12_x86_64", "macOS, x86_64", (10, 12)),
        ("macosx_11_0_arm64", "macOS, arm64", (11, 0)),
        ("pyemscripten_2026_0_wasm32", "Emscripten, wasm32", (2026, 0)),
        ("win_amd64", "Windows, win_amd64", ()),
    ],
)
def test_a_platform_tag_says_what_it_admits(tag: str, words: str, floor: tuple[int, ...]) -> None:
    found = read_tag(tag)
    assert found
    assert (str(found.platform), found.floor) == (words, floor)


@pytest.mark.parametrize("tag", ["any", "linux_x86_64", "manylinux_2_x86_64", "manylinux3_x86_64", "win_x86", ""])
def test_a_tag_that_no_index_takes(tag: str) -> None:
    assert read_tag(tag) is None


def test_every_usual_target_has_its_tag() -> None:
    tags = {"manylinux_2_17_", "musllinux_1_2_", "macosx_11_0_", ""}
    for target in TARGETS:
        platform = platform_of(target)
        found = [read_tag(prefix + platform.architecture) for prefix in tags]
        assert platform in [each.platform for each in found if each]


@pytest.mark.parametrize(
    ("architecture", "promised", "floor"),
    [("riscv64", (2, 17), (2, 31)), ("riscv64", (2, 39), (2, 39)), ("loongarch64", (2, 28), (2, 36)),
     ("x86_64", (2, 17), (2, 17))],
)  # fmt: skip
def test_no_glibc_is_older_than_its_architecture(
    architecture: str, promised: tuple[int, ...], floor: tuple[int, ...]
) -> None:
    assert floor_of(Platform(System.GLIBC, architecture), promised) == floor
    assert floor_of(Platform(System.MUSL, architecture), (1, 2)) == (1, 2)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2_28", (2, 28)), ("2.28", (2, 28)), ("2014", (2, 17)), ("manylinux2010", (2, 12)), ("1", (2, 5)),
     ("manylinux_2_34", (2, 34)), ("musllinux_1_2", (1, 2))],
)  # fmt: skip
def test_versions_are_read(text: str, numbers: tuple[int, ...]) -> None:
    assert version(text) == numbers


@pytest.mark.parametrize(
    ("architecture", "target"),
    [
        ("x86_64", "x86_64-unknown-linux-musl"),
        ("i686", "i686-unknown-linux-musl"),
        ("armv6l", "arm-unknown-linux-musleabihf"),
        ("armv7l", "armv7-unknown-linux-musleabihf"),
        ("ppc64le", "powerpc64le-unknown-linux-musl"),
        ("ppc64", "powerpc64-unknown-linux-musl"),
        ("riscv64", "riscv64gc-unknown-linux-musl"),
    ],
)
def test_the_target_for_musl_makes_wheels_of_that_architecture(architecture: str, target: str) -> None:
    assert musl_target(architecture) == target
    assert platform_of(target) == Platform(System.MUSL, architecture)


@given(st.text(max_size=12))
def test_any_text_is_a_version_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert len(version(text)) == 2


@given(st.from_regex(r"[a-z]+_?\d{0,4}(_\d{1,2})?_[a-z0-9_]+", fullmatch=True))
def test_any_tag_is_read_or_not(tag: str) -> None:
    found = read_tag(tag)
    assert found is None or tag.endswith(found.platform.architecture)
