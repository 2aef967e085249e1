"""What settles what: credits and payments not yet used, against the charges of the same agreement.

The one place where a charge is settled by money that is there. Oldest due first; late fees after all
else or before it, as the rules say; what is in dispute is left alone unless it is asked for by name.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import bulk, ledger
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Allocation, Charge, Entry, Payment
from wattloop.apps.receivables.ruled import rules
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity import clock

LATE_FEE = "late-fee"


@dataclass(slots=True)
class _Source:
    """A credit or a payment with something left."""

    agreement: int
    currency: str
    left: int
    on: dt.date
    reference: str
    credit: int | None = None
    payment: int | None = None


@dataclass(slots=True)
class _Open:
    """A charge with something open."""

    charge: Charge
    taken: int = 0

    @property
    def open(self) -> int:
        return int(self.charge.amount - self.charge.settled - self.taken)


def settle(
    agreements: Iterable[int], *, by: Actor, only: Collection[int] | None = None, entry: Entry | None = None
) -> int:
    """Use what agreements have in credits and advances for what they owe; inside the caller's transaction.

    Args:
        agreements: their ids; a lock on each is taken.
        by: who.
        only: ids of the charges to settle, in dispute or not; all that are open and not in dispute without.
        entry: of the ledger, made in this transaction, to which the transfers belong; one of its own without.

    Returns:
        How many allocations were made.
    """
    wanted = sorted(set(agreements))
    bulk.lock(wanted)
    sources = _sources(wanted)
    if not sources:
        return 0
    owed = _owed(sorted(sources), only)
    made: list[Allocation] = []
    moves: list[Move] = []
    now = clock.now()
    for agreement, charges in owed.items():
        for source, one, amount in _pairs(sources[agreement], charges):
            made.append(
                Allocation(
                    charge=one.charge,
                    payment_id=source.payment,
                    credit_id=source.credit,
                    amount=amount,
                    on=source.on,
                    at=now,
                    by=by.actor,
                )
            )
            if source.payment is not None:
                moves.append(Move("advance", "receivable", amount, agreement, one.charge.reference))
    if not made:
        return 0
    Allocation.objects.bulk_create(made, batch_size=2_000)
    _write(owed, sources)
    if moves and entry is None:
        ledger.enter(f"settled:{uuid.uuid4().hex}", "settled", moves, on=enterprise.today(), by=by)
    elif moves and entry is not None:
        ledger.add_moves(entry, moves)
    return len(made)


def _sources(agreements: list[int]) -> dict[int, list[_Source]]:
    """Credits first, then payments, each oldest first."""
    found: dict[int, list[_Source]] = defaultdict(list)
    credits_ = Charge.objects.filter(agreement__in=agreements, state=Charge.State.OPEN, amount__lt=0)
    for charge in credits_.exclude(paused=Charge.Pause.DISPUTE).order_by("made_on", "id"):
        found[charge.agreement_id].append(
            _Source(charge.agreement_id, charge.currency, -charge.open, charge.made_on, charge.reference, charge.pk)
        )
    payments = Payment.objects.filter(agreement__in=agreements, unused__gt=0, state=Payment.State.MATCHED)
    for one in payments.order_by("paid_on", "id"):
        found[one.agreement_id].append(
            _Source(one.agreement_id, one.currency, one.unused, one.paid_on, one.reference, payment=one.pk)
        )
    return found


def _owed(agreements: list[int], only: Collection[int] | None) -> dict[int, list[_Open]]:
    charges = Charge.objects.filter(agreement__in=agreements, state=Charge.State.OPEN, amount__gt=0)
    chosen = charges.exclude(paused=Charge.Pause.DISPUTE) if only is None else charges.filter(pk__in=only)
    last = rules().allocation.late_fees == "last"
    found: dict[int, list[_Open]] = defaultdict(list)
    for charge in sorted(chosen, key=lambda one: ((one.kind == LATE_FEE) == last, one.due_on, one.pk)):
        found[charge.agreement_id].append(_Open(charge))
    return found


def _pairs(sources: list[_Source], charges: list[_Open]) -> Iterable[tuple[_Source, _Open, int]]:
    for source in sources:
        for one in charges:
            if source.left == 0:
                break
            if one.open and one.charge.currency == source.currency:
                amount = min(source.left, one.open)
                source.left -= amount
                one.taken += amount
                yield source, one, amount


def _write(owed: dict[int, list[_Open]], sources: dict[int, list[_Source]]) -> None:
    today = enterprise.today()
    settled = [
        (
            one.charge.settled + one.taken,
            Charge.State.SETTLED if one.open == 0 else Charge.State.OPEN,
            one.charge.fee_stale or one.charge.due_on < today,
            one.charge.pk,
        )
        for charges in owed.values()
        for one in charges
        if one.taken
    ]
    bulk.update(Charge, ("settled", "state", "fee_stale"), settled)
    left = [source for several in sources.values() for source in several]
    bulk.update(Payment, ("unused",), [(one.left, one.payment) for one in left if one.payment is not None])
    used = [(one.left, one.credit) for one in left if one.credit is not None]
    amounts = dict(Charge.objects.filter(pk__in=[pk for _, pk in used]).values_list("pk", "amount"))
    bulk.update(
        Charge,
        ("settled", "state"),
        [(amounts[pk] + rest, Charge.State.OPEN if rest else Charge.State.SETTLED, pk) for rest, pk in used],
    )
