"""Late fees, day by day, against figures worked by hand."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import Cast
from tests.receivables.money import BY, DAY, TODAY, on, owes, paid, prove, with_rules

from wattloop.apps.receivables import late_fees, tasks
from wattloop.apps.receivables.late_fees import Arrears, fee
from wattloop.apps.receivables.models import Charge
from wattloop.apps.receivables.rules import Rules
from wattloop.apps.receivables.services import adjustments, arrears, payments
from wattloop.apps.records import jobs

HOME, FIRM = "residential", "industrial-commercial"


class Always:
    """The room's default rules on every day."""

    days: tuple[dt.date, ...] = ()

    def on(self, day: dt.date, customer_class: str) -> object:
        return Rules().late_fee(customer_class)


def fees() -> list[int]:
    return list(Charge.objects.filter(kind="late-fee").order_by("pk").values_list("amount", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("customer_class", "due", "through", "expected"),
    [
        (HOME, "2026-11-10", "2026-11-10", 0),  # the due day itself is in time
        (HOME, "2026-11-10", "2026-11-11", 100),  # one day is 1.00 of 1,000.00
        (HOME, "2026-11-10", "2026-11-25", 1_500),
        (FIRM, "2026-11-10", "2026-11-25", 3_000),  # 2 ‰ in the year
        (FIRM, "2025-12-21", "2026-01-10", 2_000 + 3_000),  # ten days at 2 ‰, ten carried over at 3 ‰
        (HOME, "2025-12-21", "2026-01-10", 2_000),  # residents have one rate
        (HOME, "2024-02-28", "2024-03-01", 200),  # the leap day is a day
    ],
)
def test_a_thousand_yuan_late(customer_class: str, due: str, through: str, expected: int) -> None:
    one = Arrears(100_000, dt.date.fromisoformat(due), customer_class)
    assert fee(one, dt.date.fromisoformat(through), Always()) == expected


@pytest.mark.django_db
def test_the_worked_example_of_the_module() -> None:
    due = dt.date(2026, 11, 10)
    one = Arrears(100_000, due, HOME, settled=((due + 3 * DAY, 40_000),))
    assert fee(one, due + 5 * DAY, Always()) == 420


@pytest.mark.django_db
def test_a_cent_of_arrears_costs_the_minimum_once() -> None:
    assert fee(Arrears(1, TODAY - 5 * DAY, HOME), TODAY, Always()) == 100
    assert fee(Arrears(1, TODAY - 500 * DAY, HOME), TODAY, Always()) == 100


@pytest.mark.django_db
def test_days_on_which_it_rested_cost_nothing() -> None:
    rest = ((TODAY - 8 * DAY, TODAY - 5 * DAY), (TODAY - 1 * DAY, None))
    assert fee(Arrears(1_000_000, TODAY - 10 * DAY, HOME, rests=rest), TODAY, Always()) == 4 * 1_000


@settings(max_examples=150, deadline=None)
@given(
    amount=st.integers(1, 10**9),
    customer_class=st.sampled_from([HOME, FIRM]),
    late=st.integers(0, 900),
    settled=st.lists(st.tuples(st.integers(-30, 900), st.integers(0, 10**8)), max_size=4),
    rests=st.lists(st.tuples(st.integers(0, 800), st.integers(0, 90) | st.none()), max_size=2),
)
@pytest.mark.django_db
def test_stretches_come_to_what_each_day_by_itself_does(amount, customer_class, late, settled, rests) -> None:
    due = dt.date(2024, 7, 1)
    through = due + late * DAY
    paid_on = tuple((due + day * DAY, min(part, amount)) for day, part in settled)
    rested = tuple((due + a * DAY, None if n is None else due + (a + n) * DAY) for a, n in rests)
    total = Decimal(0)
    for number in range(1, late + 1):
        day = due + number * DAY
        if any(start <= day and (end is None or day <= end) for start, end in rested):
            continue
        left = max(amount - sum(part for paid_day, part in paid_on if paid_day < day), 0)
        rate = 1 if customer_class == HOME else 2 if day.year == due.year else 3
        total += Decimal(left * rate) / 1000
    expected = max(int(total.quantize(Decimal(1), ROUND_HALF_UP)), 100) if total else 0
    assert fee(Arrears(amount, due, customer_class, paid_on, rested), through, Always()) == expected


def test_the_job_charges_once_a_month_and_the_desk_sees_what_has_grown_since(books: Cast) -> None:
    owes(books.agreements["zhang"], 100_000, due_on=TODAY - 10 * DAY, made_on=TODAY)
    for _ in range(3):
        jobs.run_waiting()
        tasks.charge_late_fees.func(type("C", (), {"by": BY, "check": lambda self: None})())
    assert fees() == [1_000]
    with on(TODAY + 5 * DAY):
        tasks.charge_late_fees.func(type("C", (), {"by": BY, "check": lambda self: None})())
        assert fees() == [1_000]
        charge = Charge.objects.get(key="bill:1")
        assert late_fees.pending([charge], TODAY + 5 * DAY) == {charge.pk: 500}
    with on(TODAY + 30 * DAY):
        tasks.charge_late_fees.func(type("C", (), {"by": BY, "check": lambda self: None})())
    assert fees() == [1_000, 3_000]
    prove()


def test_a_payment_that_comes_to_light_late_takes_the_fee_of_its_days_back(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 100_000, due_on=TODAY - 10 * DAY)
    arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY)
    paid(zhang, 100_000, paid_on=TODAY - 8 * DAY)
    arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY)
    assert fees() == [1_000, -800]
    assert sum(charge.open for charge in Charge.objects.all()) == 200
    prove()


def test_a_payment_that_bounces_brings_the_fee_back(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 100_000, due_on=TODAY - 10 * DAY)
    payment = paid(zhang, 100_000, paid_on=TODAY - 10 * DAY)
    arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY)
    assert fees() == []
    payments.reverse_payment(payment, reason="bounced", by=BY)
    arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY)
    assert fees() == [1_000]


def test_a_waived_fee_is_not_charged_again(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 100_000, due_on=TODAY - 10 * DAY)
    arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY)
    late = Charge.objects.get(kind="late-fee")
    waived = adjustments.propose_adjustment(late, kind="waiver", amount=1_000, reason="our error", by=BY)
    assert waived.state == "done"
    assert arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY) == 0
    with on(TODAY + DAY):
        arrears.charge_late_fees([zhang.pk], through=TODAY + DAY, by=BY)
    assert fees() == [1_000, 100]
    prove()


def test_a_rate_that_changes_on_a_day_holds_from_that_day_on(books: Cast, home: Path) -> None:
    begins = TODAY - 5 * DAY
    dearer = f"valid_from: {begins}\nlate_fees:\n  - {{classes: ['*'], per_mille_a_day: 5}}\n"
    with_rules(home, dearer, number=2)
    zhang = books.agreements["zhang"]
    owes(zhang, 100_000, due_on=TODAY - 10 * DAY)
    arrears.charge_late_fees([zhang.pk], through=TODAY, by=BY)
    assert fees() == [4 * 100 + 6 * 500]


def test_the_class_of_the_due_day_counts(books: Cast) -> None:
    works = books.agreements["works"]
    owes(works, 100_000, due_on=TODAY - 10 * DAY)
    arrears.charge_late_fees([works.pk], through=TODAY, by=BY)
    assert fees() == [2_000]
