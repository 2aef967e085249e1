"""The words of a bill's explanation in Chinese and English: numbers, money, days, and the names of things.

A text is a pair {language: text}; whoever says something says it in both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.show_facts import charge_labels
from wattloop.library.tariffs.show_words import CHARGES
from wattloop.library.tariffs.when import MONTHS

LANGUAGES = ("zh", "en")
Text = dict[str, str]

_CURRENCIES = {"CNY": ("元", "yuan")}
_UNITS = {
    "kWh": ("千瓦时", "kWh"), "kW": ("千瓦", "kW"), "kVA": ("千伏安", "kVA"), "kvarh": ("千乏时", "kvarh"),
    "day": ("天", "day"), "month": ("个月", "month"), "year": ("年", "year"),
}  # fmt: skip
_PER = {
    "month": ("月", "month"), "year": ("年", "year"), "day": ("天", "day"), "kWh": ("千瓦时", "kWh"),
    "kW": ("千瓦每月", "kW and month"), "kVA": ("千伏安每月", "kVA and month"),
}  # fmt: skip
_OVER = {"month": ("本期", "in this bill"), "season": ("本季", "this season"), "year": ("本年", "this year")}
_CHARGES = CHARGES | {
    "energy": ("电能", "energy"), "demand": ("需量电费", "demand"), "capacity": ("容量电费", "capacity"),
    "tax": ("税", "tax"),
}  # fmt: skip
_REGISTERS = {
    "active_in": ("正向有功", "active"), "active_out": ("反向有功", "active, given back"),
    "reactive_in": ("正向无功", "reactive"), "reactive_out": ("反向无功", "reactive, given back"),
    "reactive_q1": ("一象限无功", "reactive, quadrant 1"), "reactive_q2": ("二象限无功", "reactive, quadrant 2"),
    "reactive_q3": ("三象限无功", "reactive, quadrant 3"), "reactive_q4": ("四象限无功", "reactive, quadrant 4"),
    "demand": ("最大需量", "maximum demand"),
}  # fmt: skip


def both(zh: str, en: str) -> Text:
    """One thing said in both languages."""
    return {"zh": zh, "en": en}


def number(value: Decimal) -> str:
    """A number with thousands separated and no idle zeros; a minus is `−`."""
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("0" if text in ("", "-0") else text).replace("-", "−")


def price(value: Decimal) -> str:
    """A price with at least two decimals, where it has any."""
    whole, dot, rest = number(value).partition(".")
    return f"{whole}{dot}{rest.ljust(2, '0')}" if dot else whole


def amount(value: Decimal) -> str:
    """An amount with all its decimals."""
    return f"{value:,f}".replace("-", "−")


def currency(code: str) -> Text:
    """Its name, or the three letters where it has none here."""
    return both(*_CURRENCIES.get(code, (code, code)))


def unit(name: str) -> Text:
    """A unit of quantity."""
    return both(*_UNITS.get(name, (name, name)))


def per(name: str) -> Text:
    """A unit that something is priced by."""
    return both(*_PER.get(name, (name, name)))


def over(span: str) -> Text:
    """The span over which tiers fill."""
    return both(*_OVER[span])


def percent(rate: Decimal) -> str:
    """A rate of 0.13 as 13 %."""
    return f"{number(rate * 100)} %"


def days(start: dt.date, end: dt.date) -> Text:
    """Days from `start` up to, not including, `end`."""
    last = end - dt.timedelta(days=1)
    if last == start:
        return both(_day_zh(start, year=True), _day_en(start, year=True))
    same = start.year == last.year
    zh = f"{_day_zh(start, year=True)}至{_day_zh(last, year=not same)}"
    return both(zh, f"{_day_en(start, year=not same)} to {_day_en(last, year=True)}")


def day(when: dt.date) -> Text:
    """A day with its year."""
    return both(_day_zh(when, year=True), _day_en(when, year=True))


def moment(when: dt.datetime, minutes: int) -> Text:
    """A block of minutes on the local clock; of no minutes, a moment."""
    if not minutes:
        return both(f"{_day_zh(when, year=False)} {when:%H:%M}", f"{_day_en(when, year=False)} at {when:%H:%M}")
    last = when + dt.timedelta(minutes=minutes)
    end = "24:00" if last.date() > when.date() else f"{last:%H:%M}"
    return both(
        f"{_day_zh(when, year=False)} {when:%H:%M}至{end}", f"{_day_en(when, year=False)} from {when:%H:%M} to {end}"
    )


def _day_zh(when: dt.date, *, year: bool) -> str:
    return f"{when.year}年{when.month}月{when.day}日" if year else f"{when.month}月{when.day}日"


def _day_en(when: dt.date, *, year: bool) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}" if year else f"{when.day} {MONTHS[when.month - 1]}"


def period(tariff: Tariff, name: str) -> Text:
    """A time-of-use period by its own name: 峰时段, peak."""
    labels: dict[str, str] = {}
    for calendar in (tariff.calendar, *(charge.calendar for charge in tariff.demand if charge.calendar is not None)):
        labels = labels or calendar.labels.get(name, {})
    plain = name.replace("-", " ")
    zh = labels.get("zh") or labels.get("en") or plain
    return both(zh if zh.endswith(("时段", "时")) else f"{zh}时段", labels.get("en") or plain)


def charge(tariff: Tariff, name: str) -> Text:
    """A component or charge by its own name."""
    labels = charge_labels(tariff).get(name, {})
    plain = name.replace("-", " ")
    zh, en = _CHARGES.get(name, (plain, plain))
    return both(labels.get("zh") or zh, labels.get("en") or en)


def allowance(name: str) -> Text:
    """An allowance by its id, where no tariff gives it a name."""
    plain = name.replace("-", " ")
    return both(*_CHARGES.get(name, (plain, plain)))


def tariff_name(tariff: Tariff) -> Text:
    """A tariff by its name in each language, or in the one it has."""
    either = next(iter(tariff.name.values()), tariff.id)
    return both(tariff.name.get("zh") or either, tariff.name.get("en") or either)


def register(name: str, periods: Mapping[str, str], language: str) -> str:
    """A register as a meter's reader calls it: 有功（峰）, reactive in; `periods` has the names of periods."""
    of, _, period = name.partition(":")
    told = _REGISTERS.get(of, (of, of.replace("_", " ")))[LANGUAGES.index(language)]
    if not period:
        return told
    own = periods.get(period, period)
    return f"{told}（{own}）" if language == "zh" else f"{told}, {own}"


def listed(texts: list[str], language: str, between: str = "、") -> str:
    """Several things in a row; `between` parts them in Chinese."""
    if language == "zh":
        return between.join(texts)
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""


def joined(texts: list[Text], between: tuple[str, str] = ("", " ")) -> Text:
    """Texts one after the other."""
    return both(between[0].join(one["zh"] for one in texts), between[1].join(one["en"] for one in texts))
