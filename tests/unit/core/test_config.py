from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.config import Config, ExamplesConfig, ValidateConfig, keys, read_config
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.pythons import PythonVersion


def test_nothing_has_to_be_set() -> None:
    assert read_config({}) == Config()


def test_every_key() -> None:
    table = {
        "pythons": ["3.13t", "3.8", "3.8"],
        "crates": ["examples/*"],
        "validate": {
            "select": ["rust"],
            "ignore": {"python.headers": "no C here"},
            "require": ["project.lock"],
            "strict": True,
        },
        "examples": {"folder": "demos"},
    }
    assert read_config(table) == Config(
        pythons=(PythonVersion(8), PythonVersion(13, free_threaded=True)),
        crates=("examples/*",),
        validate=ValidateConfig(("rust",), (("python.headers", "no C here"),), ("project.lock",), strict=True),
        examples=ExamplesConfig("demos"),
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"pyhtons": []}, "[tool.pyo3ops] in pyproject.toml has no key 'pyhtons'; did you mean pythons?"),
        (
            {"validate": {"x": 1}},
            "[tool.pyo3ops.validate] in pyproject.toml has no key 'x'; known: select, ignore, require, strict",
        ),
        (
            {"pythons": "3.8"},
            (
                "tool.pyo3ops.pythons in pyproject.toml is a string, '3.8', and has to be a list of versions such as "
                '["3.8", "3.13t"]'
            ),
        ),
        (
            {"pythons": ["2.7"]},
            (
                "tool.pyo3ops.pythons in pyproject.toml is a list, ['2.7'], and has to be a list of versions such as "
                '["3.8", "3.13t"] (\'2.7\' is no Python version like 3.11 or 3.13t)'
            ),
        ),
        (
            {"validate": {"strict": 1}},
            "tool.pyo3ops.validate.strict in pyproject.toml is a number, 1, and has to be true or false",
        ),
        (
            {"validate": {"ignore": {"a": " "}}},
            (
                "tool.pyo3ops.validate.ignore in pyproject.toml is a table, {'a': ' '}, and has to be a table of check "
                "id = reason (a reason is empty)"
            ),
        ),
        ({"validate": []}, "[tool.pyo3ops.validate] in pyproject.toml is a list, [], and has to be a table"),
        ([], "[tool.pyo3ops] in pyproject.toml is a list, [], and has to be a table"),
    ],
)
def test_what_is_wrong_is_named(table: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(table)
    assert caught.value.message == message


def test_keys_lists_every_key() -> None:
    assert [(row.key, row.default) for row in keys()] == [
        ("tool.pyo3ops.pythons", "[]"),
        ("tool.pyo3ops.crates", "[]"),
        ("tool.pyo3ops.validate.select", "[]"),
        ("tool.pyo3ops.validate.ignore", "[]"),
        ("tool.pyo3ops.validate.require", "[]"),
        ("tool.pyo3ops.validate.strict", "false"),
        ("tool.pyo3ops.examples.folder", '"examples"'),
        ("tool.pyo3ops.valgrind.pytest", "[]"),
        ("tool.pyo3ops.valgrind.suppressions", "[]"),
        ("tool.pyo3ops.perf.script", '["benchmark.py"]'),
        ("tool.pyo3ops.wheels.targets", "[]"),
        ("tool.pyo3ops.wheels.abis", "[]"),
        ("tool.pyo3ops.wheels.also", "[]"),
        ("tool.pyo3ops.wheels.floors", "[]"),
        ("tool.pyo3ops.wheels.manylinux", '"2_17"'),
        ("tool.pyo3ops.wheels.musllinux", '"1_2"'),
        ("tool.pyo3ops.wheels.triggers", '["push", "tags", "pull_request", "manual"]'),
        ("tool.pyo3ops.wheels.branches", '["main"]'),
        ("tool.pyo3ops.wheels.sdist", "true"),
        ("tool.pyo3ops.wheels.without", "[]"),
        ("tool.pyo3ops.release.index", '""'),
        ("tool.pyo3ops.release.client", '""'),
        ("tool.pyo3ops.release.branches", "[]"),
        ("tool.pyo3ops.release.tag", '""'),
        ("tool.pyo3ops.release.sign", "false"),
        ("tool.pyo3ops.release.changelog", '""'),
        ("tool.pyo3ops.release.versions", "[]"),
        ("tool.pyo3ops.release.smoke", "[]"),
        ("tool.pyo3ops.release.announce", '"auto"'),
        ("tool.pyo3ops.release.ignore", "[]"),
        ("tool.pyo3ops.release.file_limit", "100"),
        ("tool.pyo3ops.release.project_limit", "10240"),
        ("tool.pyo3ops.release.environment", '"release"'),
    ]


names = st.sampled_from(
    [
        *("pythons", "crates", "validate", "examples", "select", "ignore", "require", "strict", "folder", "x"),
        *("wheels", "targets", "manylinux", "without"),
    ]
)
words = st.sampled_from(["3.8", "3.13t", "2_28"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words
tables = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20)


@given(tables)
def test_any_value_is_read_or_refused(table: object) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(read_config(table), Config)
