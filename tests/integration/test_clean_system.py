"""A Debian 12 with Python and nothing else: what is missing is named, `--fix` brings it, the example builds in there.

The system is made by debootstrap from the mirror that this host's own apt uses, and kept as a tar file in pytest's
cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Mapping

import pytest

from .conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1500)]

SUITE = "bookworm"
#: Where the project, pyo3ops and the checkout's bootstrap are in there.
PROJECT, SITE, CHECKOUT = "/root/hello_world", "/opt/site", "/opt/checkout"
AUTHORITIES = "/etc/authorities-of-the-host.pem"
PLAIN = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": SITE}
#: Variables by which a host says how it reaches its registries.
PASSED_ON = re.compile(
    r"(?i)(https?|no|all)_proxy|PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT)|CARGO_(HTTP|NET|REGISTR)\w*"
)
#: /proc is mounted in a namespace of its own, which ends with the program.
INSIDE = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


@dataclass(frozen=True)
class System:
    """A clean system in a folder."""

    root: Path
    env: Mapping[str, str]

    def run(self, *argv: str, cwd: str = PROJECT) -> subprocess.CompletedProcess[str]:
        variables = [f"{name}={value}" for name, value in self.env.items()]
        inside = ["env", "-i", *variables, "sh", "-c", 'cd "$0" && exec "$@"', cwd, *argv]
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", INSIDE, str(self.root), *inside],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=1200,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def pyo3ops(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return self.run("python3", "-m", "pyo3ops", *argv)


@dataclass(frozen=True)
class Story:
    """What happened in the clean system, in this order."""

    bootstrap: subprocess.CompletedProcess[str]
    before: subprocess.CompletedProcess[str]
    refused: subprocess.CompletedProcess[str]
    dry: subprocess.CompletedProcess[str]
    untouched: subprocess.CompletedProcess[str]
    fixed: subprocess.CompletedProcess[str]
    built: subprocess.CompletedProcess[str]
    again: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can make a system in a folder")
    for program in ("debootstrap", "unshare", "tar"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here")
    cache = getattr(request.config, "cache", None)
    assert cache is not None
    archive = base(Path(cache.mkdir("clean-system")))
    root = tmp_path_factory.mktemp("system")
    check("tar", "--extract", "--file", str(archive), "--directory", str(root))
    furnish(root)
    yield System(root, environment(root))
    # Half a gigabyte, of which nothing is worth keeping.
    shutil.rmtree(root)


def base(cache: Path) -> Path:
    """The tar file of the bare system, made once."""
    archive = cache / f"{SUITE}.tar"
    if not archive.exists():
        folder = cache / "making"
        shutil.rmtree(folder, ignore_errors=True)
        check("debootstrap", "--variant=minbase", "--include=python3", SUITE, str(folder), mirror())
        check("tar", "--create", "--file", f"{archive}.part", "--directory", str(folder), ".")
        shutil.rmtree(folder)
        Path(f"{archive}.part").rename(archive)
    return archive


def mirror() -> str:
    """Where this host's apt gets that suite from."""
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in file.read_text(encoding="utf-8").split("\n\n"):
            fields = dict(re.findall(r"^(\w[\w-]*):\s*(.*)$", stanza, re.MULTILINE))
            if SUITE in fields.get("Suites", "").split():
                return str(fields["URIs"].split()[0])
    for file in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*.list"))):
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        match = re.search(rf"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+{SUITE}\s", text, re.MULTILINE)
        if match:
            return match[1]
    pytest.skip(f"this host's apt does not know {SUITE}")


