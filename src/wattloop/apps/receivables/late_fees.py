"""Late fees, day by day.

What a charge has cost up to a day follows from its open amount on each day, the rate that held on that
day, and the days on which it rested; it is computed afresh each time and only the difference to what
has been charged is posted. So a payment that comes to light later, or one that bounces, mends the
fee by itself, and nothing is charged twice however often the job runs.

A day is charged on what was open at its beginning: the day of payment still counts, the due day does not.
Worked example: 1,000.00 due on the 10th, 400.00 paid on the 13th, at 1 ‰ a day. To the 15th: three days
(11th-13th) on 1,000.00 and two on 600.00: 3.00 + 1.20 = 4.20.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from wattloop.apps.customers.models import AgreementVersion
from wattloop.apps.receivables import bulk
from wattloop.apps.receivables.models import Allocation, Charge, Pause
from wattloop.apps.receivables.posting import NewCharge, post
from wattloop.apps.receivables.ruled import changes, minor, rules
from wattloop.apps.records.actors import Actor

if TYPE_CHECKING:
    from wattloop.apps.receivables.rules import LateFee

KIND = "late-fee"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a late fee is computed from.

    Args:
        amount, due_on: of the charge.
        customer_class: of the agreement on the due day.
        settled: `(day, amount)` of what settled it.
        rests: `(first, last)` days on which it rested; `last` is None while it does.
    """

    amount: int
    due_on: dt.date
    customer_class: str
    settled: tuple[tuple[dt.date, int], ...] = ()
    rests: tuple[tuple[dt.date, dt.date | None], ...] = ()


class Rates:
    """The late fee of a class on a day, each version of the rules read once."""

    def __init__(self) -> None:
        self.days = sorted(changes())
        self._held: dict[tuple[int, str], LateFee | None] = {}

    def on(self, day: dt.date, customer_class: str) -> LateFee | None:
        """The late fee that held on a day."""
        place = bisect_right(self.days, day)
        if (place, customer_class) not in self._held:
            self._held[place, customer_class] = rules(on=day).late_fee(customer_class)
        return self._held[place, customer_class]


def fee(arrears: Arrears, through: dt.date, rates: Rates) -> int:
    """The late fee of a charge up to a day and with it, in the smallest unit, rounded half up once."""
    first, end = arrears.due_on + DAY, through + DAY
    if first >= end or arrears.amount <= 0:
        return 0
    total, last = Decimal(0), None
    for begin, stop in _stretches(arrears, first, end, rates):
        if any(start <= begin and (rest is None or begin <= rest) for start, rest in arrears.rests):
            continue
        left = arrears.amount - sum(amount for day, amount in arrears.settled if day < begin)
        rate = rates.on(begin, arrears.customer_class)
        if left <= 0 or rate is None:
            continue
        per_mille = rate.per_mille_a_day
        if begin.year > arrears.due_on.year and rate.per_mille_carried_over is not None:
            per_mille = rate.per_mille_carried_over
        total += left * (stop - begin).days * per_mille / 1000
        last = rate
    if last is None or total == 0:
        return 0
    if last.at_most_percent is not None:
        total = min(total, arrears.amount * last.at_most_percent / 100)
    return max(int(total.quantize(Decimal(1), rounding=ROUND_HALF_UP)), minor(last.minimum))


def _stretches(arrears: Arrears, first: dt.date, end: dt.date, rates: Rates) -> Iterable[tuple[dt.date, dt.date]]:
    """Days within which nothing changes, as (first, first of the next)."""
    cuts = {first, end, *(dt.date(year, 1, 1) for year in range(first.year + 1, end.year + 1)), *rates.days}
    cuts.update(day + DAY for day, _ in arrears.settled)
    for start, last in arrears.rests:
        cuts.add(start)
        if last is not None:
            cuts.add(last + DAY)
    inside = sorted(cut for cut in cuts if first <= cut <= end)
    return pairwise(inside)


def pending(charges: Sequence[Charge], through: dt.date) -> dict[int, int]:
    """What each charge's late fee up to a day is above what has been charged; below it where negative.

    Only those that differ. Reads, and writes nothing.
    """
    ids = [charge.pk for charge in charges]
    charged = dict(
        Charge.objects.filter(fee_of__in=ids).order_by().values("fee_of").annotate(sum=Sum("amount"))
        .values_list("fee_of", "sum")
    )  # fmt: skip
    settled: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    for one in Allocation.objects.filter(charge__in=ids, undone=False).values_list("charge", "on", "amount"):
        settled[one[0]].append(one[1:])
    rests: dict[int, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
    for charge, start, end in Pause.objects.filter(charge__in=ids).values_list("charge", "start", "end"):
        rests[charge].append((start, end))
    classes, rates = _classes(charges), Rates()
    found = {}
    for charge in charges:
        arrears = Arrears(
            charge.amount, charge.due_on, classes.get(charge.pk, ""), tuple(settled[charge.pk]), tuple(rests[charge.pk])
        )
        difference = fee(arrears, through, rates) - charged.get(charge.pk, 0)
        if difference:
            found[charge.pk] = difference
    return found


def bearing(through: dt.date) -> Q:
    """Charges that may bear a late fee up to a day: overdue, not themselves one, and not resting."""
    overdue = Q(amount__gt=0, due_on__lt=through, paused=Charge.Pause.NONE) & ~Q(kind=KIND)
    return overdue & (Q(state=Charge.State.OPEN) | Q(fee_stale=True))


def assess(agreements: Iterable[int], *, through: dt.date, by: Actor) -> int:
    """Post what late fees of agreements have grown to, inside the caller's transaction.

    Args:
        agreements: their ids; a lock on each is taken.
        through: the last day that counts.
        by: who.

    Returns:
        How many late fees were posted.
    """
    wanted = list(agreements)
    bulk.lock(wanted)
    charges = list(Charge.objects.filter(bearing(through), agreement__in=wanted).order_by("pk"))
    if not charges:
        return 0
    differences = pending(charges, through)
    several = dict(
        Charge.objects.filter(fee_of__in=list(differences)).order_by().values("fee_of").annotate(n=Sum(1))
        .values_list("fee_of", "n")
    )  # fmt: skip
    fees = [
        NewCharge(
            key=f"late-fee:{one.pk}:{several.get(one.pk, 0) + 1}", agreement_id=one.agreement_id, kind=KIND,
            reference=one.reference, text=f"{one.due_on + DAY}…{through}", made_on=through, due_on=through,
            amount=differences[one.pk], currency=one.currency, parts={KIND: differences[one.pk]}, fee_of=one.pk,
        )
        for one in charges
        if one.pk in differences
    ]  # fmt: skip
    Charge.objects.filter(pk__in=[one.pk for one in charges]).update(fee_through=through, fee_stale=False)
    return post(fees, by=by, text=f"late fees through {through}") if fees else 0


def _classes(charges: Sequence[Charge]) -> dict[int, str]:
    """The class of each charge's agreement on its due day."""
    versions: dict[int, list[tuple[dt.date, str]]] = defaultdict(list)
    rows = AgreementVersion.objects.filter(agreement__in={charge.agreement_id for charge in charges})
    for agreement, start, customer_class in rows.order_by("valid_from").values_list(
        "agreement", "valid_from", "customer_class"
    ):
        versions[agreement].append((start, customer_class))
    found = {}
    for charge in charges:
        known = versions.get(charge.agreement_id, [])
        place = bisect_right(known, charge.due_on, key=lambda one: one[0])
        if known:
            found[charge.pk] = known[max(place - 1, 0)][1]
    return found
