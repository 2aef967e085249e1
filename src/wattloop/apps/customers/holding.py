"""Agreements and points held while something about them changes."""

from __future__ import annotations

import datetime as dt

from wattloop.apps.customers.models import Agreement, UsagePoint
from wattloop.library.quantity.refusal import Refused


def held(agreement: Agreement) -> Agreement:
    """The agreement, kept from others until the transaction ends: two who change its terms wait for each other."""
    found: Agreement = Agreement.objects.select_for_update().select_related("unit").get(pk=agreement.pk)
    return found


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
