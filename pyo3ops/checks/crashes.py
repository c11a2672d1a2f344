"""What the system lets debuggers do with a process that runs or has crashed, and what they can name in it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pyo3ops.checks.debug import asked_or_skip
from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, ok, skip, unknown, warn
from pyo3ops.core.model import Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.checks.facts.debugging import CoreDumps, PythonSymbols, Tracing
    from pyo3ops.core.model import Location
    from pyo3ops.tools.symbols import Symbols
    from pyo3ops.tools.system import Installer

_CORE = "https://man7.org/linux/man-pages/man5/core.5.html"
#: What reads the symbols of a binary.
_NATIVE = ("gdb", "rust-gdb", "lldb", "pystack", "valgrind", "perf", "heaptrack")
#: Yama's scopes (kernel documentation, admin-guide/LSM/Yama).
_CHILDREN, _ROOT, _NOBODY = 1, 2, 3


@check(
    "debug.ptrace",
    "a running process may be looked at",
    link="https://docs.kernel.org/admin-guide/LSM/Yama.html",
)
def ptrace(tracing: Tracing, installer: Installer) -> Verdict:
    """Debuggers and samplers attach through ptrace, which Yama allows for child processes alone on many systems."""
    scope = tracing.scope
    if installer.system != "linux":
        return skip("ptrace_scope is a setting of Linux")
    if scope.value is None:
        return ok("any process of yours: this kernel restricts nothing (no Yama)")
    if scope.number is None:
        return unknown(f"{scope.name} is {scope.value!r}")
    if scope.number < _CHILDREN or (tracing.privileged and scope.number < _NOBODY):
        return ok("any process" if tracing.privileged else "any process of yours")
    allowed = {_CHILDREN: "only what the debugger itself started may be looked at", _ROOT: "only root may look"}
    reason = f"{scope.name} is {scope.number}: {allowed.get(scope.number, 'nobody may, until the next start')}"
    if scope.number >= _NOBODY:
        return _blocked(reason, Fix(f"start the machine without {scope.name} = 3 in its sysctl.conf"), tracing.tools)
    return _blocked(reason, scope.fix("let debuggers attach", "0"), tracing.tools)


@check("debug.core-pattern", "a crash leaves a core", link=_CORE)
def core_pattern(core_dumps: CoreDumps, installer: Installer) -> Verdict:
    """The kernel writes a core where core_pattern says, or hands it to a program, which a container may lack."""
    pattern = core_dumps.pattern
    if installer.system != "linux" or pattern.value is None:
        return skip("core_pattern is a setting of Linux")
    if pattern.value.startswith("|"):
        good, words = _handed_to(PurePosixPath(pattern.value[1:].split(" ")[0]), core_dumps)
    elif not pattern.value and not core_dumps.uses_pid:
        good, words = False, "core_pattern is empty: no core is written"
    else:
        # The pid is the whole name, after a dot, where the pattern is empty.
        name = pattern.value or ".PID"
        place = name if name.startswith("/") else f"`{name}` in the working directory"
        good, words = core_dumps.usable, place if core_dumps.usable else f"{place}: no such folder, or not writable"
    if good:
        return ok(words)
    return _blocked(words, pattern.fix("have cores written to the working directory", "core"), core_dumps.readers)


@check("debug.core-limit", "a core is not cut short", link=_CORE)
def core_limit(core_dumps: CoreDumps) -> Verdict:
    """Most shells begin with `ulimit -c 0`, under which a crash leaves nothing to look at."""
    limit = core_dumps.limit
    if limit is None:
        return skip("this system has no such limit")
    if limit.soft is None:
        return ok("unlimited")
    if limit.soft:
        return ok(f"up to {limit.soft} bytes")
    if limit.hard == 0:
        fix = Fix(
            "as root `ulimit -c unlimited`, for good in /etc/security/limits.conf; `docker run --ulimit core=-1`",
            url=_CORE,
        )
        return _blocked("no cores: the hard limit is 0", fix, core_dumps.readers)
    return skip("off in this shell, as in most; nothing stops you", Fix("for this shell: `ulimit -c unlimited`"))


@check(
    "debug.python-symbols",
    "the interpreters name their functions",
    needs=("python.interpreters",),
    link="https://docs.python.org/3/howto/gdb_helpers.html#obtaining-debug-information",
)
def python_symbols(
    python_symbols: tuple[PythonSymbols, ...],
    asked_tools: Mapping[str, Location],
    installer: Installer,
    env: Mapping[str, str],
) -> Verdict:
    """Debuggers find Python's frames by the names and types of the interpreter's own functions."""
    if installer.system != "linux":
        return skip("only ELF files are read")
    evidence = [f"{each.version}: {each.symbols.path}: {each.symbols.words}" for each in python_symbols]
    stripped = [each for each in python_symbols if not each.symbols.names]
    names = ", ".join(str(each.version) for each in stripped)
    if not stripped:
        return ok(", ".join(sorted({each.symbols.words.partition(", in ")[0] for each in python_symbols})), evidence)
    if env.get("DEBUGINFOD_URLS"):
        return ok(f"{names} stripped; debuginfod has what a distribution built", evidence)
    if stripped[0].symbols.path.parts[:2] == ("/", "usr"):
        fix = installer.fix("python-gdb", stripped[0].version)
    else:
        fix = Fix("use a Python that keeps them, as pyenv's builds do")
    return asked_or_skip(f"{names}: stripped", fix, asked_tools, _NATIVE)


@check(
    "debug.extension-symbols",
    "the extension names its functions",
    needs=("project.manifest",),
    link="https://doc.rust-lang.org/cargo/reference/profiles.html#strip",
)
def extension_symbols(
    extension_symbols: tuple[Symbols, ...], asked_tools: Mapping[str, Location], installer: Installer
) -> Verdict:
    """A stripped library shows addresses in every stack; a release build keeps names, and lines only if told to."""
    if not extension_symbols:
        return skip("nothing is built yet")
    if installer.system != "linux":
        return skip("only ELF files are read")
    evidence = [f"{each.path}: {each.words}" for each in extension_symbols]
    unread = next((each for each in extension_symbols if each.error), None)
    if unread:
        return unknown(f"{unread.path.name}: {unread.error}", Fix("build it anew", ("cargo", "build"), safe=True))
    stripped = next((each for each in extension_symbols if not each.names), None)
    if stripped is None:
        return ok(", ".join(sorted({each.words.partition(", in ")[0] for each in extension_symbols})), evidence)
    fix = Fix('in Cargo.toml: `[profile.release] strip = false`, and `debug = "line-tables-only"` for lines')
    return asked_or_skip(f"{stripped.path.name} is stripped", fix, asked_tools, _NATIVE)


def _handed_to(program: PurePosixPath, cores: CoreDumps) -> tuple[bool, str]:
    """Whether the program that cores are piped to keeps them for whoever is in here, and what to say of it."""
    if program.name in ("false", "true"):
        return False, f"handed to {program}, which throws it away"
    if not cores.usable:
        return False, f"handed to {program}, which is not in here: in a container, its host has the core"
    if program.name == "systemd-coredump":
        there = (
            ": `coredumpctl debug` opens it" if cores.coredumpctl else ", and there is no coredumpctl to get it back"
        )
        return cores.coredumpctl, f"handed to systemd-coredump{there}"
    if program.name == "apport":
        return True, "handed to apport, which keeps it in /var/lib/apport/coredump"
    return True, f"handed to {program}"


def _blocked(reason: str, fix: Fix, tools: tuple[str, ...]) -> Verdict:
    """A warning where a tool that this stops is here, else a skip that shows the way."""
    return warn(reason, fix, [f"in the way of {', '.join(tools)}"]) if tools else skip(reason, fix)
