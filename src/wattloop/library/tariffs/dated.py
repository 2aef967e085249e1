"""Values written by date: `{2026-09: 0.3921, 2026-10: 0.4010}` is in force from each date until the next.

A value written by months ends with the last month named, because the next month's is not
known; one written by days goes on. `until` says otherwise: `open`, a month or a day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from wattloop.library.tariffs.placed import PlacedError
from wattloop.library.tariffs.problems import Path

UNTIL = "until"
OPEN = "open"
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
_FROM = re.compile(r"\d{4}-\d\d(-\d\d)?")
_LIKE_A_DATE = re.compile(r"\d{4}([-/.年]\d.*)?")
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a dated one: the days it is in force, and the key it was written under."""

    first: dt.date
    last: dt.date | None
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Dated:
    """A value by date: entries in order, each in force until the day before the next."""

    entries: tuple[Entry, ...]

    @property
    def last(self) -> dt.date | None:
        """The last day that has a value, None where the last value goes on."""
        return self.entries[-1].last

    def on(self, day: dt.date) -> Entry | None:
        """The entry in force on a day."""
        for entry in reversed(self.entries):
            if entry.first <= day:
                return entry if entry.last is None or day <= entry.last else None
        return None


def is_dated(plain: Any) -> bool:
    """Whether a mapping is meant as one from dates to values."""
    return isinstance(plain, Mapping) and any(_LIKE_A_DATE.fullmatch(str(key)) for key in plain)


def parse_dated(plain: Mapping[Any, Any], parse: Callable[[Any], Any]) -> Dated:
    """Parse a mapping from dates or months to values.

    Raises:
        PlacedError: with each key that is no date, out of order or twice the same day, each value `parse` refuses.
    """
    places: list[tuple[Path, str]] = []
    found: list[tuple[dt.date, str, Any]] = []
    for key, value in ((str(key), value) for key, value in plain.items() if str(key) != UNTIL):
        try:
            found.append((_first_day(key, found[-1] if found else None), key, parse(value)))
        except PlacedError as error:
            places += [((key, *path), said) for path, said in error.places]
        except ValueError as error:
            places.append(((key,), str(error)))
    last = None
    if found:
        try:
            last = _last_day(plain.get(UNTIL), found[-1][1], found[-1][0])
        except ValueError as error:
            places.append(((UNTIL,), str(error)))
    if places:
        raise PlacedError(places)
    ends = [first - _ONE_DAY for first, _, _ in found[1:]] + [last]
    return Dated(tuple(Entry(first, end, key, value) for (first, key, value), end in zip(found, ends, strict=True)))


def _first_day(key: str, before: tuple[dt.date, str, Any] | None = None) -> dt.date:
    """The first day of a month or day as written; it comes after the entry before it."""
    if not _FROM.fullmatch(key):
        raise ValueError(f"`{key}` stands among dates and is none: write a month, 2026-10, or a day, 2026-10-01")
    try:
        first = dt.date.fromisoformat(key if len(key) > 7 else f"{key}-01")
    except ValueError:
        raise ValueError(f"`{key}` is no date in the calendar: write a month, 2026-10, or a day, 2026-10-01") from None
    if not EARLIEST_YEAR <= first.year <= LATEST_YEAR:
        raise ValueError(f"{key} is beyond any tariff: write a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
    if before is not None and first <= before[0]:
        raise ValueError(f"{key} does not come after {before[1]}: write the dates in order")
    return first


def _month_end(first: dt.date) -> dt.date:
    return (first.replace(day=1) + dt.timedelta(days=31)).replace(day=1) - _ONE_DAY


def _last_day(written: Any, key: str, first: dt.date) -> dt.date | None:
    """The last day of a dated value: as `until` says, else the end of the last month, or open after a day."""
    if written is None:
        return _month_end(first) if len(key) == 7 else None
    if written == OPEN:
        return None
    text = str(written)
    last = _first_day(text) if _FROM.fullmatch(text) else None
    if last is None:
        raise ValueError(f"`{written}` is no end: write a month, 2026-12, a day, 2026-12-31, or `{OPEN}`")
    last = _month_end(last) if len(text) == 7 else last
    if last < first:
        raise ValueError(f"the value ends ({text}) before its last begins ({key}): write a later end, or `{OPEN}`")
    return last


def replaced(value: Any, path: Path, sort: type, change: Callable[[Any, Path], Any]) -> Any:
    """A document, or a part of one, with `change(found, path)` in the place of every value of a sort."""
    if isinstance(value, sort):
        return change(value, path)
    if isinstance(value, BaseModel):
        updates = {}
        for name, field in type(value).model_fields.items():
            old = getattr(value, name)
            new = replaced(old, (*path, field.alias or name), sort, change)
            if new is not old:
                updates[name] = new
        return value.model_copy(update=updates) if updates else value
    if isinstance(value, dict):
        mapped = {key: replaced(inner, (*path, str(key)), sort, change) for key, inner in value.items()}
        return mapped if any(mapped[key] is not value[key] for key in value) else value
    if isinstance(value, list):
        listed = [replaced(inner, (*path, index), sort, change) for index, inner in enumerate(value)]
        return listed if any(new is not old for new, old in zip(listed, value, strict=True)) else value
    return value
