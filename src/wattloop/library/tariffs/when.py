"""The `when` grammar: which days a rule of a calendar speaks of.

A condition is parsed once from its words and then decided for whole spans of days at
a time. Words: months (Jul, Jun-Sep), days of the year (06-15..09-30), single dates
(2026-10-01, 2026-10-01..2026-10-07), weekdays (Mon, Mon-Fri, weekdays, weekend),
working days and holidays of the calendar (holidays, working-days, days-off), a holiday's
name (spring-festival), and the names of the calendar's own seasons and triggers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_GROUPS = {"weekdays": (0, 4), "weekend": (5, 6)}
BUSINESS_WORDS = ("holidays", "working-days", "days-off")
NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_YEARLY = re.compile(r"(\d\d)-(\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DaySpan:
    """Consecutive local days with what conditions ask of them, one array entry a day.

    `kinds` gives int8 per day (0 working, 1 weekend, 2 holiday) and is called only
    where a condition needs it; `seasons` maps each season's name to its days, `named` each
    holiday's and trigger's.
    """

    first: dt.date
    count: int
    kinds: Callable[[], npt.NDArray[np.int8]] | None = None
    seasons: Mapping[str, Mask] = field(default_factory=dict)
    named: Mapping[str, Mask] = field(default_factory=dict)

    @cached_property
    def days(self) -> npt.NDArray[np.datetime64]:
        """datetime64[D] of every day."""
        return np.datetime64(self.first, "D") + np.arange(self.count)

    @cached_property
    def months(self) -> npt.NDArray[np.int64]:
        """1..12 of every day."""
        return np.asarray(self.days.astype("datetime64[M]").astype(np.int64) % 12 + 1)

    @cached_property
    def month_days(self) -> npt.NDArray[np.int64]:
        """Month x 100 + day of the month: 615 is 15 June."""
        month_starts = self.days.astype("datetime64[M]").astype("datetime64[D]")
        return np.asarray(self.months * 100 + (self.days - month_starts).astype(np.int64) + 1)

    @cached_property
    def weekdays(self) -> npt.NDArray[np.int64]:
        """0 (Monday) .. 6 of every day."""
        return np.asarray((self.days.astype(np.int64) + 3) % 7)

    def date(self, index: int) -> dt.date:
        """The day at an index."""
        return self.first + dt.timedelta(days=int(index))


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a condition.

    `sort` is months, yearly, dates, weekdays, business, always, holiday or trigger; a name of
    which it is not said what it names is a "season", though it may be found to be either.
    """

    sort: str
    text: str
    low: int = 0
    high: int = 0

    def mask(self, span: DaySpan) -> Mask:
        """Which days of the span the word names."""
        if self.sort == "always":
            return np.ones(span.count, dtype=np.bool_)
        if self.sort in {"season", "holiday", "trigger"}:
            found = span.seasons.get(self.text) if self.sort == "season" else None
            found = span.named.get(self.text) if found is None else found
            return np.zeros(span.count, dtype=np.bool_) if found is None else found
        if self.sort == "business":
            kinds = span.kinds() if span.kinds is not None else np.zeros(span.count, dtype=np.int8)
            return np.asarray({"holidays": kinds == 2, "working-days": kinds == 0, "days-off": kinds != 0}[self.text])
        if self.sort == "dates":
            at = span.days.astype(np.int64)
        else:
            at = {"months": span.months, "yearly": span.month_days, "weekdays": span.weekdays}[self.sort]
        if self.low <= self.high:
            return np.asarray((at >= self.low) & (at <= self.high))
        return np.asarray((at >= self.low) | (at <= self.high))


@dataclass(frozen=True, slots=True)
class When:
    """A condition: days that satisfy every clause; a clause is satisfied by any of its terms."""

    clauses: tuple[tuple[Term, ...], ...]

    def mask(self, span: DaySpan) -> Mask:
        """Which days of the span satisfy the condition."""
        result = np.ones(span.count, dtype=np.bool_)
        for terms in self.clauses:
            result &= np.logical_or.reduce([term.mask(span) for term in terms])
        return result

    def terms(self) -> Iterable[Term]:
        """Every word of the condition."""
        return (term for terms in self.clauses for term in terms)

    def uses(self, sort: str) -> bool:
        """Whether a word of this sort occurs."""
        return any(term.sort == sort for term in self.terms())


