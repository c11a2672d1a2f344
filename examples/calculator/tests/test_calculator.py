import copy
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import calculator
import pytest
from calculator import CalculatorError, Expression, ParseError, UndefinedError


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("-2 ** 2", -4.0),
        ("2 ** 3 ** 2", 512.0),
        ("8 / 4 / 2", 1.0),
        ("sqrt(16) - abs(-1)", 3.0),
        ("ln(exp(2))", 2.0),
        (".5e1", 5.0),
        ("\t1\n+ 1", 2.0),
    ],
)
def test_evaluate(source, expected):
    assert calculator.evaluate(source) == expected


def test_variables_may_have_any_name():
    assert calculator.evaluate("größe * 2", größe=1.5) == 3.0
    assert Expression("b + a + b").names == ["b", "a"]
    assert Expression("a").evaluate(a=1, unused=2) == 1.0
    assert calculator.evaluate("source + self", source=1, self=2) == 3.0


def test_what_is_no_number_is_not_called_too_large():
    with pytest.raises(CalculatorError, match="not a number"):
        calculator.evaluate("x", x=float("nan"))
    with pytest.raises(OverflowError, match="too large"):
        calculator.evaluate("x", x=float("inf"))


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("", 0, "unexpected end at position 0"),
        ("1 +", 3, "unexpected end at position 3"),
        ("(1", 2, "expected ')' at position 2"),
        ("1 $", 2, "unexpected '$' at position 2"),
        ("é $", 2, "unexpected '$' at position 2"),
        ("1.2.3", 3, "unexpected '.' at position 3"),
        ("tan(1)", 0, 'there is no function "tan" (known: abs, cos, exp, ln, sin, sqrt) at position 0'),
        ("(" * 100_000, 201, "nested deeper than 200 at position 201"),
    ],
)
def test_a_text_that_is_no_expression(source, position, message):
    with pytest.raises(ParseError) as caught:
        Expression(source)
    assert caught.value.position == position
    assert str(caught.value) == message


def test_a_variable_without_a_value():
    with pytest.raises(UndefinedError, match='variable "x" has no value') as caught:
        Expression("x + 1").evaluate(y=1)
    assert caught.value.name == "x"


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("1 / 0", ZeroDivisionError, "division by zero"),
        ("0 ** -1", ZeroDivisionError, "division by zero"),
        ("1e308 * 10", OverflowError, "the result is too large"),
        ("sqrt(-1)", CalculatorError, "sqrt of a negative number"),
        ("ln(0)", CalculatorError, "ln needs a positive number"),
        ("(-8) ** (1 / 3)", CalculatorError, "a negative number has no real fractional power"),
    ],
)
def test_values_outside_the_domain(source, error, message):
    with pytest.raises(error) as caught:
        calculator.evaluate(source)
    assert str(caught.value) == message


def test_errors_are_value_errors():
    assert issubclass(ParseError, CalculatorError)
    assert issubclass(UndefinedError, CalculatorError)
    assert issubclass(CalculatorError, ValueError)


@pytest.mark.parametrize("wrong", [None, 1, b"1"])
def test_wrong_types_are_type_errors(wrong):
    with pytest.raises(TypeError):
        Expression(wrong)
    with pytest.raises(TypeError):
        Expression("x").map("x", 1)


def test_map_is_evaluate_for_each_value():
    expression = Expression("x ** 2 + 1")
    assert expression.map("x", [0, 1, 2.5]) == [expression.evaluate(x=each) for each in (0, 1, 2.5)]
    assert expression.map("x", []) == []
    assert Expression("1").map("x", [5, 6]) == [1.0, 1.0]
    with pytest.raises(ZeroDivisionError):
        Expression("1 / x").map("x", [1, 0])
    with pytest.raises(UndefinedError):
        Expression("x + y").map("x", [1])


@pytest.mark.slow
def test_other_threads_run_while_map_computes():
    expression = Expression("sin(x) " + "+ sin(x) " * 50)
    seconds, turns = turns_meanwhile(lambda: expression.map("x", [0.5] * 400_000))
    # Calls of Python's own that keep the GIL.
    data = bytes(50_000_000)
    kept_seconds, kept_turns = turns_meanwhile(lambda: [data.count(b"x") for _ in range(20)])
    assert turns / seconds > 3 * kept_turns / kept_seconds


def turns_meanwhile(call):
    """How long a call takes, and how often another thread gets a turn of a millisecond meanwhile."""
    done, turns = threading.Event(), []

    def work():
        call()
        done.set()

    thread = threading.Thread(target=work)
    began = time.perf_counter()
    thread.start()
    while not done.is_set():
        turns.append(1)
        time.sleep(0.001)
    thread.join()
    return time.perf_counter() - began, len(turns)


def test_an_expression_can_be_shared_copied_and_shown():
    expression = Expression("x + 1")
    assert repr(expression) == "Expression('x + 1')"
    assert pickle.loads(pickle.dumps(expression)).evaluate(x=1) == 2.0
    assert copy.deepcopy(expression).source == "x + 1"
    with pytest.raises(AttributeError):
        expression.source = "2"


@pytest.mark.slow
def test_long_texts_take_no_time_and_no_stack():
    assert calculator.evaluate("+".join(["1"] * 100_000)) == 100_000.0


@pytest.mark.slow
def test_stub_says_what_the_module_does():
    allowed = Path(__file__).with_name("stubtest-allowlist.txt")
    argv = [sys.executable, "-m", "mypy.stubtest", "calculator", "--allowlist", str(allowed)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
