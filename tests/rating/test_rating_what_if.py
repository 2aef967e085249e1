"""What everybody would pay under other tariffs: what a bill run would come to, without its lines."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from drawn import case
from hypothesis import HealthCheck, event, given, settings
from test_rating_rebill import APR, FEB, JAN, MAR, TWO_PRICES, YEARLY, agreements, take, tariff, use
from test_rating_reference import compiled, phases, rows_of

from wattloop.library import rating, readings
from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.compiled import CapacityCharge

CHEAP, DEAR = tariff("cheap", energy={"price": "0.4"}), tariff("dear", energy={"price": "0.6"})


def totals(lines):
    found = lines.select(["agreement", "amount"]).to_pylist()
    names = {row["agreement"] for row in found}
    return {name: sum(row["amount"] for row in found if row["agreement"] == name) for name in names}


def amounts(found, tariff):
    return dict(zip(found.names.to_pylist(), found.amounts()[tariff].to_pylist(), strict=True))


def test_amounts_are_those_of_a_run_with_tiers_demand_zones_and_a_year_behind(tmp_path):
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    take(lake, use("P1", "P2", "P3"), "first")
    take(lake, use("P2", start=FEB, end=dt.date(2026, 2, 9), kwh=70), "late")
    in_order = {"over": "month", "pooling": "in-time-order", "steps": [{"up-to": "300 kWh"}, {"add": "1"}]}
    known = [
        tariff("plain"), tariff("two", **TWO_PRICES, **YEARLY), tariff("far", calendar={"zone": "Europe/Zurich"}),
        tariff("peak", **TWO_PRICES, demand=[{"id": "d", "prices": {"p": "3", "q": "4"}, "block": "180 min"}]),
        tariff("order", tiers=in_order),
    ]  # fmt: skip
    found = rating.what_if(lake, known, FEB, APR)
    for one in known:
        assert amounts(found, one.id) == totals(rating.rate(lake, one, FEB, APR))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
@given(case(), case())
def test_whatever_two_tariffs_bill_they_come_to_the_same_in_one_scan(tmp_path_factory, one, other):
    rows = rows_of(one.use(), one.zone)
    known, once = [], []
    for name, drawn in (("one", one), ("other", other)):
        try:
            plain = {k: v for k, v in drawn.plain.items() if k not in ("valid_from", "valid_to")}
            made = compiled({**plain, "id": name, "valid_from": "2020-01-01"}, tmp_path_factory.mktemp("drawn"))
            once.append(rating.rate(rows, made, one.start, one.end, bill=one.bill))
        except Refused:
            event("refused")
            continue
        known.append(made)
    if not known or len({made.currency for made in known}) > 1:
        return
    found = rating.what_if(rows, known, one.start, one.end, bill=one.bill)
    for made, lines in zip(known, once, strict=True):
        assert {k: v for k, v in amounts(found, made.id).items() if v} == {k: v for k, v in totals(lines).items() if v}


def population():
    rows = pa.concat_tables([use("P1", end=FEB, kwh=48), use("P2", "P3", end=FEB, kwh=24), use("P4", end=FEB, kwh=6)])
    who = agreements(
        ("A1", "P1", "flat"), ("A2", "P2", "flat"), ("A3", "P3", "dear"), ("A4", "P4", "flat"),
        **{"class": ["shop", "home", "home", "home"]},
    )  # fmt: skip
    return rows, who, [tariff("flat"), DEAR]


def test_winners_and_losers_by_class_and_decile_revenue_and_the_best_for_each():
    rows, who, current = population()
    base = tariff("base", energy={"price": "0.45"}, fixed=[{"id": "meter", "price": "10 CNY/month"}])
    found = rating.what_if(rows, [base, CHEAP], JAN, FEB, agreements=who, current=current)
    by_class = found.by_class("base").to_pylist()
    assert [(r["class"], r["agreements"], r["winners"], r["losers"]) for r in by_class] == [
        ("home", 3, 2, 1),
        ("shop", 1, 1, 0),
    ]
    # 744 kWh: 372 → 344.80 and 446.40 → 344.80; 186 kWh: 93 → 93.70; 1488 kWh: 744 → 679.60.
    assert [r["difference"] for r in by_class] == [Decimal("-128.10"), Decimal("-64.40")]
    assert {r["tariff"]: r["difference"] for r in found.revenue().to_pylist()} == {
        "current": 0, "base": Decimal("-192.50"), "cheap": Decimal("-390.60"),
    }  # fmt: skip
    deciles = found.by_decile("base").to_pylist()
    assert [(r["decile"], r["losers"]) for r in deciles] == [(1, 1), (3, 0), (6, 0), (8, 0)]
    best = {r["agreement"]: (r["tariff"], r["saves"]) for r in found.best().to_pylist()}
    assert best["A3"] == ("cheap", Decimal("148.80"))


def test_a_shadow_run_tells_the_difference_of_each_agreement_by_kind_of_charge():
    rows, who, current = population()
    new = tariff("flat", energy={"price": "0.45"}, fixed=[{"id": "meter", "price": "10 CNY/month"}])
    found = rating.shadow(rows, new, JAN, FEB, agreements=who, current=current)
    assert found.kinds("flat").to_pylist() == [
        {"agreement": "A1", "difference": Decimal("-64.40"), "energy": Decimal("-74.40"), "fixed": 10},
        {"agreement": "A2", "difference": Decimal("-27.20"), "energy": Decimal("-37.20"), "fixed": 10},
        {"agreement": "A4", "difference": Decimal("0.70"), "energy": Decimal("-9.30"), "fixed": 10},
    ]


def test_a_tariff_asking_for_terms_an_agreement_has_not_leaves_it_out():
    rows, who, _ = population()
    methods = ("by-capacity", "by-actual")
    charges = tuple(CapacityCharge("c", Decimal(23), "calendar-days", "capacity", method) for method in methods)
    choice = replace(tariff("choice"), capacity=charges)
    chosen = pa.array(["by-capacity", None, None, None])
    who = who.append_column("demand-method", chosen).append_column("capacity-kva", pa.array([100] * 4))
    found = rating.what_if(rows, [choice], JAN, FEB, agreements=who)
    assert pc.is_null(found.amounts()["choice"]).to_pylist() == [False, True, True, True]


def test_what_cannot_be_compared_is_refused_by_name():
    rows, who, current = population()
    with pytest.raises(Refused, match="in CNY and EUR cannot be compared"):
        rating.what_if(rows, [CHEAP, tariff("e", currency="EUR")], JAN, FEB, agreements=who)
    found = rating.what_if(rows, [CHEAP], JAN, FEB, agreements=who)
    with pytest.raises(Refused, match="nothing to compare with"):
        found.by_class("cheap")
    with pytest.raises(Refused, match="no agreement has the tariff cheap"):
        rating.shadow(rows, CHEAP, JAN, MAR, agreements=who, current=current)
