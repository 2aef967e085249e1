"""Charges entered: what billing, late fees and opening balances hand over becomes owed, and stands in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from wattloop.apps.receivables import bulk, ledger
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Charge, Payment
from wattloop.apps.receivables.settling import settle
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity.refusal import Refused

COLUMNS = (
    "key", "agreement_id", "kind", "reference", "text", "made_on", "due_on", "amount", "settled", "currency", "state",
    "paused", "dunning_step", "fee_of_id", "fee_stale", "entry_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewCharge:
    """A charge to be entered.

    Args:
        key: names it once: `bill:17`.
        agreement_id: who owes it, or is owed where `amount` is below zero.
        kind: bill, correction, late-fee, opening.
        reference: the number by which a payer may call it.
        text: for readers.
        made_on, due_on: days of the enterprise's zone; its entry is of `made_on`.
        amount: in the currency's smallest unit.
        currency: its code.
        parts: `{account code: amount}`, adding up to `amount`: what is credited for it.
        fee_of: the charge whose late fee it is.
    """

    key: str
    agreement_id: int
    kind: str
    reference: str
    text: str
    made_on: dt.date
    due_on: dt.date
    amount: int
    currency: str
    parts: Mapping[str, int]
    fee_of: int | None = None


def post(charges: Iterable[NewCharge], *, by: Actor, text: str) -> int:
    """Enter charges, inside the transaction of the service that makes them, and use advances and credits for them.

    One entry for all of one day. A charge whose key is there already is left alone, so that a chunk may
    be posted again.

    Args:
        charges: some thousand at most.
        by: who.
        text: of the entry.

    Returns:
        How many were new.

    Raises:
        Refused: where parts do not add up, a key stands for another charge, an account is not known, or
            the month of `made_on` is closed. Nothing is entered then.
    """
    wanted = _checked(charges)
    bulk.lock(charge.agreement_id for charge in wanted)
    fresh = _not_there(wanted)
    for day, several in groupby(sorted(fresh, key=lambda one: one.made_on), key=lambda one: one.made_on):
        _enter(day, list(several), by, text)
    _use_what_is_there({charge.agreement_id for charge in fresh}, by)
    return len(fresh)


def _checked(charges: Iterable[NewCharge]) -> list[NewCharge]:
    found: dict[str, NewCharge] = {}
    for charge in charges:
        if sum(charge.parts.values()) != charge.amount:
            raise Refused(
                f"the parts of {charge.key} add up to {sum(charge.parts.values())}, not to {charge.amount}",
                "Every part of a charge goes to an account.",
                field="parts",
            )
        if found.setdefault(charge.key, charge) != charge:
            raise Refused(f"two charges have the key {charge.key}", "A key names one charge.", field="key")
    return list(found.values())


def _not_there(wanted: list[NewCharge]) -> list[NewCharge]:
    known = {
        key: told
        for key, *told in Charge.objects.filter(key__in=[charge.key for charge in wanted]).values_list(
            "key", "agreement_id", "amount"
        )
    }
    for charge in wanted:
        if charge.key in known and known[charge.key] != [charge.agreement_id, charge.amount]:
            raise Refused(
                f"{charge.key} has been posted with another amount or for another agreement",
                "Post the difference as a charge of its own.",
                field="key",
            )
    return [charge for charge in wanted if charge.key not in known]


def _enter(day: dt.date, charges: list[NewCharge], by: Actor, text: str) -> None:
    entry = ledger.enter(
        f"charges:{charges[0].key}", "charges", (move for charge in charges for move in _moves(charge)),
        on=day, by=by, text=text,
    )  # fmt: skip
    bulk.insert(
        Charge,
        COLUMNS,
        (
            (
                charge.key, charge.agreement_id, charge.kind, charge.reference[:80], charge.text[:200],
                charge.made_on.isoformat(), charge.due_on.isoformat(), charge.amount, 0, charge.currency,
                "open" if charge.amount else "settled", "", 0, charge.fee_of, False, entry.pk,
            )
            for charge in charges
        ),
    )  # fmt: skip


def _moves(charge: NewCharge) -> Iterable[Move]:
    for account, amount in charge.parts.items():
        if amount > 0:
            yield Move("receivable", account, amount, charge.agreement_id, charge.reference)
        elif amount < 0:
            yield Move(account, "receivable", -amount, charge.agreement_id, charge.reference)


def _use_what_is_there(agreements: set[int], by: Actor) -> None:
    """Settle only where there is something to settle by: most agreements have nothing."""
    some = set(
        Payment.objects.filter(agreement__in=agreements, unused__gt=0, state=Payment.State.MATCHED)
        .values_list("agreement", flat=True)
    )  # fmt: skip
    some.update(
        Charge.objects.filter(agreement__in=agreements, state=Charge.State.OPEN, amount__lt=0)
        .values_list("agreement", flat=True)
    )  # fmt: skip
    if some:
        settle(some, by=by)
