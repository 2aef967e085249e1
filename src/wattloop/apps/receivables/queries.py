"""What others read of the room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from wattloop.apps.customers.models import Agreement, AgreementVersion
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import dunning, late_fees
from wattloop.apps.receivables.models import Adjustment, Charge, DeskDay, LedgerCheck, Payment, Refund
from wattloop.apps.receivables.ruled import rules

OPEN = F("amount") - F("settled")


@dataclass(frozen=True, slots=True)
class Balance:
    """How an agreement stands, in the smallest unit.

    Args:
        owed: what is open, credits taken off.
        overdue: of that, what was due before today.
        advance: what payments have left.
        disputed: of what is open, what is in dispute.
        fee: late fees up to today that are not charged yet.
    """

    owed: int = 0
    overdue: int = 0
    advance: int = 0
    disputed: int = 0
    fee: int = 0

    @property
    def to_pay(self) -> int:
        """What is to be paid today: all that is open and grown, less the advance."""
        return self.owed + self.fee - self.advance


def balance(agreement: Agreement) -> Balance:
    """How an agreement stands today."""
    today = enterprise.today()
    sums = open_charges(agreement).aggregate(
        owed=Sum(OPEN), overdue=Sum(OPEN, filter=Q(due_on__lt=today)), disputed=Sum(OPEN, filter=Q(paused="dispute"))
    )
    advance = advances(agreement).aggregate(sum=Sum("unused"))["sum"]
    bearing = list(Charge.objects.filter(late_fees.bearing(today), agreement=agreement))
    fee = sum(late_fees.pending(bearing, today).values())
    return Balance(sums["owed"] or 0, sums["overdue"] or 0, advance or 0, sums["disputed"] or 0, fee)


def open_charges(agreement: Agreement) -> QuerySet[Charge]:
    """What is open of an agreement, oldest due first; credits are below zero."""
    found: QuerySet[Charge] = Charge.objects.filter(agreement=agreement, state=Charge.State.OPEN).order_by(
        "due_on", "id"
    )
    return found


def advances(agreement: Agreement) -> QuerySet[Payment]:
    """Payments of an agreement with something left, oldest first."""
    rows = Payment.objects.filter(agreement=agreement, unused__gt=0, state=Payment.State.MATCHED)
    found: QuerySet[Payment] = rows.order_by("paid_on", "id")
    return found


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """What one unit or class is owed by age: not due, then up to each of the rules' days, then older."""

    key: str
    name: Any
    amounts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.amounts)


def ageing_bounds() -> tuple[int, ...]:
    """The days after due that divide the ages."""
    return tuple(rules().ageing_days)


def age_of(on: dt.date) -> Case:
    """The place of a charge among the ages, as an expression: 0 not due, 1 up to the first bound, …"""
    bounds = ageing_bounds()
    whens = [When(due_on__gte=on, then=Value(0))]
    whens += [
        When(due_on__gte=on - dt.timedelta(days=days), then=Value(place)) for place, days in enumerate(bounds, start=1)
    ]
    return Case(*whens, default=Value(len(bounds) + 1), output_field=IntegerField())


def class_of(prefix: str = "") -> Subquery:
    """The class that an agreement has now, as an expression."""
    rows = AgreementVersion.objects.filter(agreement=OuterRef(f"{prefix}agreement")).order_by("-valid_from")
    return Subquery(rows.values("customer_class")[:1])


def ageing(charges: QuerySet[Charge], by: str) -> list[AgeingRow]:
    """What is open by age, for each unit or class.

    Args:
        charges: those that the reader may see.
        by: `unit` or `class`.
    """
    key = "agreement__unit" if by == "unit" else "group"
    rows = charges.filter(state=Charge.State.OPEN)
    if by != "unit":
        rows = rows.annotate(group=class_of())
    found: dict[Any, list[int]] = {}
    width = len(ageing_bounds()) + 2
    sums = rows.annotate(age=age_of(enterprise.today())).order_by().values_list(key, "age").annotate(sum=Sum(OPEN))
    for group, age, amount in sums:
        found.setdefault(group, [0] * width)[age] += amount
    names = _unit_names(found) if by == "unit" else {group: group or "—" for group in found}
    return [
        AgeingRow(str(group or ""), names[group], tuple(amounts))
        for group, amounts in sorted(found.items(), key=lambda item: -sum(item[1]))
    ]


