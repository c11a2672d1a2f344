"""Facts that only the network knows, asked for by `--online` alone.

Cargo, uv and pip are asked, so that mirrors, proxies and credentials are those that the user has configured.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.checks.facts.slow import slow
from pyo3ops.core.run import python_env, run
from pyo3ops.tools.rustc import offline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.tools.python import Interpreters

#: Seconds for one answer of a registry.
_TIMEOUT = 20.0


@dataclass(frozen=True)
class Answer:
    """What a registry says is the newest release of a package; `error` in words where it says nothing."""

    version: str | None
    error: str | None = None


@slow(seconds=_TIMEOUT + 5)
def newest_pyo3(env: Mapping[str, str]) -> Answer:
    """The newest PyO3, as cargo's registry has it."""
    with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
        # Inside a project cargo would tell of the version that is locked there.
        argv = ["cargo", "info", "--quiet", "--color", "never", "pyo3"]
        result = run(argv, timeout=_TIMEOUT, env=offline(env), cwd=folder)
    return _answer(result.out, r"^version: (\d+(?:\.\d+)+)", result.reason)


@slow(seconds=_TIMEOUT + 5)
def newest_maturin(env: Mapping[str, str], uv: str | None, interpreters: Interpreters) -> Answer:
    """The newest maturin, as the package index of uv or pip has it."""
    if uv:
        with tempfile.TemporaryDirectory(prefix="pyo3ops-") as folder:
            argv = [uv, "pip", "install", "--dry-run", "--no-deps", "--color", "never", "--target", folder, "maturin"]
            newest = [str(each.path) for each in interpreters.working][-1:]
            argv += ["--python", *newest] if newest else []
            result = run(argv, timeout=_TIMEOUT, env=env)
        return _answer(result.err + result.out, r"maturin==(\d+(?:\.\d+)+)", result.reason)
    for python in reversed(interpreters.working):
        argv = [str(python.path), "-m", "pip", "index", "versions", "maturin", "--disable-pip-version-check"]
        result = run(argv, timeout=_TIMEOUT, env=python_env(env))
        return _answer(result.out, r"^maturin \((\d+(?:\.\d+)+)\)", result.reason)
    return Answer(None, "there is neither uv nor a Python with pip to ask")


def _answer(text: str, pattern: str, reason: str) -> Answer:
    match = re.search(pattern, text, re.MULTILINE)
    return Answer(match[1]) if match else Answer(None, reason)
