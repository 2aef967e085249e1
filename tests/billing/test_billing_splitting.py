"""A rise is split exactly: the parts add up, and a pure change lands in its own part."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from wattloop.apps.billing.splitting import Line, Split, split

KINDS = [
    ("energy", "purchase", "kWh"), ("energy", "delivery", "kWh"), ("surcharge", "funds", "kWh"),
    ("surcharge", "tier", "kWh"), ("power_factor", "power-factor", "CNY"), ("capacity", "by-capacity", "kVA"),
    ("demand_flat", "by-actual", "kW"), ("fixed", "connection", "month"), ("tax", "vat", "CNY"),
    ("adjustment", "low-income", "kWh"), ("minimum", "minimum", "CNY"),
]  # fmt: skip


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def line(
    kind: str, component: str, unit: str, quantity: str | Decimal, price: str | Decimal, *, tou=None, tier=None
) -> Line:
    """A line whose amount is quantity × price, rounded."""
    quantity, price = Decimal(quantity), Decimal(price)
    return Line(kind, component, tou, tier, quantity, unit, price, rounded(quantity * price))


quantities = st.decimals(min_value=0, max_value=100_000, places=3, allow_nan=False)
prices = st.decimals(min_value=0, max_value=300, places=4, allow_nan=False)
lines = st.builds(
    lambda kind, tou, tier, quantity, price, off: replace(
        made := line(*kind, quantity, price, tou=tou, tier=tier), amount=made.amount + off
    ),
    st.sampled_from(KINDS), st.sampled_from([None, "peak", "flat", "valley"]), st.sampled_from([None, None, 1, 2, 3]),
    quantities, prices, st.integers(-2, 2),
)  # fmt: skip
bills = st.lists(lines, max_size=14)


@given(bills, bills)
def test_the_parts_add_up_to_the_rise_whatever_the_bills(now: list[Line], before: list[Line]) -> None:
    rise = sum(one.amount for one in now) - sum(one.amount for one in before)
    assert split(now, before).rise == rise


@given(bills)
def test_the_same_bill_is_no_rise_in_any_part(one: list[Line]) -> None:
    found = split(one, one)
    assert found.rise == 0
    assert found.other == 0


energy = st.lists(
    st.tuples(st.sampled_from(["purchase", "delivery"]), st.sampled_from(["peak", "flat"]), quantities, prices),
    min_size=1, max_size=4, unique_by=lambda one: (one[0], one[1]),
)  # fmt: skip


@given(energy, st.integers(2, 5))
def test_a_pure_change_of_price_lands_in_price(held, factor: int) -> None:
    before = [line("energy", c, "kWh", q, p, tou=t) for c, t, q, p in held]
    now = [line("energy", c, "kWh", q, p * factor, tou=t) for c, t, q, p in held]
    found = split(now, before)
    assert found == Split(price=found.rise)


@given(energy, st.integers(2, 5))
def test_a_pure_change_of_use_lands_in_use(held, factor: int) -> None:
    before = [line("energy", c, "kWh", q, p, tou=t) for c, t, q, p in held]
    now = [line("energy", c, "kWh", q * factor, p, tou=t) for c, t, q, p in held]
    found = split(now, before)
    assert found == Split(use=found.rise)


@given(st.integers(1, 10), st.integers(1, 10))
def test_more_use_takes_its_power_factor_and_tax_along(first: int, more: int) -> None:
    def bill(kwh: int) -> list[Line]:
        charge = line("energy", "energy", "kWh", Decimal(kwh * 1_000), "50")
        return [charge, line("power_factor", "power-factor", "CNY", Decimal(charge.amount), "0.05"),
                line("tax", "vat", "CNY", Decimal(charge.amount), "0.1")]  # fmt: skip

    found = split(bill(first + more), bill(first))
    assert found == Split(use=found.rise)


def test_a_worse_power_factor_lands_in_power_factor() -> None:
    charge = line("energy", "energy", "kWh", "1000", "50")
    before = [charge, line("power_factor", "power-factor", "CNY", "50000", "-0.003")]
    now = [charge, line("power_factor", "power-factor", "CNY", "50000", "0.05")]
    assert split(now, before) == Split(power_factor=2_650)


def test_climbing_a_tier_is_use_at_the_lowest_price_and_the_rest_tier() -> None:
    before = [line("energy", "energy", "kWh", "200", "50", tier=1)]
    now = [line("energy", "energy", "kWh", "260", "50", tier=1), line("energy", "energy", "kWh", "40", "80", tier=2)]
    assert split(now, before) == Split(use=5_000, tier=1_200)


def test_an_increment_of_a_tier_is_tier_though_the_tier_is_new() -> None:
    before = [line("energy", "energy", "kWh", "200", "50")]
    now = [line("energy", "energy", "kWh", "300", "50"), line("surcharge", "tier", "kWh", "40", "5", tier=2)]
    assert split(now, before) == Split(use=5_000, tier=200)


def test_a_dearer_increment_is_price() -> None:
    before = [line("surcharge", "tier", "kWh", "40", "5", tier=2)]
    now = [line("surcharge", "tier", "kWh", "40", "30", tier=2)]
    assert split(now, before) == Split(price=1_000)


def test_use_that_moves_from_valley_to_peak_is_use() -> None:
    before = [
        line("energy", "energy", "kWh", "100", "80", tou="peak"),
        line("energy", "energy", "kWh", "100", "20", tou="valley"),
    ]
    now = [line("energy", "energy", "kWh", "200", "80", tou="peak")]
    assert split(now, before) == Split(use=6_000)


def test_a_new_component_of_the_price_is_price_and_so_is_one_that_ends() -> None:
    old = [line("energy", "purchase", "kWh", "100", "50")]
    new = [*old, line("energy", "system", "kWh", "100", "3")]
    assert split(new, old) == Split(price=300)
    assert split(old, new) == Split(price=-300)


def test_capacity_fixed_charges_and_floors_are_the_rest() -> None:
    before = [line("capacity", "by-capacity", "kVA", "630", "2200"), line("fixed", "connection", "month", "1", "1000")]
    now = [line("capacity", "by-capacity", "kVA", "800", "2200"), line("fixed", "connection", "month", "1", "1500")]
    assert split(now, before) == Split(other=374_500)


def test_the_first_bill_of_all_is_price_and_rest() -> None:
    now = [line("energy", "energy", "kWh", "100", "50")]
    assert split(now, []) == Split(price=5_000)


def test_the_worked_example_of_the_guide() -> None:
    before = [line("energy", "energy", "kWh", "600", "60", tou="peak"),
              line("energy", "energy", "kWh", "400", "30", tou="valley"),
              line("surcharge", "funds", "kWh", "1000", "5"), line("capacity", "by-capacity", "kVA", "100", "2200"),
              line("power_factor", "power-factor", "CNY", "268000", "0.02")]  # fmt: skip
    now = [line("energy", "energy", "kWh", "900", "66", tou="peak"),
           line("energy", "energy", "kWh", "500", "33", tou="valley"),
           line("surcharge", "funds", "kWh", "1400", "5"), line("capacity", "by-capacity", "kVA", "100", "2200"),
           line("power_factor", "power-factor", "CNY", "295900", "0.05")]  # fmt: skip
    found = split(now, before)
    assert found.rise == 39_335
    assert found == Split(price=7_028, use=23_430, power_factor=8_877)
