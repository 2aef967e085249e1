"""All the calendars of a run, put into three small tables that one scan of the readings joins to.

`who`: each point with a number and the key of its calendar. `days`: for each
calendar and day the pattern in force and the bill it falls into. `patterns`: for
each pattern the period of every slot. Calendars that agree share their patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.grouping import groups
from wattloop.library.rating.measuring.patterns import MASKED, SlotPatterns


@dataclass(frozen=True, eq=False)
class Reckoning:
    """The calendars of a run over one slot count.

    Args:
        slots: slots per day.
        patterns: int16[patterns, slots], period per slot or MASKED.
        periods: number of periods of the widest calendar.
        days: Arrow table `key` int32, `pattern` int32, `bill` int32, `filled` int32
            (slots that count), at most one row per calendar, day and bill.
        first_day: days since 1970-01-01 that keys count from.
        span: days that a calendar's keys reach over.
        expected: {(calendar, bill): slots}, what whole coverage amounts to.
    """

    slots: int
    patterns: npt.NDArray[np.int16]
    periods: int
    days: pa.Table
    first_day: int
    span: int
    expected: dict[tuple[int, int], int]

    @property
    def last_day(self) -> int:
        """Last day of any calendar, in days since 1970-01-01."""
        return self.first_day + self.span - 1

    def edges(self, chosen: list[int] | None = None) -> list[int]:
        """Slots at which some pattern changes (some of those chosen), with 0 and `slots` at the ends."""
        patterns = self.patterns if chosen is None else self.patterns[chosen]
        changes = np.flatnonzero((patterns[:, 1:] != patterns[:, :-1]).any(axis=0)) + 1
        return [0, *changes.tolist(), self.slots]

    def patterns_of(self, calendars: list[int]) -> list[int]:
        """The patterns that some calendars use."""
        owner = self.days["key"].to_numpy() // self.span
        found: list[int] = np.unique(self.days["pattern"].to_numpy()[np.isin(owner, calendars)]).tolist()
        return found

    def key_of(self, calendar: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The number to add to a day (since 1970-01-01) so that it names that calendar's entry."""
        return (calendar.astype(np.int64) * self.span - self.first_day).astype(np.int32)


def reckon(calendars: list[SlotPatterns], slots: int, periods: int) -> Reckoning:
    """Number the patterns of several calendars once and lay out their days.

    Args:
        calendars: what `slot_patterns` made of each calendar.
        slots: slots per day.
        periods: time-of-use periods of the widest calendar, in force in the span or not.

    Raises:
        OverflowError: where calendars × days pass what a 32-bit key can name.
    """
    rows = np.concatenate([c.patterns for c in calendars])
    patterns, of_row, days_of = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    # Commonest first: a row asks one pattern after another until it meets its own.
    order = np.argsort(-days_of, kind="stable")
    patterns, of_row = patterns[order], np.argsort(order)[of_row.reshape(-1)].astype(np.int32)
    day = np.concatenate([c.days for c in calendars]).astype(np.int64)
    bill = np.concatenate([c.bills for c in calendars])
    which = np.repeat(np.arange(len(calendars)), [len(c.days) for c in calendars])
    first, span = int(day.min()), int(day.max() - day.min()) + 1
    if len(calendars) * span >= 2**31:
        msg = f"{len(calendars)} calendars over {span} days are more than one run can name"
        raise OverflowError(msg)
    filled = (rows != MASKED).sum(axis=1).astype(np.int32)
    expected: dict[tuple[int, int], int] = {}
    pairs, of_pair = groups(which, bill)
    for (calendar, of), count in zip(pairs.tolist(), np.bincount(of_pair, filled).tolist(), strict=True):
        expected[calendar, of] = int(count)
    table = pa.table(
        {
            "key": pa.array((which * span + day - first).astype(np.int32)),
            "pattern": pa.array(of_row),
            "bill": pa.array(bill.astype(np.int32)),
            "filled": pa.array(filled),
        }
    )
    return Reckoning(slots, patterns, periods, table, first, span, expected)
