"""Money given back: set aside when it is proposed, paid or let go when that is decided."""

from __future__ import annotations

from django.db.models import F

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import bulk, ledger, taking
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Allocation, Charge, DeskDay, Payment, Refund
from wattloop.apps.receivables.ruled import minor, rules
from wattloop.apps.receivables.settling import settle
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

REFUND = "receivables.payment.refund"


@service
def propose_refund(of: Payment | Charge, *, amount: int, method: str, reason: str, by: Actor) -> Refund:
    """Set an amount aside to be given back: what a payment has unused, or of a charge below zero.

    Args:
        of: the payment, or the credit.
        amount: at most what is left of it.
        method: how it will be paid.
        reason: why.
        by: who. Above the rules' limit somebody else decides.

    Raises:
        Refused: where less is left, or there is no reason.
    """
    assert of.agreement is not None
    unit = of.agreement.unit
    gate.require(by, REFUND, unit)
    if not reason.strip():
        raise Refused("a refund has a reason", "Say why it is given back.", field="reason")
    taking.account_of(method)
    bulk.lock([of.agreement_id])
    left = _left(of)
    if not 0 < amount <= left:
        raise Refused(f"{left} is left to be given back, in the smallest unit", "Refund that at most.", field="amount")
    refund: Refund = Refund.objects.create(
        payment=of if isinstance(of, Payment) else None, credit=of if isinstance(of, Charge) else None,
        agreement=of.agreement, amount=amount, method=method, reason=reason.strip()[:300],
        two_people=amount > minor(rules().second_person_above.refund), proposed_by=by.actor, proposed_at=clock.now(),
    )  # fmt: skip
    if isinstance(of, Payment):
        Payment.objects.filter(pk=of.pk).update(unused=F("unused") - amount)
        source = "advance"
    else:
        _settle_credit(of, refund, amount, by)
        source = "receivable"
    move = Move(source, "refunds-due", amount, of.agreement_id, of.reference)
    ledger.enter(f"refund-proposed:{refund.pk}", "refund", [move], on=enterprise.today(), by=by, text=reason)
    audit(
        "receivables.payment.refund", refund, by=by, unit_path=unit.path, note=reason,
        after={"agreement": of.agreement.number, "amount": amount, "state": refund.state},
    )  # fmt: skip
    return refund


@service
def decide_refund(refund: Refund, *, pay: bool, by: Actor, note: str = "") -> Refund:
    """Pay a refund, or let it go: what was set aside is there again then.

    Cash is handed out from the open desk day of whoever pays it.

    Raises:
        Refused: where it is decided already, or whoever proposed it decides one above the limit.
    """
    unit = refund.agreement.unit
    gate.require(by, REFUND, unit)
    bulk.lock([refund.agreement_id])
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if refund.state != Refund.State.PROPOSED:
        raise Refused(f"this refund is {refund.state} already", "Look at it again.")
    if pay and refund.two_people and refund.proposed_by == by.actor:
        raise Refused("a refund of this amount is paid by somebody else than proposed it", "Ask a second person.")
    if pay:
        refund.desk_day = _drawer(refund, by)
        move = Move("refunds-due", taking.account_of(refund.method), refund.amount, refund.agreement_id)
        ledger.enter(f"refund-paid:{refund.pk}", "refund-paid", [move], on=enterprise.today(), by=by, text=note)
    else:
        _give_back(refund, by, note)
    refund.state = Refund.State.PAID if pay else Refund.State.REFUSED
    refund.decided_by, refund.decided_at, refund.note = by.actor, clock.now(), note[:300]
    refund.save(update_fields=["state", "decided_by", "decided_at", "note", "desk_day"])
    if not pay:
        settle([refund.agreement_id], by=by)
    audit(
        "receivables.payment.refund", refund, by=by, unit_path=unit.path, note=note,
        before={"state": "proposed"}, after={"state": refund.state, "amount": refund.amount},
    )  # fmt: skip
    return refund


def _left(of: Payment | Charge) -> int:
    if isinstance(of, Payment):
        payment = Payment.objects.get(pk=of.pk)
        return int(payment.unused) if payment.state == Payment.State.MATCHED else 0
    charge = Charge.objects.get(pk=of.pk)
    return -charge.open if charge.paused != Charge.Pause.DISPUTE else 0


def _settle_credit(credit: Charge, refund: Refund, amount: int, by: Actor) -> None:
    fresh = Charge.objects.get(pk=credit.pk)
    fresh.settled -= amount
    fresh.state = Charge.State.SETTLED if fresh.open == 0 else Charge.State.OPEN
    fresh.save(update_fields=["settled", "state"])
    Allocation.objects.create(
        charge=fresh, refund=refund, amount=amount, on=enterprise.today(), at=clock.now(), by=by.actor
    )


def _give_back(refund: Refund, by: Actor, note: str) -> None:
    if refund.payment_id is not None:
        Payment.objects.filter(pk=refund.payment_id).update(unused=F("unused") + refund.amount)
        back = "advance"
    else:
        Charge.objects.filter(pk=refund.credit_id).update(
            settled=F("settled") + refund.amount, state=Charge.State.OPEN
        )  # fmt: skip
        refund.allocations.filter(undone=False).update(undone=True)
        back = "receivable"
    move = Move("refunds-due", back, refund.amount, refund.agreement_id)
    ledger.enter(f"refund-refused:{refund.pk}", "refund-refused", [move], on=enterprise.today(), by=by, text=note)


def _drawer(refund: Refund, by: Actor) -> DeskDay | None:
    rule = rules().methods[refund.method]
    if not rule.counted:
        return None
    days = DeskDay.objects.select_for_update().filter(cashier=by.actor, day=enterprise.today(), closed_at__isnull=True)
    day: DeskDay | None = days.first()
    if day is None:
        raise Refused("cash is handed out from an open desk day", "Open your desk day first.")
    if day.expected < refund.amount:
        raise Refused("the drawer does not hold that much", "Pay it by bank transfer.")
    DeskDay.objects.filter(pk=day.pk).update(expected=F("expected") - refund.amount)
    return day
