from __future__ import annotations

from pyo3ops.checks import trial
from pyo3ops.checks.facts.trial import Trial
from pyo3ops.checks.verdict import fail, ok, skip, unknown
from pyo3ops.core.model import Fix

FINE = Trial("3.8.18", 15.04)
BROKEN = Trial("3.13.0", 2.0, "cargo ended with 101", ("error: linking failed",))


def test_trial() -> None:
    assert trial.trial(()) == skip("no crate here is an extension module of PyO3")
    assert trial.trial((FINE,)) == ok("for 3.8.18", ["3.8.18: imported, 15.0 s"])


def test_a_module_that_does_not_compile() -> None:
    fix = Fix("see what the message means", ("pyo3ops", "why"), mends=False)
    evidence = ["3.8.18: imported, 15.0 s", "3.13.0: cargo ended with 101, 2.0 s", "error: linking failed"]
    assert trial.trial((FINE, BROKEN)) == fail("not for 3.13.0: cargo ended with 101", fix, evidence)


def test_sources_that_were_never_downloaded() -> None:
    offline = Trial("3.8.18", 0.1, "cargo ended with 101", ("...",), offline=True)
    fix = Fix("download the sources, which is not done unasked", ("cargo", "fetch", "--locked"), safe=True)
    expected = unknown("the sources of PyO3 are not here, and validate works offline", fix)
    assert trial.trial((offline, BROKEN)) == expected