def furnish(root: Path) -> None:
    """Give the system this host's way to its mirrors and certificates, pyo3ops without pip, and the project."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for name in ("sources.list", "sources.list.d", "apt.conf.d", "auth.conf.d", "keyrings", "trusted.gpg.d"):
        here = Path("/etc/apt") / name
        if here.is_dir():
            shutil.copytree(here, root / "etc/apt" / name, dirs_exist_ok=True)
        elif here.exists():
            shutil.copy(here, root / "etc/apt" / name)
    for name in ("resolv.conf", "hosts"):
        shutil.copy(Path("/etc", name), root / "etc" / name)
    authorities = os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt"
    if Path(authorities).exists():
        shutil.copy(authorities, f"{root}{AUTHORITIES}")
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert uv
    # Into a folder, for the Python in there: that one has no pip.
    check(uv, "pip", "install", "--quiet", "--target", f"{root}{SITE}", "--python-version", "3.11", str(ROOT))
    nothing_built = shutil.ignore_patterns("target", "__pycache__", ".venv")
    shutil.copytree(ROOT / "examples/hello_world", f"{root}{PROJECT}", ignore=nothing_built)
    shutil.copytree(ROOT / "ci", f"{root}{CHECKOUT}/ci", ignore=nothing_built)
    shutil.copytree(ROOT / "pyo3ops/data", f"{root}{CHECKOUT}/pyo3ops/data", ignore=nothing_built)


def environment(root: Path) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    if Path(f"{root}{AUTHORITIES}").exists():
        found.update(dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "CARGO_HTTP_CAINFO"), AUTHORITIES))
    return {**PLAIN, **found}


def check(*argv: str) -> None:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


#: Builds the wheel with what was installed, installs it and calls it.
BUILD = """\
set -e
. .venv/bin/activate
maturin build --release --locked --out /tmp/wheels
python -m pip install --quiet --no-deps /tmp/wheels/*.whl
cd / && python -c "import hello_world; print(hello_world.__file__, hello_world.hello('you'))"
"""


@pytest.fixture(scope="module")
def story(system: System, record_testsuite_property: Callable[[str, object], None]) -> Story:
    started = time.monotonic()

    def timed(name: str, done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
        nonlocal started
        record_testsuite_property(f"seconds of {name}", round(time.monotonic() - started, 1))
        started = time.monotonic()
        return done

    return Story(
        bootstrap=timed("bootstrap", system.run("python3", f"{CHECKOUT}/ci/bootstrap.py", "-s", "tests")),
        before=timed("validate", system.pyo3ops("validate", "--json")),
        refused=timed("validate --fix", system.pyo3ops("validate", "--fix")),
        dry=timed("validate --fix --dry-run", system.pyo3ops("validate", "--fix", "--dry-run")),
        untouched=timed("validate again", system.pyo3ops("validate", "--json")),
        fixed=timed("validate --fix --yes", system.pyo3ops("validate", "--fix", "--yes", "--json")),
        built=timed("build", system.run("sh", "-c", BUILD)),
        again=timed("validate --fix --yes again", system.pyo3ops("validate", "--fix", "--yes", "--json")),
    )


def statuses(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {finding["id"]: finding["status"] for finding in json.loads(done.stdout)["findings"]}


def table(done: subprocess.CompletedProcess[str], title: str) -> list[list[Any]]:
    return next(each["rows"] for each in json.loads(done.stdout)["tables"] if each["title"] == title)


def test_the_bootstrap_says_what_to_install(story: Story) -> None:
    assert story.bootstrap.returncode == 2
    assert "comes without" in story.bootstrap.stderr
    assert "apt-get install" in story.bootstrap.stderr
    assert "python3.11-venv" in story.bootstrap.stderr


def test_all_that_is_missing_is_named(story: Story) -> None:
    found = statuses(story.before)
    assert story.before.returncode == 1
    assert {name for name, status in found.items() if status == "fail"} == {"rust.rustc", "rust.cargo", "build.linker"}
    assert {"python.venv", "build.maturin"} <= {name for name, status in found.items() if status == "warn"}
    assert not {"crash", "unknown"} & set(found.values())


def test_without_a_word_from_anybody_nothing_is_done(story: Story) -> None:
    assert story.refused.returncode == 2
    assert "nothing was run" in story.refused.stderr
    assert story.dry.returncode == 1
    assert statuses(story.untouched) == statuses(story.before)


def test_the_commands_can_be_read_by_a_shell(story: Story) -> None:
    commands = [line for line in story.dry.stdout.splitlines() if not line.startswith("#")]
    assert [line.split()[:2] for line in commands[:2]] == [["apt-get", "update"], ["apt-get", "install"]]
    # Debian's own rustc is older than PyO3 accepts.
    assert {"rustc-web", "cargo-web", "gcc", "python3.11-venv"} <= set(commands[1].split())
    assert [line for line in commands if "-m venv" in line] == [f"/usr/bin/python3 -m venv {PROJECT}/.venv"]
    assert commands[-1] == f"{PROJECT}/.venv/bin/python -m pip install 'maturin>=1.9,<2'"
    assert subprocess.run(["sh", "-n"], input=story.dry.stdout, text=True, check=False).returncode == 0


def test_the_fix_brings_it_to_green(story: Story) -> None:
    assert story.fixed.returncode == 0, story.fixed.stderr[-3000:]
    found = statuses(story.fixed)
    assert {found[name] for name in ("rust.rustc", "rust.cargo", "rust.msrv", "build.linker", "build.maturin")} == {
        "ok"
    }
    assert "fail" not in found.values()
    results = {result for *_, result in table(story.fixed, "Fixes")}
    assert results <= {"done", "for you"}
    changed = {row[0]: row[1:3] for row in table(story.fixed, "Before and after")}
    assert changed["rust.rustc"] == ["fail", "ok"]
    assert changed["build.maturin"] == ["warn", "ok"]


def test_the_example_builds_installs_and_imports(story: Story) -> None:
    assert story.built.returncode == 0, story.built.stderr[-3000:]
    assert story.built.stdout.splitlines()[-1].startswith(f"{PROJECT}/.venv/lib/")


def test_a_second_fix_does_nothing(story: Story) -> None:
    assert story.again.returncode == 0
    assert "$ " not in story.again.stderr
    assert {result for *_, result in table(story.again, "Fixes")} <= {"for you"}