def _unit_names(units: Any) -> dict[int, str]:
    from wattloop.apps.enterprise.models import Unit

    return {unit.pk: str(unit) for unit in Unit.objects.filter(pk__in=list(units))}


def next_step(agreement: Agreement) -> tuple[Any, dt.date] | None:
    """The next step of dunning of an agreement, and the day from which it is due; None where nothing is overdue."""
    told = rules().dunning
    rows = open_charges(agreement).filter(amount__gt=0, paused=Charge.Pause.NONE).exclude(kind=dunning.LATE_FEE)
    oldest = rows.first()
    if oldest is None or oldest.dunning_step >= len(told.steps):
        return None
    step = told.steps[oldest.dunning_step]
    day = oldest.due_on + dt.timedelta(days=step.days)
    if oldest.dunned_on is not None:
        day = max(day, oldest.dunned_on + dt.timedelta(days=max(told.days_between, 1)))
    return step, day


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that waits: what in words, how many, where."""

    what: str
    count: int
    url: str
    query: str = ""
    alarm: bool = False


def todo(user: Any) -> list[ToDo]:
    """What waits for somebody in this room today; only what they may do, and only what there is."""
    from django.utils.translation import gettext as _

    found: list[ToDo] = []

    def add(action: str, what: str, rows: QuerySet[Any], url: str, query: str = "", *, alarm: bool = False) -> None:
        if gate.may(user, action) and (count := rows[:1000].count()):
            found.append(ToDo(what, count, url, query, alarm))

    last = LedgerCheck.objects.first()
    if last is not None and last.count and gate.may(user, "receivables.ledger.view"):
        found.append(ToDo(_("The books do not prove"), last.count, "receivables:ledger", alarm=True))
    doubtful = gate.visible(user, "receivables.payment.match", Payment.objects.all(), "agreement__unit")
    waiting = doubtful.filter(state__in=[Payment.State.DOUBTFUL, Payment.State.UNKNOWN])
    add("receivables.payment.match", _("Payments to match"), waiting, "receivables:payments", "state=waiting")
    own = DeskDay.objects.filter(cashier=user.actor, closed_at__isnull=True, day__lt=enterprise.today())
    add("receivables.desk.close", _("Desk days not closed"), own, "receivables:home", alarm=True)
    off = Adjustment.objects.filter(state=Adjustment.State.PROPOSED).exclude(proposed_by=user.actor)
    for kind, action, what in (
        (Adjustment.Kind.WRITE_OFF, "receivables.charge.writeoff", _("Write-offs to decide")),
        (Adjustment.Kind.WAIVER, "receivables.charge.waive", _("Waivers to decide")),
    ):
        rows = gate.visible(user, action, off.filter(kind=kind), "charge__agreement__unit")
        add(action, what, rows, "receivables:decisions")
    refunds = gate.visible(user, "receivables.payment.refund", Refund.objects.all(), "agreement__unit")
    add(
        "receivables.payment.refund", _("Refunds to decide"),
        refunds.filter(state=Refund.State.PROPOSED), "receivables:decisions",
    )  # fmt: skip
    overdue = gate.visible(user, "receivables.dunning.run", Charge.objects.all(), "agreement__unit")
    due = dunning.due_count(overdue, enterprise.today()) if gate.may(user, "receivables.dunning.run") else 0
    if due:
        found.append(ToDo(_("Notices to send"), due, "receivables:dunning"))
    return found


def takings(rows: QuerySet[Payment]) -> Sequence[dict[str, Any]]:
    """How much came in by each way to pay: `{method, count, amount}`."""
    live = rows.exclude(state=Payment.State.REVERSED)
    return list(live.order_by("method").values("method").annotate(count=Count("id"), amount=Sum("amount")))
