"""Why a clause applied to a line, and why a bill is cut: what was in force, from the variant and the schedule."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from wattloop.library.rating import words
from wattloop.library.rating.agreements import Kind
from wattloop.library.rating.chunks import version_name
from wattloop.library.rating.lines import Charge
from wattloop.library.rating.periods import BillPeriod
from wattloop.library.rating.priced_row import Row
from wattloop.library.rating.words import Text, both
from wattloop.library.tariffs.compiled import Calendar, Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, CapacityCharge, ContractCharge
from wattloop.library.tariffs.show_facts import pattern_hours

TERMS = {"class": "用电类别", "voltage": "电压等级", "market": "市场属性"}
METHODS = {
    "by-capacity": both("按变压器容量", "by capacity"),
    "by-contract": both("按合同需量", "by contract demand"),
    "by-actual": both("按实际需量", "by actual demand"),
}
CHANGES = {
    "tariff": both("电价", "tariff"), "customer": both("客户", "customer"), "class": both("用电类别", "class"),
    "voltage": both("电压等级", "voltage"), "market": both("市场属性", "market"),
    "demand-method": both("基本电费计收方式", "demand method"), "options": both("选项", "options"),
    "capacity-kva": both("容量", "capacity"), "contract-kw": both("合同需量", "contract demand"),
    "allowances": both("优惠", "allowances"), "points": both("计量点", "points"),
}  # fmt: skip


def why(row: Row, charge: Charge, kind: Kind) -> Text:
    """Why a line's clause applied: the rules in force, the agreement's choice, the hours."""
    said = [rules(row, kind)]
    method = _method(row, charge)
    if method is not None:
        said.append(both(f"合同选择{METHODS[method]['zh']}。", f"The agreement chose demand {METHODS[method]['en']}."))
    if charge.tou is not None:
        own = [one.calendar for one in row.tariff.demand if one.clause == charge.clause and one.calendar is not None]
        said.append(_hours(row, own[0] if own else row.tariff.calendar, charge.tou))
    return words.joined(said)


def rules(row: Row, kind: Kind) -> Text:
    """What is in force in a row: the tariff's version, what the agreement is, the season."""
    said = [_version(row), _terms(row.tariff, kind)]
    if len(row.tariff.calendar.seasons) > 1:
        season = row.tariff.calendar.seasons[int(row.bills.season[row.at])]
        said.append(both(f"季节：{season}。", f"The season is {season.replace('-', ' ')}."))
    return words.joined([one for one in said if one["en"]])


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


def _terms(tariff: Tariff, kind: Kind) -> Text:
    """What the agreement says of itself; where it says nothing, what the tariff is for."""
    told = {name: str(kind[name]) for name in TERMS if kind.get(name)}
    who = both("合同", "The agreement is")
    if not told:
        told = {name: tariff.scope[name] for name in TERMS if name in tariff.scope}
        who = both("该电价适用于", "It is for")
    options = sorted(kind.get("option", ()))
    if options:
        told["option"] = ", ".join(options)
    if not told:
        return both("", "")
    zh = "，".join(f"{TERMS.get(name, '选项')} {text}" for name, text in told.items())
    return both(f"{who['zh']}{zh}。", f"{who['en']} {', '.join(f'{name} {text}' for name, text in told.items())}.")


def _method(row: Row, charge: Charge) -> str | None:
    """The choice of the agreement that the charge applies by."""
    held: list[CapacityCharge | ContractCharge | ActualCharge] = [
        *row.tariff.capacity,
        *row.tariff.contract,
        *row.tariff.actual,
    ]
    return next((one.method for one in held if (one.clause, one.name) == (charge.clause, charge.component)), None)


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


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """What changed from one segment's terms to the next one's: `what, from, to`, and a sentence.

    Args:
        before, after: terms by name, with the version of the tariff and the points.
    """
    found = []
    for name, label in CHANGES.items():
        old, new = before.get(name), after.get(name)
        if old != new:
            zh = f"{label['zh']}由 {_shown(old, 'zh')} 变为 {_shown(new, 'zh')}"
            en = f"{label['en']} changed from {_shown(old, 'en')} to {_shown(new, 'en')}"
            found.append({"what": name, "from": old, "to": new, "said": both(zh, en)})
    return found


def _shown(value: Any, language: str) -> str:
    if isinstance(value, list | dict):
        value = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else ", ".join(value)
    return str(value) if value else {"zh": "无", "en": "none"}[language]


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
