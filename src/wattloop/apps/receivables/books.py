"""What the ledger says: balances on a day, the journal, and the journal as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from wattloop.apps.receivables.ledger import end_of, month_of
from wattloop.apps.receivables.models import Account, Period, Transfer

HEADINGS = (
    "entry", "transfer", "on", "kind", "debit", "credit", "amount", "agreement", "reference", "text", "by", "at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrialRow:
    """An account's balance before a month, its debits and credits in it up to a day, and its balance then."""

    account: Account
    before: int
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """Debits less credits up to the day."""
        return self.before + self.debits - self.credits


def balances(on: dt.date, *, from_closed: bool = True) -> dict[str, int]:
    """Debits less credits of every account up to a day and with it.

    Args:
        on: the day.
        from_closed: go on from the totals of the last month that was closed before; else count everything.
    """
    total: dict[str, int] = {}
    rows = Transfer.objects.filter(entry__on__lte=on)
    closed = _last_closed(on) if from_closed else None
    if closed is not None:
        total = {code: int(amount) for code, amount in closed.totals.items()}
        rows = rows.filter(entry__on__gt=end_of(closed.start))
    for side, sign in (("debit__code", 1), ("credit__code", -1)):
        for code, amount in rows.order_by().values_list(side).annotate(sum=Sum("amount")):
            total[code] = total.get(code, 0) + sign * amount
    return total


def trial_balance(on: dt.date) -> list[TrialRow]:
    """Every account that was ever used: before the day's month, in it up to the day, and then. It sums to nothing."""
    start = month_of(on)
    before = balances(start - dt.timedelta(days=1))
    rows = Transfer.objects.filter(entry__on__gte=start, entry__on__lte=on).order_by()
    debits = dict(rows.values_list("debit").annotate(sum=Sum("amount")))
    credits_ = dict(rows.values_list("credit").annotate(sum=Sum("amount")))
    return [
        TrialRow(account, before.get(account.code, 0), debits.get(account.pk, 0), credits_.get(account.pk, 0))
        for account in Account.objects.all()
    ]


def journal(
    start: dt.date | None = None, end: dt.date | None = None, *, account: str = "", kind: str = ""
) -> QuerySet[Transfer]:
    """Transfers in the order of the books: by day, entry and their own number.

    Args:
        start, end: days, both included; None for no bound.
        account: the code of one that is debited or credited.
        kind: of the entries.
    """
    rows = Transfer.objects.select_related("entry", "debit", "credit", "agreement").order_by("entry__on", "entry", "id")
    if start is not None:
        rows = rows.filter(entry__on__gte=start)
    if end is not None:
        rows = rows.filter(entry__on__lte=end)
    if account:
        rows = rows.filter(debit__code=account) | rows.filter(credit__code=account)
    if kind:
        rows = rows.filter(entry__kind=kind)
    found: QuerySet[Transfer] = rows
    return found


def exported(rows: QuerySet[Transfer], digits: int) -> Iterator[tuple[Any, ...]]:
    """The journal as rows under `HEADINGS`, amounts as Decimal; the last has how many there are and their total."""
    count = total = 0
    for one in rows.iterator(chunk_size=2_000):
        count, total = count + 1, total + one.amount
        yield (
            str(one.entry_id), str(one.pk), one.entry.on.isoformat(), one.entry.kind, one.debit.code, one.credit.code,
            Decimal(one.amount).scaleb(-digits), one.agreement.number if one.agreement is not None else "",
            one.reference, one.entry.text, one.entry.by, one.entry.at.isoformat(timespec="seconds"),
        )  # fmt: skip
    yield ("total", str(count), "", "", "", "", Decimal(total).scaleb(-digits), "", "", "", "", "")


def _last_closed(on: dt.date) -> Period | None:
    """The last closed month that had ended by a day, unless one before it is open again."""
    open_ = Period.objects.filter(closed_at__isnull=True).order_by("start").first()
    rows = Period.objects.filter(closed_at__isnull=False, start__lt=month_of(on + dt.timedelta(days=1)))
    if open_ is not None:
        rows = rows.filter(start__lt=open_.start)
    found: Period | None = rows.order_by("-start").first()
    return found
