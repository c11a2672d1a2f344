"""In CI a test that is skipped is a failure, unless the reason stands in known_skips.txt."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

KNOWN = Path(__file__).with_name("known_skips.txt")


def known_reasons() -> list[re.Pattern[str]]:
    """Patterns of reasons that may skip a test in CI: a line each, comments start with #."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    """Turn an unknown skip into a failure where `CI` is set."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if "CI" not in os.environ or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if not any(pattern.search(reason) for pattern in known_reasons()):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped in CI, and not for a reason in {KNOWN.name}: {reason}"
