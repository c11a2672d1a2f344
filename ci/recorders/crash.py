"""Crash real programs and record what is printed, wrapped as it comes to people.

`python3.11 ci/recorders/crash.py [NAME...]` writes tests/data/debug/crash/own/*.txt. Needs Linux, cargo, gdb, pyenv's
Pythons, and in `PYO3OPS_CRASH_WORK` (default: a folder of its own below the temporary one) it makes environments with
pytest and py-spy. What the programs print is theirs; what stands in front of the lines (CI, containers, system logs) is
put there by the functions below, in the shape of the respective tool. Paths of the machine are replaced, and so are the
hosts of registries.
"""

# ruff: noqa: E501 - programs and logs as they are written

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, NamedTuple

DATA = Path(__file__).parents[2] / "tests" / "data" / "debug" / "crash"
OWN = DATA / "own"
CRATE = DATA / "crate"
EXAMPLE = Path(__file__).parents[2] / "examples" / "debugging_example"
WORK = Path(os.environ.get("PYO3OPS_CRASH_WORK", Path(tempfile.gettempdir()) / "pyo3ops-crash"))
#: A folder that the programs run in; called /home/ada/ledger in what is recorded.
PLACE = WORK / "place"
PYTHONS = {"3.8": "3.8.18", "3.13": "3.13.0"}

#: Three functions of Python's with two of Rust's between them, then the fault.
NESTED = """\
import ledger

def close_month():
    ledger.post({kind!r})

def per_account():
    ledger.each(close_month)

def main():
    ledger.each(per_account)

main()
"""


class Case(NamedTuple):
    """A program, how it is run, and what its lines look like when they reach a person."""

    name: str
    program: str
    wrap: Callable[[str], str] = lambda text: text
    python: str = "3.13"
    profile: str = "release"
    backtrace: str = "0"
    #: Words between the interpreter and the program.
    options: tuple[str, ...] = ()
    #: How the program is started: python, shell, pytest, gdb, pyspy, example.
    way: str = "python"
    env: tuple[tuple[str, str], ...] = ()


def nested(kind: str) -> str:
    """The program that fails in the way of this name."""
    return NESTED.format(kind=kind)


# --- wrappers


