"""Reads the month-by-hour schedules of a Utility Rate Database record into the rules of a calendar.

A schedule is 12 rows of 24 period numbers, one table for Monday to Friday and one for
Saturday and Sunday; the database knows no holidays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wattloop.library.tariffs.problems import Findings
from wattloop.library.tariffs.when import MONTHS

Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Periods by [month][hour] for working weekdays and for Saturday and Sunday."""

    weekday: tuple[Row, ...]
    weekend: tuple[Row, ...]

    @property
    def used(self) -> list[int]:
        """The periods that occur, in ascending order."""
        return sorted({period for table in (self.weekday, self.weekend) for row in table for period in row})

    def renamed_to(self, other: Schedule) -> dict[int, int] | None:
        """This schedule's periods in terms of another's, where both divide time alike; else None."""
        pairs = {
            pair
            for mine, theirs in ((self.weekday, other.weekday), (self.weekend, other.weekend))
            for my_row, their_row in zip(mine, theirs, strict=True)
            for pair in zip(my_row, their_row, strict=True)
        }
        names = dict(pairs)
        alike = len(names) == len(pairs) == len({theirs for _, theirs in pairs})
        return names if alike else None


def read_schedule(record: Mapping[str, Any], kind: str, count: int, findings: Findings) -> Schedule | None:
    """The `kind` ("energy" or "demand") schedule; None, and the reason noted, where it is not whole."""
    tables = []
    for days in ("weekday", "weekend"):
        name = f"{kind}{days}schedule"
        table = record.get(name)
        if (
            not isinstance(table, list)
            or len(table) != 12
            or any(not isinstance(r, list) or len(r) != 24 for r in table)
        ):
            findings.error((name,), f"`{name}` is not a table of 12 months by 24 hours.", "Mend the record.")
            return None
        for row in table:
            for period in row:
                if isinstance(period, bool) or not isinstance(period, int) or not 0 <= period < count:
                    said = f"`{name}` names the period {period}, of which the prices know nothing."
                    findings.error((name,), said, f"There are periods 0 to {count - 1}.")
                    return None
        tables.append(tuple(tuple(row) for row in table))
    return Schedule(*tables)


def period_name(number: int) -> str:
    """The name a period of the record gets in the tariff document."""
    return f"period-{number}"


def calendar_of(schedule: Schedule) -> dict[str, Any]:
    """The schedule as the calendar part of a tariff document."""
    used = schedule.used
    calendar: dict[str, Any] = {"periods": {period_name(number): {"en": f"Period {number}"} for number in used}}
    if len(used) > 1:
        calendar["days"] = _rules(schedule)
    return calendar


def _rules(schedule: Schedule) -> list[dict[str, Any]]:
    alike: dict[tuple[Row, Row], list[int]] = {}
    for month, rows in enumerate(zip(schedule.weekday, schedule.weekend, strict=True)):
        alike.setdefault(rows, []).append(month)
    rules = []
    for (weekday, weekend), months in alike.items():
        words = month_words(months)
        whole_year = len(months) == 12
        if weekday == weekend:
            rules.append({"when": "always" if whole_year else words, **_hours(weekday)})
            continue
        for days, row in (("weekdays", weekday), ("weekend", weekend)):
            rules.append({"when": days if whole_year else {"months": words, "days": days}, **_hours(row)})
    return rules


def _hours(row: Row) -> dict[str, Any]:
    """A row of 24 periods as ranges of hours; the commonest period is the rest."""
    rest = Counter(row).most_common(1)[0][0]
    hours: dict[str, Any] = {}
    start = 0
    for hour in range(1, 25):
        if hour < 24 and row[hour] == row[start]:
            continue
        if row[start] != rest:
            hours.setdefault(period_name(row[start]), []).append(f"{start:02d}:00-{hour:02d}:00")
        start = hour
    plain = {name: ranges[0] if len(ranges) == 1 else ranges for name, ranges in hours.items()}
    return {**dict(sorted(plain.items())), "rest": period_name(rest)}


def month_words(months: list[int]) -> Any:
    """Months (0-11) as words: [0, 1, 10, 11] -> "Nov-Feb"."""
    chosen = set(months)
    if len(chosen) == 12:
        return "Jan-Dec"
    words = []
    for month in sorted(chosen):
        if (month - 1) % 12 in chosen:
            continue
        end = month
        while (end + 1) % 12 in chosen:
            end = (end + 1) % 12
        words.append(MONTHS[month] if end == month else f"{MONTHS[month]}-{MONTHS[end]}")
    return words[0] if len(words) == 1 else words
