"""Wide files, a day a row, as collection systems export them."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloop.library.quantity.dayrows import matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import wide_form
from wattloop.library.readings.long_form import RESTART
from wattloop.library.readings.pivot import Tally
from wattloop.library.readings.recognise import recognise
from wattloop.library.readings.wide_form import read_wide


def ends(slots):
    step = 1440 // slots
    return [f"{m // 60:02}:{m % 60:02}" for m in range(step, 1441, step)]


def row(point="甲", day="2026-01-01", slots=96, first=0):
    return ",".join([point, day, *(f"{(first + i) / 100}" for i in range(slots))])


def written(folder, rows, names=None, header="户号,数据日期(kWh)", encoding="utf-8"):
    path = folder / "wide.csv"
    path.write_text("\n".join([",".join([header, *(names or ends(96))]), *rows]) + "\n", encoding=encoding)
    return path


def read(path, *, tally=None, zone=None, offset=0, **told):
    found = recognise(path, **told)
    staging = path.parent / "staging"
    staging.mkdir(exist_ok=True)
    tables = []
    for table in read_wide(found, zone=zone, offset=offset, staging=staging, tally=tally or Tally()):
        tables = [] if table is RESTART else [*tables, table]
    return pa.concat_tables(tables)


def refused(path, **told):
    with pytest.raises(Refused) as caught:
        read(path, **told)
    return caught.value


@pytest.mark.parametrize("slots", [24, 48, 96, 144, 288])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_a_day_becomes_a_day_row(tmp_path, slots, encoding):
    table = read(written(tmp_path, [row(slots=slots)], ends(slots), encoding=encoding))
    assert table["point"].to_pylist() == ["甲"]
    assert matrix(table, slots)[0][0].tolist() == [10 * i for i in range(slots)]


def test_a_header_that_ends_at_midnight_written_as_nought_is_not_moved_by_a_slot(tmp_path):
    names = [*ends(96)[:-1], "00:00"]
    assert matrix(read(written(tmp_path, [row()], names)), 96)[0][0].tolist() == [10 * i for i in range(96)]


@pytest.mark.parametrize(
    "day", ["2026-01-01", "2026/1/1", "20260101", "2026年1月1日", "2026-01-01 00:00:00", "01.01.2026"]
)
def test_days_are_read_in_the_forms_that_systems_write(tmp_path, day):
    assert read(written(tmp_path, [row(day=day)]))["day"].to_pylist() == [dt.date(2026, 1, 1)]


def test_average_power_becomes_energy(tmp_path):
    path = written(tmp_path, [row()], [f"P{i}" for i in range(1, 97)], header="户号,日期")
    assert matrix(read(path, unit="kW"), 96)[0][0, :3].tolist() == [0, 3, 5]  # 2.5 rounds up


def test_rows_come_sorted_and_a_day_given_twice_alike_counts_once(tmp_path, monkeypatch):
    monkeypatch.setattr(wide_form, "BATCH", 2048)
    days = [f"2026-01-{d:02}" for d in range(1, 31)]
    rows = [row(f"U{p:03}", day) for day in reversed(days) for p in range(100)]
    tally = Tally()
    table = read(written(tmp_path, [*rows, *rows[:7]]), tally=tally)
    keys = list(zip(table["point"].to_pylist(), table["day"].to_pylist(), strict=True))
    assert keys == sorted(set(keys))
    assert (len(keys), tally.duplicates, tally.rows) == (3000, 7, 3007)


@pytest.mark.parametrize("late", [("U000", "2026-01-01"), ("U099", "2026-01-29"), ("T", "2026-01-30")])
def test_one_row_out_of_place_at_the_end_of_a_sorted_file_is_put_in_its_place(tmp_path, monkeypatch, late):
    monkeypatch.setattr(wide_form, "BATCH", 2048)
    days = [f"2026-01-{d:02}" for d in range(1, 31)]
    every = [(f"U{p:03}", day) for p in range(100) for day in days if (f"U{p:03}", day) != late]
    tally = Tally()
    table = read(written(tmp_path, [row(*key) for key in [*every, late]]), tally=tally)
    keys = list(zip(table["point"].to_pylist(), map(str, table["day"].to_pylist()), strict=True))
    assert keys == sorted([*every, late])
    assert tally.rows == len(keys)


def test_empty_cells_are_missing_readings(tmp_path):
    cells = ["甲", "2026-01-01", "", "null", *["1"] * 94]
    assert matrix(read(written(tmp_path, [",".join(cells)])), 96)[1][0].tolist() == [False, False] + [True] * 94


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(day="2026-01-01 08:00"), "is not a date"),
        (row(day="2026-02-30"), "is not a date"),
        (row(day=""), "there is no"),
        (row(point=""), "there is no"),
        (row(first=1), "twice, with different readings"),
        (row(point="乙").replace("0.5,", "x,"), "is not a number"),
        (row(point="乙", first=10**12), "more than one interval can hold"),
        (row(point="乙", slots=95), "header's columns"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(tmp_path, bad, said):
    problem = refused(written(tmp_path, [row(), row(day="2026-01-02"), bad, row(point="丙")]))
    assert said in problem.what
    assert problem.row == 4


def test_a_zone_without_clock_changes_is_standard_time(tmp_path):
    expected = read(written(tmp_path, [row(day="2026-07-01")]))
    assert read(written(tmp_path, [row(day="2026-07-01")]), zone="Asia/Shanghai", offset=480).equals(expected)


@pytest.mark.parametrize("day", [dt.date(2026, 1, 1), 20260101, "2026/1/1", dt.datetime(2026, 1, 1)])
def test_parquet_days_may_be_dates_numbers_text_or_midnights(tmp_path, day):
    columns = {"point": ["A"], "day": [day]} | {f"v{i:02}": [i] for i in range(24)}
    pq.write_table(pa.table(columns), tmp_path / "wide.parquet")
    table = read(tmp_path / "wide.parquet")
    assert table["day"].to_pylist() == [dt.date(2026, 1, 1)]
    assert matrix(table, 24)[0][0].tolist() == list(range(24))  # our own day-rows are in Wh


def test_a_parquet_day_at_another_hour_is_refused_with_its_row(tmp_path):
    days = pa.array([np.datetime64("2026-01-01", "us"), np.datetime64("2026-01-02T08", "us")])
    pq.write_table(
        pa.table({"point": ["A", "A"], "day": days} | {f"v{i:02}": [i, i] for i in range(24)}), tmp_path / "w.parquet"
    )
    assert refused(tmp_path / "w.parquet").row == 2
