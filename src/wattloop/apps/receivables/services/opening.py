"""Opening balances entered."""

from __future__ import annotations

from collections.abc import Sequence

from wattloop.apps.enterprise import gate
from wattloop.apps.receivables.posting import NewCharge, post
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service


@service
def post_opening(charges: Sequence[NewCharge], *, by: Actor) -> int:
    """Enter a chunk of opening balances; those that are there already are left alone.

    Returns:
        How many were new.
    """
    gate.require(by, "receivables.charge.opening")
    count = post(charges, by=by, text="opening balances")
    audit("receivables.charge.opening", by=by, after={"taken": count, "rows": len(charges)})
    return count
