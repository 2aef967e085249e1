"""What tests of the room share: charges of the cast, and the day on which they happen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from wattloop.apps.receivables.posting import NewCharge, post
from wattloop.apps.records.actors import System

TODAY = dt.date(2026, 11, 25)
BY = System("test")


def new(agreement: Any, amount: int, key: str = "bill:1", **told: Any) -> NewCharge:
    """A bill of an agreement, all of it energy unless told otherwise."""
    said: dict[str, Any] = {
        "kind": "bill", "reference": key.upper(), "text": "November", "made_on": TODAY,
        "due_on": TODAY + dt.timedelta(days=15), "currency": "CNY", "parts": {"revenue.energy": amount},
    } | told  # fmt: skip
    return NewCharge(key=key, agreement_id=agreement.pk, amount=amount, **said)


def posted(*charges: NewCharge) -> int:
    """Post charges in a transaction, as an issuing service would."""
    with transaction.atomic():
        return post(charges, by=BY, text="bills of November")
