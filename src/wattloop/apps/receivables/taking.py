"""Payments written: money that came in, where it stands in the ledger, and what it settles at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import ledger
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import BankFile, DeskDay, Entry, Payment
from wattloop.apps.receivables.ruled import rules
from wattloop.apps.receivables.settling import settle
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


@dataclass(slots=True)
class NewPayment:
    """A payment to be written.

    Args:
        source, reference: who tells of it, and their own name for it: both together once.
        amount: in the currency's smallest unit, above zero.
        paid_on: when it was paid.
        method: as the rules name it; its account takes the money.
        payer, text: as they were told.
        agreement: the id of whose it is, where that is known.
        suggested: whose it may be: `{"agreement", "number", "why"}`, best first.
        tendered: what was handed over at the desk.
    """

    source: str
    reference: str
    amount: int
    paid_on: dt.date
    method: str
    payer: str = ""
    text: str = ""
    agreement: int | None = None
    suggested: list[dict[str, Any]] = field(default_factory=list)
    tendered: int | None = None

    @property
    def state(self) -> str:
        """Whether it is known whom it is for."""
        if self.agreement is not None:
            return Payment.State.MATCHED
        return Payment.State.DOUBTFUL if self.suggested else Payment.State.UNKNOWN


def account_of(method: str) -> str:
    """The account that takes the money of a way to pay.

    Raises:
        Refused: for a way the rules do not name.
    """
    known = rules().methods
    if method not in known:
        raise Refused(f"there is no way to pay called {method!r}", f"Known: {', '.join(known)}.", field="method")
    return str(known[method].account)


def record(
    payments: Sequence[NewPayment],
    *,
    key: str,
    by: Actor,
    text: str = "",
    desk_day: DeskDay | None = None,
    bank_file: BankFile | None = None,
    only: Collection[int] | None = None,
) -> list[Payment]:
    """Write payments as one entry of today, inside the caller's transaction, and settle what they are for.

    Args:
        payments: none of which is there yet; the database refuses one that is.
        key: of the entry.
        by: who.
        text: of the entry.
        desk_day, bank_file: where they came in.
        only: ids of charges to settle and no others.

    Raises:
        Refused: where a method is not known or the month is closed.
    """
    currency = enterprise.settings().currency
    entry = ledger.enter(key, "payments", [_move(one) for one in payments], on=enterprise.today(), by=by, text=text)
    made: list[Payment] = Payment.objects.bulk_create(
        [_row(one, entry, currency, by, desk_day, bank_file) for one in payments], batch_size=1_000
    )
    matched = {one.agreement for one in payments if one.agreement is not None}
    if matched:
        settle(matched, by=by, only=only, entry=entry)
    return made


def _move(one: NewPayment) -> Move:
    where = "suspense" if one.agreement is None else "advance"
    return Move(account_of(one.method), where, one.amount, one.agreement, one.reference)


def _row(
    one: NewPayment, entry: Entry, currency: str, by: Actor, desk_day: DeskDay | None, bank_file: BankFile | None
) -> Payment:
    return Payment(
        source=one.source, reference=one.reference, method=one.method, agreement_id=one.agreement,
        suggested=one.suggested, amount=one.amount, unused=one.amount, tendered=one.tendered, currency=currency,
        paid_on=one.paid_on, at=clock.now(), by=by.actor, payer=one.payer[:200], text=one.text[:300],
        state=one.state, desk_day=desk_day, bank_file=bank_file, entry=entry,
    )  # fmt: skip
