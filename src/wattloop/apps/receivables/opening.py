"""Opening balances: what agreements owed, or had paid in advance, in the system before this one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wattloop.apps.customers.models import Agreement, OldNumber
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.amounts import a_day, whole
from wattloop.apps.receivables.posting import NewCharge
from wattloop.apps.receivables.services.opening import post_opening
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity.refusal import Refused

CHUNK = 2_000
COLUMNS = ("agreement", "amount", "due_on", "text")


@dataclass(slots=True)
class Taken:
    """What became of some rows: how many were new, were there already, and which were refused, `(row, why)`."""

    taken: int = 0
    known: int = 0
    refused: list[tuple[int, Refused]] = field(default_factory=list)


def take(rows: Iterable[Mapping[str, Any]], *, by: Actor, first_row: int = 2) -> Taken:
    """Take opening balances in; the same rows again change nothing.

    Args:
        rows: `agreement` (its number, or its number in the old system), `amount` in whole units with
            decimals (below zero: paid in advance), `due_on` (ISO), `text`. An agreement has one balance for
            each due day and text.
        by: who.
        first_row: the number of the first row in its file.
    """
    done = Taken()
    waiting: list[tuple[int, Mapping[str, Any]]] = []
    for number, row in enumerate(rows, start=first_row):
        waiting.append((number, row))
        if len(waiting) == CHUNK:
            _take_chunk(waiting, by, done)
            waiting = []
            time.sleep(0.02)
    _take_chunk(waiting, by, done)
    return done


def _take_chunk(rows: list[tuple[int, Mapping[str, Any]]], by: Actor, done: Taken) -> None:
    numbers = {str(row.get("agreement", "")).strip() for _, row in rows}
    known = dict(Agreement.objects.filter(number__in=numbers).values_list("number", "id"))
    old = dict(OldNumber.objects.filter(kind="agreement", number__in=numbers).values_list("number", "now"))
    found = dict(Agreement.objects.filter(number__in=old.values()).values_list("number", "id"))
    known = {number: found[now] for number, now in old.items() if now in found} | known
    charges: dict[str, NewCharge] = {}
    for number, row in rows:
        try:
            charge = _charge(row, known)
        except Refused as refused:
            done.refused.append((number, refused))
            continue
        if charges.setdefault(charge.key, charge) != charge:
            twice = Refused("another row of the file has the same agreement, day and text", "Add them up.")
            done.refused.append((number, twice))
    if not charges:
        return
    new = post_opening(list(charges.values()), by=by)
    done.taken += new
    done.known += len(charges) - new


def _charge(row: Mapping[str, Any], known: Mapping[str, int]) -> NewCharge:
    number = str(row.get("agreement", "")).strip()
    if number not in known:
        raise Refused(f"there is no agreement {number!r}", "Take the agreements in first.", field="agreement")
    told = enterprise.settings()
    amount = whole(str(row.get("amount", "")), told.minor_digits)
    if amount == 0:
        raise Refused("nothing is owed", "Leave the row out.", field="amount")
    due_on = a_day(str(row.get("due_on", "")), "due_on")
    text = str(row.get("text", "") or "").strip()[:200]
    key = f"opening:{known[number]}:{due_on}:{text}"[:200]
    return NewCharge(
        key, known[number], "opening", "", text, enterprise.today(), due_on, amount, told.currency, {"opening": amount}
    )  # fmt: skip