def _stamps(form: str) -> Callable[[int], str]:
    start = 1795899600  # 2026-11-28T21:00:00Z
    return lambda count: time.strftime(form, time.gmtime(start + count // 7)).replace(
        "FFFFFFF", f"{(count * 1234567) % 10**7:07d}"
    )


def _each(text: str, front: Callable[[int], str]) -> str:
    return "".join(f"{front(count)}{line}\n" for count, line in enumerate(text.splitlines()))


def github(text: str) -> str:
    """The raw log of a job of GitHub Actions."""
    stamp = _stamps("%Y-%m-%dT%H:%M:%S.FFFFFFFZ ")
    head = "##[group]Run python close.py\n\x1b[36;1mpython close.py\x1b[0m\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n"
    return "\ufeff" + _each(f"{head}{text}##[error]Process completed with exit code 1.\n", stamp)


def gh_log(text: str) -> str:
    """`gh run view --log`."""
    stamp = _stamps("%Y-%m-%dT%H:%M:%S.FFFFFFFZ ")
    return _each(text, lambda count: f"test (3.13)\tRun tests\t{stamp(count)}")


def gitlab(text: str) -> str:
    """The log of a job of GitLab."""
    head = (
        'section_start:1795899600:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting "step_script" stage of the job script'
        "\x1b[0;m\x1b[0;m\n\x1b[32;1m$ python close.py\x1b[0;m\n"
    )
    end = "section_end:1795899609:step_script\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m\n"
    return head + text + end


def gitlab_stamped(text: str) -> str:
    """The same with FF_TIMESTAMPS."""
    stamp = _stamps("%Y-%m-%dT%H:%M:%S.FFFFFFFZ")
    return _each(text, lambda count: f"{stamp(count)[:-2]}Z 01E ")


def compose(text: str) -> str:
    """`docker compose up` with colours, and a second service that talks meanwhile."""
    lines = []
    for count, line in enumerate(text.splitlines()):
        lines.append(f"\x1b[36mworker-1  | \x1b[0m{line}")
        if count % 3 == 1:
            lines.append(f'\x1b[33mweb-1     | \x1b[0m10.0.0.7 - - [28/Nov/2026] "GET /health HTTP/1.1" 200 {count}')
    return "\n".join(lines) + "\nworker-1 exited with code 1\n"


def two_services(text: str) -> str:
    """Two services of docker compose that crash in the same moment, their lines shuffled as they come."""
    first = text.splitlines()
    lines = []
    for count, line in enumerate(first):
        lines.append(f"worker-1  | {line}")
        lines.append(f"worker-2  | {first[count - 2] if count > 1 else 'starting'}")
    return "\n".join([*lines, f"worker-2  | {first[-2]}", f"worker-2  | {first[-1]}"]) + "\n"


def moreutils(text: str) -> str:
    """`ts` of moreutils."""
    return _each(text, _stamps("%b %d %H:%M:%S "))


def journal(text: str) -> str:
    """`journalctl -u`."""
    stamp = _stamps("%b %d %H:%M:%S ")
    return _each(text, lambda count: f"{stamp(count)}build07 ledger[4321]: ")


def syslog(text: str) -> str:
    """A file that rsyslog writes with precise stamps."""
    stamp = _stamps("%Y-%m-%dT%H:%M:%S")
    return _each(text, lambda count: f"{stamp(count)}.123456+00:00 build07 ledger[4321]: ")


def kubectl(text: str) -> str:
    """`kubectl logs --prefix`."""
    return _each(text, lambda _: "[pod/ledger-7d9f6c5b8-x2x4q/worker] ")


def kubectl_stamped(text: str) -> str:
    """`kubectl logs --timestamps`."""
    stamp = _stamps("%Y-%m-%dT%H:%M:%S")
    return _each(text, lambda count: f"{stamp(count)}.{count * 1001:09d}Z ")


def cri(text: str) -> str:
    """The file that a container's runtime writes."""
    stamp = _stamps("%Y-%m-%dT%H:%M:%S")
    return _each(text, lambda count: f"{stamp(count)}.{count * 1001:09d}Z stderr F ")


def buildkit(text: str) -> str:
    """`docker build --progress=plain`."""
    body = _each(text, lambda count: f"#12 {3 + count / 100:.3f} ")
    return f'#12 [5/6] RUN python close.py\n{body}#12 ERROR: process "/bin/sh -c python close.py" did not complete successfully: exit code: 1\n'


def quoted(text: str) -> str:
    """A quote in the answer to a mail, fences and all."""
    body = f"It dies since the update:\n\n```\n{text}```\n\nAny idea?\n"
    return "On Sat, Ada wrote:\n" + "".join(f"> {line}".rstrip() + "\n" for line in body.splitlines()) + "\nYes.\n"


def issue(text: str) -> str:
    """A bug report in Markdown, written on Windows."""
    body = f"### What happened\n\nIt crashes.\n\n<details><summary>log</summary>\n\n```pytb\n{text}```\n\n</details>\n\n### Versions\n\n- ledger 0.1.0\n"
    return body.replace("\n", "\r\n")


def entities(text: str) -> str:
    """Copied out of a page's source."""
    return f"<pre>{html.escape(text)}</pre>\n"


def indented(text: str) -> str:
    """A block of code in Markdown's older way."""
    return "It says:\n\n" + _each(text, lambda _: "    ")


def json_log(text: str) -> str:
    """One record of a logger that writes JSON."""
    before = json.dumps({"event": "starting", "level": "info", "timestamp": "2026-11-28T21:00:00Z"})
    return f"{before}\n" + json.dumps({"event": "job failed", "level": "error", "exception": text}) + "\n"


def stderr_first(text: str) -> str:
    """Two pipes that are read one after the other: Rust's words long before Python's."""
    lines = text.splitlines()
    split = next((at for at, line in enumerate(lines) if line.startswith("Traceback")), len(lines))
    noise = [f"INFO step {number} of 30 done" for number in range(30)]
    return "\n".join([*lines[:split], *noise, *lines[split:]]) + "\n"


PANIC = "example:panic"
TEST = """\
import ledger

def close_month():
    ledger.post({first!r})

def test_close():
    ledger.each(close_month)

def test_open():
    assert 1 + 1 == 2

def test_report():
    {second}
"""
CAUGHT = """\
import logging, ledger
logging.basicConfig(format="%(asctime)s %(levelname)s [%(name)s] %(message)s")
log = logging.getLogger("ledger.jobs")

def close_month():
    ledger.post("none")

def job():
    try:
        ledger.each(close_month)
    except BaseException:
        log.exception("job failed, going on")

job()
log.warning("all jobs done")
"""
POOL = """\
from concurrent.futures import ThreadPoolExecutor
import ledger

def close_month(number):
    return ledger.post("err")

def main():
    with ThreadPoolExecutor(2) as pool:
        print(list(pool.map(close_month, [1])))

main()
"""
PROCESSES = """\
import multiprocessing, ledger

def close_month(number):
    try:
        return ledger.post("overflow")
    except BaseException as error:
        raise RuntimeError("month %d" % number) from error

def main():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(close_month, [11])

if __name__ == "__main__":
    main()
"""
THREAD = """\
import threading, ledger

def close_month():
    ledger.post("divide")

def main():
    worker = threading.Thread(target=close_month, name="closer")
    worker.start()
    worker.join()

main()
"""
ASYNC = """\
import asyncio, ledger

async def close_month():
    await asyncio.sleep(0)
    ledger.post("KeyError")

async def main():
    await asyncio.gather(close_month())

asyncio.run(main())
"""
CHAINED = """\
import ledger

def close_month():
    try:
        ledger.post("no such account")
    except KeyError as error:
        raise ValueError("cannot close") from error

def main():
    ledger.each(close_month)

main()
"""
CONTEXT = """\
import ledger

class Month:
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        raise OSError("the month stays open")

def close_month():
    with Month():
        ledger.post("assert")

def main():
    ledger.each(close_month)

main()
"""
BORROWED = """\
import ledger

account = ledger.Account()

def audit():
    return account.balance

def main():
    account.deposit(audit)

main()
"""
UNSENDABLE = """\
import threading, ledger

cursor = ledger.Cursor()

def read():
    print(cursor.next_row())

def main():
    worker = threading.Thread(target=read)
    worker.start()
    worker.join()

main()
"""
TRAVERSE = """\
import gc, ledger

def collect():
    gc.collect()

def main():
    shelf = ledger.Shelf([])
    collect()

main()
"""
SECRETS = """\
import logging, os, ledger
logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger()

def close_month():
    ledger.post("explicit")

def main():
    log.warning("connecting to postgres://alice:hunter2secret@db7.internal.example:5432/ledger as alice@example.org")
    log.warning("peer 203.0.113.77, fe80::1ff:fe23:4567:890a, request by bob.smith@corp.example")
    log.warning("GITHUB_TOKEN=%s AWS_SECRET_ACCESS_KEY=%s", "ghp_" + "EXAMPLE0" * 4 + "1234", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    log.warning("headers: {'Authorization': 'Bearer eyJhbGciOiJFWEFNUExFIn0.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWV4YW1wbGU'}")
    log.warning("password: correct-horse --api-key=0a1b2c3d4e5f60718293a4b5c6d7e8f9 AKIAIOSFODNN7EXAMPLE")
    log.warning("reading /home/alice/Clients/Acme/2026.csv and C:\\\\Users\\\\Alice\\\\ledger.ini")
    ledger.each(close_month)

main()
"""
RECURSION = """\
import ledger

def walk(depth):
    return walk(depth + 1) + 1

def close_month():
    walk(0)

def main():
    ledger.each(close_month)

main()
"""
BUS = """\
import faulthandler, mmap, os, tempfile
faulthandler.enable()

def read(rows):
    return rows[5000]

def main():
    with tempfile.TemporaryFile() as file:
        file.truncate(8192)
        rows = mmap.mmap(file.fileno(), 8192)
        file.truncate(0)
        print(read(rows))

main()
"""
KILLED = """\
import os, signal

def main():
    os.kill(os.getpid(), signal.SIGKILL)

main()
"""
TIMEOUT = """\
import faulthandler, threading, sys
faulthandler.dump_traceback_later(1, exit=True)

lock = threading.Lock()

def wait():
    with lock:
        pass

def main():
    lock.acquire()
    wait()

main()
"""
GROUP = """\
import ledger

def close(kind):
    ledger.post(kind)

def main():
    errors = []
    for kind in ("no such", "none of these"):
        try:
            close(kind)
        except KeyError as error:
            errors.append(error)
    raise ExceptionGroup("the month stays open", errors)

main()
"""
HEALTHY = """\
import logging
logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s")

def main():
    for number in range(12):
        logging.info("account %d closed, no errors, 0 panics", number)

main()
"""
FAULT = ("-X", "faulthandler")

CASES = (
    Case("panic-plain", PANIC, way="example"),
    Case("panic-in-actions", PANIC, github, "3.8", backtrace="1", way="example"),
    Case("panic-in-compose", PANIC, compose, "3.11", backtrace="full", way="example"),
    Case("panic-quoted", PANIC, quoted, "3.12", "dev", backtrace="1", way="example"),
    Case("panic-issue-crlf", PANIC, issue, "3.9", way="example"),
    Case("panic-entities", PANIC, entities, "3.10", way="example"),
    Case("panic-coloured", PANIC, gitlab, "3.13", way="example", env=(("FORCE_COLOR", "1"),)),
    Case("panic-json-log", PANIC, json_log, "3.11", way="example"),
    Case("panic-far-apart", PANIC, stderr_first, "3.12", way="example"),
    Case("double-panic-plain", "example:double_panic", options=FAULT, way="example"),
    Case("double-panic-journal", "example:double_panic", journal, "3.9", backtrace="1", way="example"),
    Case("thread-panic-plain", "example:panic_in_thread", python="3.10", way="example"),
    Case("thread-panic-kubectl", "example:panic_in_thread", kubectl, "3.13", backtrace="1", way="example"),
    Case("segfault-faulthandler", "example:segfault", options=FAULT, python="3.12", way="example"),
    Case("segfault-ts", "example:segfault", moreutils, "3.8", options=FAULT, way="example shell"),
    Case("segfault-gdb", "example:segfault", options=FAULT, python="3.13", way="example gdb"),
    Case("segfault-gitlab-stamped", "example:segfault", gitlab_stamped, "3.11", options=FAULT, way="example"),
    Case("abort-plain", "example:abort", options=FAULT, python="3.13", way="example"),
    Case("abort-syslog", "example:abort", syslog, "3.8", options=FAULT, way="example"),
    Case("overflow-gdb", "example:stack_overflow", python="3.11", way="example gdb"),
    Case("overflow-faulthandler", "example:stack_overflow", cri, "3.11", options=FAULT, way="example"),
    Case("deadlock-py-spy", "example:gil_and_mutex", python="3.12", way="example pyspy"),
    Case("hang-timeout", TIMEOUT, python="3.8"),
    Case("slice", nested("slice"), indented),
    Case("char-boundary", nested("char"), python="3.8", backtrace="1"),
    Case("unwrap-none", nested("none")),
    Case("unwrap-none-full", nested("none"), kubectl_stamped, "3.8", "dev", "full"),
    Case("unwrap-none-caught", CAUGHT),
    Case("unwrap-err-pool", POOL, backtrace="1"),
    Case("unwrap-pyerr", nested("pyerr"), gh_log),
    Case("expect", nested("expect"), python="3.8"),
    Case("expect-backtrace", nested("expect"), buildkit, "3.13", backtrace="1"),
    Case("refcell", nested("refcell"), github),
    Case("overflow", nested("overflow"), python="3.8"),
    Case("overflow-processes", PROCESSES, backtrace="1"),
    Case("divide-thread", THREAD),
    Case("poisoned", nested("poison")),
    Case("poisoned-backtrace", nested("poison"), journal, "3.8", backtrace="1"),
    Case("assertion", nested("assert")),
    Case("assertion-context", CONTEXT, compose, "3.8"),
    Case("unreachable", nested("unreachable"), python="3.8"),
    Case("todo", nested("todo")),
    Case("capacity", nested("capacity"), backtrace="1"),
    Case("explicit", nested("explicit")),
    Case("across-ffi", nested("ffi"), options=FAULT),
    Case("across-ffi-38", nested("ffi"), moreutils, "3.8", backtrace="1", options=FAULT),
    Case("exhausted", nested("huge"), options=FAULT),
    Case("corrupted", nested("free"), python="3.8", options=FAULT),
    Case("illegal", nested("illegal"), options=FAULT),
    Case("misaligned", nested("misaligned"), profile="dev", options=FAULT),
    Case("two-threads", nested("thread")),
    Case("detached", nested("detached")),
    Case("detached-38", nested("detached"), python="3.8"),
    Case("refcount", nested("refcount"), python="3.8", options=FAULT),
    Case("traverse", TRAVERSE),
    Case("unsendable", UNSENDABLE),
    Case("borrowed", BORROWED, python="3.8"),
    Case("recursion", RECURSION),
    Case("bus", BUS),
    Case("killed", KILLED, way="shell"),
    Case("async-exception", ASYNC),
    Case("chained", CHAINED, quoted, "3.8"),
    Case("group", GROUP),
    Case("symbol", "import ledger\n", python="3.8", way="wrong"),
    Case("two-services", nested("overflow"), two_services),
    Case("pytest", TEST.format(first="none", second="ledger.post('todo')"), way="pytest"),
    Case("pytest-xdist", TEST.format(first="slice", second="ledger.post('KeyError')"), python="3.8", way="xdist"),
    Case("pytest-segfault", TEST.format(first="illegal", second="pass"), github, way="pytest"),
    Case("pytest-short", TEST.format(first="expect", second="pass"), way="short", backtrace="1"),
    Case("healthy", HEALTHY),
    Case("secrets", SECRETS, journal, "3.8"),
    Case("gdb-double-panic", "example:double_panic", python="3.12", way="example gdb"),
)


def main(names: list[str]) -> int:
    """Record the cases of these names, or all."""
    PLACE.mkdir(parents=True, exist_ok=True)
    OWN.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if not names or case.name in names:
            text = normalised(case.wrap(whole(printed(case))))
            (OWN / f"{case.name}.txt").write_bytes(text.encode())
            print(case.name, len(text.splitlines()))
    return 0


def whole(text: str) -> str:
    """With a newline at its end, and without what a CI's log would never have: thousands of equal lines."""
    return text.rstrip("\n") + "\n"


def printed(case: Case) -> str:
    """What the program prints, both streams in one."""
    example = case.way.startswith("example")
    modules = built(EXAMPLE if example else CRATE, case.python, case.profile)
    if case.way == "wrong":
        modules = built(CRATE, "3.13", "release")
    if example:
        source = (EXAMPLE / "programs" / f"{case.program.partition(':')[2]}.py").read_text()
        script = PLACE / f"{case.program.partition(':')[2]}.py"
    else:
        source, script = case.program, PLACE / ("test_close.py" if is_test(case) else "close.py")
    script.write_text(source)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "PYTHONPATH": str(modules),
        "LANG": "C.UTF-8",
        "RUST_BACKTRACE": case.backtrace,
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict(case.env),
    }
    text = ran(argv(case, script), env, case)
    script.unlink()
    return text


