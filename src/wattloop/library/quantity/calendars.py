"""Business calendars: public holidays, weekends, and working days made up for on a weekend.

Countries come from the package `holidays`; China's shifted working days from
`chinesecalendar` for the years the State Council has announced; a file gives what
neither knows.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

import chinese_calendar
import holidays
import numpy as np
import numpy.typing as npt
import yaml

from wattloop.library.quantity.refusal import Refused

WORKING, WEEKEND, HOLIDAY = 0, 1, 2


class BusinessCalendar:
    """Which days are worked.

    Args:
        country: a country or subdivision such as "DE" or "US-CA"; "none" for weekends alone.
        years: {year: ({holiday: name}, {made-up working days})} that a file gives, before all else.
    """

    def __init__(self, country: str, years: dict[int, tuple[dict[dt.date, str], set[dt.date]]] | None = None) -> None:
        self.country = country
        self._given = years or {}
        self._known: dict[int, tuple[dict[dt.date, str], set[dt.date]]] = {}
        self._table = None if country in ("none", "CN") else _country(country)

    def _year(self, year: int) -> tuple[dict[dt.date, str], set[dt.date]]:
        if year in self._given:
            return self._given[year]
        if year not in self._known:
            self._known[year] = self._look_up(year)
        return self._known[year]

    def _look_up(self, year: int) -> tuple[dict[dt.date, str], set[dt.date]]:
        if self.country == "CN":
            return _china(year)
        if self._table is None:
            return {}, set()
        days = [dt.date(year, 1, 1) + dt.timedelta(days=i) for i in range(366)]
        return {d: str(self._table[d]) for d in days if d.year == year and d in self._table}, set()

    def knows(self, year: int) -> bool:
        """Whether a year's holidays are known."""
        try:
            self._year(year)
        except Refused:
            return False
        return True

    def holidays(self, first: dt.date, last: dt.date) -> dict[dt.date, str]:
        """Public holidays between two days, both included, with their names.

        Raises:
            Refused: where a year is not known.
        """
        found: dict[dt.date, str] = {}
        for year in range(first.year, last.year + 1):
            found |= {d: name for d, name in self._year(year)[0].items() if first <= d <= last}
        return dict(sorted(found.items()))

    def day_kinds(self, first: dt.date, last: dt.date) -> npt.NDArray[np.int8]:
        """int8[days], both ends included: WORKING, WEEKEND or HOLIDAY; a made-up working day is WORKING.

        Raises:
            Refused: where a year is not known.
        """
        days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
        weekday = (days.astype(np.int64) + 3) % 7
        kinds = np.where(weekday >= 5, WEEKEND, WORKING).astype(np.int8)
        for year in range(first.year, last.year + 1):
            free, made_up = self._year(year)
            for chosen, kind in ((made_up, WORKING), (free, HOLIDAY)):
                at = [(d - first).days for d in chosen if first <= d <= last]
                kinds[at] = kind
        return kinds

    def is_working(self, day: dt.date) -> bool:
        """Whether a day is worked."""
        return int(self.day_kinds(day, day)[0]) == WORKING


def _country(name: str) -> Any:
    country, _, part = name.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise Refused(
            f"there is no calendar of holidays for {name!r}",
            "Give a country code such as DE or US-CA, 'none' for weekends alone, or the path of a calendar file.",
        ) from None


def _china(year: int) -> tuple[dict[dt.date, str], set[dt.date]]:
    free = {d: _chinese_name(name) for d, name in chinese_calendar.constants.holidays.items() if d.year == year}
    if not free:
        raise Refused(
            f"China's holidays of {year} are not known here",
            "Give them in a calendar file: years: {YEAR: {holidays: {DATE: name}, working: [DATE]}}.",
        )
    return free, {d for d in chinese_calendar.constants.workdays if d.year == year}


def _chinese_name(name: str) -> str:
    for holiday in chinese_calendar.Holiday:
        if holiday.value == name:
            return str(holiday.chinese)
    return name


@lru_cache(maxsize=64)
def _by_name(name: str) -> BusinessCalendar:
    return BusinessCalendar(name)


def business_calendar(name_or_path: str | Path) -> BusinessCalendar:
    """The calendar of a country, or of a file that overrides years of one.

    The file: `country: CN` and `years: {2027: {holidays: {2027-01-01: 元旦}, working: [2027-02-07]}}`.

    Raises:
        Refused: where there is no such country or file, or the file says something else.
    """
    text = str(name_or_path)
    if not text.endswith((".yaml", ".yml")):
        return _by_name(text)
    path = Path(text)
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"the calendar file cannot be read: {error.strerror}", "Check its path.", file=text) from None
    except UnicodeDecodeError:
        raise Refused("the calendar file is not UTF-8", "Save it as UTF-8.", file=text) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused(
            "the calendar file is not YAML", "Mend the line.", file=text, row=mark.line + 1 if mark else None
        ) from None
    if not isinstance(given, dict) or not isinstance(given.get("years"), dict):
        raise Refused("a calendar file has `country` and `years`", "See the README's example.", file=text)
    years = {}
    for year, told in given["years"].items():
        content = told if isinstance(told, dict) else {"holidays": told}
        free, made_up = content.get("holidays") or {}, content.get("working") or []
        if not isinstance(free, dict) or not isinstance(made_up, list) or set(content) - {"holidays", "working"}:
            raise Refused(
                "a year has `holidays`, dates with their names, and `working`, a list of dates",
                "Write {holidays: {2027-01-01: New Year}, working: [2027-02-07]}.",
                file=text,
                field=str(year),
            )
        if not isinstance(year, int) or not all(_is_day_of(d, year) for d in [*free, *made_up]):
            raise Refused(
                "every holiday and working day is a date of its year", "Write 2027-01-01.", file=text, field=str(year)
            )
        years[year] = ({d: str(n) for d, n in free.items()}, set(made_up))
    return BusinessCalendar(str(given.get("country", "none")), years)


def _is_day_of(day: Any, year: int) -> bool:
    return isinstance(day, dt.date) and not isinstance(day, dt.datetime) and day.year == year
