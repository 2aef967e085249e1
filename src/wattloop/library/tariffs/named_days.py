"""Days that the rules of a calendar call by a name of their own: holidays by name, days on which something triggers.

A holiday's word is its name in small letters, `christmas-day`; the Chinese ones have the
English words that are usual. Days off that join another holiday's belong to it where they
lie in its midst.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator

import numpy as np

from wattloop.library.quantity.calendars import BusinessCalendar
from wattloop.library.tariffs.document_calendar import CalendarPart, DayRule
from wattloop.library.tariffs.problems import Findings, Path
from wattloop.library.tariffs.triggers import TriggerDays, read_trigger
from wattloop.library.tariffs.when import DaySpan, Mask, Term

_CHINESE = {
    "元旦": "new-year",
    "春节": "spring-festival",
    "清明": "tomb-sweeping",
    "劳动": "labour-day",
    "端午": "dragon-boat",
    "国庆": "national-day",
    "中秋": "mid-autumn",
}
CHINESE_HOLIDAYS = tuple(_CHINESE.values())
_NAMES = ("season", "holiday", "trigger")


def holiday_words(name: str) -> list[str]:
    """The words that a holiday's name stands for: 国庆节、中秋节 -> national-day, mid-autumn."""
    words = []
    for one in re.split(r"[;,/、，；]", name):
        chinese = next((word for begin, word in _CHINESE.items() if one.strip().startswith(begin)), None)
        plain = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)|['’]", "", one)).encode("ascii", "ignore").decode()
        word = chinese or re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
        words += [word] if word else []
    return words


class NamedDays:
    """The named days of one calendar, beside its seasons; problems with its triggers go to `findings`."""

    def __init__(self, part: CalendarPart, findings: Findings, path: Path) -> None:
        """Read the files of the calendar's triggers."""
        self.part = part
        seasons, periods = set(part.seasons or {}), set(part.periods or {})
        self.triggers: dict[str, TriggerDays] = {}
        used = {term.text for rule in part.days or [] for term in self._terms(rule)}
        for name, trigger in (part.triggers or {}).items():
            at = (*path, "triggers", name)
            if name in seasons | periods:
                sort = "season" if name in seasons else "period"
                findings.error(at, f"`{name}` names both a trigger and a {sort}.", "Give one another name.")
            elif name not in used:
                findings.error(at, f"No rule of the days names `{name}`.", "Name it in a `when`, or remove it.")
            found = read_trigger(trigger, findings, at)
            if found is not None:
                self.triggers[name] = found

    def _terms(self, rule: DayRule) -> Iterator[Term]:
        """The words of a rule that are no season's."""
        seasons = self.part.seasons or {}
        return (t for t in rule.when.terms() if t.sort in _NAMES and (t.sort != "season" or t.text not in seasons))

    def holidays_of(self, rule: DayRule) -> list[str]:
        """The words of a rule that can only be a holiday's."""
        return [
            term.text
            for term in self._terms(rule)
            if term.sort == "holiday"
            or (
                term.sort == "season"
                and term.text not in (self.part.triggers or {})
                and (self.part.holidays is not None or term.text in CHINESE_HOLIDAYS)
            )
        ]

    def masks(self, span: DaySpan, business: BusinessCalendar | None, *, unknown: bool = False) -> dict[str, Mask]:
        """Each name's days of a span; days that a trigger's file says nothing of count as `unknown` says.

        Raises:
            Refused: where the holidays of a year of the span are not known.
        """
        found = {name: trigger.mask(span, unknown=unknown) for name, trigger in self.triggers.items()}
        return found | (_holidays(span, business) if business is not None else {})


def _holidays(span: DaySpan, business: BusinessCalendar) -> dict[str, Mask]:
    first, last = span.date(0), span.date(span.count - 1)
    # Whole years, so that a holiday's name is known in a span that does not hold it.
    named = business.holidays(dt.date(first.year, 1, 1), dt.date(last.year, 12, 31))
    by_word: dict[str, set[dt.date]] = {word: set() for word in CHINESE_HOLIDAYS if business.country == "CN"}
    for day, name in named.items():
        for word in holiday_words(name):
            by_word.setdefault(word, set()).add(day)
    one = dt.timedelta(days=1)
    for days in by_word.values():
        days |= {day for day in named if day - one in days and day + one in days}
    return {word: np.isin(span.days, np.array(sorted(days), dtype="datetime64[D]")) for word, days in by_word.items()}
