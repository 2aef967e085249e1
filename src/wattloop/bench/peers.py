"""The same bill by the tools analysts use now: a pandas groupby, and PySAM where it is installed."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np

from wattloop.bench.measures import Result, timed
from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import matrix

_DAY_NIGHT: dict[str, Any] = {
    "id": "day-night",
    "name": "Day and night",
    "valid_from": "2026-01-01",
    "currency": "CNY",
    "calendar": {
        "periods": {"day": "day", "night": "night"},
        "days": [{"when": "always", "night": "22:00-06:00", "rest": "day"}],
    },
    "energy": {"prices": {"day": "0.6", "night": "0.3"}},
}


def pandas_groupby(people: Any) -> list[Result]:
    """A two-period bill of up to 5,000 points: readings in a data frame, grouped by point and period."""
    import pandas as pd

    points = min(people.accounts, 5_000)
    known = tariffs.from_plain(_DAY_NIGHT)
    table = people.snapshot.to_arrow(people.slots)
    table = table.slice(0, points * people.days)
    values, _ = matrix(table, people.slots)
    minute = np.tile(np.arange(people.slots) * (24 * 60 // people.slots), len(table))
    frame = pd.DataFrame(
        {
            "point": np.repeat(np.asarray(table["point"].to_pylist(), object), people.slots),
            "minute": minute,
            "wh": values.reshape(-1),
        }
    )

    def by_pandas() -> Any:
        night = (frame["minute"] >= 22 * 60) | (frame["minute"] < 6 * 60)
        used = frame.groupby(["point", night])["wh"].sum().unstack()
        return (used[True] * 3e-4).round(2) + (used[False] * 6e-4).round(2)

    seconds = timed(by_pandas)
    ours = timed(lambda: rating.rate(table, known, people.start, people.end))
    ours = timed(lambda: rating.rate(table, known, people.start, people.end))
    billed = rating.rate(table, known, people.start, people.end)
    bill = billed.group_by("agreement").aggregate([("amount", "sum")])
    gap = abs(float(sum(bill["amount_sum"].to_pylist())) - float(by_pandas().sum()))
    rows = len(frame)
    name = f"pandas groupby, the same {points:,} bills (apart by {gap:.2f})"
    return [
        Result("ours, two periods, in memory", None, None, None, ours, rows / ours),
        Result(name, seconds / ours, None, None, seconds, rows / seconds),
    ]


def pysam(count: int = 10) -> list[Result]:
    """One point's year at a time, as PySAM takes it; nothing where it is not installed."""
    try:
        from PySAM import Utilityrate5
    except ImportError:
        return []
    load = (1 + np.sin(np.arange(8760) / 24 * 2 * np.pi) * 0.5).tolist()
    schedule = [[1 if 6 <= h < 22 else 2 for h in range(24)]] * 12

    def by_pysam() -> None:
        model = Utilityrate5.new()
        model.Lifetime.assign({"analysis_period": 1, "system_use_lifetime_output": 0, "inflation_rate": 0})
        model.SystemOutput.assign({"gen": [0.0] * 8760, "degradation": [0.0]})
        model.Load.assign({"load": load})
        model.ElectricityRates.assign(
            {
                "en_electricity_rates": 1, "rate_escalation": [0.0], "ur_metering_option": 0,
                "ur_monthly_fixed_charge": 0, "ur_monthly_min_charge": 0, "ur_annual_min_charge": 0,
                "ur_ec_sched_weekday": schedule, "ur_ec_sched_weekend": schedule,
                "ur_ec_tou_mat": [[1, 1, 1e38, 0, 0.6, 0], [2, 1, 1e38, 0, 0.3, 0]],
                "ur_dc_enable": 0, "ur_en_ts_sell_rate": 0, "ur_nm_yearend_sell_rate": 0,
            }
        )  # fmt: skip
        model.execute()

    began = time.perf_counter()
    for _ in range(count):
        by_pysam()
    theirs = (time.perf_counter() - began) / count
    stamps = np.arange("2026-01-01", "2027-01-01", dtype="datetime64[h]")
    rows = readings.day_rows(stamps, np.asarray(load), point="P1", slots=24)
    known = tariffs.from_plain(_DAY_NIGHT)
    many = _repeated(rows, 2_000)
    ours = timed(lambda: rating.rate(many, known, dt.date(2026, 1, 1), dt.date(2027, 1, 1))) / 2_000
    return [Result("PySAM, a year of one point, hourly", theirs / ours, None, None, theirs, 8760 / theirs)]


def _repeated(rows: Any, count: int) -> Any:
    import pyarrow as pa

    names = pa.array([f"P{i:05d}" for i in range(count)])
    tables = pa.concat_tables([rows] * count)
    point = names.take(pa.array(np.repeat(np.arange(count), len(rows))))
    return tables.set_column(0, "point", point)
