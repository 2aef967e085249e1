"""What the meters of the county's works show: registers frozen at the end of every month, and reactive energy.

The registers count what the readings count, in the hours of the works' tariff, without the faults
that are planted there: a counter goes on counting while its curve is lost.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.example import ENTERPRISE
from wattloop.example import works as of
from wattloop.example.customer import customer
from wattloop.example.surroundings import SLOTS, Surroundings
from wattloop.example.works import Works
from wattloop.library import tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.tariffs.compiled import Calendar

_DIGITS = 6  # places before the point of every register; two stand after it
_SLIDING = 1.012  # a maximum that slides by the minute, against the largest quarter of an hour
_IDLE = 0.02  # of a works' size: what its transformers take of reactive energy at every hour
_OTHER_FEED = 1_000_000  # to the number of the customer whose readings a second feed has

Wh = npt.NDArray[np.int64]


class Meters:
    """The meters of a county's works between two days, both included.

    Args:
        found: the works.
        first_day, last_day: of the readings.
        month: the first of the month in which a meter is exchanged.
        seed: the county's.
    """

    def __init__(self, found: list[Works], first_day: dt.date, last_day: dt.date, month: dt.date, seed: int) -> None:
        self.found, self.seed = found, seed
        self.first, self.last, self.month = first_day, last_day, month
        self.around = Surroundings.around(first_day, last_day, seed)

    def reactive(self) -> pa.Table:
        """Reactive energy of the works that intervals measure: a day a row, in varh."""
        names, values = [], []
        for one in self.found:
            if not one.by_registers:
                names.append(one.point)
                values.append(self._reactive(one, self._active(one)))
        days = np.arange(np.datetime64(self.first), np.datetime64(self.last) + 1)
        points = pa.array(names, pa.string()).take(pa.array(np.repeat(np.arange(len(names)), len(days))))
        rows = np.concatenate([np.empty((0, SLOTS), np.int64), *values]).astype(np.int32)
        return from_matrix(points, np.tile(days, len(names)), rows).drop_columns(["channel"])

    def registers(self) -> pa.Table:
        """What the registers showed at the end of each month, a meter a row."""
        rows = [row for one in self.found for row in self._of(one)]
        return pa.Table.from_pylist(rows, schema=_schema())

    def _of(self, one: Works) -> Iterator[dict[str, Any]]:
        if one.by_registers:
            exchange = self.month.replace(day=11) if one.particular == of.EXCHANGED else None
            yield from self._rows(one, one.point, self._active(one), exchange)
        elif one.particular == of.TWO_FEEDS:
            yield from self._rows(one, one.second, self._active(one, _OTHER_FEED) // 3, None)

    def _active(self, one: Works, other: int = 0) -> Wh:
        wanted = self.around.within(self.first, self.last)
        return customer(one.kind, one.index + other, self.around, self.seed)[wanted].astype(np.int64)

    def _reactive(self, one: Works, active: Wh) -> Wh:
        found: Wh = np.rint(active * one.reactive + one.watts / 4 * _IDLE).astype(np.int64)
        return found

    def _rows(self, one: Works, point: str, active: Wh, exchange: dt.date | None) -> Iterator[dict[str, Any]]:
        """A row for each whole month, two where the meter is exchanged in it."""
        edges = list(_firsts(self.first, self.last))
        if exchange is not None and self.first <= exchange <= self.last:
            edges = sorted({*edges, exchange})
        calendar, reactive = _calendar(one), self._reactive(one, active)
        of_slot = calendar.patterns[calendar.pattern_of_day[self._days(calendar)], :: 288 // SLOTS]
        counted = {"active_in": active, "reactive_in": reactive}
        for at, period in enumerate(calendar.periods):
            if period != "flat":  # the total less the others
                counted[f"active_in:{period}"] = np.where(of_slot == at, active, 0)
        shown = np.random.default_rng([self.seed, one.index, 7]).integers(0, 10**7, len(counted))
        since = self.first
        for begin, end in itertools.pairwise(edges):
            meter = f"M{point[-6:]}"
            if exchange is not None and begin >= exchange:
                meter, shown, since = f"N{point[-6:]}", np.zeros(len(counted), np.int64), exchange
            row: dict[str, Any] = {
                "point": point, "meter": meter, "from": begin, "to": end,
                "multiplier": one.multiplier, "digits": _DIGITS,
            }  # fmt: skip
            for start, (name, values) in zip(shown, counted.items(), strict=True):
                for side, day in (("last", begin), ("this", end)):
                    total = int(values[(since - self.first).days : (day - self.first).days].sum())
                    row[f"{side}_{name}"] = _hundredths(int(start) + total // (10 * one.multiplier))
            yield row | self._maximum(one, active, begin, end)

    def _days(self, calendar: Calendar) -> slice:
        first = (self.first - calendar.first_day).days
        return slice(first, first + (self.last - self.first).days + 1)

    def _maximum(self, one: Works, active: Wh, begin: dt.date, end: dt.date) -> dict[str, str]:
        held = active[(begin - self.first).days : (end - self.first).days]
        day, slot = (int(i) for i in np.unravel_index(held.argmax(), held.shape))
        kw = held[day, slot] * 4 / 1000 * _SLIDING
        when = dt.datetime.combine(begin + dt.timedelta(days=day), dt.time()) + dt.timedelta(minutes=15 * slot + 10)
        return {"this_demand": f"{kw / one.multiplier:.4f}", "at_demand": f"{when:%Y-%m-%d %H:%M}"}


def _firsts(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The first of every month between two days and the day after the last."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month + 1):
        day = dt.date(number // 12, number % 12 + 1, 1)
        if first <= day <= last + dt.timedelta(days=1):
            yield day


def _hundredths(value: int) -> str:
    """A counter as it is read, gone over to zero after its last place."""
    value %= 10 ** (_DIGITS + 2)
    return f"{value // 100}.{value % 100:02d}"


def _calendar(one: Works) -> Calendar:
    """The hours that a works' meter is set to: its tariff's."""
    file = ENTERPRISE / "tariffs" / f"{of.COMMERCE if one.turn < 0 else of.FACTORY}.yaml"
    return tariffs.at_any_time(tariffs.load_versions(file)[-1]).calendar


def _schema() -> pa.Schema:
    periods = ("sharp", "peak", "valley", "deep-valley")
    names = ["active_in", *(f"active_in:{period}" for period in periods), "reactive_in"]
    return pa.schema(
        [
            ("point", pa.string()),
            ("meter", pa.string()),
            ("from", pa.date32()),
            ("to", pa.date32()),
            ("multiplier", pa.int64()),
            ("digits", pa.int64()),
            *((f"{side}_{name}", pa.string()) for name in names for side in ("last", "this")),
            ("this_demand", pa.string()),
            ("at_demand", pa.string()),
        ]
    )