_SORTS_OF_KEY = {
    "months": {"months", "yearly"},
    "days": {"weekdays", "business", "holiday"},
    "dates": {"dates", "yearly"},
    "season": {"season"},
    "trigger": {"trigger"},
}
_NAMES_UNDER = {"days": "holiday", "trigger": "trigger"}
_EXAMPLES = {
    "months": "Jun-Sep or 06-15..09-30",
    "days": "Mon-Fri, weekend or holidays",
    "dates": "2026-10-01..2026-10-07",
    "season": "a season's name",
    "trigger": "a trigger's name",
}


def parse_when(plain: Any) -> When:
    """Parse a condition: a word, a list of words (any of them), or a mapping (all its keys).

    Raises:
        ValueError: a word that is none of the grammar's; the message says what is.
    """
    if isinstance(plain, When):
        return plain
    if not isinstance(plain, Mapping):
        return When((_terms(plain),))
    if not plain:
        raise ValueError("the condition is empty: write `always`, or leave the key out")
    clauses = []
    for key, value in plain.items():
        if key not in _SORTS_OF_KEY:
            raise ValueError(f"`{key}` is not a part of a condition: there are {', '.join(_SORTS_OF_KEY)}")
        terms = tuple(
            replace(term, sort=_NAMES_UNDER[key]) if term.sort == "season" and key in _NAMES_UNDER else term
            for term in _terms(value)
        )
        for term in terms:
            if term.sort not in _SORTS_OF_KEY[key]:
                raise ValueError(f"`{term.text}` has no place under `{key}`, where {_EXAMPLES[key]} could stand")
        clauses.append(terms)
    return When(tuple(clauses))


def _terms(plain: Any) -> tuple[Term, ...]:
    words = plain if isinstance(plain, list | tuple) else [plain]
    if not words:
        raise ValueError("the list of days is empty: write `always`, or leave the key out")
    return tuple(parse_term(word) for word in words)


def parse_term(word: Any) -> Term:
    """Parse one word of a condition.

    Raises:
        ValueError: it is no month, date, weekday or name; the message says what to write.
    """
    if isinstance(word, dt.date):
        word = word.isoformat()
    if not isinstance(word, str):
        raise ValueError(f"`{word}` is not a day, month or season: write for instance Jun-Sep, Mon-Fri or 2026-10-01")  # noqa: TRY004
    text = word.strip()
    if "," in text:
        raise ValueError(f"`{text}` holds a comma: write a list, [{text}]")
    if text == "always":
        return Term("always", text)
    if text in BUSINESS_WORDS:
        return Term("business", text)
    if ".." in text or _YEARLY.fullmatch(text) or _DATE.fullmatch(text):
        return _date_range(text)
    if (named := _named(text)) is not None:
        return named
    raise ValueError(
        f"`{text}` is not understood: write months (Jul, Jun-Sep), days (Mon-Fri, weekend, holidays, working-days), "
        "dates (2026-10-01, 06-15..09-30) or the name of a season, holiday or trigger",
    )


def _named(text: str) -> Term | None:
    """A month, a weekday, a range of either, or the name of a season."""
    if text in DAY_GROUPS:
        return Term("weekdays", text, *DAY_GROUPS[text])
    parts = text.split("-")
    for sort, names, base in (("months", MONTHS, 1), ("weekdays", WEEKDAYS, 0)):
        if len(parts) in {1, 2} and all(part in names for part in parts):
            return Term(sort, text, names.index(parts[0]) + base, names.index(parts[-1]) + base)
    return Term("season", text) if NAME.fullmatch(text) else None


def _date_range(text: str) -> Term:
    parts = [part.strip() for part in text.split("..")]
    if len(parts) > 2 or not all(parts):
        raise ValueError(f"`{text}` is not a range: write two ends, 06-15..09-30")
    if all(_DATE.fullmatch(part) for part in parts):
        low, high = (_day_number(parts[0]), _day_number(parts[-1]))
        if low > high:
            raise ValueError(f"`{text}` ends before it begins: write the earlier date first")
        return Term("dates", text, low, high)
    if all(_YEARLY.fullmatch(part) for part in parts):
        return Term("yearly", text, _month_day(parts[0]), _month_day(parts[-1]))
    raise ValueError(f"`{text}` is not a range of dates: write 06-15..09-30 (every year) or 2026-10-01..2026-10-07")


def _day_number(text: str) -> int:
    try:
        return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days
    except ValueError:
        raise ValueError(f"`{text}` is no date in the calendar: write year-month-day, 2026-10-01") from None


def _month_day(text: str) -> int:
    month, day = int(text[:2]), int(text[3:])
    try:
        dt.date(2024, month, day)
    except ValueError:
        raise ValueError(f"`{text}` is no day of the year: write month-day, 06-15") from None
    return month * 100 + day
