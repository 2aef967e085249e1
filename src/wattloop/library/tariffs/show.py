"""Prints a tariff for people: a year's day types as strips of 24 hours, and every price in tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wattloop.library.quantity import clock
from wattloop.library.quantity.counts import counted
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.show_basic import basic_lines, suspension_lines
from wattloop.library.tariffs.show_facts import overview
from wattloop.library.tariffs.show_options import option_line
from wattloop.library.tariffs.show_prices import price_table
from wattloop.library.tariffs.show_words import CHARGES, charge_word, grouped, label, limit_line, name_of, word
from wattloop.library.tariffs.show_words import days as days_in

PLAIN_WIDTH = 80
_COLOURS = (
    "white on red3",
    "black on orange1",
    "black on yellow3",
    "black on cyan3",
    "black on green3",
    "white on blue",
)


def show(tariff: Tariff, *, year: int | None = None, language: str = "en", file: IO[str] | None = None) -> None:
    """Print a tariff: a year's calendar and all its prices.

    Args:
        tariff: the tariff.
        year: the year whose days are shown; by default this year, or the nearest the tariff decides.
        language: "en" or "zh".
        file: where to print; colours only where it is a terminal.
    """
    console = Console(file=file, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(file=file, highlight=False, width=PLAIN_WIDTH, color_system=None)
    facts = overview(tariff, year if year is not None else default_year(tariff))
    for part in Page(tariff, facts, language).parts():
        console.print(part, soft_wrap=not console.is_terminal and isinstance(part, _Strip))


def default_year(tariff: Tariff) -> int:
    """This year, or the nearest one in which the tariff is in force and its calendar decided."""
    today = clock.today().year
    first = tariff.valid_from or tariff.calendar.first_day
    last = min(tariff.calendar.last_day, tariff.valid_to or tariff.calendar.last_day)
    return max(first.year, min(today, last.year))


def version_to_show(versions: list[Tariff]) -> Tariff:
    """The version in force today, or the one nearest to it."""
    today = clock.today()
    begun = [one for one in versions if one.valid_from is None or one.valid_from <= today]
    return begun[-1] if begun else versions[0]


class Page:
    """The parts of a tariff's page, in one language."""

    def __init__(self, tariff: Tariff, facts: dict[str, Any], language: str) -> None:
        self.tariff, self.facts, self.language = tariff, facts, language
        self.colon, self.comma = ("：", "，") if language == "zh" else (": ", ", ")
        self.letters = letters(tariff.calendar.periods)
        self.colours = self._colours()

    def say(self, english: str) -> str:
        """An English word of this room in the language asked for."""
        return word(english, self.language)

    def name(self, period: str) -> str:
        """A period or season as the tariff calls it."""
        return self.say(label(period, self.facts["labels"], self.language))

    def parts(self) -> Iterator[Any]:
        """What is printed, from the top."""
        yield from self._head()
        yield from self._calendar()
        yield price_table(self.tariff, self.facts["prices"], self.language, self.name)
        yield from self._sources()
        yield from self._tiers()
        yield from self._demand()
        yield from self._basic()
        yield from self._others()
        yield from self._options()

    def _colours(self) -> dict[str, str]:
        """The dearer a period, the warmer its colour."""
        first: dict[str, Any] = {}
        for price in self.facts["prices"]:
            first.setdefault(price["period"], float(price["total"]))
        ranked = sorted(set(first.values()), reverse=True)
        spread = max(1, len(ranked) - 1)
        return {
            period: _COLOURS[min(len(_COLOURS) - 1, ranked.index(price) * (len(_COLOURS) - 2) // spread)]
            for period, price in first.items()
        }

    def _head(self) -> Iterator[Any]:
        facts = self.facts
        yield Text(f"{name_of(facts['name'], self.language)}  ({facts['id']})", style="bold")
        start = facts["valid_from"] or self.say("always")
        end = facts["valid_to"] or self.say("open")
        zone = facts["zone"] or self.say("the readings' own")
        yield Text(
            f"{self.say('valid')} {start} … {end}   {self.say('currency')} {facts['currency']}   "
            f"{self.say('clock')} {zone}"
        )
        if facts["for"]:
            scope = {key: self.say(value) for key, value in facts["for"].items()}
            yield Text(f"{self.say('applies to')} {self._listed(scope)}")
        if facts["source"]:
            yield Text(f"{self.say('source')} {self._listed(facts['source'])}")

    def _listed(self, pairs: dict[str, str]) -> str:
        return self.comma.join(f"{self.say(key)} {value}" for key, value in pairs.items())

    def _calendar(self) -> Iterator[Any]:
        yield Text(f"\n{self.say('calendar of')} {self.facts['year']}", style="bold")
        if self.facts["limit"]:
            yield Text(limit_line(self.facts, self.language))
        for one in self.facts["triggers"]:
            when = f"{one['when']}{self.comma}" if one["when"] else ""
            yield Text(f"{self.charge(one['name'])}{self.colon}{when}{one['days']}")
        if not self.facts["calendar"]:
            yield Text(self.say("no day of this year is decided"))
            return
        if len(self.tariff.calendar.periods) > 1:
            legend = Text()
            bases = {self.letters[period]: period for period in reversed(self.tariff.calendar.periods)}
            for letter, period in reversed(bases.items()):
                legend.append(f" {letter} ", style=self.colours[period])
                legend.append(f" {self.name(period.rpartition(' ')[2])}  ")
            yield legend
        for day_type in self.facts["calendar"]:
            yield from self._strip(day_type)

    def _strip(self, day_type: dict[str, Any]) -> Iterator[Any]:
        days = days_in(day_type["days"], self.language)
        season = f"{self.name(day_type['season'])}{self.colon}" if day_type["season"] else ""
        count = f"{day_type['count']} 天" if self.language == "zh" else counted(day_type["count"], "day")
        yield Text(f"\n{season}{days}{self.comma}{count}", style="italic")
        if len(self.tariff.calendar.periods) == 1:
            return
        per_hour = _letters_per_hour(day_type["hours"])
        scale = "".join(f"{hour:02d}".ljust(2 * per_hour) for hour in range(0, 24, 2))
        yield _Strip(scale, style="dim")
        strip = _Strip()  # of quarters of an hour it is 96 wide
        hours: dict[str, list[str]] = {}
        for stretch in day_type["hours"]:
            length = (_minutes(stretch["to"]) * per_hour) // 60 - (_minutes(stretch["from"]) * per_hour) // 60
            strip.append(self.letters[stretch["period"]] * length, style=self.colours[stretch["period"]])
            hours.setdefault(stretch["period"], []).append(f"{stretch['from']}-{stretch['to']}")
        yield strip
        for period, ranges in hours.items():
            yield Padding(Text(f"{self.name(period)} {', '.join(ranges)}", style="dim"), (0, 0, 0, 2), expand=False)

    def _sources(self) -> Iterator[Any]:
        yield from map(_under, self.source_lines())

    def source_lines(self) -> Iterator[str]:
        """Where the prices that stand in a list come from, component by component."""
        for component in self.tariff.components:
            if component.source:
                label = component.labels.get(self.language) or self.say(component.name)
                yield f"{label}{self.colon}{self._listed(component.source)}"

    def _tiers(self) -> Iterator[Any]:
        tiers = self.facts["tiers"]
        if tiers is None:
            return
        yield Text(self.tier_heading(), style="bold")
        yield from map(_under, self.tier_lines())

    def tier_heading(self) -> str:
        """Over what the tiers fill, and how the periods fill them together."""
        tiers = self.facts["tiers"]
        if tiers is None:
            return ""
        over, pooling = self.say(tiers["over"]), self.say(tiers["pooling"])
        said = f"{self.say('over')} {over}{self.comma}{self.say('pooling')} {pooling}"
        return f"{self.say('tiers')}{self.colon}{said}"

    def tier_lines(self) -> Iterator[str]:
        """The bounds of the tiers, and the allowances."""
        tiers = self.facts["tiers"] or {"bounds": (), "allowances": ()}
        for entry in tiers["bounds"]:
            daily = f" {self.say('per day')}" if tiers["per_day"] else ""
            bounds = self.comma.join(
                "-" if bound is None else f"{self.say('up to')} {grouped(bound)} kWh{daily}" for bound in entry["kwh"]
            )
            where = f"{self.comma.join(map(self._where, entry['where']))}{self.colon}" if entry["where"] else ""
            yield f"{where}{bounds}{self.comma}{self.say('beyond')}"
        for one in tiers["allowances"]:
            added = one["add_to_first_kwh_per_remaining_month"]
            said = (
                f"{self.say('first tier')} +{added} kWh {self.say('per remaining month')}"
                if added
                else (f"{one['free_kwh_per_month']} kWh {self.say('free per month')}")
            )
            yield f"{self.charge(one['name'])}{self.colon}{said}"

    def _where(self, where: str) -> str:
        """A season, a period, or a season's period: summer: peak."""
        return " ".join(map(self.name, where.split(": ")))

    def _demand(self) -> Iterator[Any]:
        if not self.facts["demand"]:
            return
        table = Table(
            title=f"{self.say('demand')}, {self.tariff.currency} {self.say('per kW')}",
            box=SIMPLE_HEAD,
            title_justify="left",
        )
        for column in ("", "period", "month", "up to", "block"):
            table.add_column(self.say(column) if column else "")
        table.add_column(self.tariff.currency, justify="right")
        for charge in self.facts["demand"]:
            for step in charge["steps"]:
                block = f"{charge['block_minutes']} {self.say('min')}" if charge["block_minutes"] else ""
                bound = f"{step['up_to_kw']} kW" if step["up_to_kw"] else ""
                period = self.name(step["period"]) if step["period"] and step["period"] != "all" else ""
                months = days_in(charge["months"], self.language)
                table.add_row(self.charge(charge["name"]), period, months, bound, block, step["price"])
        yield table
        told: dict[str, list[str]] = {}
        for charge in self.facts["demand"]:
            if charge["calendar"]:
                said = "\n".join(self.hours_line(day_type) for day_type in charge["calendar"])
                told.setdefault(said, []).append(self.charge(charge["name"]))
        for said, names in told.items():
            yield Text(f"  {', '.join(names)}:\n{said}")

    def hours_line(self, day_type: dict[str, Any]) -> str:
        """The hours of a charge's own calendar on one sort of days."""
        ranges = ", ".join(f"{one['from']}-{one['to']} {self.name(one['period'])}" for one in day_type["hours"])
        return f"    {days_in(day_type['days'], self.language)}: {ranges}"

    def _basic(self) -> Iterator[Any]:
        if self.facts["basic"]:
            yield Text(self.say("basic charge"), style="bold")
        for line in basic_lines(self.facts["basic"], self.tariff.currency, self.charge, self.language):
            yield _under(line)
        for line in suspension_lines(self.facts["suspension"], self.language):
            yield _under(line)

    def _others(self) -> Iterator[Any]:
        yield Text(self.say("other charges"), style="bold")
        for line in self.other_lines():
            yield _under(line)

    def _options(self) -> Iterator[Any]:
        if self.facts["options"]:
            yield Text(self.say("options"), style="bold")
        for option in self.facts["options"]:
            yield _under(f"{option_line(option, self.charge, self.tariff.currency, self.language)}")

    def other_lines(self) -> Iterator[str]:
        """Fixed charges, minimums, power factor, shares, taxes and rounding."""
        currency, say = self.tariff.currency, self.say
        for sort in ("fixed", "minimum"):
            for one in self.facts[sort]:
                more = f" {days_in(one['months'], self.language)}" if one.get("months") else ""
                more += f" {say('in')} {days_in(one['in'], self.language)}" if one.get("in") else ""
                more += f" ({say('counts')} {self._names(one['counts'])})" if one.get("counts") else ""
                yield f"{self._named(sort, one['name'])}{self.colon}{one['price']} {currency}/{say(one['per'])}{more}"
        if (rule := self.facts["power_factor"]) is not None:
            without = f"{self.comma}{say('not counting')} {self._names(rule['without'])}" if rule["without"] else ""
            alone = f"{self.comma}{say('penalty only')}" if rule["penalty_only"] else ""
            base = self._names(rule["of"])
            standard = f"{say('standard')} {rule['standard']}"
            of = f"{self.comma}{say('of')}" if self.language == "zh" else f" {say('of')}"
            yield f"{self.charge('power-factor')}{self.colon}{standard}{of} {base}{without}{alone}"
        for one in self.facts["percentages"]:
            share = f"{one['percent']} % {say('of')} {self._names(one['of'])}"
            yield f"{self._named(one['kind'], one['name'])}{self.colon}{share}"
        for one in self.facts["taxes"]:
            base = f" {say('of')} {self._names(one['of'])}" if one["of"] is not None else ""
            where = say("included in the prices" if one["included"] else "on top of the prices")
            name = self.charge(one["name"]) if one["name"] in CHARGES else self._named("tax", one["name"])
            yield f"{name}{self.colon}{one['percent']} %{base}{self.comma}{where}"
        rounding = self.facts["rounding"]
        kwh = f"{rounding['energy_wh'] / 1000:g} kWh"
        half = say(f"half {rounding['half']}")
        parts = [f"{say('energy')} {kwh}", f"{say('money')} {rounding['money']} {currency}", half]
        yield f"{say('rounding')}{self.colon}{self.comma.join(parts)}"

    def charge(self, name: str) -> str:
        """A charge's own name in the language asked for; of one told apart by season, with the season's."""
        first, _, season = name.partition(" ")
        known = self.name(first) if first in self.facts["labels"] else charge_word(first, self.language)
        return f"{known} {self.name(season)}" if season else known

    def _named(self, kind: str, name: str) -> str:
        return self.say(kind) if kind == name else f"{self.say(kind)} {self.charge(name)}"

    def _names(self, names: list[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(self.charge(name) for name in names)


class _Strip(Text):
    """A day of 24 hours, which a file or a pipe takes whole, however wide."""


def _under(text: str) -> Padding:
    """A line under a heading: what does not fit goes on below, set in as well."""
    return Padding(Text(text), (0, 0, 0, 2), expand=False)


def letters(periods: tuple[str, ...]) -> dict[str, str]:
    """A letter for each period; "summer peak" and "winter peak" share one, as they never share a day."""
    chosen: dict[str, str] = {}
    for base in dict.fromkeys(period.rpartition(" ")[2] for period in periods):
        own = [base[-1]] if base[-1].isdigit() else [sign.upper() for sign in base if sign.isalpha()]
        free = (sign for sign in (*own, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") if sign not in chosen.values())
        chosen[base] = next(free, "?")
    return {period: chosen[period.rpartition(" ")[2]] for period in periods}


def _letters_per_hour(hours: list[dict[str, str]]) -> int:
    """Two letters an hour, four where a period changes at a quarter."""
    return 2 if all(_minutes(one["to"]) % 30 == 0 for one in hours) else 4


def _minutes(clock_time: str) -> int:
    return int(clock_time[:2]) * 60 + int(clock_time[3:])
