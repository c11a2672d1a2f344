"""Run real programs and record what Python, Rust, gdb, lldb, pystack and py-spy print about them.

    python3.11 ci/recorders/readers.py --builds FOLDER --newer ROOT --tools BIN... [FORMAT...]

Writes tests/data/stacks/readers/<format>/<case>.txt. FOLDER has `debugging_example.so` of each Python, as in
`3.13-release/`; ROOT is a Debian system with newer Pythons, made by

    debootstrap --variant=minbase --include=python3.14,python3.15 forky ROOT

and BIN are the folders of py-spy and pystack. Needs Linux, root, pyenv's Pythons, rustc, gdb and lldb. Paths of the
machine are replaced. Fixtures named `public_*` are not made here: each is an excerpt of a report whose address is in
`PUBLIC`.
"""

# ruff: noqa: E501, Q - programs on one line each, with quotes of their own

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "stacks" / "readers"
EXAMPLE = ROOT / "examples" / "debugging_example"
PYENV = Path.home() / ".pyenv" / "versions"
PYTHONS = {"3.8": "3.8.18", "3.9": "3.9.18", "3.10": "3.10.13", "3.11": "3.11.7", "3.12": "3.12.1", "3.13": "3.13.0"}
#: Those of another system, in which they are started.
NEWER = ("3.14", "3.15")
#: Where the excerpts were found that cannot be recorded here: of macOS, of Windows, and of compilers of long ago.
PUBLIC = {
    "lldb/public_macos_dylib": "https://github.com/intersystems/iknow/issues/72",
    "lldb/public_macos_python": "https://github.com/numba/llvmlite/issues/587",
    "rust_panic/public_old_assert": "https://github.com/PyO3/pyo3/issues/177",
    "rust_panic/public_old_unwrap": "https://github.com/bspeice/dtparse/issues/2",
    "rust_panic/public_windows": "https://github.com/pola-rs/polars/issues/14776",
    "rust_panic/public_legacy_full": "https://github.com/ishiko732/fsrs-online-training/issues/13",
    "gdb/public_stopped": "https://github.com/benfred/py-spy/issues/565",
    "gdb/public_wrapped": "https://github.com/python/cpython/issues/131580",
    "gdb/public_signal_handler": "https://github.com/python/cpython/issues/116008",
}

