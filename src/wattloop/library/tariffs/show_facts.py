"""What a reader wants to see of a tariff, as plain facts: a year's day types with their hours, and all its prices.

`show` prints these facts; `wattloop tariff show --json` hands them out as they are.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import numpy as np

from wattloop.library.quantity.counts import counted
from wattloop.library.tariffs.compiled import Calendar, DemandCharge, DemandStep, Option, Tariff
from wattloop.library.tariffs.days import clock_text, runs
from wattloop.library.tariffs.show_basic import basic_charges, basic_facts, suspension_facts
from wattloop.library.tariffs.show_words import text
from wattloop.library.tariffs.when import MONTHS, WEEKDAYS, DaySpan, Mask

MOST_STRETCHES = 6
MOSTLY = 0.5


def overview(tariff: Tariff, year: int) -> dict[str, Any]:
    """Everything `tariff show` tells, as text, lists and mappings; prices are exact text."""
    return {
        "id": tariff.id,
        "name": tariff.name,
        "currency": tariff.currency,
        "valid_from": tariff.valid_from.isoformat() if tariff.valid_from else None,
        "valid_to": tariff.valid_to.isoformat() if tariff.valid_to else None,
        "zone": tariff.calendar.zone,
        "for": dict(tariff.scope),
        "source": dict(tariff.source),
        "year": year,
        "calendar": day_types(tariff.calendar, year, tariff.valid_from, tariff.valid_to),
        "decided_until": tariff.calendar.last_day.isoformat(),
        "limit": _limit(tariff),
        "triggers": _triggers(tariff),
        "labels": charge_labels(tariff) | dict(tariff.calendar.labels),
        "prices": energy_prices(tariff),
        "sources": {one.name: dict(one.source) for one in tariff.components if one.source},
        "tiers": tier_bounds(tariff),
        "demand": [demand_charge(charge, tariff) for charge in tariff.demand],
        "basic": basic_facts(tariff),
        "suspension": suspension_facts(tariff),
        "power_factor": power_factor_facts(tariff),
        "fixed": [
            {
                "name": one.name,
                "price": text(one.price),
                "per": one.per,
                "months": months_text(one.months),
                "in": MONTHS[one.in_month - 1] if one.in_month else None,
            }
            for one in tariff.fixed
        ],
        "minimum": [
            {"name": one.name, "price": text(one.price), "per": one.per, "counts": in_words(one.counts)}
            for one in tariff.minimums
        ],
        "percentages": [
            {"name": one.name, "kind": one.kind.value, "percent": text(one.rate * 100), "of": in_words(one.of)}
            for one in tariff.percentages
        ],
        "taxes": [
            {
                "name": one.name,
                "percent": text(one.rate * 100),
                "included": one.included,
                "of": in_words(one.of) if one.of is not None else None,
            }
            for one in tariff.taxes
        ],
        "options": [option_facts(one) for one in tariff.options],
        "rounding": {
            "energy_wh": tariff.rounding.energy,
            "money": text(tariff.rounding.money),
            "half": tariff.rounding.half,
        },
    }


def _limit(tariff: Tariff) -> dict[str, str] | None:
    """What has to be known before the calendar can go on."""
    limit = tariff.calendar.limit
    if limit is None:
        return None
    return {"sort": limit.sort, "name": limit.name, "known_until": limit.known_until.isoformat()}


def _triggers(tariff: Tariff) -> list[dict[str, str | None]]:
    """The announced days that the calendar rests on: what they are, and the file that lists them."""
    calendar = tariff.document.calendar if tariff.document is not None else None
    named = (calendar.triggers or {}) if calendar is not None else {}
    return [{"name": name, "when": one.when, "days": one.days} for name, one in named.items()]


def option_facts(option: Option) -> dict[str, Any]:
    """When an option holds, and what it changes."""
    return {
        "labels": dict(option.labels),
        "when": {key: sorted(words) for key, words in option.when.items()},
        "priced_as": option.priced_as,
        "tiers": option.tiers,
        "prices": {name: sorted({text(price) for price in row}) for name, row in option.prices.items()},
        "factors": {name: text(factor) for name, factor in option.factors.items()},
        "without": sorted(option.without),
    }


def power_factor_facts(tariff: Tariff) -> dict[str, Any] | None:
    """What is adjusted by the power factor, None where nothing is."""
    rule = tariff.power_factor
    if rule is None:
        return None
    return {
        "standard": f"{rule.standard:.2f}",
        "of": in_words(rule.base),
        "without": in_words(rule.without),
        "penalty_only": rule.penalty_only,
    }


def charge_labels(tariff: Tariff) -> dict[str, dict[str, str]]:
    """The names, by language, that components, charges and triggers were given beside their ids."""
    components = {one.name: one.labels for one in tariff.components if one.labels}
    document = tariff.document
    sections = ("maxima", "fixed", "minimum", "adjustments", "surcharges") if document is not None else ()
    charges = {part.id: part.labels for section in sections for part in getattr(document, section) if part.labels}
    others = [
        *basic_charges(tariff),
        *(tariff.tiers.allowances if tariff.tiers is not None else ()),
        *([tariff.power_factor] if tariff.power_factor is not None else []),
    ]
    charges |= {one.name: one.labels for one in others if one.labels}
    calendar = document.calendar if document is not None else None
    triggers = {name: one.labels for name, one in (calendar.triggers or {}).items()} if calendar is not None else {}
    return components | charges | triggers


def in_words(kinds: Collection[str]) -> list[str]:
    """Kinds and components as a document names them: all kinds of demand and capacity are `demand`."""
    names = {str(name) for name in kinds}
    every = {"demand_flat", "demand_tou", "capacity"}
    return sorted(names - every | {"demand"} if every <= names else names)


def day_types(
    calendar: Calendar, year: int, since: dt.date | None = None, until: dt.date | None = None
) -> list[dict[str, Any]]:
    """Each kind of day of a year: its season, which days, how many, and the period of every hour.

    Only days that the calendar decides, from `since` to `until`; an empty list where the year lies outside them.
    """
    first = max(calendar.first_day, since or calendar.first_day, dt.date(year, 1, 1))
    last = min(calendar.last_day, until or calendar.last_day, dt.date(year, 12, 31))
    if last < first:
        return []
    start, count = (first - calendar.first_day).days, (last - first).days + 1
    days = DaySpan(first, count)
    seasons = calendar.season_of_day[start : start + count]
    patterns = calendar.pattern_of_day[start : start + count]
    found = []
    for season, pattern in sorted({*zip(seasons.tolist(), patterns.tolist(), strict=True)}):
        mask = (seasons == season) & (patterns == pattern)
        found.append(
            {
                "season": calendar.seasons[season] if len(calendar.seasons) > 1 else None,
                "days": describe_days(mask, seasons == season, days),
                "count": int(mask.sum()),
                "hours": pattern_hours(calendar, pattern),
            }
        )
    return found


def pattern_hours(calendar: Calendar, pattern: int) -> list[dict[str, str]]:
    """The stretches of a pattern in the order of the day: from, to, period."""
    steps = calendar.patterns[pattern]
    edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(steps)]
    return [
        {"from": clock_text(low), "to": clock_text(high), "period": calendar.periods[int(steps[low])]}
        for low, high in itertools.pairwise(edges)
    ]


def describe_days(mask: Mask, within: Mask, days: DaySpan) -> str:
    """Days in words: the months and weekdays where those say it all, else the dates themselves."""
    months = set(days.months[mask].tolist())
    around = within & np.isin(days.months, list(months))
    every = set(days.weekdays[mask].tolist())
    # Weekends and a few holidays are told as weekends, and weekdays without those holidays as weekdays.
    mostly = {day for day in every if mask[around & (days.weekdays == day)].mean() > MOSTLY}
    for weekdays in (every, mostly):
        regular = around & np.isin(days.weekdays, list(weekdays))
        more, less = int((mask & ~regular).sum()), int((regular & ~mask).sum())
        if weekdays and (more + less) * 3 < int(mask.sum()):
            words = _weekday_words(weekdays)
            if months != set(days.months[within].tolist()) or len(months) < 12:
                words = f"{months_text(frozenset(months))} {words}"
            odd = [f"and {counted(more, 'more day')}"] * (more > 0) + [f"but {counted(less, 'day')}"] * (less > 0)
            return f"{words} ({', '.join(odd)})" if odd else words
    stretches = [_stretch(days.date(low), days.date(high - 1)) for low, high in runs(mask)]
    rest = f" and {len(stretches) - MOST_STRETCHES} more" if len(stretches) > MOST_STRETCHES else ""
    return ", ".join(stretches[:MOST_STRETCHES]) + rest


def _weekday_words(weekdays: set[int]) -> str:
    known = {frozenset(range(7)): "every day", frozenset(range(5)): "weekdays", frozenset({5, 6}): "weekend"}
    return known.get(frozenset(weekdays)) or ", ".join(WEEKDAYS[day] for day in sorted(weekdays))


def _stretch(low: dt.date, high: dt.date) -> str:
    def word(day: dt.date) -> str:
        return f"{day.day} {MONTHS[day.month - 1]}"

    return word(low) if low == high else f"{word(low)}-{word(high)}"


def months_text(months: frozenset[int]) -> str:
    """Months in words: {1, 2, 11, 12} -> "Nov-Feb"; "" for the whole year."""
    if len(months) == 12:
        return ""
    words = []
    for month in sorted(months):
        if (month - 2) % 12 + 1 in months:
            continue
        end = month
        while end % 12 + 1 in months:
            end = end % 12 + 1
        words.append(MONTHS[month - 1] if end == month else f"{MONTHS[month - 1]}-{MONTHS[end - 1]}")
    return ", ".join(words)


def energy_prices(tariff: Tariff) -> list[dict[str, Any]]:
    """One entry per period and tier: the price of each component, and their sum."""
    tiers = tariff.tiers.count if tariff.tiers else 1
    entries = []
    for number, period in enumerate(tariff.calendar.periods):
        for tier in range(tiers):
            prices = {
                one.name: one.prices[tier if one.by_tier else 0][number if one.by_period else 0]
                for one in tariff.components
            }
            entries.append(
                {
                    "period": period,
                    "tier": tier + 1 if tiers > 1 else None,
                    "components": {name: text(price) for name, price in prices.items()},
                    "total": text(sum(prices.values(), Decimal(0))),
                }
            )
    return entries


def tier_bounds(tariff: Tariff) -> dict[str, Any] | None:
    """The tiers: over what, how pooled, and the bounds in kWh; one set where all seasons and periods agree."""
    tiers = tariff.tiers
    if tiers is None:
        return None
    seasons, periods = tariff.calendar.seasons, tariff.calendar.periods
    sets: dict[tuple[int | None, ...], list[str]] = {}
    for season, of_season in zip(seasons, tiers.bounds, strict=True):
        for period, rung in zip(periods, of_season, strict=True):
            sets.setdefault(rung, []).append(
                period if len(seasons) == 1 else season if len(periods) == 1 else f"{season}: {period}"
            )
    return {
        "over": tiers.over.value,
        "pooling": tiers.pooling.value,
        "per_day": tiers.per_day,
        "allowances": [
            {
                "name": one.name,
                "add_to_first_kwh_per_remaining_month": text(Decimal(one.add_to_first) / 1000)
                if one.add_to_first
                else None,
                "free_kwh_per_month": text(Decimal(one.free) / 1000) if one.free else None,
            }
            for one in tiers.allowances
        ],
        "bounds": [
            {
                "kwh": [None if bound is None else text(Decimal(bound) / 1000) for bound in rung],
                "where": where if len(sets) > 1 else [],
            }
            for rung, where in sets.items()
        ],
    }


def demand_charge(charge: DemandCharge, tariff: Tariff) -> dict[str, Any]:
    """A demand charge: its steps, by period where it has one maximum per period, its months and block."""
    calendar = charge.calendar or tariff.calendar
    by_period = len(charge.ladders) > 1 or charge.kind == "demand_tou"
    return {
        "name": charge.name,
        "kind": charge.kind.value,
        "months": months_text(charge.months),
        "block_minutes": charge.block_minutes,
        "steps": [
            {"period": calendar.periods[number] if by_period else None, **_step(step)}
            for number, ladder in enumerate(charge.ladders)
            for step in ladder or ()
        ],
        "calendar": day_types(charge.calendar, charge.calendar.last_day.year)
        if charge.calendar is not None and len(charge.calendar.periods) > 1 and _has_own_calendar(charge, tariff)
        else None,
    }


def _has_own_calendar(charge: DemandCharge, tariff: Tariff) -> bool:
    """Whether a charge was written with a calendar, rather than given the tariff's without seasons."""
    parts = tariff.document.maxima if tariff.document is not None else ()
    return not any(f"demand.{part.id}" == charge.clause and part.calendar is None for part in parts)


def _step(step: DemandStep) -> dict[str, Any]:
    return {"up_to_kw": None if step.upper is None else text(Decimal(step.upper) / 1000), "price": text(step.price)}
