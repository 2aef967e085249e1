"""What is billed is an agreement: whose readings, under which tariff, and what is said where that does not fit."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloop.library import rating, readings, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused

JAN, FEB, MAR = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)


def tariff(name="t", **parts):
    plain = {"id": name, "name": name, "valid_from": "2020-01-01", "currency": "CNY", "energy": {"price": "0.5"}}
    return tariffs.from_plain(plain | parts)


def use(*points, start=JAN, end=FEB, slots=24):
    days = np.arange(np.datetime64(start), np.datetime64(end))
    values = np.full((len(points) * len(days), slots), 24_000 // slots, np.int32)
    return from_matrix(np.repeat(points, len(days)).tolist(), np.tile(days, len(points)), values)


def agreements(*rows):
    return pa.table(dict(zip(("agreement", "point", "tariff"), map(list, zip(*rows, strict=True)), strict=True)))


def lake_of(folder, *tables):
    lake = readings.open_lake(folder / "lake")
    for number, table in enumerate(tables):
        pq.write_table(table.drop_columns(["channel"]), folder / f"{number}.parquet")
        readings.import_file(lake, folder / f"{number}.parquet")
    return lake


def test_a_bill_and_an_exception_carry_the_agreement_s_name_rather_than_the_point_s():
    made = agreements(("A-1", "P1", "dear"), ("A-2", "P2", "cheap"), ("A-3", "P3", "cheap"))
    known = [tariff("cheap"), tariff("dear", energy={"price": "0.9"})]
    found = rating.run(use("P1", "P2"), known, JAN, FEB, agreements=made)
    prices = {r["agreement"]: r["price"] for r in found.lines.to_pylist()}
    assert prices == {"A-1": Decimal("0.9"), "A-2": Decimal("0.5")}
    assert [(e["agreement"], e["what"]) for e in found.exceptions.to_pylist()] == [("A-3", "no readings")]


def test_without_a_column_of_agreements_each_point_is_one():
    table = agreements(("A-1", "P1", "t")).drop_columns(["agreement"])
    assert rating.run(use("P1"), [tariff()], JAN, FEB, agreements=table).lines["agreement"].to_pylist() == ["P1"]


WRONG = {
    "point P1 stands in two rows": agreements(("A-1", "P1", "t"), ("A-2", "P1", "t")),
    "agreement A-1 names the tariff u, which is not given. Known here: t": agreements(("A-1", "P1", "u")),
    "row 2 of the agreements has no point": agreements(("A-1", "P1", "t"), ("A-2", None, "t")),
    "row 1 of the agreements has no tariff": agreements(("A-1", "P1", None)),
    "row 1 of the agreements has no agreement": agreements(("", "P1", "t")),
    "no column 'tariff'": pa.table({"point": ["P1"]}),
}


@pytest.mark.parametrize("said", WRONG)
def test_agreements_that_do_not_fit_are_refused_by_name(said):
    with pytest.raises(Refused, match=said):
        rating.run(use("P1", "P2"), [tariff()], JAN, FEB, agreements=WRONG[said])


def test_two_tariffs_of_one_name_are_refused():
    known = [tariff(), tariff(energy={"price": "9"})]
    with pytest.raises(Refused, match="two tariffs are called t"):
        rating.run(use("P1"), known, JAN, FEB, agreements=agreements(("A", "P1", "t")))
    with pytest.raises(Refused, match="no tariff is given"):
        rating.run(use("P1"), [], JAN, FEB)


def test_an_agreement_with_some_of_its_readings_is_billed_on_them_and_named():
    found = rating.run(use("P1", end=dt.date(2026, 1, 6)), [tariff()], JAN, FEB)
    assert [r["quantity"] for r in found.lines.to_pylist()] == [120]
    exception = found.exceptions.to_pylist()
    assert [(e["agreement"], e["what"], e["found"], e["expected"]) for e in exception] == [
        ("P1", "incomplete readings", 120, 744)
    ]


def test_a_span_without_readings_is_refused_and_leaves_no_file(tmp_path):
    for rows, span in ((use("P1"), (FEB, MAR)), (use("P1").slice(0, 0), (JAN, FEB)), (lake_of(tmp_path), (JAN, FEB))):
        with pytest.raises(Refused, match="there are no readings of active energy from"):
            rating.run(rows, [tariff()], *span, out=tmp_path / "lines.parquet")
    with pytest.raises(Refused, match="there are no readings"):
        rating.run(lake_of(tmp_path), [tariff()], JAN, FEB, agreements=agreements(("A", "P1", "t")))
    assert list(tmp_path.glob("*lines*")) == []


@pytest.mark.parametrize("bill", ["month", "span"])
@pytest.mark.parametrize(
    ("start", "end", "error"),
    [
        (FEB, JAN, ValueError),
        (JAN, JAN, ValueError),
        (dt.datetime(2026, 1, 1), FEB, TypeError),
        (JAN, "2026-02-01", TypeError),
    ],
)
def test_a_span_that_is_none_is_an_error_of_the_caller_s(start, end, error, bill):
    with pytest.raises(error, match="span"):
        rating.rate(use("P1"), tariff(), start, end, bill=bill)


def test_what_is_neither_readings_nor_tariff_is_said_to_be_so():
    with pytest.raises(TypeError, match="readings are an open lake"):
        rating.rate("lake", tariff(), JAN, FEB)
    with pytest.raises(TypeError, match=r"tariffs\.load"):
        rating.rate(use("P1"), "tariff.yaml", JAN, FEB)


def test_rows_of_fractions_or_without_a_day_are_refused():
    rows = use("P1")
    with pytest.raises(Refused, match="slot v00 holds double, not whole Wh"):
        rating.rate(rows.set_column(3, "v00", pa.array([0.5] * len(rows))), tariff(), JAN, FEB)
    with pytest.raises(Refused, match="there is no day"):
        rating.rate(rows.set_column(2, "day", pa.nulls(len(rows), pa.date32())), tariff(), JAN, FEB)


def test_a_lake_of_two_intervals_bills_each_point_by_its_own(tmp_path):
    lake = lake_of(tmp_path, use("P1"), use("P2", slots=96))
    lines = rating.rate(lake, tariff(), JAN, FEB)
    assert {r["agreement"]: r["quantity"] for r in lines.to_pylist()} == {"P1": 744, "P2": 744}
    made = agreements(("A-2", "P2", "t"), ("A-1", "P1", "t"), ("A-9", "P9", "t"))
    found = rating.run(lake, [tariff()], JAN, FEB, agreements=made)
    assert sorted(r["agreement"] for r in found.lines.to_pylist()) == ["A-1", "A-2"]
    assert [(e["agreement"], e["what"]) for e in found.exceptions.to_pylist()] == [("A-9", "no readings")]


def test_a_point_of_two_intervals_is_refused_rather_than_billed_twice(tmp_path):
    half = dt.date(2026, 1, 16)
    lake = lake_of(tmp_path, use("P1", end=half), use("P1", start=half, slots=96))
    for made in (None, agreements(("A-1", "P1", "t"))):
        with pytest.raises(Refused, match="point P1 has readings of two intervals, 60 and 15 minutes"):
            rating.run(lake, [tariff()], JAN, FEB, agreements=made)


def test_a_meter_exchanged_for_another_interval_does_not_lose_the_year_s_tiers(tmp_path):
    lake = lake_of(tmp_path, use("P1"), use("P1", start=FEB, end=MAR, slots=96))
    steps = [{"up-to": "800 kWh"}, {"add": "0.1"}]
    yearly = tariff(tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps})
    with pytest.raises(Refused, match="point P1 has readings of two intervals"):
        rating.rate(lake, yearly, dt.date(2026, 2, 2), MAR)
    # A tariff that does not look back has no need of January.
    assert rating.rate(lake, tariff(), dt.date(2026, 2, 2), MAR)["quantity"].to_pylist() == [648]


def test_a_capacity_may_be_a_column_of_whole_numbers():
    made = agreements(("A-1", "P1", "t")).append_column("capacity-kva", pa.array([630], pa.int64()))
    assert len(rating.run(use("P1"), [tariff()], JAN, FEB, agreements=made).lines) == 1


def test_a_block_finer_than_the_readings_holds_its_agreement_back_and_bills_the_others(tmp_path):
    who = {"FINE": "works", "COARSE": "works", "LADDER": "ladder", "HOUSE": "house"}
    made = agreements(*((name, f"P{at}", named) for at, (name, named) in enumerate(who.items(), start=1)))
    rows = [use("P1", slots=96), use("P2", "P3", "P4")]
    works = tariff("works", demand={"by-actual": {"price": "35 CNY/kW/month", "block": "15 min"}})
    ladder = tariff("ladder", demand=[{"id": "peak", "price": "1 CNY/kW/month", "block": "15 min"}])
    found = rating.run(lake_of(tmp_path, *rows), [works, ladder, tariff("house")], JAN, FEB, agreements=made)
    assert set(found.lines["agreement"].to_pylist()) == {"FINE", "HOUSE"}
    why = "demand over blocks of 15 minutes cannot be had from readings of 60 minutes"
    told = [(r["agreement"], r["what"]) for r in found.exceptions.to_pylist()]
    assert sorted(told) == [("COARSE", why), ("LADDER", why)]


def test_blocks_that_a_period_cuts_in_two_hold_the_agreement_back():
    half = {"periods": {"a": "a", "b": "b"}, "days": [{"when": "always", "a": "09:00-12:00", "rest": "b"}]}
    works = tariff("works", calendar=half, demand=[{"id": "peak", "price": "1 CNY/kW/month", "block": "120 min"}])
    made = agreements(("WORKS", "P1", "works"), ("HOUSE", "P2", "house"))
    found = rating.run(use("P1", "P2"), [works, tariff("house")], JAN, FEB, agreements=made)
    assert set(found.lines["agreement"].to_pylist()) == {"HOUSE"}
    assert "do not fit the time-of-use periods" in found.exceptions["what"].to_pylist()[0]