TRACEBACKS = {
    "chained": """
def parse(text):
    return int(text)
def load():
    try:
        parse("x")
    except ValueError as error:
        raise RuntimeError("not loaded") from error
try:
    load()
except RuntimeError:
    {}["missing"]
""",
    "recursion": "def down(n):\n    return down(n + 1)\ndown(0)\n",
    "no_message": "def f():\n    raise KeyboardInterrupt\nf()\n",
    "message": "class Odd(Exception):\n    pass\ndef f():\n    raise Odd('first: line\\n  second\\nthird')\nf()\n",
    "local_class": "def f():\n    class Odd(Exception): pass\n    raise Odd\nf()\n",
    "syntax": "def broken(:\n    pass\n",
    "syntax_import": "exec(compile('x = (1,\\ny', 'made_up.py', 'exec'))\n",
    "indent": "if True:\npass\n",
    "string": "exec('def inner():\\n    1 / 0\\ninner()')\n",
    "frozen": "import importlib, sys\nsys.path.insert(0, '.')\nimport importlib.util\nimportlib.import_module('no.such.module')\n",
    "import": "import failing\n",
    "thread": """
import threading
def work():
    [].pop()
thread = threading.Thread(target=work, name="worker (1)")
thread.start()
thread.join()
""",
    "ignored": "class Careless:\n    def __del__(self):\n        raise OSError(2, 'gone')\nCareless()\nprint('goes on')\n",
    "never_raised": "def f():\n    raise TypeError('second') from ValueError('first')\nf()\n",
    "long_code": "def f(*values):\n    return sum(values)\nf(\n    1,\n    2,\n    'three',\n\n    4,\n)\n",
    "assertion": "def f(value):\n    assert value == 2, f'not {value}'\nf(1)\n",
    "exit": "import atexit\n@atexit.register\ndef late():\n    raise ValueError('late')\n",
}
GROUPS = {
    "group": """
def raises(kind, text):
    raise kind(text)
def gather():
    found = []
    for kind, text in ((ValueError, "one\\ntwo"), (TypeError, "t")):
        try:
            raises(kind, text)
        except Exception as error:
            found.append(error)
    raise ExceptionGroup("several", [*found, ExceptionGroup("inner", [KeyError("k"), OSError(2, "o")])])
try:
    gather()
except* TypeError:
    raise RuntimeError("while handling")
""",
    "group_of_many": "raise ExceptionGroup('many', [ValueError(n) for n in range(20)])\n",
    "group_deep": "e = ValueError('deepest')\nfor n in range(14):\n    e = ExceptionGroup(f'level {n}', [e])\nraise e\n",
    "notes": "e = ValueError('v')\ne.add_note('a note')\ne.add_note('of two\\nlines')\nraise e\n",
}
FAULTS = {
    "segfault": """
import faulthandler, threading
faulthandler.enable()
stop, started = threading.Event(), threading.Event()
def waits():
    started.set()
    stop.wait()
threading.Thread(target=waits, name="side", daemon=True).start()
started.wait()
def down(n):
    if n:
        down(n - 1)
    faulthandler._sigsegv()
down(3)
""",
    "timeout": """
import faulthandler, time
faulthandler.dump_traceback_later(0.2, exit=True)
def slow():
    time.sleep(30)
slow()
""",
    "user": """
import faulthandler, os, signal
faulthandler.register(signal.SIGUSR1)
def asked():
    os.kill(os.getpid(), signal.SIGUSR1)
asked()
print("goes on")
""",
    "deep": """
import faulthandler
faulthandler.enable()
def down(n):
    down(n - 1) if n else faulthandler._sigabrt()
down(150)
""",
    "without_gil": """
import ctypes
def f():
    ctypes.CDLL(None).PyThreadState_Get() if hasattr(ctypes.CDLL(None), "PyThreadState_Get") else ctypes.CDLL(LIBRARY).PyThreadState_Get()
f()
""",
    "fatal": "import faulthandler\ndef f():\n    faulthandler._fatal_error_c_thread()\nf()\n",
}
RUST = {
    "overflow": 'fn dive(n: u64) -> u64 { let a = std::hint::black_box([n; 512]); dive(n + 1) + a[3] }\nfn main() { println!("{}", dive(0)); }\n',
    "assert_eq": 'fn main() { assert_eq!(1 + 1, 3, "numbers\\nof two lines"); }\n',
    "unwrap": 'fn main() { let _ = std::thread::Builder::new().name("it\'s \'odd\'".into()).spawn(|| { Err::<(), _>("broken: x").unwrap(); }).unwrap().join(); }\n',
    "out_of_memory": "fn main() { let layout = std::alloc::Layout::from_size_align(1 << 46, 8).unwrap(); std::alloc::handle_alloc_error(layout) }\n",
    "extern_c": 'extern "C" fn never() { panic!("not over this border"); }\nfn main() { never(); }\n',
    "in_display": 'struct Odd; impl std::fmt::Display for Odd { fn fmt(&self, _: &mut std::fmt::Formatter) -> std::fmt::Result { panic!("inner") } }\nfn main() { panic!("outer {}", Odd); }\n',
}
LIVE = """
import sys, threading, time
import debugging_example
def leaf(seconds=60):
    note = "a value"
    print("ready", flush=True)
    time.sleep(seconds)
def middle():
    debugging_example.call_back(leaf)
def main():
    debugging_example.call_back(middle)
if "threads" in sys.argv:
    stop = threading.Event()
    threading.Thread(target=stop.wait, name="side", daemon=True).start()
main()
"""
BUSY = """
import threading
def spin():
    while True:
        sum(range(1000))
for name in ("one", "two"):
    threading.Thread(target=spin, name=name, daemon=True).start()
print("ready", flush=True)
spin()
"""


class Place(NamedTuple):
    """Where things are on this machine."""

    builds: Path
    newer: Path
    tools: tuple[Path, ...]
    work: Path


def python_of(place: Place, version: str) -> list[str]:
    """The command that starts a Python; newer ones see the folder of work as /work."""
    if version in NEWER:
        return ["chroot", str(place.newer), f"/usr/bin/python{version}"]
    return [str(PYENV / PYTHONS[version] / "bin" / f"python{version}")]


