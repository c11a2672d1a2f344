# /// script
# requires-python = ">=3.8"
# dependencies = ["nox>=2026.2.9", "uv>=0.5", "tomli>=2; python_version < '3.11'"]
# [tool.nox]
# script-mode = "none"
# ///
"""pyo3ops' own sessions, and the ready-made ones on its examples: `nox -l` lists them."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tempfile
from pathlib import Path

import nox

# Plain `nox` does not put the noxfile's folder on the path, and pyo3ops need not be installed to be worked on.
ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from pyo3ops.sessions import BACKEND, pythons_of, register  # noqa: E402

nox.needs_version = ">=2026.2.9"
nox.options.reuse_venv = "yes"

PYTHONS = [str(version) for version in pythons_of(ROOT)]
#: Where the tests that need real tools run: all of them everywhere takes longer than a developer waits.
EDGES = (PYTHONS[0], PYTHONS[-1])
REQUIREMENTS = ROOT / "ci" / "requirements"
#: What mypy is told of the lowest Python that its newest release still knows.
TYPES_FLOOR = "3.10"
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"
RESULTS = ROOT / "benchmarks" / "results"

register("validate", "examples", "valgrind", "perf", "types", "wheels", "cross", "rehearse")


def install(session: nox.Session, *locks: str) -> None:
    """Install locked requirements, then pyo3ops as its users get it: from a wheel."""
    for lock in locks:
        session.install("--require-hashes", "--requirement", str(REQUIREMENTS / f"{lock}.txt"))
    # uv takes an unchanged pyproject.toml for an unchanged project, pip an unchanged version.
    anew = ["--reinstall-package", "pyo3ops"] if session.venv_backend == "uv" else ["--force-reinstall"]
    session.install("--no-deps", *anew, str(ROOT))


@nox.session(python=PYTHONS, venv_backend=BACKEND, download_python="never", default=False, tags=["ci"])
def tests(session: nox.Session) -> None:
    """Run the unit tests; on the first and the last Python those that need real tools as well."""
    install(session, "tests")
    paths = ["tests/unit", *(["tests/integration"] if session.python in EDGES else [])]
    session.run(
        "pytest", *(session.posargs or paths), "--durations=20", env={"PYO3OPS_FUZZ_SECONDS": fuzz_seconds(session)}
    )


def fuzz_seconds(session: nox.Session) -> str:
    """A minute of random input in CI, on one Python; a moment elsewhere."""
    return "60" if "CI" in os.environ and session.python == PYTHONS[-1] else "2"


@nox.session(venv_backend=BACKEND, default=False)
def clean_system(session: nox.Session) -> None:
    """Let --fix bring a Debian with nothing but Python to where an example builds: root, debootstrap, five minutes."""
    install(session, "tests")
    session.run("pytest", "-m", "heavy", "tests/integration/test_clean_system.py", *session.posargs)


@nox.session(venv_backend=BACKEND, default=False, tags=["ci"])
def docs(session: nox.Session) -> None:
    """Run the snippets of README.md and REFERENCE.md, and hold their generated lists."""
    install(session, "tests")
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session(venv_backend=BACKEND, default=False, tags=["ci"])
def lint(session: nox.Session) -> None:
    """Check style, workflows, those that are generated too, and the Rust of the examples."""
    install(session, "lint", "tests")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("zizmor", "--offline", "--persona=pedantic", ".github/workflows")
    _actionlint(session)
    session.run("pytest", "tests/integration/test_ci_generate.py")
    for manifest in sorted((*ROOT.glob("examples/*/Cargo.toml"), *ROOT.glob("pyo3ops/conversions/*/Cargo.toml"))):
        target = {"CARGO_TARGET_DIR": str(ROOT / ".pyo3ops" / "target" / "lint")}
        session.run("cargo", "fmt", "--check", "--manifest-path", str(manifest), external=True)
        clippy = ("cargo", "clippy", "--quiet", "--locked", "--all-targets", "--manifest-path", str(manifest))
        session.run(*clippy, "--", "-D", "warnings", env=target, external=True)


def _actionlint(session: nox.Session) -> None:
    import shutil  # noqa: PLC0415 - for the one line

    if shutil.which("actionlint"):
        session.run("actionlint", external=True)
    elif shutil.which("go"):
        session.run("go", "run", ACTIONLINT, external=True, env={"GOFLAGS": "-mod=mod"})
    elif "CI" in os.environ:
        session.error("neither actionlint nor go is here to check the workflows with")
    else:
        session.warn("skipping actionlint: neither it nor go is here")


@nox.session(python=EDGES, venv_backend=BACKEND, download_python="never", default=False, tags=["ci"])
def typing(session: nox.Session) -> None:
    """Check type hints: as the floor sees them with the last mypy that runs there, and with the newest."""
    install(session, "tests", "lint")
    floor = session.python if session.python == PYTHONS[0] else TYPES_FLOOR
    session.run("mypy", "--python-version", str(floor), *session.posargs)


@nox.session(venv_backend=BACKEND, default=False)
def lock(session: nox.Session) -> None:
    """Lock ci/requirements anew from the dependency groups."""
    session.install("--require-hashes", "--requirement", str(REQUIREMENTS / "bootstrap.txt"))
    session.run("python", "ci/lock.py", *session.posargs)


@nox.session(venv_backend=BACKEND, default=False)
def figures(session: nox.Session) -> None:
    """Measure the examples anew and write it into their READMEs; `-- --check` only compares, `-- NAME` chooses."""
    install(session, "tests")
    session.run("python", "ci/figures.py", *session.posargs)


@nox.session(venv_backend=BACKEND, default=False)
def compare(session: nox.Session) -> None:
    """Measure ten conversions with PyO3 and five other tools; `-- --check FILE` compares with an earlier run."""
    install(session, "tests")
    session.run("python", "benchmarks/conversions/compare.py", *session.posargs)


@nox.session(venv_backend=BACKEND, default=False)
def torture(session: nox.Session) -> None:
    """Publish ten thousand releases under seeded faults and kills; PYO3OPS_TORTURE_SEEDS=FROM:TO chooses which."""
    install(session, "tests")
    heavy = ("tests/unit/release/test_torture.py", "tests/integration/test_release_pypiserver.py")
    session.run("pytest", "-s", "-m", "heavy", *heavy, *session.posargs)


@nox.session(venv_backend=BACKEND, default=False)
def debugging(session: nox.Session) -> None:
    """Measure what `pyo3ops debug` claims: the merge matrix, verdicts, breakpoints, latency; `-- NAME...` runs some."""
    install(session, "tests")
    for name in session.posargs or ("debug_matrix", "debug_verdicts", "debug_breakpoints", "debug", "debug_crash"):
        session.run("python", f"benchmarks/{name}.py")


@nox.session(venv_backend="none", default=False)
def full(session: nox.Session) -> None:
    """Run everything on every Python and write a dated report to check in; `-- NAME...` runs some of it."""
    names = [f"tests-{python}" for python in PYTHONS]
    paths = ["tests/unit", "tests/integration"]
    commands = {name: ["--", *paths] for name in names}
    # What is heavy goes through all Pythons by itself. These two have sessions of their own.
    apart = ("tests/integration/test_clean_system.py", "tests/unit/release/test_torture.py::test_thousands_of_scripts")
    commands[names[-1]] = ["--", "-m", "heavy or not heavy", *(f"--deselect={each}" for each in apart), *paths]
    typing = [f"typing-{python}" for python in EDGES]
    commands.update({name: [] for name in ("lint", *typing, "docs", "validate", "clean_system", "torture")})
    commands.update({f"examples-{python}": ["--", "--bench"] for python in PYTHONS})
    commands.update({f"{name}-{python}": [] for name in ("valgrind", "perf") for python in PYTHONS})
    commands.update({f"types-{python}": ["--", "--edge-cases"] for python in PYTHONS})
    chosen = {name: arguments for name, arguments in commands.items() if name in (session.posargs or commands)}
    rows = [_row(session, name, arguments) for name, arguments in chosen.items()]
    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = "\n".join([f"# Everything on everything, {today}", "", "| session | result | s |", "|---|---|---:|", *rows])
    if chosen == commands:
        (RESULTS / f"full-{today}.md").write_text(f"{text}\n\nBy `nox -s full`.\n", encoding="utf-8")
    if any("| success |" not in row for row in rows):
        session.error("something failed; the report names it")


def _row(session: nox.Session, name: str, arguments: list[str]) -> str:
    # Not session.create_tmp(): that makes a folder of this checkout the TMPDIR of every test.
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        argv = [sys.executable, "-m", "nox", "--noxfile", __file__, "--report", str(report), "-s", name, *arguments]
        session.run(*argv, external=True, success_codes=range(256))
        done = json.loads(report.read_text(encoding="utf-8"))["sessions"][0]
    return f"| {name} | {done['result']} | {done['duration']:.0f} |"


if __name__ == "__main__":
    nox.main()
