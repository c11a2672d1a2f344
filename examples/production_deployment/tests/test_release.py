"""A real release, built twice in two places, on the one Python that conftest.py names: half a minute, Linux only."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "tools"
#: Between runs it spares the dependencies; `cargo clean` empties it.
TARGET = ROOT / "target" / "release_tests"
#: What cargo says where crates cannot be had: no failure of the code.
OFFLINE = re.compile(r"failed to (?:download|fetch|get|query)|[Cc]ould not (?:resolve|connect)|offline")
NEEDED = ("cargo", "objcopy", "readelf", "addr2line", "nm")
MISSING = [name for name in NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="ELF files are split and read"),
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not here"),
]


def run(*argv, **options):
    argv = [str(each) for each in argv]
    # readelf prints a checksum as if it were text.
    done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False, timeout=900, **options)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("crates cannot be downloaded here")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def released(project, out):
    run(
        sys.executable, project / "tools" / "build_release.py", out, env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    )
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return released(ROOT, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def split(release, tmp_path_factory):
    """A copy of the wheel without debug information, unpacked, and the folder that has it."""
    folder = tmp_path_factory.mktemp("split")
    wheel = Path(shutil.copy(release[0], folder))
    run(sys.executable, TOOLS / "split_debug.py", folder / "symbols", wheel)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return wheel, folder / "installed", folder / "symbols"


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def library(folder):
    (found,) = folder.glob("production_deployment/_native*.so")
    return found


def build_id(file):
    return re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "--notes", "--wide", file))[1]


def test_another_folder_gives_the_same_bytes(release, tmp_path):
    elsewhere = tmp_path / "a folder elsewhere"
    shutil.copytree(ROOT, elsewhere, ignore=shutil.ignore_patterns("target", ".[!g]*", "__pycache__"))
    again = released(elsewhere, tmp_path / "out")
    for one, other in zip(release, again):
        # Hashes: a difference of megabytes would take minutes to be shown.
        assert sha256(one) == sha256(other), one.name


def test_nothing_tells_of_the_machine_that_built(release, tmp_path):
    with zipfile.ZipFile(release[0]) as archive:
        archive.extractall(tmp_path)
    for place in (ROOT, Path.home(), Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))):
        for file in filter(Path.is_file, tmp_path.rglob("*")):
            assert os.fsencode(f"{place}/") not in file.read_bytes(), file.name
    sbom = next(tmp_path.rglob("*.cyclonedx.json")).read_text(encoding="utf-8")
    assert '"path+file:///.#production_deployment@' in sbom


def test_what_is_shipped_is_small_and_works(release, split):
    wheel, installed, _ = split
    assert wheel.stat().st_size * 2 < release[0].stat().st_size
    code = "import production_deployment as p; print(p.__file__, p.count(b'one two'))"
    said = run(sys.executable, "-c", code, env={**os.environ, "PYTHONPATH": str(installed)}, cwd=installed)
    assert said.startswith(str(installed))
    assert "words=2" in said


def test_the_record_of_a_split_wheel_is_true(split):
    """An installer refuses a wheel, or warns, where a hash of RECORD is not its file's."""
    with zipfile.ZipFile(split[0]) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = dict(row.split(",", 1) for row in archive.read(record).decode("utf-8").splitlines())
        assert set(rows) == set(archive.namelist())
        for name in set(rows) - {record}:
            data = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
            assert rows[name] == f"sha256={digest},{len(data)}", name


def test_an_address_becomes_a_line_again(split):
    """What a crash report has: an address and a build ID. Without the symbols it stays an address."""
    _, installed, symbols = split
    shipped = library(installed)
    identity = build_id(shipped)
    debug = symbols / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
    assert build_id(debug) == identity
    assert f"{identity[2:]}.debug" in run("readelf", "--string-dump=.gnu_debuglink", shipped)
    # Which function gets the code of an inlined one is the optimiser's choice: all of the module are asked for.
    listed = run("nm", "--demangle", "--defined-only", debug)
    addresses = re.findall(r"^([0-9a-f]+) [tT] .*_native.*$", listed, re.MULTILINE)
    assert addresses
    assert set(run("addr2line", "--exe", shipped, *addresses).split()) <= {"??:0", "??:?"}
    assert re.search(r"\bsrc/(lib|counting)\.rs:\d+", run("addr2line", "--inlines", "--exe", debug, *addresses))
