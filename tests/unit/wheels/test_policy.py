from __future__ import annotations

import pytest

from pyo3ops.wheels import policy


def test_the_rows() -> None:
    rows = policy.policies()
    assert [row.name for row in rows[:3]] == ["manylinux_2_5", "manylinux_2_12", "manylinux_2_17"]
    assert [row.glibc for row in rows] == sorted(row.glibc for row in rows)
    # PEP 513, 571 and 599, in their tables of symbol versions.
    assert {row.aliases[0]: row.maxima["GLIBC"] for row in rows[:3]} == {
        "manylinux1": "2.5",
        "manylinux2010": "2.12",
        "manylinux2014": "2.17",
    }
    assert rows[0].maxima["GLIBCXX"] == "3.4.8"
    assert all(rows[index].libraries <= rows[index + 1].libraries for index in range(len(rows) - 1))


def test_what_an_architecture_has_otherwise() -> None:
    row = policy.policies()[2]
    assert row.highest("GLIBC", "x86_64") == (2, 17)
    assert row.highest("GLIBC", "aarch64") == (2, 18)
    assert row.highest("NOTHING", "x86_64") is None


@pytest.mark.parametrize(
    ("version", "parsed"),
    [
        ("GLIBC_2.2.5", ("GLIBC", (2, 2, 5))),
        ("GLIBC_ABI_DT_RELR", ("GLIBC", (2, 36))),
        ("GLIBC_PRIVATE", ("GLIBC", ())),
        ("CXXABI_TM_1", ("CXXABI", ())),
        ("GLIBCXX_3.4.30", ("GLIBCXX", (3, 4, 30))),
        ("", ("", ())),
    ],
)
def test_versions(version: str, parsed: tuple[str, tuple[int, ...]]) -> None:
    assert policy.parsed(version) == parsed


@pytest.mark.parametrize(
    ("versions", "tag"),
    [
        ((), "manylinux_2_5_x86_64"),
        (("GLIBC_2.14",), "manylinux_2_17_x86_64"),
        (("GLIBC_2.17", "GLIBCXX_3.4.20"), "manylinux_2_24_x86_64"),
        (("GLIBC_2.34",), "manylinux_2_34_x86_64"),
        (("GLIBC_2.77",), "manylinux_2_77_x86_64"),
        (("GLIBCXX_9.9",), None),
    ],
)
def test_the_oldest_systems_that_have_it_all(versions: tuple[str, ...], tag: str | None) -> None:
    assert policy.honest([("libc.so.6", version) for version in versions], "x86_64") == tag


def test_a_tag_between_two_rows() -> None:
    pairs = [("libc.so.6", "GLIBC_2.30"), ("libstdc++.so.6", "GLIBCXX_3.4.28")]
    assert list(policy.excess(pairs, (2, 30), "x86_64")) == []
    (beyond,) = policy.excess(pairs, (2, 29), "x86_64")
    assert (beyond.version, beyond.limit) == ("GLIBC_2.30", "GLIBC_2.29")


@pytest.mark.parametrize(
    ("library", "glibc", "allowed"),
    [
        ("libc.so.6", (2, 17), True),
        ("libcurl.so.4", (2, 17), False),
        ("ld-linux-aarch64.so.1", (2, 17), True),
        ("libc.musl-x86_64.so.1", None, True),
        ("libc.so.6", None, False),
        ("libc.so.6", (2, 99), True),
    ],
)
def test_libraries(library: str, glibc: tuple[int, ...] | None, allowed: bool) -> None:  # noqa: FBT001 - a row of a table
    assert policy.allowed(library, glibc) is allowed
