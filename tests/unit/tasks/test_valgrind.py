from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.config import Config, ValgrindConfig
from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.core.run import Ended, Result
from pyo3ops.memory.attribution import Owner
from pyo3ops.memory.loss_records import causes
from pyo3ops.memory.watched import Watched
from pyo3ops.stacks.model import Frame
from pyo3ops.stacks.readers.valgrind import Reading, Record
from pyo3ops.tasks import valgrind
from pyo3ops.wheels import examples
from pyo3ops.wheels.examples import Installed

ROOT = Path(__file__).resolve().parent
#: Any file will do for a library.
LIBRARY = str(Path(__file__).resolve())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "own"\n', encoding="utf-8")
    return tmp_path


def watched(code: int = 0, *records: Record) -> Watched:
    result = Result(("valgrind",), code, "one\n", "two\n", 2.0, Ended.EXITED)
    lost = sum(record.lost for record in records)
    return Watched(result, result, Reading(records, len(records) - lost, lost, complete=True))


def outcome(code: int = 0, *records: Record) -> valgrind._Outcome:
    owner = Owner(frozenset({LIBRARY}), ROOT)
    seen = watched(code, *records)
    others = tuple(record for record in records if not causes([record], owner))
    return valgrind._Outcome(Installed("a"), seen, causes(records, owner), others, owner, (3, 0, 1), folder="out/a")


def test_without_valgrind_nothing_is_built_and_the_package_is_named(root: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    apt = tmp_path / "bin/apt-get"
    apt.write_text("#!/bin/sh\n", encoding="utf-8")
    apt.chmod(0o755)
    report = valgrind.run(root, valgrind.Request({"PATH": str(tmp_path / "bin")}))
    (finding,) = report.findings
    assert (finding.id, finding.status, report.exit_code) == ("valgrind.tool", Status.UNKNOWN, 4)
    assert finding.fix is not None
    assert finding.fix.argv == ("apt-get", "install", "-y", "--no-install-recommends", "valgrind", "libc6-dbg")
    assert not (root / ".pyo3ops").exists()


def test_an_unknown_example_is_a_wrong_call(root: Path) -> None:
    with pytest.raises(UsageError, match="there is no example 'nothing'"):
        valgrind.run(root, valgrind.Request({"PATH": ""}, names=("nothing",)))


@pytest.mark.parametrize("name", ["ci/own.supp", "{}/nothing.supp", "../nothing.supp"])
def test_suppressions_of_the_project_have_to_be_there_before_anything_is_built(name: str, root: Path) -> None:
    name = name.format(root)
    text = f'[project]\nname = "own"\n[tool.pyo3ops.valgrind]\nsuppressions = ["{name}"]\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    own = examples.interpreter(None, {})
    request = valgrind.Request({"PATH": ""})
    made = valgrind._built("own", root, own, root / "out", targets=root / "target", request=request)
    assert made.error == f"tool.pyo3ops.valgrind.suppressions names {name}, which is not there"
    assert not (root / "out").exists()


def test_suppressions_are_named_from_the_projects_root(root: Path) -> None:
    (root / "own.supp").touch()
    config = Config(valgrind=ValgrindConfig(suppressions=("own.supp",)))
    assert valgrind._suppressions(root, config) == (root / "own.supp",)


def test_a_clean_example_is_one_finding_and_one_row() -> None:
    clean = outcome()
    (finding,) = valgrind._findings(clean)
    assert (finding.id, finding.status) == ("valgrind.a", Status.OK)
    assert finding.detail == "3 tests passed, and nothing of its own is lost or touched wrongly"
    assert finding.fix is None
    assert valgrind._row(clean) == ("a", 3, 0, 2.0, 2.0, 0, 0, 0, 0)


def test_a_run_without_any_test_is_a_warning_and_an_import_is_called_one() -> None:
    (finding,) = valgrind._findings(outcome(5))
    assert (finding.status, finding.detail) == (Status.WARN, "no test was left to run")
    assert finding.fix is not None
    (finding,) = valgrind._findings(replace(outcome(), note="imported; there is no folder of tests"))
    assert finding.title == "a is imported under valgrind"
    assert finding.detail.startswith("imported; there is no folder of tests")


def test_losses_and_errors_of_its_own_fail_and_those_of_others_warn() -> None:
    own = (Frame("malloc"), Frame("leak", file=f"{ROOT}/src/lib.rs", line=4, module=LIBRARY))
    other = (Frame("malloc"), Frame("PyUnicode_New"))
    leaky = outcome(
        0,
        Record("Leak_DefinitelyLost", "w", own, 30, 3),
        Record("InvalidRead", "w", own),
        Record("Leak_DefinitelyLost", "w", other, 20, 2),
    )
    found = list(valgrind._findings(leaky))
    assert [(row.id, row.status) for row in found] == [
        ("valgrind.a", Status.OK),
        ("valgrind.a.invalid-read", Status.FAIL),
        ("valgrind.a.leak", Status.FAIL),
        ("valgrind.a.elsewhere", Status.WARN),
    ]
    assert found[0].detail == "3 tests passed"
    assert found[2].evidence[-1] == "The whole record: out/a/valgrind.xml"
    assert valgrind._row(leaky)[5:] == (1, 30, 3, 1)


def test_tests_that_fail_are_a_finding_with_what_they_said() -> None:
    (finding,) = valgrind._findings(outcome(1))
    assert (finding.status, finding.detail) == (Status.FAIL, "tests fail without valgrind, too")
    assert finding.evidence == ("one", "two")
    assert finding.fix is not None
    assert finding.fix.argv == ("pyo3ops", "examples", "a")


def test_an_example_that_was_not_built_says_why() -> None:
    (finding,) = valgrind._findings(valgrind._Outcome(Installed("a", error="no wheel", tail=("error: x",))))
    assert (finding.status, finding.detail, finding.evidence) == (Status.FAIL, "no wheel", ("error: x",))
    assert valgrind._row(valgrind._Outcome(Installed("a", error="no wheel"))) == ("a", *[None] * 8)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("valgrind does not know an instruction of this program", "target-cpu"),
        ("not done within 60 minutes", "not slow"),
    ],
)
def test_what_could_not_be_told_has_a_way_out(why: str, words: str) -> None:
    fix = valgrind._fix(Status.UNKNOWN, why, "a", "out/a")
    assert fix is not None
    assert words in fix.summary
