"""Estimates and edited readings that arrive: kept and flagged; no estimate is taken for a reading or rested on."""

import datetime as dt

import deltalake
import pytest
from feeds import MARCH_2, Feed, days, estimated, hours, house, reading, take

from wattloop.library import readings
from wattloop.library.lake import manifest
from wattloop.library.readings.estimation import marked

DAY = dt.date(2026, 3, 2)
VOLTS = {"uom": 29, "flowDirection": 0, "accumulationBehaviour": 6}


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "UTC")


def edited(lake):
    return marked(lake.snapshot().to_arrow(24, quality=True)["edited"], 24)


def test_what_the_source_estimated_stays_as_it_is_and_is_flagged(lake):
    values, qualities = [100] * 24, [None] * 24
    values[5], qualities[5], values[6], qualities[6], qualities[7] = 777, 8, 778, 9, 17
    report = take(lake, Feed().point().series(hours(values, qualities=qualities)))
    assert (report.estimates, report.missing) == (2, 0)
    assert list(days(lake).values()) == [values]
    assert estimated(lake)[0].nonzero()[0].tolist() == [5, 6]


def test_a_types_quality_holds_for_readings_that_say_none(lake):
    feed = Feed().point().series(hours([5] * 24, qualities=[19, *[None] * 23]), defaultQuality=8)
    take(lake, feed)
    assert estimated(lake)[0].tolist() == [False, *[True] * 23]


def test_an_estimate_gives_way_to_a_reading_before_or_after_it(lake):
    guess = Feed().point().series(hours([50] * 24, qualities=[8] * 24))
    read = Feed().point().series(hours([60] * 12))
    take(lake, guess)
    assert take(lake, read, "read.xml").revisions == 1
    assert list(days(lake).values()) == [[60] * 12 + [50] * 12]
    assert estimated(lake)[0].tolist() == [False] * 12 + [True] * 12
    later = Feed().point().series(hours([70] * 24, qualities=[9] * 24))
    take(lake, later, "later.xml")
    assert list(days(lake).values()) == [[60] * 12 + [70] * 12]
    assert estimated(lake)[0].tolist() == [False] * 12 + [True] * 12
    # The same number, read at last: no other value, but no estimate any more.
    assert take(lake, Feed().point().series(hours([70] * 24)), "at-last.xml").revisions == 1
    assert not estimated(lake).any()


def test_a_reading_and_an_estimate_of_one_interval_in_one_file_are_the_reading(lake):
    both = [reading(MARCH_2, 5, quality=8), *hours([9] * 24), reading(MARCH_2, 6, quality=8)]
    take(lake, Feed().point().series(both))
    assert list(days(lake).values()) == [[9] * 24]
    assert not estimated(lake).any()


def test_our_own_estimates_do_not_rest_on_those_of_the_source(lake):
    values, qualities = [100, 900, None, 100, *[100] * 20], [None, 8, *[None] * 22]
    take(lake, Feed().point().series(hours(values, qualities=qualities)))
    assert next(iter(days(lake).values()))[:4] == [100, 900, 100, 100]


def test_a_negative_estimate_is_estimated_anew(lake):
    report = take(
        lake, Feed().point().series(hours([10] * 12 + [-5] + [10] * 11, qualities=[None] * 12 + [8] + [None] * 11))
    )
    assert (report.negative, report.estimates) == (1, 0)
    assert list(days(lake).values()) == [[10] * 24]


def test_a_lake_from_before_estimates_could_arrive_takes_them(lake):
    take(lake, house([5] * 24))
    raw, held = str(lake.path / "raw_24"), lake.snapshot().manifest
    rows = deltalake.DeltaTable(raw).to_pyarrow_table().drop_columns(["estimated", "edited"])
    deltalake.write_deltalake(raw, rows, mode="overwrite", schema_mode="overwrite", partition_by=["month"])
    held.tables["raw_24"]["version"] = deltalake.DeltaTable(raw).version()
    manifest.rewrite(lake.manifests, held)
    assert take(lake, Feed().point().series(hours([6] * 24, qualities=[8] * 24)), "guess.xml").version == 1
    assert take(lake, Feed().point().series(hours([7] * 3)), "read.xml").revisions == 1
    assert take(lake, Feed().point().series(hours([8] * 25, qualities=[8] * 25)), "guess.xml").new_days == 1
    assert days(lake)["usagepoint/1", DAY] == [7] * 3 + [5] * 21


