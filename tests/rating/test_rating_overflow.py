"""Quantities at the edge of 64 bits: what fits is billed exactly, what does not raises and never wraps."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from basic import month, run, tariff, terms, total
from hypothesis import given
from hypothesis import strategies as st

from wattloop.library.quantity import exact

START, END = month(2026, 5)
EDGE = 2**63 - 1
whole = st.one_of(st.integers(-EDGE, EDGE), st.sampled_from([EDGE, -EDGE, EDGE - 1, 0, 1]))


@given(st.lists(whole, min_size=1, max_size=6), st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_sums_are_those_of_python_or_raise(values, at):
    at = np.array(at[: len(values)])
    wanted = [sum(v for v, to in zip(values, at.tolist(), strict=True) if to == place) for place in range(3)]
    found = np.zeros(3, np.int64)
    if all(abs(one) <= EDGE for one in wanted):
        exact.add_at(found, at, np.array(values, np.int64))
        assert found.tolist() == wanted
    elif any(one > EDGE or one < -EDGE - 1 for one in wanted):
        with pytest.raises(OverflowError):
            exact.add_at(found, at, np.array(values, np.int64))


def charged(kva, price, days=None):
    made = [(dt.date(2020, 1, 1), {"capacity-kva": kva})]
    made += [(START + dt.timedelta(days=day), {"capacity-kva": kva, "class": str(day)}) for day in days or []]
    known = tariff(demand={"by-capacity": {"price": f"{price} CNY/kVA/month"}})
    return total(run(known, START, END, terms(*made)), "capacity")


@pytest.mark.parametrize("days", [[], [9], [1, 9, 30]])
def test_a_capacity_at_the_edge_is_charged_to_the_fen_and_one_beyond_it_raises(days):
    assert charged("92233720368547.758", "1", days) == Decimal("92233720368547.76")
    with pytest.raises(OverflowError):
        charged("922337203685477.580", "1000", days)


@pytest.mark.parametrize("days", [[9], [1, 9, 30]])
def test_a_price_at_its_limit_is_shown_and_charged(days):
    assert charged("1", "99999999", days) == Decimal("99999999.00")


def test_a_floor_of_a_capacity_at_the_edge_is_no_negative_demand():
    known = tariff(demand={"by-actual": {"price": "0.01 CNY/kW/month", "floor": "33.33 % of capacity"}})
    made = terms((dt.date(2020, 1, 1), {"capacity-kva": "900000000000000"}))
    assert total(run(known, START, END, made), "demand_flat") == Decimal("2999700000000.00")


def test_two_bills_that_each_fit_stand_side_by_side():
    known = tariff(demand={"by-capacity": {"price": "1000 CNY/kVA/month"}})
    made = terms((dt.date(2020, 1, 1), {"capacity-kva": "80000000000000"}), (START, {"capacity-kva": "80000000000001"}))
    end = dt.date(2026, 7, 1)
    assert total(run(known, START, end, made, bill="month"), "capacity") == 2 * 80_000_000_000_001_000


@pytest.mark.parametrize("kind", ["tax", "surcharges"])
def test_money_of_which_a_share_is_taken_raises_where_it_does_not_fit(kind):
    more = {"tax": {"vat": "13 %", "included": False}} if kind == "tax" else {
        "surcharges": [{"id": "levy", "rate": "1 %", "of": ["demand"]}]
    }  # fmt: skip
    known = tariff(demand={"by-capacity": {"price": "1000 CNY/kVA/month"}}, **more)
    made = terms((dt.date(2020, 1, 1), {"capacity-kva": "80000000000000"}))
    with pytest.raises(OverflowError):
        run(known, START, END, made)
