"""Which agreements are to be dunned on a day, and by which step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from wattloop.apps.receivables.models import Charge
from wattloop.apps.receivables.ruled import minor, rules

if TYPE_CHECKING:
    from wattloop.apps.receivables.rules import DunningStep

LATE_FEE = "late-fee"


@dataclass(frozen=True, slots=True)
class Due:
    """A step that is due: for which agreement, because of which charge, and what is overdue in all."""

    agreement: int
    charge: int
    due_on: dt.date
    days: int
    amount: int
    number: int
    step: DunningStep


def due(charges: QuerySet[Charge], on: dt.date) -> list[Due]:
    """The next step of each agreement whose oldest overdue charge is old enough for it.

    Late fees count in the amount, not in the age; what rests counts in neither. An advance that was not
    used for it, as while a dispute went on, is not taken off.

    Args:
        charges: of the agreements to look at.
        on: the day.
    """
    told = rules().dunning
    rows = charges.filter(
        state=Charge.State.OPEN, amount__gt=0, due_on__lt=on, paused=Charge.Pause.NONE
    ).order_by("agreement", "due_on", "id").values_list(
        "agreement", "id", "kind", "due_on", "amount", "settled", "dunning_step", "dunned_on"
    )  # fmt: skip
    oldest: dict[int, tuple[int, dt.date, int, dt.date | None]] = {}
    owed: dict[int, int] = {}
    for agreement, pk, kind, due_on, amount, settled, number, dunned_on in rows.iterator(chunk_size=5_000):
        owed[agreement] = owed.get(agreement, 0) + amount - settled
        if kind != LATE_FEE:
            oldest.setdefault(agreement, (pk, due_on, number, dunned_on))
    found, least = [], minor(told.least)
    for agreement, (pk, due_on, number, dunned_on) in oldest.items():
        days = (on - due_on).days
        if number >= len(told.steps) or owed[agreement] < least or days < told.steps[number].days:
            continue
        if dunned_on is not None and (on - dunned_on).days < max(told.days_between, 1):
            continue
        found.append(Due(agreement, pk, due_on, days, owed[agreement], number + 1, told.steps[number]))
    return found


def due_count(charges: QuerySet[Charge], on: dt.date, most: int = 1_000) -> int:
    """How many agreements have a step due, of the first `most` that may: a page needs to look at no more.

    Args:
        charges, on: as for `due`.
        most: agreements looked at.
    """
    told = rules().dunning
    rested = Q(dunned_on__isnull=True) | Q(dunned_on__lte=on - dt.timedelta(days=max(told.days_between, 1)))
    old_enough = Q(pk__in=[])
    for number, step in enumerate(told.steps):
        old_enough |= Q(dunning_step=number, due_on__lte=on - dt.timedelta(days=step.days))
    may_be = charges.filter(
        rested, old_enough, state=Charge.State.OPEN, amount__gt=0, due_on__lt=on, paused=Charge.Pause.NONE
    ).exclude(kind=LATE_FEE)  # fmt: skip
    some = list(may_be.order_by().values_list("agreement", flat=True).distinct()[:most])
    return len(due(charges.filter(agreement__in=some), on)) if some else 0
