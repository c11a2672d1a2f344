"""Breakpoints in both languages in one run of a program, set before its extension is loaded."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pyo3ops.core import toml
from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Report, Status
from pyo3ops.tasks.debug import breakpoint as task

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.model import Trace

DATA = ROOT / "tests/data/debug/breakpoints"
EXAMPLE = ROOT / "examples/debugging_example"
OWN = "{}.{}".format(*sys.version_info[:2])
VERSIONS = [
    pytest.param(version, marks=() if version == OWN else pytest.mark.heavy)
    for version in ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
]
#: Seconds that anything may take here.
PATIENCE = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="gdb and its breakpoints are of Linux here")

#: Runs the task with options out of a file, and writes its report there: with a terminal, a pipe, or a signal to hear.
DRIVER = """\
import json, os, signal, sys
from pyo3ops.render import json as rendered
from pyo3ops.tasks.debug import breakpoint
def ended(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGTERM, ended)
options = json.loads(sys.argv[2])
where, command = (tuple(options.pop(name)) for name in ("where", "command"))
report = breakpoint.run(None, breakpoint.Request(dict(os.environ), where, command, **options))
with open(sys.argv[1], "w") as file:
    file.write(rendered.render(report))
sys.exit(report.exit_code)
"""


class Lane(NamedTuple):
    """A Python, and the folder that it imports the example from."""

    python: Path
    folder: Path


def interpreter(version: str) -> Path:
    """The Python of a lane; this one where it is of that version."""
    if version == OWN:
        return Path(sys.executable)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(root.glob(f"versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"Python {version} is not here")
    return found[-1]


def build(python: Path, profile: str, target: Path) -> Path:
    """Compile the example, and return the folder that it is imported from."""
    argv = ["cargo", "build", "--locked", "--quiet", "--lib", "--profile", profile]
    settings = {"CARGO_TARGET_DIR": str(target), "PYO3_PYTHON": str(python)}
    settings["CARGO_PROFILE_RELEASE_DEBUG"] = "line-tables-only"
    subprocess.run(argv, env={**os.environ, **settings}, check=True, cwd=EXAMPLE)
    folder = target / f"importable {profile}"
    folder.mkdir(exist_ok=True)
    built = target / ("debug" if profile == "dev" else profile) / "libdebugging_example.so"
    shutil.copyfile(built, folder / "debugging_example.so")
    return folder


class Lanes:
    """What was built, once for all tests of a lane."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._built: dict[tuple[str, str], Lane] = {}

    def get(self, version: str, profile: str) -> Lane:
        need("gdb", "cargo")
        if (version, profile) not in self._built:
            python = interpreter(version)
            folder = build(python, profile, self._scratch / f"breakpoints-{version}")
            self._built[version, profile] = Lane(python, folder)
        return self._built[version, profile]


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Lanes:
    return Lanes(tmp_path_factory.getbasetemp())


