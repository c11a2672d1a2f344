"""Real builds of copies of this project, on the one Python that conftest.py names: PyO3 0.30, and a wheel for all."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Between runs it spares the dependencies; `cargo clean` empties it.
TARGET = ROOT / "target" / "versions"
NEWER = "0.30.1"
#: What cargo says where crates cannot be had: no failure of the code.
OFFLINE = re.compile(r"failed to (?:download|fetch|get|query)|[Cc]ould not (?:resolve|connect)|offline")
PROGRAM = (
    "import json, sys, versioning as v; print(json.dumps([v.__version__, v.summarize([1, 2]).mean, v.build_info()]))"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo to build with"),
]


def run(*argv, cwd):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYO3_")}
    env.update(CARGO_TARGET_DIR=str(TARGET), CARGO_TERM_COLOR="never", CARGO_PROFILE_DEV_DEBUG="0")
    done = subprocess.run([str(each) for each in argv], capture_output=True, text=True, check=False, cwd=cwd, env=env)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("crates cannot be downloaded here")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def copied(folder):
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("target", ".*", "__pycache__"))
    return folder


def built(project, python, *options):
    """Build a wheel of the project for a Python and unpack it; the wheel's name, the folder, and what was printed."""
    out = project / "wheels"
    argv = ("maturin", "build", "--locked", "--interpreter", python, "--out", out)
    # maturin of the tests' own environment, which is not always on PATH.
    said = run(Path(sys.executable).with_name("maturin"), *argv[1:], *options, cwd=project)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(project / "installed")
    return wheel.name, project / "installed", said


def asked(python, installed):
    argv = [str(python), "-c", PROGRAM]
    env = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env, cwd=installed)
    assert done.returncode == 0, f"{python}: {done.stderr}"
    return json.loads(done.stdout)


def pythons():
    """The Pythons from 3.8 on that run here, by version: of PATH, and those installed beside this one."""
    beside = Path(sys.base_prefix).parent
    named = [shutil.which(f"python3.{minor}") for minor in range(8, 15)]
    paths = [sys.executable, *filter(None, named), *sorted(map(str, beside.glob("3.*/bin/python3")))]
    found = {}
    for path in paths:
        argv = [path, "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        version = tuple(map(int, done.stdout.split()))
        if version >= (3, 8):
            found.setdefault(version, path)
    return dict(sorted(found.items()))


def test_the_same_code_on_the_newer_pyo3_as_a_pre_release(tmp_path):
    """Nothing of the code changes: two lines of Cargo.lock do, and the version, to see that it is one everywhere."""
    project = copied(tmp_path / "copy")
    # PyO3 brings the newer pyo3-build-config for itself, beside ours: both have to move.
    for crate in ("pyo3", "pyo3-build-config@0.29.3"):
        run("cargo", "update", "--package", crate, "--precise", NEWER, cwd=project)
    for name in ("Cargo.toml", "Cargo.lock"):
        text = (project / name).read_text(encoding="utf-8")
        changed = text.replace('name = "versioning"\nversion = "0.3.0"', 'name = "versioning"\nversion = "0.4.0-rc.1"')
        assert changed != text
        (project / name).write_text(changed, encoding="utf-8")
    wheel, installed, said = built(project, sys.executable)
    assert "warning: use of deprecated" not in said
    version, mean, info = asked(sys.executable, installed)
    assert (version, mean, info["pyo3"]) == ("0.4.0rc1", 1.5, NEWER)
    assert wheel.startswith("versioning_pyo3ops-0.4.0rc1-cp313-cp313-")
    metadata = next(installed.glob("*.dist-info/METADATA")).read_text(encoding="utf-8")
    assert "\nVersion: 0.4.0rc1\n" in metadata


def test_one_stable_abi_wheel_is_loaded_by_every_python_from_its_own_on(tmp_path):
    here = pythons()
    oldest = next(iter(here))
    wheel, installed, _ = built(copied(tmp_path / "copy"), here[oldest], "--features", "abi3")
    assert f"-cp3{oldest[1]}-abi3-" in wheel
    for python in here.values():
        version, mean, info = asked(python, installed)
        assert (version, mean, info["abi3"], tuple(info["python"])) == ("0.3.0", 1.5, True, oldest)
        # What the code may use was settled by the oldest, however new the one that runs it.
        assert info["buffers"] is (oldest >= (3, 11))


def test_a_feature_that_the_newer_pyo3_dropped_keeps_cargo_on_the_older(tmp_path):
    """The wrong way, as many write it: the range says 0.30 and cargo quietly resolves 0.29."""
    project = copied(tmp_path / "copy")
    manifest = project / "Cargo.toml"
    right = manifest.read_text(encoding="utf-8")
    resolved = {}
    for feature in ("pyo3/abi3", "pyo3/abi3-py38"):
        (project / "Cargo.lock").unlink()
        manifest.write_text(right.replace('["pyo3/abi3"]', f'["{feature}"]'), encoding="utf-8")
        run("cargo", "generate-lockfile", "--ignore-rust-version", cwd=project)
        lock = (project / "Cargo.lock").read_text(encoding="utf-8")
        resolved[feature] = re.search(r'name = "pyo3"\nversion = "(\d+\.\d+)', lock)[1]
    assert resolved == {"pyo3/abi3": "0.30", "pyo3/abi3-py38": "0.29"}
