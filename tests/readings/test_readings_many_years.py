"""A history of many years is taken in some months at a time, as whole as any other file."""

import errno

import deltalake
import numpy as np
import pytest

from wattloop.library import readings
from wattloop.library.lake import tables
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.spool import TOGETHER

DAYS = np.arange("2012-01-01", "2022-01-01", dtype="datetime64[D]")
POINTS = ("A", "B")


def history(path, add=0):
    """Ten years of two points, of which every day reads otherwise."""
    hours = ",".join(f"{hour:02}:00" for hour in range(24))
    rows = [
        f"{point},{day}," + ",".join([str(n * 10_000 + at + add)] * 24)
        for n, point in enumerate(POINTS)
        for at, day in enumerate(DAYS)
    ]
    path.write_text("\n".join([f"point,day (Wh),{hours}", *rows]) + "\n")
    return path


def held(lake):
    return [(r["point"], r["day"], [r[n] for n in slot_names(24)]) for r in lake.snapshot().to_arrow(24).to_pylist()]


def expected(add=0):
    return [
        (point, day, [n * 10_000 + at + add] * 24)
        for n, point in enumerate(POINTS)
        for at, day in enumerate(DAYS.tolist())
    ]


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "UTC")


def months_at_once(lake, table):
    """The months of each append to a table."""
    path = str(lake.path / table)
    newest = deltalake.DeltaTable(path).version()
    known, found = set(), []
    for version in range(newest + 1):
        months = {p.split("month=")[1][:7] for p in deltalake.DeltaTable(path, version=version).file_uris()}
        found.append(len(months - known))
        known |= months
    return found


def test_ten_years_are_written_some_months_at_a_time_and_corrected_alike(lake, tmp_path):
    assert readings.import_file(lake, history(tmp_path / "h.csv")).new_days == 2 * len(DAYS)
    assert held(lake) == expected()
    for table in ("intervals_24", "raw_24"):
        assert months_at_once(lake, table) == [TOGETHER] * (120 // TOGETHER) + [120 % TOGETHER]
    again = readings.import_file(lake, history(tmp_path / "later.csv", 7))
    assert (again.revisions, again.version) == (2 * len(DAYS), 2)
    assert held(lake) == expected(7)
    assert max(months_at_once(lake, "corrections_24")) == TOGETHER


def test_a_disk_that_fills_up_between_two_spans_of_months_leaves_the_lake_as_it_was(lake, tmp_path, monkeypatch):
    append, done = tables.append, []

    def full(path, *args, **kwargs):
        done.append(path.name)
        if done.count("intervals_24") == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return append(path, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(tables, "append", full)
        with pytest.raises(Refused, match="the disk is full"):
            readings.import_file(lake, history(tmp_path / "h.csv"))
    assert lake.snapshot().version == 0
    assert readings.import_file(lake, tmp_path / "h.csv").version == 1
    assert held(lake) == expected()
