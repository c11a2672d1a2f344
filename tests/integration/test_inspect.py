from __future__ import annotations

import base64
import hashlib
import io
import platform
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tasks.wheels import inspect
from pyo3ops.tools import elf, twine

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.model import Finding

SOURCE = """\
void *PyModule_Create2(void *, int);
void *dlopen(const char *, int);
const char *where = "/home/builder/pkg/src/lib.rs";
void *PyInit_pkg(void) { dlopen(where, 1); return PyModule_Create2(0, 3); }
"""
INFO = "pkg-1.0.dist-info/"
METADATA = "Metadata-Version: 2.4\nName: pkg\nVersion: 1.0\nLicense-Expression: MIT\nLicense-File: LICENSE\n"
METADATA += "Requires-Python: >=3.8\n"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One library of C for each way to link it."""
    need("cc", "readelf")
    folder = tmp_path_factory.mktemp("libraries")
    (folder / "pkg.c").write_text(SOURCE.replace("/home/builder", "/elsewhere"))
    (folder / "paths.c").write_text(SOURCE)
    (folder / "python.c").write_text("int unused;")
    _cc(folder, "python.c", "libpython3.99.so.1.0", "-Wl,-soname,libpython3.99.so.1.0")
    sound = ("-Wl,--build-id=sha1", "-s")
    _cc(folder, "pkg.c", "sound.so", *sound)
    _cc(folder, "pkg.c", "stack.so", *sound, "-z", "execstack")
    _cc(folder, "pkg.c", "rpath.so", *sound, "-Wl,-rpath,/home/builder/lib")
    _cc(folder, "pkg.c", "anonymous.so", "-s", "-Wl,--build-id=none")
    _cc(folder, "pkg.c", "python.so", *sound, "-Wl,--no-as-needed", "-L.", "-l:libpython3.99.so.1.0")
    _cc(folder, "paths.c", "paths.so", *sound)
    _cc(folder, "pkg.c", "debug.so", "-g3", "-Wl,--build-id=sha1", "-include", "math.h", "-include", "stdio.h")
    return folder


def _cc(folder: Path, source: str, target: str, *options: str) -> None:
    argv = ["cc", "-shared", "-fPIC", "-o", target, source, *options]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def packed(
    folder: Path,
    library: Path,
    suffix: str = ".abi3.so",
    python: str = "cp38-abi3",
    files: Mapping[str, str] | None = None,
) -> Path:
    """A wheel around one library, for a glibc that is as new as any."""
    tag = f"{python}-manylinux_2_99_{elf_machine(library)}"
    content: dict[str, bytes] = {
        f"pkg/pkg{suffix}": library.read_bytes(),
        INFO + "WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n".encode(),
        INFO + "METADATA": METADATA.encode(),
        INFO + "licenses/LICENSE": b"MIT\n",
        **{name: text.encode() for name, text in (files or {}).items()},
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in content.items()
    )
    path = folder / f"pkg-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in {**content, INFO + "RECORD": (record + f"{INFO}RECORD,,\n").encode()}.items():
            file.writestr(name, data)
    return path


def elf_machine(library: Path) -> str:
    found = elf.read(library)
    assert found is not None
    return found.machine


def worse(root: Path, *files: Path, env: Mapping[str, str], deep: bool = False) -> dict[str, Finding]:
    """The findings that are worse than a skip."""
    report = inspect.run(root, inspect.Request(env, files, deep=deep))
    return {each.id: each for each in report.findings if each.status.value not in ("ok", "skip")}


def test_a_sound_wheel(compiled: Path, tmp_path: Path, env: dict[str, str]) -> None:
    assert worse(tmp_path, packed(tmp_path, compiled / "sound.so"), env=env) == {}


@pytest.mark.parametrize(
    ("library", "finding", "status", "said"),
    [
        ("stack.so", "wheels.execstack", "fail", "asks for an executable stack"),
        ("rpath.so", "wheels.rpath", "fail", "looks for libraries in /home/builder/lib"),
        ("anonymous.so", "wheels.build-id", "warn", "has no build ID"),
        ("python.so", "wheels.libpython", "fail", "needs libpython3.99.so.1.0"),
        ("paths.so", "wheels.paths", "warn", "names files of who built it: /home/builder (1)"),
        ("debug.so", "wheels.strip", "warn", "MB of debug information"),
    ],
)
def test_a_library_that_is_linked_wrongly(
    compiled: Path, tmp_path: Path, *, library: str, finding: str, status: str, said: str
) -> None:
    found = worse(tmp_path, packed(tmp_path, compiled / library), env={"PATH": ""})
    assert set(found) == {finding}
    assert found[finding].status.value == status
    assert said in found[finding].detail
    assert found[finding].fix is not None


def test_a_version_specific_module_in_an_abi3_wheel(compiled: Path, tmp_path: Path, env: dict[str, str]) -> None:
    suffix = f".cpython-313-{platform.machine()}-linux-gnu.so"
    found = worse(tmp_path, packed(tmp_path, compiled / "sound.so", suffix), env=env)
    assert set(found) == {"wheels.abi3"}
    found = worse(tmp_path, packed(tmp_path, compiled / "sound.so", suffix, "cp312-cp312"), env=env)
    assert set(found) == {"wheels.tag"}


def test_a_stripped_library_is_unknown_in_nothing(compiled: Path, tmp_path: Path, env: dict[str, str]) -> None:
    report = inspect.run(tmp_path, inspect.Request(env, (packed(tmp_path, compiled / "sound.so"),)))
    assert report.exit_code == 0
    assert [table.title.partition(" ")[0] for table in report.tables] == ["Sections"]


def test_elf_agrees_with_readelf(compiled: Path) -> None:
    libraries = [*sorted(compiled.glob("*.so")), *_installed()]
    assert len(libraries) > 6
    for path in libraries:
        found = elf.read(path)
        assert found is not None
        printed = _readelf(path)
        assert list(found.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", printed), path
        assert [found.build_id] == (re.findall(r"Build ID: ([0-9a-f]+)", printed) or [""]), path
        stack = re.findall(r"GNU_STACK.*\s(RWE?)\s", printed)
        assert found.executable_stack is ("RWE" in stack), path
        needed = {row for row in re.findall(r"Name: (\S+)  Flags: (?!WEAK)\w+ ", printed) if row}
        assert {version for _, version in found.versions} == needed, path
        symbols = re.findall(r"^ +\d+: [0-9a-f]+ +\d+ +\w+ +\w+ +\w+ +(\w+) (\S+)", printed, re.MULTILINE)
        names = {(name.partition("@")[0], place == "UND") for place, name in symbols}
        assert {(name, True) for name in found.undefined} | {(name, False) for name in found.defined} == names, path


def _installed() -> Iterator[Path]:
    """Libraries that others built: the extension modules beside this Python's packages."""
    folder = Path(sysconfig.get_path("platlib"))
    yield from sorted(path for path in folder.rglob("*.so") if path.stat().st_size < 2**22)[:25]


