"""The ways in which people's files are written, and what each of them becomes in a lake."""

import datetime as dt
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_readings_import_cases import PLAIN, kwh, long, put

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import importing, staging

DAY = dt.date(2026, 3, 2)
USE = [500 + i % 7 * 100 for i in range(24)]


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake")


def refused(lake, path, **told):
    before = lake.snapshot().version
    with pytest.raises(Refused) as caught:
        readings.import_file(lake, path, **told)
    assert caught.value.mend
    assert lake.snapshot().version == before
    return caught.value


def parted(rows):
    return [row.replace("T", ",") for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", ",\n") + "".join(f"{row},\n" for row in long(days=1)),
        PLAIN.replace("\n", ",,,\n") + "".join(f"{row},,,\n" for row in long(days=1)),
        PLAIN.replace(",", ";") + "\n".join(long(days=1)).replace(",", ";").replace(".", ","),
        PLAIN + "\n".join(f'"{row[:-5]}"'[1:-1] + f'"{row[-5:]}"'.replace(".", ",") for row in long(days=1)),
        "point,date,time,kwh\n" + "\n".join(parted(long(days=1))),
        "户号;日期;时刻;电量(kWh)\n" + "\n".join(parted(long(days=1))).replace(",", ";").replace("-", "/"),
        "point,date,timestamp,kwh\n" + "\n".join(f"A,2000-01-01{row[1:]}" for row in long(days=1)),
        PLAIN + "\n\n" + "\n\n".join(long(days=1)) + "\n\n\n",
        PLAIN + "\n".join(f" A\t{row[1:]}" if i % 3 else row for i, row in enumerate(long(days=1))),
    ],
    ids=[
        "delimiter at the end", "delimiters at the end", "decimal comma", "quoted decimal comma", "day and time",
        "Chinese day and time", "a date beside the stamp", "empty lines", "spaces around the name",
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_one_days_readings_written_in_many_ways_are_the_same(lake, tmp_path, text, encoding):
    readings.import_file(lake, put(tmp_path, text, encoding=encoding))
    assert kwh(lake) == {("A", DAY): USE}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_of_chinese_text_in_utf_16_are_counted_right(lake, tmp_path, end):
    # The second byte of 上 is a line end's.
    rows = ["户号,时间,电量(kWh)", *(row.replace("A", "上上上") for row in long(days=1)), "上,昨天,1"]
    assert refused(lake, put(tmp_path, end.join(rows), encoding="utf-16")).row == 26


def test_a_comma_that_could_part_thousands_must_be_told(lake, tmp_path):
    text = "point;start;kwh\n" + "\n".join(long(days=1, value=lambda i: i + 1)).replace(",", ";").replace(".", ",")
    path = put(tmp_path, text)
    assert "more than a thousand" in refused(lake, path).what
    assert "'1,000' is not a number" in refused(lake, path, decimal=".").what
    readings.import_file(lake, path, decimal=",")
    assert kwh(lake)["A", DAY][:2] == [1000, 2000]


def test_one_decimal_point_among_decimal_commas_is_refused_with_its_row(lake, tmp_path):
    rows = [row.replace(",", ";").replace(".", ",") for row in long(days=60)]
    rows[1200] = rows[1200].replace(",", ".")
    problem = refused(lake, put(tmp_path, "point;start;kwh\n" + "\n".join(rows)))
    assert (problem.row, problem.field, problem.mend) == (1202, "kwh", "Write all numbers with one decimal mark.")


def test_days_and_times_of_a_parquet_file_may_be_two_columns(lake, tmp_path):
    columns = {"point": ["A"] * 24, "day": [DAY] * 24, "time": [dt.time(i) for i in range(24)]}
    pq.write_table(pa.table({**columns, "kwh": [wh / 1000 for wh in USE]}), tmp_path / "r.parquet")
    readings.import_file(lake, tmp_path / "r.parquet")
    assert kwh(lake) == {("A", DAY): USE}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("A,2026-03-02,25:00,1", "'2026-03-02 25:00' is not"),
        ("A,,05:00,1", "no date or no time"),
        ("A,2026-03-02,,1", "no"),
    ],
)
def test_a_day_and_time_that_are_none_are_refused_with_their_row(lake, tmp_path, bad, said):
    rows = parted(long(days=1))
    problem = refused(lake, put(tmp_path, "point,date,time,kwh\n" + "\n".join([*rows[:5], bad, *rows[6:]])))
    assert (problem.row, said in problem.what) == (7, True)


