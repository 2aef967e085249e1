"""For whom a payment is, told by what the payer wrote.

A number of an agreement, of a bill or of the system before this one, in its own column or in the text,
is believed as far as the rules say. A name with an amount that fits is a suggestion for somebody to look at.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Sum

from wattloop.apps.customers.models import Agreement, OldNumber
from wattloop.apps.receivables.models import Charge
from wattloop.apps.receivables.ruled import rules
from wattloop.apps.receivables.taking import NewPayment

NUMBER = re.compile(r"[A-Za-z]{0,4}[0-9][0-9A-Za-z-]{4,39}")
MOST_SUGGESTIONS = 5
WEIGHTS = {"agreement": 8, "bill": 8, "old-number": 6, "bill-amount": 3, "open-amount": 3, "name": 2}


@dataclass(frozen=True, slots=True)
class Told:
    """A payment as a bank or another source tells of it; `agreement` and `bill` are numbers in columns of their own."""

    source: str
    reference: str
    amount: int
    paid_on: dt.date
    method: str = "bank"
    payer: str = ""
    text: str = ""
    agreement: str = ""
    bill: str = ""


@dataclass(slots=True)
class _Candidate:
    number: str
    why: set[str]

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.why)


def match(payments: Sequence[Told]) -> list[NewPayment]:
    """Find whose payments are, with a fixed number of queries for however many.

    Returns:
        In the same order, payments ready to be written: matched, doubtful with suggestions, or unknown.
    """
    named = _Named(payments)
    exact: set[str] = set(rules().matching.exact)
    return [_matched(one, named, exact) for one in payments]


class _Named:
    """What is known of all numbers and names that some payments mention."""

    def __init__(self, payments: Sequence[Told]) -> None:
        tokens = {token for one in payments for token in _tokens(one)}
        names = {one.payer.strip() for one in payments if one.payer.strip()}
        self.agreements = _in_pieces(
            tokens, lambda some: Agreement.objects.filter(number__in=some).values_list("number", "id")
        )
        self.bills = _in_pieces(
            tokens,
            lambda some: Charge.objects.filter(reference__in=some).values_list("reference", "agreement"),
        )
        old = _in_pieces(
            tokens,
            lambda some: OldNumber.objects.filter(kind="agreement", number__in=some).values_list("number", "now"),
        )
        now = _in_pieces(
            {number for several in old.values() for number in several},
            lambda some: Agreement.objects.filter(number__in=some).values_list("number", "id"),
        )
        self.old = {token: [pk for number in several for pk in now.get(number, [])] for token, several in old.items()}
        self.names = _in_pieces(
            names, lambda some: Agreement.objects.filter(customer__name__in=some).values_list("customer__name", "id")
        )
        everybody = {
            pk for found in (self.agreements, self.bills, self.old, self.names) for pks in found.values() for pk in pks
        }
        self.numbers: dict[int, str] = {}
        self.amounts: dict[int, set[int]] = defaultdict(set)
        self.totals: dict[int, int] = {}
        for some in _pieces(everybody):
            self.numbers |= dict(Agreement.objects.filter(pk__in=some).values_list("id", "number"))
            owed = Charge.objects.filter(agreement__in=some, state=Charge.State.OPEN)
            for agreement, left in owed.values_list("agreement", F("amount") - F("settled")):
                self.amounts[agreement].add(left)
            sums = owed.values("agreement").annotate(sum=Sum(F("amount") - F("settled")))
            self.totals |= dict(sums.values_list("agreement", "sum"))


def _tokens(one: Told) -> list[str]:
    return [*(number.strip() for number in (one.agreement, one.bill) if number.strip()), *NUMBER.findall(one.text)]


def _pieces(things: Iterable[Any]) -> Iterable[list[Any]]:
    found = sorted(things)
    return (found[at : at + 5_000] for at in range(0, len(found), 5_000))


def _in_pieces(things: Iterable[Any], query: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for some in _pieces(things):
        for key, value in query(some):
            if value not in found[key]:
                found[key].append(value)
    return found


def _matched(one: Told, named: _Named, exact: set[str]) -> NewPayment:
    candidates = _candidates(one, named)
    sure = [pk for pk, candidate in candidates.items() if candidate.why & exact]
    made = NewPayment(one.source, one.reference, one.amount, one.paid_on, one.method, one.payer, one.text)
    if len(sure) == 1 and not _contradicted(one, sure[0], named):
        made.agreement = sure[0]
        return made
    best = sorted(candidates.items(), key=lambda item: (-item[1].weight, item[1].number))[:MOST_SUGGESTIONS]
    made.suggested = [
        {"agreement": pk, "number": candidate.number, "why": sorted(candidate.why)} for pk, candidate in best
    ]
    return made


def _candidates(one: Told, named: _Named) -> dict[int, _Candidate]:
    found: dict[int, _Candidate] = {}

    def add(pk: int, why: str) -> None:
        found.setdefault(pk, _Candidate(named.numbers.get(pk, ""), set())).why.add(why)

    for token in _tokens(one):
        for why, known in (("agreement", named.agreements), ("bill", named.bills), ("old-number", named.old)):
            for pk in known.get(token, ()):
                add(pk, why)
    for pk in named.names.get(one.payer.strip(), ())[:50]:
        add(pk, "name")
    for pk in list(found):
        if one.amount in named.amounts.get(pk, ()):
            add(pk, "bill-amount")
        if one.amount == named.totals.get(pk):
            add(pk, "open-amount")
    return found


def _contradicted(one: Told, agreement: int, named: _Named) -> bool:
    """Whether a number in a column of its own names nobody, or somebody else than the text does."""
    own = [number.strip() for number in (one.agreement, one.bill) if number.strip()]
    return any(
        agreement not in (*named.agreements.get(number, ()), *named.bills.get(number, ()), *named.old.get(number, ()))
        for number in own
    )