@pytest.fixture
def own(lanes: Lanes) -> Lane:
    """This Python, with the profile that keeps arguments."""
    return lanes.get(OWN, "dev")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programs in a folder with spaces and letters beyond ASCII, which is the working directory."""
    folder = tmp_path / "größe mit leerzeichen"
    shutil.copytree(DATA, folder)
    monkeypatch.chdir(folder)
    return folder


def asked(
    lane: Lane,
    where: Sequence[str],
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    root: Path | None = None,
    **options: Any,
) -> Report:
    variables = {**env, "PYTHONPATH": str(lane.folder)}
    request = task.Request(variables, tuple(where), (str(lane.python), *command), timeout=PATIENCE, **options)
    return task.run(root, request)


def finding(report: Report, identity: str, part: str = "") -> Any:
    (found,) = [each for each in report.findings if each.id == identity and part in each.title]
    return found


def ended(report: Report) -> tuple[Status, str]:
    said = finding(report, "debug.breakpoint.program")
    return said.status, said.detail


def hits(report: Report) -> dict[str, int]:
    return {str(row[0]): int(row[3] or 0) for row in report.tables[0].rows}


def places(report: Report) -> list[str]:
    """Where each stop was, in order."""
    return [trace.title.partition(": ")[2].rpartition(", thread")[0] for trace in report.traces]


def calls(trace: Trace) -> list[str]:
    """The program's own functions, leaf first; generated wrappers and the interpreter's own left out."""
    programs = {file.name for file in DATA.glob("*.py")}
    # The path of a program is as it was typed before 3.9.
    own = [
        each for each in trace.calls if each.path and (Path(each.path).name in programs or "example/src" in each.path)
    ]
    ordered = [each for each in own if "__pyfunction" not in each.function]
    return [f"{each.language} {each.function.rpartition('::')[2].rpartition('.')[2].split(' ')[0]}" for each in ordered]


def variables(trace: Trace) -> dict[str, str]:
    return {each.name: each.value for each in trace.calls[0].variables}


@pytest.mark.parametrize("profile", ["dev", pytest.param("release", marks=pytest.mark.heavy)])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.usefixtures("here")
def test_both_languages_stop_in_order(
    version: str, profile: str, lanes: Lanes, env: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    expected = toml.load(DATA / "expected.toml")
    report = asked(
        lanes.get(version, profile), expected["where"], ["program.py", "a b", "é", "line\nbreak", "$HOME"], env=env
    )
    assert places(report) == [" and ".join(stop["at"]) for stop in expected["stop"]]
    for trace, stop in zip(report.traces, expected["stop"]):
        assert calls(trace) == stop["calls"]
        shown = variables(trace)
        assert {name: shown.get(name) for name in stop.get("variables", {})} == stop.get("variables", {})
        # Line tables have no variables.
        assert set(stop.get("arguments", ())) <= set(shown) or profile == "release"
    assert ended(report) == (Status.FAIL, "it ended with 3")
    out, err = capfd.readouterr()
    assert out == ""
    said = err.splitlines()
    assert said[:3] == ["leaf 1 größe", "leaf 2 größe", r"arguments ['a b', 'é', 'line\nbreak', '$HOME']"]


@pytest.mark.usefixtures("here")
def test_conditions_hits_and_stops_are_counted(own: Lane, env: dict[str, str]) -> None:
    where = ["program.py:13 if count == 1", "program.py::leaf", "sleep_attached if seconds > 1.0", "own_pointer if nix"]
    report = asked(own, where, ["program.py"], env=env, ignore=1)
    # A condition that cannot be told holds, and is complained of.
    assert places(report) == ["program.py::leaf", "own_pointer"]
    assert list(hits(report).values()) == [1, 2, 0, 2]
    assert "No symbol" in finding(report, "debug.breakpoint.condition").detail
    assert "never held" in finding(report, "debug.breakpoint.reached").detail
    one = asked(own, ["program.py::leaf", "own_pointer"], ["program.py"], env=env, limit=2)
    assert places(one) == ["program.py::leaf", "own_pointer"]
    assert (hits(one), ended(one)[1]) == ({"program.py::leaf": 1, "own_pointer": 1}, "it ended with 3")
    assert finding(one, "debug.breakpoint.limit").status is Status.SKIP


@pytest.mark.usefixtures("here")
def test_a_panic_stops_once_in_whatever_thread(own: Lane, env: dict[str, str]) -> None:
    report = asked(
        own, ["/^debugging_example::.*::panic_in_(thread|nowhere)$/"], ["faults.py", "panics"], env=env, on_panic=True
    )
    first, panic = report.traces
    assert "panic_in_thread" in first.calls[0].function
    assert "(worker)" in panic.title
    assert "unknown to Python" in panic.note
    assert any("worker" in each.function and each.path and each.path.endswith("crash.rs") for each in panic.calls)
    assert ended(report) == (Status.OK, "it ended with 0")
    quiet = asked(own, [], ["faults.py", "child"], env=env, on_panic=True)
    assert (finding(quiet, "debug.breakpoint.reached").status, quiet.traces) == (Status.OK, ())


@pytest.mark.usefixtures("here")
def test_every_thread_stops(own: Lane, env: dict[str, str]) -> None:
    report = asked(own, ["faults.py::here", "own_pointer"], ["faults.py", "threads"], env=env, limit=None)
    assert hits(report) == {"faults.py::here": 13, "own_pointer": 12}
    stops = [trace for trace in report.traces if "faults.py::here" in trace.title]
    seen = sorted((variables(trace)["number"], trace.title.partition("(")[2].rstrip(")")) for trace in stops[1:])
    assert seen == sorted((str(10 * worker + each), f"worker {worker}") for worker in range(4) for each in range(3))


#: How each program of faults.py ends, and what it says.
ENDINGS = {
    "killed": (Status.FAIL, "it was killed by SIGSEGV", ""),
    "null": (Status.FAIL, "it was killed by SIGSEGV", ""),
    "own_interrupt": (Status.OK, "it ended with 0", "its own interrupt\n"),
    "own_trap": (Status.OK, "it ended with 0", "its own trap\n"),
    "fork": (Status.OK, "it ended with 0", "child 5\n"),
    "child": (Status.OK, "it ended with 0", "child False False\n"),
}


@pytest.mark.parametrize("way", sorted(ENDINGS))
@pytest.mark.usefixtures("here")
def test_the_program_ends_as_it_would_without(
    way: str, own: Lane, env: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    status, detail, said = ENDINGS[way]
    report = asked(own, ["faults.py::here"], ["faults.py", way], env=env)
    assert ended(report) == (status, detail)
    assert hits(report) == {"faults.py::here": 1}
    assert capfd.readouterr() == ("", said)
    if way == "null":
        assert report.traces[-1].title.startswith("stop 2: stopped by SIGSEGV")
        assert any(each.function.endswith("null_write") for each in report.traces[-1].calls)


@pytest.mark.usefixtures("here")
def test_pytest_is_a_program_too(own: Lane, env: dict[str, str]) -> None:
    where = ["test_program.py::helper", "test_program:test_two", "own_pointer"]
    report = asked(own, where, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_program.py"], env=env)
    assert places(report) == where
    assert variables(report.traces[0]) == {"value": "2"}
    assert ended(report) == (Status.FAIL, "it ended with 1")


@pytest.mark.usefixtures("here")
def test_an_environment_brings_its_own_extension(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    base = Path(getattr(sys, "_base_executable", sys.executable))
    venv = tmp_path / "venv"
    subprocess.run([str(base), "-m", "venv", "--without-pip", str(venv)], check=True, cwd=tmp_path)
    (packages,) = venv.glob("lib/python3*/site-packages")
    shutil.copy(own.folder / "debugging_example.so", packages)
    plain = {name: value for name, value in env.items() if name != "PYTHONPATH"}
    plain["PATH"] = os.pathsep.join([str(venv / "bin"), plain["PATH"]])
    request = task.Request(plain, ("own_pointer", "program.py:13"), ("python", "program.py"), timeout=PATIENCE)
    report = task.run(None, request)
    assert hits(report) == {"own_pointer": 2, "program.py:13": 2}
    assert report.traces[1].calls[0].module == str(packages / "debugging_example.so")


@pytest.mark.usefixtures("here")
def test_a_name_that_nothing_has_is_told_before_anything_starts(
    own: Lane, env: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="no Rust function is called own_pionter") as raised:
        asked(own, ["own_pionter"], ["program.py"], env=env)
    assert "debugging_example::leak::own_pointer" in raised.value.cause
    with pytest.raises(UsageError, match="finds no Rust function"):
        asked(own, ["/no_such_thing/"], ["program.py"], env=env)
    with pytest.raises(UsageError, match="no code at line 400, or after it") as raised:
        asked(own, ["program.py:400"], ["program.py"], env=env)
    assert raised.value.cause == "the last line that has some is 32"
    with pytest.raises(UsageError, match="has no function laef") as raised:
        asked(own, ["program.py::laef"], ["program.py", "two words"], env=env)
    assert raised.value.cause == "it has leaf"
    said = f"program.py::leaf -- {own.python} program.py 'two words'"
    assert raised.value.command == f"pyo3ops debug breakpoint {said}"
    with pytest.raises(UsageError, match="there is no file nowhere"):
        asked(own, ["nowhere.py:3"], ["program.py"], env=env)
    with pytest.raises(UsageError, match="with -I this Python"):
        asked(own, ["program.py:13"], ["-I", "program.py"], env=env)
    with pytest.raises(UsageError, match="is not run by a Python"):
        task.run(None, task.Request(env, ("own_pointer",), ("sh", "-c", "true")))
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("here")
def test_what_was_never_reached_has_a_reason(own: Lane, env: dict[str, str]) -> None:
    reasons = {
        "faults.py:3": "faults.py was never run or imported",
        "no_such.module:function": "no_such.module was never imported",
        "src/crash.rs:64": "it was found, and not reached",
        "src/nowhere.rs:64": "no library that was loaded has lines of nowhere.rs",
        "other_crate::function": "no library that was loaded has a function of this name",
    }
    report = asked(own, tuple(reasons), ["program.py"], env=env)
    for place, reason in reasons.items():
        said = finding(report, "debug.breakpoint.reached", place)
        assert said.status is Status.WARN
        assert said.detail.startswith(reason)
    assert report.traces == ()


def test_without_gdb_python_stops_all_the_same(
    own: Lane, here: Path, env: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    without = {**env, "PATH": str(here)}
    report = asked(own, ["program.py:13", "own_pointer"], ["program.py", "x"], env=without, limit=1)
    (trace,) = report.traces
    assert calls(trace) == ["python leaf", "python middle", "python main", "python <module>"]
    assert variables(trace) == {"count": "0", "name": "'größe'", "total": "1"}
    assert "one side" in trace.note
    assert finding(report, "debug.breakpoint.gdb").status is Status.WARN
    assert ended(report)[1] == "it ended with 3"
    assert capfd.readouterr() == ("", "leaf 1 größe\nleaf 2 größe\narguments ['x']\n")
    nothing = asked(own, ["own_pointer"], ["program.py"], env=without)
    assert finding(nothing, "debug.breakpoint.gdb").status is Status.UNKNOWN


@pytest.mark.usefixtures("here")
def test_a_program_that_does_not_end_is_ended(own: Lane, env: dict[str, str]) -> None:
    variables = {**env, "PYTHONPATH": str(own.folder)}
    command = (str(own.python), "faults.py", "sleep")
    report = task.run(None, task.Request(variables, ("faults.py::here",), command, timeout=3.0))
    assert ended(report) == (Status.FAIL, "it was ended after 3 s")
    assert "not ended after 3 s" in report.traces[-1].title
    # Where it was is a matter of how busy the machine is.
    assert len(report.traces) == 1 or calls(report.traces[-1])[-1] == "python <module>"


def driven(
    lane: Lane, where: Sequence[str], command: Sequence[str], file: Path, env: Mapping[str, str], **options: Any
) -> tuple[list[str], dict[str, str]]:
    """The command that runs the task in a process of its own, and its environment."""
    options = {**options, "where": where, "command": [str(lane.python), *command], "timeout": PATIENCE}
    # The driver's own modules, and the extension.
    path = os.pathsep.join([str(lane.folder), str(ROOT)])
    return [sys.executable, "-c", DRIVER, str(file), json.dumps(options)], {**env, "PYTHONPATH": path}


@pytest.mark.usefixtures("here")
def test_standard_input_is_the_programs(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    script = "import sys; print(repr(sys.stdin.read()), sys.argv, sys.path[0] == '')"
    file = tmp_path / "report.json"
    argv, variables = driven(own, ["json:loads"], ["-c", script, "x y"], file, env)
    done = subprocess.run(argv, env=variables, input=b"one\ntwo\n", capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (0, b"", "'one\\ntwo\\n' ['-c', 'x y'] True\n")
    assert json.loads(file.read_text())["findings"][0]["detail"] == "it ended with 0"


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The library of shapes.rs, unoptimised with all debug information, and optimised with line tables alone."""
    need("gdb", "rustc")
    folder = tmp_path_factory.mktemp("shapes")
    built = {}
    for profile, options in {"dev": ["debuginfo=2"], "release": ["debuginfo=line-tables-only", "opt-level=3"]}.items():
        built[profile] = folder / profile / "libshapes.so"
        built[profile].parent.mkdir()
        words = [word for option in options for word in ("-C", option)]
        argv = ["rustc", "--edition", "2021", "--crate-type", "cdylib", *words, "-o", str(built[profile])]
        subprocess.run([*argv, str(DATA / "shapes.rs")], check=True, cwd=folder)
    return built


