"""Demand by contract and by the meter: floors, the three readings of an excess, and the 260 rule."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from basic import lines, month, run, tariff, terms, total, use
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library import rating
from wattloop.library.quantity.dayrows import from_matrix

JUN, JUL = month(2025, 6)
LONG_AGO = dt.date(2020, 1, 1)
READINGS = ("contract-plus-double-excess", "over-limit-plus-double-excess", "double-above-contract")


def peaks(start, end, *tops, wh=1000):
    """Hourly readings with a Wh of their own at noon of some days (counted from 1)."""
    days = np.arange(np.datetime64(start), np.datetime64(end))
    values = np.full((len(days), 24), wh, np.int32)
    for day, top in tops:
        values[day - 1, 12] = top
    return from_matrix(["P1"] * len(days), days, values)


def by_contract(**told):
    rest = {name: told.pop(name) for name in list(told) if name in ("segments", "proration")}
    proration = {"proration": rest.pop("proration")} if "proration" in rest else {}
    price = told.pop("price", "40.8 CNY/kW/month")
    return tariff(demand={"by-contract": {"price": price, **told}, **proration}, **rest)


@pytest.mark.parametrize(("rule", "kilowatts"), list(zip(READINGS, (1500, 1550, 1600), strict=True)))
def test_V23_an_excess_over_the_contract_has_three_readings_each_under_its_own_switch(rule, kilowatts):
    made = terms((LONG_AGO, {"contract-kw": 1000}))
    found = run(by_contract(**{"over-rule": rule}), JUN, JUL, made, peaks(JUN, JUL, (9, 1_300_000)))
    assert total(found, "demand_flat") == kilowatts * Decimal("40.8")


def test_V23_the_default_reading_is_the_bill_explainer_s():
    made = terms((LONG_AGO, {"contract-kw": 1000}))
    found = run(by_contract(), JUN, JUL, made, peaks(JUN, JUL, (9, 1_300_000)))
    assert lines(found, "demand_flat") == [
        ("by-contract", 1, 1000, Decimal("40800.00")),
        ("by-contract", 2, 250, Decimal("20400.00")),
    ]
    assert [(r["price"], r["source"]) for r in found.lines.to_pylist() if r["kind"] == "demand_flat"] == [
        (Decimal("40.8"), "contract"),
        (Decimal("81.6"), "intervals"),
    ]


@pytest.mark.parametrize("rule", READINGS)
def test_up_to_105_percent_of_the_contract_nothing_is_added_under_any_reading(rule):
    made = terms((LONG_AGO, {"contract-kw": 1000}))
    for top in (1000, 300_000, 1_000_000, 1_050_000):
        found = run(by_contract(**{"over-rule": rule}), JUN, JUL, made, peaks(JUN, JUL, (9, top)))
        assert lines(found, "demand_flat") == [("by-contract", 1, 1000, Decimal("40800.00"))]


def test_a_contract_under_forty_percent_of_the_capacity_is_billed_as_that():
    t = by_contract(floor="40 % of capacity")
    made = terms((LONG_AGO, {"contract-kw": 300, "capacity-kva": 1000}))
    # 410 kW are beyond 300 but not beyond 105 % of the 400 billed.
    assert lines(run(t, JUN, JUL, made, peaks(JUN, JUL, (1, 410_000))), "demand_flat") == [
        ("by-contract", 1, 400, Decimal("16320.00"))
    ]
    found = run(t, JUN, JUL, made, peaks(JUN, JUL, (1, 430_000)))
    assert [(tier, kw) for _, tier, kw, _ in lines(found, "demand_flat")] == [(1, 400), (2, 10)]


def test_an_agreement_that_begins_in_mid_month_pays_half_of_it():
    made = terms((dt.date(2025, 6, 16), {"contract-kw": 1000}))
    found = run(by_contract(), JUN, JUL, made, peaks(JUN, JUL, (3, 9_000_000), (20, 1_300_000)))
    # What was metered on 3 June belonged to nobody's agreement.
    assert total(found, "demand_flat") == Decimal("61200.00") / 2


@pytest.mark.parametrize(("over", "amount"), [("bill", 10 + 31 + 20 + 10), ("segment", 10 + 20 + 10)])
def test_a_contract_raised_inside_a_month_meets_the_maximum_of_the_bill_or_of_its_own_days(over, amount):
    t = by_contract(price="1 CNY/kW/month", segments={"demand": over})
    made = terms((LONG_AGO, {"contract-kw": 20}), (dt.date(2025, 6, 16), {"contract-kw": 40}))
    # 52 kW on 20 June exceed 21 by 31 and 42 by 10: over the bill 10 + 31 + 20 + 10, by segment 10 + 20 + 10.
    found = run(t, JUN, JUL, made, peaks(JUN, JUL, (20, 52_000)))
    assert total(found, "demand_flat") == amount


def test_V09d_the_demand_register_s_228_kw_are_billed_as_320_under_the_old_floor():
    made = terms((LONG_AGO, {"capacity-kva": 800}))
    readings = peaks(JUN, JUL, (5, 228_000))
    plain = tariff(demand={"by-actual": {"price": "39 CNY/kW/month"}})
    assert lines(run(plain, JUN, JUL, made, readings), "demand_flat") == [("by-actual", None, 228, Decimal("8892.00"))]
    old = tariff(demand={"by-actual": {"price": "39 CNY/kW/month", "floor": "40 % of capacity"}})
    assert lines(run(old, JUN, JUL, made, readings), "demand_flat") == [("by-actual", None, 320, Decimal("12480.00"))]


def test_each_agreement_is_charged_in_the_way_it_chose():
    t = tariff(
        demand={
            "by-capacity": {"price": "22 CNY/kVA/month"},
            "by-contract": {"price": "35 CNY/kW/month"},
            "by-actual": {"price": "35 CNY/kW/month"},
        }
    )
    for method, amount in (("by-capacity", 2200), ("by-contract", 2800), ("by-actual", 700)):
        made = terms((LONG_AGO, {"capacity-kva": 100, "contract-kw": 80, "demand-method": method}))
        found = run(t, JUN, JUL, made, peaks(JUN, JUL, (5, 20_000)))
        assert lines(found, "capacity", "demand_flat")[0][0] == method
        assert total(found, "capacity", "demand_flat") == amount


def test_an_agreement_that_chose_no_way_is_held_back_and_the_others_are_billed():
    t = tariff(demand={"by-capacity": {"price": 22}, "by-actual": {"price": 35}})
    made = pa.table({"agreement": ["A", "B", "C"], "point": ["P1", "P2", "P3"], "tariff": ["t"] * 3,
                     "demand-method": ["by-actual", None, "by-contract"]})  # fmt: skip
    readings = pa.concat_tables([use(JUN, JUL, 1000, point=point) for point in ("P1", "P2", "P3")])
    found = run(t, JUN, JUL, made, readings)
    assert {r["agreement"] for r in found.lines.to_pylist()} == {"A"}
    assert {e["agreement"]: e["what"] for e in found.exceptions.to_pylist()} == {
        "B": "the tariff charges by-actual or by-capacity, and the agreement's demand-method is not told",
        "C": "the tariff charges by-actual or by-capacity, and the agreement's demand-method is by-contract",
    }


def test_nobody_uses_much_of_no_capacity():
    found = run(intensive(), JUN, JUL, terms((LONG_AGO, {"capacity-kva": 0})), spread(260_000_000))
    assert total(found, "demand_flat") == 500 * 35


def test_the_way_may_change_inside_a_bill():
    t = tariff(demand={"by-capacity": {"price": 30}, "by-actual": {"price": 60}})
    made = terms(
        (LONG_AGO, {"capacity-kva": 100, "demand-method": "by-capacity"}),
        (dt.date(2025, 6, 16), {"capacity-kva": 100, "demand-method": "by-actual"}),
    )
    found = run(t, JUN, JUL, made, peaks(JUN, JUL, (20, 50_000)))
    assert lines(found, "capacity", "demand_flat") == [
        ("by-capacity", None, 100, Decimal("1500.00")),
        ("by-actual", None, 50, Decimal("1500.00")),
    ]


def test_a_maximum_in_days_charged_by_capacity_is_the_bill_s_whoever_else_is_billed():
    """It was, unless somebody's demand went by hours of its own, or the run was a what-if or a re-bill."""
    t = tariff(demand={"by-capacity": {"price": 30}, "by-actual": {"price": 60}})
    hours = {"periods": {"on": "on", "off": "off"}, "days": [{"when": "always", "on": "08:00-20:00", "rest": "off"}]}
    other = tariff(id="other", demand=[{"id": "d", "calendar": hours, "prices": {"on": "3"}}])
    told = {"capacity-kva": 100, "demand-method": "by-capacity"}
    rows = terms((LONG_AGO, told), (dt.date(2025, 6, 16), told | {"demand-method": "by-actual"})).to_pylist()
    alone = pa.Table.from_pylist(rows)
    both = pa.Table.from_pylist([*rows, rows[0] | {"agreement": "B", "point": "P2", "tariff": "other"}])
    readings = pa.concat_tables([peaks(JUN, JUL, (3, 70_000), (20, 50_000)), use(JUN, JUL, 1000, point="P2")])
    for known, made in (([t], alone), ([t, other], both)):
        found = [r for r in run(known, JUN, JUL, made, readings).lines.to_pylist() if r["agreement"] == "A"]
        assert [r["amount"] for r in found if r["kind"] == "demand_flat"] == [70 * 60 // 2]
    amounts = rating.what_if(readings, [t], JUN, JUL, agreements=alone).amounts()
    assert amounts["t"].to_pylist() == [total(run([t], JUN, JUL, alone, readings))]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"capacity-kva": 9}, "no contract demand is agreed on, and by-contract is charged by it"),
        ({"contract-kw": 9}, "no capacity is agreed on, and by-contract has a floor by it"),
    ],
)
def test_a_bill_that_lacks_what_it_is_charged_by_is_held_back_and_named(told, why):
    found = run(by_contract(floor="40 % of capacity"), JUN, JUL, terms((LONG_AGO, told)))
    assert len(found.lines) == 0
    assert [e["what"] for e in found.exceptions.to_pylist()] == [why]


