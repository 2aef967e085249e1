"""A plain series of readings as day-rows: local clocks, gaps, rounding, and what is refused by name."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloop.library.quantity.dayrows import matrix, zone_of
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import day_rows
from wattloop.library.readings.rows import to_wh

HOURS = [dt.datetime(2026, 1, 1) + dt.timedelta(hours=h) for h in range(48)]


def clock(zone, first, hours, step=60):
    at = dt.datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    moments = [at + dt.timedelta(minutes=step * i) for i in range(hours * 60 // step)]
    return [m.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for m in moments]


def refused(stamps, kwh, **told):
    with pytest.raises(Refused) as caught:
        day_rows(stamps, kwh, **{"point": "A", "slots": 24, **told})
    return caught.value


@pytest.mark.parametrize(
    "kind",
    [
        list,
        np.array,
        lambda s: np.array(s, "datetime64[ns]"),
        pd.DatetimeIndex,
        pd.Series,
        lambda s: [str(x) for x in s],
    ],
)
def test_stamps_may_be_python_numpy_or_pandas(kind):
    table = day_rows(kind(HOURS), pd.Series(range(48)), point="A", slots=24)
    assert matrix(table, 24)[0].ravel().tolist() == [1000 * h for h in range(48)]
    assert table["day"].to_pylist() == [dt.date(2026, 1, 1), dt.date(2026, 1, 2)]


@given(order=st.permutations(range(48)))
def test_the_order_of_readings_does_not_matter(order):
    expected = day_rows(HOURS, range(48), point="A", slots=24)
    assert day_rows([HOURS[i] for i in order], list(order), point="A", slots=24).equals(expected)


def test_a_missing_reading_stays_null_and_the_zone_travels_along():
    table = day_rows(
        HOURS[:3], [1, None, float("nan")], point="A", slots=24, zone="Asia/Shanghai", channel="active_out"
    )
    assert table["v00"][0].as_py() == 1000
    assert table["v01"][0].as_py() is None
    assert table["v02"][0].as_py() is None
    assert zone_of(table) == ("Asia/Shanghai", 480)
    assert table["channel"][0].as_py() == "active_out"


def test_no_reading_gives_no_row():
    assert len(day_rows([], [], point="A", slots=96)) == 0


@pytest.mark.parametrize(
    "zone", ["Europe/Zurich", "Europe/Dublin", "America/Havana", "Australia/Lord_Howe", "America/New_York"]
)
def test_a_year_of_local_clock_loses_and_invents_nothing(zone):
    stamps = clock(zone, "2026-01-01T00:00", 365 * 24, step=30)
    values, valid = matrix(day_rows(stamps, np.arange(len(stamps)) / 1000, point="A", slots=48, zone=zone), 48)
    assert values[valid].tolist() == list(range(len(stamps)))


def test_the_first_of_two_equal_stamps_is_the_earlier():
    stamps = clock("Europe/Zurich", "2026-10-25T00:00", 25)
    table = day_rows(stamps, range(25), point="A", slots=24, zone="Europe/Zurich")
    assert matrix(table, 24)[0][1, :4].tolist() == [1000, 2000, 3000, 4000]


@pytest.mark.parametrize(
    ("stamps", "told", "said", "row"),
    [
        ([HOURS[0], HOURS[0]], {}, "stands there twice", 2),
        ([HOURS[0], HOURS[1].replace(minute=15)], {}, "does not begin an interval of 60 minutes", 2),
        ([HOURS[0], HOURS[1].replace(second=1)], {}, "does not begin", 2),
        ([HOURS[0], None], {}, "no stamp", 2),
        ([HOURS[0], HOURS[1].replace(tzinfo=dt.UTC)], {}, "carries an offset", 2),
        (pd.DatetimeIndex(HOURS[:2], tz="Asia/Shanghai"), {}, "carries an offset", 1),
        (HOURS[:2], {"slots": 95}, "does not have 95 slots", None),
        (HOURS[:2], {"channel": "steam"}, "no channel", None),
        (HOURS[:2], {"zone": "Mars/Base"}, "no time zone", None),
        ([dt.datetime(2026, 3, 29, 1), dt.datetime(2026, 3, 29, 2)], {"zone": "Europe/Zurich"}, "does not exist", 2),
        ([dt.datetime(2026, 10, 25, h) for h in (1, 2)], {"zone": "Europe/Zurich"}, "stands there once", 2),
        ([dt.datetime(2026, 10, 25, 2)] * 3, {"zone": "Europe/Zurich"}, "more often", 1),
    ],
)  # fmt: skip
def test_a_stamp_that_cannot_be_placed_is_refused_by_name(stamps, told, said, row):
    problem = refused(stamps, [1] * len(stamps), **told)
    assert said in problem.what
    assert problem.row == row


@pytest.mark.parametrize("kwh", [2_200_000, -2_200_000, float("inf")])
def test_a_reading_too_large_for_a_slot_is_refused(kwh):
    assert refused(HOURS[:2], [1, kwh]).row == 2


def test_two_columns_of_other_lengths_are_a_callers_mistake():
    with pytest.raises(ValueError, match="one length"):
        day_rows(HOURS[:2], [1], point="A", slots=24)


@given(
    st.decimals(min_value=-2_000_000, max_value=2_000_000, places=6),
    st.sampled_from([("kWh", 1, 1), ("kW", 1, 4), ("kW", 1, 12)]),
)
def test_rounding_is_that_of_decimal_arithmetic(value, unit):
    _, times, over = unit
    exact = value * 1000 * times / over
    wanted = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert to_wh(np.array([float(value)]), 1000 * times / over)[0] == wanted


@pytest.mark.parametrize(
    ("kwh", "wh"),
    [
        ("0.0005", 1),
        ("-0.0005", -1),
        ("0.00049", 0),
        ("1.0015", 1002),
        ("1999999.9995", 2_000_000_000),
        ("0.0004999999", 0),
    ],
)
def test_half_a_watt_hour_rounds_away_from_nothing(kwh, wh):
    assert to_wh(np.array([float(kwh)]), 1000.0)[0] == wh
