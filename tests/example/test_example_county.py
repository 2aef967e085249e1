"""The example county: the same for the same seed and day, whole, and faulty just where it says."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from wattloop.example import ENTERPRISE, faults
from wattloop.example.accounts import accounts_table
from wattloop.example.classes import CLASSES
from wattloop.example.county import SEED, generate, span_until_yesterday, write_county
from wattloop.library import readings, tariffs
from wattloop.library.quantity import clock
from wattloop.library.rating.examples import check_examples

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 4, 9)
NIGHT_IN_CHINA = dt.datetime(2028, 3, 14, 23, 30, tzinfo=ZoneInfo("UTC"))  # the 15th there already


def county(accounts, first=FIRST, last=LAST, **more):
    return pa.concat_tables(generate(accounts, first, last, **more))


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_county_whatever_the_chunk():
    assert county(60, chunk=7).equals(county(60, chunk=60))
    assert not county(30, seed=1).equals(county(30, seed=2))


def test_the_same_seed_and_day_give_the_same_bytes(tmp_path):
    with clock.frozen(NIGHT_IN_CHINA):
        for name in ("one", "two"):
            write_county(tmp_path / name, accounts=80, months=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert set(digests(tmp_path / "one")) == {
        "readings.parquet", "reactive.parquet", "registers.csv", "late.parquet", "accounts.csv", "faults.csv",
        "agreements/county.csv", "agreements/factories.yaml",
    }  # fmt: skip


def test_thirteen_months_end_yesterday_on_chinas_clock_with_the_leap_day_among_them(tmp_path):
    with clock.frozen(NIGHT_IN_CHINA):
        assert span_until_yesterday() == (dt.date(2027, 3, 1), dt.date(2028, 3, 14))
        write_county(tmp_path, accounts=3)
    table = pq.read_table(tmp_path / "readings.parquet")
    days = sorted(set(table["day"].to_pylist()))
    assert (days[0], days[-1], len(days)) == (dt.date(2027, 3, 1), dt.date(2028, 3, 14), 380)
    assert dt.date(2028, 2, 29) in days
    assert len(table) == 3 * 380


def test_on_the_first_of_a_month_thirteen_whole_months_are_there():
    with clock.frozen(dt.datetime(2026, 8, 1, 4, tzinfo=ZoneInfo("Asia/Shanghai"))):
        assert span_until_yesterday() == (dt.date(2025, 7, 1), dt.date(2026, 7, 31))


def test_rows_are_sorted_and_whole():
    table = county(30)
    keys = list(zip(table["point"].to_pylist(), table["day"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert len(set(keys)) == 30 * 40


@pytest.mark.parametrize("last", [LAST + dt.timedelta(days=1), LAST + dt.timedelta(days=30)])
def test_tomorrows_county_has_todays_past_and_its_faults(last):
    short = county(120).to_pylist()
    known = {(r["point"], r["day"]): r for r in county(120, dt.date(2026, 2, 11), last).to_pylist()}
    assert all(known[r["point"], r["day"]] == r for r in short)


def test_an_import_finds_the_planted_faults_and_nothing_else(tmp_path):
    write_county(tmp_path, accounts=500, first_day=FIRST, last_day=LAST)
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    report = readings.import_file(lake, tmp_path / "readings.parquet")
    final = lake.snapshot().to_arrow(96, quality=True).select(["point", "day", "estimated"]).to_pylist()
    found = {
        (r["point"], r["day"]): np.flatnonzero(
            np.unpackbits(np.frombuffer(r["estimated"], np.uint8), bitorder="little")
        ).tolist()
        for r in final
        if r["estimated"]
    }
    planted = pa_csv.read_csv(
        tmp_path / "faults.csv", convert_options=pa_csv.ConvertOptions(column_types={"point": pa.string()})
    ).to_pylist()
    assert {p["kind"] for p in planted} == set(faults.LENGTHS)
    assert found == {(p["point"], p["day"]): list(range(p["first_slot"], p["end_slot"])) for p in planted}
    slots = dict.fromkeys(faults.LENGTHS, 0)
    for p in planted:
        slots[p["kind"]] += p["end_slot"] - p["first_slot"]
    assert report.negative == slots["negative"]
    assert report.absurd == slots["absurd"]
    assert report.missing == slots["short-gap"] + slots["long-gap"] + slots["missing-day"]


def test_no_good_reading_of_thirteen_months_is_absurd():
    from wattloop.library.readings.validation import ABSURD, check, usual_peaks

    first, last = dt.date(2025, 11, 1), dt.date(2026, 11, 24)
    days = (last - first).days + 1
    wrong = {}
    of = accounts_table(2_000, SEED)["class"].to_pylist()
    for number, table in enumerate(generate(600, first, last, chunk=100, with_faults=False)):
        values = np.stack([np.asarray(table[f"v{slot:02d}"]) for slot in range(96)], axis=1)
        point = np.repeat(np.arange(len(table) // days), days)
        valid = np.ones(values.shape, bool)
        flags = check(point, values, valid, usual_peaks(point, values, valid))
        for at in np.unique(point[(flags == ABSURD).any(axis=1)]):
            wrong[of[number * 100 + at]] = wrong.get(of[number * 100 + at], 0) + 1
    assert wrong == {}


def test_every_month_one_customer_in_a_hundred_has_a_fault():
    planted = faults.planted(2_000, dt.date(2025, 11, 1), dt.date(2026, 10, 31)).to_pylist()
    months = {}
    for fault in planted:
        months.setdefault((fault["day"].year, fault["day"].month), []).append(fault["kind"])
    assert len(months) == 12
    assert all(len(kinds) == 20 and set(kinds) == set(faults.LENGTHS) for kinds in months.values())
    assert faults.planted(0, FIRST, LAST).num_rows == 0


def test_every_class_is_there_on_a_tariff_of_the_enterprise():
    files = (ENTERPRISE / "tariffs").glob("*.yaml")
    known = {version.id for file in files for version in tariffs.load_versions(file, check_examples)}
    assert set(accounts_table(2_000, SEED)["class"].to_pylist()) == {c.id for c in CLASSES}
    assert {c.tariff for c in CLASSES} < known
    assert len(known) >= 8
    assert sum(c.share for c in CLASSES) == pytest.approx(1)
