"""Numbers of bills, receipts, agreements and customers, as the enterprise folder says they are made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from wattloop.apps.enterprise.models import Number
from wattloop.library.quantity.refusal import Refused

_DATES = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}


def take_numbers(series: str, count: int, *, on: dt.date) -> list[str]:
    """The next numbers of a series, which nobody else gets; those of a transaction that is undone come again.

    It is called inside the transaction that writes what is numbered.

    Args:
        series: as `numbering.yaml` calls it: bill, receipt, agreement, customer.
        count: how many.
        on: the day that stands in the numbers, where the series has one.

    Raises:
        Refused: where there is no such series, or its digits are used up; none is taken then.
    """
    from wattloop.apps.enterprise.queries import rule

    made = rule("numbering").numbers
    if series not in made:
        raise Refused(f"no numbers of {series} are told", f"Add `{series}` to it.", file="numbering.yaml")
    part = made[series]
    date = _date(part.date, on)
    name = f"{series}:{part.prefix}{date}"
    with transaction.atomic():
        Number.objects.bulk_create([Number(series=name, next=part.first)], ignore_conflicts=True)
        row = Number.objects.select_for_update().get(series=name)
        first, end = row.next, row.next + count
        if end > 10**part.digits:
            said = f"the {part.digits} digits of {series} numbers are used up"
            raise Refused(said, "Add digits.", file="numbering.yaml", field=f"numbers.{series}.digits")
        row.next = end
        row.save(update_fields=["next"])
    return [_number(part, date, serial) for serial in range(first, end)]


def _date(pattern: str, on: dt.date) -> str:
    if pattern == "none":
        return ""
    year = "yyyy" if pattern.startswith("yyyy") else "yy"
    rest = pattern[len(year) :]
    form = _DATES[year] + "".join(_DATES[rest[at : at + 2]] for at in range(0, len(rest), 2))
    return on.strftime(form)


def _number(part: Any, date: str, serial: int) -> str:
    text = f"{part.prefix}{date}{serial:0{part.digits}d}"
    return text + (luhn(text) if part.check == "luhn" else "")


def luhn(text: str) -> str:
    """The check digit (ISO/IEC 7812-1) over the digits of a text; its letters do not count."""
    total = 0
    for place, sign in enumerate(reversed([one for one in text if one.isascii() and one.isdigit()])):
        digit = int(sign) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)
