"""The real Swiss households for November 2018 under two tariffs, against a computation of their own in pandas."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wattloop.example import ENTERPRISE
from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.examples import check_examples

pytestmark = pytest.mark.data

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
SWISS = DATA / "swiss_537hh_15min_2018.parquet"
START, END = dt.date(2018, 11, 1), dt.date(2018, 12, 1)
ABSURD = ("CH055", "CH524")


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    if not SWISS.exists():
        pytest.skip(f"{SWISS} is not there")
    lake = readings.open_lake(tmp_path_factory.mktemp("swiss") / "lake")
    readings.import_file(lake, SWISS)
    return lake


@pytest.fixture(scope="module")
def frame(lake):
    """What was read, in Wh, negative readings and the two absurd meters left out, November alone."""
    frame = pd.read_parquet(SWISS)
    frame["wh"] = np.rint(frame["kwh"] * 1000).astype("int64")
    bad = frame.loc[frame["wh"] < 0, "point"].unique()
    frame = frame[~frame["point"].isin([*bad, *ABSURD, "CH480"])]
    return frame[(frame["start"] >= "2018-11-01") & (frame["start"] < "2018-12-01")]


def cents(amount):
    return amount.quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_single_part_commercial_bills_equal_a_pandas_computation(lake, frame):
    t = tariffs.at_any_time(tariffs.load(ENTERPRISE / "tariffs" / "commercial-single-part.yaml"))
    hour = frame["start"].dt.hour
    period = np.select(
        [hour.isin([10, 11]) | hour.between(15, 20), (hour >= 23) | (hour < 7)], ["peak", "valley"], "flat"
    )
    used = frame.assign(period=period).groupby(["point", "period"])["wh"].sum().unstack()
    whole = ((used + 500) // 1000).astype(int)
    ratios = {"peak": Decimal("1.6"), "flat": Decimal(1), "valley": Decimal("0.4")}
    wanted = {}
    for point, row in whole.iterrows():
        total = sum(
            cents(Decimal(int(row[p])) * price * ratios[p])
            for price in map(Decimal, ("0.4086", "0.0163", "0.2093"))
            for p in ratios
        )
        kwh = Decimal(int(row.sum()))
        wanted[point] = total + cents(kwh * Decimal("0.0288")) + cents(kwh * Decimal("0.0271"))
    lines = rating.rate(lake, t, START, END)
    found = lines.group_by("agreement").aggregate([("amount", "sum")])
    found = dict(zip(found["agreement"].to_pylist(), found["amount_sum"].to_pylist(), strict=True))
    assert {p: found[p] for p in wanted} == wanted
    assert len(wanted) > 500


def test_yearly_residential_tiers_equal_a_pandas_computation(lake, frame):
    t = tariffs.at_any_time(tariffs.load(ENTERPRISE / "tariffs" / "residential-yearly.yaml"))
    first = pd.read_parquet(SWISS)
    first["wh"] = np.rint(first["kwh"] * 1000).astype("int64")
    october = first[first["start"] < "2018-11-01"].groupby("point")["wh"].sum()
    night = (frame["start"].dt.hour >= 22) | (frame["start"].dt.hour < 6)
    used = frame.assign(night=night).groupby(["point", "night"])["wh"].sum().unstack()
    found = {}
    for row in rating.rate(lake, t, START, END).to_pylist():
        found.setdefault(row["agreement"], {})[row["component"], row["tou"], row["tier"]] = row
    for point, row in used.iterrows():
        day, by_night = int(row[False]), int(row[True])
        lines = found[point]
        assert lines["energy", "day", None]["quantity"] == Decimal(day) / 1000
        assert lines["energy", "night", None]["amount"] == cents(Decimal(by_night) / 1000 * Decimal("0.288"))
        reached = int(october[point]) + day + by_night
        above = {
            2: min(reached, 4_800_000) - max(int(october[point]), 2_760_000),
            3: reached - max(int(october[point]), 4_800_000),
        }
        for tier, wh in above.items():
            parts = [lines.get(("tier", p, tier)) for p in ("day", "night")]
            assert sum(p["quantity"] for p in parts if p) == Decimal(max(wh, 0)) / 1000
            if wh > 0:
                # In proportion to the month's day and night, to the watt-hour.
                share = Decimal(wh) * day / (day + by_night) / 1000
                assert abs(parts[0]["quantity"] - share) <= Decimal("0.001")


def test_all_207_rates_written_to_files_and_read_back_cost_what_they_cost(tmp_path):
    import csv
    import json

    from wattloop.library.tariffs.dump import dump

    if not (DATA / "urdb" / "expected.csv").exists():
        pytest.skip("../shared/data/urdb is not there")
    records = [json.loads(file.read_text()) for file in sorted((DATA / "urdb").glob("*.json"))]
    direct, read = [tariffs.from_urdb(record) for record in records], []
    for record in records:
        file = tmp_path / "rate.yaml"
        file.write_text(dump(tariffs.urdb_document(record)), encoding="utf-8")
        assert [problem for problem in tariffs.check(file, check_examples) if not problem.warning] == []
        read.append(tariffs.load(file))
    with (DATA / "urdb" / "load_2018.csv").open() as rows:
        kw = np.array([float(row["kw"]) for row in csv.DictReader(rows)])
    days, ids = np.arange(np.datetime64("2018-01-01"), np.datetime64("2019-01-01")), [t.id for t in direct]
    values = np.tile(np.rint(kw * 1000).astype(np.int32).reshape(365, 24), (len(ids), 1))
    use = from_matrix(np.repeat(ids, 365).tolist(), np.tile(days, len(ids)), values)
    year, agreements = (dt.date(2018, 1, 1), dt.date(2019, 1, 1)), pa.table({"point": ids, "tariff": ids})
    one, two = (rating.run(use, known, *year, agreements=agreements).lines for known in (direct, read))
    assert one.equals(two)
    assert set(one["agreement"].to_pylist()) == set(ids)


def test_all_207_rates_agree_with_the_independent_engine_minimums_and_totals_too():
    import csv
    import json

    if not (DATA / "urdb" / "expected.csv").exists():
        pytest.skip("../shared/data/urdb is not there")
    hours = list(csv.DictReader((DATA / "urdb" / "load_2018.csv").open()))
    stamps = np.array([h["hour_start"] for h in hours], "datetime64[m]")
    rows = readings.day_rows(stamps, [float(h["kw"]) for h in hours], point="P1", slots=24, zone="UTC")
    wanted = list(csv.DictReader((DATA / "urdb" / "expected.csv").open()))
    kinds = {
        "energy": ("energy", "adjustment"),
        "dem_flat": ("demand_flat",),
        "dem_tou": ("demand_tou",),
        "minimum": ("minimum",),
    }
    gaps = {}
    for want in wanted:
        record = json.loads((DATA / "urdb" / f"{want['label']}.json").read_text())
        got = {}
        for row in rating.rate(rows, tariffs.from_urdb(record), dt.date(2018, 1, 1), dt.date(2019, 1, 1)).to_pylist():
            key = row["kind"], row["period_start"].month
            got[key] = got.get(key, Decimal(0)) + row["quantity"] * row["price"]
        monthly = record.get("fixedchargeunits", "$/month") == "$/month"
        for month in range(1, 13):
            for name, chosen in kinds.items():
                if name == "minimum" and not monthly:
                    continue
                gap = abs(float(sum(got.get((k, month), 0) for k in chosen)) - float(want[f"{name}_{month}"]))
                if gap > 0.005:
                    gaps[want["label"], name, month] = gap
            if monthly:
                total = float(sum(v for (_, m), v in got.items() if m == month))
                if abs(total - float(want[f"total_{month}"])) > 0.005:
                    gaps[want["label"], "total", month] = total - float(want[f"total_{month}"])
    assert len(wanted) == 207
    assert gaps == {}