@pytest.mark.parametrize("name", ["007", "7", "1e5", "=1+1", "a'b", '""a""', "张三", "nan", "x" * 3000, "A;B"])
def test_a_name_is_kept_as_it_is_written(lake, tmp_path, name):
    rows = [f'"{name}"{row[1:]}' for row in long(days=1)]
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows)))
    assert list(kwh(lake)) == [(name.replace('""', '"'), DAY)]


@pytest.mark.parametrize("name", ["A\nB", "A\x1b[2J"])
@pytest.mark.parametrize("header", [PLAIN, "point,day," + ",".join(f"v{i:02}" for i in range(24)) + "\n"])
def test_a_name_with_a_line_end_in_it_is_refused_as_an_open_quotation_mark(lake, tmp_path, name, header):
    rows = long(days=1) if header == PLAIN else ["A,2026-03-02," + ",".join("1" * 24)]
    path = put(tmp_path, header + "\n".join([*rows, f'"{name}"{rows[-1][1:]}']))
    problem = refused(lake, path, unit="kWh")
    assert (problem.row, problem.field) == (len(rows) + 2, "point")


@pytest.mark.parametrize("stamp", ["9999-12-31T00:00", "0001-01-01T00:00", "1899-12-31T23:00", "2200-01-01T00:00"])
def test_a_year_that_no_meter_saw_is_refused_with_its_row(lake, tmp_path, stamp):
    problem = refused(lake, put(tmp_path, PLAIN + "\n".join([*long(), f"A,{stamp},1"])))
    assert (problem.row, "no time of a reading" in problem.what) == (50, True)
    wide = "point,day," + ",".join(f"v{i:02}" for i in range(24)) + f"\nA,{stamp[:10]}," + ",".join("1" * 24)
    assert refused(lake, put(tmp_path, wide), unit="Wh").row == 2


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("A,2026-03-02T05:00,x", "not a number"),
        ("A,2026-03-02T05:05,1", "no interval"),
        ("A,2026-03-02T05:00", "columns"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_empty_lines_count_as_rows_of_the_file(lake, tmp_path, bad, said, end):
    rows = long(days=1)
    problem = refused(lake, put(tmp_path, end.join([PLAIN[:-1], *rows[:3], "", *rows[3:5], "", "", bad, *rows[6:]])))
    assert (problem.row, said in problem.what) == (10, True)


def test_columns_that_differ_in_capitals_are_refused_and_not_mistaken_for_each_other(lake, tmp_path):
    columns = [["A"] * 24, [dt.datetime(2026, 3, 2, h) for h in range(24)], [2.0] * 24, [1.0] * 24]
    pq.write_table(pa.table(columns, names=["point", "start", "KWH", "kwh"]), tmp_path / "r.parquet")
    assert "capitals" in refused(lake, tmp_path / "r.parquet", columns={"value": "kwh"}).what
    text = "point,start,KWH,kwh\n" + "\n".join(f"{row},1" for row in long())
    assert refused(lake, put(tmp_path, text), columns={"value": "kwh"}).row == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"value": "kwh", "point": "kwh"}, "for two roles"),
        ({"day": "start"}, "no column is known as the time"),
        ({"start": "start", "time": "start"}, "for two roles"),
    ],
)
def test_columns_told_that_cannot_be_meant_are_refused(lake, tmp_path, told, said):
    assert said in refused(lake, put(tmp_path, PLAIN + "\n".join(long())), columns=told).what


