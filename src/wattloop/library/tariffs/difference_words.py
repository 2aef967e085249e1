"""A difference of two tariffs in words: "purchase rises from 0.3921 to 0.401 CNY/kWh (+2.27 %)"."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from wattloop.library.quantity.counts import counted
from wattloop.library.tariffs.difference import Change, Difference
from wattloop.library.tariffs.facts import Fact, written
from wattloop.library.tariffs.moved_hours import Move
from wattloop.library.tariffs.show_facts import charge_labels
from wattloop.library.tariffs.show_words import charge_word, days, grouped, label, text, unit_word, word

_HEADINGS = {
    "head": "tariff",
    "component": "components",
    "price": "prices per kWh",
    "total": "price of a kWh in all",
    "ratio": "ratios",
    "tiers": "tiers",
    "bound": "bounds of tiers",
    "option": "options",
}
_SILENT = ("", "where", "parts of a month", "charged")  # attributes whose values say it all
_TERMS = ("class", "voltage", "market", "option")
_ALL_OF_ONE = ("total", "ratio")  # sections that hold one thing, so that its name says nothing


def lines(found: Difference, language: str) -> Iterator[str]:
    """The difference, a heading before each sort of change; one line where there is none."""
    speaks = _Speaker(found, language)
    if not found.any:
        yield speaks.say("nothing differs")
    section = ""
    for change in found.changes:
        if change.section != section:
            section = change.section
            yield speaks.say(_HEADINGS.get(section, section))
        yield f"  {speaks.change(change)}"
    if found.moves:
        yield f"{speaks.say('hours that move')} ({found.year})"
        yield from (f"  {speaks.move(move)}" for move in found.moves)
    if found.moves is None:
        yield f"{speaks.say('the periods cannot be compared: not every day is decided of')} {found.year}"


def facts(found: Difference) -> dict[str, Any]:
    """The difference as plain values; numbers are exact text."""
    return {
        "old": _version(found.old.id, found.old.valid_from),
        "new": _version(found.new.id, found.new.valid_from),
        "changes": [
            {
                "section": one.section,
                "names": list(one.names),
                "attribute": one.attribute,
                "sort": one.sort,
                "old": _plain(one.old),
                "new": _plain(one.new),
                "percent": None if one.percent is None else str(one.percent),
            }
            for one in found.changes
        ],
        "year": found.year,
        "hours": None
        if found.moves is None
        else [
            {
                "old": one.old,
                "new": one.new,
                "hours": [f"{low}-{high}" for low, high in one.hours],
                "days": one.days,
                "count": one.count,
                "hours_a_year": one.hours_a_year,
            }
            for one in found.moves
        ],
    }


def _version(name: str, first: Any) -> dict[str, str | None]:
    return {"id": name, "valid_from": str(first) if first else None}


def _plain(fact: Fact | None) -> dict[str, str] | None:
    if fact is None:
        return None
    value = text(fact.value) if isinstance(fact.value, Decimal) else fact.value
    return {"value": value, "unit": fact.unit}


class _Speaker:
    def __init__(self, found: Difference, language: str) -> None:
        self.language = language
        self.labels: dict[str, dict[str, str]] = {}
        for tariff in (found.old, found.new):
            self.labels |= charge_labels(tariff) | dict(tariff.calendar.labels)

    def say(self, english: str) -> str:
        return word(english, self.language)

    def name(self, one: str) -> str:
        if one in self.labels:
            return label(one, self.labels, self.language)
        if one == "tier":
            return self.say("tier increment")
        first, _, rest = one.partition(" ")
        if first == "tier" and rest:
            return f"第{rest}档" if self.language == "zh" else one
        if first == "rule" and rest:
            return f"规则{rest}" if self.language == "zh" else one
        if first in _TERMS and rest:  # for whom an option is: market direct, option a/b
            told = (term.partition(" ") for term in one.split(", "))
            return ", ".join(f"{self.say(key)} {'/'.join(map(self.say, to.split('/')))}" for key, _, to in told)
        if ": " in one:  # of a season and a period
            return " ".join(map(self.name, one.split(": ")))
        return charge_word(one, self.language)

    def listed(self, value: str) -> str:
        """Words of the document, one or several with commas, each by its name."""
        parts = value.split(", ")
        names = [self.name(one) for one in parts]
        return ("、" if self.language == "zh" else ", ").join(names) if names != parts else value

    def fact(self, fact: Fact) -> str:
        if isinstance(fact.value, str):
            return days(self.listed(fact.value), self.language) + (f" {fact.unit}" if fact.unit else "")
        return unit_word(written(fact), self.language)

    def change(self, change: Change) -> str:
        """One change as a sentence."""
        names = change.names[1:] if change.section in _ALL_OF_ONE else change.names
        what = " ".join(self.name(one) for one in names) or self.say("every kWh")
        which = self.say(change.attribute) if change.attribute not in _SILENT else ""
        if change.section == "head" or not names:
            what, which = f"{which} {what if names else ''}".strip() or what, ""
        if change.old is None or change.new is None:
            value = change.new or change.old
            assert value is not None
            said = self.say("is new" if change.old is None else "is gone")
            colon = "：" if self.language == "zh" else ": "
            return f"{what} {said}{colon}{f'{which} {self.fact(value)}'.strip()}"
        return f"{f'{what} {which}'.strip()} {self._from_to(change.old, change.new, change.percent)}"

    def _from_to(self, old: Fact, new: Fact, percent: Decimal | None) -> str:
        numbers = isinstance(old.value, Decimal) and isinstance(new.value, Decimal) and old.unit == new.unit
        how = "changes"
        if isinstance(old.value, Decimal) and isinstance(new.value, Decimal) and numbers:
            how = "rises" if new.value > old.value else "falls"
        before = grouped(text(old.value)) if numbers and isinstance(old.value, Decimal) else self.fact(old)
        by = f" ({percent:+} %)" if percent is not None else ""
        if self.language == "zh":
            verb = {"rises": "升至", "falls": "降至", "changes": "改为"}[how]
            return f"由 {before} {verb} {self.fact(new)}{by}"
        return f"{how} from {before} to {self.fact(new)}{by}"

    def move(self, move: Move) -> str:
        hours = ", ".join(f"{low}-{high}" for low, high in move.hours)
        where = days(move.days, self.language)
        if self.language == "zh":
            said = f"{hours} 由{self.name(move.old)}改为{self.name(move.new)}：{where}"
            return f"{said}，{move.count} 天，全年 {move.hours_a_year:,g} 小时"
        verb = "moves" if len(move.hours) == 1 else "move"
        said = f"{hours} {verb} from {self.name(move.old)} to {self.name(move.new)}: {where}"
        each = "hour" if move.hours_a_year == 1 else "hours"
        return f"{said}, {counted(move.count, 'day')}, {move.hours_a_year:,g} {each} a year"
