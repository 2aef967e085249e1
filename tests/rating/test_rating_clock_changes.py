"""Local tariffs on standard-time rows: the days on which the clock is changed, and the months they end."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from wattloop.library import rating, readings, tariffs

ZONES = ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe"]


def night_tariff(zone):
    return tariffs.from_plain(
        {
            "id": "t",
            "name": "t",
            "valid_from": "2020-01-01",
            "currency": "EUR",
            "calendar": {
                "zone": zone,
                "periods": {"day": "day", "night": "night"},
                "days": [{"when": "always", "night": "00:00-06:00", "rest": "day"}],
            },
            "energy": {"prices": {"day": "1", "night": "0.5"}},
        }
    )


def local_hours(zone, day, slots=48):
    """Every half hour that a local day really has, on that day's clock, in order."""
    from zoneinfo import ZoneInfo

    at = dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
    found = []
    while at < end:
        found.append(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        at += dt.timedelta(hours=24 / slots)
    return found


@pytest.mark.parametrize(
    ("zone", "day", "night_hours"),
    [
        ("Europe/Zurich", dt.date(2026, 3, 29), 5),
        ("Europe/Zurich", dt.date(2026, 10, 25), 7),
        ("America/New_York", dt.date(2026, 3, 8), 5),
        ("America/New_York", dt.date(2026, 11, 1), 7),
        ("Australia/Lord_Howe", dt.date(2026, 10, 4), 5.5),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5), 6.5),
        ("Asia/Shanghai", dt.date(2026, 3, 29), 6),
    ],
)
def test_a_night_of_a_clock_change_is_an_hour_shorter_or_longer(zone, day, night_hours):
    stamps = [s for d in range(-1, 2) for s in local_hours(zone, day + dt.timedelta(days=d))]
    rows = readings.day_rows(stamps, [0.5] * len(stamps), point="P1", slots=48, zone=zone)
    # The rows of the days around hold nulls at their far ends, which the middle day does not need.
    filled = rows.set_column(0, "point", rows["point"])
    for name in rows.column_names[3:]:
        filled = filled.set_column(filled.column_names.index(name), name, filled[name].fill_null(500))
    lines = rating.rate(filled, night_tariff(zone), day, day + dt.timedelta(days=1)).to_pylist()
    assert {r["tou"]: r["quantity"] for r in lines}["night"] == Decimal(str(night_hours))


def test_the_hour_after_midnight_in_summer_belongs_to_the_local_month():
    # In July Zurich's clock is an hour ahead of its standard time: its August begins at 23:00 standard.
    stamps = np.arange("2026-07-01T00", "2026-09-01T00", dtype="datetime64[h]")
    use = np.where(stamps == np.datetime64("2026-08-01T00"), 100.0, 0.0)
    rows = readings.day_rows(stamps, use, point="P1", slots=24, zone="Europe/Zurich")
    assert rows["day"][0].as_py() == dt.date(2026, 6, 30)
    for name in rows.column_names[3:]:
        rows = rows.set_column(rows.column_names.index(name), name, rows[name].fill_null(0))
    lines = rating.rate(rows, night_tariff("Europe/Zurich"), dt.date(2026, 7, 1), dt.date(2026, 9, 1)).to_pylist()
    assert {(r["period_start"].month, r["tou"]): r["quantity"] for r in lines} == {
        (7, "day"): 0,
        (7, "night"): 0,
        (8, "day"): 0,
        (8, "night"): 100,
    }
