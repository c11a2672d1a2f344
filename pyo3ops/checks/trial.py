"""A trial build: `--deep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, unknown
from pyo3ops.core.model import Fix

if TYPE_CHECKING:
    from pyo3ops.checks.facts.trial import Trial


@check(
    "build.trial",
    "a small module compiles and imports",
    needs=("rust.rustc", "build.linker", "pyo3.release", "python.interpreters"),
    link="https://pyo3.rs/latest/getting-started.html",
    mode="deep",
)
def trial(trials: tuple[Trial, ...]) -> Verdict:
    """Ten lines of Rust with the PyO3 of this project are compiled for each Python and imported by it."""
    if not trials:
        return skip("no crate here is an extension module of PyO3")
    evidence = [f"{each.python}: {each.error or 'imported'}, {each.seconds:.1f} s" for each in trials]
    broken = next((each for each in trials if each.error), None)
    if broken is None:
        return ok(f"for {', '.join(each.python for each in trials)}", evidence)
    if broken.offline:
        fix = Fix("download the sources, which is not done unasked", ("cargo", "fetch", "--locked"), safe=True)
        return unknown("the sources of PyO3 are not here, and validate works offline", fix)
    fix = Fix("see what the message means", ("pyo3ops", "why"), mends=False)
    return fail(f"not for {broken.python}: {broken.error}", fix, [*evidence, *broken.evidence])