def shaped(library: Path, where: Sequence[str], env: Mapping[str, str], *, version: str = OWN) -> Report:
    variables = {**env, "PYTHONPATH": str(library.parent)}
    command = (str(interpreter(version)), "shapes.py", str(library))
    return task.run(None, task.Request(variables, tuple(where), command, timeout=PATIENCE, limit=None))


@pytest.mark.parametrize("profile", ["dev", pytest.param("release", marks=pytest.mark.heavy)])
@pytest.mark.usefixtures("here")
def test_a_name_that_a_stack_shows_is_a_place(profile: str, shapes: dict[str, Path], env: dict[str, str]) -> None:
    rows = toml.load(DATA / "shapes.toml")["name"]
    report = shaped(shapes[profile], [row["where"] for row in rows], env)
    assert hits(report) == {row["where"]: row.get(profile, row["hits"]) for row in rows}
    # And so is each that was shown here.
    own = {each.function for trace in report.traces for each in trace.calls if (each.path or "").endswith("shapes.rs")}
    named = sorted(each for each in own if "{closure" not in each)
    again = shaped(shapes[profile], named, env)
    assert {name for name, count in hits(again).items() if not count} == set()
    assert len(named) >= 5


@pytest.mark.parametrize("profile", ["dev", "release"])
@pytest.mark.usefixtures("here")
def test_a_line_without_code_is_told(profile: str, shapes: dict[str, Path], env: dict[str, str]) -> None:
    source = str(DATA / "shapes.rs")
    with pytest.raises(UsageError, match="no code at line 62, or after it"):
        shaped(shapes[profile], [f"{source}:62"], env)
    places = [f"{source}:12", f"{source}:19", "shapes.py:14", "shapes.py:15"]
    report = shaped(shapes[profile], places, env)
    assert list(hits(report).values()) == [1, 1, 3, 3]
    said = [each.detail for each in report.findings if each.id == "debug.breakpoint.line"]
    assert said == [f"{source}:12 has no code; it stops at line 19", "shapes.py:14 has no code; it stops at line 15"]