def ran(place: Place, argv: list[str], env: dict[str, str] | None = None, *, seconds: float = 120) -> str:
    """What a command printed, its errors first in order with the rest."""
    told = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8", "NO_COLOR": "1", **(env or {})}
    done = subprocess.run(
        argv, cwd=place.work, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False
    )
    return done.stdout.decode("utf-8", "backslashreplace")


def clean(place: Place, text: str) -> str:
    """The text without paths of this machine."""
    for path, name in (
        (str(place.newer), ""),
        (str(place.work), "/project"),
        (str(place.builds), "/project/builds"),
        (str(EXAMPLE), "/project"),
        (str(ROOT), "/project"),
        (str(PYENV), "/opt/python"),
    ):
        text = text.replace(path, name)
    text = re.sub(r"/[\w/.-]*?/registry/src/[\w.-]+?-[0-9a-f]{16}/", "/cargo/registry/src/index/", text)
    text = re.sub(r"/[t]mp/python-build\.[\d.]+/", "/build/", text)
    text = re.sub(r"/[t]mp/[\w./-]*?/src/(?=crash|hang|leak|lib)", "/project/src/", text)
    text = re.sub(r"/[\w/.-]*/pyo3ops/|" + re.escape(str(Path.home())), "/home/user", text)
    return re.sub(r"/[t]mp/(?!perf)[\w.-]+", "/somewhere", text)


def write(place: Place, name: str, text: str) -> None:
    """One fixture."""
    file = DATA / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(clean(place, text), encoding="utf-8")
    print(f"{name}: {len(text.splitlines())} lines")


def program(place: Place, version: str, name: str, source: str) -> str:
    """A program where its Python can see it; its path there."""
    folder = place.newer / "project" if version in NEWER else place.work
    folder.mkdir(exist_ok=True)
    (folder / "failing.py").write_text("value = 1\nvalue.missing\n", encoding="utf-8")
    library = f"libpython{version}.so.1.0"
    (folder / f"{name}.py").write_text(source.replace("LIBRARY", repr(library)), encoding="utf-8")
    return f"/project/{name}.py" if version in NEWER else str(folder / f"{name}.py")


def environment(version: str) -> dict[str, str]:
    """Newer Pythons colour what they print, and pyenv's library is not where the loader looks."""
    library = {} if version in NEWER else {"LD_LIBRARY_PATH": str(PYENV / PYTHONS[version] / "lib")}
    return {"PYTHON_COLORS": "0", "PYTHONDONTWRITEBYTECODE": "1", **library}


def tracebacks(place: Place) -> Iterator[tuple[str, str]]:
    """Every kind on the Pythons between which their shape changed."""
    for version in (*PYTHONS, *NEWER):
        whole = version not in {"3.9", "3.10", "3.12"}
        cases = {**(TRACEBACKS if whole else {"chained": TRACEBACKS["chained"]})}
        if version in {"3.11", "3.13", *NEWER}:
            cases.update(GROUPS)
        for name, source in cases.items():
            argv = [*python_of(place, version), program(place, version, name, source)]
            yield f"python_traceback/{name}_{version}", ran(place, argv, environment(version))
        if version not in NEWER and whole:
            odd = os.fsencode(str(place.work)) + b"/odd\xff.py"
            Path(os.fsdecode(odd)).write_text("def f():\n    1 / 0\nf()\n", encoding="utf-8")
            text = ran(place, [*python_of(place, version), os.fsdecode(odd)], environment(version))
            yield f"python_traceback/odd_name_{version}", text
        if whole:
            text = ran(place, [*python_of(place, version), "-c", "def f():\n    1 / 0\nf()"], environment(version))
            yield f"python_traceback/command_{version}", text


def faults(place: Place) -> Iterator[tuple[str, str]]:
    """faulthandler, and fatal errors without it."""
    for version in ("3.8", "3.11", "3.13", *NEWER):
        for name, source in FAULTS.items():
            argv = [*python_of(place, version), program(place, version, name, source)]
            yield f"faulthandler/{name}_{version}", ran(place, argv, environment(version))
    for version in ("3.8", "3.13"):
        for name in ("abort", "segfault", "stack_overflow"):
            argv = [*python_of(place, version), "-X", "faulthandler", str(EXAMPLE / "programs" / f"{name}.py")]
            yield f"faulthandler/{name}_in_rust_{version}", ran(place, argv, with_example(place, version))


