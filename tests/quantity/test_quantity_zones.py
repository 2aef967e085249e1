"""Clock changes: what a local clock shows, skips and shows twice, in zones that do it differently."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.quantity import clock, zones
from wattloop.library.quantity.refusal import Refused

# zone: standard minutes, (day put forward, first stamp skipped, minutes), (day put back, first stamp shown twice, same)
CHANGES = {
    "America/New_York": (-300, ("2026-03-08T02:00", 60), ("2026-11-01T01:00", 60)),
    "Europe/Zurich": (60, ("2026-03-29T02:00", 60), ("2026-10-25T02:00", 60)),
    "Australia/Lord_Howe": (630, ("2026-10-04T02:00", 30), ("2026-04-05T01:30", 30)),
    "Africa/Casablanca": (0, ("2026-03-22T02:00", 60), ("2026-02-15T02:00", 60)),
    "Europe/Dublin": (0, ("2026-03-29T01:00", 60), ("2026-10-25T01:00", 60)),
    "America/Santiago": (-240, ("2026-09-06T00:00", 60), ("2026-04-04T23:00", 60)),
}
EVERY = [*CHANGES, "Asia/Shanghai", "Asia/Kolkata", "UTC"]


@pytest.fixture(autouse=True)
def year_2026():
    with clock.frozen(dt.datetime(2026, 6, 1, tzinfo=dt.UTC)):
        yield


def span(first, minutes, step=5):
    start = np.datetime64(first, "m")
    return np.arange(start, start + minutes, step)


def reference(utc, zone):
    """One by one, by the standard library."""
    moments = [m.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for m in utc.astype(object)]
    return np.array(moments, "datetime64[m]")


@pytest.mark.parametrize("zone", [*CHANGES, "Asia/Shanghai", "Asia/Kolkata"])
def test_standard_time_is_the_smaller_offset_of_the_year(zone):
    expected = {z: c[0] for z, c in CHANGES.items()} | {"Asia/Shanghai": 480, "Asia/Kolkata": 330}
    assert zones.standard_offset(zone) == expected[zone]


def test_standard_time_is_that_of_the_year_the_clock_says():
    with clock.frozen(dt.datetime(2023, 6, 1, tzinfo=dt.UTC)):
        assert zones.standard_offset("Asia/Almaty") == 360
    with clock.frozen(dt.datetime(2026, 6, 1, tzinfo=dt.UTC)):
        assert zones.standard_offset("Asia/Almaty") == 300


@pytest.mark.parametrize("zone", CHANGES)
def test_stamps_that_the_clock_skips_are_marked_and_their_neighbours_are_not(zone):
    first, minutes = CHANGES[zone][1]
    local = span(np.datetime64(first, "m") - 120, 240 + minutes)
    _, state = zones.local_to_utc(local, zone)
    skipped = (local >= np.datetime64(first)) & (local < np.datetime64(first, "m") + minutes)
    assert (state == skipped).all()


@pytest.mark.parametrize("zone", CHANGES)
def test_stamps_shown_twice_are_told_apart_by_their_order(zone):
    first, minutes = CHANGES[zone][2]
    begin = np.datetime64(first, "m")
    once = np.arange(begin, begin + minutes, 5)
    local = np.concatenate([np.arange(begin - 60, begin, 5), once, once, np.arange(begin + minutes, begin + 120, 5)])
    utc, state = zones.local_to_utc(local, zone)
    assert not state.any()
    assert (np.diff(utc) == np.timedelta64(5, "m")).all()
    assert (zones.utc_to_local(utc, zone) == local).all()


@pytest.mark.parametrize("zone", CHANGES)
def test_a_stamp_of_the_hour_shown_twice_is_marked_where_it_stands_once_or_three_times(zone):
    first, minutes = CHANGES[zone][2]
    begin = np.datetime64(first, "m")
    stamps = np.array([begin - 5, begin, begin + 5, begin + 5, begin + 10, begin + 10, begin + 10, begin + minutes])
    assert zones.local_to_utc(stamps, zone)[1].tolist() == [0, 2, 0, 0, 3, 3, 3, 0]


def test_each_meter_has_its_own_first_and_second_hour():
    local = np.array(["2026-10-25T02:00"] * 4, "datetime64[m]")
    utc, state = zones.local_to_utc(local, "Europe/Zurich", keys=np.array([7, 9, 7, 9]))
    assert not state.any()
    assert utc.astype(str).tolist() == ["2026-10-25T00:00"] * 2 + ["2026-10-25T01:00"] * 2


def test_all_meters_first_hours_may_stand_before_their_second():
    hour = np.array(["2026-11-01T01:00", "2026-11-01T01:30"], "datetime64[m]")
    utc, state = zones.local_to_utc(np.tile(hour, 2), "America/New_York")
    assert not state.any()
    assert utc.astype(str).tolist() == [f"2026-11-01T0{h}" for h in ("5:00", "5:30", "6:00", "6:30")]


def test_shanghai_has_neither_gap_nor_double_hour():
    local = span("2026-01-01", 365 * 24 * 60, 60)
    utc, state = zones.local_to_utc(local, "Asia/Shanghai")
    assert not state.any()
    assert (local - utc == np.timedelta64(8, "h")).all()


def test_shanghai_did_change_its_clock_until_1991():
    moments, offsets = zones.transitions("Asia/Shanghai", 1990, 1993)
    assert len(moments) == 5
    assert offsets.tolist() == [480, 540, 480, 540, 480]


@pytest.mark.parametrize("zone", EVERY)
def test_a_year_of_clock_is_that_of_the_standard_library(zone):
    utc = span("2026-01-01", 365 * 24 * 60, 30)
    assert (zones.utc_to_local(utc, zone) == reference(utc, zone)).all()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(EVERY),
    st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2045, 12, 31)),
    st.sampled_from([5, 10, 15, 30]),  # Lord Howe shifts by half an hour, which hourly stamps show once
    st.integers(1, 4),
)
def test_utc_to_the_local_clock_and_back_changes_nothing(zone, start, step, weeks):
    """Begins on a whole day, so that no double hour is cut in two; each hour shown twice stands there twice."""
    begin = np.datetime64(start.replace(hour=12, minute=0, second=0, microsecond=0), "m")
    utc = span(begin, weeks * 7 * 24 * 60, step)
    local = zones.utc_to_local(utc, zone)
    back, state = zones.local_to_utc(local, zone)
    assert not state.any()
    assert (back == utc).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.sampled_from(list(CHANGES)))
def test_the_order_of_meters_changes_no_moment(order, zone):
    begin = np.datetime64(CHANGES[zone][2][0], "m") - 12 * 60
    utc = span(begin, 48 * 60, 30)
    local = zones.utc_to_local(utc, zone)
    keys = np.repeat(np.array(order), len(local))
    back, state = zones.local_to_utc(np.tile(local, 6), zone, keys=keys)
    assert not state.any()
    assert (back == np.tile(utc, 6)).all()


@pytest.mark.parametrize("day", ["1900-01-01", "1969-12-31", "2199-12-31"])
@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/New_York", "Asia/Shanghai"])
def test_three_centuries_of_stamps_keep_the_clock(day, zone):
    stamps = np.array([f"{day}T12:00", "2026-07-01T12:00"], "datetime64[m]")
    utc, state = zones.local_to_utc(stamps, zone)
    assert not state.any()
    assert (zones.utc_to_local(utc, zone) == stamps).all()


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-30", "9999-12-31", "NaT"])
@pytest.mark.parametrize("turn", [zones.utc_to_local, zones.local_to_utc])
def test_a_placeholder_for_a_stamp_is_refused_at_once(day, turn):
    stamps = np.array([day, "2026-07-01T12:00"], "datetime64[m]")
    with pytest.raises(Refused, match=r"no time of a reading|has no stamp"):
        turn(stamps, "Europe/Zurich")


def test_no_stamps_give_no_moments():
    none = np.empty(0, "datetime64[m]")
    utc, state = zones.local_to_utc(none, "Europe/Zurich")
    assert len(utc) == len(state) == len(zones.utc_to_local(none, "Europe/Zurich")) == 0


@pytest.mark.parametrize("name", ["Europe/Zuerich", "", "../etc/passwd", "Europe", "\0"])
def test_a_zone_that_is_none_is_refused(name):
    with pytest.raises(Refused, match="no time zone"):
        zones.standard_offset(name)