@pytest.fixture(scope="module")
def namesakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of namesakes.rs, optimised and with line tables alone; its source is beside it."""
    need("gdb", "rustc")
    folder = tmp_path_factory.mktemp("namesakes")
    shutil.copy(DATA / "namesakes.rs", folder / "lib.rs")
    words = ["-C", "debuginfo=line-tables-only", "-C", "opt-level=3", "--crate-name", "namesakes"]
    argv = ["rustc", "--edition", "2021", "--crate-type", "cdylib", *words, "lib.rs"]
    subprocess.run(argv, check=True, cwd=folder)
    return folder / "libnamesakes.so"


def named(library: Path, where: Sequence[str], env: Mapping[str, str]) -> Report:
    command = (sys.executable, "namesakes.py", str(library))
    variables = {**env, "PYTHONPATH": str(library.parent)}
    return task.run(None, task.Request(variables, tuple(where), command, timeout=PATIENCE))


@pytest.mark.usefixtures("here")
def test_an_inlined_method_is_its_types_own(namesakes: Path, env: dict[str, str]) -> None:
    report = named(namesakes, ["Map::insert_one", "Set::insert_one"], env)
    assert hits(report) == {"Map::insert_one": 0, "Set::insert_one": 2}
    found = [str(row[2]) for row in report.tables[0].rows]
    # Each in its own block, and nothing but that.
    assert [[each.rpartition(":")[2] for each in text.split(", ")] for text in found] == [["11"], ["18"]]
    with pytest.raises(UsageError, match="finds no Rust function") as raised:
        named(namesakes, ["/Map.*insert_one/"], env)
    assert "does not see functions that are inlined" in raised.value.cause
    assert raised.value.command.startswith("pyo3ops debug breakpoint Map::insert_one -- ")
    # Without the source nothing tells the types apart, which is said.
    source = namesakes.parent / "lib.rs"
    source.rename(source.with_name("gone"))
    report = named(namesakes, ["Map::insert_one"], env)
    source.with_name("gone").rename(source)
    assert hits(report) == {"Map::insert_one": 2}
    assert "2 functions of this name are stopped at" in finding(report, "debug.breakpoint.name").detail


@pytest.mark.usefixtures("here")
def test_a_line_that_is_what_it_inlines_is_reached(namesakes: Path, env: dict[str, str]) -> None:
    report = named(namesakes, ["lib.rs:36", "lib.rs:29", "lib.rs:24", "lbi.rs:24"], env)
    assert hits(report) == {"lib.rs:36": 1, "lib.rs:29": 2, "lib.rs:24": 0, "lbi.rs:24": 0}
    assert [each for each in report.findings if each.id == "debug.breakpoint.line"] == []
    assert "there are lines of lib.rs" in finding(report, "debug.breakpoint.reached", "lbi.rs").detail


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.usefixtures("here")
def test_threads_that_rust_starts_stop_in_python(version: str, shapes: dict[str, Path], env: dict[str, str]) -> None:
    report = shaped(shapes["release"], ["shapes.py::of_rust", "shapes.py:16 if number == 2"], env, version=version)
    assert hits(report) == {"shapes.py::of_rust": 3, "shapes.py:16 if number == 2": 1}
    assert ended(report) == (Status.OK, "it ended with 0")
    for trace in report.traces:
        assert trace.calls[0].language == "python"
        assert any("in_threads" in each.function for each in trace.calls)
        assert all("pyo3ops" not in (each.path or "") for each in trace.calls)


@pytest.mark.usefixtures("here")
def test_other_processes_are_told(own: Lane, env: dict[str, str]) -> None:
    report = asked(own, ["faults.py::here", "null_write"], ["faults.py", "fork"], env=env)
    assert finding(report, "debug.breakpoint.elsewhere").detail.startswith("a process that the program forked")
    assert finding(report, "debug.breakpoint.reached").detail.endswith("are not watched")
    assert [fact.value for fact in report.facts if fact.name == "other processes"]


class Terminal:
    """A program that has a terminal of its own."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self.seen = ""
        self.pid, self.end = pty.fork()
        if not self.pid:
            os.execve(argv[0], list(argv), dict(env))  # noqa: S606 - the child of a terminal

    def until(self, text: str) -> str:
        """What it writes, up to a text; what came with it is kept for the next time."""
        until = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < until, self.seen
            if select.select([self.end], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.end, 65536).decode("utf-8", "replace")
                except OSError:
                    # Linux says so of a terminal that nobody has open any more.
                    break
        before, found, self.seen = self.seen.partition(text)
        return before + found

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def code(self) -> int:
        self.until("\0 never \0")
        code = os.waitpid(self.pid, 0)[1] >> 8
        os.close(self.end)
        return code


