from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.checks import crashes
from pyo3ops.checks.facts.debugging import CoreDumps, PythonSymbols, Tracing
from pyo3ops.checks.verdict import ok, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.kernel import CoreLimit, Setting
from pyo3ops.tools.symbols import Symbols
from pyo3ops.tools.system import Installer

LINUX = Installer(None, "linux")
MAC = Installer("brew", "darwin")
CI = Location("noxfile.py", 3)
SCOPE = "kernel.yama.ptrace_scope"


def scope(value: str | None, *, privileged: bool = False, tools: tuple[str, ...] = (), frozen: bool = False) -> Tracing:
    return Tracing(Setting(SCOPE, value, frozen), privileged, tools)


def test_ptrace_is_free() -> None:
    assert crashes.ptrace(scope("0"), LINUX) == ok("any process of yours")
    assert crashes.ptrace(scope(None), LINUX) == ok("any process of yours: this kernel restricts nothing (no Yama)")
    assert crashes.ptrace(scope("1", privileged=True), LINUX) == ok("any process")
    assert crashes.ptrace(scope("2", privileged=True), LINUX) == ok("any process")
    assert crashes.ptrace(scope("1"), MAC) == skip("ptrace_scope is a setting of Linux")
    assert crashes.ptrace(scope("x"), LINUX) == unknown(f"{SCOPE} is 'x'")


def test_ptrace_is_restricted() -> None:
    fix = Fix("let debuggers attach", ("sysctl", "-w", f"{SCOPE}=0"))
    reason = f"{SCOPE} is 1: only what the debugger itself started may be looked at"
    assert crashes.ptrace(scope("1"), LINUX) == skip(reason, fix)
    assert crashes.ptrace(scope("1", tools=("gdb", "py-spy")), LINUX) == warn(
        reason, fix, ["in the way of gdb, py-spy"]
    )
    frozen = Fix(f"let debuggers attach: on the host of this container, `sysctl -w {SCOPE}=0`")
    expected = warn(f"{SCOPE} is 2: only root may look", frozen, ["in the way of gdb"])
    assert crashes.ptrace(scope("2", tools=("gdb",), frozen=True), LINUX) == expected


def test_ptrace_is_shut_for_root_as_well() -> None:
    fix = Fix(f"start the machine without {SCOPE} = 3 in its sysctl.conf")
    expected = warn(f"{SCOPE} is 3: nobody may, until the next start", fix, ["in the way of gdb"])
    assert crashes.ptrace(scope("3", privileged=True, tools=("gdb",)), LINUX) == expected


def cores(pattern: str | None, **changes: object) -> CoreDumps:
    facts = {"pattern": Setting("kernel.core_pattern", pattern), "limit": None, **changes}
    return CoreDumps(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (cores("core"), "`core` in the working directory"),
        (cores("/var/crash/core.%e.%p"), "/var/crash/core.%e.%p"),
        (cores("", uses_pid=True), "`.PID` in the working directory"),
        (
            cores("|/usr/share/apport/apport -p%p -s%s -c%c -d%d -P%P -u%u -g%g -F%F -- %E"),
            "handed to apport, which keeps it in /var/lib/apport/coredump",
        ),
        (
            cores("|/usr/lib/systemd/systemd-coredump %P %u %g %s %t %c %h %d %F", coredumpctl=True),
            "handed to systemd-coredump: `coredumpctl debug` opens it",
        ),
        (cores("|/wsl-capture-crash %t %E %p %s"), "handed to /wsl-capture-crash"),
    ],
)
def test_a_core_is_kept(facts: CoreDumps, words: str) -> None:
    assert crashes.core_pattern(facts, LINUX) == ok(words)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (cores(""), "core_pattern is empty: no core is written"),
        (cores("/cores/core.%p", usable=False), "/cores/core.%p: no such folder, or not writable"),
        (cores("|/bin/false"), "handed to /bin/false, which throws it away"),
        (
            cores("|/usr/share/apport/apport %p", usable=False),
            "handed to /usr/share/apport/apport, which is not in here: in a container, its host has the core",
        ),
        (
            cores("|/lib/systemd/systemd-coredump %P"),
            "handed to systemd-coredump, and there is no coredumpctl to get it back",
        ),
    ],
)
def test_a_core_is_lost(facts: CoreDumps, words: str) -> None:
    fix = Fix("have cores written to the working directory", ("sysctl", "-w", "kernel.core_pattern=core"))
    assert crashes.core_pattern(facts, LINUX) == skip(words, fix)
    readers = CoreDumps(**{**vars(facts), "readers": ("gdb",)})
    assert crashes.core_pattern(readers, LINUX) == warn(words, fix, ["in the way of gdb"])


