"""The probe, built by the real cargo and asked: what is recorded is what it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.conversions import signatures, survey
from pyo3ops.core.errors import Pyo3opsError, UsageError
from pyo3ops.core.model import Report, Status
from pyo3ops.core.run import run
from pyo3ops.tasks import signatures as advice
from pyo3ops.tasks import types as task
from pyo3ops.tasks.probes import Workshop
from pyo3ops.tools import environments

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = f"3.{sys.version_info.minor}"
#: What is asked is what PyO3 does, not how fast.
QUICK = {"CARGO_PROFILE_RELEASE_OPT_LEVEL": "0", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the probe is built, once."""
    need("cargo", "maturin")
    return tmp_path_factory.mktemp("für types")


def asked(kept: Path, env: Mapping[str, str], **settings: object) -> Report:
    request = task.Request(env={**env, **QUICK}, output=kept, **settings)  # type: ignore[arg-type] # a test's own
    return task.run(ROOT / "examples/hello_world", request)


def test_the_real_pyo3_answers_as_recorded(kept: Path, env: dict[str, str], tmp_path: Path) -> None:
    saved, page = tmp_path / "said.json", tmp_path / "types.html"
    report = asked(kept, env, all_types=True, edge_cases=True, save=saved, reference=page)
    assert [(each.id, each.detail, each.evidence) for each in report.findings if each.status is not Status.OK] == []
    assert report.exit_code == 0
    (now,) = survey.loads(saved.read_text(encoding="utf-8")).asked
    before = survey.recorded().of(HERE, "0.29")
    assert before is not None
    assert now.types == before.types
    for name, answer in now.answers.items():
        known = before.answers[name]
        assert (answer.back, answer.panel, answer.cases) == (known.back, known.panel, known.cases), name
        assert answer.borrows == known.borrows, name
        sizes = [(each.bytes, each.blocks) for each in (answer.one, answer.many, known.one, known.many) if each]
        assert sizes[: len(sizes) // 2] == sizes[len(sizes) // 2 :], name
    assert len(report.findings) >= 40
    text = page.read_text(encoding="utf-8")
    assert text.count('class="row"') == len(now.answers)
    assert {artifact.kind for artifact in report.artifacts} == {"conversion reference", "survey of conversions"}


def test_a_probe_is_built_once(kept: Path, env: dict[str, str]) -> None:
    told: list[str] = []
    asked(kept, env, names=("bool",))
    report = asked(kept, env, names=("bool",), progress=told.append)
    assert not any("Compiling" in line for line in told)
    assert [table.title.partition(",")[0] for table in report.tables] == ["Conversions", "Refused"]


def test_costs_are_measured_where_they_are_asked_for(
    kept: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyo3ops.conversions.asking.ROUNDS", 3)
    monkeypatch.setattr("pyo3ops.conversions.asking.PROCESSES", 2)
    monkeypatch.setattr("pyo3ops.conversions.asking.MIN_TIME", 0.001)
    report = asked(kept, env, names=("Vec<u8>", "&[u8]"), benchmark=True)
    table = report.tables[0]
    titles = [column.title for column in table.columns]
    assert titles[-4:] == ["in", "9 in 10", "an element", "out"]
    assert all(isinstance(row[titles.index("in")], (int, float)) for row in table.rows)
    assert "the call subtracted" in table.note


def test_a_python_that_is_too_old_for_pyo3_is_told(kept: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"PyO3 0\.30 needs Python 3\.9; this is 3\.8|there is no Python 3\.8 here"):
        asked(kept, env, pythons=("3.8",), lines=("0.30",))


def test_what_cannot_be_installed_is_tried_again_later(env: dict[str, str], tmp_path: Path) -> None:
    need("uv")
    offline = {**env, "UV_OFFLINE": "1", "UV_NO_CACHE": "1"}
    environment, made = environments.create(tmp_path / "venv", Path(sys.executable), offline)
    assert made.ok, made.err
    workshop = Workshop(tmp_path, offline)

    def attempt() -> list[str]:
        workshop._try_to_install(environment, tmp_path, "thing", ["no-such-distribution-of-ours"])
        return sorted(path.name for path in tmp_path.iterdir() if path.name != "venv")

    assert attempt() == ["thing-failed"]
    failed = tmp_path / "thing-failed"
    assert "no-such-distribution-of-ours" in failed.read_text(encoding="utf-8")
    failed.write_text("not tried", encoding="utf-8")
    attempt()
    assert failed.read_text(encoding="utf-8") == "not tried"
    os.utime(failed, (1, 1))
    attempt()
    assert failed.read_text(encoding="utf-8") != "not tried"


def test_without_rust_what_was_recorded_is_shown(env: dict[str, str], tmp_path: Path) -> None:
    bare = {**env, "PATH": str(tmp_path)}
    report = asked(tmp_path / "never", bare, names=("Vec<u8>",))
    (finding,) = report.findings
    assert finding.status is Status.WARN
    assert finding.detail.startswith("there is no cargo and maturin here to build the probe with; shown is what was")
    assert report.facts[0].name == "recorded"
    assert report.tables[0].rows[0][0] == "Vec<u8>"
    assert not (tmp_path / "never").exists()


def test_nothing_is_recorded_of_what_never_was_asked(env: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing is recorded of Python 3\.7"):
        asked(tmp_path, {**env, "PATH": str(tmp_path)}, pythons=("3.7",))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"names": ("NoSuchType",)}, "no conversion is named like NoSuchType"),
        ({"categories": ("nonsense",)}, "there is no category 'nonsense'"),
        ({"reference": Path("types.pdf")}, "types.pdf has no ending that says what to write"),
        ({"save": Path("/nowhere/at/all.json")}, "cannot write /nowhere/at/all.json: there is no folder"),
        ({"reference": Path("/nowhere/at/all.md")}, "cannot write /nowhere/at/all.md: there is no folder"),
    ],
)
def test_what_cannot_be_is_refused(
    settings: dict[str, object], message: str, env: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        asked(tmp_path, env, **settings)
    assert caught.value.message.startswith(message)


def test_a_line_of_pyo3_that_is_not_known_is_refused(kept: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"the probe is not made for PyO3 0\.12"):
        asked(kept, env, lines=("0.12",))


def test_a_folder_that_is_not_ours_to_write_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    need("cargo", "maturin")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"the probe cannot be kept: "):
        asked(tmp_path / "file" / "below", env)