# -- the 260 rule ------------------------------------------------------------------------


def intensive(way="by-actual", **more):
    rule = {"when": "energy >= 260 kWh per kVA", "price-factor": "0.9", "applies-to": [way]}
    return tariff(demand={way: {"price": "35 CNY/kW/month"}, "intensive-use": rule}, **more)


def spread(total, start=JUN, end=JUL):
    """So many Wh over a month, 500 kW at most."""
    days = np.arange(np.datetime64(start), np.datetime64(end))
    slots = len(days) * 24
    values = np.full(slots, total // slots, np.int32)
    values[: total % slots] += 1
    values[5], values[6] = 500_000, values[6] + values[5] - 500_000
    return from_matrix(["P1"] * len(days), days, values.reshape(len(days), 24))


@pytest.mark.parametrize(
    ("kwh", "price"), [("260000", "31.5"), ("259999", "35"), ("259999.5", "31.5"), ("259999.499", "35")]
)
def test_V24_from_260_kwh_per_kva_on_demand_costs_nine_tenths(kwh, price):
    made = terms((LONG_AGO, {"capacity-kva": 1000}))
    t = intensive(rounding={"energy": "1 kWh"})
    (line,) = lines(run(t, JUN, JUL, made, spread(int(Decimal(kwh) * 1000))), "demand_flat")
    assert line == ("by-actual", None, 500, 500 * Decimal(price))


def test_the_capacity_that_counts_is_that_of_the_month_s_days():
    # 500 kVA for 15 days and 1,500 for 15 are 1,000: a change that comes back changes nothing.
    made = terms((LONG_AGO, {"capacity-kva": 500}), (dt.date(2025, 6, 16), {"capacity-kva": 1500}))
    for wh, price in ((260_000_000, "31.5"), (259_999_000, "35")):
        assert total(run(intensive(), JUN, JUL, made, spread(wh)), "demand_flat") == 500 * Decimal(price)


def test_intensive_use_is_told_by_the_capacity_on_all_days_of_the_bill():
    """200,000 kWh are more than 260 per kVA for 20 of June's 30 days, and less than for all of them."""
    first, later = (LONG_AGO, {"tariff": "flat"}), (JUN + dt.timedelta(days=10), {"capacity-kva": 1000})
    known = [intensive(), tariff(id="flat")]
    found = run(known, JUN, JUL, terms(first, later), spread(200_000_000))
    assert [row["what"] for row in found.exceptions.to_pylist()] == [
        "no capacity is agreed on, and intensive use is told by it"
    ]
    told = terms((LONG_AGO, {"tariff": "flat", "capacity-kva": 1000}), later)
    (line,) = (
        r for r in run(known, JUN, JUL, told, spread(200_000_000)).lines.to_pylist() if r["kind"] == "demand_flat"
    )
    assert line["price"] == Decimal("23.3333333333")  # 35 for 20 of 30 days


def test_all_points_of_the_agreement_count_towards_intensive_use():
    rows = terms((LONG_AGO, {"capacity-kva": 1000})).to_pylist()
    made = pa.Table.from_pylist(
        [rows[0] | {"point-tariff": None}, {**rows[0], "point": "P2", "point-tariff": "lighting"}]
    )
    lighting = tariff(id="lighting", energy={"price": "0.7"})
    for wh, price in ((10_000_000, "31.5"), (9_999_000, "35")):
        readings = pa.concat_tables([spread(250_000_000), use(JUN, JUL, total=wh, point="P2")])
        found = run([intensive(), lighting], JUN, JUL, made, readings)
        assert total(found, "demand_flat") == 500 * Decimal(price)


def test_a_contract_s_excess_counts_at_nine_tenths_too():
    made = terms((LONG_AGO, {"capacity-kva": 1000, "contract-kw": 400}))
    found = run(intensive("by-contract"), JUN, JUL, made, spread(260_000_000))
    assert [amount for *_, amount in lines(found, "demand_flat")] == [400 * Decimal("31.5"), 80 * Decimal("63")]


@settings(max_examples=20, deadline=None)
@given(
    days=st.lists(st.integers(2, 60), max_size=4, unique=True).map(sorted),
    way=st.sampled_from(["calendar-days", "thirtieths"]),
    bill=st.sampled_from(["month", "span"]),
    method=st.sampled_from(["by-contract", "by-actual"]),
    over=st.sampled_from(["bill", "segment"]),
)
def test_a_change_that_changes_nothing_changes_no_total(days, way, bill, method, over):
    start, end = dt.date(2025, 2, 1), dt.date(2025, 4, 1)
    rule = {"when": "energy >= 10 kWh per kVA", "price-factor": "0.9", "applies-to": [method]}
    t = tariff(
        demand={method: {"price": "23.37", "floor": "40 % of capacity"}, "intensive-use": rule, "proration": way},
        segments={"demand": over},
    )
    told = {"capacity-kva": "99.5", "contract-kw": "33.3"}
    readings = peaks(start, end, (7, 45_678), (40, 39_001))
    whole = run(t, start, end, terms((LONG_AGO, told)), readings, bill=bill)
    cuts = [(start + dt.timedelta(days=d - 1), told | {"class": str(d)}) for d in days]
    cut = run(t, start, end, terms((LONG_AGO, told | {"class": "0"}), *cuts), readings, bill=bill)
    assert total(cut, "demand_flat") == total(whole, "demand_flat")
