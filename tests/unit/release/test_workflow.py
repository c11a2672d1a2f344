"""What the generated release promises, read from the YAML as GitHub would: who waits for whom, and who may do what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

from pyo3ops.core import toml
from pyo3ops.core.config import read_config
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend, Extension, Layout, Project, Pyo3Dependency, matrix_from
from pyo3ops.release.workflow import STAGES, Releasing, pure_project, release_workflow, releasing
from pyo3ops.wheels.planned import planned
from pyo3ops.wheels.workflow import Member
from pyo3ops.wheels.workflow_text import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

yaml = pytest.importorskip("yaml", reason="PyYAML is not here")

ROOT = Path(__file__).parents[3]
ACTIONS = toml.load(ROOT / "pyo3ops" / "data" / "actions.toml")["action"]
GNU = "x86_64-unknown-linux-gnu"
#: What a job is handed by others, and hands over, are artifacts; these are the jobs that may do more than read.
RIGHTS = {
    "attest": {"id-token": "write", "attestations": "write"},
    "lock": {"contents": "write"},
    "publish": {"contents": "read", "id-token": "write"},
    "announce": {"contents": "write"},
}


def project(folder: str = "demo", features: tuple[str, ...] = ("abi3-py38",), **tool: Any) -> Project:
    config = read_config({"pythons": ["3.8", "3.13"], **tool})
    extension = Extension(
        crate="demo",
        version="1.2.3",
        edition="2021",
        rust_version=None,
        manifest=Path("demo/Cargo.toml"),
        library="demo",
        crate_types=("cdylib",),
        module="demo",
        pymodules=("demo",),
        pyo3=Pyo3Dependency("0", ("0.29.3",), features),
        dependencies=(),
        lock=None,
    )
    pythons, pythons_from = matrix_from(config, (), None, (8, 15), "PyO3")
    return Project(
        root=Path(folder),
        name=Path(folder).name,
        version="1.2.3",
        requires_python=None,
        classifiers=(),
        pythons=pythons,
        pythons_from=pythons_from,
        backend=Backend.MATURIN,
        build_requires=("maturin>=1.9,<2",),
        layout=Layout.RUST,
        python_source=None,
        extensions=(extension,),
        workspace_root=None,
        target_directory=None,
        toolchain_file=None,
        config=config,
        metadata_error=None,
    )


def member(folder: str = ".", **options: Any) -> Member:
    found = project("demo" if folder == "." else folder, **options)
    return Member(folder, found, planned(found))


def compiled(**options: Any) -> Releasing:
    (what,) = releasing(None, [member(**options)])
    return what


def pure(**tool: Any) -> Releasing:
    (what,) = releasing(project(**tool), [])
    return what


def both() -> tuple[Releasing, ...]:
    return releasing(None, [member("crates/one"), member("crates/two words")])


KINDS: dict[str, Callable[[], Releasing]] = {
    "pure": pure,
    "abi3": compiled,
    "version-specific": lambda: compiled(features=()),
    "one target": lambda: compiled(wheels={"targets": [GNU]}),
    "no sdist": lambda: compiled(wheels={"sdist": False, "targets": [GNU]}),
    "a member of two": lambda: both()[0],
}


@pytest.fixture(scope="module", params=KINDS)
def what(request: pytest.FixtureRequest) -> Releasing:
    found: Releasing = KINDS[request.param]()
    return found


@pytest.fixture(scope="module")
def text(what: Releasing) -> str:
    return release_workflow(what, "pyo3ops==0.1.0")


@pytest.fixture(scope="module")
def jobs(text: str) -> dict[str, dict[str, Any]]:
    return jobs_of(text)


def jobs_of(text: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["jobs"]
    return found


def needed_by(job: str, jobs: Mapping[str, Mapping[str, Any]]) -> set[str]:
    found: set[str] = set()
    waiting = [job]
    while waiting:
        needs = jobs[waiting.pop()].get("needs", [])
        new = {needs} if isinstance(needs, str) else set(needs)
        waiting += new - found
        found |= new
    return found


def steps(job: Mapping[str, Any], action: str) -> Iterator[Mapping[str, Any]]:
    return (step for step in job["steps"] if f"/{action}@" in step.get("uses", ""))


def uploads(jobs: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Each job and each artifact that it hands over, entry by entry of its matrix."""
    return [
        (name, step["with"]["name"].replace("${{ matrix.name }}", row.get("name", "$")))
        for name, job in jobs.items()
        for row in job.get("strategy", {}).get("matrix", {}).get("include", [{}])
        for step in steps(job, "upload-artifact")
    ]


