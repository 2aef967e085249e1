"""The one way into the ledger, and what its accounts come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from wattloop.apps.receivables import bulk
from wattloop.apps.receivables.models import Account, Entry, Period, Transfer
from wattloop.apps.receivables.ruled import rules
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


@dataclass(frozen=True, slots=True)
class Move:
    """An amount above zero from one account (credited) to another (debited), of an agreement where it has one."""

    debit: str
    credit: str
    amount: int
    agreement: int | None = None
    reference: str = ""


def month_of(day: dt.date) -> dt.date:
    """The first day of a day's month."""
    return day.replace(day=1)


def end_of(day: dt.date) -> dt.date:
    """The last day of a day's month."""
    return month_of(month_of(day) + dt.timedelta(days=31)) - dt.timedelta(days=1)


def require_open(day: dt.date) -> None:
    """Refuse a day whose month is closed; triggers hold the same in the database.

    Raises:
        Refused: naming the month.
    """
    period, _ = Period.objects.get_or_create(start=month_of(day))
    if period.closed_at is not None:
        raise Refused(
            f"the books of {period} are closed",
            "Enter it on a day of an open month, or have the month opened again.",
            field="on",
        )


def accounts(codes: Iterable[str]) -> dict[str, int]:
    """The ids of accounts by their codes; one that the rules name is made when it is first used.

    Raises:
        Refused: for a code that no rule names.
    """
    wanted = set(codes)
    found = dict(Account.objects.filter(code__in=wanted).values_list("code", "id"))
    for code in sorted(wanted - found.keys()):
        rule = rules().chart().get(code)
        if rule is None:
            raise Refused(
                f"there is no account {code}", "Name it under accounts in receivables/rules.yaml.", field=code
            )
        account, _ = Account.objects.get_or_create(
            code=code, defaults={"kind": rule.kind, "name_zh": rule.name.zh, "name_en": rule.name.en}
        )
        found[code] = account.pk
    return found


def enter(key: str, kind: str, moves: Iterable[Move], *, on: dt.date, by: Actor, text: str = "") -> Entry:
    """Write an entry and its transfers, inside the transaction of whoever calls.

    Args:
        key: names the entry once; the same key twice is the database's IntegrityError.
        kind: what happened, in a word.
        moves: its transfers, each above zero.
        on: the day of the books.
        by: who.
        text: for readers of the journal.

    Raises:
        Refused: where the month is closed or an account is not known.
    """
    moves = list(moves)
    require_open(on)
    entry: Entry = Entry.objects.create(key=key, kind=kind, on=on, at=clock.now(), by=by.actor, text=text[:300])
    add_moves(entry, moves)
    return entry


def add_moves(entry: Entry, moves: list[Move]) -> None:
    """Write transfers of an entry made in this transaction."""
    known = accounts({move.debit for move in moves} | {move.credit for move in moves})
    bulk.insert(
        Transfer,
        ("entry_id", "debit_id", "credit_id", "amount", "agreement_id", "reference"),
        [
            (entry.pk, known[move.debit], known[move.credit], move.amount, move.agreement, move.reference[:120])
            for move in moves
        ],
    )
