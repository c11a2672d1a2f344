"""gdb's scripts on real processes and cores of the Python that runs this."""

from __future__ import annotations

import contextlib
import mmap
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from pyo3ops.stacks.inside import guard, looking
from pyo3ops.stacks.inside.files import mapped
from pyo3ops.stacks.model import Gil
from pyo3ops.stacks.sources import gdb
from pyo3ops.stacks.sources.protocol import Look, Refused, Target
from pyo3ops.tools.gdb import script_argv

from .conftest import ROOT, need

if TYPE_CHECKING:
    from pyo3ops.stacks.raw import Raw, RawThread

PROGRAM = ROOT / "tests/data/stacks/gdb/nested.py"
#: Ends with SIGABRT, below the same calls.
ABORTS = "import os, runpy, sys, threading; threading.Thread.start = lambda self: None; sys.stdin.read = os.abort;"
#: Twenty threads, each of which has to be stopped.
MANY = """\
import threading, time
for _ in range(20):
    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
print("ready", flush=True)
time.sleep(99)
"""
LOOKS = """\
import os, sys
from pyo3ops.stacks.sources import gdb
from pyo3ops.stacks.sources.protocol import Look, Target
gdb.look(Target(pid=int(sys.argv[1])), Look(os.environ, looks=50, pause=0))
"""
#: Python under code that is in no file, as compilers at run time write it: push [rsp]; call rdi; pop rcx; ret. (What
#: gdb knows nothing about returns, as it sees it, to where the end of the stack says.)
WRITTEN = """\
import ctypes, mmap, sys
code = mmap.mmap(-1, 4096, int(sys.argv[1]) | mmap.MAP_ANONYMOUS, 7)
code.write(bytes.fromhex("ff3424ffd759c3"))
back = ctypes.CFUNCTYPE(None)(lambda: print("ready", flush=True) or sys.stdin.read())
address = ctypes.addressof(ctypes.c_char.from_buffer(code))
ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)(ctypes.cast(back, ctypes.c_void_p))
"""
#: Said in gdb's Python before it looks: only a look from a copy is made, or none of them.
LATER_ONLY = "from pyo3ops_inside import gdb_look; gdb_look.Look.seen = None"
NEVER_LATER = "from pyo3ops_inside import gdb_later; gdb_later.possible = lambda _: False"
WORDS = ["wait", "compare", "main", "<module>"]


@pytest.fixture(autouse=True)
def _gdb() -> None:
    need("gdb")


@pytest.fixture
def how(env: dict[str, str]) -> Look:
    return Look(env)


