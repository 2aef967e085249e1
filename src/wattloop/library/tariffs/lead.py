"""The days before a tariff's first: tiers of one that begins inside a year or season count what was used before.

They are decided by the tariff's own rules, yet nothing is wrong with them: no rule was
written for them.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.calendars import business_calendar
from wattloop.library.tariffs.days import Span, season_masks
from wattloop.library.tariffs.document_calendar import CalendarPart, DayRule
from wattloop.library.tariffs.when import DaySpan

Patterns = npt.NDArray[np.int16]


def lead_days(part: CalendarPart, span: Span, days: DaySpan, holidays: str) -> DaySpan:
    """`span.lead` days before `days`, or fewer where the earlier years' `holidays` are asked for and not known."""
    last = days.first - dt.timedelta(days=1)
    first = days.first - dt.timedelta(days=span.lead if days.first == span.first else 0)
    kinds = None
    if days.kinds is not None and first <= last:
        business = business_calendar(holidays)
        while first <= last and not business.knows(first.year):
            first = min(dt.date(first.year + 1, 1, 1), days.first)
        found = business.day_kinds(first, last) if first <= last else np.empty(0, np.int8)
        kinds = lambda: found  # noqa: E731
    count = (last - first).days + 1
    return DaySpan(first, count, kinds, season_masks(part, DaySpan(first, count)))


def lead_patterns(
    lead: DaySpan, decided: list[tuple[DayRule, Patterns]], patterns: Patterns, pattern_of_day: Patterns
) -> Patterns:
    """The number of the pattern of each day of `lead`: of the first rule that names it, else of the tariff's first day.

    Args:
        lead: the days.
        decided: the rules with the periods of their days, int16[steps].
        patterns: int16[patterns, steps] of the tariff's own days.
        pattern_of_day: the number of each of those.
    """
    found = np.full(lead.count, pattern_of_day[0], dtype=np.int16)
    for rule, pattern in reversed(decided):
        at = np.flatnonzero((patterns == pattern).all(axis=1))
        if len(at):
            found[rule.when.mask(lead)] = at[0]
    return found
