"""Long files: whatever the order and the stamps, the same day-rows, or one refusal with its row."""

import datetime as dt
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.quantity.dayrows import matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import long_pass, probing
from wattloop.library.readings.long_form import RESTART, read_long
from wattloop.library.readings.pivot import Tally
from wattloop.library.readings.recognise import recognise

HEADER = "point,start,kwh"
FIRST = dt.datetime(2026, 1, 1)


def lines(points=("A", "B"), days=2, step=15, first=FIRST, form="%Y-%m-%d %H:%M:%S"):
    return [
        f"{p},{(first + dt.timedelta(minutes=i * step)).strftime(form)},{(i * 7 + n) % 100 / 100}"
        for n, p in enumerate(points)
        for i in range(days * 1440 // step)
    ]


def written(folder, rows, header=HEADER):
    path = folder / "readings.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path, *, zone=None, offset=0, tally=None, **told):
    staging = path.parent / "staging"
    staging.mkdir(exist_ok=True)
    found, tables = recognise(path, **told), []
    for table in read_long(found, offset=offset, zone=zone, staging=staging, tally=tally or Tally()):
        tables = [] if table is RESTART else [*tables, table]
    return pa.concat_tables(tables), found


def refused(path, **told):
    with pytest.raises(Refused) as caught:
        read(path, **told)
    assert caught.value.file == str(path)
    return caught.value


@pytest.fixture
def small_batches(monkeypatch):
    """The engine hands on 2,048 rows at a time, so that runs are parted between batches."""
    monkeypatch.setattr(long_pass, "BATCH", 2048)


def days_of(table):
    return list(zip(table["point"].to_pylist(), table["day"].to_pylist(), strict=True))


def test_rows_come_sorted_and_hold_what_the_file_says(tmp_path):
    table, found = read(written(tmp_path, lines()))
    values, valid = matrix(table, 96)
    assert found.slots == 96
    assert days_of(table) == [(p, dt.date(2026, 1, d)) for p in "AB" for d in (1, 2)]
    assert valid.all()
    assert values[3, 95] == ((191 * 7 + 1) % 100) * 10


@pytest.mark.parametrize("order", ["shuffled", "by time", "backwards", "points backwards", "by day"])
def test_any_order_of_rows_gives_the_same_day_rows(tmp_path, order, small_batches):
    rows = lines(points=("A", "B", "C", "D10", "D9"), days=12)
    expected, _ = read(written(tmp_path, rows))
    mixed = {
        "shuffled": random.Random(3).sample(rows, len(rows)),
        "by time": sorted(rows, key=lambda r: r.split(",")[1]),
        "backwards": rows[::-1],
        "points backwards": sorted(rows, key=lambda r: r.split(",")[0], reverse=True),
        "by day": sorted(rows, key=lambda r: (r.split(",")[1][:10], r.split(",")[0])),
    }[order]
    tally = Tally()
    table, found = read(written(tmp_path, mixed), tally=tally)
    assert table.equals(expected)
    assert tally.rows == len(rows)
    whole_days = order in ("backwards", "points backwards", "by day")
    assert [n for n in found.notes if "sorted on the way" in n] == [
        "not sorted by point and day: days sorted on the way"
        if whole_days
        else "not sorted by point and time: readings sorted on the way"
    ]


def test_a_day_in_two_places_far_apart_is_put_together(tmp_path, small_batches):
    rows = lines(points=[f"P{i:03}" for i in range(40)], days=2)
    expected, _ = read(written(tmp_path, rows))
    moved = [*rows[40:], *rows[:40]]
    table, _ = read(written(tmp_path, moved))
    assert table.equals(expected)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([60, 30, 15, 10, 5]), keep=st.floats(0.6, 1))
