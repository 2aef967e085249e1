"""The calendars of a run, numbered, so that determinants know them by a number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from wattloop.library.tariffs.compiled import Calendar


@dataclass(eq=False)
class Calendars:
    """The distinct calendars of a run, numbered; equal ones share a number."""

    of: dict[int, int] = field(default_factory=dict)
    list: list[tuple[Calendar, str]] = field(default_factory=list)

    def number(self, calendar: Calendar, tariff: str) -> int:
        """The number of a calendar, given one where it is new."""
        if id(calendar) not in self.of:
            known = next((i for i, (other, _) in enumerate(self.list) if _same(other, calendar)), None)
            if known is None:
                known = len(self.list)
                self.list.append((calendar, tariff))
            self.of[id(calendar)] = known
        return self.of[id(calendar)]


def _same(a: Calendar, b: Calendar) -> bool:
    return a is b or (
        a.zone == b.zone
        and a.periods == b.periods
        and a.first_day == b.first_day
        and np.array_equal(a.patterns, b.patterns)
        and np.array_equal(a.pattern_of_day, b.pattern_of_day)
    )
