"""Allocations undone: a charge is open again, and what settled it is there again or gone."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet

from wattloop.apps.receivables import bulk
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Allocation, Charge


def undo(allocations: QuerySet[Allocation]) -> list[Move]:
    """Undo allocations of payments, inside the caller's transaction, which holds their agreements.

    Args:
        allocations: of payments, not undone yet. What the payments have unused is the caller's to say.

    Returns:
        The transfers that give the amounts back from receivables to advances.
    """
    rows = list(allocations.filter(undone=False).select_related("charge"))
    back: dict[int, int] = defaultdict(int)
    charges: dict[int, Charge] = {}
    for one in rows:
        back[one.charge_id] += one.amount
        charges[one.charge_id] = one.charge
    bulk.update(
        Charge,
        ("settled", "state", "fee_stale"),
        [(charges[pk].settled - amount, Charge.State.OPEN, True, pk) for pk, amount in back.items()],
    )
    Allocation.objects.filter(pk__in=[one.pk for one in rows]).update(undone=True)
    return [
        Move("receivable", "advance", one.amount, one.charge.agreement_id, one.charge.reference) for one in rows
    ]  # fmt: skip
