"""The days that a calendar decides: those of the tariff, as far as its holidays and triggered days are known.

What is not known is not guessed: the calendar ends before it, and a bill of later days is refused.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.calendars import BusinessCalendar, business_calendar
from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.beside import find_beside
from wattloop.library.tariffs.compiled import Limit
from wattloop.library.tariffs.days import Span, season_masks
from wattloop.library.tariffs.document_calendar import CalendarPart
from wattloop.library.tariffs.named_days import NamedDays
from wattloop.library.tariffs.problems import Findings, Path
from wattloop.library.tariffs.when import DaySpan, Mask

_ONE_DAY = dt.timedelta(days=1)


class CalendarDays:
    """The days of one calendar.

    `days` are those that it decides, `limit` why they end before the tariff does, None where
    they do not; `lead` are the days before the first, of which tiers count what was used.
    """

    def __init__(self, part: CalendarPart, span: Span, findings: Findings, path: Path) -> None:
        """Find them; problems go to `findings`."""
        self.part, self.findings, self.path = part, findings, path
        self.limit: Limit | None = None
        self.named = NamedDays(part, findings, path)
        self.business: BusinessCalendar | None = None
        own, kinds = span, None
        asked = self._asks_for_holidays()
        if asked is not None and part.holidays is not None:
            own, kinds = self._business_days(part.holidays, span)
        elif asked is not None:
            said = f"`{asked[1]}` is used, but the calendar has no `holidays`."
            mend = "Add `holidays: CN`, or the path of a file of your own."
            findings.error((*path, "days", asked[0], "when"), said, mend)
        self.days = self._span(own.first, own.last, kinds)
        own = self._before_unknown(own, span)
        if (own.first, own.last) != (self.days.first, self.days.date(self.days.count - 1)):
            low = (own.first - self.days.first).days
            count = (own.last - own.first).days + 1
            self.days = self._span(own.first, own.last, kinds[low : low + count] if kinds is not None else None)
        self.lead = self._lead(span)

    def _asks_for_holidays(self) -> tuple[int, str] | None:
        """The first rule that rests on holidays, and its word."""
        for index, rule in enumerate(self.part.days or []):
            words = [term.text for term in rule.when.terms() if term.sort == "business"]
            words += self.named.holidays_of(rule)
            if words:
                return index, words[0]
        return None

    def _span(self, first: dt.date, last: dt.date, kinds: npt.NDArray[np.int8] | None) -> DaySpan:
        bare = DaySpan(first, max(0, (last - first).days + 1))
        named = self.named.masks(bare, self.business) if bare.count else {}
        known = (lambda: kinds) if kinds is not None else None
        return DaySpan(first, bare.count, known, season_masks(self.part, bare), named)

    def _business_days(self, name: str, span: Span) -> tuple[Span, npt.NDArray[np.int8] | None]:
        """Day kinds over as much of the span as the holidays are known for."""
        path, first, last = (*self.path, "holidays"), span.first, span.last
        pieces: list[npt.NDArray[np.int8]] = []
        beside = name.endswith((".yaml", ".yml"))
        try:
            business = business_calendar(str(find_beside(self.findings.file, name) or name) if beside else name)
        except Refused as refused:
            self.findings.error(path, *_said(refused))
            return span, None
        begin, refusal = first, None
        for year in range(first.year, last.year + 1):
            low, high = max(first, dt.date(year, 1, 1)), min(last, dt.date(year, 12, 31))
            try:
                pieces.append(np.asarray(business.day_kinds(low, high), dtype=np.int8))
            except Refused as refused:
                refusal = refused
                if pieces or not span.open_start:
                    break
                begin = high + _ONE_DAY
        if not pieces:
            self.findings.error(path, *_said(refusal or Refused(f"the holidays of `{name}` are unknown")))
            return span, None
        kinds = np.concatenate(pieces)
        end = begin + dt.timedelta(days=len(kinds) - 1)
        if end < last:
            self.limit = Limit("holidays", name, end)
        self.business = business
        return Span(begin, end, span.open_start, span.lead), kinds

    def _before_unknown(self, own: Span, span: Span) -> Span:
        """The days between those on which a rule waits for a trigger that is not known yet, or not any more."""
        first, last = own.first, own.last
        if not self.named.triggers or not self.days.count:
            return own
        doubtful = self._doubtful(self.days)
        for name, trigger in self.named.triggers.items():
            early = np.flatnonzero(doubtful & (self.days.days < np.datetime64(trigger.first)))
            if len(early) and not span.open_start:
                at = (*self.path, "triggers", name, "days")
                said = f"The days of `{name}` are known from {trigger.first}, not on {self.days.date(early[0])}."
                self.findings.error(at, said, "Add the earlier days to its file, or let the tariff begin later.")
            elif len(early):
                first = max(first, self.days.date(early[-1]) + _ONE_DAY)
            late = np.flatnonzero(doubtful & (self.days.days > np.datetime64(trigger.last)))
            if len(late) and self.days.date(late[0]) - _ONE_DAY < last:
                last = self.days.date(late[0]) - _ONE_DAY
                self.limit = Limit("trigger", name, trigger.last)
        if last < first:
            name = next(iter(self.named.triggers))
            said = "On no day of the tariff is it known which days trigger its rules."
            self.findings.error((*self.path, "triggers", name, "days"), said, "Add the days to the trigger's file.")
            return own
        return Span(first, last, span.open_start, span.lead)

    def _lead(self, span: Span) -> DaySpan:
        """`span.lead` days before the first, or fewer where earlier holidays or triggered days are not known."""
        last = self.days.first - _ONE_DAY
        first = self.days.first - dt.timedelta(days=span.lead if self.days.first == span.first else 0)
        kinds = None
        if self.business is not None and first <= last:
            while first <= last and not self.business.knows(first.year):
                first = min(dt.date(first.year + 1, 1, 1), self.days.first)
            kinds = self.business.day_kinds(first, last) if first <= last else np.empty(0, np.int8)
        lead = self._span(first, last, kinds)
        doubtful = np.flatnonzero(self._doubtful(lead)) if lead.count else np.empty(0, np.int64)
        if not len(doubtful):
            return lead
        known = int(doubtful[-1]) + 1
        return self._span(lead.date(known), last, kinds[known:] if kinds is not None else None)

    def _doubtful(self, sure: DaySpan) -> Mask:
        """The days on which a rule may hold or not, by a trigger that is not known, and no earlier rule surely does."""
        named = self.named.masks(sure, self.business, unknown=True)
        may = DaySpan(sure.first, sure.count, sure.kinds, sure.seasons, named)
        free, found = np.ones(sure.count, np.bool_), np.zeros(sure.count, np.bool_)
        for rule in self.part.days or []:
            holds = rule.when.mask(sure)
            found |= free & rule.when.mask(may) & ~holds
            free &= ~holds
        return found


def _said(refused: Refused) -> tuple[str, str]:
    """A refusal of the business calendar in the words of a problem; the place in its own file is kept."""
    inside = Refused(refused.what, "", refused.file, refused.row, refused.field) if refused.row else refused.what
    what = str(inside)
    return f"{what[:1].upper()}{what[1:].rstrip('.')}.", refused.mend
