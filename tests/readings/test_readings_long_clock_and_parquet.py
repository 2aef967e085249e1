"""Long files on a local clock, over both its changes, and long Parquet files."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_readings_long_form import FIRST, lines, read, refused, written

from wattloop.library.quantity.dayrows import matrix
from wattloop.library.readings import long_pass


@pytest.fixture
def small_batches(monkeypatch):
    """The engine hands on 2,048 rows at a time, so that runs are parted between batches."""
    monkeypatch.setattr(long_pass, "BATCH", 2048)


def local(zone, first, count, point="A", step=15):
    """Stamps as the zone's clock shows them, one after the other; the value counts them."""
    at = dt.datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    moments = [(at + dt.timedelta(minutes=step * i)).astimezone(ZoneInfo(zone)) for i in range(count)]
    return [f"{point},{m:%Y-%m-%d %H:%M:%S},{i / 1000}" for i, m in enumerate(moments)]


def test_the_hour_shown_twice_keeps_both_its_readings_in_the_files_order(tmp_path, small_batches):
    rows = [r for p in ("A", "B", "C") for r in local("Europe/Zurich", "2026-10-24T00:00", 3 * 96 + 4, p)]
    table, _ = read(written(tmp_path, rows), zone="Europe/Zurich", offset=60)
    values, valid = matrix(table, 96)
    # Summer's midnight is standard time's 23:00 of the day before.
    assert table["day"][0].as_py() == dt.date(2026, 10, 23)
    assert values[:4][valid[:4]].tolist() == list(range(3 * 96 + 4))
    by_time = sorted(rows, key=lambda r: int(float(r.rsplit(",", 1)[1]) * 1000 + 0.5))
    assert read(written(tmp_path, by_time), zone="Europe/Zurich", offset=60)[0].equals(table)


def test_the_hour_shown_twice_may_be_parted_between_batches(tmp_path, small_batches):
    points = [f"P{i:04}" for i in range(700)]
    each = [local("Europe/Zurich", "2026-10-25T02:00", 8, p) for p in points]
    by_time = [row for moment in zip(*each, strict=True) for row in moment]
    table, _ = read(written(tmp_path, by_time), zone="Europe/Zurich", offset=60)
    values, valid = matrix(table, 96)
    assert (values[valid].reshape(700, 8) == np.arange(8)).all()


def test_an_hour_skipped_in_spring_leaves_no_gap_and_a_stamp_in_it_is_refused(tmp_path):
    rows = local("Europe/Zurich", "2026-03-28T00:00", 3 * 96 - 4)
    table, _ = read(written(tmp_path, rows), zone="Europe/Zurich", offset=60)
    assert matrix(table, 96)[1].sum() == 3 * 96 - 4
    assert matrix(table, 96)[1][:2].all()
    path = written(tmp_path, [*rows, "A,2026-03-29 02:15:00,1"])
    problem = refused(path, zone="Europe/Zurich", offset=60)
    assert (problem.row, "does not exist" in problem.what) == (2 + len(rows), True)


def test_a_stamp_of_the_hour_shown_twice_that_stands_there_once_is_refused(tmp_path):
    rows = local("Europe/Zurich", "2026-10-25T00:00", 100)
    gone = [r for i, r in enumerate(rows) if i != 12]
    problem = refused(written(tmp_path, gone), zone="Europe/Zurich", offset=60)
    assert "stands there once" in problem.what
    assert problem.row is not None


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_of_any_time_unit_equals_the_csv(tmp_path, unit):
    expected, _ = read(written(tmp_path, lines()))
    rows = [r.split(",") for r in lines()]
    stamps = pa.array([np.datetime64(r[1], unit) for r in rows], pa.timestamp(unit))
    table = pa.table({"point": [r[0] for r in rows], "start": stamps, "kwh": [float(r[2]) for r in rows]})
    pq.write_table(table, tmp_path / "readings.parquet")
    assert read(tmp_path / "readings.parquet")[0].equals(expected)


def test_a_parquet_row_is_counted_from_its_first_reading(tmp_path):
    stamps = [FIRST + dt.timedelta(minutes=15 * i) for i in range(10)] + [FIRST + dt.timedelta(minutes=151)]
    pq.write_table(pa.table({"point": ["A"] * 11, "start": stamps, "kwh": [1.0] * 11}), tmp_path / "r.parquet")
    assert refused(tmp_path / "r.parquet").row == 11


def test_a_parquet_column_of_another_kind_is_refused(tmp_path):
    pq.write_table(pa.table({"point": ["A"], "start": [17], "kwh": [1.0]}), tmp_path / "r.parquet")
    assert refused(tmp_path / "r.parquet").field == "start"


def test_a_parquet_file_cut_short_is_refused(tmp_path):
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"point": ["A"], "start": [FIRST], "kwh": [1.0]}), whole)
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-20])
    assert "cut short" in refused(tmp_path / "cut.parquet").what
