"""A zone's clock as Green Button says it: seconds east of UTC, and a rule of 32 bits for each of its two changes.

Source: the ESPI schema 4.0, simple type DstRuleType.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from wattloop.library.quantity import zones

NO_RULE = "FFFFFFFF"
_YEARS = 5  # a rule is the one that holds for most of the years around
_ON_DAY, _ON_OR_AFTER, _FIRST, _LAST = 0, 1, 2, 7  # operators; 2 to 6 are the first to fifth such weekday


def local_time(zone: str, year: int) -> dict[str, str]:
    """The elements of LocalTimeParameters, in the schema's order.

    Args:
        zone: IANA zone.
        year: whose rules.

    Raises:
        Refused: where there is no such zone.
    """
    moments, offsets = zones.transitions(zone, year - _YEARS, year + _YEARS)
    changes = list(zip(moments[1:].tolist(), offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))
    this_year = [change for change in changes if change[0].year == year]
    rises = [(_shown(moment, before), after - before) for moment, before, after in this_year if after > before]
    falls = [_shown(moment, before) for moment, before, after in this_year if after < before]
    east = zones.standard_offset(zone) * 60
    if len(rises) != 1 or len(falls) != 1:
        return {"dstEndRule": NO_RULE, "dstOffset": "0", "dstStartRule": NO_RULE, "tzOffset": str(east)}
    shown = [(_shown(moment, before), after > before) for moment, before, after in changes]
    return {
        "dstEndRule": _rule(falls[0], [moment for moment, rises_then in shown if not rises_then]),
        "dstOffset": str(rises[0][1] * 60),
        "dstStartRule": _rule(rises[0][0], [moment for moment, rises_then in shown if rises_then]),
        "tzOffset": str(east),
    }


def _shown(moment: dt.datetime, east: int) -> dt.datetime:
    """What the clock shows when it is about to change."""
    return moment + dt.timedelta(minutes=east)


def _rule(change: dt.datetime, others: list[dt.datetime]) -> str:
    """The rule that gives this change, and most of the others."""
    best = max(_rules(change), key=lambda rule: sum(rule in set(_rules(other)) for other in others))
    operator, day, weekday = best
    seconds = change.minute * 60 + change.second
    return f"{change.month << 28 | operator << 25 | day << 20 | weekday << 17 | change.hour << 12 | seconds:08X}"


def _rules(change: dt.datetime) -> Iterator[tuple[int, int, int]]:
    """Every (operator, day of the month, weekday) that gives a day, the plainest first."""
    weekday = change.isoweekday()
    if (change + dt.timedelta(days=7)).month != change.month:
        yield _LAST, 0, weekday
    yield _FIRST + (change.day - 1) // 7, 0, weekday
    for day in range(change.day, max(0, change.day - 7), -1):
        yield _ON_OR_AFTER, day, weekday
    yield _ON_DAY, change.day, 0
