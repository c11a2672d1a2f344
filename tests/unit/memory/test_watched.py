from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.model import Status
from pyo3ops.core.run import Ended, Result, run
from pyo3ops.memory import watched
from pyo3ops.memory.watched import Watched
from pyo3ops.stacks.readers.valgrind import Reading, read

DATA = Path(__file__).parents[2] / "data/tools/valgrind"
WHOLE = Reading(complete=True)


def ended(code: int | None = 0, how: Ended = Ended.EXITED, err: str = "") -> Result:
    return Result(("valgrind",), code, "", err, 1.0, how)


@pytest.mark.parametrize(
    ("result", "reading", "status", "words"),
    [
        (ended(), WHOLE, Status.OK, ""),
        (ended(watched.NO_TESTS), WHOLE, Status.OK, ""),
        (ended(1), WHOLE, Status.FAIL, "tests fail under valgrind alone"),
        (ended(4), WHOLE, Status.FAIL, "pytest does not understand its arguments under valgrind alone"),
        (ended(77), WHOLE, Status.FAIL, "valgrind ended with 77 under valgrind alone"),
        (ended(-11, Ended.SIGNALLED), Reading(complete=True, signal="SIGSEGV"), Status.FAIL, "ended by SIGSEGV under"),
        (ended(None, Ended.TIMEOUT), Reading(), Status.UNKNOWN, "not done within 60 minutes"),
        (ended(None, Ended.MISSING, "No such file"), Reading(), Status.UNKNOWN, "cannot be started"),
        (ended(-9, Ended.SIGNALLED), Reading(), Status.UNKNOWN, "as the kernel does where memory runs out"),
        (ended(1), Reading(), Status.UNKNOWN, "valgrind's record has no end: valgrind ended with 1"),
        (ended(1, err="FATAL: can't open suppressions file"), Reading(), Status.UNKNOWN, "cannot be read"),
    ],
)
def test_each_ending_is_told_apart(result: Result, reading: Reading, status: Status, words: str) -> None:
    verdict = Watched(ended(), result, reading).verdict
    assert verdict[0] is status
    assert verdict[1].startswith(words) or words in verdict[1]


def test_tests_that_fail_anyway_are_not_valgrinds_fault() -> None:
    assert Watched(ended(1), ended(1), WHOLE).verdict[1] == "tests fail without valgrind, too"


def test_an_unknown_instruction_says_nothing_of_the_program() -> None:
    said = (DATA / "unknown-instruction.err.txt").read_text(encoding="utf-8")
    result = ended(-4, Ended.SIGNALLED, said)
    seen = Watched(ended(), result, read(DATA / "unknown-instruction.xml"))
    assert seen.verdict == (Status.UNKNOWN, "valgrind does not know an instruction of this program")
    assert seen.tail == tuple(said.splitlines()[-watched.TAIL :])


def test_of_a_crash_what_python_says_first_is_shown() -> None:
    frames = [f'  File "f.py", line {n} in f' for n in range(60)]
    said = ["collected 1 item", "test_a.py Fatal Python error: Segmentation fault", *frames, "==1== valgrind"]
    crashed = Result(("valgrind",), -11, "\n".join(said), "", 1.0, Ended.SIGNALLED)
    assert Watched(ended(), crashed, Reading(complete=True, signal="SIGSEGV")).tail == tuple(said[1 : watched.TAIL + 1])


def test_both_runs_are_made_and_logged(tmp_path: Path) -> None:
    fake = tmp_path / "valgrind"
    # It stands for valgrind where that is not installed: writes the file that it is told to, and runs the command.
    fake.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "options = [word for word in sys.argv[1:] if word.startswith('--')]\n"
        "xml = next(word for word in options if word.startswith('--xml-file='))\n"
        "text = '<valgrindoutput><status><state>FINISHED</state></status></valgrindoutput>'\n"
        "open(xml.partition('=')[2], 'w').write(text)\n"
        "command = sys.argv[1 + len(options):]\nos.execv(command[0], command)\n",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    (tmp_path / "valgrind.xml").write_text("of the run before", encoding="utf-8")
    code = "import os, pathlib; print(os.environ['PYTHONMALLOC']); open('runs', 'a').write('x')"
    seen = watched.watch(str(fake), [sys.executable, "-c", code], tmp_path, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"})
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "xx"
    assert seen.verdict == (Status.OK, "")
    assert seen.result.out == "malloc\n"
    log = (tmp_path / "valgrind.log").read_text(encoding="utf-8")
    assert log.startswith(f"$ {fake} --tool=memcheck --xml=yes")
    assert log.endswith("malloc\n")


def test_a_record_of_the_run_before_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "valgrind.xml").write_text("<valgrindoutput></valgrindoutput>", encoding="utf-8")
    missing = str(tmp_path / "nothing")
    seen = watched.watch(missing, [sys.executable, "-c", ""], tmp_path, cwd=tmp_path, env={"PATH": ""})
    assert seen.reading == Reading()
    assert seen.verdict[0] is Status.UNKNOWN


def test_a_project_without_tests_is_imported() -> None:
    done = run([sys.executable, "-c", watched.importing(["json", "email.message"])], timeout=60, env={"PATH": ""})
    assert done.ok
    with pytest.raises(ValueError, match="is no module"):
        watched.importing(["json; import os"])


def test_records_that_were_not_looked_at_leave_nothing_to_tell() -> None:
    seen = Watched(ended(), ended(), Reading(complete=True, cut=1200))
    assert seen.verdict == (Status.UNKNOWN, "1,200 records of valgrind were not looked at, after 10,000 others")


def test_what_the_plain_run_wrote_does_not_count(tmp_path: Path) -> None:
    # A valgrind that cannot start, as where a suppressions file is damaged.
    broken = tmp_path / "valgrind"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    junit = tmp_path / "junit.xml"
    command = [sys.executable, "-c", f"open({str(junit)!r}, 'w').close()"]
    seen = watched.watch(str(broken), command, tmp_path, cwd=tmp_path, env=dict(os.environ), written=(junit,))
    assert seen.plain.ok
    assert not junit.exists()
