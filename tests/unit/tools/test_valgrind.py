from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyo3ops.tools import valgrind

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests/data/tools/valgrind"


def test_the_command_watches_one_process_and_keeps_what_is_lost_for_sure(tmp_path: Path) -> None:
    own = tmp_path / "own.supp"
    argv = valgrind.memcheck_argv("/usr/bin/valgrind", tmp_path / "50%.xml", ["python", "-c", ""], suppressions=[own])
    assert argv[0] == "/usr/bin/valgrind"
    assert argv[-3:] == ["python", "-c", ""]
    assert f"--xml-file={tmp_path}/50%%.xml" in argv
    assert {"--leak-check=full", "--show-leak-kinds=definite", "--trace-children=no"} < set(argv)
    assert [option for option in argv if option.startswith("--supp")] == [
        f"--suppressions={valgrind.SUPPRESSIONS}",
        f"--suppressions={own}",
    ]


@pytest.mark.parametrize(
    ("unwritten", "origins", "expected"),
    [(True, False, ("yes", "no")), (False, False, ("no", "no")), (False, True, ("yes", "yes"))],
)
def test_origins_are_of_values_that_are_looked_for(unwritten: bool, origins: bool, expected: tuple[str, str]) -> None:  # noqa: FBT001
    argv = valgrind.memcheck_argv("valgrind", Path("a.xml"), [], unwritten=unwritten, track_origins=origins)
    assert f"--undef-value-errors={expected[0]}" in argv
    assert f"--track-origins={expected[1]}" in argv


def test_each_object_is_a_block_and_modules_are_compiled_beforehand(tmp_path: Path) -> None:
    env = valgrind.watched_env({"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "random"}, tmp_path)
    assert env == {
        "PATH": "/bin",
        "PYTHONMALLOC": "malloc",
        "PYTHONHASHSEED": "0",
        "PYTHONPYCACHEPREFIX": str(tmp_path),
        "PYTHONPATH": str(valgrind.PLUGIN_FOLDER),
    }
    assert (valgrind.PLUGIN_FOLDER / f"{valgrind.PLUGIN}.py").is_file()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((DATA / "unknown-instruction.err.txt").read_text(encoding="utf-8"), "does not know an instruction"),
        ('==1== FATAL: can\'t open suppressions file "/none"', "suppressions file cannot be read"),
        ("==1==     Valgrind's memory management: out of memory:\n==1==        mmap's", "not enough memory"),
        ("valgrind:  Fatal error at startup: a function redirection\n", "debug symbols of the C library"),
        ("valgrind: m_mallocfree.c:305 (get_bszB_as_is): Assertion 'bszB_lo == bszB_hi' failed.\n", "itself failed"),
        ("valgrind: the 'impossible' happened:\n", "itself failed"),
        ("python: src/a.c:3: f: Assertion `x > 0' failed.\n", None),
        ("the test says valgrind: the 'impossible' happened", None),
        ("15 passed in 0.7s", None),
        ("", None),
    ],
)
def test_what_valgrind_complains_of_is_put_in_words(said: str, words: str | None) -> None:
    found = valgrind.complaint(said)
    assert found is None if words is None else words in str(found)


def entries() -> list[tuple[str, str]]:
    """The comment above each suppression, and its name."""
    text = valgrind.SUPPRESSIONS.read_text(encoding="utf-8")
    return re.findall(r"((?:^#[^\n]*\n)*)^\{\n\s*(\S+)\n", text, re.MULTILINE)


def test_each_suppression_has_a_reason_and_a_measurement_that_is_made_again() -> None:
    assert len(entries()) == valgrind.SUPPRESSIONS.read_text(encoding="utf-8").count("{")
    for comment, name in entries():
        assert len(comment) > 100, f"{name}: why is it nothing to mend?"
        assert "Measured on" in comment
        assert "tests/integration/test_valgrind.py" in comment
        assert name in (ROOT / "tests/integration/test_valgrind.py").read_text(encoding="utf-8")


def test_no_suppression_hides_a_loss() -> None:
    text = valgrind.SUPPRESSIONS.read_text(encoding="utf-8")
    assert "Memcheck:Leak" not in text
    # What any function matches would hide the library's own.
    assert not re.findall(r"^\s*(?:fun:\*|obj:\*)\s*$", text, re.MULTILINE)
