"""Maxima that registers tell: of all hours and of periods, cut bills, feeds without one."""

from decimal import Decimal

import pytest
from agreed import amounts, documents, tariff
from test_rating_explain_sources import verified
from test_rating_registers import JUL, JUN, MAY, TOU, lake_of, row

from wattloop.library import rating

__all__ = ["lake_of"]

FLAT = [{"id": "maximum", "price": "10 CNY/kW/month"}]
PEAK = [{"id": "peak-maximum", "prices": {"peak": "12 CNY/kW/month", "valley": "0 CNY/kW/month"}}]
BY_PERIOD = [row("active_in", 0, 300), row("active_in:peak", 0, 100), row("active_in:valley", 0, 100)]


@pytest.mark.parametrize("demand", [FLAT, PEAK])
def test_a_maximum_that_no_register_tells_holds_the_bill_back(lake_of, demand):
    other = {FLAT[0]["id"]: "demand:peak", PEAK[0]["id"]: "demand"}[demand[0]["id"]]
    found = rating.run(lake_of(*BY_PERIOD, row(other, "", 50)), [tariff(demand=demand, **TOU)], MAY, JUN)
    assert not len(found.lines)
    said = f"no maximum demand is known, and {demand[0]['id']} is charged by it"
    assert [e["what"] for e in found.exceptions.to_pylist()] == [said]


def test_one_of_two_feeds_without_a_demand_register_leaves_their_maximum_unknown(lake_of, tmp_path):
    lake = lake_of(
        row("active_in", 0, 300), row("demand", "", 50), row("active_in", 0, 300, point="N"),
    )  # fmt: skip
    made = documents(tmp_path, "{agreement: A, points: [{point: M}, {point: N}], versions: [{tariff: t}]}")
    found = rating.run(lake, [tariff(demand=FLAT)], MAY, JUN, agreements=made)
    assert not len(found.lines)
    assert [e["what"] for e in found.exceptions.to_pylist()] == [
        "no maximum demand is known, and maximum is charged by it"
    ]


@pytest.mark.parametrize("demand", [FLAT + PEAK, PEAK + FLAT])
def test_the_register_of_all_hours_and_that_of_the_peak_are_charged_side_by_side(lake_of, demand):
    lake = lake_of(*BY_PERIOD, row("demand", "", 50), row("demand:peak", "", 40))
    assert (
        amounts(rating.run(lake, [tariff(demand=demand, **TOU)], MAY, JUN).lines, "component").items()
        >= {
            "maximum": Decimal("500.00"),
            "peak-maximum": Decimal("480.00"),
        }.items()
    )
    verified(lake, [tariff(demand=demand, **TOU)], MAY, JUN, agreement="M")


@pytest.mark.parametrize(
    ("over", "end", "billed"), [("bill", JUN, True), ("segment", JUN, False), ("bill", JUL, False)]
)
def test_a_maximum_read_inside_the_bill_is_the_bill_s_also_where_it_is_cut(lake_of, over, end, billed):
    """50 kW for 15 and 16 of 31 days at 10 a month: 241.94 + 258.06."""
    lake = lake_of(
        row("active_in", 0, 100, end="2026-05-16"), row("active_in", 100, 300, start="2026-05-16"),
        row("demand", "", 50, end=end),
    )  # fmt: skip
    more = {"demand": FLAT, "segments": {"demand": over}}
    known = [
        tariff(valid_to="2026-05-15", **more), tariff(valid_from="2026-05-16", energy={"price": "0.6"}, **more)
    ]  # fmt: skip
    found = rating.run(lake, known, MAY, JUN)
    demand = [
        (r["segment"], r["quantity"], r["amount"]) for r in found.lines.to_pylist() if r["component"] == "maximum"
    ]
    assert demand == ([(1, 50, Decimal("241.94")), (2, 50, Decimal("258.06"))] if billed else [])
    assert [e["what"] for e in found.exceptions.to_pylist()] == (
        [] if billed else ["registers that do not tell the periods of the bill"]
    )
    if billed:
        verified(lake, known, MAY, JUN, agreement="M")