LIBRARY = """\
use pyo3::prelude::*;

#[pyfunction]
fn sum(data: Vec<u8>) -> u64 {
    data.iter().map(|byte| u64::from(*byte)).sum()
}

#[pyfunction]
fn keep(text: String) -> Vec<String> {
    vec![text]
}

macro_rules! hidden {
    ($name:ident) => {
        #[pyfunction]
        fn $name(x: i64) -> i64 { x }
    };
}
hidden!(secret);
"""


def test_advice_is_given_where_an_argument_is_only_read(tiny: Path, kept: Path, env: dict[str, str]) -> None:
    (tiny / "src/lib.rs").write_text(LIBRARY, encoding="utf-8")
    report = advice.run(tiny, advice.Request(env=env, output=kept))
    told, cheaper = report.tables
    assert [row[0] for row in told.rows] == ["sum(data)", "keep(text)"]
    assert [row[:4] for row in cheaper.rows] == [("sum(data)", "src/lib.rs:4", "Vec<u8>", "&[u8]")]
    assert "no longer takes bytearray" in str(cheaper.rows[0][4])
    hidden, _ = report.findings
    assert hidden.status is Status.WARN
    assert hidden.evidence == ("src/lib.rs:19: hidden!: macros are not expanded",)


def test_every_function_of_an_example_is_read(kept: Path, env: dict[str, str]) -> None:
    """What a stub of the example says is what is read of its sources."""
    root = ROOT / "examples/hello_world"
    read = signatures.read([root / "src/lib.rs"], kept, env)
    assert [function.label for function in read.functions] == ["hello", "is_vowel", "count_vowels"]
    assert read.hidden == ()


def test_sources_that_cannot_be_read_are_told(kept: Path, env: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(Pyo3opsError, match=r"the signatures cannot be read: "):
        signatures.read([tmp_path / "nothing.rs"], kept, env)


def test_the_program_that_reads_has_tests_of_its_own(kept: Path, env: dict[str, str]) -> None:
    manifest = signatures.SOURCES / "Cargo.toml"
    argv = ["cargo", "test", "--quiet", "--locked", "--manifest-path", str(manifest)]
    result = run(argv, timeout=300, env={**env, "CARGO_TARGET_DIR": str(kept / "tested")}, cwd=kept)
    assert result.ok, result.out + result.err
