"""Random input for everything that reads text from outside, for as long as PYO3OPS_FUZZ_SECONDS says in all."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pyo3ops.core import toml
from pyo3ops.core.config import read_config
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.model import Fact, Finding, Fix, Report, Status
from pyo3ops.core.project import backend_of, classified, pymodules_in
from pyo3ops.core.requirement import admits
from pyo3ops.render import console, markdown
from pyo3ops.render import json as render_json
from pyo3ops.render.clean import clean
from pyo3ops.tools import cargo, maturin, python, rustc

SECONDS = float(os.environ.get("PYO3OPS_FUZZ_SECONDS", "1"))

#: Text of what escapes, markup and the formats read here are made of, more often than chance would make it.
PIECES = st.sampled_from(
    [
        "\x1b[31m",
        "\x1b]0;t\x07",
        "\x9b",
        "\r",
        "\x00",
        "\u202e",
        "�",
        "`",
        "|",
        "<",
        "[",
        "]",
        "#[",
        "pymodule",
        "fn a",
        "maturin 1.",
        "release: 1.",
        "host: ",
        "{'version':",
        "3.",
        "\n",
        '"',
        "=",
        "^",
        "~",
        "*",
        ",",
        "@",
        "-->",
    ]
)
TEXT = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=10,
)


def report(text: str) -> Report:
    fix = Fix(text, (text,), text)
    findings = tuple(Finding(text, text, status, text, (text, text), fix, link=text) for status in Status)
    return Report(text, text, facts=(Fact(text, text),), findings=findings)


def rendered(text: str) -> None:
    assert json.loads(render_json.render(report(text)))["exit_code"] == 3
    shown = console.render(report(text), width=60)
    assert not any(ord(letter) < 32 and letter != "\n" for letter in shown)
    shown.encode("utf-8")
    assert "<" not in markdown.escape(text)
    assert markdown.render(report(text))


def tools_read(text: str) -> None:
    rustc.parse(text)
    cargo.parse(text)
    maturin.parse(text)
    python.parse_probe(Path("/asked"), text)


def toml_read(text: str) -> None:
    with contextlib.suppress(ConfigError):
        toml.loads(text.encode("utf-8", "surrogatepass"), "x.toml")


def configured(value: object) -> None:
    with contextlib.suppress(ConfigError):
        read_config(value)
    if isinstance(value, dict):
        backend_of(value)
        backend_of({"build-system": value, "tool": value})


def cleaned(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")


TARGETS: dict[str, tuple[st.SearchStrategy[object], Callable[..., object]]] = {
    "clean": (TEXT, cleaned),
    "render": (TEXT, rendered),
    "tools": (TEXT, tools_read),
    "toml": (TEXT, toml_read),
    "configuration": (VALUES, configured),
    "rust sources": (TEXT, lambda text: list(pymodules_in(text))),
    "requirements": (st.tuples(TEXT, TEXT), lambda pair: admits(*pair)),
    "classifiers": (st.lists(TEXT), classified),
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", TARGETS)
def test_no_input_does_more_than_it_may(name: str) -> None:
    strategy, target = TARGETS[name]
    until = time.monotonic() + SECONDS / len(TARGETS)
    # Another one each time; hypothesis shows the input that failed, so that nothing has to be repeated by number.
    number = time.time_ns()
    again = True
    while again:

        @seed(number)
        @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(strategy)
        def one(value: object) -> None:
            target(value)

        one()
        number += 1
        again = time.monotonic() < until
