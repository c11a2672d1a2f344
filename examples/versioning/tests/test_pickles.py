import copy
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from versioning import PositionalSummary, Summary, summarize

DATA = Path(__file__).with_name("data")
VALUES = [1.0, 3.0, 5.0, 7.0]
NOW = 3


def old(name):
    return (DATA / f"{name}.pickle").read_bytes()


@pytest.mark.filterwarnings("ignore:RunningStats is deprecated:DeprecationWarning")
@pytest.mark.parametrize("layout", [1, 2, 3])
def test_every_release_so_far_is_read(layout):
    loaded, now = pickle.loads(old(f"layout-{layout}")), summarize(VALUES)
    assert isinstance(loaded, Summary)
    assert (loaded.count, loaded.mean) == (now.count, now.mean)
    assert loaded.variance == pytest.approx(now.variance, rel=1e-15)
    # What an old release did not keep is unknown, and not made up.
    assert loaded.minimum == (1.0 if layout == NOW else None)
    loaded.add(0.5)
    assert loaded.minimum == (0.5 if layout == NOW else None)


def test_the_layout_of_today_is_the_one_on_record():
    """Fails for a changed state under an old number: then the number goes up, and the file of the old one stays."""
    assert pickle.dumps(summarize(VALUES), protocol=0) == old(f"layout-{NOW}")
    assert not (DATA / f"layout-{NOW + 1}.pickle").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_round_trip(protocol):
    for summary in (Summary(), summarize([1]), summarize(VALUES)):
        assert pickle.loads(pickle.dumps(summary, protocol)) == summary
        assert copy.deepcopy(summary) == summary


def test_a_later_release_is_refused_and_named():
    # Between the key and its value stands the mark under which pickle remembers the key.
    later = re.sub(rb"(version\np\d+\nI)3\n", b"\\g<1>4\n", old("layout-3"))
    assert later != old("layout-3")
    with pytest.raises(pickle.UnpicklingError, match=r"has layout 4, and versioning 0\.3\.0 reads layouts 1 to 3"):
        pickle.loads(later)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (None, "no version wrote this state"),
        ((1, 2.0), "no version wrote this state"),
        ({}, 'lacks "version"'),
        ({"version": "3"}, '"version" of a Summary\'s state'),
        ({"version": 0}, "has layout 0"),
        ({"version": 2, "count": 1, "mean": 1.0}, 'lacks "m2"'),
        ({"version": 2, "count": -1, "mean": 1.0, "m2": 0.0}, '"count" of a Summary\'s state'),
        ({"version": 2, "count": 2, "mean": float("nan"), "m2": 0.0}, "no numbers have this summary"),
        ({"version": 2, "count": 2, "mean": 1.0, "m2": -1.0}, "no numbers have this summary"),
        ({"version": 2, "count": 0, "mean": 1.0, "m2": 0.0}, "no numbers have this summary"),
    ],
)
def test_what_no_release_wrote_is_refused_and_changes_nothing(state, message):
    summary = summarize(VALUES)
    with pytest.raises(pickle.UnpicklingError) as caught:
        summary.__setstate__(state)
    assert message in str(caught.value)
    assert summary == summarize(VALUES)


def test_without_a_version_an_old_pickle_lies():
    """The wrong way beside the right one: the same numbers from the same release, 0.1."""
    wrong = PositionalSummary()
    for value in VALUES:
        wrong.add(value)
    # A round trip within one release never shows it: that is why it ships.
    assert pickle.loads(pickle.dumps(wrong)).variance == wrong.variance
    assert pickle.loads(old("positional-0.1")).variance == pytest.approx(wrong.variance / 3)


@pytest.mark.slow
def test_the_pickles_are_those_that_the_script_writes(tmp_path):
    subprocess.run([sys.executable, str(DATA / "make_pickles.py"), str(tmp_path)], check=True, timeout=60)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in DATA.glob("*.pickle")
    }