@contextlib.contextmanager
def running(*argv: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program that has said that it is there."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def nested(*words: str, env: dict[str, str] | None = None) -> Any:
    return running(sys.executable, str(PROGRAM), *words, env=env)


def looked(target: Target, how: Look) -> tuple[Raw, ...]:
    """The looks; a system that keeps gdb from tracing skips the test."""
    looks = gdb.look(target, how)
    if isinstance(looks, Refused) and looks.reason == "denied":
        pytest.skip("gdb may not trace here")
    assert not isinstance(looks, Refused), looks
    return looks


def until(true: Any, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def calls(thread: RawThread) -> list[str]:
    """The last parts of names: before 3.11 they are all that the interpreter knows."""
    return [call.function.rpartition(".")[2] for call in thread.python or () if not call.shim]


def functions(thread: RawThread) -> list[str]:
    return [frame.function or "?" for frame in thread.native]


def test_both_sides_of_every_thread(how: Look) -> None:
    with nested() as process:
        (raw,) = looked(Target(pid=process.pid), how)
        assert guard.state(process.pid) == ("S", 0)
    main, beside = raw.threads
    assert raw.gaps == ()
    assert raw.process.python == "{}.{}.{}".format(*sys.version_info[:3])
    assert raw.process.argv[1:] == (str(PROGRAM),)
    assert calls(main) == WORDS
    assert calls(beside)[-4:] == ["beside", "run", "_bootstrap_inner", "_bootstrap"]
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    texts = [lines[call.line - 1].strip() for call in main.python or () if call.line]
    assert texts == [
        'LIBC.sleep(3600) if "attached" in sys.argv else sys.stdin.read()',
        "wait(int(bool(one)), sys.argv[-1])",
        "LIBC.qsort(numbers, 2, 4, COMPARE(compare))",
        "main()",
    ]
    assert any("qsort" in name for name in functions(main))
    assert [main.thread.name, beside.thread.name] == ["MainThread", "beside"]
    assert [main.gil, beside.gil, main.cut, beside.cut] == [Gil.FREE, Gil.FREE, None, None]
    assert raw.stopped is not None
    assert 0 < raw.stopped < 10
    assert any("python" in module.path and module.build_id for module in raw.modules)


def test_the_loops_of_the_native_side_are_the_entries_of_the_other(how: Look) -> None:
    with nested() as process:
        (raw,) = looked(Target(pid=process.pid), how)
    for thread in raw.threads:
        loops = functions(thread).count("_PyEval_EvalFrameDefault")
        entries = sum(call.entry for call in thread.python or ())
        # Where parts of the interpreter have no symbols, its loops are found by their marks from 3.10 on.
        assert loops == entries or sys.version_info < (3, 10)


def saying(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    argv_of = script_argv

    def argv(*given: Any) -> list[str]:
        return [word.replace("; gdb_dump.main", f"; {code}; gdb_dump.main") for word in argv_of(*given)]

    monkeypatch.setattr(gdb, "script_argv", argv)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="stacks are copied on x86-64 alone")
def test_a_stack_that_is_walked_later_is_the_one_of_the_process_itself(
    how: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    with running(sys.executable, "-c", MANY) as process:
        assert until(lambda: not looking.running(process.pid))
        for code in (LATER_ONLY, NEVER_LATER):
            with monkeypatch.context() as patched:
                saying(patched, code)
                found.append(
                    [replace(raw, stopped=None) for raw in looked(Target(pid=process.pid), replace(how, looks=2))]
                )
    later, itself = found
    assert len(later[0].threads) == 21
    assert later == itself


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the code is for x86-64")
@pytest.mark.parametrize(("kind", "module"), [(mmap.MAP_PRIVATE, None), (mmap.MAP_SHARED, "/dev/zero")])
def test_a_stack_with_code_of_no_file_is_walked_in_the_process_itself(
    how: Look, monkeypatch: pytest.MonkeyPatch, kind: int, module: str | None
) -> None:
    with running(sys.executable, "-c", WRITTEN, str(int(kind))) as process:
        (raw,) = looked(Target(pid=process.pid), how)
        saying(monkeypatch, LATER_ONLY)
        refused = gdb.look(Target(pid=process.pid), how)
        assert guard.state(process.pid)[1] == 0
    (main,) = raw.threads
    assert calls(main) == ["<lambda>", "<module>"]
    assert main.cut is None
    assert [frame.module for frame in main.native].count(module) == 1
    assert isinstance(refused, Refused)
    assert "not callable" in refused.said


@pytest.mark.skipif(platform.machine() != "x86_64", reason="stacks are copied on x86-64 alone")
def test_only_files_that_a_stack_points_into_are_read(
    how: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read = tmp_path / "read"
    noting = f"(open({str(read)!r}, 'a').write(each.path * really + chr(10)), add(self, each, really=really))"
    code = f"gdb_symbols.Symbols._add = lambda self, each, really, add=gdb_symbols.Symbols._add: {noting}"
    saying(monkeypatch, f"from pyo3ops_inside import gdb_symbols; {code}")
    with running(sys.executable, "-c", "import _ssl, time; print('ready', flush=True); time.sleep(99)") as process:
        (raw,) = looked(Target(pid=process.pid), how)
    names = {Path(line).name.partition(".")[0].partition("-")[0] for line in read.read_text().splitlines() if line}
    assert "libc" in names
    assert not {name for name in names if name.startswith(("_ssl", "libssl", "libcrypto"))}
    assert any("libssl" in module.path for module in raw.modules)
    assert raw.gaps == ()
    assert calls(raw.threads[0]) == ["<module>"]


def test_who_has_the_interpreter_and_who_waits(how: Look) -> None:
    with nested("attached") as process:
        # It said that it is there before it went to where it stays.
        for _ in range(20):
            (raw,) = looked(Target(pid=process.pid), how)
            main, beside = raw.threads
            if (main.gil, beside.gil) == (Gil.HELD, Gil.WAITED_FOR):
                break
    assert (main.gil, beside.gil) == (Gil.HELD, Gil.WAITED_FOR)
    assert beside.waits_at is not None


def test_several_looks_keep_the_symbols_and_let_the_process_run_between_them(how: Look) -> None:
    counting = "import time; print('ready', flush=True)\nwhile True: time.sleep(0.001)"
    with running(sys.executable, "-c", counting) as process:
        before = time.process_time()
        first, second, third = looked(Target(pid=process.pid), Look(how.env, looks=3, pause=0.1))
        assert guard.state(process.pid)[0] in "SR"
    assert time.process_time() - before < 10
    stacks = [[calls(thread) for thread in raw.threads] for raw in (first, second, third)]
    assert stacks == [[["<module>"]]] * 3
    assert [frame.address for frame in first.threads[0].native][-3:] == [
        frame.address for frame in third.threads[0].native
    ][-3:]


def test_arguments_and_locals(how: Look) -> None:
    with nested() as process:
        (raw,) = looked(Target(pid=process.pid), Look(how.env, variables=True))
    (call, *_) = raw.threads[0].python or ()
    assert [(each.name, each.value, each.argument) for each in call.variables] == [
        ("number", "1", True),
        ("text", "'q'", True),
        ("key", "None", True),
    ]


def test_rust_under_python_under_rust(how: Look, faults: Path) -> None:
    program = ROOT / "examples/debugging_example/programs/nested_sleep.py"
    env = {**os.environ, "PYTHONPATH": str(faults)}
    with running(sys.executable, str(program), env=env) as process:
        (raw,) = looked(Target(pid=process.pid), how)
    (main,) = (thread for thread in raw.threads if thread.python)
    assert calls(main) == ["leaf", "middle", "main", "<module>"]
    own = [frame for frame in main.native if (frame.file or "").endswith(("hang.rs", "src/lib.rs"))]
    assert [frame.inlined for frame in own].count(True) >= 2
    assert sum("through_rust" in (frame.function or "") for frame in own) == 2
    assert all(frame.line and frame.symbol != "" for frame in own)


def stripped_library(folder: Path) -> Path:
    need("strip")
    shared = sysconfig.get_config_var("INSTSONAME") or ""
    library = Path(sysconfig.get_config_var("LIBDIR") or "", shared)
    if ".so" not in shared or not library.is_file():
        pytest.skip("this Python has no library of its own here")
    copy = folder / shared
    shutil.copy(library, copy)
    subprocess.run(["strip", str(copy)], check=True)
    return copy


def test_an_interpreter_without_debug_information(how: Look, tmp_path: Path) -> None:
    copy = stripped_library(tmp_path)
    with nested(env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}) as process:
        if str(copy) not in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8"):
            pytest.skip("this Python has no library of its own here")
        (raw,) = looked(Target(pid=process.pid), how)
    assert raw.gaps == ()
    assert raw.process.python == "{}.{}.{}".format(*sys.version_info[:3])
    assert calls(raw.threads[0]) == WORDS
    assert next(module for module in raw.modules if module.path == str(copy)).symbols is None


@pytest.mark.parametrize("victim", ["gdb", "we"])
def test_whoever_is_killed_the_process_goes_on(how: Look, victim: str) -> None:
    with running(sys.executable, "-c", MANY) as process:
        argv = [sys.executable, "-c", LOOKS, str(process.pid)]
        for _ in range(3):
            kill_one(argv, dict(how.env), process.pid, victim)
            time.sleep(0.1)
            assert until(lambda: guard.state(process.pid) == ("S", 0))


def kill_one(argv: list[str], env: dict[str, str], pid: int, victim: str) -> None:
    """Kill gdb, or who started it, as soon as it traces a process; both are gone then."""
    with subprocess.Popen(argv, env=env, start_new_session=True) as we:
        until(lambda: guard.state(pid)[1] or we.poll() is not None)
        if we.poll() is not None:
            pytest.skip("gdb may not trace here")
        tracer = guard.state(pid)[1] or gdb_below(we.pid)
        os.kill(tracer if victim == "gdb" else we.pid, signal.SIGKILL)
    assert until(lambda: guard.state(tracer)[0] in "XZ")


def gdb_below(parent: int) -> int:
    """The gdb that a process of ours started."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"\nPPid:\t{parent}\n" in status.read_text(encoding="utf-8", errors="replace"):
                return int(status.parent.name)
    raise AssertionError("no gdb is below us")


def test_a_process_that_was_stopped_stays_so(how: Look) -> None:
    with nested() as process:
        process.send_signal(signal.SIGSTOP)
        assert until(lambda: guard.state(process.pid)[0] == "T")
        (raw,) = looked(Target(pid=process.pid), how)
        assert calls(raw.threads[0]) == WORDS
        assert until(lambda: guard.state(process.pid) == ("T", 0))
        process.send_signal(signal.SIGCONT)


def test_a_line_break_in_the_name_of_a_file_is_no_command(
    how: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = "import mmap, sys; a = open(sys.argv[1], 'rb'); b = mmap.mmap(a.fileno(), 0, mmap.MAP_PRIVATE, 5)\n"
    code += "print(1, flush=True); sys.stdin.read()"
    library = next(each.path for each in mapped(looking.maps(os.getpid())) if "/libc" in each.path)
    # gdb would read the one of the first line, and go on with the second.
    for name in ("a", "a\nshell touch owned\n.so"):
        shutil.copy(library, name)
    with running(sys.executable, "-c", code, str(tmp_path / "a\nshell touch owned\n.so")) as process:
        (raw,) = looked(Target(pid=process.pid), how)
    assert not Path("owned").exists()
    assert any("no control characters" in gap and "owned" in gap for gap in raw.gaps)
    assert raw.threads[0].python


def test_a_program_without_python(how: Look) -> None:
    with running("sh", "-c", "echo ready; exec sleep 99") as process:
        assert until(lambda: "sleep" in Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8"))
        (raw,) = looked(Target(pid=process.pid), how)
    assert raw.gaps == ("no Python interpreter is in this process: native frames only",)
    assert (raw.threads[0].python, raw.threads[0].gil) == (None, Gil.NONE)
    assert any("nanosleep" in name for name in functions(raw.threads[0]))


def test_a_process_that_is_traced_already_is_refused_with_the_name_of_who_does(how: Look) -> None:
    # PTRACE_TRACEME: the parent is the tracer.
    traced = "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0); print('ready', flush=True); input()"
    with running(sys.executable, "-c", traced) as process:
        if guard.state(process.pid)[1] == 0:
            pytest.skip("gdb may not trace here")
        refused = gdb.look(Target(pid=process.pid), how)
        assert isinstance(refused, Refused)
        assert refused.reason == "denied"
        assert refused.said.startswith(f"process {os.getpid()} (")


def test_processes_that_are_no_more(how: Look) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    assert until(lambda: guard.state(process.pid)[0] == "Z")
    zombie = gdb.look(Target(pid=process.pid), how)
    process.wait()
    gone = gdb.look(Target(pid=process.pid), how)
    assert isinstance(zombie, Refused)
    assert isinstance(gone, Refused)
    assert {zombie.reason, gone.reason} == {"gone"}


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """The core of an abort below the calls of nested.py."""
    if Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8").strip() not in {"core", "core.%p"}:
        pytest.skip("cores do not go to the working directory here")
    import resource  # noqa: PLC0415 - Windows has none

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        pytest.skip("the hard limit of cores is 0 here")
    script = f"{ABORTS} sys.argv = ['x', 'q']; runpy.run_path({str(PROGRAM)!r}, run_name='__main__')"
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
    )
    return next(tmp_path.glob("core*"))


def test_a_core(how: Look, core: Path) -> None:
    (raw,) = looked(Target(core=core), how)
    assert raw.gaps == ()
    (main,) = raw.threads
    assert calls(main)[:3] == WORDS[:3]
    assert main.thread.current
    assert main.gil is Gil.HELD
    assert raw.signal is not None
    assert (raw.signal.name, raw.signal.address) == ("SIGABRT", None)
    assert {register.name for register in raw.registers} & {"rip", "pc"}
    assert os.path.realpath(raw.process.executable or "") == os.path.realpath(sys.executable)


def test_a_truncated_core_gives_what_there_is_and_says_so(how: Look, core: Path) -> None:
    data = core.read_bytes()
    core.write_bytes(data[: len(data) * 2 // 3])
    (raw,) = looked(Target(core=core), how)
    assert any(gap.startswith("the core is truncated: ") for gap in raw.gaps)
    # Never what the variables were before the program began, which the files still have.
    assert raw.threads[0].gil in {Gil.UNKNOWN, Gil.HELD}
    assert raw.signal is not None


def test_a_core_whose_files_are_gone_or_others_by_now(how: Look, core: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copy(shutil.which("sh") or "/bin/sh", other)
    (raw,) = looked(Target(core=core, executable=other), how)
    # What was handed over has another build ID, and the one that the core names is there.
    assert calls(raw.threads[0])[:3] == WORDS[:3]


def test_what_is_no_core_is_broken(how: Look, tmp_path: Path) -> None:
    (tmp_path / "core").write_bytes(b"no core at all")
    refused = gdb.look(Target(core=tmp_path / "core"), how)
    assert isinstance(refused, Refused)
    assert refused.reason == "broken"
    assert "no core that can be read" in refused.said
