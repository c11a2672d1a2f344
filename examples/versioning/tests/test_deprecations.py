import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import versioning
from packaging.version import Version
from versioning import Summary, mean_of, mean_of_with_pythons_stacklevel, summarize


def deprecated_uses():
    return {
        "mean_of": lambda: mean_of([1.0, 2.0]),
        "extend": lambda: Summary().extend(data=[1.0]),
        "RunningStats": lambda: versioning.RunningStats,
    }


@pytest.mark.parametrize("name", deprecated_uses())
def test_it_warns_of_the_line_that_called(name):
    with pytest.warns(DeprecationWarning, match=f"{name}.* is deprecated since .* removed in .*: use") as caught:
        deprecated_uses()[name]()
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("name", deprecated_uses())
def test_what_is_due_for_removal_is_removed(name):
    with pytest.warns(DeprecationWarning, match="is deprecated") as caught:
        deprecated_uses()[name]()
    since, removal = re.search(r"since (\S+) and removed in (\S+):", str(caught[0].message)).groups()
    assert Version(since) <= Version(versioning.__version__) < Version(removal)


def called_by_the_user(function):
    return function([1.0, 2.0])


def test_pythons_stacklevel_blames_somebody_else():
    """Wrong and right, from a function of a library that a user's line calls."""
    for function, blamed in ((mean_of_with_pythons_stacklevel, "user.py"), (mean_of, __file__)):
        user = compile("library(function)", "user.py", "eval")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            eval(user, {"library": called_by_the_user, "function": function})  # noqa: S307 - a frame with a name
        assert [warning.filename for warning in caught] == [blamed]


def test_the_old_ways_still_work():
    with pytest.warns(DeprecationWarning, match="is deprecated"):
        assert mean_of([1.0, 2.0]) == 1.5
    with pytest.warns(DeprecationWarning, match="is deprecated"):
        assert versioning.RunningStats is Summary
    summary = Summary()
    with pytest.warns(DeprecationWarning, match="is deprecated"):
        summary.extend(data=[1.0, 2.0])
    assert summary == summarize([1.0, 2.0])


def test_where_warnings_are_errors_nothing_is_done():
    summary = Summary()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            summary.extend(data=[1.0])
        summary.extend([2.0])
    assert summary.count == 1


def test_new_and_old_name_of_an_argument():
    with pytest.raises(TypeError, match="values and data"):
        Summary().extend([1.0], data=[1.0])
    with pytest.raises(TypeError, match="needs values"):
        Summary().extend()


def test_other_names_are_still_missing():
    with pytest.raises(AttributeError, match='no attribute "RunningStat"'):
        versioning.RunningStat  # noqa: B018 - asking is the test


@pytest.mark.slow
def test_type_checkers_strike_through_what_goes(tmp_path):
    calls = ("mean_of([1.0])", "Summary().extend(data=[1.0])", "Summary().extend([1.0])")
    code = "\n".join(["from versioning import Summary, mean_of", *calls, ""])
    file = tmp_path / "user.py"
    file.write_text(code, encoding="utf-8")
    argv = [sys.executable, "-m", "mypy", "--enable-error-code", "deprecated", "--cache-dir", str(tmp_path), str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=Path(tmp_path), timeout=120)
    struck = set(re.findall(r"user\.py:(\d+): .*\[deprecated\]", done.stdout))
    # The import and the old argument, an overload, which the last mypy of Python 3.8 does not look at.
    assert struck == ({"1", "3"} if sys.version_info >= (3, 9) else {"1"}), done.stdout + done.stderr