def _readelf(path: Path) -> str:
    argv = ["readelf", "--wide", "--dynamic", "--notes", "--segments", "--version-info", "--dyn-syms", str(path)]
    return subprocess.run(
        argv, capture_output=True, text=True, check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    ).stdout


def test_twine_says_what_the_plain_rules_say(tmp_path: Path, env: dict[str, str], compiled: Path) -> None:
    if twine.command(env) is None:
        pytest.skip("twine is not here")
    text = METADATA + "Description-Content-Type: text/x-rst\n\nA long title\n=====\n\nText.\n"
    path = packed(tmp_path, compiled / "sound.so", files={INFO + "METADATA": text})
    found = worse(tmp_path, path, env=env)
    assert found["wheels.metadata"].status.value == "fail"


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_an_sdist_that_is_built_from(tiny: Path, quick: dict[str, str], tmp_path: Path) -> None:
    need("maturin")
    made = subprocess.run(
        ["maturin", "sdist", "--out", str(tmp_path)], cwd=tiny, env=quick, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    (path,) = tmp_path.glob("*.tar.gz")
    env = {**quick, "CARGO_BUILD_JOBS": "1"}
    found = worse(tmp_path, path, env=env, deep=True)
    # The project says no licence, and cargo may not have its crates here.
    assert set(found) <= {"wheels.licence", "wheels.sdist-builds"}
    assert found.get("wheels.sdist-builds") is None or found["wheels.sdist-builds"].status.value == "unknown"
    wrong = _changed(path, tmp_path / "wrong", "src/lib.rs", 'compile_error!("no");\n')
    assert worse(tmp_path, wrong, env=env, deep=True)["wheels.sdist-builds"].status.value in ("fail", "unknown")


def test_an_sdist_that_lacks_a_source(tiny: Path, quick: dict[str, str], tmp_path: Path) -> None:
    need("maturin")
    subprocess.run(["maturin", "sdist", "--out", str(tmp_path)], cwd=tiny, env=quick, capture_output=True, check=True)
    (path,) = tmp_path.glob("*.tar.gz")
    assert set(worse(tmp_path, path, env=quick)) == {"wheels.licence"}
    broken = _changed(path, tmp_path / "broken", "src/lib.rs", "mod gone;\n")
    assert worse(tmp_path, broken, env=quick)["wheels.sdist-builds"].detail.startswith("src/lib.rs:1 has mod gone")


def _changed(path: Path, folder: Path, name: str, more: str) -> Path:
    """The same sdist with a line before one of its files."""
    folder.mkdir()
    with tarfile.open(path) as old, tarfile.open(folder / path.name, "w:gz") as new:
        for info in old:
            stream = old.extractfile(info)
            data = stream.read() if stream else b""
            data = more.encode() + data if info.name.endswith(f"/{name}") else data
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
    return folder / path.name


def test_the_command_line_tells_the_same(compiled: Path, tmp_path: Path, env: dict[str, str]) -> None:
    path = packed(tmp_path, compiled / "stack.so")
    argv = [sys.executable, "-m", "pyo3ops", "wheels", "inspect", str(path)]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "executable stack" in done.stdout