def test_gaps_stay_empty_and_the_sum_is_kept(tmp_path_factory, seed, step, keep):
    chance = random.Random(seed)
    rows = [r for r in lines(days=3, step=step) if chance.random() < keep]
    chance.shuffle(rows)
    table, found = read(written(tmp_path_factory.mktemp("gaps"), rows), slots=1440 // step)
    values, valid = matrix(table, found.slots)
    assert valid.sum() == len(rows)
    assert values.sum() == sum(round(float(r.rsplit(",", 1)[1]) * 1000) for r in rows)


@pytest.mark.parametrize(
    "form",
    ["%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d %H:%M", "%Y年%m月%d日 %H:%M", "%d.%m.%Y %H:%M"],
)
def test_stamps_are_read_in_the_forms_that_systems_write(tmp_path, form):
    expected, _ = read(written(tmp_path, lines()))
    assert read(written(tmp_path, lines(form=form)))[0].equals(expected)


def test_stamps_with_an_offset_come_into_the_lakes_standard_time(tmp_path):
    rows = lines(points=("A",), days=1, first=FIRST - dt.timedelta(hours=8), form="%Y-%m-%dT%H:%M:%SZ")
    table, found = read(written(tmp_path, rows), offset=480)
    assert found.zoned
    assert days_of(table) == [("A", dt.date(2026, 1, 1))]


@pytest.mark.parametrize(
    "late", ["2026-01-03T00:00:00+08:00", "2026-01-03 00:00:00Z", "2026-01-03 00:00:00-05", "2026-01-03 00:00+08"]
)
def test_one_stamp_with_an_offset_among_stamps_without_is_refused(tmp_path, late):
    problem = refused(written(tmp_path, [*lines(), f"B,{late},1"]))
    assert (problem.row, problem.field) == (386, "start")
    assert "carries an offset" in problem.what


def test_one_stamp_without_an_offset_among_stamps_with_is_refused(tmp_path):
    rows = lines(form="%Y-%m-%d %H:%M:%S+08:00")
    problem = refused(written(tmp_path, [*rows, "B,2026-01-03 00:00:00,1"]))
    assert (problem.row, "carries no offset" in problem.what) == (386, True)


def test_a_stamp_at_the_end_of_its_interval_is_moved_to_its_start(tmp_path):
    rows = lines(points=("A",), days=1, first=FIRST + dt.timedelta(minutes=15))
    rows[-1] = rows[-1].replace("2026-01-02 00:00:00", "2026-01-01 24:00:00")
    table, _ = read(written(tmp_path, rows, header="meter,interval_end,kwh"))
    assert days_of(table) == [("A", dt.date(2026, 1, 1))]
    assert matrix(table, 96)[1].all()


def test_average_power_becomes_energy(tmp_path):
    table, _ = read(written(tmp_path, ["A,2026-01-01 00:00,2", "A,2026-01-01 00:15,0.002"], header="point,start,kW"))
    assert matrix(table, 96)[0][0, :2].tolist() == [500, 1]


@pytest.mark.parametrize("word", ["", "null", "NULL", "NaN", "--"])
def test_words_for_no_reading_leave_the_slot_empty(tmp_path, word):
    tally = Tally()
    table, _ = read(written(tmp_path, [*lines(), f"B,2026-01-03 00:00:00,{word}"]), tally=tally)
    assert matrix(table, 96)[1].sum() == 384
    assert tally.empty == 1


def test_a_reading_given_twice_alike_counts_once(tmp_path):
    rows, tally = lines(), Tally()
    table, _ = read(written(tmp_path, [*rows, rows[5]]), tally=tally)
    assert tally.duplicates == 1
    assert table.equals(read(written(tmp_path, rows))[0])


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_reading_given_twice_with_other_values_is_refused_with_the_later_row(tmp_path, shuffle):
    rows = lines()
    twin = rows[50].rsplit(",", 1)[0] + ",99"
    if shuffle:
        random.Random(1).shuffle(rows)
    problem = refused(written(tmp_path, [*rows, twin]))
    assert problem.row == 386
    assert "99.0" in problem.what


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("A,2026-01-03 00:07:00,1", "00:07:00 begins no interval of 15 minutes"),
        ("A,2026-01-03 00:00:30,1", "00:00:30 begins no interval"),
        ("A,2026-02-30 00:00:00,1", "is not a date and time"),
        ("A,infinity,1", "is not a date and time"),
        ("A,,1", "there is no start"),
        (",2026-01-03 00:00:00,1", "there is no point"),
        ("A,2026-01-03 00:00:00,abc", "'abc' is not a number"),
        ("A,2026-01-03 00:00:00,inf", "more than one interval can hold"),
        ("A,2026-01-03 00:00:00,2200000", "more than one interval can hold"),
        ("A,2026-01-03 00:00:00", "header's columns"),
        ("A,2026-01-03 00:00:00,1,2", "header's columns"),
        ('A,"2026-01-03 00:00:00,1', "quotation mark"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(tmp_path, bad, said, shuffle):
    rows = lines()
    if shuffle:
        random.Random(5).shuffle(rows)
    problem = refused(written(tmp_path, [*rows[:200], bad, *rows[200:]]))
    assert said in problem.what
    assert problem.row == 202


def test_hourly_points_among_quarter_hourly_ones_are_refused_even_with_gaps(tmp_path):
    hourly = [r for i, r in enumerate(lines(points=("Q",), step=60)) if i % 7]
    problem = refused(written(tmp_path, [*lines(), *hourly]))
    assert "two intervals" in problem.what
    assert problem.row == 386


def test_a_point_that_changes_its_interval_half_way_is_refused(tmp_path):
    later = lines(points=("B",), step=60, first=FIRST + dt.timedelta(days=2))
    problem = refused(written(tmp_path, [*lines(), *later]))
    assert (problem.row, "every 60" in problem.what) == (386, True)


def test_quarter_hours_among_hours_are_refused(tmp_path):
    finer = lines(points=("Q",), days=1)
    problem = refused(written(tmp_path, [*lines(days=10, step=60), *finer]))
    assert problem.row == 2 + 480 + 1


def test_a_quarter_hourly_meter_that_lost_most_of_a_day_is_not_taken_for_another_interval(tmp_path):
    rows = [r for i, r in enumerate(lines(points=("A",), days=2)) if i < 96 or i % 96 in (3, 9, 10, 40, 41, 70)]
    assert matrix(read(written(tmp_path, rows))[0], 96)[1].sum() == 96 + 6


def test_the_interval_is_found_where_the_first_readings_are_of_one_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(probing, "_READINGS", 30)
    rows = sorted(lines(points=[f"P{i:02}" for i in range(50)]), key=lambda r: r.split(",")[1])
    assert read(written(tmp_path, rows))[1].slots == 96


def test_an_interval_that_no_day_has_is_refused(tmp_path):
    assert "7 minutes apart" in refused(written(tmp_path, lines(days=1, step=7))).what


def test_progress_ends_at_the_rows_expected(tmp_path, small_batches):
    path, told = written(tmp_path, lines(days=30)), []
    found = recognise(path)
    for _ in read_long(
        found, offset=0, zone=None, staging=tmp_path, tally=Tally(), progress=lambda *at: told.append(at)
    ):
        pass
    assert told[-1] == (5760, 5760)
    assert {total for _, total in told} == {5760}
