import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

COUNTS = Counter()


def pytest_addoption(parser):
    text = "how many examples hypothesis makes for each property (100 without it); their outcomes are counted"
    parser.addoption("--examples", type=int, default=100, help=text)


def pytest_configure(config):
    # In CI the same ones each time: what is new there should come from the change.
    same = "CI" in os.environ
    settings.register_profile("asked", max_examples=config.getoption("--examples"), deadline=None, derandomize=same)
    settings.load_profile("asked")


def pytest_terminal_summary(terminalreporter):
    for outcome, count in sorted(COUNTS.items()):
        terminalreporter.write_line(f"{count:9,} {outcome}")


@pytest.fixture(scope="session")
def count():
    """Count an outcome, for the lines at the end."""
    return lambda outcome: COUNTS.update([outcome])


@pytest.fixture(scope="session")
def corpora():
    """The folder of JSON documents that are too large, or not ours, to stand here."""
    folder = os.environ.get("PYO3OPS_CORPORA")
    if not folder:
        pytest.skip("PYO3OPS_CORPORA does not name the folder that has json/json-test-suite and json/documents")
    return Path(folder) / "json"