def test_core_pattern_is_linux_s() -> None:
    assert crashes.core_pattern(cores(None), LINUX) == skip("core_pattern is a setting of Linux")
    assert crashes.core_pattern(cores("core"), MAC) == skip("core_pattern is a setting of Linux")


def test_core_limit() -> None:
    assert crashes.core_limit(cores("core")) == skip("this system has no such limit")
    assert crashes.core_limit(cores("core", limit=CoreLimit(None, None))) == ok("unlimited")
    assert crashes.core_limit(cores("core", limit=CoreLimit(1024, None))) == ok("up to 1024 bytes")
    off = skip("off in this shell, as in most; nothing stops you", Fix("for this shell: `ulimit -c unlimited`"))
    assert crashes.core_limit(cores("core", limit=CoreLimit(0, None))) == off
    assert crashes.core_limit(cores("core", limit=CoreLimit(0, 4096), readers=("gdb",))) == off


def test_a_hard_core_limit() -> None:
    closed = cores("core", limit=CoreLimit(0, 0))
    verdict = crashes.core_limit(closed)
    assert verdict.fix is not None
    assert verdict == skip("no cores: the hard limit is 0", verdict.fix)
    blocked = crashes.core_limit(CoreDumps(**{**vars(closed), "readers": ("gdb", "pystack")}))
    assert blocked == warn("no cores: the hard limit is 0", verdict.fix, ["in the way of gdb, pystack"])


def python(minor: int, path: str, *, names: bool = True, lines: bool = True) -> PythonSymbols:
    return PythonSymbols(PythonVersion(minor), Symbols(Path(path), names=names, lines=lines))


def test_python_symbols() -> None:
    whole, named = python(12, "/p/12"), python(13, "/p/13", lines=False)
    evidence = ["3.12: /p/12: names and lines", "3.13: /p/13: names without lines"]
    expected = ok("names and lines, names without lines", evidence)
    assert crashes.python_symbols((whole, named), {}, LINUX, {}) == expected
    assert crashes.python_symbols((whole,), {}, MAC, {}) == skip("only ELF files are read")


def test_stripped_pythons() -> None:
    bare = python(11, "/usr/bin/python3.11", names=False, lines=False)
    fix = LINUX.fix("python-gdb", PythonVersion(11))
    assert crashes.python_symbols((bare,), {}, LINUX, {}) == skip("3.11: stripped", fix)
    expected = warn("3.11: stripped", fix, [f"{CI} uses it"], CI)
    assert crashes.python_symbols((bare,), {"perf": CI}, LINUX, {}) == expected
    own = python(13, "/home/u/.local/share/uv/python/bin/python3.13", names=False, lines=False)
    way = Fix("use a Python that keeps them, as pyenv's builds do")
    assert crashes.python_symbols((own,), {"memray": CI}, LINUX, {}) == skip("3.13: stripped", way)
    served = crashes.python_symbols((bare,), {}, LINUX, {"DEBUGINFOD_URLS": "https://debuginfod.example"})
    evidence = ["3.11: /usr/bin/python3.11: stripped"]
    assert served == ok("3.11 stripped; debuginfod has what a distribution built", evidence)


def test_extension_symbols() -> None:
    path = Path("/project/target/release/libcrab.so")
    whole, named = Symbols(path, names=True, lines=True), Symbols(path, names=True)
    assert crashes.extension_symbols((), {}, LINUX) == skip("nothing is built yet")
    assert crashes.extension_symbols((whole,), {}, MAC) == skip("only ELF files are read")
    assert crashes.extension_symbols((whole,), {}, LINUX) == ok("names and lines", [f"{path}: names and lines"])
    expected = ok("names without lines", [f"{path}: names without lines"])
    assert crashes.extension_symbols((named,), {}, LINUX) == expected
    apart = Symbols(path, names=True, lines=True, separate=Path("/d/x.debug"))
    kept = ok("names and lines", [f"{path}: names and lines, in /d/x.debug"])
    assert crashes.extension_symbols((apart,), {}, LINUX) == kept


def test_a_stripped_extension() -> None:
    bare = Symbols(Path("/project/target/release/libcrab.so"))
    fix = Fix('in Cargo.toml: `[profile.release] strip = false`, and `debug = "line-tables-only"` for lines')
    assert crashes.extension_symbols((bare,), {"py-spy": CI}, LINUX) == skip("libcrab.so is stripped", fix)
    expected = warn("libcrab.so is stripped", fix, [f"{CI} uses it"], CI)
    assert crashes.extension_symbols((bare,), {"valgrind": CI}, LINUX) == expected


def test_a_damaged_extension() -> None:
    damaged = Symbols(Path("/t/libcrab.so"), error="not an ELF file")
    fix = Fix("build it anew", ("cargo", "build"), safe=True)
    assert crashes.extension_symbols((damaged,), {}, LINUX) == unknown("libcrab.so: not an ELF file", fix)
