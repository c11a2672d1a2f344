"""What is in the installed package, and what the files beside it promise."""

import doctest
import email.parser
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import production_deployment
import pytest

ROOT = Path(__file__).parents[1]
DISTRIBUTION = importlib.metadata.distribution("production-deployment-pyo3ops")
METADATA = email.parser.Parser().parsestr(DISTRIBUTION.read_text("METADATA"))
WHEELS, RELEASE = ".github/workflows/wheels.yml", ".github/workflows/release.yml"


def text(name):
    return ROOT.joinpath(name).read_text(encoding="utf-8")


def test_one_version_wherever_one_asks():
    version = production_deployment.__version__
    assert DISTRIBUTION.version == version
    assert f'\nversion = "{version}"\n' in text("Cargo.toml")
    assert re.findall(r"^## (\S+) - \d{4}-\d\d-\d\d$", text("CHANGELOG.md"), re.MULTILINE)[0] == version


def test_the_metadata_says_all_that_an_index_shows():
    assert METADATA["License-Expression"] == "MIT OR Apache-2.0"
    assert METADATA.get_all("License-File") == ["LICENSE-MIT", "LICENSE-APACHE"]
    assert not [each for each in METADATA.get_all("Classifier") if each.startswith("License ::")]
    assert METADATA["Summary"] == re.search(r'^description = "(.*)"$', text("Cargo.toml"), re.MULTILINE)[1]
    labels = {url.split(",")[0] for url in METADATA.get_all("Project-URL")}
    assert labels == {"Homepage", "Documentation", "Source", "Issues", "Changelog", "Security"}
    (entry,) = DISTRIBUTION.entry_points
    assert (entry.name, entry.value) == ("production-deployment", "production_deployment.cli:entry")


def test_licences_types_and_sbom_are_installed():
    installed = {str(file).replace("\\", "/") for file in DISTRIBUTION.files}
    for ending in ("licenses/LICENSE-MIT", "licenses/LICENSE-APACHE", "py.typed", "_native.pyi"):
        assert any(name.endswith(f"/{ending}") for name in installed), ending


def test_the_sbom_names_crates_of_the_lock_with_their_versions_and_licences():
    (file,) = (file for file in DISTRIBUTION.files if file.name.endswith(".cyclonedx.json"))
    sbom = json.loads(Path(str(DISTRIBUTION.locate_file(file))).read_text(encoding="utf-8"))
    named = {(each["name"], each["version"]) for each in sbom["components"]}
    locked = set(re.findall(r'name = "(.+)"\nversion = "(.+)"\nsource', text("Cargo.lock")))
    assert {name for name, _ in named} >= {"pyo3", "pyo3-ffi", "libc"}
    # Some of a lock are for other platforms; none of an SBOM may be of another lock.
    assert named <= locked
    assert all(each["licenses"] and each["purl"].startswith("pkg:cargo/") for each in sbom["components"])


def test_the_docs_do_what_they_say():
    failed, tried = doctest.testfile(str(ROOT / "docs" / "index.md"), module_relative=False)
    assert tried > 5
    assert failed == 0


def test_the_rust_has_no_unsafe():
    for file in sorted(ROOT.glob("src/*.rs")):
        assert not re.search(r"\bunsafe\b", file.read_text(encoding="utf-8")), file


def jobs_of(workflow):
    return dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", text(workflow).split("\njobs:\n")[1], re.MULTILINE))


@pytest.mark.parametrize("workflow", [WHEELS, RELEASE])
def test_actions_are_pinned_to_what_they_are(workflow):
    uses = re.findall(r"uses: (.+)", text(workflow))
    assert len(uses) > 5
    for each in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_nothing_is_published_before_everything_was_built():
    jobs = jobs_of(RELEASE)
    needs = {name: re.findall(r"\w+", re.search(r"needs: (.*)|$", job)[1] or "") for name, job in jobs.items()}
    before, pending = set(), ["publish"]
    while pending:
        pending += [name for name in needs[pending.pop()] if not (name in before or before.add(name))]
    # What comes after it reads back what is public, and tags it.
    assert before == set(jobs) - {"publish", "verify", "announce"}
    assert {name for name, job in jobs.items() if re.search(r"name: dist-", job)} <= before
    # A condition that looks past failures, as always() does, would publish what is left; one that keeps a journal may.
    assert not [name for name, job in jobs.items() if re.search(r"^    if: .*\(\)", job, re.MULTILINE)]
    assert [name for name, job in jobs.items() if "id-token: write" in job] == ["attest", "publish"]
    assert [name for name, job in jobs.items() if "    environment: release " in job] == ["publish"]


@pytest.mark.parametrize("workflow", [WHEELS, RELEASE])
def test_wheels_are_built_for_the_pythons_that_are_promised(workflow):
    promised = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', text("pyproject.toml"))
    for target in ("x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"):
        (entry,) = re.findall(rf"- name: {target}\n((?:            .*\n)+)", text(workflow))
        assert re.findall(r"cp3(\d+)-cp3\1 ", entry.split("tests:")[0]) == promised, target


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "production_deployment", "--allowlist", str(allowed)]
    # What the last mypy of Python 3.8 does not miss would be one entry too many there.
    argv.append("--ignore-unused-allowlist")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
