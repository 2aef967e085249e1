"""Charges that will not be paid: waived for a reason, or written off by two people."""

from __future__ import annotations

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import bulk, ledger
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Adjustment, Allocation, Charge
from wattloop.apps.receivables.ruled import minor, rules
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

ACTIONS = {Adjustment.Kind.WRITE_OFF: "receivables.charge.writeoff", Adjustment.Kind.WAIVER: "receivables.charge.waive"}


@service
def propose_adjustment(charge: Charge, *, kind: str, amount: int, reason: str, by: Actor) -> Adjustment:
    """Propose to write a charge off, or to waive it; a waiver within the rules' limit is done at once.

    Args:
        charge: open, above zero.
        kind: `write-off` or `waiver`.
        amount: at most what is open.
        reason: why.
        by: who.

    Raises:
        Refused: where less is open, there is no reason, or one is proposed already.
    """
    unit = charge.agreement.unit
    gate.require(by, ACTIONS[Adjustment.Kind(kind)], unit)
    if not reason.strip():
        raise Refused("nothing is waived or written off without a reason", "Say why.", field="reason")
    bulk.lock([charge.agreement_id])
    _check_open(charge, amount)
    if Adjustment.objects.filter(charge=charge, state=Adjustment.State.PROPOSED).exists():
        raise Refused("something is proposed for this charge already", "Have that decided first.")
    made: Adjustment = Adjustment.objects.create(
        kind=kind, charge=charge, amount=amount, reason=reason.strip()[:300],
        proposed_by=by.actor, proposed_at=clock.now(),
    )  # fmt: skip
    if kind == Adjustment.Kind.WAIVER and amount <= minor(rules().second_person_above.waiver):
        _do(made, by, "")
    audit(
        ACTIONS[Adjustment.Kind(kind)], made, by=by, unit_path=unit.path, note=reason,
        after={"charge": charge.reference, "amount": amount, "state": made.state},
    )  # fmt: skip
    return made


@service
def decide_adjustment(adjustment: Adjustment, *, accept: bool, by: Actor, note: str = "") -> Adjustment:
    """Do what is proposed, or refuse it; never by whoever proposed it.

    Raises:
        Refused: where it is decided already, the proposer decides, or less is open by now.
    """
    unit = adjustment.charge.agreement.unit
    gate.require(by, ACTIONS[Adjustment.Kind(adjustment.kind)], unit)
    bulk.lock([adjustment.charge.agreement_id])
    adjustment = Adjustment.objects.select_for_update(of=("self",)).select_related("charge").get(pk=adjustment.pk)
    if adjustment.state != Adjustment.State.PROPOSED:
        raise Refused(f"this is {adjustment.state} already", "Look at it again.")
    if accept and adjustment.proposed_by == by.actor:
        raise Refused("two people are needed: one proposes, another decides", "Ask a second person.")
    if accept:
        _check_open(adjustment.charge, adjustment.amount)
        _do(adjustment, by, note)
    else:
        adjustment.state, adjustment.decided_by, adjustment.decided_at = Adjustment.State.REFUSED, by.actor, clock.now()
        adjustment.note = note[:300]
        adjustment.save(update_fields=["state", "decided_by", "decided_at", "note"])
    audit(
        ACTIONS[Adjustment.Kind(adjustment.kind)], adjustment, by=by, unit_path=unit.path, note=note,
        before={"state": "proposed"}, after={"state": adjustment.state, "amount": adjustment.amount},
    )  # fmt: skip
    return adjustment


def _check_open(charge: Charge, amount: int) -> None:
    left = Charge.objects.get(pk=charge.pk).open
    if not 0 < amount <= left:
        raise Refused(f"{max(left, 0)} of it is open, in the smallest unit", "Take that at most.", field="amount")


def _do(adjustment: Adjustment, by: Actor, note: str) -> None:
    today = enterprise.today()
    adjustment.state, adjustment.decided_by, adjustment.decided_at = Adjustment.State.DONE, by.actor, clock.now()
    adjustment.note = note[:300]
    adjustment.save(update_fields=["state", "decided_by", "decided_at", "note"])
    charge = Charge.objects.get(pk=adjustment.charge_id)
    charge.settled += adjustment.amount
    if charge.open == 0:
        off = adjustment.kind == Adjustment.Kind.WRITE_OFF
        charge.state = Charge.State.WRITTEN_OFF if off else Charge.State.SETTLED
    charge.fee_stale = charge.fee_stale or charge.due_on < today
    charge.save(update_fields=["settled", "state", "fee_stale"])
    Allocation.objects.create(
        charge=charge, adjustment=adjustment, amount=adjustment.amount, on=today, at=clock.now(), by=by.actor
    )
    # A late fee that is waived was never earned; anything else that will not be paid is a loss.
    earned = charge.kind == "late-fee" and adjustment.kind == Adjustment.Kind.WAIVER
    move = Move("late-fee" if earned else "write-off", "receivable", adjustment.amount, charge.agreement_id,
                charge.reference)  # fmt: skip
    ledger.enter(
        f"adjusted:{adjustment.pk}", adjustment.kind, [move], on=today, by=by, text=adjustment.reason
    )  # fmt: skip
