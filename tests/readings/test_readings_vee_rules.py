"""Validation and estimation: which slots cannot be billed as they are, and what stands in for them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.quantity.dayrows import matrix
from wattloop.library.readings.estimation import bitmap, estimate, whole_days
from wattloop.library.readings.long_form import read_long
from wattloop.library.readings.pivot import Tally
from wattloop.library.readings.recognise import recognise
from wattloop.library.readings.validation import ABSURD, GOOD, MISSING, NEGATIVE, Limits, check, usual_peaks

SWISS = Path(__file__).parents[2] / ".." / "shared" / "data" / "swiss_537hh_15min_2018.parquet"
MONDAY = 20_458  # 2026-01-05
USUAL = Limits()


def household(days, slots=96, peak=1000, seed=1):
    """One point's days in Wh, quiet nights and an evening peak, some noise."""
    chance = np.random.default_rng(seed)
    shape = 100 + (peak - 150) * np.exp(-(((np.arange(slots) / slots * 24) - 19) ** 2) / 4)
    return (shape * chance.uniform(0.8, 1, (days, slots))).astype(np.int32)


def checked(values, limits=USUAL, valid=None):
    point = np.zeros(len(values), np.int64)
    valid = np.ones(values.shape, bool) if valid is None else valid
    return check(point, values, valid, usual_peaks(point, values, valid), limits)


def filled(values, bad, first=MONDAY):
    days = first + np.arange(len(values))
    return estimate(np.zeros(len(values), np.int64), days, values, bad)


def test_missing_negative_and_absurd_slots_are_told_apart():
    values = household(30)
    valid = np.ones(values.shape, bool)
    valid[3, 10] = False
    values[4, 11], values[5, 12] = -1, 47_000
    flags = checked(values, valid=valid)
    assert [flags[3, 10], flags[4, 11], flags[5, 12]] == [MISSING, NEGATIVE, ABSURD]
    assert (flags != GOOD).sum() == 3


@pytest.mark.parametrize("kilowatts", [11, 22])
def test_a_charger_once_a_week_is_not_absurd(kilowatts):
    values = household(35, peak=500)
    values[::7, 76:88] += kilowatts * 250
    assert (checked(values) == GOOD).all()


def test_a_sauna_in_a_house_that_stands_empty_is_not_absurd():
    values = np.full((35, 96), 10, np.int32)
    values[::7, 72:84] = 2500
    assert (checked(values) == GOOD).all()


def test_a_large_customer_is_measured_by_its_own_peaks():
    values = household(30, peak=250_000)
    values[3, 40] = 3 * 250_000
    assert (checked(values) == GOOD).all()
    values[3, 40] = 6 * 250_000
    assert checked(values)[3, 40] == ABSURD


def test_the_ceiling_is_the_callers():
    values = household(30, peak=2000)
    assert (checked(values, Limits(ceiling_watts=6000)) == ABSURD).sum() == (values > 1500).sum()


def test_a_point_without_use_has_no_usual_peak():
    values = np.zeros((3, 24), np.int32)
    assert np.isnan(usual_peaks(np.zeros(3, np.int64), values, np.ones(values.shape, bool))).all()
    assert (checked(values) == GOOD).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(-5, 5000), min_size=1, max_size=9), min_size=1, max_size=6))
def test_the_usual_peak_is_the_median_of_the_days_peaks(points):
    point = np.repeat(np.arange(len(points)), [len(p) for p in points])
    values = np.zeros((len(point), 24), np.int32) - 10
    values[:, 7] = np.concatenate(points)
    found = usual_peaks(point, values, np.ones(values.shape, bool))
    for days, peak in zip(points, found, strict=True):
        used = [d for d in days if d > 0]
        assert (np.isnan(peak) and not used) or peak == np.median(used)


def test_a_gap_of_two_hours_is_bridged_in_a_straight_line():
    values = np.tile(np.arange(0, 960, 10, dtype=np.int32), (3, 1))
    bad = np.zeros(values.shape, bool)
    bad[1, 40:48] = True
    assert (filled(np.where(bad, 9999, values), bad) == values).all()


def test_a_short_gap_over_midnight_is_bridged_between_the_days():
    values = np.full((2, 96), 100, np.int32)
    values[1] = 200
    bad = np.zeros(values.shape, bool)
    bad[0, 94:], bad[1, :2] = True, True
    done = filled(values, bad)
    assert [*done[0, 94:], *done[1, :2]] == [120, 140, 160, 180]


def test_a_gap_is_not_bridged_to_another_point_or_over_days_that_are_not_there():
    values = np.full((2, 96), 100, np.int32)
    values[1] = 900
    bad = np.zeros(values.shape, bool)
    bad[0, 94:] = True
    other_point = estimate(np.array([0, 1]), np.array([MONDAY, MONDAY + 1]), values, bad)
    assert other_point[0, 94:].tolist() == [0, 0]
    far_day = estimate(np.array([0, 0]), np.array([MONDAY, MONDAY + 500]), values, bad)
    assert far_day[0, 94:].tolist() == [900, 900]  # the point's own mean of those slots


