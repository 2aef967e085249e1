"""A month is closed: its corrections go into the base, older versions stay, and what nobody cites can go."""

import datetime as dt

import numpy as np
import pytest

from wattloop.library import readings
from wattloop.library.lake import manifest
from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS
from wattloop.library.quantity.refusal import Refused

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 4, 30)


def write(path, kwh, first, days, points=("A", "B")):
    stamps = np.arange(np.datetime64(first), np.datetime64(first) + days, np.timedelta64(60, "m"))
    path.write_text("point,start,kwh\n" + "\n".join(f"{p},{s},{kwh}" for p in points for s in stamps))
    return path


@pytest.fixture
def lake(tmp_path):
    """March and April; then ten days of March corrected, five of them twice, and two of April."""
    lake = readings.open_lake(tmp_path / "lake")
    for number, (kwh, first, days, points) in enumerate(
        [
            (1, "2026-03-01", 61, ("A", "B")),
            (2, "2026-03-10", 10, ("A",)),
            (3, "2026-03-10", 5, ("A",)),
            (4, "2026-04-01", 2, ("B",)),
        ]
    ):
        readings.import_file(lake, write(tmp_path / f"{number}.csv", kwh, first, days, points))
    return lake


def held(lake, version=None):
    return lake.snapshot(version).to_arrow(24, first_day=FIRST, last_day=LAST, quality=True)


def files_of(lake, kind, version=None):
    return lake.snapshot(version).files(kind, 24, FIRST, dt.date(2026, 3, 31))


def test_folding_changes_no_final_reading_and_leaves_other_months_alone(lake):
    before = held(lake)
    assert readings.fold(lake, "2026-03") == 10
    assert held(lake).equals(before)
    assert files_of(lake, CORRECTIONS) == []
    assert lake.snapshot().months(CORRECTIONS, 24) == ["2026-04"]


def test_every_older_version_reads_as_it_did(lake):
    before = {v.version: held(lake, v.version) for v in lake.versions() if v.version}
    readings.fold(lake, "2026-03")
    readings.fold(lake, "2026-04")
    for version, rows in before.items():
        assert held(lake, version).equals(rows)


def test_folded_rows_lie_sorted_by_point_and_day(lake):
    import pyarrow.parquet as pq

    readings.fold(lake, "2026-03")
    [file] = files_of(lake, INTERVALS)
    rows = pq.read_table(file, columns=["point", "day"]).to_pylist()
    assert rows == sorted(rows, key=lambda r: (r["point"], r["day"]))
    assert len(rows) == 62


def test_a_correction_after_folding_still_wins(lake, tmp_path):
    readings.fold(lake, "2026-03")
    report = readings.import_file(lake, write(tmp_path / "late.csv", 7, "2026-03-12", 1, ("A",)))
    assert report.revisions == 1
    of = {(r["point"], r["day"]): r["v00"] for r in held(lake).to_pylist()}
    assert (of["A", dt.date(2026, 3, 12)], of["A", dt.date(2026, 3, 13)]) == (7000, 3000)
    assert readings.fold(lake, "2026-03") == 1
    assert {(r["point"], r["day"]): r["v00"] for r in held(lake).to_pylist()} == of


def test_the_same_file_after_folding_changes_nothing(lake, tmp_path):
    readings.fold(lake, "2026-03")
    before = lake.snapshot().version
    assert readings.import_file(lake, tmp_path / "2.csv").revisions == 0
    assert lake.snapshot().version == before


def test_every_channel_of_the_month_is_kept(lake, tmp_path):
    readings.import_file(lake, write(tmp_path / "q.csv", 5, "2026-03-01", 3), channel="reactive_in")
    before = held(lake), lake.snapshot().to_arrow(24, channel="reactive_in")
    readings.fold(lake, "2026-03")
    assert (held(lake), lake.snapshot().to_arrow(24, channel="reactive_in")) == before


def test_a_month_without_corrections_keeps_its_version(lake):
    readings.fold(lake, "2026-03")
    version = lake.snapshot().version
    assert readings.fold(lake, "2026-03") == 0
    assert lake.snapshot().version == version


@pytest.mark.parametrize(
    ("month", "said"), [("2026-05", "holds no readings of 2026-05"), ("2026-13", "no month"), ("March", "no month")]
)
def test_a_month_that_is_none_or_empty_is_refused(lake, month, said):
    with pytest.raises(Refused, match=said):
        readings.fold(lake, month)


def test_a_fold_that_fails_half_way_leaves_the_lake_as_it_was(lake, monkeypatch):
    before, version = held(lake), lake.snapshot().version
    monkeypatch.setattr(manifest, "write", lambda *_: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        readings.fold(lake, "2026-03")
    monkeypatch.undo()
    assert lake.snapshot().version == version
    assert held(lake).equals(before)
    assert readings.fold(lake, "2026-03") == 10
    assert held(lake).equals(before)


def test_versions_no_bill_cites_are_let_go_with_their_files_and_the_cited_ones_stay(lake):
    cited, now = held(lake, 2), held(lake)
    readings.fold(lake, "2026-03")
    planned = readings.retain(lake, [2], dry_run=True)
    assert len(lake.versions()) == 6
    found = readings.retain(lake, [2])
    assert found == planned
    assert (found.kept, found.forgotten) == ([2, 5], [0, 1, 3, 4])
    assert found.files > 0
    assert held(lake, 2).equals(cited)
    assert held(lake).equals(now)
    with pytest.raises(Refused, match="no version 3"):
        lake.snapshot(3)
    assert readings.retain(lake, [2]).files == 0


def test_by_default_only_what_no_version_names_is_deleted(lake):
    orphan = lake.path / "intervals_24" / "month=2026-03" / "left-by-a-killed-writer.parquet"
    orphan.write_bytes(b"half a file")
    before = {v.version: held(lake, v.version) for v in lake.versions() if v.version}
    found = readings.retain(lake)
    assert (found.forgotten, found.files) == ([], 1)
    assert not orphan.exists()
    assert all(held(lake, v).equals(rows) for v, rows in before.items())


def test_a_lake_goes_on_after_old_versions_are_let_go(lake, tmp_path):
    readings.retain(lake, [])
    readings.import_file(lake, write(tmp_path / "more.csv", 9, "2026-03-20", 1, ("B",)))
    of = {(r["point"], r["day"]): r["v00"] for r in held(lake).to_pylist()}
    assert of["B", dt.date(2026, 3, 20)] == 9000
    assert of["A", dt.date(2026, 3, 10)] == 3000


def test_a_file_of_a_version_let_go_is_still_known_and_does_not_undo_what_came_after(lake, tmp_path):
    before = held(lake)
    readings.retain(lake, [])
    assert "imported before" in str(readings.import_file(lake, tmp_path / "1.csv"))
    assert held(lake).equals(before)


def test_a_cited_version_that_is_not_there_is_refused_and_nothing_goes(lake):
    with pytest.raises(Refused, match="no version 77"):
        readings.retain(lake, [77])
    assert len(lake.versions()) == 5
