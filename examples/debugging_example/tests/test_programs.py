"""Each program ends as programs.json says, and its cure does not."""

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


def test_a_loop_that_listens_hears_the_interrupt():
    code = "import debugging_example; print('waiting', flush=True); debugging_example.{}()"
    ended = {}
    for name in ("spin", "spin_listening"):
        argv = [sys.executable, "-c", code.format(name)]
        # A shell's background job ignores it, and so would its children.
        restored = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **restored)
        assert process.stdout.readline() == "waiting\n"
        # What comes between the line and the call would be interrupted as well.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        try:
            ended[name] = "KeyboardInterrupt" in process.communicate(timeout=1 if name == "spin" else 30)[1]
        except subprocess.TimeoutExpired:
            ended[name] = False
            process.kill()
            process.communicate()
    assert ended == {"spin": False, "spin_listening": True}


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
