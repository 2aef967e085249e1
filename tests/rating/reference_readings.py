"""What readings come to under a tariff's document, slot by slot: the spans billed, their energy, their maxima.

Energy is in Wh, power in W. Rows are in standard time, a tariff on its local clock.
"""

import calendar as months
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from zoneinfo import ZoneInfo

from reference_arithmetic import half_up
from reference_document import DAY, Document

FIVE = dt.timedelta(minutes=5)


class Unpriceable(Exception):
    """The readings or the bill's span cannot give what the tariff prices."""


@dataclass
class Span:
    start: dt.date
    end: dt.date
    wanted: bool = True
    exact: dict = field(default_factory=lambda: defaultdict(int))  # Wh by cell
    slots: list = field(default_factory=list)  # (cell, Wh) in the order of time
    maxima: dict = field(default_factory=dict)  # {(charge's index, period): W}

    def parts(self):
        """(month, days of it, days it has, first day) of every calendar month touched."""
        day = self.start
        while day < self.end:
            length = months.monthrange(day.year, day.month)[1]
            stop = min(self.end, day.replace(day=1) + length * DAY)
            yield day.month, (stop - day).days, length, day
            day = stop

    def share(self, chosen=range(1, 13)):
        return sum((Fraction(days, length) for month, days, length, _ in self.parts() if month in chosen), Fraction(0))


class Meter(Document):
    """A document with readings to bill."""

    def spans(self, start, end, *, whole):
        begin, over = start, self.tiers and self.tiers["over"]
        yearly = any("/year" in one["price"] for one in self.plain.get("minimum", []))
        if over == "year":
            begin = dt.date(start.year, 1, 1)
        while over == "season" and self.season(begin - DAY) == self.season(start):
            begin -= DAY
        if yearly:
            begin = min(begin, max(dt.date(start.year, 1, 1), self.valid_from))
        wanted = [Span(start, end)] if whole else [Span(d, d + n * DAY) for _, n, _, d in Span(start, end).parts()]
        for span in wanted:
            years = {span.start.year, (span.end - DAY).year}
            if (yearly or over == "year") and len(years) > 1:
                raise Unpriceable
        cut = min(max(begin, self.valid_from), start)
        past = [part for ends in ((begin, cut), (cut, start)) for part in Span(*ends).parts()]
        every = [Span(d, d + n * DAY, wanted=False) for _, n, _, d in past] + wanted
        bounds = [step["up-to"] for step in self.steps[:-1]]
        for span in every if self.tiers else []:
            seasons = {self.season(span.start + n * DAY) for n in range((span.end - span.start).days)}
            ladders = {str([[self.leaf(b, s, p) for b in bounds] for p in self.periods]) for s in seasons}
            if len(seasons) > 1 and (over == "season" or len(ladders) > 1):
                raise Unpriceable
        return every

    def place(self, moment, zone):
        """(local day, period, period of each demand charge) at a moment of the rows' standard time."""
        at = local(moment, self.calendar.get("zone"), zone)
        day = at.date()
        if day not in self.hours_of:
            calendars = [charge.get("calendar", self.calendar) for charge in self.charges]
            self.hours_of[day] = [self.hours(calendar, day) for calendar in (self.calendar, *calendars)]
        period, *demand = (hours[at.hour * 12 + at.minute // 5] for hours in self.hours_of[day])
        return day, period, tuple(demand)

    def slot_places(self, day, slots, zone, span_of):
        """(span, cell, demand periods) of each slot of a standard day; None outside all spans."""
        found, long = [], 288 // slots
        start = dt.datetime.combine(day, dt.time())
        for slot in range(slots):
            places = [self.place(start + step * FIVE, zone) for step in range(slot * long, (slot + 1) * long)]
            spans = [span_of.get(where) for where, _, _ in places]
            inside = [(id(span), *place[1:]) if span else None for span, place in zip(spans, places, strict=True)]
            if any(one != inside[0] for one in inside):
                raise Unpriceable
            where, period, demand = places[0]
            cell = (self.season(where) if self.by_season else None, period)
            found.append((spans[0], cell, demand) if spans[0] else None)
        return found

    def measure(self, spans, days, slots, zone):
        """Put every slot of one point into its span and cell, and find the maxima."""
        span_of = {span.start + n * DAY: span for span in spans for n in range((span.end - span.start).days)}
        for day in sorted(days):
            if not spans[0].start - DAY <= day <= spans[-1].end:
                continue
            places = self.slot_places(day, slots, zone, span_of)
            for place, wh in zip(places, days[day], strict=True):
                if place:
                    place[0].exact[place[1]] += wh
                    place[0].slots.append((place[1], wh))
            for i, charge in enumerate(self.charges):
                self._maxima(i, merge(charge, slots), places, days[day])

    @staticmethod
    def _maxima(i, size, places, values):
        for at in range(0, len(values), size):
            block = [(id(place[0]), place[2][i]) if place else None for place in places[at : at + size]]
            if any(one != block[0] for one in block):
                raise Unpriceable
            if places[at]:
                span, _, periods = places[at]
                watts = half_up(Fraction(sum(values[at : at + size]) * len(values), size * 24))
                span.maxima[i, periods[i]] = max(span.maxima.get((i, periods[i]), 0), watts)


def merge(charge, slots):
    """How many readings make a block of a demand charge."""
    minutes = int(charge.get("block", f"{1440 // slots} min").split()[0])
    if minutes * slots % 1440:
        raise Unpriceable
    return minutes * slots // 1440


def local(standard, own, zone):
    """The tariff's local clock at a moment of the rows' standard time."""
    if own is None:
        return standard
    of = ZoneInfo(zone or own)
    east = min(of.utcoffset(dt.datetime(standard.year, month, 1)) for month in (1, 7))
    return (standard - east).replace(tzinfo=dt.UTC).astimezone(ZoneInfo(own)).replace(tzinfo=None)
