"""Each check on its own, over views made by hand: what it finds, and what it rightly does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from wattloop.apps.billing.checking import look
from wattloop.apps.billing.rules import Checks
from wattloop.example import ENTERPRISE

START = dt.date(2026, 10, 1)
BILL: dict[str, Any] = {
    "bill": 1, "agreement": 11, "number": "A-1", "unit": 5, "rated": True, "energy_wh": 300_000, "amount": 15_000,
    "per_wh": 0.05, "days": 31, "period_start": START, "class": "residential", "class_before": "residential",
    "tariff_now": "t", "tariff_before": "t", "capacity_va": None, "since": dt.date(2020, 1, 1),
    "multiplier_now": None, "multiplier_before": None, "usual_amount": None,
    "billed_before": 0,
}  # fmt: skip
TYPES = {
    "bills": "bill BIGINT, agreement BIGINT, number VARCHAR, unit BIGINT, rated BOOLEAN, energy_wh BIGINT,"
    " amount BIGINT, per_wh DOUBLE, days BIGINT, period_start DATE, class VARCHAR, class_before VARCHAR,"
    " tariff_now VARCHAR, tariff_before VARCHAR, capacity_va BIGINT, since DATE,"
    " multiplier_now VARCHAR, multiplier_before VARCHAR, usual_amount BIGINT, billed_before BIGINT",
    "earlier": "agreement BIGINT, months_back BIGINT, month DATE, days BIGINT, energy_wh BIGINT, amount BIGINT",
    "lines": "bill BIGINT, kind VARCHAR, unit VARCHAR, quantity DECIMAL(21,3), price DECIMAL(29,10),"
    " amount DECIMAL(21,2)",
    "short": "bill BIGINT, point VARCHAR, what VARCHAR, found BIGINT, expected BIGINT",
}


def found(check: dict[str, Any], bills: list[dict[str, Any]], **views: list[tuple[Any, ...]]) -> dict[int, Any]:
    """{bill: what a check found}."""
    told = Checks(checks={"it": check})
    con = duckdb.connect()
    for name, columns in TYPES.items():
        con.execute(f"CREATE TABLE {name} ({columns})")
    for one in bills:
        row = BILL | one
        con.execute(f"INSERT INTO bills VALUES ({', '.join('?' * len(row))})", list(row.values()))
    for name, rows in views.items():
        for row in rows:
            con.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", list(row))
    return {row[0]: row[6] for row in look(con, "it", told.checks["it"], 100)}


def months(*wh: int, agreement: int = 11, first: int = 1) -> list[tuple[Any, ...]]:
    """Months before, the nearest first, of 30 days each."""
    return [(agreement, back, dt.date(2026, 1, 1), 30, use, None) for back, use in enumerate(wh, first)]


BEFORE = {"check": "months-before", "months": 6, "spreads": 5, "spread-at-least": "20 %", "at-least": "50 kWh"}


def test_use_far_from_the_months_before_is_found_with_what_is_usual() -> None:
    told = found(
        BEFORE, [{"energy_wh": 2_000_000}], earlier=months(300_000, 290_000, 310_000, 305_000, 295_000, 300_000)
    )
    assert told[1]["usual_wh"] == 310_000  # 300 kWh in 30 days, 310 in 31
    assert told[1]["months"] == 6
    assert told[1]["check"] == "months-before"


def test_use_as_usual_is_not_found() -> None:
    assert not found(BEFORE, [{}], earlier=months(300_000, 290_000, 310_000, 305_000, 295_000, 300_000))


def test_one_odd_month_among_them_moves_neither_median_nor_spread() -> None:
    odd = months(300_000, 290_000, 90_000_000, 305_000, 295_000, 300_000)
    assert not found(BEFORE, [{}], earlier=odd)
    assert found(BEFORE, [{"energy_wh": 2_000_000}], earlier=odd)


def test_without_history_nothing_is_said() -> None:
    assert not found(BEFORE, [{"energy_wh": 9_000_000}])
    assert not found({"check": "last-year", "more-than": "1 %", "at-least": "1 kWh"}, [{"energy_wh": 9_000_000}])
    assert not found({"check": "zero-use"}, [{"energy_wh": 0}])


def test_with_one_month_to_go_by_the_least_spread_counts() -> None:
    assert not found(BEFORE, [{"energy_wh": 500_000}], earlier=months(300_000))
    assert found(BEFORE, [{"energy_wh": 700_000}], earlier=months(300_000))


def test_after_months_of_nothing_any_use_above_the_least_is_found() -> None:
    assert found(BEFORE, [{"energy_wh": 60_000}], earlier=months(0, 0, 0))
    assert not found(BEFORE, [{"energy_wh": 40_000}], earlier=months(0, 0, 0))


def test_negative_months_break_nothing() -> None:
    assert found(BEFORE, [{"energy_wh": 900_000}], earlier=months(-300_000, -310_000, -290_000))
    assert not found(BEFORE, [{"energy_wh": -310_000}], earlier=months(-300_000, -310_000, -290_000))


def test_a_season_that_comes_every_year_is_not_odd() -> None:
    steady = [*months(*[300_000] * 6), *months(900_000, first=12), *months(*[300_000] * 6, first=13)]
    assert not found(BEFORE, [{"energy_wh": 930_000}], earlier=steady)
    assert found(BEFORE, [{"energy_wh": 930_000}], earlier=months(*[300_000] * 6))


LAST_YEAR = {"check": "last-year", "more-than": "100 %", "at-least": "100 kWh"}


@pytest.mark.parametrize(
    ("now", "then", "odd"),
    [(620_000, 300_000, False), (621_000, 300_000, True), (0, 300_000, False), (90_000, 0, False),
     (110_000, 0, True), (-400_000, 300_000, True)],
)  # fmt: skip
def test_use_against_last_year_is_compared_by_the_day(now: int, then: int, odd: bool) -> None:
    assert bool(found(LAST_YEAR, [{"energy_wh": now}], earlier=months(then, first=12))) is odd


def test_no_use_is_found_after_use_and_only_then() -> None:
    assert found({"check": "zero-use"}, [{"energy_wh": 0}], earlier=months(300_000, 0))
    assert not found({"check": "zero-use"}, [{"energy_wh": 0}], earlier=months(0, 0))
    assert not found({"check": "zero-use"}, [{"energy_wh": 1}], earlier=months(300_000))


def test_three_months_without_use_need_all_three_to_be_known() -> None:
    three = {"check": "zero-use", "months": 3}
    assert found(three, [{"energy_wh": 0}], earlier=months(0, 0, 300_000))
    assert not found(three, [{"energy_wh": 0}], earlier=months(0))
    assert not found(three, [{"energy_wh": 0}], earlier=months(0, 1))


def test_a_bill_that_pays_the_customer_is_found() -> None:
    negative = {"check": "negative-use"}
    assert set(found(negative, [{}, {"bill": 2, "amount": -1}, {"bill": 3, "energy_wh": -1}])) == {2, 3}


def test_coverage_counts_all_points_of_an_agreement_together() -> None:
    short = [(1, "P1", "incomplete readings", 2_900, 2_976), (1, "P2", "no readings", 0, 2_976)]
    coverage = {"check": "coverage", "less-than": "95 %"}
    assert found(coverage, [{}], short=short)[1] == {"readings": 2_900, "expected": 5_952, "check": "coverage"}
    assert not found(coverage, [{}], short=short[:1])
    assert not found(coverage, [{}], short=[(1, "P1", "incomplete history", 0, 100)])


def test_demand_above_capacity_is_found_by_the_maximum_or_the_mean() -> None:
    over = {"check": "demand-over-capacity", "more-than": "110 %"}
    demand = [(1, "demand_flat", "kW", 120, 0, 0), (1, "demand_flat", "kW", 90, 0, 0)]
    assert found(over, [{"capacity_va": 100_000}], lines=demand)[1]["demand_w"] == 120_000
    assert not found(over, [{"capacity_va": 110_000}], lines=demand)
    assert not found(over, [{"capacity_va": None}], lines=demand)
    assert found(over, [{"capacity_va": 100_000, "energy_wh": 31 * 24 * 111_000}])


def test_a_large_power_factor_adjustment_is_found_and_a_reward_is_not() -> None:
    check = {"check": "power-factor", "above": "5 %"}
    assert found(check, [{}], lines=[(1, "power_factor", "CNY", 5_000, "0.10", 500)])[1]["percent"] == "10.00"
    assert not found(check, [{}], lines=[(1, "power_factor", "CNY", 5_000, "-0.0075", -37)])


def test_another_class_tariff_or_multiplier_is_found_and_a_new_agreement_is_not() -> None:
    check = {"check": "changed-terms"}
    for change in ({"class_before": "agricultural"}, {"tariff_before": "u"},
                   {"multiplier_now": "30000", "multiplier_before": "20000"}):  # fmt: skip
        assert found(check, [change])
    assert not found(check, [{"class_before": None, "tariff_before": None, "multiplier_now": "30000"}])


def test_limits_hold_for_amounts_of_either_sign_and_prices() -> None:
    check = {"check": "limits", "amount-above": 500, "price-above": "1.5", "price-below": "0.2"}
    bills = [{}, {"bill": 2, "amount": 50_001}, {"bill": 3, "amount": -50_001}, {"bill": 4, "amount": 45_001},
             {"bill": 5, "amount": 5_999}, {"bill": 6, "amount": 100, "energy_wh": 0}]  # fmt: skip
    assert set(found(check, bills)) == {2, 3, 4, 5}


def test_the_first_bill_of_an_agreement_is_one_that_begins_in_the_period() -> None:
    assert found({"check": "first-bill"}, [{"since": START}])
    assert not found({"check": "first-bill"}, [{"since": START - dt.timedelta(days=1)}])


def test_a_check_is_for_its_classes_alone() -> None:
    check = {"check": "negative-use", "for": ["agricultural"]}
    assert not found(check, [{"amount": -1}])
    assert found(check, [{"amount": -1, "class": "agricultural"}])


def test_what_was_held_back_is_found_with_its_reason_and_nothing_else_is() -> None:
    short = [(1, "P1", "no readings", 0, 2_976), (2, "P2", "incomplete readings", 1, 2_976)]
    told = found({"check": "held"}, [{"rated": False}, {"bill": 2}, {"bill": 3, "rated": False}], short=short)
    assert {bill: one["why"] for bill, one in told.items()} == {1: "no readings", 3: "no lines"}


@pytest.mark.parametrize(
    "check",
    [
        {"check": "coverage", "less-than": "95"},
        {"check": "months-before", "spreads": 5, "spread-at-least": "20 %", "at-least": 200},
        {"check": "limits", "amount-above": -5},
        {"check": "zero-use", "months": 0},
        {"check": "no-such"},
        {"check": "zero-use", "severity": "fatal"},
        {"check": "zero-use", "monts": 3},
    ],
)
def test_a_rule_that_is_not_understood_is_refused(check: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Checks(checks={"it": check})


def test_the_examples_checks_are_understood_and_named_in_both_languages() -> None:
    from wattloop.apps.enterprise.folder.reading import read_section
    from wattloop.apps.enterprise.folder.sections import section
    from wattloop.library.tariffs.problems import Findings

    for name in ("billing.checks", "billing.issue"):
        file = ENTERPRISE / section(name).file
        findings = Findings(file=str(file))
        told = read_section(file, section(name), findings)
        findings.refuse_if_any()
    assert told.accounts.by_component["funds"] == "funds"
    checks = read_section(ENTERPRISE / "billing/checks.yaml", section("billing.checks"), findings).checks
    assert all(set(one.labels) == {"zh", "en"} for one in checks.values())


def test_ten_thousand_bills_are_checked_at_once() -> None:
    con = duckdb.connect()
    for name, columns in TYPES.items():
        con.execute(f"CREATE TABLE {name} ({columns})")
    con.execute(
        "INSERT INTO bills SELECT i, i, i, 1, true, 300000 + i % 7, 15000, 0.05, 31, DATE '2026-10-01', 'r', 'r', 't',"
        " 't', NULL, DATE '2020-01-01', NULL, NULL, NULL, 0 FROM range(10000) r(i)"
    )
    con.execute(
        "INSERT INTO earlier SELECT i, m, DATE '2026-01-01', 30, 290000, NULL FROM range(10000) r(i), range(1, 7) s(m)"
    )
    assert look(con, "it", Checks(checks={"it": BEFORE}).checks["it"], 100) == []
    con.execute("UPDATE bills SET energy_wh = 9000000 WHERE bill = 4711")
    assert [row[0] for row in look(con, "it", Checks(checks={"it": BEFORE}).checks["it"], 100)] == [4711]


@pytest.mark.parametrize(
    ("amount", "before", "large"),
    [(1_000_001, 90_000_000, True), (-1_000_001, 90_000_000, True), (1_000_000, 90_000_000, False),
     (30_001, 100_000, True), (-30_001, 100_000, True), (30_000, 100_000, False), (9_999, 100, False),
     (10_000, 0, True)],
)  # fmt: skip
def test_a_correction_is_large_by_itself_or_beside_its_bill(amount: int, before: int, large: bool) -> None:
    check = {"check": "correction", "amount-above": 10_000, "share-above": "30 %", "at-least": 100}
    assert bool(found(check, [{"amount": amount, "billed_before": before}])) is large
