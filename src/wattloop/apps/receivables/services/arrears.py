"""What is done about what is not paid: late fees, disputes, instalment plans, dunning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import bulk, dunning, late_fees
from wattloop.apps.receivables.models import Charge, Instalment, Notice, Pause, Plan, PlanCharge
from wattloop.apps.receivables.plans import kept_up
from wattloop.apps.receivables.ruled import minor, rules
from wattloop.apps.receivables.settling import settle
from wattloop.apps.records import outbox
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity.refusal import Refused


@service
def charge_late_fees(agreements: Sequence[int], *, through: dt.date, by: Actor) -> int:
    """Post what late fees of agreements have grown to; nothing where they have not.

    Args:
        agreements: ids, some thousand at most.
        through: the last day that counts.
        by: who.
    """
    gate.require(by, "receivables.dunning.run")
    count = late_fees.assess(agreements, through=through, by=by)
    audit("receivables.dunning.run", by=by, after={"late_fees": count, "through": through})
    return count


@service
def dispute(charge: Charge, *, reason: str, by: Actor) -> Charge:
    """Put a charge in dispute: it bears no late fee, is not dunned, and no payment settles it unasked.

    Raises:
        Refused: without a reason, or where it is not open or rests already.
    """
    gate.require(by, "receivables.charge.dispute", charge.agreement.unit)
    if not reason.strip():
        raise Refused("a dispute has a reason", "Say what the customer objects to.", field="reason")
    bulk.lock([charge.agreement_id])
    charge = Charge.objects.get(pk=charge.pk)
    if charge.state != Charge.State.OPEN or charge.paused:
        raise Refused("only what is open and does not rest already can be put in dispute")
    _rest([charge], Charge.Pause.DISPUTE, reason, by)
    audit(
        "receivables.charge.dispute", charge, by=by, unit_path=charge.agreement.unit.path, note=reason,
        before={"paused": ""}, after={"paused": "dispute"},
    )  # fmt: skip
    charge.refresh_from_db()
    return charge


@service
def end_dispute(charge: Charge, *, note: str, by: Actor) -> Charge:
    """End a dispute: the charge goes on as before; the days of the dispute bear no late fee.

    Raises:
        Refused: where it is not in dispute.
    """
    gate.require(by, "receivables.charge.dispute", charge.agreement.unit)
    bulk.lock([charge.agreement_id])
    charge = Charge.objects.get(pk=charge.pk)
    if charge.paused != Charge.Pause.DISPUTE:
        raise Refused("this charge is not in dispute")
    _go_on([charge.pk])
    settle([charge.agreement_id], by=by)
    audit(
        "receivables.charge.dispute", charge, by=by, unit_path=charge.agreement.unit.path, note=note,
        before={"paused": "dispute"}, after={"paused": ""},
    )  # fmt: skip
    charge.refresh_from_db()
    return charge


@service
def make_plan(
    agreement: Agreement, *, charges: Sequence[Charge], count: int, first_due: dt.date, by: Actor, note: str = ""
) -> Plan:
    """Agree that charges are paid in monthly instalments; they rest while the plan is kept.

    Args:
        agreement: who pays.
        charges: open charges of it.
        count: how many instalments.
        first_due: when the first is due; the others the same day of the months after, or their last day.
        by: who.
        note: for readers.

    Raises:
        Refused: beyond the rules' limits, where a charge is not open or rests already, or another plan is active.
    """
    gate.require(by, "receivables.charge.instalments", agreement.unit)
    bulk.lock([agreement.pk])
    rows = list(Charge.objects.filter(pk__in=[one.pk for one in charges], agreement=agreement).order_by("pk"))
    if not rows or any(one.state != Charge.State.OPEN or one.paused or one.amount < 0 for one in rows):
        raise Refused("a plan is over charges that are open and do not rest already", "Choose those.", field="charges")
    if Plan.objects.filter(agreement=agreement, state=Plan.State.ACTIVE).exists():
        raise Refused("this agreement has an instalment plan already", "Cancel that first.")
    total = sum(one.open for one in rows)
    due = _due_days(first_due, count)
    _within_limits(total, due)
    today = enterprise.today()
    plan: Plan = Plan.objects.create(agreement=agreement, amount=total, made_on=today, by=by.actor, note=note[:300])
    PlanCharge.objects.bulk_create(PlanCharge(plan=plan, charge=one, amount=one.open) for one in rows)
    each, rest = divmod(total, count)
    Instalment.objects.bulk_create(
        Instalment(plan=plan, due_on=day, amount=each + (1 if place < rest else 0)) for place, day in enumerate(due)
    )
    _rest(rows, Charge.Pause.INSTALMENTS, f"plan {plan.pk}", by)
    audit(
        "receivables.charge.instalments", plan, by=by, unit_path=agreement.unit.path, note=note,
        after={"agreement": agreement.number, "amount": total, "instalments": count, "first_due": first_due},
    )  # fmt: skip
    return plan


@service
def end_plan(plan: Plan, *, by: Actor, note: str = "") -> Plan:
    """Cancel a plan, or, called by the job, end one that was kept or broken; what is open goes on as before.

    Raises:
        Refused: where it has ended already.
    """
    gate.require(by, "receivables.charge.instalments", plan.agreement.unit)
    bulk.lock([plan.agreement_id])
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if plan.state != Plan.State.ACTIVE:
        raise Refused(f"this plan is {plan.state} already")
    plan.state, plan.ended_on = kept_up(plan) or Plan.State.CANCELLED, enterprise.today()
    plan.save(update_fields=["state", "ended_on"])
    _go_on(list(plan.covers.values_list("charge", flat=True)))
    audit(
        "receivables.charge.instalments", plan, by=by, unit_path=plan.agreement.unit.path, note=note,
        before={"state": "active"}, after={"state": plan.state},
    )  # fmt: skip
    return plan


@service
def dun(agreements: Sequence[int], *, by: Actor) -> list[Notice]:
    """Send agreements the notice that is due today, one step each; one that is not due by now is left out.

    A notice goes to the outbox as `receivables.notice.send`, a step that cuts as `receivables.dunning.cut-due` too.

    Args:
        agreements: ids, some thousand at most.
        by: who.
    """
    gate.require(by, "receivables.dunning.run")
    bulk.lock(agreements)
    today = enterprise.today()
    due = dunning.due(Charge.objects.filter(agreement__in=list(agreements)), today)
    notices = Notice.objects.bulk_create(
        Notice(
            agreement_id=one.agreement, oldest_id=one.charge, step=one.number, step_id=one.step.id,
            channel=one.step.channel, amount=one.amount, on=today, by=by.actor,
        )
        for one in due
    )  # fmt: skip
    bulk.update(Charge, ("dunning_step", "dunned_on"), [(one.number, today.isoformat(), one.charge) for one in due])
    told = [
        (f"agreement:{one.agreement}", {
            "agreement": one.agreement, "notice": one.step.notice, "channel": one.step.channel, "step": one.step.id,
            "amount": one.amount, "due_on": one.due_on.isoformat(), "id": notice.pk,
        })
        for one, notice in zip(due, notices, strict=True)
    ]  # fmt: skip
    outbox.tell_all("receivables.notice.send", told)
    cut = [message for one, message in zip(due, told, strict=True) if one.step.cut]
    outbox.tell_all("receivables.dunning.cut-due", cut)
    audit("receivables.dunning.run", by=by, after={"notices": len(notices), "on": today})
    return list(notices)


def _rest(charges: Sequence[Charge], why: str, note: str, by: Actor) -> None:
    # From tomorrow on: late fees of the days before, this one too, have been earned.
    late_fees.assess([charges[0].agreement_id], through=enterprise.today(), by=by)
    start = enterprise.today() + dt.timedelta(days=1)
    Pause.objects.bulk_create(
        Pause(charge=one, why=why, start=start, note=note[:300], by=by.actor) for one in charges
    )  # fmt: skip
    Charge.objects.filter(pk__in=[one.pk for one in charges]).update(paused=why)


def _go_on(charges: Sequence[int]) -> None:
    Pause.objects.filter(charge__in=charges, end__isnull=True).update(end=enterprise.today())
    Charge.objects.filter(pk__in=charges).update(paused=Charge.Pause.NONE, fee_stale=True)


def _due_days(first: dt.date, count: int) -> list[dt.date]:
    found = []
    for place in range(count):
        year, month = divmod(first.year * 12 + first.month - 1 + place, 12)
        last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
        found.append(dt.date(year, month + 1, min(first.day, last)))
    return found


def _within_limits(total: int, due: list[dt.date]) -> None:
    limits, today = rules().instalments, enterprise.today()
    if not 2 <= len(due) <= limits.most:
        raise Refused(f"a plan has 2 to {limits.most} instalments", "Choose as many.", field="count")
    if total < minor(limits.least) * len(due):
        raise Refused(f"an instalment is {limits.least} at least", "Choose fewer.", field="count")
    if due[0] < today:
        raise Refused("the first instalment is due before today", "Choose a later day.", field="first_due")
    if (due[-1] - today).days > limits.longest_days:
        raise Refused(f"a plan ends within {limits.longest_days} days", "Choose fewer instalments.", field="count")
