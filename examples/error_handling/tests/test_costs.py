import error_handling
import pytest


def test_the_subjects_of_the_benchmark_agree():
    with pytest.raises(ValueError, match="no"):
        error_handling.raise_value_error()
    counted = {error_handling.misses_lazily(9), error_handling.misses_eagerly(9), error_handling.misses_by_option(9)}
    assert counted == {4}
