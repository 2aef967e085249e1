"""What the page of a trial shows to be changed, and what comes back from it: days as stretches, prices as numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from wattloop.faces.console.tariffs import telling
from wattloop.faces.console.tariffs.drawing import Block, Painter, clock
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from django.http import QueryDict

    from wattloop.apps.billing.trials.drafts import Base
    from wattloop.library.tariffs import Tariff
    from wattloop.library.tariffs.redrawing import Knob

MINUTES = 5  # of a step
DAY = 1440
MOST_STRETCHES = 48


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row of inputs: from when, until when, and the period."""

    start: str
    end: str
    period: str


@dataclass(frozen=True, slots=True)
class Day:
    """One rule's day, to be drawn anew.

    Args:
        rule: its place in the file.
        words: its days in this year.
        count: how many of them lie in the months that are tried.
        stretches: as they stand now in the form.
        blocks: the same, drawn.
        changed: whether they differ from what is in force.
    """

    rule: int
    words: str
    count: int
    stretches: list[Stretch]
    blocks: list[Block]
    changed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A number that can be turned: its name in the form, its value there, the one in force and what it is of."""

    name: str
    value: str
    now: str
    label: str
    period: str = ""

    @property
    def changed(self) -> bool:
        """Whether it differs from what is in force."""
        return self.value != self.now


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A component, or the ratios: cells by period, one for all hours, or none, where it stands in a list or by date."""

    name: str
    ratio: bool
    by_period: dict[str, Cell]
    others: list[Cell]
    fixed: str = ""


def rules_of(base: Base, months: list[dt.date]) -> list[tuple[int, str, int]]:
    """The rules that decide a day of the year of the months: number, its days in words, days in the months."""
    import numpy as np

    from wattloop.library.tariffs.day_rules import deciding_rules
    from wattloop.library.tariffs.show_facts import describe_days
    from wattloop.library.tariffs.when import DaySpan

    version, year = base.newest[-1], max(months).year
    first, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    try:
        rules = deciding_rules(version, first, end)
    except Refused:
        first, end = min(months), _after(max(months))
        rules = deciding_rules(version, first, end)
    span, every = DaySpan(first, len(rules)), np.ones(len(rules), np.bool_)
    tried = sorted(months)
    in_months = deciding_rules(version, tried[0], _after(tried[-1]))
    found = []
    for rule in np.unique(np.concatenate([rules, in_months])).tolist():
        mask = rules == rule
        words = telling.days(describe_days(mask, every, span)) if mask.any() else ""
        found.append((rule, words, int((in_months == rule).sum())))
    return found


def _after(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=32)).replace(day=1)


def in_force(base: Base, rule: int) -> tuple[tuple[int, str], ...]:
    """The day of a rule as the file has it."""
    from wattloop.library.tariffs.redrawing import stretches

    document = base.newest[-1].document
    return stretches(base.plain["calendar"]["days"][rule], document.calendar.days[rule].hours)


def periods(base: Base) -> tuple[str, ...]:
    """The periods that the rules of days speak of, in the file's order."""
    return tuple(base.newest[-1].document.calendar.periods or ())


def has_hours(base: Base) -> bool:
    """Whether there are hours to draw: rules of days, and more than one period."""
    calendar = base.plain.get("calendar")
    return isinstance(calendar, dict) and bool(calendar.get("days")) and len(base.newest[-1].calendar.periods) > 1


def days(base: Base, painter: Painter, months: list[dt.date], edits: Mapping[str, Any]) -> list[Day]:
    """The days that can be drawn, as they are drawn in the form."""
    if not has_hours(base):
        return []
    found = []
    for rule, words, count in rules_of(base, months):
        now = in_force(base, rule)
        told = edits.get("hours", {}).get(str(rule))
        day = tuple((int(step), str(period)) for step, period in told) if told else now
        found.append(Day(rule, words, count, _rows(day), _blocks(day, painter), day != now))
    return found


