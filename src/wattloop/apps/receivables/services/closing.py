"""Months of the books closed and opened again, and the books proved."""

from __future__ import annotations

import datetime as dt

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import books, verifying
from wattloop.apps.receivables.ledger import end_of, month_of
from wattloop.apps.receivables.models import DeskDay, Entry, LedgerCheck, Period
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

CLOSE = "receivables.ledger.close"


@service
def close_month(start: dt.date, *, by: Actor) -> Period:
    """Close a month: nothing is entered into it any more, and its balances are kept.

    Raises:
        Refused: where it is not over, closed already, a month before it is open, a desk day in it is
            open, or the books do not prove.
    """
    gate.require(by, CLOSE)
    start = month_of(start)
    Period.objects.get_or_create(start=start)
    period: Period = Period.objects.select_for_update().get(start=start)
    _may_close(period)
    found = verifying.breaks()
    if found:
        raise Refused(f"the books do not prove: {len(found)} breaks", "Run wattloop ledger verify and mend them.")
    period.totals = books.balances(end_of(start))
    period.closed_at, period.closed_by = clock.now(), by.actor
    period.reopened_at, period.reopened_by = None, ""
    period.save(update_fields=["totals", "closed_at", "closed_by", "reopened_at", "reopened_by"])
    audit(CLOSE, period, by=by, after={"closed": str(period)})
    return period


@service
def reopen_month(period: Period, *, reason: str, by: Actor) -> Period:
    """Open a closed month again: not by whoever closed it, and the last closed one first.

    Raises:
        Refused: without a reason, where it is open, a later one is closed, or the same person closed it.
    """
    gate.require(by, CLOSE)
    period = Period.objects.select_for_update().get(pk=period.pk)
    if not reason.strip():
        raise Refused("a month is not opened again without a reason", "Say why.", field="reason")
    if period.closed_at is None:
        raise Refused(f"the books of {period} are open")
    if period.closed_by == by.actor:
        raise Refused("two people are needed: another than closed it opens it again", "Ask a second person.")
    if Period.objects.filter(start__gt=period.start, closed_at__isnull=False).exists():
        raise Refused("a later month is closed", "Open that first.")
    period.closed_at, period.reopened_at, period.reopened_by = None, clock.now(), by.actor
    period.save(update_fields=["closed_at", "reopened_at", "reopened_by"])
    audit(CLOSE, period, by=by, note=reason, after={"reopened": str(period)})
    return period


@service
def prove_books(*, by: Actor) -> LedgerCheck:
    """Prove the books and keep what was found; a break is an alarm in the audit and on the first page."""
    gate.require(by, "receivables.ledger.verify")
    found = verifying.breaks()
    check: LedgerCheck = LedgerCheck.objects.create(
        at=clock.now(), by=by.actor, count=len(found), breaks=[one.as_dict() for one in found]
    )
    note = f"ALARM: the books do not prove, {len(found)} breaks" if found else ""
    audit("receivables.ledger.verify", check, by=by, note=note, after={"breaks": len(found)})
    return check


def _may_close(period: Period) -> None:
    last = end_of(period.start)
    if period.closed_at is not None:
        raise Refused(f"the books of {period} are closed already")
    if enterprise.today() <= last:
        raise Refused(f"{period} is not over", f"Close it after {last}.")
    before = Period.objects.filter(start__lt=period.start, closed_at__isnull=True).order_by("start")
    used = [one for one in before if Entry.objects.filter(on__gte=one.start, on__lte=end_of(one.start)).exists()]
    if used:
        raise Refused(f"{used[0]} is still open", "Close the months in their order.")
    desk = DeskDay.objects.filter(day__gte=period.start, day__lte=last, closed_at__isnull=True).first()
    if desk is not None:
        raise Refused(f"the desk day of {desk} is still open", "Have it counted and closed.")
