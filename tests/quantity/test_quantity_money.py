"""Exact money against Decimal arithmetic: signs, halves, scales, and numbers at the edge of 64 bits."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wattloop.library.quantity import money
from wattloop.library.quantity.currencies import currency_digits
from wattloop.library.quantity.money import decimal_array, round_money, split, times

TOP = 2**63 - 1
EXACT = Context(prec=200)
ROUNDING = {"up": ROUND_HALF_UP, "even": ROUND_HALF_EVEN}

int64s = st.integers(-(2**63), TOP)
# Small numbers meet halves, large ones the edges.
amounts = st.one_of(st.integers(-200, 200), st.integers(-(10**12), 10**12), int64s)
prices = st.one_of(
    st.decimals(-10, 10, places=4),
    st.builds(
        lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**12), 10**12), st.integers(0, 10)
    ),
    st.sampled_from([Decimal("0.5"), Decimal("-0.5"), Decimal("0.005"), Decimal("1E+3"), Decimal("-0")]),
)
halves = st.sampled_from(["up", "even"])


def by_hand(quantity: int, quantity_scale: int, price: Decimal, amount_scale: int, half: str) -> int:
    """One amount in smallest units, by Decimal alone."""
    product = EXACT.multiply(Decimal(quantity), price)
    shifted = EXACT.scaleb(product, amount_scale - quantity_scale)
    return int(shifted.quantize(Decimal(1), ROUNDING[half], EXACT))


@given(st.lists(amounts, min_size=1, max_size=8), st.integers(0, 6), prices, st.integers(0, 8), halves)
@example([5, -5, 15, -15, 25, -25], 1, Decimal(1), 0, "up")
@example([5, -5, 15, -15, 25, -25], 1, Decimal(1), 0, "even")
@example([TOP, -TOP, 1, -1], 0, Decimal(1), 0, "up")
@example([-(2**63), 5], 3, Decimal("0.5283"), 2, "up")
@example([0, 0], 0, Decimal(1), 40, "up")
def test_times_is_decimal_multiplication_rounded_once(quantities, quantity_scale, price, amount_scale, half):
    expected = [by_hand(q, quantity_scale, price, amount_scale, half) for q in quantities]
    column = np.array(quantities, np.int64)
    if any(abs(amount) > TOP for amount in expected):
        with pytest.raises(OverflowError):
            times(column, quantity_scale, price, amount_scale, half)
    else:
        assert times(column, quantity_scale, price, amount_scale, half).tolist() == expected


@given(
    st.lists(st.tuples(amounts, amounts), min_size=1, max_size=8),
    st.integers(0, 4),
    st.integers(0, 10),
    st.integers(0, 4),
    halves,
)
def test_a_price_of_its_own_for_every_row_multiplies_as_exactly(rows, quantity_scale, price_scale, amount_scale, half):
    expected = [by_hand(q, quantity_scale, Decimal(p).scaleb(-price_scale, EXACT), amount_scale, half) for q, p in rows]
    quantity, price = np.array(rows, np.int64).T
    if any(abs(amount) > TOP for amount in expected):
        with pytest.raises(OverflowError):
            times(quantity, quantity_scale, price, amount_scale, half, price_scale=price_scale)
    else:
        found = times(quantity, quantity_scale, price, amount_scale, half, price_scale=price_scale)
        assert found.tolist() == expected


def test_a_half_goes_away_from_zero_on_a_charge_and_on_a_credit():
    assert times(np.array([5, -5, 4, -4, 15, -15]), 1, Decimal(1), 0).tolist() == [1, -1, 0, 0, 2, -2]


def test_a_half_goes_to_the_even_neighbour_where_the_tariff_says_so():
    assert times(np.array([5, -5, 15, -15, 25]), 1, Decimal(1), 0, "even").tolist() == [0, 0, 2, -2, 2]


def test_a_credit_is_the_charge_with_the_other_sign():
    energy = np.random.default_rng(3).integers(0, 10**9, 10_000)
    assert (times(-energy, 3, Decimal("0.52835"), 2) == -times(energy, 3, Decimal("0.52835"), 2)).all()


def test_a_price_of_more_digits_than_the_decimal_context_holds_loses_none():
    price = Decimal("1.2345678901234567890123456789012345")
    assert times(np.array([1]), 0, price, 18).tolist() == [1234567890123456789]


def test_one_monster_among_a_million_goes_the_slow_way_alone(monkeypatch):
    slow = []
    by_python = money._by_python
    monkeypatch.setattr(money, "_by_python", lambda q, *rest: slow.append(len(q)) or by_python(q, *rest))
    energy = np.full(1_000_000, 1_234_567)
    energy[77] = 2**61
    found = times(energy, 3, Decimal("0.5283"), 2)
    assert slow == [1]
    assert found[77] == by_hand(2**61, 3, Decimal("0.5283"), 2, "up")
    assert found[78] == 65222


def test_an_amount_beyond_64_bits_is_an_error_and_never_wraps():
    with pytest.raises(OverflowError, match="more than an amount can hold"):
        times(np.array([1, 2**62]), 0, Decimal(2), 0)
    with pytest.raises(OverflowError, match="more than an amount can hold"):
        times(np.array([1]), 0, Decimal(1), 19)


def test_an_unknown_rounding_or_a_price_that_is_no_number_is_an_error():
    with pytest.raises(ValueError, match="up or even"):
        times(np.array([1]), 0, Decimal(1), 0, "down")
    with pytest.raises(ValueError, match="not a price"):
        times(np.array([1]), 0, Decimal("NaN"), 0)
    with pytest.raises(ValueError, match="up or even"):
        round_money(Decimal(1), Decimal("0.01"), "HALF_UP")


def test_nothing_times_a_price_is_nothing():
    assert times(np.zeros(0, np.int64), 3, Decimal("0.5"), 2).tolist() == []


@pytest.mark.parametrize(
    ("value", "step", "half", "rounded"),
    [
        ("2.345", "0.01", "up", "2.35"),
        ("-2.345", "0.01", "up", "-2.35"),
        ("2.345", "0.01", "even", "2.34"),
        ("2.325", "0.05", "up", "2.35"),
        ("2.32", "0.05", "up", "2.30"),
        ("7.5", "1", "up", "8"),
        ("7.5", "5", "up", "10"),
    ],
)
def test_money_is_rounded_to_whole_steps(value, step, half, rounded):
    assert round_money(Decimal(value), Decimal(step), half) == Decimal(rounded)


weights = st.one_of(st.integers(0, 5), st.integers(0, 10**9), st.integers(0, TOP))


@st.composite
def splittable(draw):
    parts = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(weights, min_size=parts, max_size=parts), min_size=1, max_size=6))
    totals = [draw(amounts) if any(row) else 0 for row in rows]
    return totals, rows


@given(splittable())
@example(([10], [[2**62, 2**62]]))
@example(([TOP, 7, -7], [[TOP, TOP, TOP], [1, 1, 1], [1, 1, 1]]))
@example(([-(2**63)], [[1, 2]]))
def test_parts_add_up_and_lie_within_one_of_their_exact_share(case):
    totals, rows = case
    found = split(np.array(totals, np.int64), np.array(rows, np.int64)).tolist()
    for total, row, parts in zip(totals, rows, found, strict=True):
        assert sum(parts) == total
        for weight, part in zip(row, parts, strict=True):
            whole = sum(row) or 1
            assert abs(part * whole - total * weight) < whole  # less than one away, compared without dividing
            assert weight or not part


@given(splittable())
def test_a_credit_splits_as_the_charge_it_takes_back(case):
    totals, rows = case
    total = np.maximum(np.array(totals, np.int64), -TOP)
    assert (split(-total, np.array(rows, np.int64)) == -split(total, np.array(rows, np.int64))).all()


def test_the_largest_remainder_gets_the_odd_unit_and_the_earlier_part_wins_a_tie():
    assert split(np.array([10, 1, 2]), np.array([[1, 1, 1], [1, 1, 1], [1, 2, 3]])).tolist() == [
        [4, 3, 3],
        [1, 0, 0],
        [0, 1, 1],
    ]


def test_energy_over_no_weight_is_an_error_but_nothing_over_no_weight_is_nothing():
    assert split(np.array([0]), np.array([[0, 0]])).tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="all zero"):
        split(np.array([5, 1]), np.array([[1, 0], [0, 0]]))


def test_a_weight_below_zero_is_an_error():
    with pytest.raises(ValueError, match="below zero"):
        split(np.array([10]), np.array([[-5, 15]]))


@given(st.lists(int64s, max_size=20), st.integers(0, 10))
def test_a_column_of_integers_becomes_the_same_decimals(values, scale):
    column = decimal_array(np.array(values, np.int64), 21, scale)
    column.validate(full=True)
    assert column.to_pylist() == [EXACT.scaleb(Decimal(v), -scale) for v in values]


def test_a_strided_column_becomes_the_same_decimals():
    table = np.arange(12, dtype=np.int64).reshape(4, 3)
    assert decimal_array(table[:, 1], 21, 0).to_pylist() == [1, 4, 7, 10]


def test_a_number_with_more_digits_than_its_column_is_an_error():
    assert decimal_array(np.array([9999, -9999]), 4, 2).to_pylist() == [Decimal("99.99"), Decimal("-99.99")]
    with pytest.raises(OverflowError, match="4 digits"):
        decimal_array(np.array([-10000]), 4, 2)


@pytest.mark.parametrize(
    ("currency", "digits"), [("CNY", 2), ("USD", 2), ("EUR", 2), ("CHF", 2), ("JPY", 0), ("KWD", 3)]
)
def test_a_currency_has_its_own_smallest_unit(currency, digits):
    assert currency_digits(currency) == digits
