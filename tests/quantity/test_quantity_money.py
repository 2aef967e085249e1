"""Exact money: the columns say what Decimal says, to the last cent, or they say no."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wattloop.library.quantity import money

LIMIT = 2**63 - 1
HALVES = st.sampled_from(["up", "even"])
INT64 = st.integers(-LIMIT, LIMIT)


def exact(quantity, quantity_scale, price, amount_scale, half):
    with localcontext(Context(prec=200)):
        amount = Decimal(quantity).scaleb(-quantity_scale) * price
        rounding = ROUND_HALF_UP if half == "up" else ROUND_HALF_EVEN
        return int(amount.quantize(Decimal(1).scaleb(-amount_scale), rounding).scaleb(amount_scale))


@pytest.mark.parametrize(
    ("half", "expected"),
    [("up", [-3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3]), ("even", [-2, -2, -2, -1, 0, 0, 0, 0, 1, 2, 2, 2])],
)
def test_halves_go_away_from_nothing_or_to_the_even(half, expected):
    quantity = np.array([-250, -249, -150, -149, -50, -49, 49, 50, 149, 150, 249, 250])
    assert money.times(quantity, 0, Decimal("0.01"), 0, half).tolist() == expected


@settings(max_examples=300)
@given(st.lists(INT64, min_size=1, max_size=5), st.integers(0, 6), st.integers(-(10**12), 10**12), st.integers(0, 10),
       st.integers(0, 8), HALVES)  # fmt: skip
def test_a_column_times_a_price_is_that_of_decimal(quantity, scale, price, price_scale, amount_scale, half):
    price = Decimal(price).scaleb(-price_scale)
    expected = [exact(q, scale, price, amount_scale, half) for q in quantity]
    column = np.array(quantity, np.int64)
    if any(abs(e) > LIMIT for e in expected):
        with pytest.raises(OverflowError):
            money.times(column, scale, price, amount_scale, half)
    else:
        assert money.times(column, scale, price, amount_scale, half).tolist() == expected


@settings(max_examples=200)
@given(st.lists(st.tuples(INT64, st.integers(-(10**9), 10**9)), min_size=1, max_size=5), HALVES, st.integers(0, 9))
def test_a_price_an_interval_is_multiplied_row_by_row(rows, half, amount_scale):
    quantity, price = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    expected = [exact(q, 3, Decimal(p).scaleb(-5), amount_scale, half) for q, p in rows]
    assume(all(abs(e) <= LIMIT for e in expected))
    assert money.times(quantity, 3, price, amount_scale, half, price_scale=5).tolist() == expected


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_ties_are_hit_exactly_and_not_nearly(whole, places):
    quantity = np.array([whole * 10 + 5, whole * 10 - 5]) * 10**places
    for half in ("up", "even"):
        expected = [exact(int(q), places, Decimal("0.1"), 0, half) for q in quantity]
        assert money.times(quantity, places, Decimal("0.1"), 0, half).tolist() == expected


@pytest.mark.parametrize(
    ("quantity", "price", "scale"),
    [
        (0, "1E+40", 2), (0, "1", 40), (0, "1E-40", 2), (7, "1.23456789012345678901234567890123456789", 2),
        (10**18, "0.00000000000000000000000000000000005", 17), (-(2**63), "1", 0), (-(2**63), "0", 2), (1, "1E+3", 2),
    ],
)  # fmt: skip
def test_prices_of_any_length_and_size_are_multiplied_exactly(quantity, price, scale):
    expected = exact(quantity, 0, Decimal(price), scale, "up")
    if abs(expected) > LIMIT:
        with pytest.raises(OverflowError):
            money.times(np.array([quantity]), 0, Decimal(price), scale)
    else:
        assert money.times(np.array([quantity]), 0, Decimal(price), scale).tolist() == [expected]


def test_an_amount_that_does_not_fit_is_refused_and_never_wraps():
    with pytest.raises(OverflowError, match="more than an amount can hold"):
        money.times(np.array([1, 10**17]), 0, Decimal("1000.5"), 2)


def test_no_quantities_give_no_amounts():
    none = np.empty(0, np.int64)
    assert money.times(none, 3, Decimal("0.5"), 2).tolist() == []
    assert money.split(none, np.empty((0, 3), np.int64)).shape == (0, 3)


@settings(max_examples=200)
@given(st.integers(1, 5).flatmap(lambda k: st.lists(
    st.tuples(st.integers(0, LIMIT), st.lists(st.integers(0, LIMIT), min_size=k, max_size=k)), min_size=1, max_size=4)))  # fmt: skip
def test_a_split_adds_up_and_no_part_is_a_unit_off(rows):
    rows = [(total if any(parts) else 0, parts) for total, parts in rows]
    total, weights = np.array([t for t, _ in rows]), np.array([w for _, w in rows])
    parts = money.split(total, weights)
    for (whole, of), got in zip(rows, parts.tolist(), strict=True):
        assert sum(got) == whole
        for weight, part in zip(of, got, strict=True):
            assert abs(part * sum(of) - whole * weight) < max(sum(of), 1)
            assert weight or not part


def test_the_largest_remainder_gets_the_odd_unit_and_the_earlier_of_equals():
    assert money.split(np.array([10, 10, 1]), np.array([[1, 1, 1], [1, 3, 3], [1, 1, 0]])).tolist() == [
        [4, 3, 3], [2, 4, 4], [1, 0, 0],
    ]  # fmt: skip


def test_one_huge_row_does_not_change_the_others():
    total, weights = np.array([10, LIMIT]), np.array([[1, 2], [LIMIT, LIMIT]])
    assert money.split(total, weights).tolist() == [[3, 7], [LIMIT // 2 + 1, LIMIT // 2]]


def test_nothing_to_split_over_no_weights_is_nothing_and_something_is_an_error():
    assert money.split(np.array([0]), np.array([[0, 0]])).tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="all zero"):
        money.split(np.array([0, 5]), np.array([[1, 0], [0, 0]]))


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), max_size=20), st.integers(0, 9))
def test_a_decimal_column_holds_the_integers_shifted(values, scale):
    column = money.decimal_array(np.array(values, np.int64), 18, scale)
    column.validate(full=True)
    assert column.type == pa.decimal128(18, scale)
    assert column.to_pylist() == [Decimal(v).scaleb(-scale) for v in values]


def test_a_decimal_column_takes_a_strided_view():
    assert money.decimal_array(np.arange(10)[::3], 18, 2).to_pylist() == [Decimal(i).scaleb(-2) for i in (0, 3, 6, 9)]


@pytest.mark.parametrize(
    ("value", "step", "half", "expected"),
    [
        ("0.125", "0.01", "up", "0.13"), ("0.125", "0.01", "even", "0.12"), ("-0.125", "0.01", "up", "-0.13"),
        ("-0.125", "0.01", "even", "-0.12"), ("1.025", "0.05", "up", "1.05"), ("-1.024", "0.05", "up", "-1.00"),
        ("0.02499999999999999999999999999999999", "0.05", "up", "0"), ("7.5", "1", "even", "8"),
        ("123456789012345678901234567890.125", "0.01", "up", "123456789012345678901234567890.13"),
    ],
)  # fmt: skip
def test_money_is_rounded_to_whole_steps(value, step, half, expected):
    assert money.round_money(Decimal(value), Decimal(step), half) == Decimal(expected)


@pytest.mark.parametrize(
    ("currency", "digits"), [("CNY", 2), ("USD", 2), ("EUR", 2), ("CHF", 2), ("JPY", 0), ("KWD", 3)]
)
def test_a_currency_has_its_own_smallest_unit(currency, digits):
    assert money.currency_digits(currency) == digits
