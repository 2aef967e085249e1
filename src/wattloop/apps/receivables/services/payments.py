"""What becomes of payments after they came in: matched, reversed; and those that others send by HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import bulk, ledger, matching, taking
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Allocation, BankFile, DeskDay, Payment, Refund
from wattloop.apps.receivables.settling import settle
from wattloop.apps.receivables.undoing import undo
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity.refusal import Refused

UNMATCHED = (Payment.State.DOUBTFUL, Payment.State.UNKNOWN)


@service
def take_payments(
    payments: Sequence[matching.Told], *, by: Actor, bank_file: BankFile | None = None, unit_path: str = ""
) -> list[Payment]:
    """Take in payments told by a bank or another source, each matched as far as it can be.

    Args:
        payments: some thousand at most, none of which is there yet.
        by: who.
        bank_file: the file in which they stood; what it has taken is counted there.
        unit_path: of the unit whose business it is.

    Raises:
        Refused: where the month is closed.
        IntegrityError: where somebody took one of them meanwhile; look again which are there.
    """
    gate.require(by, "receivables.payment.take")
    matched = matching.match(payments)
    first = payments[0]
    made = taking.record(
        matched, key=f"payments:{first.source}:{first.reference}", by=by, bank_file=bank_file,
        text=bank_file.name if bank_file is not None else first.text,
    )  # fmt: skip
    total = sum(one.amount for one in made)
    if bank_file is not None:
        BankFile.objects.filter(pk=bank_file.pk).update(taken=F("taken") + len(made), amount=F("amount") + total)
    audit(
        "receivables.payment.take", bank_file or made[0], by=by, unit_path=unit_path,
        after={"source": first.source, "payments": len(made), "amount": total},
    )  # fmt: skip
    return made


@service
def match_payment(payment: Payment, agreement: Agreement, *, by: Actor, note: str = "") -> Payment:
    """Say for whom a payment is; it settles at once what is owed.

    Raises:
        Refused: where it is matched already, or reversed.
    """
    gate.require(by, "receivables.payment.match", agreement.unit)
    bulk.lock([agreement.pk])
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.state not in UNMATCHED:
        raise Refused(f"payment {payment.reference} is {payment.state} already", "Look at it again.")
    was = payment.state
    payment.agreement, payment.state = agreement, Payment.State.MATCHED
    payment.save(update_fields=["agreement", "state"])
    move = Move("suspense", "advance", payment.amount, agreement.pk, payment.reference)
    entry = ledger.enter(f"matched:{payment.pk}", "matched", [move], on=enterprise.today(), by=by, text=note)
    settle([agreement.pk], by=by, entry=entry)
    audit(
        "receivables.payment.match", payment, by=by, unit_path=agreement.unit.path, note=note,
        before={"state": was}, after={"agreement": agreement.number, "state": payment.state},
    )  # fmt: skip
    return payment


@service
def reverse_payment(payment: Payment, *, reason: str, by: Actor) -> Payment:
    """Take a payment back: it bounced, or was entered wrongly. What it settled is open again.

    Cash taken at a desk is handed back from the open desk day of whoever reverses it.

    Raises:
        Refused: without a reason, where it is reversed already or part of it has been refunded.
    """
    unit = payment.agreement.unit if payment.agreement is not None else None
    gate.require(by, "receivables.payment.reverse", unit)
    if not reason.strip():
        raise Refused("a reversal has a reason", "Say why the payment is taken back.", field="reason")
    if payment.agreement_id is not None:
        bulk.lock([payment.agreement_id])
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if payment.state == Payment.State.REVERSED:
        raise Refused(f"payment {payment.reference} is reversed already")
    if Refund.objects.filter(payment=payment).exclude(state=Refund.State.REFUSED).exists():
        raise Refused(
            f"part of payment {payment.reference} has been refunded", "Charge that part to the agreement instead."
        )
    held = "suspense" if payment.state in UNMATCHED else "advance"
    day = _desk_day(payment, by)
    moves = undo(Allocation.objects.filter(payment=payment))
    moves.append(Move(held, taking.account_of(payment.method), payment.amount, payment.agreement_id, payment.reference))
    ledger.enter(f"reversed:{payment.pk}", "reversed", moves, on=enterprise.today(), by=by, text=reason)
    was = payment.state
    payment.state, payment.unused, payment.reversed_on = Payment.State.REVERSED, 0, enterprise.today()
    payment.reversed_by, payment.reversed_desk_day = by.actor, day
    payment.save(update_fields=["state", "unused", "reversed_on", "reversed_by", "reversed_desk_day"])
    if payment.agreement_id is not None:
        settle([payment.agreement_id], by=by)
    audit(
        "receivables.payment.reverse", payment, by=by, unit_path=unit.path if unit is not None else "", note=reason,
        before={"state": was}, after={"state": payment.state, "amount": payment.amount},
    )  # fmt: skip
    return payment


def _desk_day(payment: Payment, by: Actor) -> DeskDay | None:
    """The open desk day from which cash is handed back; none for what was not counted at a desk."""
    from wattloop.apps.receivables.ruled import rules

    rule = rules().methods.get(payment.method)
    if payment.desk_day_id is None or rule is None or not rule.counted:
        return None
    days = DeskDay.objects.select_for_update().filter(cashier=by.actor, day=enterprise.today(), closed_at__isnull=True)
    day: DeskDay | None = days.first()
    if day is None:
        raise Refused("cash is handed back from an open desk day", "Open your desk day first.")
    if day.expected < payment.amount:
        raise Refused("the drawer does not hold that much", "Refund it by another way.")
    DeskDay.objects.filter(pk=day.pk).update(expected=F("expected") - payment.amount)
    return day
