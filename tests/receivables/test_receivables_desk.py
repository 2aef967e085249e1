"""A cashier's day: opened, payments with receipts and change, counted, closed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from tests.cast import Cast
from tests.receivables.money import DAY, TODAY, balance, on, owes, prove

from wattloop.apps.enterprise.gate import NotAllowed
from wattloop.apps.receivables.models import Charge, DeskDay, Payment
from wattloop.apps.receivables.services import desk, payments, refunds
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused


@pytest.fixture
def opened(books: Cast) -> Cast:
    desk.open_desk(books.east, opening=20_000, by=books.cashier)
    return books


def take(cast: Cast, amount: int, **told: object) -> Payment:
    said = {"method": "cash", "by": cast.cashier} | told
    return desk.take_payment(cast.agreements["zhang"], amount=amount, **said)  # type: ignore[arg-type]


def test_a_part_payment_settles_the_oldest_and_leaves_the_rest_open(opened: Cast) -> None:
    zhang = opened.agreements["zhang"]
    owes(zhang, 5_000, "bill:2", due_on=TODAY + 9 * DAY)
    owes(zhang, 3_000, "bill:1", due_on=TODAY + 5 * DAY)
    payment = take(opened, 4_000, tendered=5_000)
    assert [Charge.objects.get(key=f"bill:{n}").open for n in (1, 2)] == [0, 4_000]
    assert (payment.tendered - payment.amount, payment.reference[:7]) == (1_000, "R261125")
    assert (balance("cash"), DeskDay.objects.get().expected) == (4_000, 24_000)
    prove()


def test_what_is_over_is_an_advance_that_the_next_bill_uses(opened: Cast) -> None:
    zhang = opened.agreements["zhang"]
    owes(zhang, 1_000)
    take(opened, 2_500)
    assert Payment.objects.get().unused == 1_500
    owes(zhang, 2_000, "bill:2")
    assert (Payment.objects.get().unused, Charge.objects.get(key="bill:2").open) == (0, 500)
    prove()


def test_late_fees_are_charged_to_the_day_before_the_money_is_used(opened: Cast) -> None:
    owes(opened.agreements["zhang"], 100_000, due_on=TODAY - 5 * DAY)
    take(opened, 100_000)
    assert Charge.objects.get(key="bill:1").open == 0
    assert Charge.objects.get(kind="late-fee").open == 500


def test_a_payment_may_be_for_chosen_charges_alone(opened: Cast) -> None:
    zhang = opened.agreements["zhang"]
    owes(zhang, 5_000)
    second = owes(zhang, 5_000, "bill:2")
    take(opened, 5_000, charges=[second.pk])
    assert [one.open for one in Charge.objects.order_by("key")] == [5_000, 0]


def test_two_cashiers_who_saw_the_same_debt_take_it_once(opened: Cast) -> None:
    owes(opened.agreements["zhang"], 5_000)
    take(opened, 5_000, owed=5_000)
    with pytest.raises(Refused, match="has changed"):
        take(opened, 5_000, owed=5_000)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "told", "why"),
    [
        (0, {}, "above zero"),
        (-5, {}, "above zero"),
        (100, {"tendered": 99}, "less was handed over"),
        (100, {"method": "bank"}, "takes no bank"),
        (100, {"method": "gold"}, "takes no gold"),
    ],
)
def test_what_is_no_payment_is_refused(opened: Cast, amount: int, told: dict, why: str) -> None:
    with pytest.raises(Refused, match=why):
        take(opened, amount, **told)
    assert not Payment.objects.exists()


def test_a_closed_day_takes_nothing_and_stays_closed(opened: Cast) -> None:
    day = DeskDay.objects.get()
    desk.close_desk(day, counted=20_000, by=opened.cashier)
    with pytest.raises(Refused, match="not open"):
        take(opened, 100)
    with pytest.raises(Refused, match="closed already"):
        desk.open_desk(opened.east, opening=0, by=opened.cashier)
    with pytest.raises(Refused, match="closed already"):
        desk.close_desk(day, counted=20_000, by=opened.cashier)


def test_yesterdays_open_day_takes_nothing_and_bars_a_new_one(opened: Cast) -> None:
    with on(TODAY + DAY):
        with pytest.raises(Refused, match="not open"):
            take(opened, 100)
        with pytest.raises(Refused, match=f"desk day of {TODAY} is still open"):
            desk.open_desk(opened.east, opening=0, by=opened.cashier)


def test_a_difference_needs_a_note_and_is_entered(opened: Cast) -> None:
    take(opened, 5_000)
    day = DeskDay.objects.get()
    with pytest.raises(Refused, match="does not hold"):
        desk.close_desk(day, counted=24_990, by=opened.cashier)
    desk.close_desk(day, counted=24_990, by=opened.cashier, note="ten cents short")
    assert (balance("cash"), balance("desk-difference")) == (4_990, 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        DeskDay.objects.update(note="")
    prove()


def test_card_payments_are_not_in_the_drawer(opened: Cast) -> None:
    take(opened, 5_000, method="card")
    assert (DeskDay.objects.get().expected, balance("card")) == (20_000, 5_000)


def test_cash_handed_back_leaves_the_drawer(opened: Cast) -> None:
    owes(opened.agreements["zhang"], 5_000)
    payment = take(opened, 5_000)
    desk.open_desk(opened.east, opening=0, by=opened.chief)
    with pytest.raises(Refused, match="drawer does not hold"):
        payments.reverse_payment(payment, reason="wrong customer", by=opened.chief)
    payments.reverse_payment(payment, reason="wrong customer", by=opened.cashier)
    assert (DeskDay.objects.get(cashier="cashier").expected, balance("cash")) == (20_000, 0)
    assert Charge.objects.get().open == 5_000
    prove()


def test_a_cash_refund_comes_out_of_the_drawer_of_whoever_pays_it(opened: Cast) -> None:
    refund = refunds.propose_refund(take(opened, 9_000), amount=4_000, method="cash", reason="moves", by=opened.cashier)
    with pytest.raises(Refused, match="open desk day"):
        refunds.decide_refund(refund, pay=True, by=opened.chief)
    refunds.decide_refund(refund, pay=True, by=opened.cashier)
    assert (DeskDay.objects.get().expected, balance("refunds-due"), balance("advance")) == (25_000, 0, -5_000)
    prove()


def test_a_cashier_of_another_station_takes_nothing_for_it(opened: Cast) -> None:
    other = opened.users["cashier-west"]
    desk.open_desk(opened.west, opening=0, by=other)
    with pytest.raises(NotAllowed):
        take(opened, 100, by=other)
    with pytest.raises(NotAllowed):
        desk.open_desk(opened.east, opening=0, by=other)
    with pytest.raises(NotAllowed):
        desk.close_desk(DeskDay.objects.get(cashier="cashier"), counted=20_000, by=other)


def test_every_step_is_in_the_audit(opened: Cast) -> None:
    take(opened, 100)
    desk.close_desk(DeskDay.objects.get(), counted=20_100, by=opened.cashier)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == [f"receivables.{what}" for what in ("desk.open", "payment.take", "desk.close")]
