"""What a bill's explanation says: of energy, tiers, demand, capacity, fixed charges, minimums and shares."""

import datetime as dt
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from cut import two_owners

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.explanation.formulas import evaluate
from wattloop.library.rating.explanation.grounds import KNOWN
from wattloop.library.rating.explanation.kinds import BY_KIND
from wattloop.library.tariffs.compiled import CapacityCharge, Kind

JAN, FEB, MAR, MAY = (dt.date(2026, month, 1) for month in (1, 2, 3, 5))
CALENDAR = {
    "zone": "Asia/Shanghai",
    "periods": {"peak": {"zh": "峰", "en": "peak"}, "valley": {"zh": "谷", "en": "valley"}},
    "days": [{"when": "always", "valley": "22:00-08:00", "rest": "peak"}],
}


def tariff(**parts):
    plain = {"id": "t", "name": {"zh": "示例", "en": "Example"}, "valid_from": "2020-01-01", "currency": "CNY",
             "energy": {"price": "0.5"}}  # fmt: skip
    return tariffs.from_plain(plain | parts)


def use(start, end, *points, kwh_at_noon=10, slots=24):
    """So much at noon of every day, and nothing else."""
    days = np.arange(np.datetime64(start), np.datetime64(end))
    values = np.zeros((len(days), slots), np.int32)
    values[:, slots // 2] = kwh_at_noon * 1000
    names = points or ("P1",)
    return from_matrix(
        np.repeat(names, len(days)).tolist(), np.tile(days, len(names)), np.tile(values, (len(names), 1))
    )


def explain(made, start=JAN, end=FEB, rows=None, agreement="P1", **how):
    known = made if isinstance(made, list) else [made]
    return rating.explain(rows if rows is not None else use(start, end), known, start, end, agreement=agreement, **how)


def line(bill, component, number=0):
    found = [one for one in bill.lines if one.component == component][number]
    assert evaluate(found.formula) == Fraction(found.amount)
    return found


def test_every_kind_of_line_has_its_words():
    assert set(BY_KIND) == set(Kind)


def test_every_determinant_that_bills_have_is_carried():
    """A new field of `Bills` is a whole number for each row, or is written by name in `grounds`."""
    others = {one.name for one in fields(Bills)} - KNOWN
    assert others == {"reactive", "active", "whole", "under"}


def test_a_line_of_energy_names_its_period_price_and_hours():
    [bill] = explain(tariff(calendar=CALENDAR, energy={"prices": {"peak": "0.9094", "valley": "0.3"}}))
    peak = line(bill, "energy")
    assert peak.sentence == {
        "en": "Energy: 310 kWh at peak times at 0.9094 yuan per kWh, 281.91 yuan.",
        "zh": "电能：峰时段用电 310 千瓦时，每千瓦时 0.9094 元，计 281.91 元。",
    }
    assert peak.formula == "round(310 × 0.9094, 0.01)"
    assert "Peak is 08:00-22:00 every day." in peak.why["en"]
    assert "峰时段：每天 08:00-22:00。" in peak.why["zh"]
    assert "in force from 1 Jan 2020" in peak.why["en"]
    assert peak.clause["tariff"] == "t@2020-01-01"
    assert bill.total == sum(one.amount for one in bill.lines)


def test_a_tier_says_where_it_begins_and_what_was_used_before():
    steps = [{"up-to": "300 kWh"}, {"up-to": "400 kWh", "add": "0.05"}, {"add": "0.30"}]
    t = tariff(tiers={"over": "year", "pooling": "after-time-of-use", "steps": steps})
    [bill] = explain(t, FEB, MAR, rows=use(JAN, MAR))
    assert line(bill, "tier").sentence["en"] == (
        "Tier increment: 90 kWh in tier 2 (from 300 to 400 kWh this year; 310 kWh used before) at 0.05 yuan per kWh, "
        "4.50 yuan."
    )
    assert "第3档：本年超过 400 千瓦时，此前已用 310 千瓦时" in line(bill, "tier", 1).sentence["zh"]


def test_demand_says_when_the_maximum_was_on_the_local_clock():
    rows = use(JAN, FEB, slots=96, kwh_at_noon=20)
    values = rows.column("v31").to_numpy().copy()
    values[6] = 21_000  # on the seventh day, from 07:45 in standard time
    rows = rows.set_column(rows.column_names.index("v31"), "v31", pa.array(values))
    t = tariff(demand=[{"id": "maximum", "price": "36 CNY/kW/month", "block": "15 min"}], calendar=CALENDAR,
               energy={"prices": {"peak": "0.9", "valley": "0.3"}})  # fmt: skip
    [bill] = explain(t, rows=rows)
    assert line(bill, "maximum").sentence["en"] == (
        "Maximum: a maximum of 84 kW on 7 Jan from 07:45 to 08:00 at 36 yuan per kW and month, 3,024.00 yuan."
    )
    assert "最大需量 84 千瓦（1月7日 07:45至08:00）" in line(bill, "maximum").sentence["zh"]


def test_the_moment_of_a_maximum_follows_the_clock_of_summer():
    calendar = {"zone": "Europe/Zurich"}
    t = tariff(demand=[{"id": "maximum", "price": "1 CHF/kW/month"}], calendar=calendar, currency="CHF")
    [bill] = explain(t, dt.date(2026, 7, 1), dt.date(2026, 8, 1), rows=use(dt.date(2026, 6, 30), dt.date(2026, 8, 2)))
    assert "on 1 Jul from 13:00 to 14:00" in line(bill, "maximum").sentence["en"]


def test_maxima_of_two_feeds_are_told_apart_and_added():
    table = pa.table({"agreement": ["A", "A"], "point": ["P1", "P2"], "tariff": ["t", "t"]})
    t = tariff(demand=[{"id": "maximum", "price": "2 CNY/kW/month"}])
    [bill] = explain(t, rows=use(JAN, FEB, "P1", "P2"), agreement="A", agreements=table)
    found = line(bill, "maximum")
    assert found.quantity == 20
    when = "10 kW on 1 Jan from 12:00 to 13:00"
    assert f"(P1 {when} and P2 {when}, added up)" in found.sentence["en"]
    assert [leg["point"] for leg in bill.measured] == ["P1", "P2"]


def test_capacity_of_part_of_a_month_says_its_days():
    capacity = CapacityCharge("capacity", Decimal(10), "calendar-days", "demand.by-capacity", "by-capacity")
    t = replace(tariff(), capacity=(capacity,))
    day = dt.date(2026, 5, 18)
    more = {"capacity-kva": [Decimal(315), Decimal(400)]}
    made = two_owners("P1", "t", day, **more)
    [bill] = explain(t, MAY, dt.date(2026, 6, 1), agreements=made)
    first, second = line(bill, "capacity"), line(bill, "capacity", 1)
    assert (first.amount, second.amount) == (Decimal("1727.42"), Decimal("1806.45"))
    assert first.formula == "round(315 × 10 × 17 ÷ 31, 0.01)"
    assert first.sentence["en"] == (
        "Capacity: 315 kVA for 17 days, 17/31 of a month, at 10 yuan per kVA and month, 1,727.42 yuan."
    )
    changed = {one["what"]: one["said"]["en"] for one in bill.segments[1].changed}
    assert changed == {
        "customer": "customer changed from Li to Wang",
        "capacity-kva": "capacity changed from 315 kVA to 400 kVA",
    }


def test_a_cut_bill_takes_differences_of_rounded_totals_and_says_so():
    made = two_owners("P1", "t", dt.date(2026, 1, 16))
    rows = use(JAN, FEB, kwh_at_noon=1)
    [bill] = explain(tariff(energy={"price": "0.617"}), rows=rows, agreements=made)
    second = line(bill, "energy", 1)
    assert second.formula == "round(31 × 0.617, 0.01) − round(15 × 0.617, 0.01)"
    assert "rounded together with the earlier days of the bill" in second.sentence["en"]
    assert "与本期前段合并取整" in second.sentence["zh"]
    assert bill.customer == "Wang"


def test_a_bill_under_two_versions_of_a_tariff_says_which_came_when():
    old = tariff(valid_to="2026-01-15")
    new = tariff(valid_from="2026-01-16", energy={"price": "0.6"})
    [bill] = explain([old, new])
    assert [one.tariff for one in bill.segments] == ["t@2020-01-01", "t@2026-01-16"]
    [changed] = bill.segments[1].changed
    assert changed["said"]["en"] == "tariff changed from t@2020-01-01 to t@2026-01-16"
    assert [one.formula for one in bill.lines] == ["round(150 × 0.5, 0.01)", "round(160 × 0.6, 0.01)"]
    assert "in force from 1 Jan 2020 to 15 Jan 2026" in bill.lines[0].why["en"]


def test_fixed_charges_minimums_shares_and_taxes_say_what_they_rest_on():
    [bill] = explain(
        tariff(
            energy={"price": "0.05"},
            fixed=[{"id": "meter", "price": "0.37 CNY/day"}, {"id": "line", "price": "100 CNY/year"}],
            surcharges=[{"id": "city", "rate": "10 %", "of": ["energy"]}],
            minimum=[{"price": "40 CNY/month"}],
            tax=[{"name": "vat", "rate": "13 %", "included": "true"}],
        )
    )
    said = {one.component: one.sentence["en"] for one in bill.lines}
    assert said == {
        "energy": "Energy: 310 kWh at 0.05 yuan per kWh, 15.50 yuan.",
        "meter": "Meter: 31 days at 0.37 yuan per day, 11.47 yuan.",
        "line": "Line: 1/12 of a year at 100 yuan per year, 8.33 yuan.",
        "city": "City: 10 % of 15.50 yuan, 1.55 yuan.",
        "minimum": "Minimum charge: the least for a month is 40 yuan and 35.30 yuan was charged towards it; "
        "the difference is 4.70 yuan.",
        "vat": "VAT: 41.55 yuan contain 13 %, 4.78 yuan; nothing is added.",
    }
    rests = {one.component: one.rests_on for one in bill.lines}
    assert (rests["city"], rests["minimum"], rests["vat"]) == ([1], [1, 2, 3], [1, 2, 3, 4, 5])
    assert line(bill, "minimum").formula == "round(40, 0.01) − 35.3"
    vat = line(bill, "vat")
    assert evaluate(vat.contained) == Fraction(vat.quantity)


def test_a_tax_on_top_is_a_share_of_the_lines_before_it():
    [bill] = explain(tariff(tax=[{"name": "duty", "rate": "1 %", "included": "false"}]))
    duty = line(bill, "duty")
    assert duty.sentence["en"] == "Duty: 1 % of 155 yuan, 1.55 yuan."
    assert (duty.formula, duty.rests_on) == ("round(155 × 0.01, 0.01)", [1])


def test_a_credit_has_a_minus_in_its_sentence_and_formula():
    [bill] = explain(tariff(adjustments=[{"id": "green", "price": "-0.0013"}]))
    green = line(bill, "green")
    assert green.formula == "round(310 × −0.0013, 0.01)"
    assert green.sentence["en"] == "Green: 310 kWh at −0.0013 yuan per kWh, −0.40 yuan."


def test_each_bill_of_a_span_is_explained_by_itself():
    bills = explain(tariff(), JAN, MAR)
    assert [(bill.start, bill.total) for bill in bills] == [(JAN, 155), (FEB, 140)]
    assert [len(bill.priced[0]["rows"]) for bill in bills] == [1, 1]


def test_only_the_agreement_s_own_points_are_read():
    rows = use(JAN, FEB, *(f"P{number}" for number in range(1, 6)))
    [bill] = explain(tariff(), rows=rows, agreement="P3")
    assert {leg["point"] for leg in bill.measured} == {"P3"}
    # A hole in somebody else's readings would be refused, were they read for this one.
    negative = rows.set_column(3, "v00", pa.array([-5] * 31 + rows.column("v00").to_pylist()[31:], pa.int32()))
    assert explain(tariff(), rows=negative, agreement="P3")[0].total == bill.total


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"agreement": "P9"}, "there is no|there are no readings"),
        ({"agreement": "A9", "agreements": pa.table({"agreement": ["A"], "point": ["P1"], "tariff": ["t"]})},
         "there is no agreement A9"),
        ({"made": [tariff(), tariff(id="u")]}, "several tariffs need a table of agreements"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused_by_name(how, said):
    with pytest.raises(Refused, match=said):
        explain(how.pop("made", tariff()), **how)


def test_a_bill_that_is_held_back_says_why():
    capacity = CapacityCharge("capacity", Decimal(10), "calendar-days", "demand.by-capacity", "by-capacity")
    with pytest.raises(Refused, match=r"the bill of P1 from 2026-.* is held back: no capacity is agreed on"):
        explain(replace(tariff(), capacity=(capacity,)))