def test_publishing_waits_for_every_job_that_builds_and_for_the_gate(jobs: dict[str, dict[str, Any]]) -> None:
    building = {name for name, artifact in uploads(jobs) if artifact.startswith(("dist-", "source"))}
    assert building
    assert needed_by("publish", jobs) == {"plan", *building, "complete", "attest", "lock"}
    assert needed_by("complete", jobs) == {"plan", *building}
    # Nothing is built before it was looked whether there is a release to make.
    assert all("plan" in needed_by(name, jobs) for name in building)
    assert needed_by("announce", jobs) == set(jobs) - {"announce"}


def test_a_job_that_nobody_waits_for_would_be_seen() -> None:
    text = release_workflow(compiled(), "pyo3ops").replace("needs: [plan, sdist, linux, ", "needs: [plan, sdist, ")
    assert "linux" not in needed_by("publish", jobs_of(text))


def test_no_job_runs_where_one_before_it_did_not(text: str, jobs: dict[str, dict[str, Any]]) -> None:
    """A status function in a job's condition would look past failures; of steps, keeping the journal alone has one."""
    assert {name: job["if"] for name, job in jobs.items() if "if" in job} == {"attest": "${{ !inputs.dry-run }}"}
    looking_past = [step for job in jobs.values() for step in job["steps"] if "()" in str(step.get("if", ""))]
    assert [step["with"]["name"] for step in looking_past] == ["journal"] * (1 + len(STAGES))
    assert {step["if"] for step in looking_past} == {"always()"}
    assert not [job for job in jobs.values() if "continue-on-error" in job]
    assert "skip-existing" not in text


