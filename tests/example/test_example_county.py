"""The example county: the same for the same seed, believable, and faulty just where it says."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wattloop.example import faults
from wattloop.example.accounts import accounts_table, point_name
from wattloop.example.county import generate, households, write_county
from wattloop.library import readings
from wattloop.library.quantity.dayrows import matrix

SWISS = Path(__file__).parents[2] / ".." / "shared" / "data" / "swiss_537hh_15min_2018.parquet"
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 4, 9)


def county(accounts, **more):
    return pa.concat_tables(generate(accounts, FIRST, LAST, **more))


def test_the_same_seed_gives_the_same_county_whatever_the_chunk():
    assert county(60, chunk=7).to_pylist() == county(60, chunk=60).to_pylist()
    assert county(30, seed=1).to_pylist() != county(30, seed=2).to_pylist()


def test_rows_are_sorted_and_whole():
    table = county(30)
    keys = list(zip(table["point"].to_pylist(), table["day"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert len(set(keys)) == 30 * 40


def test_households_have_the_load_factor_and_coincidence_of_real_ones():
    ours = households(537, dt.date(2018, 10, 29), 49).astype(np.int64).reshape(537, -1)
    total = ours.sum(axis=0)
    load_factor, coincidence = total.mean() / total.max(), total.max() / ours.max(axis=1).sum()
    real_load_factor, real_coincidence = 0.4454, 0.3920
    if SWISS.exists():
        import pandas as pd

        frame = pd.read_parquet(SWISS)
        frame = frame[~frame["point"].isin(["CH055", "CH524"])]
        real = frame.groupby("start")["kwh"].sum()
        real_load_factor = real.mean() / real.max()
        real_coincidence = real.max() / frame.groupby("point")["kwh"].max().sum()
        assert real_load_factor == pytest.approx(0.4454, abs=5e-4)
        assert real_coincidence == pytest.approx(0.3920, abs=5e-4)
    assert load_factor == pytest.approx(real_load_factor, rel=0.15)
    assert coincidence == pytest.approx(real_coincidence, rel=0.15)


def test_planted_faults_are_found_and_hardly_anything_else(tmp_path):
    write_county(tmp_path, accounts=420, first_day=FIRST, last_day=LAST)
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    report = readings.import_file(lake, tmp_path / "readings.parquet")
    final = lake.snapshot().to_arrow(96, quality=True)
    marked = {
        (r["point"], r["day"]): np.flatnonzero(
            np.unpackbits(np.frombuffer(r["estimated"], np.uint8), bitorder="little")
        )
        for r in final.select(["point", "day", "estimated"]).to_pylist()
        if r["estimated"]
    }
    planted = faults.planted(420, FIRST, 40).to_pylist()
    assert {p["kind"] for p in planted} == set(faults.KINDS)
    for fault in planted:
        slots = marked[fault["point"], fault["day"]]
        assert slots.tolist() == list(range(fault["first_slot"], fault["end_slot"])), fault
    assert report.missing + report.negative + report.absurd == sum(map(len, marked.values()))
    assert sum(map(len, marked.values())) <= 1.02 * sum(p["end_slot"] - p["first_slot"] for p in planted)


def test_every_class_is_there_and_looks_like_itself():
    table = accounts_table(2_000, 20_260_101)
    assert len(set(table["class"].to_pylist())) == 13
    values, _ = matrix(pa.concat_tables(generate(300, FIRST, LAST, with_faults=False)), 96)
    of = dict(
        zip(
            accounts_table(300, 20_260_101)["point"].to_pylist(),
            accounts_table(300, 20_260_101)["class"].to_pylist(),
            strict=True,
        )
    )
    kwh = {}
    for i in range(300):
        kwh.setdefault(of[point_name(i)], []).append(values[i * 40 : (i + 1) * 40].sum() / 1000 / 40 * 30)
    assert 120 < np.median(kwh["residential-urban"]) < 400
    assert 20_000 < np.mean(kwh["industrial-one-shift"]) < 400_000
    lamps = np.concatenate([values[i * 40 : (i + 1) * 40] for i in range(300) if of[point_name(i)] == "street-light"])
    assert lamps[:, 48].sum() < 0.1 * lamps[:, 88].sum()


def test_a_longer_span_changes_no_reading_of_the_shorter():
    short = pa.concat_tables(generate(20, FIRST, LAST, with_faults=False)).to_pylist()
    longer = pa.concat_tables(
        generate(20, FIRST - dt.timedelta(days=3), LAST + dt.timedelta(days=30), with_faults=False)
    )
    known = {(r["point"], r["day"]): r for r in longer.to_pylist()}
    assert all(known[r["point"], r["day"]] == r for r in short)
