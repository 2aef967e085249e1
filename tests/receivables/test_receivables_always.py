"""Whatever happens, in whatever order, the books prove: a machine of hypothesis plays everybody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.cast import Cast, make_cast
from tests.receivables.money import BY, TODAY, balance, new, owes, paid, posted, with_rules

from wattloop.apps.receivables import verifying
from wattloop.apps.receivables.models import Account, Adjustment, Charge, DeskDay, Payment, Plan, Refund
from wattloop.apps.receivables.services import adjustments, arrears, desk, payments, refunds
from wattloop.apps.receivables.taking import account_of
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

AMOUNTS = st.integers(1, 200_000)
WHO = st.sampled_from(["zhang", "works", "li"])
CHIEF = System("second")


class Books(RuleBasedStateMachine):
    """Everything that can happen to three agreements over some weeks."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.day, self.count, self.came, self.went = TODAY, 0, 0, 0
        self.clock = clock.frozen(self._noon())
        self.clock.__enter__()

    def teardown(self) -> None:
        self.clock.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def _noon(self) -> dt.datetime:
        return dt.datetime.combine(self.day, dt.time(4), tzinfo=dt.UTC)

    def _next(self) -> int:
        self.count += 1
        return self.count

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days: int) -> None:
        self.clock.__exit__(None, None, None)
        self.day += dt.timedelta(days=days)
        self.clock = clock.frozen(self._noon())
        self.clock.__enter__()

    @rule(who=WHO, amount=AMOUNTS, due=st.integers(-60, 20))
    def a_bill_is_issued(self, who: str, amount: int, due: int) -> None:
        parts = {"revenue.energy": amount - amount // 10, "tax": amount // 10}
        bill = new(
            self.cast.agreements[who], amount, f"bill:{self._next()}", made_on=self.day,
            due_on=self.day + dt.timedelta(days=due), parts=parts,
        )  # fmt: skip
        assert posted(bill) == 1
        assert posted(bill) == 0

    @rule(who=WHO, amount=AMOUNTS)
    def a_bill_is_corrected_downwards(self, who: str, amount: int) -> None:
        owes(self.cast.agreements[who], -amount, f"bill:{self._next()}", made_on=self.day, due_on=self.day)

    @rule(who=WHO, amount=AMOUNTS, before=st.integers(0, 30), known=st.booleans())
    def money_comes_by_bank(self, who: str, amount: int, before: int, known: bool) -> None:
        whose = self.cast.agreements[who] if known else None
        paid(whose, amount, f"P{self._next()}", paid_on=self.day - dt.timedelta(days=before))
        self.came += amount

    @rule(who=WHO, amount=AMOUNTS)
    def somebody_prepays_and_part_of_it_is_set_aside_to_go_back(self, who: str, amount: int) -> None:
        self.money_comes_by_bank(who, amount + 300_000, 0, known=True)
        self._refund(amount)

    @precondition(lambda self: Payment.objects.filter(state="unknown").exists())
    @rule(who=WHO)
    def a_payment_is_matched(self, who: str) -> None:
        payment = Payment.objects.filter(state="unknown").first()
        payments.match_payment(payment, self.cast.agreements[who], by=BY)

    @rule(who=WHO, amount=AMOUNTS, close=st.booleans(), short=st.integers(-50, 50))
    def somebody_pays_at_the_desk(self, who: str, amount: int, close: bool, short: int) -> None:
        cashier = System(f"cashier-{self.day}")
        if not DeskDay.objects.filter(cashier=cashier.actor).exists():
            desk.open_desk(self.cast.east, opening=10_000, by=cashier)
        try:
            desk.take_payment(self.cast.agreements[who], amount=amount, method="cash", by=cashier)
            self.came += amount
        except Refused:
            assert DeskDay.objects.get(cashier=cashier.actor).closed_at is not None
            return
        day = DeskDay.objects.get(cashier=cashier.actor)
        if close and day.expected + short >= 0:
            desk.close_desk(day, counted=day.expected + short, by=cashier, note="counted twice")
            self.came += short

    @precondition(lambda self: Payment.objects.exclude(state="reversed").filter(method="bank").exists())
    @rule(data=st.data())
    def a_payment_bounces(self, data: st.DataObject) -> None:
        rows = list(Payment.objects.exclude(state="reversed").filter(method="bank").order_by("pk"))
        payment = data.draw(st.sampled_from(rows))
        try:
            payments.reverse_payment(payment, reason="bounced", by=BY)
            self.came -= payment.amount
        except Refused:
            assert payment.refunds.exclude(state="refused").exists()

    @precondition(lambda self: Payment.objects.filter(unused__gt=0, state="matched").exists())
    @rule(part=st.integers(1, 100), pay=st.booleans(), decide=st.booleans())
    def an_advance_is_refunded(self, part: int, pay: bool, decide: bool) -> None:
        payment = Payment.objects.filter(unused__gt=0, state="matched").first()
        amount = max(payment.unused * part // 100, 1)
        refund = refunds.propose_refund(payment, amount=amount, method="bank", reason="moved out", by=BY)
        if decide:
            refunds.decide_refund(refund, pay=pay, by=CHIEF)
            self.went += amount if pay else 0

    def _refund(self, most: int) -> None:
        payment = Payment.objects.filter(unused__gt=0, state="matched").last()
        if payment is not None:
            amount = min(payment.unused, most)
            refunds.propose_refund(payment, amount=amount, method="bank", reason="too much", by=BY)

    @precondition(lambda self: Charge.objects.filter(amount__lt=0, state="open").exists())
    @rule(pay=st.booleans())
    def a_credit_is_refunded(self, pay: bool) -> None:
        credit = Charge.objects.filter(amount__lt=0, state="open").first()
        refund = refunds.propose_refund(credit, amount=-credit.open, method="bank", reason="moved out", by=BY)
        refunds.decide_refund(refund, pay=pay, by=CHIEF)
        self.went += refund.amount if pay else 0

    @precondition(lambda self: Refund.objects.filter(state="proposed").exists())
    @rule(pay=st.booleans())
    def a_refund_is_decided(self, pay: bool) -> None:
        refund = Refund.objects.filter(state="proposed").first()
        refunds.decide_refund(refund, pay=pay, by=CHIEF)
        self.went += refund.amount if pay else 0

    @rule(who=WHO)
    def late_fees_are_charged(self, who: str) -> None:
        agreement = self.cast.agreements[who].pk
        arrears.charge_late_fees([agreement], through=self.day, by=BY)
        assert arrears.charge_late_fees([agreement], through=self.day, by=BY) == 0

    @precondition(lambda self: Charge.objects.filter(amount__gt=0, state="open").exists())
    @rule(part=st.integers(1, 100), kind=st.sampled_from(["write-off", "waiver"]), accept=st.booleans())
    def part_of_a_charge_is_given_up(self, part: int, kind: str, accept: bool) -> None:
        charge = Charge.objects.filter(amount__gt=0, state="open").order_by("-pk").first()
        if Adjustment.objects.filter(charge=charge, state="proposed").exists():
            return
        amount = max(charge.open * part // 100, 1)
        made = adjustments.propose_adjustment(charge, kind=kind, amount=amount, reason="too old", by=BY)
        if made.state == "proposed":
            adjustments.decide_adjustment(made, accept=accept, by=CHIEF)

    @precondition(lambda self: Charge.objects.filter(amount__gt=0, state="open", paused="").exists())
    @rule()
    def a_charge_is_disputed(self) -> None:
        arrears.dispute(Charge.objects.filter(amount__gt=0, state="open", paused="").first(), reason="no", by=BY)

    @precondition(lambda self: Charge.objects.filter(paused="dispute").exists())
    @rule()
    def a_dispute_ends(self) -> None:
        arrears.end_dispute(Charge.objects.filter(paused="dispute").first(), note="yes", by=BY)

    @rule(who=WHO, count=st.integers(2, 6))
    def a_plan_is_agreed_or_ended(self, who: str, count: int) -> None:
        agreement = self.cast.agreements[who]
        plan = Plan.objects.filter(agreement=agreement, state="active").first()
        if plan is not None:
            arrears.end_plan(plan, by=BY)
            return
        charges = list(Charge.objects.filter(agreement=agreement, amount__gt=0, state="open", paused=""))
        if sum(one.open for one in charges) >= 5_000 * count:
            arrears.make_plan(agreement, charges=charges, count=count, first_due=self.day, by=BY)

    @rule()
    def what_is_overdue_is_dunned(self) -> None:
        everybody = [one.pk for one in self.cast.agreements.values()]
        arrears.dun(everybody, by=BY)
        assert arrears.dun(everybody, by=BY) == []

    @invariant()
    def the_books_prove(self) -> None:
        assert verifying.breaks() == []

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        codes = {account_of(method) for method in ("cash", "card", "bank")}
        held = sum(balance(code) for code in codes if Account.objects.filter(code=code).exists())
        assert held == self.came - self.went

    @invariant()
    def nobody_owes_while_an_advance_lies_beside_it(self) -> None:
        for agreement in self.cast.agreements.values():
            owed = Charge.objects.filter(agreement=agreement, state="open", amount__gt=0).exclude(paused="dispute")
            spare = Payment.objects.filter(agreement=agreement, state="matched").aggregate(sum=Sum("unused"))["sum"]
            assert not (owed.exists() and spare)


def test_any_sequence_of_events_keeps_the_books_whole(db: None, home: Path) -> None:
    Books.cast = make_cast()
    with_rules(home)
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.reuse, Phase.generate],  # shrinking money takes minutes; the steps are told anyway
        ),
    )  # fmt: skip
