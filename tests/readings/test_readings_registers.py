"""Register readings: what a file of frozen counters comes to, and what of it is refused."""

import datetime as dt
from decimal import Decimal

import pytest
from readings_registers import HEADER, file_of, held

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "Asia/Shanghai")


def taken(lake, tmp_path, *rows, header=HEADER, **told):
    """What a lake holds once it took in a file of these rows."""
    readings.import_file(lake, file_of(tmp_path / "registers.csv", *rows, header=header), **told)
    return held(lake)


def quantities(rows):
    return {(r["point"], r["register"]): r["quantity"] for r in rows}


def test_a_quantity_is_what_the_counter_moved_times_the_multiplier(lake, tmp_path):
    [row] = taken(lake, tmp_path, "P,M,active_in,2026-05-01,2026-06-01,1234.56,1300.11,40,6,")
    assert row == {
        "point": "P", "meter": "M", "register": "active_in", "from": MAY, "to": JUNE,
        "last": Decimal("1234.56"), "this": Decimal("1300.11"), "multiplier": Decimal(40), "digits": 6,
        "quantity": 2_622_000, "rolled": False, "at": None, "revision": 1,
    }  # fmt: skip


def test_half_a_watt_hour_is_rounded_up_and_less_is_not(lake, tmp_path):
    rows = taken(
        lake, tmp_path,
        "A,M,active_in,2026-05-01,2026-06-01,0,0.0005,1,,",
        "B,M,active_in,2026-05-01,2026-06-01,0,0.0004,1,,",
        "C,M,active_in,2026-05-01,2026-06-01,0,0.0001,4.9999,,",
    )  # fmt: skip
    assert [r["quantity"] for r in rows] == [1, 0, 0]


def test_a_demand_is_what_the_register_shows_and_has_no_last_reading(lake, tmp_path):
    [row] = taken(lake, tmp_path, "P,M,demand:peak,2026-05-01,2026-06-01,0.3,0.4321,1000,,2026-05-12 10:15")
    assert (row["quantity"], row["last"]) == (432_100, None)
    assert row["at"] == dt.datetime(2026, 5, 12, 10, 15)


def test_an_exchange_of_the_meter_is_two_rows_with_adjoining_spans(lake, tmp_path):
    rows = taken(
        lake, tmp_path,
        "P,old,active_in,2026-05-01,2026-05-11,9000,9100,1,,",
        "P,new,active_in,2026-05-11,2026-06-01,0,50,2,,",
    )  # fmt: skip
    assert [(r["meter"], r["from"].day, r["quantity"]) for r in rows] == [("old", 1, 100_000), ("new", 11, 100_000)]


@pytest.mark.parametrize(("last", "this", "wh"), [("999990.5", "12.25", 21_750), ("999999.9999", "0", 0)])
def test_a_counter_of_known_digits_rolls_over(lake, tmp_path, last, this, wh):
    [row] = taken(lake, tmp_path, f"P,M,active_in,2026-05-01,2026-06-01,{last},{this},1,6,")
    assert (row["quantity"], row["rolled"]) == (wh, True)


def test_digits_may_be_written_as_places_before_and_after_the_point(lake, tmp_path):
    [row] = taken(lake, tmp_path, "P,M,active_in,2026-05-01,2026-06-01,999990,10,1,6.2,")
    assert (row["quantity"], row["digits"]) == (20_000, 6)


def test_a_register_that_rolled_over_half_its_range_runs_backwards(lake, tmp_path):
    rolled = "P,M,active_in,2026-05-01,2026-06-01,{},{},1,3,"
    [row] = taken(lake, tmp_path, rolled.format("600.0001", "100"))
    assert row["rolled"]
    with pytest.raises(Refused, match="half its range"):
        taken(lake, tmp_path, rolled.format("600", "100"))


@pytest.mark.parametrize(
    ("of_the_day", "to"),
    [
        ("2026-05-31 24:00", JUNE), ("2026/5/31 24:00:00", JUNE), ("2026-05-31T24:00", JUNE), ("20260531 24:00", JUNE),
        ("2026年5月31日24时", JUNE), ("2026年5月31日 24时00分", JUNE), ("31.05.2026 24:00", JUNE),
        ("2026-05-31 23:59:59", JUNE), ("2026-06-01 00:00:00", JUNE), ("2026-06-01", JUNE), ("2026-06-01 09:13", JUNE),
        ("20260531", dt.date(2026, 5, 31)),
    ],
)  # fmt: skip
def test_a_span_ends_at_the_beginning_of_a_day_however_it_is_written(lake, tmp_path, of_the_day, to):
    [row] = taken(lake, tmp_path, f"P,M,active_in,2026-05-01,{of_the_day},0,1,1,,")
    assert row["to"] == to


def test_a_time_of_day_that_is_dropped_is_said(lake, tmp_path):
    path = file_of(tmp_path / "r.csv", "P,M,active_in,2026-05-01 24:00,2026-06-01 09:13,0,1,1,,")
    notes = readings.import_file(lake, path).notes
    assert "the time of day is dropped from 1 row: spans are of whole days" in notes


GOOD = "P,M,active_in,2026-05-01,2026-06-01,100,200,40,6,"