def test_who_may_do_more_than_read(jobs: dict[str, dict[str, Any]], text: str) -> None:
    assert yaml.safe_load(text)["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items() if name in RIGHTS} == RIGHTS
    reading = [job["permissions"] for name, job in jobs.items() if name not in RIGHTS]
    assert reading == [{"contents": "read"}] * len(reading)
    assert [name for name, job in jobs.items() if "environment" in job] == ["publish"]
    # Each with its reason; and there is no secret to steal.
    assert not re.findall(r"^ +(?:contents|id-token|attestations): \w+$", text, re.MULTILINE)
    assert "secrets" not in text


def test_who_may_do_more_runs_no_line_of_the_project(jobs: dict[str, dict[str, Any]]) -> None:
    """A backend, a build script, a test or a module that is imported could take the identity for its own."""
    for name in RIGHTS:
        said = "\n".join(step.get("run", "") for step in jobs[name]["steps"])
        assert not re.search(r"maturin|uv build|pytest|import |--from|--until (?:checked|verified)", said), name


def test_the_environment_is_a_setting() -> None:
    text = release_workflow(compiled(release={"environment": "the index: #1"}), "pyo3ops")
    assert jobs_of(text)["publish"]["environment"] == "the index: #1"
    assert jobs_of(release_workflow(compiled(), "pyo3ops"))["publish"]["environment"] == "release"


def test_the_stages_follow_one_another(jobs: dict[str, dict[str, Any]]) -> None:
    told = []
    for job in jobs.values():
        for step in job["steps"]:
            told += re.findall(r"--until (\w+) ?(.*)", step.get("run", ""))
    assert [until for until, _ in told] == ["checked", "checked", "locked", "published", "verified", "announced"]
    assert [rest for _, rest in told] == ["--dry-run", *["--yes"] * 5]
    for stage in STAGES:
        (script,) = (step["run"] for step in jobs[stage.job]["steps"] if "run" in step)
        assert '--version "$VERSION" --resume ' in script


def test_files_that_state_another_version_stop_it_before_any_build(jobs: dict[str, dict[str, Any]]) -> None:
    (script,) = (step["run"] for step in jobs["plan"]["steps"] if "run" in step)
    bump, diff = script.splitlines()[-3:-1]
    assert bump == 'pyo3ops release bump --project "repository/$FOLDER" "$VERSION"'
    assert diff == "git -C repository diff --exit-code"


def test_every_stage_begins_with_the_sealed_files_and_the_newest_journal(jobs: dict[str, dict[str, Any]]) -> None:
    sealed = next(steps(jobs["complete"], "upload-artifact"))["with"]
    assert sealed["name"] == "sealed"
    for stage in STAGES:
        asked = [step["with"] for step in steps(jobs[stage.job], "download-artifact")]
        # The sealed folder has a journal as well, of the time when it was sealed: the newest one comes last.
        assert asked == [{"name": name, "path": sealed["path"]} for name in ("sealed", "journal")]
    # By patterns: on the first attempt there is neither, and that is no failure.
    asked = [step["with"] for step in steps(jobs["complete"], "download-artifact")][1:]
    assert [(each.get("pattern"), each["path"]) for each in asked] == [
        (name, sealed["path"]) for name in ("sealed", "journal")
    ]


def test_the_journal_is_kept_by_one_job_after_the_other(jobs: dict[str, dict[str, Any]]) -> None:
    """The same name is no collision where no two of them run at a time, and each says that it replaces it."""
    keeping = [name for name, artifact in uploads(jobs) if artifact == "journal"]
    assert keeping == ["complete", *(stage.job for stage in STAGES)]
    for before, after in zip(keeping, keeping[1:]):
        assert before in needed_by(after, jobs)
    for name in keeping:
        (kept,) = (step["with"] for step in steps(jobs[name], "upload-artifact") if step["with"]["name"] == "journal")
        assert kept["path"].endswith("/.pyo3ops/release/*/journal.jsonl")
        # The folder's name begins with a dot.
        assert kept["include-hidden-files"] is True
        assert kept["overwrite"] is True


def test_what_is_signed_for_is_what_is_sealed(jobs: dict[str, dict[str, Any]]) -> None:
    (signed,) = steps(jobs["attest"], "attest-build-provenance")
    (taken,) = steps(jobs["attest"], "download-artifact")
    assert taken["with"]["name"] == "sealed"
    assert signed["with"]["subject-path"] == f"{taken['with']['path']}/*/files/*"


def test_no_two_artifacts_have_the_same_name(jobs: dict[str, dict[str, Any]]) -> None:
    names = [artifact for _, artifact in uploads(jobs) if artifact != "journal"]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "$" in name]
    # What the gate counts is what was built, and nothing else.
    counted = next(steps(jobs["complete"], "download-artifact"))["with"]
    assert (counted["pattern"], counted["path"]) == ("dist-*", "dist")
    assert [name for name in names if not name.startswith(("dist-", "source"))] == ["sealed"]


def test_nothing_of_the_run_is_pasted_into_a_script(jobs: dict[str, dict[str, Any]], text: str) -> None:
    for job in jobs.values():
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
    assert yaml.safe_load(text)["env"]["VERSION"] == "${{ inputs.version }}"


def test_one_release_at_a_time(text: str) -> None:
    document = yaml.safe_load(text)
    assert document["concurrency"] == {"group": "${{ github.workflow }}", "cancel-in-progress": False}
    # YAML 1.1 reads the word `on` as true. A tag starts nothing: it is made when all has been read back.
    assert list(document[True]) == ["workflow_dispatch"]
    inputs = document[True]["workflow_dispatch"]["inputs"]
    assert inputs["version"]["required"] is True
    assert inputs["dry-run"]["default"] is False


def test_actions_are_those_of_the_table(jobs: dict[str, dict[str, Any]], text: str) -> None:
    known = {f"{row['name']}@{row['commit']} # {row['version']}" for row in ACTIONS}
    assert set(re.findall(r"uses: (.*)", text)) <= known
    for job in jobs.values():
        for step in steps(job, "checkout"):
            assert step["with"]["persist-credentials"] is False


