"""Days on which something triggers a rule: a file of days that were announced, or of what was measured each day.

A file says for which days it is whole. Beyond them nothing is assumed.
"""

from __future__ import annotations

import csv
import datetime as dt
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Annotated, Any

import numpy as np
from pydantic import Field, PlainValidator

from wattloop.library.tariffs.amounts import parse_number
from wattloop.library.tariffs.beside import find_beside, missing
from wattloop.library.tariffs.document_calendar import Part, TriggerPart
from wattloop.library.tariffs.positions import read_plain, read_text
from wattloop.library.tariffs.problems import Findings, Path
from wattloop.library.tariffs.reading import read_part
from wattloop.library.tariffs.values import Day, Label
from wattloop.library.tariffs.when import DaySpan, Mask, parse_term

_CONDITION = re.compile(r"[\w-]+ *(>=|<=|>|<|≥|≤) *([-+]?\d+(?:\.\d+)?) *(?:°?C|℃|%|kW|MW)?")
_COMPARED: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "≥": operator.ge,
    "≤": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_HEADER = "day"
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class TriggerDays:
    """The days on which something triggers; whether it does is known from `first` to `last`."""

    first: dt.date
    last: dt.date
    days: frozenset[dt.date]

    def mask(self, span: DaySpan, *, unknown: bool) -> Mask:
        """Which days of a span are triggered; those that are not known count as `unknown` says."""
        listed = np.array(sorted(self.days), dtype="datetime64[D]")
        known = (span.days >= np.datetime64(self.first)) & (span.days <= np.datetime64(self.last))
        return np.asarray(np.where(known, np.isin(span.days, listed), unknown), np.bool_)


def _parse_days(plain: Any) -> tuple[int, int]:
    """A day, or a range of days, as days since 1970-01-01."""
    term = parse_term(plain)
    if term.sort != "dates":
        raise ValueError(f"`{plain}` is no day: write 2026-07-12, or 2026-07-12..2026-07-15")
    return term.low, term.high


class TriggerFile(Part):
    """Announced days, and from when until when the file is whole."""

    name: Label | None = None
    known_from: Day = Field(alias="known-from")
    known_until: Day = Field(alias="known-until")
    days: list[Annotated[Any, PlainValidator(_parse_days)]]


def read_trigger(part: TriggerPart, findings: Findings, path: Path) -> TriggerDays | None:
    """The days of a trigger, from the file it names; None where that is wrong, which is noted in `findings`."""
    file = find_beside(findings.file, part.days)
    if file is None:
        findings.error((*path, "days"), *missing(findings.file, part.days))
        return None
    own = Findings(file=str(file))
    found = _measured(part, file, own, findings, path) if file.suffix == ".csv" else _announced(file, own)
    findings.problems += [problem for problem in own.problems if problem not in findings.problems]
    if own.errors:
        said = f"`{part.days}` cannot be used as it stands."
        findings.error((*path, "days"), said, "Mend what is wrong in it; its own lines are named.")
        return None
    return found


def _announced(file: FilePath, own: Findings) -> TriggerDays | None:
    text = read_text(file, own)
    plain = read_plain(text, own, "A file of days", "known-from, known-until and days") if text is not None else None
    read = read_part(TriggerFile, plain, own) if plain is not None else None
    if not isinstance(read, TriggerFile):
        return None
    if read.known_until < read.known_from:
        own.error(("known-until",), "The file is known until before it is known from.", "Exchange the days.")
    first, last = ((day - _EPOCH).days for day in (read.known_from, read.known_until))
    numbers: set[int] = set()
    for index, (low, high) in enumerate(read.days):
        if low < first or high > last:
            said = f"The day lies outside {read.known_from} to {read.known_until}, which the file is for."
            own.error(("days", index), said, "Let known-from and known-until hold every day of the list.")
        else:
            numbers |= set(range(low, high + 1))
    days = {_EPOCH + dt.timedelta(days=number) for number in numbers}
    return TriggerDays(read.known_from, read.known_until, frozenset(days))


def _measured(part: TriggerPart, file: FilePath, own: Findings, findings: Findings, path: Path) -> TriggerDays | None:
    """The days of a file of values, a day a row, whose value meets the trigger's condition."""
    condition = _CONDITION.fullmatch((part.when or "").strip())
    if condition is None:
        said = "A file of values needs a condition that they are compared with."
        findings.error((*path, "when"), said, "Write for instance `when: temperature >= 35 C`.")
        return None
    text = read_text(file, own)
    values = _values(text, own) if text is not None else {}
    if own.errors or not values:
        return None
    meets, limit = _COMPARED[condition[1]], Decimal(condition[2])
    return TriggerDays(min(values), max(values), frozenset(day for day, value in values.items() if meets(value, limit)))


def _values(text: str, own: Findings) -> dict[dt.date, Decimal]:
    """Day to value, every day from the first to the last."""
    rows = csv.reader(text.splitlines())
    header = next(rows, [])
    values: dict[dt.date, Decimal] = {}
    if len(header) != 2 or header[0].strip() != _HEADER:
        own.error((), "The file has no columns `day` and its value.", "Begin it with a line such as day,temperature.")
        return values
    for row in rows:
        if not row:
            continue
        line = rows.line_num
        try:
            day = dt.date.fromisoformat(row[0].strip())
            value = parse_number(row[1])
        except (ValueError, IndexError):
            said = f"`{','.join(row)}` is no day with a number."
            own.error((), said, "Write year-month-day and the value, 2026-07-12,36.5.", line=line)
            continue
        if day in values:
            own.error((), f"{day} is here twice.", "Keep one of them.", line=line)
        values[day] = value
    if not values:
        own.error((), "The file holds no day.", "Give every day its value.")
    elif (max(values) - min(values)).days + 1 != len(values):
        gap = next(day for day in sorted(values) if day + dt.timedelta(days=1) not in values) + dt.timedelta(days=1)
        own.error((), f"The day {gap} is missing.", "Give every day from the first to the last its value.")
    return values
