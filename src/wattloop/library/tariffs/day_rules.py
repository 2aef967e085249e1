"""Which rule of a calendar decides each day, and what it then says of the day's hours: the day types of a tariff."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.calendar_days import CalendarDays
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.days import Span
from wattloop.library.tariffs.problems import Findings
from wattloop.library.tariffs.show_facts import describe_days
from wattloop.library.tariffs.when import DaySpan

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayType:
    """The days of a span that one rule decides.

    Args:
        rule: its place in the calendar's `days`; 0 where a tariff has no rules.
        days: the days, in order.
        words: which they are, in English words that `show_words.days` knows.
    """

    rule: int
    days: tuple[dt.date, ...]
    words: str


def day_types(tariff: Tariff, start: dt.date, end: dt.date) -> list[DayType]:
    """The day types of a span, in the order of the rules; only rules that decide a day of it.

    Args:
        tariff: with a document.
        start, end: the first day, and the day after the last.

    Raises:
        Refused: where the calendar does not decide all of them.
    """
    calendar, last = tariff.calendar, end - _ONE_DAY
    if start < calendar.first_day or last > calendar.last_day:
        said = f"the calendar of {tariff.id} is decided from {calendar.first_day} to {calendar.last_day}"
        raise Refused(f"{said}, not on all of {start} to {last}", "Choose days that it decides.")
    rule_of_day = deciding_rules(tariff, start, end)
    span, every = DaySpan(start, len(rule_of_day)), np.ones(len(rule_of_day), np.bool_)
    found = []
    for rule in np.unique(rule_of_day).tolist():
        mask = rule_of_day == rule
        days = tuple(start + dt.timedelta(days=day) for day in np.flatnonzero(mask).tolist())
        found.append(DayType(rule, days, describe_days(mask, every, span)))
    return found


def deciding_rules(tariff: Tariff, start: dt.date, end: dt.date) -> npt.NDArray[np.int16]:
    """int16[days]: the place in `days` of the rule that decides each day; 0 where a tariff has no rules.

    Raises:
        Refused: where some day cannot be decided.
    """
    count = (end - start).days
    part = tariff.document.calendar
    if part is None or not part.days:
        return np.zeros(count, np.int16)
    findings = Findings(file=tariff.document.file)
    known = CalendarDays(part, Span(start, end - _ONE_DAY), findings, ("calendar",)).days
    found = np.full(known.count, -1, np.int16)
    for number, rule in enumerate(part.days):
        found[rule.when.mask(known) & (found < 0)] = number
    if findings.errors or len(found) != count or (found < 0).any():
        raise Refused(f"not every day from {start} to {end - _ONE_DAY} is decided", "Choose days that are.")
    return found
