"""A wheel on trial: installed alone into a fresh environment, imported, tested."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pyo3ops.core import toml
from pyo3ops.core.run import run
from pyo3ops.tools import environments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.run import Result
    from pyo3ops.tools.environments import Environment
    from pyo3ops.tools.python import Interpreter

#: Seconds for the whole test suite, for a benchmark, and for importing.
TEST_TIMEOUT = 1800.0
BENCH_TIMEOUT = 600.0
IMPORT_TIMEOUT = 60.0

#: Where projects put what their tests need: dependency groups (PEP 735) or extras, by their usual names.
_GROUPS = ("test", "tests", "testing", "dev")


@dataclass(frozen=True)
class Tested:
    """What the tests said; `error` in words where something failed, `note` where they were not run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    tail: tuple[str, ...] = ()
    error: str | None = None
    note: str = ""


@dataclass(frozen=True)
class TestRequirements:
    """What the tests of a project need, and what says so; `extra` is of the wheel itself."""

    requirements: tuple[str, ...] = ()
    extra: str = ""
    source: str = ""

    # pytest would take a class of this name for a test case.
    __test__ = False


def install(
    project: Project, wheel: Path, interpreter: Interpreter, folder: Path, env: Mapping[str, str]
) -> tuple[Environment, str | None]:
    """Make a fresh environment with the wheel and what its tests need; the second value says what failed."""
    environment, made = environments.create(folder, interpreter.path, env)
    if not made.ok:
        return environment, f"no environment: {made.reason}"
    needs = test_requirements(project)
    wanted = f"{wheel}[{needs.extra}]" if needs.extra else str(wheel)
    installed = environments.install(environment, [wanted, *needs.requirements])
    return environment, None if installed.ok else f"not installed: {installed.reason}"


def imported(project: Project, environment: Environment, folder: Path) -> Result:
    """Import every extension module of the project, from a folder that shadows nothing."""
    modules = sorted({extension.module for extension in project.extensions})
    code = "\n".join(["import importlib", *(f"importlib.import_module({module!r})" for module in modules)])
    return run([str(environment.python), "-c", code], timeout=IMPORT_TIMEOUT, env=environment.env, cwd=folder)


def test(project: Project, environment: Environment, folder: Path) -> Tested:
    """Run the project's tests with pytest; `folder` takes its log and its JUnit file."""
    junit = folder / "junit.xml"
    argv, note = test_argv(project, environment, junit)
    if note:
        return Tested(note=note)
    result = run(argv, timeout=TEST_TIMEOUT, env=environment.env, cwd=project.root)
    (folder / "tests.log").write_text(result.out + result.err, encoding="utf-8", errors="backslashreplace")
    passed, failed, skipped = counts(junit)
    tail = tuple((result.out + result.err).splitlines()[-25:])
    error = None if result.ok else f"tests: {failed} failed" if failed else f"tests: {result.reason}"
    return Tested(passed, failed, skipped, result.seconds, tail if error else (), error)


def test_argv(project: Project, environment: Environment, junit: Path) -> tuple[tuple[str, ...], str]:
    """The command that runs the project's tests with pytest; where there is none, the second value says why."""
    if not any((project.root / name).is_dir() for name in ("tests", "test")):
        return (), "imported; there is no folder of tests"
    script = environment.python.with_name("pytest" + environment.python.suffix)
    if not script.exists():
        return (), "imported; no dependency group or extra named test brings pytest"
    # The script, not `-m pytest`, which puts the project's folder before the installed wheel.
    return (str(script), "--junitxml", str(junit), "-p", "no:cacheprovider"), ""


def benchmark(project: Project, environment: Environment) -> tuple[tuple[dict[str, Any], ...], str | None]:
    """The rows that the project's benchmark.py measures, and what went wrong."""
    script = project.root / "benchmark.py"
    if not script.is_file():
        return (), "there is no benchmark.py"
    argv = [str(environment.python), "-I", str(script), "--json"]
    result = run(argv, timeout=BENCH_TIMEOUT, env=environment.env, cwd=project.root)
    if not result.ok:
        return (), result.reason
    try:
        return tuple({key: row[key] for key in ROW} for row in json.loads(result.out)["rows"]), None
    except (ValueError, KeyError, TypeError):
        return (), f"benchmark.py --json printed no rows of {', '.join(ROW)}"


#: What each row of a benchmark says: what was measured and against what, nanoseconds a call of each, how many times
#: faster Rust is, and between what nine of ten rounds lie.
ROW = ("name", "against", "rust_ns", "other_ns", "ratio", "low", "high")


def test_requirements(project: Project) -> TestRequirements:
    """The first dependency group or extra with one of the usual names."""
    file = project.root / "pyproject.toml"
    pyproject = toml.load(file) if file.is_file() else {}
    groups, project_table = (_table(pyproject, key) for key in ("dependency-groups", "project"))
    extras = _table(project_table, "optional-dependencies")
    for name in _GROUPS:
        if name in groups:
            return TestRequirements(tuple(_group(groups, name, ())), source=f"dependency group {name}")
        if name in extras:
            return TestRequirements(extra=name, source=f"extra {name}")
    return TestRequirements()


# pytest collects by name, in modules that import these too.
test.__test__ = test_argv.__test__ = test_requirements.__test__ = False  # type: ignore[attr-defined]


def counts(junit: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a JUnit file; zeros where there is none."""
    try:
        # Written by the pytest that was just run; expat refuses entity bombs by itself since 2.4.
        suites = list(ET.parse(junit).getroot().iter("testsuite"))  # noqa: S314
    except (OSError, ET.ParseError):
        return 0, 0, 0
    total, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


def _table(above: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table of a file that nobody has judged yet; empty where something else has its name."""
    value = above.get(key)
    return value if isinstance(value, dict) else {}


def _group(groups: Mapping[str, Any], name: str, above: tuple[str, ...]) -> Iterator[str]:
    """The requirements of a dependency group, with the groups it includes (PEP 735)."""
    rows = groups.get(name)
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, str):
            yield row
        included = row.get("include-group") if isinstance(row, dict) else None
        if isinstance(included, str) and included not in (*above, name):
            yield from _group(groups, included, (*above, name))
