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
from wattloop.library.quantity.dayrows import ACTIVE_IN, final_schema, from_matrix, matrix, slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import validation
from wattloop.library.readings.channels import VOLTAGE
from wattloop.library.readings.estimation import REACH, bitmap, estimate, marked, whole_days
from wattloop.library.readings.merging import EDITED, GUESSED, READ, How, Merged, lay_over
from wattloop.library.readings.validation import Limits

Days = npt.NDArray[np.int64]

_MARKS = {"estimated": GUESSED, "edited": EDITED}


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
        """Settle the rows of some whole points, sorted by day in each; `estimated` and `edited` mark slots."""
        names = pc.unique(table["point"].combine_chunks())
        code = np.asarray(pc.index_in(table["point"].combine_chunks(), names)).astype(np.int64)
        day = _days(table["day"])
        values, valid = matrix(table, self.slots)
        how = _how(table, self.slots)
        order = np.lexsort((day, code))
        if (order[1:] < order[:-1]).any():
            code, day, values, valid = code[order], day[order], values[order], valid[order]
            how = None if how is None else how[order]
        self._check_interval(names, code, day)
        merged = self._merged(names, code, day, values, valid, how)
        new = ~merged.known | merged.changed
        context = self._context(names)
        arrived = np.zeros(len(order), bool)
        arrived[order] = new
        if not new.any():
            return Settled(self._none(), self._none(), arrived, {}, {}, 0, 0, len(arrived))
        return self._estimated(names, code, day, merged, new, context, arrived)

    def _none(self) -> pa.Table:
        return final_schema(self.slots).empty_table()

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

    def _merged(self, names: pa.Array, code: Days, day: Days, values: Any, valid: Any, how: Any) -> Merged:
        none = Merged(values, valid, np.zeros(len(code), bool), np.zeros(len(code), bool), how)
        if not self.old_files:
            return none
        # A lake from before marks could arrive has files without them.
        old = self.con.read_parquet(self.old_files, union_by_name=True)
        marks = [name for name in _MARKS if name in old.columns]
        old = old.filter(
            old.channel == self.channel, old.day >= _date(self.first), old.day <= _date(self.last),
            old.point >= pc.min(names).as_py(), old.point <= pc.max(names).as_py(),
        )  # fmt: skip
        rows = old.select("point", "day", "revision", *marks, *slot_names(self.slots)).to_pyarrow()
        old_code = pc.index_in(rows["point"], names)
        rows = rows.filter(pc.is_valid(old_code))
        old_code = np.asarray(old_code.drop_null()).astype(np.int64)
        span = self.last - self.first + 1
        key, old_key = code * span + day - self.first, old_code * span + _days(rows["day"]) - self.first
        mine = np.isin(old_key, key)
        old_values, old_valid = matrix(rows, self.slots)
        old_how = _how(rows, self.slots)
        return lay_over(
            key, values, valid, old_key[mine], np.asarray(rows["revision"]).astype(np.int64)[mine],
            old_values[mine], old_valid[mine], how, None if old_how is None else old_how[mine],
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
        values, valid, how = merged.values, merged.valid, merged.how
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
            if how is not None:
                how = np.concatenate([how, np.full((len(order) - len(how), self.slots), READ, np.uint8)])[order]
            mine, there, new = mine[order], there[order], new[order]
        code, day, values, valid, added = whole_days(code, day, values, valid)
        if added.any():
            mine, there, new = (_spread(a, added) for a in (mine, there, new))
            how = None if how is None else _spread(how, added)
        if self.channel == ACTIVE_IN:
            peaks = validation.usual_peaks(code, values, valid)
            flags = validation.check(code, values, valid, peaks, self.limits)
        else:
            flags = np.where(valid, validation.GOOD, validation.MISSING).astype(np.uint8)
        bad = flags != validation.GOOD
        energy = self.channel != VOLTAGE
        guessed, edited = (None if how is None else (how == came) & ~bad for came in (GUESSED, EDITED))
        hurt = bad if guessed is None else bad | guessed
        filled = estimate(code, day, values, hurt, energy=energy) if hurt.any() else values
        if guessed is not None:  # none of ours rests on one of theirs, and theirs stay where they can be billed
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
            self._final(names, code, day, filled, hurt, edited, fresh),
            self._final(names, code, day, filled, hurt, edited, corrected),
            arrived,
            counts,
            worst,
            int(added.sum()),
            int(corrected.sum()),
            int((mine & ~new & ~added).sum()),
            0 if guessed is None else int(guessed[out].sum()),
        )

    def _final(
        self, names: pa.Array, code: Days, day: Days, values: Any, hurt: Any, edited: Any, which: npt.NDArray[np.bool_]
    ) -> pa.Table:
        """Final rows of those that `which` says."""
        points, days = names.take(pa.array(code[which])), day[which].astype("datetime64[D]")
        table = from_matrix(points, days, values[which], channel=self.channel)
        by_hand = pa.nulls(len(table), pa.binary()) if edited is None else bitmap(edited[which])
        return table.append_column("estimated", bitmap(hurt[which])).append_column("edited", by_hand)


def _how(table: pa.Table, slots: int) -> How | None:
    """uint8[rows, slots], how what arrived came about; None where all of it was read."""
    found = None
    for name, came in _MARKS.items():
        if name in table.column_names and table[name].null_count < len(table):
            found = np.full((len(table), slots), READ, np.uint8) if found is None else found
            found[marked(table[name], slots)] = came
    return found


def _spread(mask: Any, added: npt.NDArray[np.bool_]) -> Any:
    out = np.zeros((len(added), *mask.shape[1:]), mask.dtype)
    out[~added] = mask
    return out


def _days(column: Any) -> Days:
    return np.asarray(column).astype("datetime64[D]").astype(np.int64)


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)