def test_a_column_told_that_the_shape_has_no_use_for_is_refused(lake, tmp_path):
    wide = "point,day,note," + ",".join(f"v{i:02}" for i in range(24)) + "\nA,2026-03-02,x," + ",".join("1" * 24)
    assert "none for the start" in refused(lake, put(tmp_path, wide), columns={"start": "note"}, unit="Wh").what


@pytest.mark.parametrize("encoding", ["hex", "base64", "rot13", "nonsense"])
def test_what_is_no_encoding_of_text_is_refused(lake, tmp_path, encoding):
    assert "no encoding" in refused(lake, put(tmp_path, PLAIN + "\n".join(long())), encoding=encoding).what


def test_a_pipe_is_refused_and_not_waited_for(lake, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe" in refused(lake, tmp_path / "pipe").what


@pytest.mark.parametrize("change", [lambda path: path.write_text(PLAIN), lambda path: path.unlink()])
def test_a_file_that_changes_while_it_is_read_is_refused(lake, tmp_path, monkeypatch, change):
    path, recognise = put(tmp_path, PLAIN + "\n".join(long())), importing.recognise

    def then_changed(*given, **told):
        found = recognise(*given, **told)
        change(path)
        return found

    monkeypatch.setattr(importing, "recognise", then_changed)
    assert "changed or vanished" in refused(lake, path).what


def test_a_dry_run_says_the_version_that_the_import_then_makes(lake, tmp_path):
    path = put(tmp_path, PLAIN + "\n".join(long()))
    would = str(readings.import_file(lake, path, dry_run=True))
    assert would.replace("would change", "changed") == str(readings.import_file(lake, path))


def test_a_day_held_at_another_interval_is_refused_however_far_in_it_stands(lake, tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "GROUP", 2)  # points are settled a few at a time, while the first are written
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(("P199",), days=2)), "hourly.csv"))
    many = long([f"P{i:03}" for i in range(200)], days=2, minutes=15)
    before = lake.snapshot().version
    said = refused(lake, put(tmp_path, PLAIN + "\n".join(many), "quarters.csv")).what
    assert said == "the lake has P199 on 2026-03-02 already, every 60 minutes and not 15"
    assert lake.snapshot().version == before
    assert readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(many[:-192]), "others.csv")).points == 199


def test_a_day_held_at_another_interval_is_refused_and_other_days_are_not(lake, tmp_path):
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(("A", "B"), days=2)), "hourly.csv"))
    later = put(tmp_path, PLAIN + "\n".join(long(days=2, minutes=15, first="2026-03-03")), "quarters.csv")
    assert refused(lake, later).what == "the lake has A on 2026-03-03 already, every 60 minutes and not 15"
    readings.import_file(
        lake, put(tmp_path, PLAIN + "\n".join(long(days=2, minutes=15, first="2026-03-04")), "after.csv")
    )
    assert lake.snapshot().slot_counts() == [24, 96]


def test_a_new_lake_takes_the_zone_of_its_first_file(tmp_path):
    plain = long(first="2026-07-01")
    for name, rows, told, zone, first in [
        ("local", plain, {"zone": "Europe/Zurich"}, "Europe/Zurich", dt.date(2026, 6, 30)),
        ("offset", [row.replace(":00,", ":00+02:00,") for row in plain], {}, "UTC", dt.date(2026, 6, 30)),
        ("plain", plain, {}, None, dt.date(2026, 7, 1)),
    ]:
        lake = readings.open_lake(tmp_path / name)
        report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows)), **told)
        assert (lake.zone, report.first, "takes this one" in str(report)) == (zone, first, zone is not None)
        assert lake.snapshot(0).zone is None


def test_stamps_with_an_offset_have_no_place_in_a_lake_of_unnamed_standard_time(lake, tmp_path):
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long()), "plain.csv"))
    rows = [row.replace(":00,", ":00+02:00,") for row in long(first="2026-07-01")]
    path = put(tmp_path, PLAIN + "\n".join(rows), "offset.csv")
    assert "no named zone" in refused(lake, path).what
    readings.import_file(lake, path, zone="Europe/Zurich")
    assert ("A", dt.date(2026, 6, 30)) in kwh(lake)
