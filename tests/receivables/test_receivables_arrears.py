"""Disputes, instalment plans, dunning."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.cast import Cast
from tests.receivables.money import BY, DAY, TODAY, on, owes, paid, prove

from wattloop.apps.receivables import queries, tasks
from wattloop.apps.receivables.models import Charge, Notice, Plan
from wattloop.apps.receivables.services import arrears
from wattloop.apps.records.models import Message
from wattloop.library.quantity.refusal import Refused


class Quiet:
    """A job's context that nobody stops."""

    by = BY

    def check(self) -> None:
        """Go on."""


def dun(cast: Cast) -> list[str]:
    return [one.step_id for one in arrears.dun([one.pk for one in cast.agreements.values()], by=BY)]


def test_each_step_comes_on_its_day_and_once(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000, due_on=TODAY)
    said = {}
    for days in range(60):
        with on(TODAY + days * DAY):
            for step in dun(books):
                said[step] = days
            assert dun(books) == []
    assert said == {"reminder": 3, "letter": 15, "cut-notice": 30, "cut": 37}
    topics = list(Message.objects.order_by("id").values_list("topic", flat=True))
    assert topics == ["receivables.notice.send"] * 4 + ["receivables.dunning.cut-due"]
    assert Message.objects.last().body["agreement"] == books.agreements["zhang"].pk


def test_somebody_long_overdue_is_not_cut_without_the_steps_before(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000, due_on=TODAY - 400 * DAY)
    assert dun(books) == ["reminder"]
    with on(TODAY + 2 * DAY):
        assert dun(books) == []
    with on(TODAY + 3 * DAY):
        assert dun(books) == ["letter"]


def test_what_is_paid_disputed_or_too_little_is_not_dunned(books: Cast) -> None:
    zhang, works, li = (books.agreements[who] for who in ("zhang", "works", "li"))
    owes(zhang, 10_000, "bill:1", due_on=TODAY - 9 * DAY)
    paid(zhang, 10_000)
    arrears.dispute(owes(works, 10_000, "bill:2", due_on=TODAY - 9 * DAY), reason="meter", by=BY)
    owes(li, 99, "bill:3", due_on=TODAY - 9 * DAY)
    assert dun(books) == []


def test_a_disputed_charge_rests_and_takes_no_payment(books: Cast) -> None:
    works = books.agreements["works"]
    charge = owes(works, 100_000, due_on=TODAY)
    arrears.dispute(charge, reason="the meter", by=BY)
    paid(works, 40_000)
    with on(TODAY + 10 * DAY):
        arrears.charge_late_fees([works.pk], through=TODAY + 10 * DAY, by=BY)
        assert (Charge.objects.get().open, queries.balance(works).fee) == (100_000, 0)
        assert queries.balance(works).disputed == 100_000
        arrears.end_dispute(charge, note="the meter is right", by=BY)
        assert Charge.objects.get().open == 60_000
    with on(TODAY + 12 * DAY):
        arrears.charge_late_fees([works.pk], through=TODAY + 12 * DAY, by=BY)
    assert Charge.objects.get(kind="late-fee").amount == 2 * 60 * 2
    with pytest.raises(Refused, match="not in dispute"):
        arrears.end_dispute(charge, note="", by=BY)
    prove()


def test_a_plan_that_is_kept_bears_no_fees_and_ends(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    charge = owes(zhang, 100_001, due_on=TODAY)
    plan = arrears.make_plan(zhang, charges=[charge], count=3, first_due=dt.date(2026, 11, 30), by=BY)
    assert [(one.due_on.isoformat(), one.amount) for one in plan.instalments.all()] == [
        ("2026-11-30", 33_334), ("2026-12-30", 33_334), ("2027-01-30", 33_333),
    ]  # fmt: skip
    for number, instalment in enumerate(plan.instalments.all()):
        with on(instalment.due_on):
            paid(zhang, instalment.amount, f"P{number}", paid_on=instalment.due_on)
            arrears.charge_late_fees([zhang.pk], through=instalment.due_on, by=BY)
            tasks.look_at_plans.func(Quiet())
    assert Plan.objects.get().state == "kept"
    assert not Charge.objects.filter(kind="late-fee").exists()
    prove()


def test_a_plan_that_is_broken_lets_its_charges_go_on(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    plan = arrears.make_plan(zhang, charges=[owes(zhang, 100_000)], count=2, first_due=TODAY + DAY, by=BY)
    with on(TODAY + 6 * DAY):
        tasks.look_at_plans.func(Quiet())
        assert Plan.objects.get().state == "active"
    with on(TODAY + 7 * DAY):
        tasks.look_at_plans.func(Quiet())
    assert (Plan.objects.get().state, Charge.objects.get().paused) == ("broken", "")
    with pytest.raises(Refused, match="broken already"):
        arrears.end_plan(plan, by=BY)
    prove()


@pytest.mark.parametrize(
    ("amount", "count", "days", "why"),
    [
        (100_000, 1, 1, "2 to 12"),
        (100_000, 13, 1, "2 to 12"),
        (9_999, 2, 1, "50.00 at least"),
        (100_000, 3, -1, "before today"),
        (100_000, 12, 200, "within 365 days"),
    ],
)
def test_plans_stay_within_the_rules(books: Cast, amount: int, count: int, days: int, why: str) -> None:
    zhang = books.agreements["zhang"]
    with pytest.raises(Refused, match=why):
        arrears.make_plan(
            zhang, charges=[owes(zhang, amount)], count=count, first_due=TODAY + days * DAY, by=BY
        )  # fmt: skip


def test_instalments_at_the_end_of_a_month_stay_there(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    with on(dt.date(2027, 11, 30)):
        first = dt.date(2027, 12, 31)
        plan = arrears.make_plan(zhang, charges=[owes(zhang, 100_000)], count=4, first_due=first, by=BY)
    assert [str(one.due_on) for one in plan.instalments.all()] == [
        "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31",
    ]  # fmt: skip


def test_a_notice_names_what_is_overdue_with_its_fees(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 10_000, due_on=TODAY - 10 * DAY)
    owes(zhang, 7_000, "bill:2", due_on=TODAY + DAY)
    arrears.charge_late_fees([zhang.pk], through=TODAY - DAY, by=BY)
    dun(books)
    assert Notice.objects.get().amount == 10_000 + 100