def test_a_longer_gap_takes_the_nearest_days_of_its_kind():
    values = np.full((21, 96), 100, np.int32)
    weekend = np.arange(21) % 7 >= 5
    values[weekend] = 900
    bad = np.zeros(values.shape, bool)
    bad[9, 20:60] = bad[12, :] = True  # a Thursday, a Saturday
    done = filled(np.where(bad, 7777, values), bad)
    assert (done == values).all()


def test_the_mean_is_of_the_four_nearest_like_days():
    values = np.repeat(np.arange(12, dtype=np.int32)[:, None] * 100, 96, axis=1)
    bad = np.zeros(values.shape, bool)
    bad[7] = True  # the second Monday: Tuesday after, Friday and Thursday before, Wednesday after
    assert filled(values, bad)[7, 0] == np.mean([800, 900, 1000, 400])


def test_without_like_days_the_points_own_mean_stands_in_and_else_nothing():
    values = np.array([[100] * 24, [0] * 24], np.int32)
    bad = np.array([[False] * 24, [True] * 24])
    assert filled(values, bad, first=MONDAY + 4)[1].tolist() == [100] * 24  # a Friday and a Saturday
    assert filled(values, np.ones((2, 24), bool)).tolist() == [[0] * 24] * 2


def test_whole_missing_days_are_inserted_within_a_points_span():
    point, day = np.array([0, 0, 1, 1]), np.array([10, 13, 5, 6])
    values = np.arange(4, dtype=np.int32)[:, None].repeat(24, axis=1)
    new_point, new_day, new_values, new_valid, inserted = whole_days(point, day, values, np.ones(values.shape, bool))
    assert new_point.tolist() == [0, 0, 0, 0, 1, 1]
    assert new_day.tolist() == [10, 11, 12, 13, 5, 6]
    assert inserted.tolist() == [False, True, True, False, False, False]
    assert new_valid.all(axis=1).tolist() == [True, False, False, True, True, True]
    assert new_values[~inserted].tolist() == values.tolist()


def test_a_wrong_year_in_a_stamp_does_not_invent_decades():
    point, day = np.zeros(2, np.int64), np.array([MONDAY, MONDAY + 20_000])
    values = np.ones((2, 24), np.int32)
    assert len(whole_days(point, day, values, np.ones(values.shape, bool))[0]) == 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.9), st.sampled_from([24, 96]))
def test_good_slots_stay_as_they_are_and_estimates_lie_among_the_points_readings(seed, share, slots):
    chance = np.random.default_rng(seed)
    point = np.repeat(np.arange(4), 10)
    day = np.tile(MONDAY + np.arange(10), 4)
    values = chance.integers(0, 2**31 - 1, (40, slots)).astype(np.int32)
    bad = chance.random(values.shape) < share
    bad[chance.integers(0, 40, 4)] = True
    done = estimate(point, day, np.where(bad, -7, values), bad)
    assert (done[~bad] == values[~bad]).all()
    for p in range(4):
        mine = point == p
        good = values[mine][~bad[mine]]
        low, high = (0, good.max()) if len(good) else (0, 0)
        assert low <= done[mine].min()
        assert done[mine].max() <= high
    again = estimate(point, day, np.where(bad, 2**31 - 1, values), bad)
    assert (again == done).all()  # what stood in bad slots is not looked at


def test_points_are_estimated_each_by_itself():
    chance = np.random.default_rng(4)
    values = chance.integers(0, 5000, (60, 96)).astype(np.int32)
    point, day = np.repeat([0, 1, 2], 20), np.tile(MONDAY + np.arange(20), 3)
    bad = chance.random(values.shape) < 0.2
    together = estimate(point, day, values, bad)
    for p in range(3):
        mine = point == p
        assert (estimate(point[mine], day[mine], values[mine], bad[mine]) == together[mine]).all()


@given(st.integers(0, 2**24 - 1))
def test_a_bitmap_marks_slots_lowest_bit_first_and_is_null_where_none_is(bits):
    marked = np.array([[bool(bits >> i & 1) for i in range(24)], [False] * 24])
    found = bitmap(marked)
    assert found.type == pa.binary()
    assert found[1].as_py() is None
    assert (int.from_bytes(found[0].as_py(), "little") if bits else 0) == bits


@pytest.mark.data
def test_the_two_absurd_meters_of_the_swiss_file_are_found_and_no_other(tmp_path):
    if not SWISS.exists():
        pytest.skip(f"{SWISS} is not there")
    table = pa.concat_tables(list(read_long(recognise(SWISS), offset=0, zone=None, staging=tmp_path, tally=Tally())))
    names = table["point"].combine_chunks().dictionary_encode()
    point = np.asarray(names.indices).astype(np.int64)
    values, valid = matrix(table, 96)
    assert (int(values.sum()), valid.all()) == (1_334_593_344, True)
    flags = check(point, values, valid, usual_peaks(point, values, valid))

    def per_point(marked):
        count = np.bincount(point, marked.sum(axis=1)).astype(int)
        return {names.dictionary[int(p)].as_py(): count[p] for p in np.flatnonzero(count)}

    assert per_point(flags == ABSURD) == {"CH055": 328, "CH524": 1}
    assert per_point(flags == NEGATIVE) == {"CH524": 15}
