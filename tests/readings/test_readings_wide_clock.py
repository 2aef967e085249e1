"""Wide files on a local clock: every hour finds its place in standard time, or its cell is refused."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readings_wide_form import read, written

from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import wide_form
from wattloop.library.readings.rows import day_rows

ZURICH = {"zone": "Europe/Zurich", "offset": 60}


def starts(slots):
    return [f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, 1440 // slots)]


def shown(zone, first, days, slots):
    """{local stamp: how often the clock shows it} over some days."""
    at = dt.datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    utc = np.datetime64(at.replace(tzinfo=None), "m") + np.arange(days * slots + slots) * np.timedelta64(
        1440 // slots, "m"
    )
    local = zones.utc_to_local(utc, zone)
    return dict(
        zip(
            *np.unique(local[local < np.datetime64(first, "m") + np.timedelta64(days, "D")], return_counts=True),
            strict=True,
        )
    )


def filled(zone, first, days, slots, skip=()):
    """Rows of a wide file with a reading in every cell that the clock shows once, and those readings by stamp."""
    often = shown(zone, first, days, slots)
    rows, readings = [], {}
    for day in np.datetime64(first) + np.arange(days):
        cells = []
        for slot in range(slots):
            stamp = day.astype("datetime64[m]") + np.timedelta64(slot * 1440 // slots, "m")
            once = often.get(stamp, 0) == 1
            if once:
                readings[stamp] = len(readings) % 997 + 1
            cells.append(str(readings[stamp]) if once else "")
        if str(day) not in skip:
            rows.append(",".join(["A", str(day), *cells]))
    return rows, readings


def by_day(table, slots):
    values, valid = matrix(table, slots)
    return {day: list(np.where(valid[i], values[i], -1)) for i, day in enumerate(table["day"].to_pylist())}


@pytest.mark.parametrize(
    ("zone", "slots"),
    [
        ("Europe/Zurich", 96),
        ("Europe/Dublin", 48),
        ("America/Santiago", 24),
        ("Australia/Lord_Howe", 48),
        ("Africa/Casablanca", 24),
        ("Asia/Shanghai", 96),
        ("Asia/Kolkata", 24),
    ],
)
def test_a_year_on_a_local_clock_is_what_a_reading_a_row_makes_of_it(tmp_path, monkeypatch, zone, slots):
    monkeypatch.setattr(wide_form, "BATCH", 2048)
    rows, readings = filled(zone, "2026-01-01", 365, slots)
    path = written(tmp_path, rows[::-1], starts(slots), header="point,day(Wh)")
    table = read(path, zone=zone, offset=zones.standard_offset(zone))
    expected = day_rows(list(readings), np.array(list(readings.values())) / 1000, point="A", slots=slots, zone=zone)
    assert by_day(table, slots) == by_day(expected, slots)
    assert table["day"].to_pylist() == sorted(table["day"].to_pylist())


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["Europe/Zurich", "America/New_York", "America/Santiago", "Australia/Lord_Howe"]),
    st.integers(0, 360),
)
def test_no_watt_hour_is_lost_or_added_on_any_days(tmp_path_factory, zone, start):
    home = tmp_path_factory.mktemp("wide")
    rows, readings = filled(zone, str(np.datetime64("2026-01-01") + start), 5, 48)
    table = read(written(home, rows, starts(48), header="point,day(Wh)"), zone=zone, offset=zones.standard_offset(zone))
    assert matrix(table, 48)[0].sum() == sum(readings.values())
    assert matrix(table, 48)[1].sum() == len(readings)


def with_cell(day, at, cell, slots=24):
    cells = ["1"] * slots
    cells[at] = cell
    return ",".join(["A", day, *cells])


@pytest.mark.parametrize(
    ("day", "said"), [("2026-03-29", "02:00 in Europe/Zurich does not exist"), ("2026-10-25", "is shown twice")]
)
def test_a_reading_of_an_hour_that_was_not_or_was_twice_is_refused_with_row_and_column(tmp_path, day, said):
    rows = [with_cell("2026-01-01", 2, "1"), "", with_cell(day, 2, "5")]
    with pytest.raises(Refused, match=said) as refused:
        read(written(tmp_path, rows, starts(24), header="point,day(Wh)"), **ZURICH)
    assert (refused.value.row, refused.value.field) == (4, "02:00")  # the empty line counts


def test_nothing_used_in_the_hour_that_was_not_is_no_reading(tmp_path):
    empty, nought = (with_cell("2026-03-29", 2, cell) for cell in ("", "0"))
    expected = read(written(tmp_path, [empty], starts(24), header="point,day(Wh)"), **ZURICH)
    assert read(written(tmp_path, [nought], starts(24), header="point,day(Wh)"), **ZURICH).equals(expected)
    assert matrix(expected, 24)[1].sum() == 23


def test_hours_between_those_of_the_lakes_standard_time_are_refused(tmp_path):
    path = written(tmp_path, [with_cell("2026-01-01", 2, "1")], starts(24), header="point,day(Wh)")
    with pytest.raises(Refused, match="begins no interval of the lake's standard time"):
        read(path, zone="Asia/Kolkata", offset=60)


def test_points_of_many_batches_keep_their_days_together(tmp_path, monkeypatch):
    monkeypatch.setattr(wide_form, "BATCH", 2048)
    one, _ = filled("Europe/Zurich", "2026-06-01", 30, 24)
    rows = [row.replace("A,", f"P{p:03},", 1) for p in range(150) for row in one]
    table = read(written(tmp_path, rows, starts(24), header="point,day(Wh)"), **ZURICH)
    keys = list(zip(table["point"].to_pylist(), table["day"].to_pylist(), strict=True))
    assert keys == sorted(set(keys))
    assert len(keys) == 150 * 31  # summer's first hour is standard time's last one of the day before