@pytest.mark.parametrize(
    ("bad", "field", "said"),
    [
        (",M,active_in,2026-05-01,2026-06-01,1,2,40,6,", "point", "there is no point"),
        ("P2,,active_in,2026-05-01,2026-06-01,1,2,40,6,", "meter", "there is no meter"),
        ("P2,M,,2026-05-01,2026-06-01,1,2,40,6,", "register", "there is no register"),
        ("P2,M,active,2026-05-01,2026-06-01,1,2,40,6,", "register", "there is no register 'active'"),
        ("P2,M,reactive_in:peak,2026-05-01,2026-06-01,1,2,40,6,", "register", "no register 'reactive_in:peak'"),
        ("P2,M,active_in,,2026-06-01,1,2,40,6,", "from", "there is no from"),
        ("P2,M,active_in,2026-05-01,2026-02-30,1,2,40,6,", "to", "'2026-02-30' is not a date"),
        ("P2,M,active_in,0001-01-01,2026-06-01,1,2,40,6,", "from", "no day of a reading"),
        ("P2,M,active_in,2026-05-01,9999-12-31 24:00,1,2,40,6,", "to", "no day of a reading"),
        ("P2,M,active_in,2026-05-01,2026-05-31 24:30,1,2,40,6,", "to", "'2026-05-31 24:30' is not a date"),
        ("P2,M,active_in,2026-05-01,2026-05-31 10:75,1,2,40,6,", "to", "'2026-05-31 10:75' is not a date"),
        ("P2,M,active_in,2026-05-01,2026-05-31 00:00+08:00,1,2,40,6,", "to", "is not a date"),
        ("P2,M,active_in,2026-06-01,2026-06-01,1,2,40,6,", "to", "not after"),
        ("P2,M,active_in,2026-06-01,2026-05-31 24:00,1,2,40,6,", "to", "not after"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,,40,6,", "this", "there is no this"),
        ("P2,M,active_in,2026-05-01,2026-06-01,,2,40,6,", "last", "there is no last"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2x,40,6,", "this", "'2x' is not a number"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,1e3,40,6,", "this", "'1e3' is not a number"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2.00005,40,6,", "this", "four decimals"),
        ('P2,M,active_in,2026-05-01,2026-06-01,1,"1,234.5",40,6,', "this", "'1,234.5' is not a number"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,-2,40,6,", "this", "below zero"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,200000000000000,40,,", "this", "too large"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2,0,6,", "multiplier", "the multiplier is zero"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2,-40,6,", "multiplier", "below zero"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2,,6,", "multiplier", "there is no multiplier"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2,40,x,", "digits", "does not have x digits"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,2,40,15,", "digits", "does not have 15 digits"),
        ("P2,M,active_in,2026-05-01,2026-06-01,1,1000000,40,6,", "digits", "do not both have 6 digits"),
        ("P2,M,active_in,2026-05-01,2026-06-01,2,1,40,,", "this", "runs backwards from 2 to 1"),
        ("P2,M,active_in,2026-05-01,2026-06-01,500,499,40,6,", "this", "runs backwards from 500 to 499"),
        ("P2,M,active_in,2026-05-01,2026-06-01,0,99999999999999,99999999,,", "this", "more than 64 bits"),
        ("P2,M,demand,2026-05-01,2026-06-01,,2,40,,noon", "at", "'noon' is not a date and time"),
        ("P2,M,demand,2026-05-01,2026-06-01,,2,40,,2026-04-30 23:45", "at", "is not between"),
        ("P2,M,demand,2026-05-01,2026-06-01,,2,40,,2026-06-02 00:15", "at", "is not between"),
        ("P,M,active_in,2026-05-31,2026-07-01,1,2,40,6,", "from", "overlaps in time with row 2"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_right_is_refused_with_its_row_and_field(lake, tmp_path, bad, field, said):
    path = file_of(tmp_path / "registers.csv", GOOD, bad)
    with pytest.raises(Refused) as refused:
        readings.import_file(lake, path)
    assert (refused.value.row, refused.value.field, refused.value.file) == (3, field, str(path))
    assert said in refused.value.what
    assert refused.value.mend
    assert lake.snapshot().version == 0
    assert held(lake) == []
    assert not list(lake.path.glob("**/*.parquet"))


def test_the_first_bad_row_is_the_one_that_is_named(lake, tmp_path):
    late = "P2,M,active_in,2026-05-01,2026-06-01,2,1,40,,"
    early = "P3,M,active_in,2026-05-01,2026-06-01,1,2,0,6,"
    with pytest.raises(Refused, match="multiplier is zero") as refused:
        taken(lake, tmp_path, GOOD, "", early, late)
    assert refused.value.row == 4
    with pytest.raises(Refused, match="runs backwards") as refused:
        taken(lake, tmp_path, GOOD, late, early)
    assert refused.value.row == 3


def test_the_largest_quantity_that_64_bits_hold_is_taken(lake, tmp_path):
    [row] = taken(lake, tmp_path, "P,M,active_in,2026-05-01,2026-06-01,0,92233720368547.7580,100,,")
    assert row["quantity"] == 9_223_372_036_854_775_800
    with pytest.raises(Refused, match="more than 64 bits"):
        taken(lake, tmp_path, "P,M,active_in,2026-05-01,2026-06-01,0,92233720368547.7581,100,,")


def test_a_reading_that_stands_there_twice_alike_counts_once(lake, tmp_path):
    report = readings.import_file(lake, file_of(tmp_path / "r.csv", GOOD, GOOD))
    assert (report.rows, report.new, report.duplicates) == (2, 1, 1)
    assert quantities(held(lake)) == {("P", "active_in"): 4_000_000}


def test_two_meters_of_one_point_may_run_beside_each_other(lake, tmp_path):
    rows = taken(lake, tmp_path, GOOD, GOOD.replace(",M,", ",N,"))
    assert [r["meter"] for r in rows] == ["M", "N"]
