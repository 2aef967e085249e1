"""Agreements and points held while something about them changes; days that are billed, and who may change them."""

from __future__ import annotations

import datetime as dt

from wattloop.apps.customers import billed
from wattloop.apps.customers.models import Agreement, UsagePoint
from wattloop.apps.customers.tables.terms import refuse_if_billed
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity.refusal import Refused

CORRECT = "customers.agreement.correct"


def held(agreement: Agreement) -> Agreement:
    """The agreement, kept from others until the transaction ends: two who change its terms wait for each other."""
    found: Agreement = Agreement.objects.select_for_update().select_related("unit").get(pk=agreement.pk)
    return found


def refuse_billed(agreement: Agreement, begins: dt.date, *, by: Actor, reason: str) -> None:
    """Refuse a change from a day on that is billed, unless whoever may correct such days says why.

    The bills stay as they are until their run is corrected, by difference.

    Raises:
        Refused: naming the first day from which a change needs no correction.
    """
    until = billed.until([agreement.pk]).get(agreement.pk)
    if not (reason.strip() and gate.may(by, CORRECT, agreement.unit)):
        refuse_if_billed(begins, until)


def refuse_taken(point: str, agreement: Agreement, start: dt.date | None, end: dt.date | None) -> None:
    """Refuse a point that another agreement has on one of some days.

    Raises:
        Refused: naming the agreement.
    """
    others = UsagePoint.objects.filter(number=point).exclude(agreement=agreement).select_related("agreement")
    for other in others:
        until = min(filter(None, (other.valid_to, other.agreement.closed_on)), default=None)
        before = until is not None and start is not None and until < start
        after = other.valid_from is not None and end is not None and end < other.valid_from
        if not before and not after:
            raise Refused(
                f"point {point} belongs to agreement {other.agreement.number} on the same days",
                "Let it end there before it begins here.", field="point",
            )  # fmt: skip
