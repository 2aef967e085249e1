"""A batch of arriving day-rows settled against the lake: merged, validated, estimated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import RAW, Snapshot
from wattloop.library.quantity.dayrows import ACTIVE_IN, from_matrix, matrix, slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import validation
from wattloop.library.readings.channels import VOLTAGE
from wattloop.library.readings.estimation import REACH, bitmap, estimate, marked, whole_days
from wattloop.library.readings.merging import Merged, lay_over
from wattloop.library.readings.validation import Limits

Days = npt.NDArray[np.int64]


@dataclass(eq=False)
class Settled:
    """What a batch comes to.

    Args:
        fresh: final rows of days that were not there.
        corrected: final rows of days that were there and say something else now.
        arrived: bool[rows], which arriving rows said something new.
        flags: counts by reason of slots estimated in `fresh` and `corrected`.
        worst: {point: slots} negative or absurd.
        guessed: slots of `fresh` and `corrected` that arrived as estimates and stay.
    """

    fresh: pa.Table
    corrected: pa.Table
    arrived: npt.NDArray[np.bool_]
    flags: dict[int, int]
    worst: dict[str, int]
    added_days: int
    revised: int
    unchanged: int
    guessed: int = 0


@dataclass(eq=False)
class Settler:
    """Settles batches of one import.

    Args:
        before: the lake as it is.
        con: an Ibis DuckDB backend.
        slots, channel: of the file.
        first, last: days since 1970-01-01 that the file spans.
        limits: when a reading is absurd.
    """

    before: Snapshot
    con: Any
    slots: int
    channel: str
    first: int
    last: int
    limits: Limits

    def __post_init__(self) -> None:
        reach = (_date(self.first - REACH), _date(self.last + REACH))
        self.has_neighbours = bool(self.before.files("intervals", self.slots, *reach))
        self.others = {
            slots: self.before.files("intervals", slots, _date(self.first), _date(self.last))
            for slots in self.before.slot_counts(self.channel)
            if slots != self.slots
        }
        self.old_files = self.before.files(RAW, self.slots, _date(self.first), _date(self.last))

    def settle(self, table: pa.Table) -> Settled:
        """Settle the rows of some whole points, sorted by day within each; `estimated` marks what is no reading."""
        names = pc.unique(table["point"].combine_chunks())
        code = np.asarray(pc.index_in(table["point"].combine_chunks(), names)).astype(np.int64)
        day = _days(table["day"])
        values, valid = matrix(table, self.slots)
        guessed = _guessed(table, self.slots)
        order = np.lexsort((day, code))
        if (order[1:] < order[:-1]).any():
            code, day, values, valid = code[order], day[order], values[order], valid[order]
            guessed = None if guessed is None else guessed[order]
        self._check_interval(names, code, day)
        merged = self._merged(names, code, day, values, valid, guessed)
        new = ~merged.known | merged.changed
        context = self._context(names)
        arrived = np.zeros(len(order), bool)
        arrived[order] = new
        if not new.any():
            return Settled(self._final(names, code[:0], day[:0], values[:0], valid[:0]), *self._nothing(names, arrived))
        return self._estimated(names, code, day, merged, new, context, arrived)

    def _nothing(self, names: pa.Array, arrived: npt.NDArray[np.bool_]) -> tuple[Any, ...]:
        none = np.zeros((0, self.slots), np.int32)
        empty = self._final(names, np.zeros(0, np.int64), np.zeros(0, np.int64), none, none.astype(bool))
        return empty, arrived, {}, {}, 0, 0, len(arrived)

    def _check_interval(self, names: pa.Array, code: Days, day: Days) -> None:
        """Refuse a day that the lake holds at another interval: it would be billed twice."""
        for slots, files in self.others.items():
            if not files:
                continue
            held = self.con.read_parquet(files)
            held = held.filter(
                held.channel == self.channel, held.day >= _date(self.first), held.day <= _date(self.last),
                held.point >= pc.min(names).as_py(), held.point <= pc.max(names).as_py(),
            )  # fmt: skip
            rows = held.select("point", "day").to_pyarrow()
            rows = rows.filter(pc.is_in(rows["point"], names))
            theirs = np.asarray(pc.index_in(rows["point"], names)).astype(np.int64) * 2**32 + _days(rows["day"])
            both = np.flatnonzero(np.isin(code * 2**32 + day, theirs))
            if len(both):
                point, that = names[int(code[both[0]])].as_py(), _date(int(day[both[0]]))
                every = f"every {1440 // slots} minutes and not {1440 // self.slots}"
                raise Refused(
                    f"the lake has {point} on {that} already, {every}",
                    "Bring the readings to one interval, or import them into another lake.",
                )

    def _merged(self, names: pa.Array, code: Days, day: Days, values: Any, valid: Any, guessed: Any) -> Merged:
        none = Merged(values, valid, np.zeros(len(code), bool), np.zeros(len(code), bool), guessed)
        if not self.old_files:
            return none
        # A lake from before estimates could arrive has files without `estimated`.
        old = self.con.read_parquet(self.old_files, union_by_name=True)
        guesses = ["estimated"] if "estimated" in old.columns else []
        old = old.filter(
            old.channel == self.channel, old.day >= _date(self.first), old.day <= _date(self.last),
            old.point >= pc.min(names).as_py(), old.point <= pc.max(names).as_py(),
        )  # fmt: skip
        rows = old.select("point", "day", "revision", *guesses, *slot_names(self.slots)).to_pyarrow()
        old_code = pc.index_in(rows["point"], names)
        rows = rows.filter(pc.is_valid(old_code))
        old_code = np.asarray(old_code.drop_null()).astype(np.int64)
        span = self.last - self.first + 1
        key, old_key = code * span + day - self.first, old_code * span + _days(rows["day"]) - self.first
        mine = np.isin(old_key, key)
        old_values, old_valid = matrix(rows, self.slots)
        old_guessed = _guessed(rows, self.slots)
        return lay_over(
            key, values, valid, old_key[mine], np.asarray(rows["revision"]).astype(np.int64)[mine],
            old_values[mine], old_valid[mine], guessed, None if old_guessed is None else old_guessed[mine],
        )  # fmt: skip

    def _context(self, names: pa.Array) -> pa.Table | None:
        """Final rows of these points around and within the file's days."""
        if not self.has_neighbours:
            return None
        rows = self.before.day_rows(
            self.con, self.slots, channel=self.channel, first_day=_date(self.first - REACH),
            last_day=_date(self.last + REACH), quality=True,
        )  # fmt: skip
        rows = rows.filter(rows.point >= pc.min(names).as_py(), rows.point <= pc.max(names).as_py()).to_pyarrow()
        return rows.filter(pc.is_in(rows["point"], names))

    def _estimated(
        self, names: pa.Array, code: Days, day: Days, merged: Merged, new: Any, context: pa.Table | None, arrived: Any
    ) -> Settled:
        values, valid, guessed = merged.values, merged.valid, merged.guessed
        mine = np.ones(len(code), bool)
        there = np.zeros(len(code), bool)  # the lake's final rows have this day
        if context is not None and len(context):
            c_code = np.asarray(pc.index_in(context["point"], names)).astype(np.int64)
            c_day = _days(context["day"])
            # An estimate is not what the next one rests on.
            c_values, c_valid = matrix(context, self.slots)[0], ~marked(context["estimated"], self.slots)
            key, c_key = code * 2**32 + day, c_code * 2**32 + c_day
            there = np.isin(key, c_key)
            other = ~np.isin(c_key, key)
            code, day = np.concatenate([code, c_code[other]]), np.concatenate([day, c_day[other]])
            values = np.concatenate([values, c_values[other]])
            valid = np.concatenate([valid, c_valid[other]])
            mine = np.concatenate([mine, np.zeros(int(other.sum()), bool)])
            there = np.concatenate([there, np.ones(int(other.sum()), bool)])
            new = np.concatenate([new, np.zeros(int(other.sum()), bool)])
            order = np.lexsort((day, code))
            code, day, values, valid = code[order], day[order], values[order], valid[order]
            if guessed is not None:
                guessed = np.concatenate([guessed, np.zeros((len(order) - len(guessed), self.slots), bool)])[order]
            mine, there, new = mine[order], there[order], new[order]
        code, day, values, valid, added = whole_days(code, day, values, valid)
        if added.any():
            mine, there, new = (_spread(a, added) for a in (mine, there, new))
            guessed = None if guessed is None else _spread(guessed, added)
        if self.channel == ACTIVE_IN:
            peaks = validation.usual_peaks(code, values, valid)
            flags = validation.check(code, values, valid, peaks, self.limits)
        else:
            flags = np.where(valid, validation.GOOD, validation.MISSING).astype(np.uint8)
        bad = flags != validation.GOOD
        energy = self.channel != VOLTAGE
        hurt = bad if guessed is None else bad | guessed
        filled = estimate(code, day, values, hurt, energy=energy) if hurt.any() else values
        if guessed is not None:  # none of ours rests on one of theirs, and theirs stay where they can be billed
            guessed &= ~bad
            filled = np.where(guessed, values, filled)
        # A day that was there and arrives no different keeps its final row as it is.
        fresh, corrected = ((new & mine) | added) & ~there, new & mine & there
        if not energy:
            # Where a point was never measured, there is nothing to estimate a voltage from: days that need it are none.
            measured = np.bincount(code, weights=(~hurt).any(axis=1), minlength=len(names))[code] > 0
            known = measured | ~bad.any(axis=1)
            fresh, corrected, added = fresh & known, corrected & known, added & known
        out = fresh | corrected
        counts = {c: int((flags[out & ~added] == c).sum()) for c in validation.NAMES}
        wrong = ((flags == validation.NEGATIVE) | (flags == validation.ABSURD)) & out[:, None]
        per_point = np.bincount(code, weights=wrong.sum(axis=1), minlength=len(names)).astype(int)
        worst = {names[int(i)].as_py(): int(per_point[i]) for i in np.flatnonzero(per_point)}
        return Settled(
            self._final(names, code[fresh], day[fresh], filled[fresh], hurt[fresh]),
            self._final(names, code[corrected], day[corrected], filled[corrected], hurt[corrected]),
            arrived,
            counts,
            worst,
            int(added.sum()),
            int(corrected.sum()),
            int((mine & ~new & ~added).sum()),
            0 if guessed is None else int(guessed[out].sum()),
        )

    def _final(self, names: pa.Array, code: Days, day: Days, values: Any, marked: Any) -> pa.Table:
        table = from_matrix(names.take(pa.array(code)), day.astype("datetime64[D]"), values, channel=self.channel)
        return table.append_column("estimated", bitmap(marked)).append_column(
            "edited", pa.nulls(len(table), pa.binary())
        )


def _guessed(table: pa.Table, slots: int) -> npt.NDArray[np.bool_] | None:
    """bool[rows, slots] of what arrived as an estimate; None where nothing did."""
    if "estimated" not in table.column_names or table["estimated"].null_count == len(table):
        return None
    return marked(table["estimated"], slots)


def _spread(mask: npt.NDArray[np.bool_], added: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    out = np.zeros((len(added), *mask.shape[1:]), bool)
    out[~added] = mask
    return out


def _days(column: Any) -> Days:
    return np.asarray(column).astype("datetime64[D]").astype(np.int64)


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)
