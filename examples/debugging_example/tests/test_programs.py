"""Each program ends as programs.json says, and each cure does not."""

import json
import re
import resource
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import debugging_example
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PROGRAMS = json.loads((ROOT / "programs.json").read_text(encoding="utf-8"))
#: Seconds that a program which hangs is watched for.
WATCHED = 1.5


def named(group):
    rows = [row for row in PROGRAMS if row["group"] == group]
    return pytest.mark.parametrize("row", rows, ids=[row["name"] for row in rows])


def without_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def start(row):
    argv = [sys.executable, "-X", "faulthandler", str(ROOT / "programs" / (row["name"] + ".py"))]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(argv, text=True, preexec_fn=without_cores, **pipes)  # noqa: PLW1509 - no threads


def test_the_list_is_complete():
    assert {row["name"] for row in PROGRAMS} == {path.stem for path in (ROOT / "programs").glob("*.py")}
    for row in PROGRAMS:
        assert hasattr(debugging_example, row["right"])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [
        row["name"] for row in PROGRAMS if f"| `{row['name']}` | {row['what']} | {row['ends']} |" not in readme
    ] == []


def python_frames(err):
    """The names that faulthandler printed for the thread that crashed, from root to leaf."""
    part = re.split(r"\n\n|Extension modules|Current thread's C stack", err[err.index("Current thread") :])[0]
    return [match[1] for match in re.finditer(r'File ".*", line \d+ in (\S+)', part)][::-1]


@named("crash")
def test_a_crash_ends_as_it_is_said(row):
    process = start(row)
    _, err = process.communicate(timeout=60)
    ends = row["ends"]
    expected = -getattr(signal, ends) if ends.startswith("SIG") else int(ends.rpartition(" ")[2])
    assert process.returncode == expected
    assert row["says"] in err
    if ends.startswith("SIG"):
        assert python_frames(err) == python_part(row)


def python_part(row):
    return [name for name in row["stack"] if name in {"<module>", "main", "middle", "leaf"}]


@pytest.fixture(scope="module")
def hung():
    """Every program that hangs, at once: they wait, and so does only one of us."""
    started = {row["name"]: start(row) for row in PROGRAMS if row["group"] == "hang"}
    for process in started.values():
        assert process.stdout.readline() == "waiting\n"
    time.sleep(WATCHED)
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@named("hang")
def test_a_hang_hangs_where_it_is_said(row, hung):
    process = hung[row["name"]]
    assert process.poll() is None
    # faulthandler answers on a stack that waits for nothing.
    process.send_signal(signal.SIGABRT)
    _, err = process.communicate(timeout=60)
    # Where another thread has the interpreter, the current one is that.
    frames = re.findall(r'File ".*programs.*", line \d+ in (\S+)', err)
    assert set(python_part(row)) <= set(frames)


#: What is called in place of what crashes or hangs, and how that ends.
CURES = {
    "write_checked": ("write_checked()", "ValueError"),
    "refuse": ("refuse()", "ValueError"),
    "recurse_within_bounds": ("recurse_within_bounds(10**9)", "RecursionError"),
    "panic_in_thread_told": ("panic_in_thread_told()", "RuntimeError"),
    "attach_then_lock_released": ("attach_then_lock_released()", None),
    "lock_twice_noticed": ("lock_twice_noticed()", "RuntimeError"),
    "join_detached": ("join_detached()", None),
    "receive_detached": ("receive_detached()", None),
    "sleep_detached": ("sleep_detached(0.01)", None),
    "sleep_listening": ("sleep_listening(0.1)", None),
    "spin_listening": ("spin_listening()", "KeyboardInterrupt"),
}
#: Beside it another thread has the mutex and sends a number, and a timer stands for ^C.
BESIDE = """
import signal, threading, time
import debugging_example as d
threading.Thread(target=d.lock_then_attach, args=(0.3,)).start()
threading.Thread(target=lambda: (time.sleep(0.2), d.send(7))).start()
time.sleep(0.1)
if {interrupted}:
    # No thread could do it: the loop keeps the interpreter.
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
try:
    d.{call}
except {error} as error:
    print("told")
else:
    print("done")
"""


@pytest.mark.parametrize("name", CURES)
def test_a_cure_neither_crashes_nor_hangs(name):
    call, error = CURES[name]
    code = BESIDE.format(call=call, error=error or "()", interrupted=error == "KeyboardInterrupt")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "told\n" if error else "done\n"), done.stderr


def test_every_cure_of_a_crash_or_a_hang_is_tried():
    assert {row["right"] for row in PROGRAMS if row["group"] in {"crash", "hang"}} == set(CURES)


def test_what_is_no_duration_is_told_before_a_lock_is_taken():
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=r"\S"):
            debugging_example.lock_then_attach(wrong)
        with pytest.raises(ValueError, match=r"\S"):
            debugging_example.sleep_listening(wrong)
    assert debugging_example.attach_then_lock_released() >= 0


def test_what_listens_hears_the_interrupt():
    code = "import debugging_example; print('waiting', flush=True); debugging_example.{}"
    ended = {}
    for name in ("spin()", "spin_listening()", "sleep_detached(20.0)", "sleep_listening(20.0)"):
        deaf = name in {"spin()", "sleep_detached(20.0)"}
        argv = [sys.executable, "-c", code.format(name)]
        # A shell's background job ignores it, and so would its children.
        restored = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **restored)
        assert process.stdout.readline() == "waiting\n"
        # What comes between the line and the call would be interrupted as well.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        try:
            ended[name] = "KeyboardInterrupt" in process.communicate(timeout=1 if deaf else 15)[1]
        except subprocess.TimeoutExpired:
            ended[name] = False
            process.kill()
            process.communicate()
    assert list(ended.values()) == [False, True, False, True]


GROWTH = """
import json, os, resource, runpy, sys
import debugging_example
path, wrong, right = sys.argv[1:]
program = runpy.run_path(path)
def resident():
    # Linux counts a parent's peak as its child's, so that the peak is of no use there.
    if sys.platform == "linux":
        return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def grown(times):
    before = resident()
    program["main"](times)
    return (resident() - before) / times
grown(300)
wrong_one = getattr(debugging_example, wrong)
setattr(debugging_example, wrong, getattr(debugging_example, right))
grown(300)
cured = grown(1000)
setattr(debugging_example, wrong, wrong_one)
print(json.dumps([grown(1000), cured]))
"""


@named("leak")
def test_a_leak_grows_and_its_cure_does_not(row):
    argv = [
        sys.executable,
        "-c",
        GROWTH,
        str(ROOT / "programs" / (row["name"] + ".py")),
        row["stack"][-1],
        row["right"],
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    wrong, cured = json.loads(done.stdout)
    # 16 KiB a call, or twice that; whole pages are what the kernel counts.
    assert wrong > 12_000
    assert cured < 2_000


def test_a_panic_in_a_thread_is_told_by_the_cure():
    with pytest.raises(RuntimeError, match="the worker panicked"):
        debugging_example.panic_in_thread_told()


def test_a_leak_program_can_be_read_without_being_run():
    assert callable(runpy.run_path(str(ROOT / "programs/leak_box.py"))["main"])