def with_example(place: Place, version: str, profile: str = "release", **more: str) -> dict[str, str]:
    """An environment that has the example's module."""
    return {**environment(version), "PYTHONPATH": str(place.builds / f"{version}-{profile}"), **more}


def panics(place: Place) -> Iterator[tuple[str, str]]:
    """The example's panics on the first and the last Python, and programs of Rust alone."""
    for name in ("panic", "double_panic", "panic_in_thread"):
        for version in ("3.8", "3.13"):
            for level in ("0", "1", "full"):
                argv = [*python_of(place, version), str(EXAMPLE / "programs" / f"{name}.py")]
                text = ran(place, argv, with_example(place, version, RUST_BACKTRACE=level))
                yield f"rust_panic/{name}_{version}_{level}", text
        argv = [*python_of(place, "3.13"), str(EXAMPLE / "programs" / f"{name}.py")]
        text = ran(place, argv, with_example(place, "3.13", "dev", RUST_BACKTRACE="1"))
        yield f"rust_panic/{name}_dev_1", text
    for name, source in RUST.items():
        (place.work / f"{name}.rs").write_text(source, encoding="utf-8")
        ran(place, ["rustc", "-A", "warnings", "-g", "-o", name, f"{name}.rs"])
        for level in ("0", "1"):
            text = ran(place, [str(place.work / name)], {"RUST_BACKTRACE": level})
            yield f"rust_panic/{name}_{level}", text


class Live:
    """A program that runs until it is looked at."""

    def __init__(self, place: Place, version: str, source: str, *arguments: str) -> None:
        (place.work / "live.py").write_text(source, encoding="utf-8")
        argv = [*python_of(place, version), str(place.work / "live.py"), *arguments]
        told = {**os.environ, **with_example(place, version)}
        self._process = subprocess.Popen(argv, env=told, cwd=place.work, stdout=subprocess.PIPE)
        if self._process.stdout is None or self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("the program did not start")

    def __enter__(self) -> str:
        return str(self._process.pid)

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


def core(place: Place, version: str, name: str, profile: str = "release") -> Path:
    """The core that a program of the example leaves."""
    folder = place.work / f"core-{version}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
    argv = [*python_of(place, version), str(EXAMPLE / "programs" / f"{name}.py")]
    told = {**os.environ, **with_example(place, version, profile)}
    subprocess.run(argv, env=told, cwd=folder, stderr=subprocess.DEVNULL, timeout=120, check=False)
    return next(iter(folder.glob("core*")))


GDB = ("gdb", "-nx", "-batch", "-iex", "set auto-load safe-path /", "-iex", "set debuginfod enabled off")


def gdbs(place: Place) -> Iterator[tuple[str, str]]:
    """Live processes, cores, and a program that gdb started."""
    for version in ("3.8", "3.11", "3.13"):
        python = python_of(place, version)[0]
        with Live(place, version, LIVE, "threads") as pid:
            yield f"gdb/live_{version}", ran(place, [*GDB, "-p", pid, "-ex", "thread apply all bt"])
            yield f"gdb/live_python_{version}", ran(place, [*GDB, "-p", pid, "-ex", "py-bt"])
            yield f"gdb/live_python_full_{version}", ran(place, [*GDB, "-p", pid, "-ex", "thread apply all py-bt"])
        file = core(place, version, "segfault")
        yield f"gdb/core_{version}", ran(place, [*GDB, python, "-c", str(file), "-ex", "bt"])
        full = ("-ex", "set language c", "-ex", "bt full 12")
        yield f"gdb/core_full_{version}", ran(place, [*GDB, python, "-c", str(file), *full])
    python = python_of(place, "3.11")[0]
    file = core(place, "3.11", "abort")
    yield "gdb/abort_narrow", ran(place, [*GDB, python, "-c", str(file), "-ex", "set width 80", "-ex", "bt 14"])
    yield "gdb/abort_first", ran(place, [*GDB, python, "-c", str(file), "-ex", "bt 5", "-ex", "info threads"])
    run = ("-ex", "run", "-ex", "bt", "--args", python, str(EXAMPLE / "programs" / "stack_overflow.py"))
    yield "gdb/run_overflow", ran(place, [*GDB, *run[:3], "bt 20", *run[4:]], with_example(place, "3.11"))
    run = ("-ex", "run", "-ex", "bt", "--args", python, str(EXAMPLE / "programs" / "segfault.py"))
    yield "gdb/run_segfault", ran(place, [*GDB, *run], with_example(place, "3.11"))
    stripped = ("-ex", "file", "-ex", "bt")
    yield "gdb/core_no_symbols", ran(place, [*GDB, "-iex", "set sysroot /nowhere", "-c", str(file), *stripped])