def is_test(case: Case) -> bool:
    """True for what pytest runs."""
    return case.way in ("pytest", "xdist", "short")


def argv(case: Case, script: Path) -> list[str]:
    """The command of a case."""
    python = str(interpreter(case.python))
    line = [python, *case.options, script.name]
    if "gdb" in case.way:
        # With faulthandler, what it writes when the program goes on to die of the signal.
        words = ["set pagination off", "run", "bt 90", *(["continue"] if case.options else [])]
        return ["gdb", "-q", "-batch", "-nx", *(each for word in words for each in ("-ex", word)), "--args", *line]
    if "shell" in case.way:
        # The shell's own word about the death of its child.
        return ["bash", "-c", f"{' '.join(line)}; echo exit code $?"]
    tests = {"pytest": [], "xdist": ["-n2", "-v"], "short": ["--tb=short", "-q"]}
    if case.way in tests:
        return [str(environment(case.python)), "-m", "pytest", *tests[case.way], "-p", "no:cacheprovider", script.name]
    return line


def ran(command: list[str], env: dict[str, str], case: Case) -> str:
    """Both streams of a command in the order in which they were written."""
    with subprocess.Popen(
        command, cwd=PLACE, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        if "pyspy" in case.way:
            time.sleep(2)
            looked = [str(environment("3.13").parent / "py-spy"), "dump", "--native", "--pid", str(process.pid)]
            text = subprocess.run(looked, capture_output=True, check=False, timeout=60).stdout
            process.send_signal(signal.SIGKILL)
            process.wait()
        else:
            try:
                text, _ = process.communicate(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    return text.decode("utf-8", "replace")


def interpreter(minor: str) -> Path:
    """One of pyenv's."""
    found = sorted(Path.home().glob(f".pyenv/versions/{minor}.*/bin/python"))
    return found[-1]


def environment(minor: str) -> Path:
    """A Python with pytest and py-spy."""
    python = WORK / f"v{minor}" / "bin" / "python"
    if not python.exists():
        subprocess.run([interpreter(minor), "-m", "venv", WORK / f"v{minor}"], check=True)
        packages = ["pytest", "pytest-xdist", *(["py-spy"] if minor != "3.8" else [])]
        subprocess.run([python, "-m", "pip", "-q", "install", *packages], check=True)
    return python


def built(crate: Path, minor: str, profile: str) -> Path:
    """A folder with the crate's module for this Python."""
    name = "ledger" if crate == CRATE else crate.name
    folder = WORK / "modules" / f"{name}-{minor}-{profile}"
    if (folder / f"{name}.so").exists():
        return folder
    target = WORK / "target" / minor
    env = {
        **os.environ,
        "PYO3_PYTHON": str(interpreter(minor)),
        "CARGO_TARGET_DIR": str(target),
        "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only",
        "CARGO_PROFILE_RELEASE_LTO": "false",
    }
    command = ["cargo", "build", "--locked", "--features", "pyo3/extension-module"]
    subprocess.run([*command, *(["--release"] if profile == "release" else [])], cwd=crate, env=env, check=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(target / ("release" if profile == "release" else "debug") / f"lib{name}.so", folder / f"{name}.so")
    return folder


def normalised(text: str) -> str:
    """Without what is this machine's own: its folders become those of a person called ada."""
    home = re.escape(str(Path.home()))
    for pattern, word in (
        (re.escape(str(PLACE)), "/home/ada/ledger"),
        (re.escape(str(WORK / "modules")) + r"/[\w.-]+", "/home/ada/ledger/venv/lib"),
        (re.escape(str(WORK)) + r"/v3\.\d+", "/home/ada/ledger/venv"),
        (re.escape(str(CRATE)), "/home/ada/ledger"),
        (re.escape(str(EXAMPLE)), "/home/ada/debugging_example"),
        (rf"{home}/\.pyenv/versions/(3\.\d+)\.\d+", r"/opt/python/\1"),
        (rf"{home}/\.cargo/registry/src/[\w.-]+", "/home/ada/.cargo/registry/src/index-1949cf8c6b5b557f"),
        # pyenv compiles in a temporary folder.
        (r"/\w+/python-build\.[\d.]+/Python-[\d.]+", "/usr/src/python"),
        (rf"{home}/\.rustup", "/home/ada/.rustup"),
        (home, "/home/ada"),
        (re.escape(str(DATA.parents[3])), "/home/ada/src"),
        (re.escape(str(WORK)), "/home/ada/build"),
        (re.escape(os.uname().nodename), "build07"),
    ):
        text = re.sub(pattern, word, text)
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