def _rows(day: tuple[tuple[int, str], ...]) -> list[Stretch]:
    ends = [step for step, _period in day[1:]] + [DAY // MINUTES]
    return [
        Stretch(clock(start * MINUTES), clock(end * MINUTES), period)
        for (start, period), end in zip(day, ends, strict=True)
    ]


def _blocks(day: tuple[tuple[int, str], ...], painter: Painter) -> list[Block]:
    from wattloop.library.tariffs.year_picture import Stretch as Part

    ends = [step for step, _period in day[1:]] + [DAY // MINUTES]
    return painter.blocks(
        Part(start * MINUTES, end * MINUTES, period) for (start, period), end in zip(day, ends, strict=True)
    )


def prices(base: Base, tariff: Tariff, edits: Mapping[str, Any]) -> list[PriceRow]:
    """What of the prices can be turned, component by component, and the ratios."""
    from wattloop.library.tariffs.redrawing import knobs

    names, turned = telling.Names(tariff), edits.get("prices", {})
    by_row: dict[tuple[str, bool], list[Knob]] = {}
    for knob in knobs(base.plain):
        by_row.setdefault((knob.component, knob.ratio), []).append(knob)
    rows = []
    for component in tariff.components:
        if component.counts_as is not None:
            continue
        key = (component.name if (component.name, False) in by_row else "", False)
        if key in by_row:
            rows.append(_row(names[component.name], by_row.pop(key), periods(base), turned, names))
        else:
            rows.append(PriceRow(names[component.name], ratio=False, by_period={}, others=[], fixed=_span(component)))
    for (_name, ratio), left in by_row.items():
        if ratio:
            rows.append(_row(_("Ratio of what floats"), left, periods(base), turned, names))
    return rows


def _row(
    name: str, knobs: list[Knob], known: tuple[str, ...], turned: Mapping[str, Any], names: telling.Names
) -> PriceRow:
    cells, others = {}, []
    for knob in knobs:
        path = ".".join(map(str, knob.path))
        where = " ".join(names[part] for part in knob.where)
        label = f"{name} {where}".strip()
        now = f"{knob.value:f}"
        cell = Cell(f"price:{path}", str(turned.get(path, now)), now, label, knob.where[0] if knob.where else "")
        if len(knob.where) == 1 and knob.where[0] in known:
            cells[knob.where[0]] = cell
        else:
            others.append(cell)
    return PriceRow(name, knobs[0].ratio, cells, others)


def _span(component: Any) -> str:
    """The prices of a component that cannot be turned here, as from … to …."""
    from wattloop.library.tariffs.show_words import text

    told = sorted({price for row in component.prices for price in row})
    return text(told[0]) if len(told) == 1 else f"{text(told[0])} … {text(told[-1])}"


def edits_of(data: QueryDict, base: Base) -> dict[str, Any]:
    """What a form changes, as `drafts.redrawing_of` takes it; a row without a time is left out.

    Raises:
        Refused: where a time is none, or there are too many.
    """
    hours: dict[str, list[list[Any]]] = {}
    known = periods(base)
    calendar = base.plain.get("calendar")
    rules = calendar.get("days") if isinstance(calendar, dict) else None
    for rule in range(len(rules or [])):
        times, told = data.getlist(f"from-{rule}"), data.getlist(f"period-{rule}")
        if not times or not has_hours(base):
            continue
        if len(times) > MOST_STRETCHES or len(times) != len(told):
            raise Refused(_("this day has too many stretches"), _("Let each period have a few."))
        day = sorted(
            [_step(time), period]
            for time, period in zip(times, told, strict=True)
            if time.strip() and period in known
        )  # fmt: skip
        joined = [one for at, one in enumerate(day) if at == 0 or day[at - 1][1] != one[1] or day[at - 1][0] == one[0]]
        if tuple((step, period) for step, period in joined) != in_force(base, rule):
            hours[str(rule)] = joined
    from wattloop.library.tariffs.redrawing import knobs

    turned = {}
    for knob in knobs(base.plain):
        path = ".".join(map(str, knob.path))
        typed = data.get(f"price:{path}")
        if typed is not None and typed.strip() != f"{knob.value:f}":
            turned[path] = typed.strip()[:20]
    return {"hours": hours, "prices": turned}


def _step(told: str) -> int:
    hour, colon, minute = told.strip().partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise Refused(_("“%(told)s” is no time of the day") % {"told": told}, _("Write 07:00."))
    if int(minute) % MINUTES:
        raise Refused(
            _("%(told)s does not lie on five minutes") % {"told": told}, _("Let stretches begin at 07:00 or 07:05.")
        )
    return (int(hour) * 60 + int(minute)) // MINUTES
