"""Why a clause applied to a line: what was in force, from the variant and the schedule."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from wattloop.library.rating.agreements.model import Kind, Transformer
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.chunks import version_name
from wattloop.library.rating.explanation import changes as terms
from wattloop.library.rating.explanation import words
from wattloop.library.rating.explanation.priced_row import Row
from wattloop.library.rating.explanation.words import Text, both
from wattloop.library.tariffs.compiled import Calendar, Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, CapacityCharge, ContractCharge
from wattloop.library.tariffs.show_facts import charge_labels, option_facts, pattern_hours
from wattloop.library.tariffs.show_options import option_line
from wattloop.library.tariffs.show_words import word


def why(row: Row, charge: Charge, kind: Kind, owned: tuple[Transformer, ...]) -> Text:
    """Why a line's clause applied: the rules in force, the agreement's choice, the hours."""
    said = [rules(row, kind, owned)]
    method = _method(row, charge)
    if method is not None:
        said.append(terms.chosen(method))
    if charge.tou is not None:
        own = [one.calendar for one in row.tariff.demand if one.clause == charge.clause and one.calendar is not None]
        said.append(_hours(row, own[0] if own else row.tariff.calendar, charge.tou))
    return words.joined(said)


def rules(row: Row, kind: Kind, owned: tuple[Transformer, ...]) -> Text:
    """What is in force in a row: the tariff's version, what the agreement is, owns and was granted, the season."""
    said = [_version(row), terms.stated(kind, row.tariff)]
    if any(isinstance(one, CapacityCharge) or one.floor is not None for one in _basic(row.tariff)):
        said += terms.transformers(owned, row)
    said += terms.granted(row)
    if len(row.tariff.calendar.seasons) > 1:
        season = row.tariff.calendar.seasons[int(row.bills.season[row.at])]
        said.append(both(f"季节：{word(season, 'zh')}。", f"The season: {word(season, 'en')}."))
    said += _options(row.tariff)
    return words.joined([one for one in said if one["en"]])


def _options(tariff: Tariff) -> list[Text]:
    """The tariff's options that hold by the agreement's terms, and what they change."""
    calendar = tariff.document.calendar if tariff.document is not None else None
    labels = dict((calendar.periods or {}) if calendar is not None else {}) | charge_labels(tariff)

    def told(number: int, language: str) -> str:
        def name(one: str) -> str:
            return labels.get(one, {}).get(language) or word(one, language)

        return option_line(option_facts(tariff.options[number]), name, tariff.currency, language)

    return [both(f"按合同条款执行：{told(one, 'zh')}。", f"By its terms, {told(one, 'en')}.") for one in tariff.applied]


def periods(row: Row) -> dict[str, dict[str, Text]]:
    """The time-of-use periods of a row, each with its name and its hours; none where the tariff has no time of use."""
    calendar = row.tariff.calendar
    if len(calendar.periods) == 1:
        return {}
    return {
        name: {"name": words.period(row.tariff, name), "hours": _hours(row, calendar, name)}
        for name in calendar.periods
    }


def _version(row: Row) -> Text:
    tariff, piece = row.tariff, row.piece
    name, days = words.tariff_name(tariff), words.days(piece.start, piece.end)
    since = words.day(tariff.valid_from) if tariff.valid_from else None
    until = words.day(tariff.valid_to) if tariff.valid_to else None
    zh = f"自{since['zh']}起" if since else "长期"
    zh += f"至{until['zh']}止" if until else ""
    en = f"from {since['en']}" if since else "without a first day"
    en += f" to {until['en']}" if until else ""
    return both(f"{days['zh']}执行《{name['zh']}》（{zh}有效）。", f"{days['en']}: {name['en']}, in force {en}.")


def _method(row: Row, charge: Charge) -> str | None:
    """The choice of the agreement that the charge applies by."""
    own = [one.method for one in _basic(row.tariff) if (one.clause, one.name) == (charge.clause, charge.component)]
    return own[0] if own else None


def _basic(tariff: Tariff) -> list[CapacityCharge | ContractCharge | ActualCharge]:
    return [*tariff.capacity, *tariff.contract, *tariff.actual]


def _hours(row: Row, calendar: Calendar, period: str) -> Text:
    """On how many of the row's days a period lies in which hours."""
    found = hours_of(calendar, period, row.piece)
    name = words.period(row.tariff, period)
    if not found:
        return both(f"本段没有{name['zh']}。", f"There is no {name['en']} in these days.")
    always = [next(iter(found.values()))] == [row.piece.days]
    zh = "；".join(f"{'每天' if always else f'{days} 天'} {'、'.join(hours)}" for hours, days in found.items())
    en = "; ".join(f"{', '.join(hours)} {_days(days, always=always)}" for hours, days in found.items())
    return both(f"{name['zh']}：{zh}。", f"{name['en'][:1].upper()}{name['en'][1:]} is {en}.")


def _days(count: int, *, always: bool) -> str:
    return "every day" if always else f"on {count} day{'' if count == 1 else 's'}"


def hours_of(calendar: Calendar, period: str, piece: BillPeriod) -> dict[tuple[str, ...], int]:
    """The hours of a period, with the number of days of a piece that have them."""
    low, high = ((day - calendar.first_day).days for day in (piece.start, piece.end))
    patterns, counts = np.unique(calendar.pattern_of_day[max(low, 0) : high], return_counts=True)
    found: dict[tuple[str, ...], int] = {}
    for pattern, count in zip(patterns.tolist(), counts.tolist(), strict=True):
        hours = tuple(
            f"{one['from']}-{one['to']}" for one in pattern_hours(calendar, pattern) if one["period"] == period
        )
        if hours:
            found[hours] = found.get(hours, 0) + count
    return found


def clause(tariff: Tariff, path: str) -> dict[str, Any]:
    """Where a price stands: the tariff's version and days, the path in its document, and the document it follows."""
    return {
        "tariff": version_name(tariff),
        "path": path,
        "valid_from": _iso(tariff.valid_from),
        "valid_to": _iso(tariff.valid_to),
        "source": dict(tariff.source),
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
