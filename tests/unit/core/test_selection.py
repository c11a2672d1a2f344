from __future__ import annotations

from dataclasses import replace

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.core.selection import Selection, fits, is_known, near

KNOWN = ("rust.rustc", "rust.msrv", "python.headers")
WARNED = Finding("rust.msrv", "title", Status.WARN, "old", ("evidence",), Fix("update"))


def test_a_family_is_a_pattern_and_a_prefix_is_not() -> None:
    assert fits("rust.msrv", "rust.msrv")
    assert fits("rust.msrv", "rust")
    assert not fits("rust.msrv", "rust.ms")
    assert not fits("rust.msrv", "rus")


def test_chosen_keeps_order() -> None:
    assert Selection(("python", "rust.msrv")).chosen(KNOWN) == ("rust.msrv", "python.headers")
    assert Selection().chosen(KNOWN) == KNOWN


@pytest.mark.parametrize("selection", [Selection(select=("rust.msvr",)), Selection(require=("rust.msvr",))])
def test_a_misspelt_pattern_names_the_nearest(selection: Selection) -> None:
    with pytest.raises(UsageError, match=r"there is no check 'rust.msvr'; did you mean rust.msrv\?") as caught:
        selection.verify(KNOWN)
    assert caught.value.command == "pyo3ops validate --list-checks"


def test_a_pattern_unlike_any_names_the_families() -> None:
    with pytest.raises(UsageError, match="there is no check 'zzz'; known families: python, rust"):
        Selection(ignore=(("zzz", "reason"),)).verify(KNOWN)


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        ("examples", True),
        ("examples.hello_world", True),
        ("examples.hello_world.test", True),
        ("examples.", False),
        ("example", False),
        ("build", True),
        ("build.x", False),
    ],
)
def test_a_star_stands_for_any_name(pattern: str, known: bool) -> None:  # noqa: FBT001
    assert is_known(pattern, ["examples.*", "build"]) is known


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("rust.rustx", "did you mean rust.rustc?"),
        ("pyton", "did you mean python?"),
        # Two that are as near are both named.
        ("rust.mst", "did you mean rust.msa or rust.msb?"),
        ("zzz", "known families: python, rust"),
    ],
)
def test_the_nearest_are_named(pattern: str, hint: str) -> None:
    assert near(pattern, ["rust.rustc", "rust.msa", "rust.msb", "python.headers"]) == hint


def test_of_a_few_all_are_named() -> None:
    assert near("zzz", ["examples.*"]) == "known: examples.NAME"
    assert near("zzz", [f"a.{number}" for number in range(10)]) == (
        "known: a.0, a.1, a.2, a.3, a.4, a.5, a.6, a.7 and 2 more"
    )
    assert near("zzz", []) == "nothing is found here that could be chosen"


@pytest.mark.parametrize(
    ("selection", "key"),
    [
        (Selection(("rust.msvr",)), "select"),
        (Selection(ignore=(("rust.msvr", "x"),)), "ignore"),
        (Selection(require=("rust.msvr",)), "require"),
    ],
)
def test_a_misspelt_pattern_of_the_configuration_names_file_and_key(selection: Selection, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^a\.b\.{key} in pyproject\.toml names 'rust\.msvr', .*rust\.msrv\?$"):
        selection.verify_keys(KNOWN, "a.b", "command")
    selection.verify_keys(["rust.msvr"], "a.b", "command")


def test_families_and_ids_are_known() -> None:
    Selection(("rust", "python.headers"), (("rust.msrv", "reason"),), ("rust",)).verify(KNOWN)


def test_ignored_is_skipped_with_the_reason() -> None:
    (skipped,) = Selection(ignore=(("rust", "CI has it"),)).apply([WARNED])
    detail = "ignored: CI has it (it said warn: old)"
    assert skipped == Finding("rust.msrv", "title", Status.SKIP, detail)


@pytest.mark.parametrize("status", [Status.OK, Status.CRASH])
def test_neither_ok_nor_a_crash_is_ignored(status: Status) -> None:
    finding = replace(WARNED, status=status)
    assert Selection(ignore=(("rust", "reason"),)).apply([finding]) == (finding,)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Status.WARN, Status.FAIL), (Status.UNKNOWN, Status.FAIL), (Status.SKIP, Status.SKIP), (Status.OK, Status.OK)],
)
def test_required_may_not_merely_warn(status: Status, expected: Status) -> None:
    (judged,) = Selection(require=("rust.msrv",)).apply([replace(WARNED, status=status, fix=None)])
    assert judged.status is expected


def test_a_tool_that_nothing_asked_for_is_missing_once_it_is_required() -> None:
    absent = replace(WARNED, status=Status.SKIP, fix=Fix("install it"))
    assert Selection().apply([absent]) == (absent,)
    (judged,) = Selection(require=("rust",)).apply([absent])
    assert judged == replace(absent, status=Status.FAIL)


def test_what_is_not_selected_is_left_out() -> None:
    assert Selection(("python",)).apply([WARNED]) == ()


def test_the_command_line_selects_before_the_configuration() -> None:
    line, config = Selection(("a",), (("b", "1"),), ("c",)), Selection(("x",), (("y", "2"),), ("z",))
    assert line.merged(config) == Selection(("a",), (("b", "1"), ("y", "2")), ("c", "z"))
    assert Selection().merged(config).select == ("x",)