def test_the_text_is_stable_and_pretty(what: Releasing, text: str) -> None:
    assert release_workflow(what, "pyo3ops==0.1.0") == text
    assert text.startswith(MARK)
    assert text.endswith("true\n")
    assert not re.search(r"[ \t]$|\t|\n\n\n", text, re.MULTILINE)
    assert not re.search(r"(?<!\$)\{[a-z-]+\}", text)
    assert max(map(len, text.splitlines())) <= 140


def test_the_gate_counts_what_is_planned(what: Releasing, jobs: dict[str, dict[str, Any]]) -> None:
    said = "\n".join(step.get("run", "") for step in jobs["complete"]["steps"])
    assert f"-eq {what.count}\n" in said
    assert ("wheels plan" in said) == (what.member is not None)


def test_a_project_of_python_alone_is_built_by_its_own_backend() -> None:
    what = pure()
    jobs = jobs_of(release_workflow(what, "./repository"))
    assert list(jobs) == ["plan", "build", "complete", "attest", *(stage.job for stage in STAGES)]
    assert what.count == 2
    (kept,) = steps(jobs["build"], "upload-artifact")
    assert kept["with"]["path"].split() == ["dist/*.tar.gz", "dist/*.whl"]
    without = pure(wheels={"sdist": False})
    (kept,) = steps(jobs_of(release_workflow(without, "./repository"))["build"], "upload-artifact")
    assert (without.count, kept["with"]["path"].split()) == (1, ["dist/*.whl"])


def test_who_uploads_is_a_setting() -> None:
    def publishing(**tool: Any) -> str:
        jobs = jobs_of(release_workflow(pure(**tool), "pyo3ops"))
        (script,) = (step["run"] for step in jobs["publish"]["steps"] if "run" in step)
        return str(script).splitlines()[0]

    assert publishing() == 'python -m pip install pyo3ops "twine==$TWINE"'
    assert publishing(release={"client": "uv"}) == 'python -m pip install pyo3ops "uv==$UV"'


def test_each_member_has_a_file_of_its_own() -> None:
    one, two = both()
    assert [each.file for each in (one, two)] == [
        ".github/workflows/release-one.yml",
        ".github/workflows/release-two-words.yml",
    ]
    document = yaml.safe_load(release_workflow(two, "pyo3ops"))
    assert document["name"] == "Release two-words"
    folders = {
        step["env"]["FOLDER"]
        for job in document["jobs"].values()
        for step in job["steps"]
        if "FOLDER" in step.get("env", {})
    }
    assert folders == {"crates/two words"}
    sealed = next(steps(document["jobs"]["complete"], "upload-artifact"))
    assert sealed["with"]["path"] == "repository/crates/two words/.pyo3ops/release"
    assert compiled().file == ".github/workflows/release.yml"


def test_a_backend_that_is_not_maturin_is_refused() -> None:
    found = Member(".", Project(**{**vars(project()), "backend": Backend.SETUPTOOLS_RUST}), planned(project()))
    with pytest.raises(ConfigError, match="setuptools-rust"):
        release_workflow(releasing(None, [found])[0], "pyo3ops")


@pytest.mark.parametrize(
    ("backend", "requires", "crate", "expected"),
    [
        ("hatchling.build", "hatchling", False, True),
        ("maturin", "maturin", False, False),
        ("setuptools.build_meta", "setuptools-rust", False, False),
        # Whatever it is, what it compiles is not Python.
        ("mine", "mine", True, False),
    ],
)
def test_what_is_pure_python(backend: str, requires: str, *, crate: bool, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n[project]\nname = "demo"\n'
    )
    if crate:
        (tmp_path / "Cargo.toml").write_text("[package]\n")
    assert (pure_project(tmp_path, {}) is not None) is expected


def test_what_is_at_the_root_is_released_and_not_its_examples() -> None:
    (what,) = releasing(project(), [member("examples/one"), member("examples/two")])
    assert (what.member, what.file) == (None, ".github/workflows/release.yml")
