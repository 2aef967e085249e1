"""Amounts and days as people and banks write them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from wattloop.library.quantity.refusal import Refused

_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")


def whole(text: str, digits: int, field: str = "amount") -> int:
    """An amount as people write it (1,234.50 or ¥1234.5), in the smallest unit.

    Raises:
        Refused: where it is no amount or finer than that unit.
    """
    cleaned = text.strip().replace(",", "").replace("，", "").lstrip("¥￥$€ ").rstrip("元 ")
    amount, scaled = Decimal("NaN"), Decimal("NaN")
    if re.fullmatch(r"[+-]?[0-9]*\.?[0-9]*", cleaned):
        try:
            amount = Decimal(cleaned)
            scaled = amount.scaleb(digits)
        except InvalidOperation:
            pass
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
        raise Refused(f"{text.strip()!r} is not an amount", "Write 1234.50.", field=field)
    if scaled != scaled.to_integral_value():
        raise Refused(f"{text.strip()} is finer than the currency's smallest unit", "Round it.", field=field)
    return int(scaled)


def a_day(text: str, field: str) -> dt.date:
    """A day as 2026-11-25, 2026/11/25, 20261125 or 2026年11月25日, with a time after it or not.

    Raises:
        Refused: where it is none.
    """
    found = _COMPACT.fullmatch(text.strip()) or _DAY.fullmatch(text.strip())
    if found:
        try:
            return dt.date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
    raise Refused(f"{text.strip()!r} is not a day", "Write 2026-11-25.", field=field)
