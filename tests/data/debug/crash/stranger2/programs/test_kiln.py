import kiln
import pytest


@pytest.mark.parametrize("weight", [4, 5])
def test_burns(weight):
    assert kiln.fire_in_threads([("test", weight)]) == weight * 100_000_000


def test_cone():
    assert kiln.parse_cone("6") == 6


def test_probe():
    assert probe(0) == 0


def probe(offset):
    return kiln.read_far(offset)


def test_shelf():
    assert kiln.Shelf(["cup"]).take(0) == "cup"
