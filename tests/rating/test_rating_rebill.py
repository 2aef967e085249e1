"""What was booked and what should be: the difference, and nothing else."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloop.library import rating, readings, tariffs
from wattloop.library.lake.folding import fold
from wattloop.library.lake.retention import retain
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.file import read_agreements
from wattloop.library.rating.measuring import few_readings

JAN, FEB, MAR, APR = (dt.date(2026, month, 1) for month in (1, 2, 3, 4))


def tariff(name="t", **parts):
    plain = {"id": name, "name": name, "valid_from": "2020-01-01", "currency": "CNY", "energy": {"price": "0.5"}}
    return tariffs.from_plain(plain | parts)


def use(*points, start=JAN, end=APR, kwh=24, slots=24):
    days = np.arange(np.datetime64(start), np.datetime64(end))
    values = np.full((len(points) * len(days), slots), kwh * 1000 // slots, np.int32)
    return from_matrix(np.repeat(points, len(days)).tolist(), np.tile(days, len(points)), values)


def take(lake, table, name):
    file = lake.path.parent / f"{name}.parquet"
    pq.write_table(table.drop_columns(["channel"]), file)
    readings.import_file(lake, file)


@pytest.fixture
def lake(tmp_path):
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    take(lake, use("P1", "P2", "P3"), "first")
    return lake


def agreements(*rows, **more):
    table = dict(zip(("agreement", "point", "tariff"), map(list, zip(*rows, strict=True)), strict=True))
    return pa.table(table | more)


KEYS = ("agreement", "point", "period_start", "period_end", "segment_start", "kind", "component", "tou", "tier")


def sums(lines):
    """Quantity and amount by identity and price, of those that are anything."""
    found = {}
    for row in lines.to_pylist():
        key = tuple(row[k] for k in (*KEYS, "price"))
        quantity, amount = found.get(key, (0, 0))
        found[key] = quantity + row["quantity"], amount + row["amount"]
    return {key: value for key, value in found.items() if any(value)}


def same_as_billed_once(booked, lake, known, start=JAN, end=APR, **terms):
    once = rating.run(lake, known, start, end, **terms)
    assert sums(rating.Booked(booked).lines()) == sums(once.lines)


def test_a_corrected_reading_becomes_a_line_that_names_the_bill_it_corrects(lake, tmp_path):
    rating.book(tmp_path / "b", lake, [tariff()], JAN, APR)
    take(lake, use("P2", start=dt.date(2026, 2, 3), end=dt.date(2026, 2, 4), kwh=48), "late")
    found = rating.rebill(tmp_path / "b", lake, [tariff()])
    (line,) = found.lines.to_pylist()
    assert (line["agreement"], line["period_start"], line["quantity"], line["amount"]) == ("P2", FEB, 24, 12)
    assert line["corrects"] == "P2@2026-02-01..2026-02-28#0"
    assert (found.causes, found.rated, found.run) == ({"readings": 1}, 1, 1)
    same_as_billed_once(tmp_path / "b", lake, [tariff()])


def test_so_many_that_their_readings_are_not_held_in_memory_are_read_by_the_engine(lake, tmp_path, monkeypatch):
    monkeypatch.setattr(few_readings, "HELD", 0)
    rating.book(tmp_path / "b", lake, [tariff()], JAN, APR)
    take(lake, use("P1", "P3", start=FEB, end=dt.date(2026, 2, 4), kwh=48), "late")
    assert rating.rebill(tmp_path / "b", lake, [tariff()]).rated == 2
    same_as_billed_once(tmp_path / "b", lake, [tariff()])


def test_twice_changes_nothing_and_writes_nothing(lake, tmp_path):
    rating.book(tmp_path / "b", lake, [tariff()], JAN, APR)
    take(lake, use("P2", start=FEB, end=dt.date(2026, 2, 4), kwh=48), "late")
    rating.rebill(tmp_path / "b", lake, [tariff()])
    before = sorted(tmp_path.joinpath("b").rglob("*"))
    again = rating.rebill(tmp_path / "b", lake, [tariff()])
    assert (len(again.lines), again.run, again.causes, again.rated) == (0, None, {}, 0)
    assert sorted(tmp_path.joinpath("b").rglob("*")) == before


def test_another_price_reverses_the_line_booked_and_books_the_new_one(lake, tmp_path):
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB)
    dearer = tariff(energy={"price": "0.6"})
    found = rating.rebill(tmp_path / "b", lake, [dearer])
    assert found.causes == {"tariff": 3}
    of_one = [r for r in found.lines.to_pylist() if r["agreement"] == "P1"]
    assert {(r["quantity"], r["price"], r["amount"]) for r in of_one} == {
        (Decimal(-744), Decimal("0.5"), Decimal(-372)),
        (Decimal(744), Decimal("0.6"), Decimal("446.40")),
    }
    same_as_billed_once(tmp_path / "b", lake, [dearer], JAN, FEB)


TWO_PRICES = {
    "calendar": {
        "periods": {"p": "p", "q": "q"},
        "days": [{"when": "always", "p": ["00:00-09:00"], "q": ["09:00-24:00"]}],
    },
    "energy": {"prices": {"p": "0.3", "q": "0.7"}},
}
YEARLY = {
    "tiers": {"over": "year", "pooling": "pro-rata", "steps": [{"up-to": "900 kWh"}, {"add": "0.1"}]},
}


def test_a_month_that_was_folded_does_not_look_changed(lake, tmp_path):
    take(lake, use("P1", start=JAN, end=FEB, kwh=48), "before")
    rating.book(tmp_path / "b", lake, [tariff()], JAN, APR)
    take(lake, use("P2", start=JAN, end=dt.date(2026, 1, 2), kwh=48), "between")
    assert fold(lake, "2026-01")
    take(lake, use("P3", start=dt.date(2026, 1, 5), end=dt.date(2026, 1, 6), kwh=48), "after")
    found = rating.rebill(tmp_path / "b", lake, [tariff()])
    assert set(found.lines["agreement"].to_pylist()) == {"P2", "P3"}
    assert found.rated == 2
    same_as_billed_once(tmp_path / "b", lake, [tariff()])


def test_a_folded_month_is_compared_where_the_versions_in_between_are_gone(lake, tmp_path):
    rating.book(tmp_path / "b", lake, [tariff()], JAN, APR)
    kept = lake.snapshot().version
    take(lake, use("P2", start=JAN, end=dt.date(2026, 1, 2), kwh=48), "between")
    fold(lake, "2026-01")
    retain(lake, [kept])
    found = rating.rebill(tmp_path / "b", lake, [tariff()])
    assert (set(found.lines["agreement"].to_pylist()), found.rated) == ({"P2"}, 1)


def test_the_next_month_s_readings_touch_no_bill_of_this_one(lake, tmp_path):
    known = [tariff(calendar={"zone": "Asia/Shanghai"})]
    rating.book(tmp_path / "b", lake, known, JAN, FEB)
    take(lake, use("P1", start=APR, end=dt.date(2026, 4, 9)), "april")
    take(lake, use("P1", start=FEB, end=MAR, kwh=3), "february")
    assert rating.rebill(tmp_path / "b", lake, known).rated == 0


def test_a_meter_that_begins_after_the_span_is_nobody_new(lake, tmp_path):
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB)
    take(lake, use("P9", start=FEB, end=MAR), "february")
    assert rating.rebill(tmp_path / "b", lake, [tariff()]).causes == {}


def test_where_the_tariff_s_clock_is_another_the_hours_of_the_neighbouring_day_count(lake, tmp_path):
    known = [tariff(calendar={"zone": "Europe/Zurich"})]
    rating.book(tmp_path / "b", lake, known, JAN, FEB)
    take(lake, use("P1", start=FEB, end=dt.date(2026, 2, 2), kwh=48), "february")
    found = rating.rebill(tmp_path / "b", lake, known)
    assert [row["quantity"] for row in found.lines.to_pylist()] == [7]  # Zurich's January ends at 7 in Shanghai
    same_as_billed_once(tmp_path / "b", lake, known, JAN, FEB)


def test_bills_of_the_year_that_count_on_from_a_corrected_month_are_rated_again(lake, tmp_path):
    known = [tariff(**YEARLY)]
    for number, (start, end) in enumerate(((JAN, FEB), (FEB, MAR), (MAR, APR))):
        rating.book(tmp_path / str(number), lake, known, start, end)
    take(lake, use("P1", start=dt.date(2026, 1, 9), end=dt.date(2026, 1, 12), kwh=70), "late")
    for number, (start, end) in enumerate(((JAN, FEB), (FEB, MAR), (MAR, APR))):
        found = rating.rebill(tmp_path / str(number), lake, known)
        assert found.rated == 1
        assert bool(len(found.lines)) == (number < 2)  # in March everything was in the last tier already
        same_as_billed_once(tmp_path / str(number), lake, known, start, end)


def test_a_bill_that_is_gone_is_reversed_and_a_late_one_billed(lake, tmp_path):
    before = agreements(("A", "P1", "t"), ("B", "P2", "t"))
    after = agreements(("A", "P1", "t"), ("C", "P2", "t"), ("D", "P4", "t"))
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB, agreements=before)
    take(lake, use("P4", start=JAN, end=FEB), "unbilled so far")
    found = rating.rebill(tmp_path / "b", lake, [tariff()], agreements=after)
    rows = {r["agreement"]: (r["amount"], r["corrects"]) for r in found.lines.to_pylist()}
    assert rows == {"B": (-372, "B@2026-01-01..2026-01-31#0"), "C": (372, None), "D": (372, None)}
    assert found.causes == {"new agreement": 2, "agreement gone": 1, "readings": 1}
    same_as_billed_once(tmp_path / "b", lake, [tariff()], JAN, FEB, agreements=after)


def test_late_readings_of_an_agreement_that_had_none_are_simply_billed(lake, tmp_path):
    who = agreements(("A", "P1", "t"), ("D", "P4", "t"))
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB, agreements=who)
    take(lake, use("P4", start=JAN, end=FEB), "late")
    found = rating.rebill(tmp_path / "b", lake, [tariff()], agreements=who)
    assert [(r["agreement"], r["corrects"]) for r in found.lines.to_pylist()] == [("D", None)]


def test_terms_announced_for_after_the_span_change_nothing_of_it(lake, tmp_path):
    row, later = ("A", "P1", "t"), ("A", "P1", "u")
    known = [tariff(), tariff("u", energy={"price": "0.9"})]
    rating.book(tmp_path / "b", lake, known, JAN, FEB, agreements=agreements(row))
    both = agreements(row, later, **{"valid-from": [None, FEB]})
    ends = tariff(valid_to="2026-03-31")
    found = rating.rebill(tmp_path / "b", lake, [ends, known[1]], agreements=both)
    assert (found.causes, found.rated) == ({}, 0)


def test_a_change_of_tariff_inside_a_booked_bill_reverses_what_it_no_longer_covers(lake, tmp_path):
    known = [tariff(), tariff("u", **TWO_PRICES)]
    rating.book(tmp_path / "b", lake, known, JAN, MAR, agreements=agreements(("A", "P1", "t"), ("B", "P2", "t")))
    after = agreements(
        ("A", "P1", "t"), ("A", "P1", "u"), ("B", "P2", "t"), **{"valid-from": [None, dt.date(2026, 1, 15), None]}
    )
    found = rating.rebill(tmp_path / "b", lake, known, agreements=after)
    assert (found.causes, found.rated) == ({"terms": 1}, 1)
    same_as_billed_once(tmp_path / "b", lake, known, JAN, MAR, agreements=after)


def test_a_bill_held_back_now_stays_as_booked_and_is_listed(lake, tmp_path):
    before = agreements(("A", "P1", "t"), ("B", "P2", "t"))
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB, agreements=before)
    held = agreements(("A", "P1", "t"), ("A", "P4", "t"), ("B", "P2", "t"))
    found = rating.rebill(tmp_path / "b", lake, [tariff()], agreements=held)
    assert (len(found.lines), found.run) == (0, None)
    assert [(e["agreement"], e["what"]) for e in found.held.to_pylist()] == [("A", "a meter without readings")]


def test_what_is_booked_is_corrected_with_what_it_was_booked_with(lake, tmp_path):
    with pytest.raises(Refused, match="nothing is booked"):
        rating.rebill(tmp_path / "b", lake, [tariff()])
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB)
    with pytest.raises(Refused, match="already"):
        rating.book(tmp_path / "b", lake, [tariff()], FEB, MAR)
    with pytest.raises(Refused, match="each point by itself"):
        rating.rebill(tmp_path / "b", lake, [tariff()], agreements=agreements(("A", "P1", "t")))
    with pytest.raises(Refused, match="version 1 of the lake, and this is 0"):
        rating.rebill(tmp_path / "b", lake.snapshot(0), [tariff()])
    with pytest.raises(TypeError, match="booked from a lake"):
        rating.book(tmp_path / "c", use("P1"), [tariff()], JAN, FEB)


def test_a_dry_run_finds_the_difference_and_books_nothing(lake, tmp_path):
    rating.book(tmp_path / "b", lake, [tariff()], JAN, FEB)
    take(lake, use("P1", start=JAN, end=dt.date(2026, 1, 2), kwh=48), "late")
    found = rating.rebill(tmp_path / "b", lake, [tariff()], dry_run=True)
    assert (len(found.lines), found.run, len(rating.Booked(tmp_path / "b").runs)) == (1, None, 1)


def test_a_span_that_is_refused_books_nothing(lake, tmp_path):
    with pytest.raises(Refused):
        rating.book(tmp_path / "b", lake, [tariff()], dt.date(2020, 1, 1), dt.date(2020, 2, 1))
    with pytest.raises(Refused, match="nothing is booked"):
        rating.Booked(tmp_path / "b")


def test_a_coarser_rounding_of_money_reverses_what_was_booked_to_the_last_digit(lake, tmp_path):
    fine = tariff(energy={"price": "0.50001"}, rounding={"money": "0.0001"})
    coarse = tariff(energy={"price": "0.50001"})
    rating.book(tmp_path / "b", lake, [fine], JAN, FEB)
    rating.rebill(tmp_path / "b", lake, [coarse])
    same_as_billed_once(tmp_path / "b", lake, [coarse], JAN, FEB)
    assert not len(rating.rebill(tmp_path / "b", lake, [coarse]).lines)


def test_the_same_table_of_agreements_is_asked_for_those_concerned_alone(lake, tmp_path):
    who = agreements(
        ("A", "P1", "t"), ("B", "P2", "t"), ("B", "P3", "t"), **{"point-tariff": [None, None, "u"]}
    )  # fmt: skip
    known = [tariff(), tariff("u", energy={"price": "0.9"})]
    rating.book(tmp_path / "b", lake, known, JAN, FEB, agreements=who)
    dearer = [tariff(), tariff("u", energy={"price": "0.8"})]
    found = rating.rebill(tmp_path / "b", lake, dearer, agreements=who)
    assert (found.causes, found.rated) == ({"tariff": 1}, 1)
    take(lake, use("P3", start=JAN, end=dt.date(2026, 1, 2), kwh=48), "late")
    found = rating.rebill(tmp_path / "b", lake, dearer, agreements=who)
    assert (found.causes, found.rated, found.lines["point"].to_pylist()) == ({"readings": 1}, 1, ["P3"])
    same_as_billed_once(tmp_path / "b", lake, dearer, JAN, FEB, agreements=who)


def test_transformers_that_stay_as_they_are_change_nobodys_terms(lake, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "agreement: A\n"
        "points: [{point: P1}]\n"
        "transformers: [{id: T1, capacity: 400 kVA}, {id: T2, capacity: 200 kVA, states: ["
        "{from: 2025-01-01, is: running}, {from: 2026-01-09, is: sealed}]}]\n"
        "versions: [{tariff: t, demand-method: by-capacity}]\n",
        encoding="utf-8",
    )
    known = [tariff(demand={"by-capacity": {"price": "22 CNY/kVA/month"}})]
    made = read_agreements(tmp_path / "a.yaml")
    booked = rating.book(tmp_path / "booked", lake, known, JAN, FEB, agreements=made)
    assert booked.bills == 1
    assert rating.rebill(tmp_path / "booked", lake, known, agreements=made).causes == {}
    text = (tmp_path / "a.yaml").read_text(encoding="utf-8").replace("2026-01-09", "2026-01-10")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    later = rating.rebill(tmp_path / "booked", lake, known, agreements=read_agreements(tmp_path / "a.yaml"))
    assert later.causes == {"terms": 1}
    assert sum(later.bills()["amount"].to_pylist()) == Decimal("141.94")  # 200 kVA × 22 ÷ 31, a day more
