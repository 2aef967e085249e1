"""Cells of a table: from the text that people write to values, and back.

A reader takes stripped text that is not empty and returns a value, or raises `Refused` with the cell's
problem; where in the file it stands, the importer adds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from wattloop.library.quantity.refusal import Refused

# Characters that no name holds and PostgreSQL would refuse, or that turn the direction of writing.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_PACKED_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_LARGEST = 10**15
_YES = {"1", "yes", "true", "y", "是", "√"}
_NO = {"0", "no", "false", "n", "否"}

Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Kind:
    """How the cells of a column are read and written.

    Args:
        read: text to value.
        write: value to text; the same value comes back when it is read.
        empty: the value of an empty cell.
    """

    read: Reader
    write: Callable[[Any], str]
    empty: Any


def text(longest: int) -> Kind:
    """Words, at most so many characters."""

    def read(told: str) -> str:
        if len(told) > longest:
            raise Refused(f"{len(told)} characters are too many", f"Write at most {longest}.")
        if _UNSEEN.search(told):
            raise Refused("there is an unseen control character in it", "Type it anew.")
        return told

    return Kind(read, str, "")


def choice(choices: Mapping[str, tuple[str, ...]], empty: str = "") -> Kind:
    """One of some words; each has others that mean it. `empty` is meant by an empty cell."""
    known = {other.lower(): value for value, others in choices.items() for other in (value, *others)}

    def read(told: str) -> str:
        value = known.get(told.lower())
        if value is None:
            raise Refused(f"{told!r} is not one of the choices", f"Write {', '.join(v for v in choices if v)}.")
        return value

    return Kind(read, str, empty)


def email() -> Kind:
    """An address of electronic mail."""

    def read(told: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", told) or len(told) > 254:
            raise Refused(f"{told!r} is no e-mail address")
        return told

    return Kind(read, str, "")


def whole(least: int = 0, most: int = _LARGEST) -> Kind:
    """A whole number."""

    def read(told: str) -> int:
        number = _number(told)
        if number != number.to_integral_value() or not least <= number <= most:
            raise Refused(f"{told!r} is no whole number from {least} to {most}")
        return int(number)

    return Kind(read, str, None)


def parts_of_one(parts: int, least: int = 0) -> Kind:
    """A number with decimals, kept as whole parts: kVA with 1,000 parts as VA."""

    def read(told: str) -> int:
        number = _number(told) * parts
        if number != number.to_integral_value():
            raise Refused(f"{told!r} has too many decimals", f"It is kept in {parts:,}ths.")
        if not least <= number <= _LARGEST:
            raise Refused(f"{told!r} is out of range", f"It is at least {plain(least, parts)}.")
        return int(number)

    return Kind(read, lambda value: plain(value, parts), None)


def plain(value: int, parts: int) -> str:
    """Whole parts as a number with no more decimals than it needs."""
    return format((Decimal(value) / parts).normalize(), "f")


def _number(told: str) -> Decimal:
    try:
        number = Decimal(told.replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise Refused(f"{told!r} is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise Refused(f"{told!r} is no number")
    return number


def _read_day(told: str) -> dt.date:
    found = _DAY.fullmatch(told.removesuffix(" 00:00:00").removesuffix("T00:00:00")) or _PACKED_DAY.fullmatch(told)
    try:
        return dt.date(*map(int, found.groups())) if found else dt.date.fromisoformat(told)
    except ValueError:
        raise Refused(f"{told!r} is no day", "Write 2026-01-31.") from None


def _read_yes(told: str) -> bool:
    if told.lower() in _YES:
        return True
    if told.lower() in _NO:
        return False
    raise Refused(f"{told!r} is neither yes nor no", "Write yes or no.")


DAY = Kind(_read_day, lambda value: value.isoformat(), None)
YES = Kind(_read_yes, lambda value: "yes" if value else "no", False)
