"""A long CSV is read strictly first; whatever a file holds, that never changes what comes of it."""

import datetime as dt
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import long_form
from wattloop.library.readings.long_form import RESTART, read_long
from wattloop.library.readings.long_pass import Pass, Way
from wattloop.library.readings.pivot import Tally
from wattloop.library.readings.recognise import recognise

FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M"]
POINTS = [
    "", "  ", " P1", "P1\t", '"P1"', '"P,1"', '"P""1"', "NULL", "NA", "NaN", "-", 'P1"', '"P1"x', "007", "张", '"P\n1"',
    "P1\r", "x" * 3000,
]  # fmt: skip
STAMPS = [
    "", "2026-01-01", "2026-1-1 0:00", "2026-01-01 24:00:00", "2026-01-02 23:59:60", "2026-01-01T00:15", "NULL",
    "2026-01-01 00:00:00.5", "2026-01-01 00:00:00.000", "2026-01-01 00:00:59.9", "2026-01-01 00:00:00Z", "infinity",
    "2026-01-01 00:00:00+00", " 2026-01-01 00:00:00", "2026-01-01 00:00 ", '"2026-01-01 00:00:00"', "epoch",
    "2026-02-30 00:00:00", "2026-01-01 0:0:0", "2026-01-01  00:00:00", "20260101000000", "0001-01-01 00:00:00",
    "9999-12-31 23:45", "1899-12-31T00:00", "2026-01-01 00:07:00", "+2026-01-01 00:00:00", "2026-01-01 (BC) 00:00:00",
    "2026-01-01 12:00:00 AM", "2026-01-01\t00:00:00", '"2026-01-01\v\n00:00:00"', "2026- 01-01 00:00:00",
    "2026-01-01 00: 00:00",
    "２026-01-01 00:00:00",
]  # fmt: skip
VALUES = [
    "", " ", "+1.5", "-1", "1e3", "1_0", "0x1", "inf", "-Infinity", "nan", "-nan", "NaN", "NA", "null", "--", ".5",
    "5.", "1d", '"1.5"', '"1,5"', '" 1.5"', "1.5 ", "01.5", "true", "1e309", "1e-400", "1 0", '""', "%", "1.5.2",
]  # fmt: skip
LINES = ["", "   ", "P1", "P1,2026-01-01 00:00:00", ",,", "P1,2026-01-01 00:00:00,1,2", '"P1,2026-01-01 00:00:00,1']

cell = st.one_of(*(st.tuples(st.just(at), st.sampled_from(v)) for at, v in enumerate((POINTS, STAMPS, VALUES))))
edits = st.lists(st.tuples(st.integers(0, 191), st.one_of(cell, st.sampled_from(LINES))), max_size=3)


def text(form, end, edits):
    first = dt.datetime(2026, 1, 1)
    rows = [
        [p, (first + dt.timedelta(minutes=15 * i)).strftime(form), f"{(7 * i) % 1000 / 1000}"]
        for p in ("P1", "P2")
        for i in range(96)
    ]
    lines = {}
    for at, edit in edits:
        if isinstance(edit, str):
            lines[at] = edit
        else:
            rows[at][edit[0]] = edit[1]
    return end.join(["point,start,kwh", *(lines.get(at, ",".join(row)) for at, row in enumerate(rows)), ""])


def outcome(path, staging):
    """Everything that reading a file comes to: its rows, what was counted and said, or the refusal."""
    tally, tables = Tally(), []
    try:
        found = recognise(path)
        for table in read_long(found, offset=0, zone=None, staging=staging, tally=tally):
            tables = [] if table is RESTART else [*tables, table]
    except Refused as refused:
        return str(refused)
    return pa.concat_tables(tables).to_pydict(), tally, found.notes


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(FORMS), st.sampled_from(["\n", "\r\n"]), edits)
def test_reading_strictly_first_changes_nothing_but_the_time_it_takes(tmp_path_factory, form, end, edits):
    home = tmp_path_factory.mktemp("strictly")
    (home / "r.csv").write_bytes(text(form, end, edits).encode())
    strictly = outcome(home / "r.csv", home)
    with mock.patch.object(long_form, "strict_format", return_value=None):
        assert outcome(home / "r.csv", home) == strictly


@pytest.mark.parametrize("word", ["epoch", "infinity", "-infinity"])
def test_a_word_that_the_engine_takes_for_a_stamp_is_none(tmp_path, word):
    rows = [f"P1,2026-01-01 {hour:02d}:00,1" for hour in range(24)]
    (tmp_path / "r.csv").write_text("\n".join(["point,start,kwh", *rows, f"P1,{word},1"]) + "\n", encoding="utf-8")
    with pytest.raises(Refused, match=f"row 26, start: '{word}' is not a date and time"):
        readings.import_file(readings.open_lake(tmp_path / "lake"), tmp_path / "r.csv")


def test_a_plain_file_is_read_strictly(tmp_path):
    (tmp_path / "r.csv").write_text(text(FORMS[0], "\n", []))
    ways = []
    real = Pass.tables
    with mock.patch.object(Pass, "tables", lambda self, con, way, to: ways.append(way) or real(self, con, way, to)):
        outcome(tmp_path / "r.csv", tmp_path)
    assert ways == [Way.STRICTLY]
