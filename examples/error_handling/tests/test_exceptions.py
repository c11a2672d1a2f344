import copy
import errno
import pickle
import sys

import error_handling
import pytest
from error_handling import HardLimitError, LimitError, LineError, MissingError, SettingsError

WRONG_LINE = "port = 80\n\nhost = localhost\n"


@pytest.fixture
def settings(tmp_path):
    def write(text):
        file = tmp_path / "settings.txt"
        file.write_text(text)
        return file

    return write


def test_a_good_file(settings):
    assert error_handling.load(settings("port = 80\n"), "port") == 80


def test_the_hierarchy():
    assert issubclass(LineError, SettingsError)
    assert MissingError.__bases__ == (SettingsError, LookupError)
    assert not issubclass(SettingsError, LookupError)
    assert LineError.__module__ == "error_handling"


def test_each_error_has_its_class(settings, tmp_path):
    with pytest.raises(LineError, match="line 3: host is no number") as caught:
        error_handling.load(settings(WRONG_LINE), "port")
    assert caught.value.line == 3
    with pytest.raises(LookupError, match='there is no setting "port"') as caught:
        error_handling.load(settings("host = 1"), "port")
    assert type(caught.value) is MissingError
    with pytest.raises(FileNotFoundError):
        error_handling.load(tmp_path / "none", "port")


def test_wrong_every_error_is_a_runtime_error(settings, tmp_path):
    for file in (settings(WRONG_LINE), tmp_path / "none"):
        with pytest.raises(RuntimeError) as caught:
            error_handling.load_wrong(file, "port")
        assert type(caught.value) is RuntimeError
        assert caught.value.__cause__ is None
        assert not hasattr(caught.value, "line")
        assert not hasattr(caught.value, "errno")


def test_the_source_of_an_error_is_its_cause():
    with pytest.raises(LineError) as caught:
        error_handling.parse("port = eighty")
    assert repr(caught.value.__cause__) == "ValueError('invalid digit found in string')"
    with pytest.raises(LineError) as caught:
        error_handling.parse("port")
    assert caught.value.__cause__ is None


def test_an_os_error_has_its_number_and_its_file(tmp_path):
    missing = tmp_path / "none"
    with pytest.raises(FileNotFoundError) as caught:
        error_handling.load(missing, "port")
    assert caught.value.errno == errno.ENOENT
    assert caught.value.filename == str(missing)
    with pytest.raises(FileNotFoundError) as python, missing.open():
        pass
    if sys.platform != "win32":
        assert str(caught.value) == str(python.value)


def test_wrong_the_conversion_of_pyo3_leaves_them_none(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        error_handling.read_wrong(tmp_path / "none")
    assert caught.value.errno is None
    assert caught.value.filename is None


@pytest.mark.parametrize(("hard", "kind"), [(False, LimitError), (True, HardLimitError)])
def test_a_pyclass_exception_has_its_attributes(hard, kind):
    with pytest.raises(ValueError, match=r"^5 is above the limit of 3$") as caught:
        error_handling.check_limit(3, 5, hard)
    error = caught.value
    assert (type(error), error.limit, error.given, error.args) == (kind, 3, 5, (3, 5))
    error_handling.check_limit(5, 5, hard)


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_exceptions_can_be_copied_and_pickled(again):
    with pytest.raises(LimitError) as caught:
        error_handling.check_limit(3, 5, hard=True)
    assert (type(again(caught.value)), again(caught.value).given) == (HardLimitError, 5)
    with pytest.raises(LineError) as caught:
        error_handling.parse("port")
    assert again(caught.value).line == 1
    assert str(again(MissingError("port"))) == "port"


def test_wrong_an_instance_made_in_rust_cannot():
    with pytest.raises(LimitError) as caught:
        error_handling.check_limit_wrong(3, 5)
    assert caught.value.limit == 3
    assert caught.value.args == ()
    with pytest.raises(TypeError, match="missing 2 required positional arguments"):
        pickle.loads(pickle.dumps(caught.value))
    with pytest.raises(TypeError, match="missing 2 required positional arguments"):
        copy.copy(caught.value)


def test_python_may_make_them_too():
    # What `create_exception!` makes has only those attributes that somebody sets.
    assert not hasattr(LineError("no"), "line")
    assert LimitError(1, 2).limit == 1
    with pytest.raises(TypeError):
        LimitError("one", "two")
    with pytest.raises(AttributeError):
        LimitError(1, 2).limit = 3

    class OurError(LimitError):
        pass

    assert OurError(1, 2).given == 2
