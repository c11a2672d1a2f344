"""What the generated workflow promises, read from the YAML as GitHub would."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core import toml
from pyo3ops.core.config import WheelsConfig, read_config
from pyo3ops.wheels.planned import planned
from pyo3ops.wheels.workflow import Member
from pyo3ops.wheels.workflow_text import MARK, group_of, workflow

if TYPE_CHECKING:
    from collections.abc import Mapping

yaml = pytest.importorskip("yaml", reason="PyYAML is not here")

ROOT = Path(__file__).parents[3]
ACTIONS = toml.load(ROOT / "pyo3ops" / "data" / "actions.toml")["action"]
GNU, MUSL = "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"
PLANS: dict[str, dict[str, Any]] = {
    "abi3": {"features": ("abi3-py38",), "tool": {"pythons": ["3.8", "3.13"]}},
    "version-specific": {"tool": {"pythons": ["3.11", "3.12", "3.13"]}},
    "free-threaded": {"features": ("abi3-py39",), "tool": {"pythons": ["3.9", "3.14", "3.14t"]}},
    "single target": {"tool": {"pythons": ["3.12"], "wheels": {"targets": ["aarch64-apple-darwin"]}}},
    "no sdist": {"tool": {"pythons": ["3.12"], "wheels": {"targets": [GNU], "sdist": False}}},
    "not tested": {"tool": {"wheels": {"targets": ["armv7-unknown-linux-gnueabihf"]}}},
    "many": {
        "features": ("abi3", "abi3t"),
        "tool": {
            "pythons": ["3.9", "3.10", "3.12", "3.14", "3.14t", "3.15", "3.15t"],
            "wheels": {
                "targets": [
                    GNU, "i686-unknown-linux-gnu", "armv7-unknown-linux-gnueabihf", MUSL, "universal2-apple-darwin",
                    "x86_64-apple-darwin", "x86_64-pc-windows-msvc", "i686-pc-windows-msvc", "aarch64-pc-windows-msvc",
                ],
                "abis": ["abi3-py39", "abi3-py311", "abi3t-py315"],
                "floors": {GNU: ["2_17", "2_28"]},
                "also": {f"pp311-pypy311_pp73 {GNU}": "PyPy"},
                "without": {"cp39-abi3 aarch64-pc-*": "no Python is made for it"},
            },
        },
    },
}  # fmt: skip


def members_of(name: str, project_of: Any) -> list[Member]:
    if name == "several members":
        found = []
        for folder in ("examples/one", "examples/two"):
            project = project_of(name=folder[-3:], root=Path("repository", folder))
            found.append(Member(folder, project, planned(project)))
        return found
    project = project_of(**PLANS[name])
    return [Member(".", project, planned(project))]


@pytest.fixture(params=[*PLANS, "several members"])
def made(request: pytest.FixtureRequest, project_of: Any) -> tuple[list[Member], str]:
    members = members_of(request.param, project_of)
    return members, workflow(members, "pyo3ops==0.1.0", WheelsConfig())


def jobs_of(text: str) -> dict[str, dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = yaml.safe_load(text)["jobs"]
    return jobs


def needed_by(job: str, jobs: Mapping[str, Mapping[str, Any]]) -> set[str]:
    found: set[str] = set()
    waiting = [job]
    while waiting:
        needs = jobs[waiting.pop()].get("needs", [])
        new = {needs} if isinstance(needs, str) else set(needs)
        waiting += new - found
        found |= new
    return found


def uploads(job: Mapping[str, Any]) -> list[str]:
    return [step["with"]["name"] for step in job["steps"] if "upload-artifact@" in step.get("uses", "")]


def test_complete_waits_for_every_job_that_hands_over_a_file(made: tuple[list[Member], str]) -> None:
    jobs = jobs_of(made[1])
    building = {name for name, job in jobs.items() if any(each.startswith("dist-") for each in uploads(job))}
    assert building
    assert needed_by("complete", jobs) >= building
    assert needed_by("complete", jobs) == set(jobs) - {"complete", "attest"}
    assert needed_by("attest", jobs) == set(jobs) - {"attest"}


def test_a_job_that_nobody_waits_for_would_be_seen(project_of: Any) -> None:
    text = workflow(members_of("abi3", project_of), "pyo3ops", WheelsConfig()).replace(
        "needs: [sdist, linux, musl", "needs: [sdist, musl"
    )
    assert "linux" not in needed_by("complete", jobs_of(text))


def test_each_planned_wheel_is_built_by_one_entry(made: tuple[list[Member], str]) -> None:
    members, text = made
    built = []
    for job in jobs_of(text).values():
        for entry in job.get("strategy", {}).get("matrix", {}).get("include", ()):
            for line in entry.get("builds", "").splitlines():
                tag, _, options = line.split(" ", 2) if line.count(" ") > 1 else (*line.split(" "), "")
                floor = re.search(r"linux_(\d+_\d+)", options)
                built.append((entry.get("folder", "."), tag, entry["target"], floor[1] if floor else ""))
    wanted = []
    for member in members:
        for wheel in member.planned.wheels:
            floor_text = "_".join(map(str, member.planned.floor_of(wheel) or ()))
            tag = wheel.tag.replace("-abi3t", "-abi3.abi3t")
            wanted.append((member.folder, tag, wheel.target, floor_text))
    assert sorted(built) == sorted(wanted)


def filled(text: str, row: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda match: row[match[1]], text)


def test_no_two_artifacts_have_the_same_name(made: tuple[list[Member], str]) -> None:
    names = []
    for job in jobs_of(made[1]).values():
        rows = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
        names += [filled(name, row) for row in rows for name in uploads(job)]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "$" in name]


def test_rights_are_the_least(made: tuple[list[Member], str]) -> None:
    document = yaml.safe_load(made[1])
    assert document["permissions"] == {}
    rights = {name: job["permissions"] for name, job in document["jobs"].items()}
    assert rights.pop("attest") == {"id-token": "write", "attestations": "write"}
    assert {tuple(each.items()) for each in rights.values()} == {(("contents", "read"),)}
    # Each with its reason.
    assert not re.findall(r"^ +(?:contents|id-token|attestations): \w+$", made[1], re.MULTILINE)
    assert "secrets" not in made[1]


def test_nothing_of_the_run_is_pasted_into_a_script(made: tuple[list[Member], str]) -> None:
    for job in jobs_of(made[1]).values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            assert step.get("if", "") in ("", "matrix.tests != ''")
        assert job.get("if", "") in ("", "startsWith(github.ref, 'refs/tags/')")
        assert job["timeout-minutes"]
    assert "always()" not in made[1]


def test_actions_are_those_of_the_table(made: tuple[list[Member], str]) -> None:
    known = {f"{row['name']}@{row['commit']} # {row['version']}" for row in ACTIONS}
    used = set(re.findall(r"uses: (.*)", made[1]))
    assert used <= known
    for job in jobs_of(made[1]).values():
        for step in job["steps"]:
            if "checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("row", ACTIONS, ids=lambda row: row["name"])
def test_a_commit_stands_where_its_source_says(row: dict[str, str]) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", row["commit"])
    assert f"{row['name']}@{row['commit']} # {row['version']}" in (ROOT / row["source"]).read_text(encoding="utf-8")


def test_the_text_is_stable_and_pretty(made: tuple[list[Member], str]) -> None:
    members, text = made
    assert workflow(members, "pyo3ops==0.1.0", WheelsConfig()) == text
    assert text.startswith(MARK)
    assert text.endswith("\n")
    assert not re.search(r"[ \t]$|\t|\n\n\n", text, re.MULTILINE)
    assert not re.search(r"(?<!\$)\{[a-z-]+\}", text)
    assert max(map(len, text.splitlines())) <= 140
    # What is read back is what was meant: no text became a number or a truth value.
    for job in jobs_of(text).values():
        for entry in job.get("strategy", {}).get("matrix", {}).get("include", ()):
            assert all(isinstance(value, str) for value in entry.values())


def started_by(project_of: Any, **tool: Any) -> Mapping[str, Any]:
    settings = read_config({"wheels": tool}).wheels
    # YAML 1.1 reads the word `on` as true.
    document: Mapping[Any, Any] = yaml.safe_load(workflow(members_of("abi3", project_of), "pyo3ops", settings))
    found: Mapping[str, Any] = document[True]
    return found


def test_it_runs_when_the_settings_say(project_of: Any) -> None:
    pushed = {"branches": ["main"], "tags": ["v*"]}
    assert started_by(project_of) == {"push": pushed, "pull_request": None, "workflow_dispatch": None}
    assert started_by(project_of, triggers=["manual"]) == {"workflow_dispatch": None}
    assert started_by(project_of, triggers=["manual", "tags"]) == {"push": {"tags": ["v*"]}, "workflow_dispatch": None}
    own = started_by(project_of, triggers=["push"], branches=["master", "release/*"])
    assert own == {"push": {"branches": ["master", "release/*"]}}


@pytest.mark.parametrize("folder", [".", "crates/core", "x #y: z", "1.0", "on", "a: b"])
def test_a_folder_is_the_same_to_yaml(folder: str, project_of: Any) -> None:
    project = project_of(**PLANS["abi3"])
    document = yaml.safe_load(workflow([Member(folder, project, planned(project))], "pyo3ops", WheelsConfig()))
    found = {
        step["env"]["FOLDER"]
        for job in document["jobs"].values()
        for step in job["steps"]
        if "FOLDER" in step.get("env", {})
    }
    assert found == {folder}


def test_the_gate_counts_what_is_planned(made: tuple[list[Member], str]) -> None:
    members, text = made
    (run,) = (step["run"] for step in jobs_of(text)["complete"]["steps"] if "plan" in step.get("run", ""))
    assert "pyo3ops wheels plan --project repository --against dist" in run
    assert f"-eq {sum(member.planned.count for member in members)}\n" in run


def test_without_an_sdist_it_is_built_from_and_not_handed_over(project_of: Any) -> None:
    jobs = jobs_of(workflow(members_of("no sdist", project_of), "pyo3ops", WheelsConfig()))
    assert uploads(jobs["sdist"]) == ["source"]
    assert [step["with"]["name"] for step in jobs["linux"]["steps"] if "download" in step.get("uses", "")] == ["source"]


@pytest.mark.parametrize(
    ("text", "folder", "group"),
    [
        ("[dependency-groups]\ntest = []\ntests = []\n", "tests", "test"),
        ("[dependency-groups]\ntests = []\n", "tests", "tests"),
        ("[dependency-groups]\ntests = []\n", "test", ""),
        ("[dependency-groups]\nlint = []\n", "tests", ""),
        ("dependency-groups = 3\n", "tests", ""),
        (None, "tests", ""),
    ],
)
def test_tests_are_run_where_a_group_says_with_what(
    text: str | None, folder: str, group: str, project_of: Any, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / folder).mkdir(exist_ok=True)
    project = project_of(root=tmp_path)
    found = Member(".", project, planned(project))
    assert group_of(found) == group
    assert workflow([found], "pyo3ops", WheelsConfig()).count("pytest") == (4 if group else 0)


@pytest.mark.parametrize("name", ["rust-toolchain", "rust-toolchain.toml"])
def test_the_compiler_that_the_project_chooses(name: str, project_of: Any) -> None:
    project = project_of(toolchain_file=Path("demo", name))
    text = workflow([Member(".", project, planned(project))], "pyo3ops", WheelsConfig())
    assert text.count(f'cp "repository/$FOLDER"/{name} source') == 4


DIST = '[profile.dist]\ninherits = "release"\ndebug = "line-tables-only"\n'


def with_profile(text: str, folder: Path, project_of: Any, **changes: Any) -> Member:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(text)
    project = project_of(root=folder, **PLANS["abi3"], **changes)
    return Member(folder.name, project, planned(project))


def test_debug_information_is_kept_beside_what_is_shipped(tmp_path: Path, project_of: Any) -> None:
    text = workflow([with_profile(DIST, tmp_path / "one", project_of)], "pyo3ops==0.1.0", WheelsConfig())
    jobs = jobs_of(text)
    kept = {name: [each for each in uploads(job) if each.startswith("symbols-")] for name, job in jobs.items()}
    # In the library itself on Linux alone; by its build ID a debugger finds what was split off.
    assert [name for name, names in kept.items() if names] == ["linux", "musl"]
    for name, job in jobs.items():
        scripts = [step["run"] for step in job["steps"] if "run" in step]
        building = [script for script in scripts if "maturin build" in script]
        assert all("maturin build --profile dist" in script for script in building)
        assert all(("--build-id=sha1" in script) is bool(kept[name]) for script in building)
        assert any(script.startswith("pyo3ops wheels symbols dist") for script in scripts) is bool(kept[name])
    # What is not shipped is not counted, either.
    (counted,) = (step["with"]["pattern"] for step in jobs["complete"]["steps"] if "pattern" in step.get("with", {}))
    assert counted == "dist-*"


def test_each_member_is_built_with_its_own_profile(tmp_path: Path, project_of: Any) -> None:
    members = [
        with_profile(DIST, tmp_path / "one", project_of, name="one"),
        with_profile("", tmp_path / "two", project_of, name="two"),
    ]
    text = workflow(members, "pyo3ops", WheelsConfig())
    assert "maturin build --target" in text
    assert "wheels symbols" not in text
    entries = jobs_of(text)["linux"]["strategy"]["matrix"]["include"]
    assert {entry["key"]: entry["builds"].split()[2] for entry in entries} == {"one": "--profile", "two": "--release"}
