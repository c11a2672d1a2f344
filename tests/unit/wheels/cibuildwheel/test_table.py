from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.wheels.cibuildwheel.keys import Setting
from pyo3ops.wheels.cibuildwheel.table import MARK, configuration, merge, written

BUILD = Setting("", "build", ("cp38-*", "cp39-*"), "the plan", ("why 3.8", "why 3.9"))
FRONTEND = Setting("", "build-frontend", "build", "why not")
ARCHS = Setting("linux", "archs", ("x86_64",), "the targets")
ENVIRONMENT = Setting("linux", "environment", {"PATH": "$PATH:$HOME/.cargo/bin"}, "rustup")
COMMAND = Setting("", "test-command", 'python -c "import a"', "it has to load")
ALL = (BUILD, FRONTEND, COMMAND, ARCHS, ENVIRONMENT)

PROJECT = """\
# A comment at the top.
[project]
name = "a"   # a comment behind
classifiers = [
    "A",  # one
]

[tool.maturin]
module-name = "a"
"""
TABLE = """
[tool.cibuildwheel]
build = [
    "cp38-*", # why 3.8
    "cp39-*", # why 3.9
] # pyo3ops: the plan
build-frontend = "build" # pyo3ops: why not
test-command = 'python -c "import a"' # pyo3ops: it has to load

[tool.cibuildwheel.linux]
archs = ["x86_64"] # pyo3ops: the targets
environment = {PATH = "$PATH:$HOME/.cargo/bin"} # pyo3ops: rustup
"""


def put(text: str, *rows: Setting) -> str:
    return merge(text.encode(), rows).after


def test_the_table_is_added_below_all_else() -> None:
    assert put(PROJECT, *ALL) == PROJECT + TABLE


def test_what_is_written_is_not_stale() -> None:
    merged = merge((PROJECT + TABLE).encode(), ALL)
    assert (merged.stale, merged.there, merged.kept, merged.difference("p")) == (False, True, (), ())


def test_taking_all_away_leaves_what_was_there() -> None:
    assert put(PROJECT + TABLE) == PROJECT


def test_an_empty_file_becomes_the_table_alone() -> None:
    assert put("", FRONTEND) == '[tool.cibuildwheel]\nbuild-frontend = "build" # pyo3ops: why not\n'


def test_one_key_changes_and_the_rest_stays_to_the_byte() -> None:
    before = PROJECT + TABLE
    after = put(before, BUILD, Setting("", "build-frontend", "uv", "faster"), *ALL[2:])
    assert after == before.replace(
        'build-frontend = "build" # pyo3ops: why not', 'build-frontend = "uv" # pyo3ops: faster'
    )


def test_a_key_that_is_planned_no_more_goes_and_its_table_with_it() -> None:
    after = put(PROJECT + TABLE, FRONTEND)
    assert after == PROJECT + '\n[tool.cibuildwheel]\nbuild-frontend = "build" # pyo3ops: why not\n'


OWN = """\
[tool.cibuildwheel]
build = "cp39-*" # mine
build-verbosity = 1

[[tool.cibuildwheel.overrides]]
select = "*"
skip = "a"
"""


def test_keys_of_the_project_are_left_alone() -> None:
    merged = merge(OWN.encode(), ALL)
    assert merged.kept == (("build", '"cp39-*"', '["cp38-*", "cp39-*"]'),)
    table = toml.loads(merged.after.encode(), "p")["tool"]["cibuildwheel"]
    assert (table["build"], table["build-verbosity"], table["build-frontend"]) == ("cp39-*", 1, "build")
    assert table["overrides"] == [{"select": "*", "skip": "a"}]
    assert table["linux"]["archs"] == ["x86_64"]
    assert "# mine" in merged.after


def test_a_key_of_the_project_that_says_the_same_is_no_difference() -> None:
    merged = merge(b'[tool.cibuildwheel]\nbuild-frontend = "build"\n', (FRONTEND,))
    assert (merged.stale, merged.kept) == (False, ())


def test_taking_the_mark_away_takes_the_key_over() -> None:
    text = PROJECT + TABLE.replace(f" # {MARK}why not", "")
    assert merge(text.encode(), (BUILD, Setting("", "build-frontend", "uv", "x"), *ALL[2:])).kept == (
        ("build-frontend", '"build"', '"uv"'),
    )


