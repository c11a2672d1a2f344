from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import python
from pyo3ops.checks.facts.pythons import DeadShim
from pyo3ops.checks.verdict import fail, ok, skip, warn
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Dependency, Pyo3Dependency
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.cargo_config import CargoConfig, Sourced
from pyo3ops.tools.python import DeadInterpreter, Interpreter, Interpreters
from pyo3ops.tools.rustc import Rustc
from pyo3ops.tools.system import Installer

if TYPE_CHECKING:
    from pyo3ops.core.project import Extension, Project

    MakeProject = Callable[..., Project]
    MakeInterpreter = Callable[..., Interpreter]

GUIDE = "https://docs.astral.sh/uv/guides/install-python/"
LINUX = Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
MAC = Rustc((1, 95, 0), "1.95.0", "aarch64-apple-darwin")


def found(*working: Interpreter, dead: tuple[DeadInterpreter, ...] = ()) -> Interpreters:
    return Interpreters(tuple(each.version for each in working), working, dead)


def test_interpreters(make_project: MakeProject, make_interpreter: MakeInterpreter) -> None:
    interpreters = found(make_interpreter("3.8"), make_interpreter("3.13"))
    verdict = ok(
        "3.8, 3.13 (the matrix is read from classifiers)",
        ["3.8: 3.8.1 at /opt/3.8/bin/python", "3.13: 3.13.1 at /opt/3.13/bin/python"],
    )
    assert python.interpreters(make_project(), interpreters, None, None) == verdict


@pytest.mark.parametrize(
    ("uv", "fix"),
    [
        ("/usr/bin/uv", Fix("let uv fetch them", ("uv", "python", "install", "3.13"), GUIDE, safe=True)),
        (None, Fix("install Python 3.13: with uv, `uv python install 3.13`", url=GUIDE)),
    ],
)
def test_an_interpreter_is_missing(
    uv: str | None, fix: Fix, make_project: MakeProject, make_interpreter: MakeInterpreter
) -> None:
    dead = DeadInterpreter(Path("/shims/python3.13"), "pyenv: version not found")
    evidence = ["3.8: 3.8.1 at /opt/3.8/bin/python", "does not run: /shims/python3.13: pyenv: version not found"]
    verdict = warn("no 3.13 here (the matrix is read from classifiers)", fix, evidence)
    assert python.interpreters(make_project(), found(make_interpreter("3.8"), dead=(dead,)), uv, None) == verdict


@pytest.mark.parametrize(
    ("uv", "fix"),
    [
        ("/usr/bin/uv", Fix("let uv fetch them", ("uv", "python", "install", "3.8", "3.13"), GUIDE, safe=True)),
        (None, Fix("install Python 3.8, 3.13: with uv, `uv python install 3.8 3.13`", url=GUIDE)),
    ],
)
def test_every_interpreter_is_missing(uv: str | None, fix: Fix, make_project: MakeProject) -> None:
    verdict = fail("none of 3.8, 3.13 runs here (the matrix is read from classifiers)", fix)
    assert python.interpreters(make_project(), found(), uv, None) == verdict


def test_a_free_threaded_python_is_another_one(make_project: MakeProject, make_interpreter: MakeInterpreter) -> None:
    project = make_project(pythons=(PythonVersion(13), PythonVersion(13, free_threaded=True)))
    fix = Fix("let uv fetch them", ("uv", "python", "install", "3.13t"), GUIDE, safe=True)
    verdict = warn("no 3.13t here (the matrix is read from classifiers)", fix, ["3.13: 3.13.1 at /opt/3.13/bin/python"])
    assert python.interpreters(project, found(make_interpreter("3.13")), "/usr/bin/uv", None) == verdict


def test_no_matrix(make_project: MakeProject) -> None:
    verdict = skip("nothing says which Pythons this project is for")
    assert python.interpreters(make_project(pythons=()), found(), None, None) == verdict


def test_headers(make_project: MakeProject, make_interpreter: MakeInterpreter) -> None:
    interpreters = found(make_interpreter("3.8"), make_interpreter("3.13"))
    assert python.headers(make_project(), interpreters) == ok("found for 3.8, 3.13")


def test_headers_that_nobody_needs(make_project: MakeProject, make_interpreter: MakeInterpreter) -> None:
    interpreters = found(make_interpreter("3.8"), make_interpreter("3.13", headers=False))
    verdict = skip("none for 3.13, and none needed: no crate here compiles C code")
    assert python.headers(make_project(), interpreters) == verdict