def lldbs(place: Place) -> Iterator[tuple[str, str]]:
    """The same with lldb."""
    lldb = next(name for name in ("lldb-19", "lldb") if shutil.which(name))
    for version in ("3.8", "3.11", "3.13"):
        with Live(place, version, LIVE, "threads") as pid:
            yield f"lldb/live_{version}", ran(place, [lldb, "-x", "--batch", "-p", pid, "-o", "bt all"])
        file = core(place, version, "segfault")
        yield f"lldb/core_{version}", ran(place, [lldb, "-x", "--batch", "-c", str(file), "-o", "bt"])
    file = core(place, "3.13", "abort", "dev")
    yield "lldb/abort_dev", ran(place, [lldb, "-x", "--batch", "-c", str(file), "-o", "bt all"])
    python = python_of(place, "3.11")[0]
    run = ("--batch", "-o", "run", "-k", "bt 20", "--", python, str(EXAMPLE / "programs" / "stack_overflow.py"))
    yield "lldb/run_overflow", ran(place, [lldb, "-x", *run], with_example(place, "3.11"))


def pystacks(place: Place) -> Iterator[tuple[str, str]]:
    """Every way to ask pystack."""
    pystack = tool(place, "pystack")
    for version in ("3.8", "3.11", "3.13"):
        with Live(place, version, LIVE, "threads") as pid:
            for name, options in (("plain", ()), ("native", ("--native",)), ("all", ("--native-all", "--locals"))):
                yield f"pystack/{name}_{version}", ran(place, [pystack, "remote", *options, pid])
        with Live(place, version, BUSY) as pid:
            yield f"pystack/busy_{version}", ran(place, [pystack, "remote", "--native", pid])
        for name in ("segfault", "abort"):
            text = ran(place, [pystack, "core", str(core(place, version, name)), "--native", "--locals"])
            yield f"pystack/{name}_{version}", text


def py_spies(place: Place) -> Iterator[tuple[str, str]]:
    """Every way to ask py-spy."""
    spy = tool(place, "py-spy")
    for version in ("3.8", "3.11", "3.13"):
        with Live(place, version, LIVE) as pid:
            for name, options in (("plain", ()), ("native", ("--native",)), ("locals", ("-l", "-l"))):
                yield f"py_spy/{name}_{version}", ran(place, [spy, "dump", *options, "-p", pid])
                yield f"py_spy_json/{name}_{version}", ran(place, [spy, "dump", "--json", *options, "-p", pid])
        with Live(place, version, BUSY) as pid:
            yield f"py_spy/busy_{version}", ran(place, [spy, "dump", "-p", pid])
            yield f"py_spy/busy_native_{version}", ran(place, [spy, "dump", "--native", "-p", pid])
            yield f"py_spy_json/busy_native_{version}", ran(place, [spy, "dump", "--native", "--json", "-p", pid])


def tool(place: Place, name: str) -> str:
    """A tool in one of the folders."""
    return next(str(folder / name) for folder in place.tools if (folder / name).exists())


FORMATS = {
    "python_traceback": tracebacks,
    "faulthandler": faults,
    "rust_panic": panics,
    "gdb": gdbs,
    "lldb": lldbs,
    "pystack": pystacks,
    "py_spy": py_spies,
}


def main() -> int:
    """Record the formats that are asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", type=Path, required=True)
    parser.add_argument("--newer", type=Path, required=True)
    parser.add_argument("--tools", type=Path, nargs="+", required=True)
    parser.add_argument("formats", nargs="*", choices=[*FORMATS, []])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        place = Place(asked.builds, asked.newer, tuple(asked.tools), Path(work).resolve())
        for name in asked.formats or FORMATS:
            for case, text in FORMATS[name](place):
                write(place, case, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