def test_a_changed_reason_is_a_difference() -> None:
    merged = merge((PROJECT + TABLE).encode(), (*ALL[:1], Setting("", "build-frontend", "build", "else"), *ALL[2:]))
    assert [line for line in merged.difference("p") if line[0] in "+-"][2:] == [
        '-build-frontend = "build" # pyo3ops: why not',
        '+build-frontend = "build" # pyo3ops: else',
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_stay(end: str, mark: bytes) -> None:
    data = mark + PROJECT.replace("\n", end).encode()
    assert written(merge(data, ALL), data) == mark + (PROJECT + TABLE).replace("\n", end).encode()


@pytest.mark.parametrize(
    "text",
    [
        "[tool]\ncibuildwheel = 7\n",
        "tool = 7\n",
        "[tool.cibuildwheel]\nlinux = []\n",
        "[tool.cibuildwheel\n",
        "[[tool]]\n",
    ],
)
def test_what_is_no_table_is_not_touched(text: str) -> None:
    with pytest.raises(ConfigError):
        merge(text.encode(), ALL)


@pytest.mark.parametrize(
    "text",
    [
        '[tool.cibuildwheel.linux]\nbefore-all = "a"\n[project]\nname = "a"\n[tool.cibuildwheel]\nskip = "x"\n',
        '[tool.a]\nb = 1\n[project]\nname = "a"\n[tool.cibuildwheel.linux.environment]\nA = "b"\n',
        '[tool.cibuildwheel]\n[project]\nname = "a"\n[tool.z]\nb = 1\n',
    ],
)
def test_tables_in_any_order_are_changed_rightly(text: str) -> None:
    before = toml.loads(text.encode(), "p")
    rows = (BUILD, FRONTEND, ARCHS)
    merged = merge(text.encode(), rows)
    table = toml.loads(merged.after.encode(), "p")["tool"]["cibuildwheel"]
    assert (table["build"], table["build-frontend"], table["linux"]["archs"]) == (
        ["cp38-*", "cp39-*"],
        "build",
        ["x86_64"],
    )
    own = before["tool"].get("cibuildwheel", {})
    assert {key: table[key] for key in own if key != "linux"} == {key: own[key] for key in own if key != "linux"}
    assert not merge(merged.after.encode(), rows).stale


@pytest.mark.parametrize(
    "text",
    [
        '[tool]\ncibuildwheel = {skip = "x"}\n[tool.other]\na = 1\n',
        # tomlkit would take this for a table of its own, and what follows with it.
        'tool.cibuildwheel.skip = "x"\ntool.other.a = 1\n',
    ],
)
def test_what_cannot_be_changed_without_harm_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot be put into pyproject\.toml") as raised:
        merge(text.encode(), (BUILD, ARCHS))
    assert "unusual order" in raised.value.cause


WORDS = st.text(st.sampled_from("ab$/ '\"#=[]{}\\*-\u00e4\t"), max_size=12)
VALUES: st.SearchStrategy[Any] = st.one_of(
    WORDS, st.lists(WORDS, max_size=5).map(tuple), st.dictionaries(WORDS, WORDS, max_size=3)
)


@given(VALUES)
@settings(max_examples=20, deadline=None)
def test_any_value_is_read_as_it_was_meant(value: Any) -> None:
    merged = merge(PROJECT.encode(), (Setting("", "key", value, "why"),))
    found = toml.loads(merged.after.encode(), "p")["tool"]["cibuildwheel"]["key"]
    assert found == (list(value) if isinstance(value, tuple) else value)
    assert toml.loads(configuration(merged), "c") == {"tool": {"cibuildwheel": {"key": found}}}
    assert not merge(merged.after.encode(), (Setting("", "key", value, "why"),)).stale


def test_the_configuration_is_the_table_alone() -> None:
    merged = merge((PROJECT + '[tool.cibuildwheel]\nskip = "x"\n').encode(), (FRONTEND,))
    assert toml.loads(configuration(merged), "c") == {
        "tool": {"cibuildwheel": {"skip": "x", "build-frontend": "build"}}
    }