def test_headers_that_a_build_script_may_need(
    make_project: MakeProject, make_extension: Callable[..., Extension], make_interpreter: MakeInterpreter
) -> None:
    dependencies = (
        Dependency("cc", "^1", "build", registry=True),
        Dependency("bindgen", "^0.70", "build", registry=True),
        Dependency("cmake", "^0.1", "dev", registry=True),
        Dependency("serde", "^1", "build", registry=True),
    )
    project = make_project(extensions=(make_extension(dependencies=dependencies),))
    interpreters = found(make_interpreter("3.8", headers=False), make_interpreter("3.13"))
    fix = Fix("install the development package of that Python (python3-dev, python3-devel), or one from `uv python`")
    verdict = warn(
        "none for 3.8, and bindgen, cc may compile C code against them", fix, ["3.8: no Python.h in /opt/3.8/include"]
    )
    assert python.headers(project, interpreters) == verdict


@pytest.mark.parametrize(
    ("machine", "bits", "host"),
    [
        ("x86_64", 64, "x86_64-unknown-linux-gnu"),
        ("AMD64", 64, "x86_64-pc-windows-msvc"),
        ("AMD64", 32, "i686-pc-windows-msvc"),
        ("i686", 32, "i686-unknown-linux-gnu"),
        ("i386", 32, "i686-unknown-linux-gnu"),
        ("x86_64", 32, "i686-unknown-linux-gnu"),
        ("aarch64", 64, "aarch64-unknown-linux-gnu"),
        ("arm64", 64, "aarch64-apple-darwin"),
        ("aarch64", 32, "armv7-unknown-linux-gnueabihf"),
        ("armv7l", 32, "armv7-unknown-linux-gnueabihf"),
        ("armv6l", 32, "arm-unknown-linux-gnueabihf"),
        ("ppc64le", 64, "powerpc64le-unknown-linux-gnu"),
        ("riscv64", 64, "riscv64gc-unknown-linux-gnu"),
        ("s390x", 64, "s390x-unknown-linux-gnu"),
    ],
)
def test_the_same_architecture_in_two_words(
    machine: str, bits: int, host: str, make_interpreter: MakeInterpreter
) -> None:
    interpreters = found(make_interpreter("3.13", machine=machine, bits=bits))
    rustc = Rustc((1, 95, 0), "1.95.0", host)
    assert python.architecture(interpreters, rustc, CargoConfig()) == ok(host.split("-", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("machine", "bits", "rustc", "target"),
    [
        ("x86_64", 64, MAC, "x86_64-apple-darwin"),
        ("x86_64", 32, LINUX, "i686-unknown-linux-gnu"),
        ("aarch64", 64, LINUX, "aarch64-unknown-linux-gnu"),
    ],
)
def test_another_architecture(
    machine: str, bits: int, rustc: Rustc, target: str, make_interpreter: MakeInterpreter
) -> None:
    same = make_interpreter("3.8", machine=rustc.architecture)
    other = make_interpreter("3.13", machine=machine, bits=bits)
    fix = Fix("install that target and build with --target", ("rustup", "target", "add", target), safe=True)
    evidence = [f"3.13 at /opt/3.13/bin/python: {machine}, {bits} bit"]
    verdict = warn(f"rustc builds for {rustc.architecture}", fix, evidence)
    assert python.architecture(found(same, other), rustc, CargoConfig()) == verdict


def test_a_chosen_target_is_not_judged(make_interpreter: MakeInterpreter) -> None:
    config = CargoConfig(targets=(Sourced(MAC.host, "CARGO_BUILD_TARGET"), Sourced("wasm32-wasip1", "a file")))
    verdict = skip("a file names another target than the host: wasm32-wasip1")
    assert python.architecture(found(make_interpreter("3.13")), MAC, config) == verdict


def test_pyenv_compiles_what_is_missing(make_project: MakeProject, make_interpreter: MakeInterpreter) -> None:
    argv = ("pyenv", "install", "--skip-existing", "3.13")
    said = python.interpreters(make_project(), found(make_interpreter("3.8")), None, "/usr/bin/pyenv")
    assert said.fix == Fix("let pyenv compile them", argv, GUIDE, safe=True)


SHIM = Path("/home/.pyenv/shims/python3.8")
REASON = "a pyenv shim, and the active version is 3.13.0"
WHOLE = Fix("take it off PATH, or name the interpreter by its whole path")


def test_shims() -> None:
    assert python.shims(()) == ok("each one that PATH has")


@pytest.mark.parametrize(
    ("said_by", "active", "fix"),
    [
        ("global", ("3.13.0",), Fix("make them active too", ("pyenv", "global", "3.13.0", "3.8.18", "3.9.1"))),
        ("/project/.python-version", (), Fix("make them active too", ("pyenv", "local", "3.8.18", "3.9.1"))),
        ("PYENV_VERSION", ("3.13.0",), Fix("set PYENV_VERSION to 3.13.0:3.8.18:3.9.1, or unset it")),
    ],
)
def test_shims_that_are_asleep(said_by: str, active: tuple[str, ...], fix: Fix) -> None:
    one = DeadShim(PythonVersion(8), SHIM, REASON, active, "3.8.18", said_by)
    other = DeadShim(PythonVersion(9), SHIM.with_name("python3.9"), REASON, active, "3.9.1", said_by)
    gone = DeadShim(PythonVersion(10), SHIM.with_name("python3.10"), REASON, active, None, said_by)
    evidence = [f"{each.path}: {REASON}" for each in (one, other, gone)]
    said = "python3.8, python3.9, python3.10 on PATH do not start"
    assert python.shims((one, other, gone)) == warn(said, fix, evidence)


def test_a_script_that_does_not_start() -> None:
    dead = DeadShim(PythonVersion(8), Path("/usr/local/bin/python3.8"), "ended with 1")
    evidence = ["/usr/local/bin/python3.8: ended with 1"]
    assert python.shims((dead,)) == warn("python3.8 on PATH does not start", WHOLE, evidence)


def test_libpython(
    make_project: MakeProject, make_extension: Callable[..., Extension], make_interpreter: MakeInterpreter
) -> None:
    static, shared = make_interpreter("3.8"), make_interpreter("3.13", shared=True)
    nothing = skip("no crate here embeds Python, and an extension module needs no libpython")
    assert python.libpython(make_project(), found(static)) == nothing
    embedding = make_extension(pyo3=Pyo3Dependency("^0.29", ("0.29.3",), ("auto-initialize",)))
    project = make_project(extensions=(embedding,))
    assert python.libpython(project, found(shared)) == ok("3.13: shared")
    fix = Fix("use a Python built with --enable-shared: those of `uv python install` and of distributions are")
    detail = "crab embeds Python, and 3.8 has no shared libpython"
    expected = warn(detail, fix, ["3.8: static", "3.13: shared"])
    assert python.libpython(project, found(static, shared)) == expected


@pytest.mark.parametrize("manager", ["apt-get", None])
def test_venv(manager: str | None, make_interpreter: MakeInterpreter) -> None:
    installer = Installer(manager, "linux")
    able, unable = make_interpreter("3.8"), make_interpreter("3.13", venv=False)
    assert python.venv(found(able), None, installer) == ok("venv and ensurepip are there")
    evidence = ["3.13 at /opt/3.13/bin/python: no venv, or no ensurepip"]
    assert python.venv(found(able, unable), "/bin/uv", installer) == ok("uv makes them: 3.13 cannot", evidence)
    expected = warn("3.13 cannot make one, and there is no uv", installer.fix("venv"), evidence)
    assert python.venv(found(able, unable), None, installer) == expected


T313 = PythonVersion(13, free_threaded=True)


def test_free_threaded(make_project: MakeProject, make_interpreter: MakeInterpreter) -> None:
    project = make_project(pythons=(PythonVersion(13), T313))
    both = found(make_interpreter("3.13"), make_interpreter("3.13t"))
    assert python.free_threaded(make_project(), both, {"PYTHON_GIL": "1"}, None, None) == skip("the matrix has none")
    assert python.free_threaded(project, both, {"PYTHON_GIL": "0"}, None, None) == ok("3.13t")
    assert python.free_threaded(project, found(), {}, None, None) == ok("none is here")
    expected = warn("PYTHON_GIL=1 switches the GIL on again", Fix("unset PYTHON_GIL"))
    assert python.free_threaded(project, both, {"PYTHON_GIL": "1"}, None, None) == expected


@pytest.mark.parametrize(("wanted", "is_"), [("3.13t", "3.13"), ("3.13", "3.13t")])
def test_a_python_that_is_its_twin(wanted: str, is_: str, make_project: MakeProject) -> None:
    dead = DeadInterpreter(Path(f"/bin/python{wanted}"), "is cpython 3.13.1", PythonVersion.parse(is_))
    project = make_project(pythons=(PythonVersion.parse(wanted),))
    fix = Fix("let uv fetch them", ("uv", "python", "install", wanted), GUIDE, safe=True)
    expected = warn(f"python{wanted} is {is_}", fix, [f"/bin/python{wanted}: is cpython 3.13.1"])
    assert python.free_threaded(project, found(dead=(dead,)), {}, "/bin/uv", None) == expected
