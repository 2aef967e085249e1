"""The proof of the books: what must be equal is counted both ways, and every difference is named.

Each check is one or two sums over whole tables in the database, never a loop over agreements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from wattloop.apps.receivables.books import balances
from wattloop.apps.receivables.ledger import end_of
from wattloop.apps.receivables.models import (
    Account,
    Allocation,
    Charge,
    DeskDay,
    Pause,
    Payment,
    Period,
    Refund,
    Transfer,
)
from wattloop.apps.receivables.ruled import rules

MOST = 200


@dataclass(frozen=True, slots=True)
class Break:
    """Something that is not as it must be: which check, about what, what it should come to and what it does."""

    check: str
    about: str
    expected: int
    found: int

    def as_dict(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def breaks() -> list[Break]:
    """Everything that is broken; at most 200 of each check. Reads only."""
    return [found for check in CHECKS for found in check()[:MOST]]


def _sums(rows: QuerySet[Any], by: str, amount: Any = "amount") -> dict[Any, int]:
    return {key: total or 0 for key, total in rows.order_by().values_list(by).annotate(total=Sum(amount))}


def _differing(check: str, expected: Mapping[Any, int], found: Mapping[Any, int]) -> list[Break]:
    keys = sorted(expected.keys() | found.keys(), key=str)
    return [
        Break(check, str(key), expected.get(key, 0), found.get(key, 0))
        for key in keys
        if expected.get(key, 0) != found.get(key, 0)
    ]


def _added(*parts: Mapping[Any, int]) -> dict[Any, int]:
    total: dict[Any, int] = {}
    for part in parts:
        for key, amount in part.items():
            total[key] = total.get(key, 0) + amount
    return total


def _negative(part: Mapping[Any, int]) -> dict[Any, int]:
    return {key: -amount for key, amount in part.items()}


def _account(code: str) -> dict[int | None, int]:
    """Debits less credits of an account, by agreement."""
    account = Account.objects.filter(code=code).first()
    if account is None:
        return {}
    debits = _sums(Transfer.objects.filter(debit=account), "agreement")
    return _added(debits, _negative(_sums(Transfer.objects.filter(credit=account), "agreement")))


def _charges_are_settled_by_their_allocations() -> list[Break]:
    live = Allocation.objects.filter(undone=False)
    owed = _sums(live.filter(charge__amount__gte=0), "charge")
    owed_back = _added(_sums(live.filter(charge__amount__lt=0), "charge"), _sums(live.exclude(credit=None), "credit"))
    settled = dict(Charge.objects.exclude(settled=0).values_list("pk", "settled"))
    return _differing("charge-settled", _added(owed, _negative(owed_back)), settled)


def _payments_have_what_is_not_used() -> list[Break]:
    payments = Payment.objects.exclude(state=Payment.State.REVERSED)
    used = _sums(Allocation.objects.filter(undone=False, payment__isnull=False), "payment")
    refunded = _sums(Refund.objects.filter(payment__isnull=False).exclude(state=Refund.State.REFUSED), "payment")
    came = dict(payments.values_list("pk", "amount"))
    left = dict(Payment.objects.exclude(unused=0).values_list("pk", "unused"))
    return _differing("payment-unused", _added(came, _negative(_added(used, refunded))), left)


def _receivables_are_what_is_open() -> list[Break]:
    return _differing(
        "receivable", _sums(Charge.objects.all(), "agreement", F("amount") - F("settled")), _account("receivable")
    )


def _advances_are_what_payments_have_unused() -> list[Break]:
    unused = _sums(Payment.objects.filter(state=Payment.State.MATCHED), "agreement", "unused")
    return _differing("advance", _negative(unused), _account("advance"))


def _suspense_is_what_is_not_matched() -> list[Break]:
    waiting = Payment.objects.filter(state__in=[Payment.State.DOUBTFUL, Payment.State.UNKNOWN])
    expected = -(waiting.aggregate(total=Sum("amount"))["total"] or 0)
    return _differing("suspense", {"": expected}, {"": sum(_account("suspense").values())})


def _refunds_due_are_those_proposed() -> list[Break]:
    proposed = _sums(Refund.objects.filter(state=Refund.State.PROPOSED), "agreement")
    return _differing("refunds-due", _negative(proposed), _account("refunds-due"))


def _allocations_stay_within_an_agreement() -> list[Break]:
    live = Allocation.objects.filter(undone=False)
    astray = live.filter(
        (Q(payment__isnull=False) & ~Q(payment__agreement=F("charge__agreement")))
        | (Q(credit__isnull=False) & ~Q(credit__agreement=F("charge__agreement")))
        | (Q(payment__isnull=False) & ~Q(payment__currency=F("charge__currency")))
    )
    return [Break("allocation", str(pk), 0, amount) for pk, amount in astray.values_list("pk", "amount")[:MOST]]


def _closed_months_come_to_what_they_did() -> list[Break]:
    found: list[Break] = []
    for period in Period.objects.filter(closed_at__isnull=False):
        now = balances(end_of(period.start), from_closed=False)
        found += [
            Break("closed-month", f"{period} {one.about}", one.expected, one.found)
            for one in _differing("", period.totals, now)
        ]
    return found


def _drawers_hold_what_was_taken() -> list[Break]:
    counted = [code for code, rule in rules().methods.items() if rule.counted]
    days = dict(DeskDay.objects.values_list("pk", "opening"))
    came = _sums(Payment.objects.filter(method__in=counted, desk_day__isnull=False), "desk_day")
    went = _added(
        _sums(Payment.objects.filter(reversed_desk_day__isnull=False), "reversed_desk_day"),
        _sums(Refund.objects.filter(desk_day__isnull=False), "desk_day"),
    )
    return _differing(
        "desk-day", _added(days, came, _negative(went)), dict(DeskDay.objects.values_list("pk", "expected"))
    )


def _what_rests_has_a_pause() -> list[Break]:
    resting = set(Pause.objects.filter(end__isnull=True).values_list("charge", flat=True))
    told = set(Charge.objects.exclude(paused="").values_list("pk", flat=True))
    return [Break("pause", str(pk), int(pk in resting), int(pk in told)) for pk in sorted(resting ^ told)]


CHECKS: Iterable[Callable[[], list[Break]]] = (
    _charges_are_settled_by_their_allocations,
    _payments_have_what_is_not_used,
    _receivables_are_what_is_open,
    _advances_are_what_payments_have_unused,
    _suspense_is_what_is_not_matched,
    _refunds_due_are_those_proposed,
    _allocations_stay_within_an_agreement,
    _closed_months_come_to_what_they_did,
    _drawers_hold_what_was_taken,
    _what_rests_has_a_pause,
)
