"""Formulas: a closed grammar, evaluated exactly; nothing else is taken for one."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloop.library.quantity.money import round_money
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.explanation.formulas import evaluate, plain, ratio, round_to

COMES_TO = {
    "2 + 3 × 4": 14,
    "(2 + 3) × 4": 20,
    "2 − 3 − 4": -5,
    "12 ÷ 5 × 5": 12,
    "1 ÷ 3 × 3": 1,
    "−2 × −3": 6,
    "round(62.4 × 12.40 × 17 ÷ 31, 0.01)": Fraction("424.32"),
    "round(0.005, 0.01)": Fraction("0.01"),
    "round(−0.005, 0.01)": Fraction("-0.01"),
    "round-even(0.005, 0.01)": 0,
    "round-even(0.015, 0.01)": Fraction("0.02"),
    "round(1.12, 0.05)": Fraction("1.1"),
    "round(1.125, 0.05)": Fraction("1.15"),
    "2 × (round(8.335, 0.01) − round(4.1675, 0.01))": Fraction("8.34"),
}


@pytest.mark.parametrize("formula", COMES_TO)
def test_a_formula_comes_to_what_a_pocket_calculator_says(formula):
    assert evaluate(formula) == COMES_TO[formula]


NONE = [
    "", "2 +", "2 3", "(2", "2)", "round(2)", "round(2, 0)", "round(2, −1)", "1 ÷ 0", "2 ** 3", "2 * 3", "2 / 3",
    "1e9", "__import__('os')", "x", "0.1.2", "1,000", "round 2, 1", "−", "9" * 500, "(" * 3000 + "1" + ")" * 3000,
    "−" * 3000 + "1", None, 5, "1 + " * 40_000 + "1",
]  # fmt: skip


@pytest.mark.parametrize("text", NONE, ids=lambda text: str(text)[:20])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(Refused, match="formula"):
        evaluate(text)


@given(st.decimals(-(10**9), 10**9, places=6), st.sampled_from(["0.01", "0.05", "1", "0.001"]), st.sampled_from(
    ["up", "even"]))  # fmt: skip
def test_a_formula_rounds_as_money_is_rounded(value, step, half):
    formula = round_to(plain(value), Decimal(step), half)
    assert evaluate(formula) == Fraction(round_money(value, Decimal(step), half))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**18), max_value=10**18))
def test_a_number_is_written_so_that_it_is_read_again(value):
    assert evaluate(plain(value)) == Fraction(value)


@given(st.fractions(min_value=0, max_value=99, max_denominator=366))
def test_a_share_is_written_so_that_it_is_read_again(share):
    assert evaluate(f"7{ratio(share)}") == 7 * share