def test_a_gap_in_a_voltage_is_estimated_from_what_was_read_and_not_from_the_sources_estimates(lake):
    values, qualities = [None, None, None, 260, *[230] * 20], [None] * 3 + [8] + [None] * 20
    report = take(lake, Feed().point().series(hours(values, qualities=qualities), **VOLTS))
    assert (report.estimates, report.missing) == (1, 3)
    assert days(lake, channel="voltage") == {("usagepoint/1", DAY): [2300] * 3 + [2600] + [2300] * 20}
    assert estimated(lake, channel="voltage")[0].nonzero()[0].tolist() == [0, 1, 2, 3]


def test_of_a_voltage_that_was_only_ever_estimated_the_whole_days_are_kept_and_none_is_zero(lake):
    values = [230] * 24 + [None] * 12 + [231] * 12
    feed = Feed().point().series(hours(values, qualities=[8] * 48), **VOLTS)
    assert take(lake, feed).estimates == 24
    assert days(lake, channel="voltage") == {("usagepoint/1", DAY): [2300] * 24}
    # Once it is read on one day, there is something to estimate the rest of the other from.
    later = Feed().point().series(hours([229] * 24), **VOLTS)
    take(lake, later, "later.xml")
    assert days(lake, channel="voltage") == {("usagepoint/1", DAY): [2290] * 24}
    take(lake, Feed().point().series(hours([228], MARCH_2 + 36 * 3600), **VOLTS), "last.xml")
    second = days(lake, channel="voltage")["usagepoint/1", DAY + dt.timedelta(days=1)]
    assert min(second) > 2200
    assert second[12:14] == [2280, 2310]


def test_what_the_source_edited_is_a_reading_and_flagged_as_edited(lake):
    qualities = [None] * 5 + [7, 8] + [None] * 17
    report = take(lake, Feed().point().series(hours([100] * 24, qualities=qualities)))
    assert (report.estimates, report.missing) == (1, 0)
    assert edited(lake)[0].nonzero()[0].tolist() == [5]
    assert estimated(lake)[0].nonzero()[0].tolist() == [6]


def test_an_edited_reading_takes_a_readings_place_and_gives_way_to_a_reading_alone(lake):
    take(lake, house([5] * 24))
    by_hand = Feed().point().series(hours([6] * 3, qualities=[7] * 3))
    assert take(lake, by_hand, "edited.xml").revisions == 1
    assert list(days(lake).values()) == [[6] * 3 + [5] * 21]
    assert edited(lake)[0].tolist() == [True] * 3 + [False] * 21
    guess = Feed().point().series(hours([9] * 24, qualities=[8] * 24))
    assert take(lake, guess, "guess.xml").version == 2
    assert take(lake, Feed().point().series(hours([7] * 2)), "read.xml").revisions == 1
    assert list(days(lake).values()) == [[7] * 2 + [6] + [5] * 21]
    assert edited(lake)[0].nonzero()[0].tolist() == [2]


def test_an_edited_reading_that_cannot_be_billed_is_estimated_and_no_longer_edited(lake):
    take(lake, Feed().point().series(hours([10] * 12 + [-5] + [10] * 11, qualities=[None] * 12 + [7] + [None] * 11)))
    assert list(days(lake).values()) == [[10] * 24]
    assert not edited(lake).any()
    assert estimated(lake)[0].nonzero()[0].tolist() == [12]


def test_a_days_marks_stay_with_it_when_its_month_is_closed(lake):
    take(lake, house([5] * 24))
    take(lake, Feed().point().series(hours([6] * 3, qualities=[7, 7, 8])), "marked.xml")
    before = lake.snapshot().to_arrow(24, quality=True)
    readings.fold(lake, "2026-03")
    assert lake.snapshot().to_arrow(24, quality=True).equals(before)
    assert edited(lake)[0].nonzero()[0].tolist() == [0, 1]
