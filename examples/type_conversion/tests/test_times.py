import datetime as dt

import pytest
import type_conversion as tc

UTC = dt.timezone.utc


class Berlin(dt.tzinfo):
    """One hour ahead of UTC, two in July; ambiguous from two to three on 25 October 2020."""

    def utcoffset(self, moment):
        if moment is None:
            return None
        wall = moment.replace(tzinfo=None, fold=0).isoformat()
        over = wall >= "2020-10-25T02" and moment.fold == 1
        return dt.timedelta(hours=2 if "2020-03-29T03" <= wall < "2020-10-25T03" and not over else 1)

    def dst(self, moment):
        return self.utcoffset(moment) - dt.timedelta(hours=1)


@pytest.mark.parametrize("year", [tc.year_by_attribute, tc.year_by_field])
def test_the_year(year):
    assert year(dt.date(1, 1, 1)) == 1
    assert year(dt.datetime(9999, 12, 31, tzinfo=UTC)) == 9999


def test_only_the_typed_argument_says_what_it_wants():
    with pytest.raises(TypeError, match="'str' object is not an instance of 'date'"):
        tc.year_by_field("2020")
    with pytest.raises(AttributeError, match="year"):
        tc.year_by_attribute("2020")


def test_a_date_argument_takes_a_datetime_and_drops_the_time():
    moment = dt.datetime(2020, 2, 28, 12, 30, tzinfo=Berlin())
    assert tc.add_days_to_date(moment, 2) == dt.date(2020, 3, 1)
    assert type(tc.add_days_to_date(moment, 2)) is dt.date
    assert tc.add_days(moment, 2) == dt.datetime(2020, 3, 1, 12, 30, tzinfo=moment.tzinfo)
    assert tc.add_days(dt.date(2020, 2, 28), 2) == dt.date(2020, 3, 1)


def test_dates_end():
    with pytest.raises(ValueError, match="year 10000 is out of range"):
        tc.add_days_to_date(dt.date.max, 1)
    with pytest.raises(OverflowError, match="the date is out of range"):
        tc.add_days_to_date(dt.date.max, 10**9)
    with pytest.raises(OverflowError, match="date value out of range"):
        tc.add_days(dt.date.max, 1)


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        dt.datetime(2020, 7, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
        dt.datetime(2020, 7, 1, 12, tzinfo=Berlin()),
        dt.datetime(2020, 12, 1, 12, tzinfo=Berlin()),
        dt.datetime(2020, 10, 25, 2, 30, tzinfo=Berlin()),
        dt.datetime(2020, 10, 25, 2, 30, tzinfo=Berlin(), fold=1),
    ],
)
def test_any_zone(moment):
    expected = (moment - dt.datetime(1970, 1, 1, tzinfo=UTC)) // dt.timedelta(milliseconds=1)
    assert tc.unix_milliseconds(moment) == expected
    assert tc.unix_milliseconds_of_text(moment.isoformat()) == expected


def test_an_hour_that_is_there_twice_is_two_hours():
    first = dt.datetime(2020, 10, 25, 2, 30, tzinfo=Berlin())
    assert tc.unix_milliseconds(first.replace(fold=1)) - tc.unix_milliseconds(first) == 3_600_000


def test_the_bare_conversion_takes_utc_alone():
    assert tc.unix_milliseconds_utc_only(dt.datetime(1970, 1, 1, tzinfo=UTC)) == 0
    for zone in (dt.timezone(dt.timedelta(hours=1)), Berlin()):
        with pytest.raises(ValueError, match=r"expected datetime\.timezone\.utc"):
            tc.unix_milliseconds_utc_only(dt.datetime(1970, 1, 1, tzinfo=zone))


def test_a_naive_datetime_is_refused_with_advice():
    naive = dt.datetime.min  # noqa: DTZ901 - that is the point
    with pytest.raises(ValueError, match=r"say which zone is meant: moment\.replace\(tzinfo=\.\.\.\)"):
        tc.unix_milliseconds(naive)
    with pytest.raises(TypeError, match="non-None tzinfo"):
        tc.unix_milliseconds_utc_only(naive)
    with pytest.raises(TypeError, match="'date' object is not an instance of 'datetime'"):
        tc.unix_milliseconds(dt.date(2020, 1, 1))


@pytest.mark.parametrize("text", ["", "2020-01-01", "2020-01-01T00:00:00", "tomorrow"])
def test_texts_that_are_no_moment(text):
    with pytest.raises(ValueError, match=r"premature end of input|invalid"):
        tc.unix_milliseconds_of_text(text)


def test_moments_out():
    assert tc.from_unix_milliseconds(-1) == dt.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    assert tc.from_unix_milliseconds(0).tzinfo is UTC
    with pytest.raises(ValueError, match="year 33658 is out of range"):
        tc.from_unix_milliseconds(10**15)
    with pytest.raises(ValueError, match="the moment is out of range"):
        tc.from_unix_milliseconds(2**62)


@pytest.mark.parametrize("nanoseconds", [0, 999, 1000, 1001, -1, -1000, 2**63 - 1, -(2**63)])
def test_nanoseconds_are_dropped_or_handed_over(nanoseconds):
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    moment, rest = tc.from_unix_nanoseconds(nanoseconds)
    assert (moment - epoch) // dt.timedelta(microseconds=1) * 1000 + rest == nanoseconds
    assert tc.from_unix_nanoseconds_rounded(nanoseconds) == moment
    assert 0 <= rest < 1000


@pytest.mark.parametrize("factor", [3, 0, -3])
def test_durations(factor):
    duration = dt.timedelta(days=1, seconds=2, microseconds=3)
    assert tc.times(duration, factor) == duration * factor


def test_durations_end():
    with pytest.raises(OverflowError, match="must have magnitude"):
        tc.times(dt.timedelta.max, 2)
    with pytest.raises(OverflowError, match="the duration is out of range"):
        tc.times(dt.timedelta.max, 2**31 - 1)
