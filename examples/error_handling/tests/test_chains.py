import os
import subprocess
import sys
import traceback

import error_handling
import pytest
from error_handling import LineError, SettingsError

GROUPS = sys.version_info >= (3, 11)


@pytest.fixture
def number(tmp_path):
    file = tmp_path / "number.txt"
    file.write_text("21\n")
    return file


def chain(error):
    while error is not None:
        yield error
        error = error.__cause__


def test_a_chain_of_anyhow_becomes_causes(tmp_path, number):
    assert error_handling.scaled(number, lambda value: value * 2) == 42
    with pytest.raises(SettingsError) as caught:
        error_handling.scaled(tmp_path / "none", abs)
    assert [type(link) for link in chain(caught.value)] == [SettingsError, FileNotFoundError]
    assert [str(caught.value), caught.value.__cause__.errno] == ["cannot read the number", 2]
    number.write_text("many")
    with pytest.raises(SettingsError) as caught:
        error_handling.scaled(number, abs)
    assert [str(link) for link in chain(caught.value)] == ["the file holds no number", "invalid digit found in string"]


def test_a_python_exception_in_the_chain_stays_itself(number):
    raised = KeyError(21)

    def scale(_):
        raise raised

    with pytest.raises(SettingsError, match="cannot scale the number") as caught:
        error_handling.scaled(number, scale)
    assert caught.value.__cause__ is raised
    assert traceback.extract_tb(raised.__traceback__)[-1].name == "scale"
    # Without a context there is one link, and that is Python's.
    with pytest.raises(TypeError):
        error_handling.scaled(number, str)


def test_wrong_a_chain_of_anyhow_becomes_one_text(number):
    def scale(_):
        raise KeyError(21)

    with pytest.raises(RuntimeError, match="Caused by:\n    KeyError: 21") as caught:
        error_handling.scaled_wrong(number, scale)
    assert caught.value.__cause__ is None


@pytest.mark.slow
def test_wrong_that_text_may_hold_the_stack():
    # With RUST_BACKTRACE=1, as many services set it: functions, and the paths of the machines that built them.
    program = """if True:
        import error_handling
        for load in error_handling.scaled_wrong, error_handling.scaled:
            try:
                load("no/such/file", abs)
            except Exception as error:
                print(len(str(error)), "Stack backtrace" in str(error))
    """
    environment = {**os.environ, "RUST_BACKTRACE": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    wrong, right = done.stdout.splitlines()
    assert int(wrong.split()[0]) > 500
    assert wrong.endswith("True")
    assert right == f"{len('cannot read the number')} False"


def test_a_second_error_tells_of_the_first():
    first, second = KeyError(1), ValueError(2)

    def fail(error):
        raise error

    with pytest.raises(ValueError, match="2") as caught:
        error_handling.first_of(lambda: fail(first), lambda: fail(second))
    assert caught.value.__context__ is first
    assert caught.value.__cause__ is None
    assert error_handling.first_of(lambda: fail(first), lambda: 5) == 5
    with pytest.raises(KeyError) as caught:
        error_handling.first_of(lambda: fail(first), lambda: fail(first))
    assert caught.value.__context__ is None


def test_wrong_rust_sets_no_context_by_itself():
    def fail(error):
        raise error

    with pytest.raises(ValueError, match="2") as caught:
        error_handling.first_of_wrong(lambda: fail(KeyError(1)), lambda: fail(ValueError(2)))
    assert caught.value.__context__ is None


def test_what_python_is_handling_becomes_the_context_by_itself():
    def handle():
        try:
            return {}["port"]
        except KeyError:
            return error_handling.parse("port")

    with pytest.raises(LineError) as caught:
        handle()
    assert isinstance(caught.value.__context__, KeyError)


def test_a_note_says_which_item_it_was():
    with pytest.raises(ZeroDivisionError) as caught:
        error_handling.each(lambda value: 1 / value, [1, 0])
    assert caught.value.__notes__ == ["while handling item 1"]
    printed = "".join(traceback.format_exception(type(caught.value), caught.value, None))
    # Before 3.11 the exceptiongroup package, which pytest needs there, teaches traceback to print notes.
    assert ("while handling item 1" in printed) == (GROUPS or "exceptiongroup" in sys.modules)


def test_notes_add_up():
    def inner(value):
        error_handling.each(lambda value: 1 / value, [value])

    with pytest.raises(ZeroDivisionError) as caught:
        error_handling.each(inner, [1, 0])
    assert caught.value.__notes__ == ["while handling item 0", "while handling item 1"]


@pytest.mark.skipif(GROUPS, reason="add_note exists")
def test_wrong_add_note_hides_the_error_before_311():
    with pytest.raises(AttributeError, match="add_note"):
        error_handling.each_wrong(lambda value: 1 / value, [1, 0])


def test_all_wrong_lines_at_once():
    text = "a\nb = 1\nc = x\n"
    kind = ExceptionGroup if GROUPS else SettingsError  # noqa: F821
    with pytest.raises(kind, match="lines are wrong") as caught:
        error_handling.check(text)
    assert caught.value.message == "lines are wrong"
    assert [error.line for error in caught.value.exceptions] == [1, 3]
    assert isinstance(caught.value.exceptions[1].__cause__, ValueError)
    assert error_handling.check("b = 1\nc = 2") == 2
    with pytest.raises(LineError) as caught:
        error_handling.check_wrong(text)
    assert not hasattr(caught.value, "exceptions")


@pytest.mark.skipif(not GROUPS, reason="except* is syntax of Python 3.11")
def test_except_star_takes_its_part():
    # Text, so that older Pythons can read this file.
    program = """
seen = []
try:
    error_handling.check("a\\nb = x")
except* error_handling.LineError as group:
    seen = [error.line for error in group.exceptions]
"""
    names = {"error_handling": error_handling}
    exec(program, names)  # noqa: S102
    assert names["seen"] == [1, 2]
