"""What an import did, or would do, in words and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.readings.channels import VOLTAGE, largest_unit

Progress = Callable[[int, int], None]
"""Told what is done and what is expected (0: unknown)."""

WORST_SHOWN = 5
_COUNTED = (
    "rows", "points", "new_days", "revisions", "unchanged", "duplicates", "missing", "negative", "absurd", "estimates",
    "added_days",
)  # fmt: skip


@dataclass
class ImportReport:
    """The outcome of one import.

    Args:
        rows: readings (long) or days (wide) in the file.
        points: distinct points.
        first, last: days spanned, in the lake's standard time.
        slots: slots per day; of a file of several intervals, of the shortest.
        new_days, revisions, unchanged: day-rows by what they meant to the lake.
        duplicates: readings that stood there twice with the same value.
        refusals: what was left out; an import refuses a file whole, so this stays empty.
        missing, negative, absurd: slots that were estimated, by why.
        estimates: slots that arrived as estimates of their source, and stay.
        added_days: days without any reading between a point's first and last, estimated whole.
        flagged: {point: slots}, those with the most absurd or negative slots.
        wh: sum of the readings of `channel` as they arrived, in Wh or varh; of voltage 0.
        channel: what was read; of a file of several channels active_in, where it is one of them.
        version: the lake's version afterwards.
        notes: what was recognised and assumed.
        dry_run: nothing was changed.
    """

    file: str
    rows: int = 0
    points: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    slots: int = 0
    new_days: int = 0
    revisions: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refusals: list[str] = field(default_factory=list)
    missing: int = 0
    negative: int = 0
    absurd: int = 0
    estimates: int = 0
    added_days: int = 0
    flagged: dict[str, int] = field(default_factory=dict)
    wh: int = 0
    version: int = 0
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False
    channel: str = ACTIVE_IN

    def add(self, part: ImportReport) -> None:
        """Count what a part of the file came to: one channel at one interval."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.wh += part.wh if part.channel == self.channel else 0
        self.slots = max(self.slots, part.slots)
        self.first = min(filter(None, (self.first, part.first)), default=None)
        self.last = max(filter(None, (self.last, part.last)), default=None)
        every = [*self.flagged, *part.flagged]
        sums = {point: self.flagged.get(point, 0) + part.flagged.get(point, 0) for point in every}
        self.flagged = dict(sorted(sums.items(), key=lambda item: -item[1])[:WORST_SHOWN])

    @property
    def span(self) -> tuple[dt.date, dt.date] | None:
        """First and last day, both included."""
        return (self.first, self.last) if self.first and self.last else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, dates as text."""
        return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in asdict(self).items()}

    def _sum(self) -> str:
        unit, one = largest_unit(self.channel)
        return "" if self.channel == VOLTAGE else f", {self.wh / one:,.3f} {unit} as read"

    def __str__(self) -> str:
        verb = "would change" if self.dry_run else "changed"
        lines = [f"{self.file}: {'; '.join(self.notes)}"]
        if self.rows:
            lines += [
                f"  {counted(self.rows, 'row')}, {counted(self.points, 'point')}, {self.first} to {self.last}, "
                f"every {24 * 60 // self.slots if self.slots else 0} minutes{self._sum()}",
                f"  {counted(self.new_days, 'new day')}, {self.revisions:,} revised, {self.unchanged:,} as they were"
                + (f", {counted(self.duplicates, 'reading')} twice" if self.duplicates else ""),
            ]
            bad = self.missing + self.negative + self.absurd
            if bad or self.added_days:
                lines.append(
                    f"  estimated: {self.missing:,} missing, {self.negative:,} negative, "
                    f"{counted(self.absurd, 'absurd slot')}, {counted(self.added_days, 'whole day')}; "
                    "what arrived is kept"
                )
            if self.estimates:
                lines.append(f"  slots that arrived as estimates, and are kept as such: {self.estimates:,}")
            if self.flagged:
                listed = ", ".join(f"{p} ({n})" for p, n in self.flagged.items())
                lines.append(f"  negative or absurd most often: {listed}")
        if self.new_days or self.revisions:
            lines.append(f"  {verb} the lake: version {self.version + self.dry_run}")
        else:
            lines.append(
                f"  nothing {'would change' if self.dry_run else 'changed'}: the lake stays at version {self.version}"
            )
        return "\n".join(lines)


@dataclass
class RegisterReport(ImportReport):
    """The outcome of one import of register readings.

    Args:
        rows: register readings in the file: a register of a meter over one span.
        first, last: local days spanned.
        meters: distinct meters of points.
        new, revisions, unchanged: readings by what they meant to the lake.
        gave_way: earlier readings of overlapping spans that count no more.
        duplicates: readings that stood there twice alike.
        rolled: readings whose counter rolled over.
        quantities: {register: sum}, in Wh or varh; maxima do not add up.
    """

    meters: int = 0
    new: int = 0
    gave_way: int = 0
    rolled: int = 0
    quantities: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, dates as text, without what is said of intervals alone."""
        return {k: v for k, v in super().as_dict().items() if k not in _OF_INTERVALS}

    def __str__(self) -> str:
        verb = "would change" if self.dry_run else "changed"
        lines = [f"{self.file}: {'; '.join(self.notes)}"]
        if self.rows:
            lines += [
                f"  {counted(self.rows, 'register reading')}, {counted(self.points, 'point')}, "
                f"{counted(self.meters, 'meter')}, {self.first} to {self.last}",
                *(f"  {register}: {in_units(register, quantity)}" for register, quantity in self.quantities.items()),
                f"  {self.new:,} new, {self.revisions:,} revised, {self.unchanged:,} as they were"
                + (f", {counted(self.duplicates, 'reading')} twice" if self.duplicates else "")
                + (f", {self.rolled:,} rolled over" if self.rolled else ""),
            ]  # fmt: skip
        if self.gave_way:
            would = "would " * self.dry_run
            lines.append(f"  earlier readings of overlapping spans that {would}give way: {self.gave_way:,}")
        if self.new or self.revisions:
            lines.append(f"  {verb} the lake: version {self.version + self.dry_run}")
        else:
            lines.append(
                f"  nothing {'would change' if self.dry_run else 'changed'}: the lake stays at version {self.version}"
            )
        return "\n".join(lines)


_OF_INTERVALS = {
    "slots", "new_days", "refusals", "missing", "negative", "absurd", "estimates", "added_days", "flagged", "wh",
    "channel",
}  # fmt: skip


def in_units(register: str, quantity: int) -> str:
    """A register's quantity as people read it, in kWh, kvarh or kW."""
    unit = "kW" if register.startswith("demand") else "kvarh" if register.startswith("reactive") else "kWh"
    return f"{quantity / 1000:,.3f} {unit}"