@pytest.mark.usefixtures("here")
def test_the_terminal_is_handed_over(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    file = tmp_path / "report.json"
    variables = {**env, "TERM": "dumb"}
    terminal = Terminal(
        *driven(own, ["program.py:13", "own_pointer"], ["program.py"], file, variables, interactive=True)
    )
    first = terminal.until("(gdb) ")
    assert "#0   python  leaf at" in first
    terminal.type("continue\n")
    second = terminal.until("own_pointer at")
    assert "leaf 1 größe" in second
    terminal.until("(gdb) ")
    terminal.type("pyo3ops-bt\n")
    again = terminal.until("(gdb) ")
    assert "#1   python  leaf at" in again
    assert "sitecustomize" not in first + second + again
    terminal.type("quit\n")
    assert terminal.code() == 0
    report = json.loads(file.read_text())
    assert [trace["title"].partition(",")[0] for trace in report["traces"]] == [
        "stop 1: program.py:13",
        "stop 2: own_pointer",
    ]


@pytest.mark.usefixtures("here")
def test_an_interrupt_ends_all_of_it(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    file = tmp_path / "report.json"
    terminal = Terminal(*driven(own, ["faults.py::here"], ["faults.py", "sleep"], file, env))
    terminal.until("sleeping")
    terminal.type("\x03")
    assert terminal.code() == 130
    report = json.loads(file.read_text())
    assert report["failure"]["message"] == "interrupted"
    assert report["traces"][-1]["title"].startswith("stop 2: interrupted")


def line_of_command(lane: Lane, env: Mapping[str, str], *words: str, **more: str) -> tuple[list[str], dict[str, str]]:
    """The command line itself, with the Python of a lane behind it, and its environment."""
    before, _, after = " ".join(words).partition(" -- ")
    argv = [sys.executable, "-m", "pyo3ops", "debug", "breakpoint", *before.split(), "--", str(lane.python)]
    path = os.pathsep.join([str(lane.folder), str(ROOT)])
    plain = {name: value for name, value in env.items() if name not in {"FORCE_COLOR", "GITHUB_ACTIONS"}}
    return [*argv, *after.split()], {**plain, "PYTHONPATH": path, **more}


def shown_in_order(text: str, *parts: str) -> None:
    """Every part stands in a text once, in this order."""
    assert [text.count(part) for part in parts] == [1] * len(parts), text
    assert sorted(parts, key=text.index) == list(parts), text


@pytest.mark.parametrize("way", ["gdb", "terminal", "C"])
@pytest.mark.usefixtures("here")
def test_a_stop_is_shown_when_it_happens(way: str, own: Lane, env: dict[str, str]) -> None:
    words = ["program.py:13", "own_pointer", "--limit", "3", "--", "program.py"]
    argv, variables = line_of_command(own, env, *words, TERM="xterm", PYTHONUNBUFFERED="1")
    if way == "terminal":
        terminal = Terminal(argv, variables)
        said = terminal.until("\0 never \0")
        assert terminal.code() == 1
        assert "\x1b[1mstop 1: program.py:13" in said
        said = said.replace("\r\n", "\n")
    else:
        variables.update({"LANG": "C", "LC_ALL": "C"} if way == "C" else {"NO_COLOR": "1"})
        done = subprocess.run(argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said = done.stdout.decode("utf-8")
        assert done.returncode == 1
        assert "\x1b" not in said
    stops = ("stop 1: program.py:13", "leaf 1 gr", "stop 2: own_pointer", "stop 3: program.py:13", "leaf 2 gr")
    shown_in_order(said, *stops, "arguments []", "debug breakpoint ", "it ended with 3", "Breakpoints")


@pytest.mark.usefixtures("here")
def test_documents_have_all_stops_and_stdout_is_one(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    file = tmp_path / "report.md"
    argv, variables = line_of_command(own, env, "program.py:13", "--", "program.py")
    where = argv.index("--")
    done = subprocess.run([*argv[:where], "--json", *argv[where:]], env=variables, capture_output=True, check=False)
    assert [each["title"].partition(",")[0] for each in json.loads(done.stdout)["traces"]] == [
        "stop 1: program.py:13",
        "stop 2: program.py:13",
    ]
    assert b"stop 1" not in done.stderr
    told = subprocess.run(
        [*argv[:where], "--report", str(file), *argv[where:]], env=variables, capture_output=True, check=False
    )
    assert told.stdout.count(b"stop 1: program.py:13") == 1
    assert file.read_text(encoding="utf-8").replace("\\", "").count("stop 1: program.py:13") == 1


@pytest.mark.usefixtures("here")
def test_what_runs_for_ever_has_shown_its_stops(own: Lane, env: dict[str, str]) -> None:
    argv, variables = line_of_command(own, env, "faults.py::here", "--", "faults.py", "sleep", TERM="dumb")
    terminal = Terminal(argv, variables)
    before = terminal.until("sleeping")
    assert "stop 1: faults.py::here" in before
    assert "Breakpoints" not in before
    terminal.type("\x03")
    rest = terminal.until("\0 never \0")
    assert terminal.code() == 130
    shown_in_order(rest, "stop 2: interrupted", "it was interrupted", "Breakpoints", "pyo3ops: interrupted")
    assert "stop 1" not in rest


@pytest.mark.usefixtures("here")
def test_an_interrupted_report_is_the_payload_all_the_same(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    argv, variables = line_of_command(own, env, "faults.py::here", "--", "faults.py", "sleep", TERM="dumb")
    file = tmp_path / "payload"
    terminal = Terminal(["/bin/sh", "-c", f'exec "$@" > "{file}"', "sh", *argv], variables)
    terminal.until("sleeping")
    assert "stop 1: faults.py::here" in file.read_text(encoding="utf-8")
    terminal.type("\x03")
    assert terminal.code() == 130
    shown_in_order(file.read_text(encoding="utf-8"), "stop 1: faults.py::here", "stop 2: interrupted", "Breakpoints")


@pytest.mark.usefixtures("here")
def test_without_gdb_stops_are_shown_all_the_same(own: Lane, here: Path, env: dict[str, str]) -> None:
    argv, variables = line_of_command(own, env, "program.py:13", "--", "program.py", PATH=str(here))
    done = subprocess.run(argv, env=variables, capture_output=True, check=False)
    shown_in_order(done.stdout.decode("utf-8"), "stop 1: program.py:13", "stop 2: program.py:13", "Breakpoints")


@pytest.mark.usefixtures("here")
def test_a_request_to_end_ends_the_program_too(own: Lane, tmp_path: Path, env: dict[str, str]) -> None:
    argv, variables = driven(own, ["faults.py::here"], ["faults.py", "sleep"], tmp_path / "no", env)
    with subprocess.Popen(argv, env=variables, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"sleeping\n"
        process.send_signal(signal.SIGTERM)
        # The pipe ends with the last process that has it.
        said = process.stderr.read()
        assert process.wait(PATIENCE) != 0
    assert b"KeyboardInterrupt" in said
