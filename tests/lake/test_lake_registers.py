"""Register readings in the lake: months, versions, what supersedes what, and what a killed writer leaves."""

import datetime as dt
import itertools

import pyarrow as pa
import pytest

from wattloop.library import readings
from wattloop.library.lake import manifest
from wattloop.library.lake.registers import REGISTERS, SCHEMA
from wattloop.library.quantity.refusal import Refused

HEADER = "point,meter,register,from,to,last,this,multiplier\n"
YEAR = [f"2026-{month:02}-01" for month in range(1, 13)]


def take(lake, tmp_path, *rows, **told):
    path = tmp_path / f"{len(list(tmp_path.glob('*.csv')))}.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return readings.import_file(lake, path, **told)


def row(first, last, quantity=1, point="P", meter="M", register="active_in"):
    return f"{point},{meter},{register},{first},{last},0,{quantity},1"


def held(lake, first="2026-01-01", last="2026-12-31", version=None, points=None):
    rows = lake.snapshot(version).registers(dt.date.fromisoformat(first), dt.date.fromisoformat(last), points)
    return [(r["point"], r["meter"], str(r["from"]), str(r["to"]), r["quantity"] // 1000) for r in rows.to_pylist()]


@pytest.fixture
def lake(tmp_path):
    """Eleven months of P, each of as many kWh as its number."""
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    take(lake, tmp_path, *(row(a, b, i) for i, (a, b) in enumerate(itertools.pairwise(YEAR), 1)))
    return lake


def test_a_span_touches_the_days_asked_for_on_either_side(lake):
    assert [h[-1] for h in held(lake, "2026-03-31", "2026-04-01")] == [3, 4]
    assert [h[-1] for h in held(lake, "2026-04-01", "2026-04-30")] == [4]
    assert held(lake, "2025-12-01", "2025-12-31") == held(lake, "2026-12-01", "2027-12-31") == []


def test_only_the_files_of_the_months_concerned_are_read(lake):
    files = lake.snapshot().register_files(dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    assert [f.split("month=")[1][:7] for f in files] == ["2026-05"]


def test_a_span_of_many_months_is_found_from_any_of_them(lake, tmp_path):
    take(lake, tmp_path, row("2025-01-01", "2026-12-01", 99, point="Q"))
    for day in ("2025-01-01", "2026-05-05", "2026-11-30"):
        assert ("Q", "M", "2025-01-01", "2026-12-01", 99) in held(lake, day, day)
    assert held(lake, "2026-12-01", "2026-12-01") == []


def test_points_are_chosen_and_told(lake, tmp_path):
    take(lake, tmp_path, row("2026-03-01", "2026-04-01", 5, point="Q"))
    assert {h[0] for h in held(lake, points=pa.array(["Q", "none"]))} == {"Q"}
    points = lake.snapshot().points_with_registers
    assert points(dt.date(2026, 3, 31), dt.date(2026, 3, 31)).to_pylist() == ["P", "Q"]
    assert points(dt.date(2026, 4, 1), dt.date(2026, 4, 30)).to_pylist() == ["P"]
    assert points(dt.date(2027, 4, 1), dt.date(2027, 4, 30)).to_pylist() == []


def test_rows_are_sorted_by_point_register_from_and_meter(lake, tmp_path):
    spans = [("2026-03-01", "2026-04-01", "Z"), ("2026-03-01", "2026-04-01", "M"), ("2026-02-01", "2026-03-01", "Z")]
    unsorted = [row(first, last, point="O", meter=meter) for first, last, meter in spans]
    take(lake, tmp_path, *unsorted, row("2026-01-01", "2026-02-01", register="active_out", point="O"))
    rows = lake.snapshot().registers(dt.date(2026, 1, 1), dt.date(2026, 12, 1)).to_pylist()
    assert [r["point"] for r in rows] == ["O"] * 4 + ["P"] * 11
    order = [(r["point"], r["register"], r["from"], r["meter"]) for r in rows]
    assert order == sorted(order)


def test_a_lake_without_registers_answers_with_an_empty_table(tmp_path):
    snapshot = readings.open_lake(tmp_path / "empty").snapshot()
    assert snapshot.registers(dt.date(2026, 1, 1), dt.date(2026, 12, 31)).schema == SCHEMA
    assert len(snapshot.points_with_registers(dt.date(2026, 1, 1), dt.date(2026, 12, 31))) == 0
    assert snapshot.register_span() is None


def test_a_later_reading_takes_the_place_of_the_earlier_one_and_old_versions_stay(lake, tmp_path):
    before = held(lake)
    report = take(lake, tmp_path, row("2026-05-01", "2026-06-01", 50), row("2026-06-01", "2026-07-01", 6))
    assert (report.new, report.revisions, report.unchanged, report.version) == (0, 1, 1, 2)
    assert held(lake, "2026-05-05", "2026-06-05") == [
        ("P", "M", "2026-05-01", "2026-06-01", 50), ("P", "M", "2026-06-01", "2026-07-01", 6),
    ]  # fmt: skip
    assert held(lake, version=1) == before
    assert held(lake, version=0) == []


def test_a_later_reading_may_begin_on_another_day(lake, tmp_path):
    take(lake, tmp_path, row("2026-11-15", "2026-12-01", 50))
    assert held(lake, "2026-11-01", "2026-11-30") == [("P", "M", "2026-11-15", "2026-12-01", 50)]
    assert held(lake, "2026-11-01", "2026-11-14") == []


def test_an_exchange_reported_late_leaves_no_day_counted_twice(lake, tmp_path):
    report = take(lake, tmp_path, row("2026-05-01", "2026-05-11", 2), row("2026-05-11", "2026-06-01", 3, meter="N"))
    assert (report.new, report.gave_way) == (2, 1)
    assert held(lake, "2026-05-01", "2026-05-31") == [
        ("P", "M", "2026-05-01", "2026-05-11", 2), ("P", "N", "2026-05-11", "2026-06-01", 3),
    ]  # fmt: skip
    assert "earlier readings of overlapping spans that give way: 1" in str(report)


def test_what_gave_way_comes_back_when_it_is_read_again(lake, tmp_path):
    take(lake, tmp_path, row("2026-05-01", "2026-05-11", 2))
    report = take(lake, tmp_path, row("2026-05-01", "2026-06-01", 5), again=True)
    assert report.gave_way == 1
    assert held(lake, "2026-05-01", "2026-05-31") == [("P", "M", "2026-05-01", "2026-06-01", 5)]


def test_the_same_content_in_another_file_changes_nothing(lake, tmp_path):
    report = take(lake, tmp_path, row("2026-05-01", "2026-06-01", 5))
    assert (report.unchanged, report.version, lake.snapshot().version) == (1, 1, 1)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(lake, tmp_path):
    report = take(lake, tmp_path, row("2026-05-01", "2026-05-11", 2), dry_run=True)
    assert (report.new, report.gave_way, lake.snapshot().version) == (1, 1, 1)
    assert "would change the lake: version 2" in str(report)
    assert len(held(lake)) == 11


def test_a_writer_killed_before_its_manifest_is_wound_back(lake, tmp_path, monkeypatch):
    before, files = held(lake), set(lake.snapshot().every_file())
    monkeypatch.setattr(manifest, "write", lambda *_: (_ for _ in ()).throw(OSError("no space")))
    monkeypatch.setattr(type(lake), "_wind_back", lambda *_: None)  # killed: nobody tidies up
    with pytest.raises(OSError, match="no space"):
        take(lake, tmp_path, row("2026-05-01", "2026-06-01", 50))
    monkeypatch.undo()
    assert held(lake) == before
    take(lake, tmp_path, row("2026-06-01", "2026-07-01", 60))
    assert [h[-1] for h in held(lake)] == [1, 2, 3, 4, 5, 60, 7, 8, 9, 10, 11]
    assert readings.retain(lake).files == 1
    assert files <= set(lake.snapshot().every_file())


def test_retention_deletes_what_killed_writers_left_and_no_file_that_a_version_names(lake, tmp_path):
    take(lake, tmp_path, row("2026-05-01", "2026-06-01", 50))
    before = held(lake)
    orphan = lake.path / REGISTERS / "month=2026-05" / "orphan.parquet"
    orphan.write_bytes(b"left behind")
    assert readings.retain(lake).files == 1
    assert not orphan.exists()
    readings.retain(lake, [])
    assert held(lake) == before


def test_folding_leaves_out_what_counts_no_more_and_changes_no_reading(lake, tmp_path):
    take(lake, tmp_path, row("2026-05-01", "2026-06-01", 50))
    take(lake, tmp_path, row("2026-05-01", "2026-05-20", 7))
    before = {version.version: held(lake, version=version.version) for version in lake.versions()}
    assert readings.fold(lake, "2026-06") == 3  # two revisions, and the row that withdrew them
    assert held(lake) == before[3]
    assert readings.fold(lake, "2026-06") == 0
    for version, rows in before.items():
        assert held(lake, version=version) == rows
    assert readings.fold(lake, "2026-05") == 0
    take(lake, tmp_path, row("2026-05-20", "2026-06-01", 8))
    assert [h[-1] for h in held(lake, "2026-05-01", "2026-05-31")] == [7, 8]
    with pytest.raises(Refused, match="holds no readings of 2027-01"):
        readings.fold(lake, "2027-01")


def test_intervals_and_registers_of_one_moment_are_one_version(lake, tmp_path):
    hours = [f"P,2026-05-01T{hour:02}:00,1" for hour in range(24)]
    (tmp_path / "hours.csv").write_text("point,start,kwh\n" + "\n".join(hours) + "\n")
    readings.import_file(lake, tmp_path / "hours.csv")
    take(lake, tmp_path, row("2026-05-01", "2026-06-01", 50))
    assert len(lake.snapshot().to_arrow(24)) == 1
    assert held(lake, "2026-05-01", "2026-05-31")[0][-1] == 50
    assert held(lake, "2026-05-01", "2026-05-31", version=2)[0][-1] == 5
    assert lake.snapshot(1).slot_counts() == []
