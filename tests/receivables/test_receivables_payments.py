"""Whose payments are, and what is done with those of nobody."""

from __future__ import annotations

import pytest
from tests.cast import Cast
from tests.receivables.money import BY, TODAY, balance, owes, paid, prove

from wattloop.apps.customers.models import OldNumber
from wattloop.apps.receivables.matching import Told, match
from wattloop.apps.receivables.models import Adjustment, Charge, Payment
from wattloop.apps.receivables.services import adjustments, payments, refunds
from wattloop.apps.records.actors import System
from wattloop.library.quantity.refusal import Refused


def told(amount: int = 10_000, **said: str) -> Told:
    return Told("bank", said.pop("reference", "P1"), amount, TODAY, **said)


def test_numbers_in_columns_or_text_say_whose_a_payment_is(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 10_000, reference="B261100000017")
    OldNumber.objects.create(system="marketing", kind="agreement", number="OLD77001", now=zhang.number)
    for one in (
        told(agreement=zhang.number),
        told(bill="B261100000017"),
        told(text=f"电费 {zhang.number} 十一月"),
        told(text="payment of B261100000017, thank you"),
        told(agreement="OLD77001"),
        told(text="户号OLD77001电费"),
    ):
        assert match([one])[0].agreement == zhang.pk, one


def test_numbers_of_two_agreements_are_doubtful(books: Cast) -> None:
    zhang, li = books.agreements["zhang"], books.agreements["li"]
    found = match([told(text=f"{zhang.number} and {li.number}")])[0]
    assert (found.agreement, found.state) == (None, "doubtful")
    assert {one["number"] for one in found.suggested} == {zhang.number, li.number}


def test_a_number_that_the_column_contradicts_is_doubtful(books: Cast) -> None:
    found = match([told(agreement="9999999999", text=books.agreements["zhang"].number)])[0]
    assert found.state == "doubtful"


def test_a_chinese_name_and_a_fitting_amount_are_a_suggestion_with_reasons(books: Cast) -> None:
    owes(books.agreements["zhang"], 10_000)
    found = match([told(payer="张伟"), told(1, payer="张伟"), told(payer="王芳")])
    assert [one.state for one in found] == ["doubtful", "doubtful", "unknown"]
    assert found[0].suggested[0]["why"] == ["bill-amount", "name", "open-amount"]
    assert found[1].suggested[0]["why"] == ["name"]


def test_queries_do_not_grow_with_the_payments(books: Cast, django_assert_max_num_queries: object) -> None:
    owes(books.agreements["zhang"], 10_000)
    many = [told(reference=f"P{n}", payer="张伟", text=f"32001{n:05}") for n in range(1_000)]
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        match(many)


def test_a_matched_payment_leaves_suspense_and_settles(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 10_000)
    payment = paid(None, 12_000)
    assert (payment.state, balance("suspense"), Charge.objects.get().open) == ("unknown", -12_000, 10_000)
    payments.match_payment(payment, zhang, by=books.cashier)
    assert (balance("suspense"), balance("advance"), Charge.objects.get().open) == (0, -2_000, 0)
    with pytest.raises(Refused, match="matched already"):
        payments.match_payment(payment, books.agreements["works"], by=books.cashier)
    prove()


def test_a_bounced_payment_opens_what_it_settled(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 10_000)
    first, second = paid(zhang, 4_000, "P1"), paid(zhang, 6_000, "P2")
    payments.reverse_payment(first, reason="bounced", by=BY)
    assert (Charge.objects.get().open, Charge.objects.get().state, balance("bank")) == (4_000, "open", 6_000)
    payments.reverse_payment(second, reason="bounced", by=BY)
    assert (Charge.objects.get().open, balance("receivable")) == (10_000, 10_000)
    with pytest.raises(Refused, match="reversed already"):
        payments.reverse_payment(second, reason="bounced", by=BY)
    prove()


def test_a_bounced_payment_gives_its_place_to_an_advance(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    owes(zhang, 10_000)
    first = paid(zhang, 10_000, "P1")
    paid(zhang, 10_000, "P2")
    payments.reverse_payment(first, reason="paid twice", by=BY)
    assert (Charge.objects.get().state, Payment.objects.get(reference="P2").unused) == ("settled", 0)
    prove()


def test_an_unknown_payment_can_go_back_too(books: Cast) -> None:
    payments.reverse_payment(paid(None, 500), reason="not ours", by=BY)
    assert (balance("suspense"), balance("bank")) == (0, 0)
    prove()


def test_a_large_refund_is_paid_by_another_than_proposed_it(books: Cast) -> None:
    payment = paid(books.agreements["zhang"], 100_000)
    refund = refunds.propose_refund(payment, amount=60_000, method="bank", reason="moves out", by=books.cashier)
    assert (refund.two_people, Payment.objects.get().unused, balance("refunds-due")) == (True, 40_000, -60_000)
    with pytest.raises(Refused, match="somebody else"):
        refunds.decide_refund(refund, pay=True, by=books.cashier)
    refunds.decide_refund(refund, pay=True, by=books.chief)
    assert (balance("bank"), balance("refunds-due")) == (40_000, 0)
    with pytest.raises(Refused, match="paid already"):
        refunds.decide_refund(refund, pay=False, by=books.chief)
    with pytest.raises(Refused, match="40000 is left"):
        refunds.propose_refund(payment, amount=40_001, method="bank", reason="more", by=books.cashier)
    with pytest.raises(Refused, match="has been refunded"):
        payments.reverse_payment(payment, reason="bounced", by=BY)
    prove()


def test_what_is_set_aside_for_a_refund_settles_no_bill_until_it_is_refused(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    refund = refunds.propose_refund(paid(zhang, 5_000), amount=5_000, method="bank", reason="moves", by=BY)
    owes(zhang, 3_000)
    assert Charge.objects.get().open == 3_000
    refunds.decide_refund(refund, pay=False, by=books.chief)
    assert (Charge.objects.get().open, Payment.objects.get().unused) == (0, 2_000)
    prove()


def test_a_write_off_needs_two_people_and_a_reason(books: Cast) -> None:
    charge = owes(books.agreements["zhang"], 5_000)
    with pytest.raises(Refused, match="reason"):
        adjustments.propose_adjustment(charge, kind="write-off", amount=5_000, reason=" ", by=books.chief)
    made = adjustments.propose_adjustment(charge, kind="write-off", amount=5_000, reason="gone", by=books.chief)
    with pytest.raises(Refused, match="two people"):
        adjustments.decide_adjustment(made, accept=True, by=books.chief)
    assert Charge.objects.get().open == 5_000
    adjustments.decide_adjustment(made, accept=True, by=System("other"))
    assert (Charge.objects.get().state, balance("write-off"), balance("receivable")) == ("written-off", 5_000, 0)
    prove()


def test_a_write_off_of_what_was_paid_meanwhile_is_refused(books: Cast) -> None:
    zhang = books.agreements["zhang"]
    charge = owes(zhang, 5_000)
    made = adjustments.propose_adjustment(charge, kind="write-off", amount=5_000, reason="gone", by=BY)
    paid(zhang, 1)
    with pytest.raises(Refused, match="4999 of it is open"):
        adjustments.decide_adjustment(made, accept=True, by=books.chief)
    adjustments.decide_adjustment(made, accept=False, by=BY)
    assert Adjustment.objects.get().state == "refused"
