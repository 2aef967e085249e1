"""Long files, a reading a row → raw day-rows, in a stream.

DuckDB parses; NumPy pivots runs of one point's day into rows. A file in which every
point's day stands together needs no sorting; where that turns out untrue, reading
begins again with an external sort, which spills to disk and not into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import SLOT_COUNTS, from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import faults
from wattloop.library.readings.recognise import Recognised, connect, csv_relation, identifier, utf8_source
from wattloop.library.readings.rows import WH_LIMIT, to_wh

BATCH = 1_000_000
_PROBE = 200_000
_WH = {"kWh": 1000.0, "Wh": 1.0}

Progress = Callable[[int, int], None]


class _Unsorted(Exception):  # noqa: N818
    """A point's day stands in two places of the file."""


@dataclass
class Tally:
    """What was met on the way: rows read and duplicates dropped."""

    rows: int = 0
    duplicates: int = 0
    empty: int = 0
    notes: list[str] = field(default_factory=list)


def read_long(
    found: Recognised,
    *,
    offset: int,
    zone: str | None,
    staging: Path,
    tally: Tally,
    progress: Progress | None = None,
) -> Iterator[pa.Table]:
    """Raw day-rows of a long file; each point's day exactly once, points together.

    Args:
        found: the file, recognised; `slots` is filled in where it was not told.
        offset: minutes of the lake's standard time east of UTC, for stamps with an offset.
        zone: the zone whose local clock the stamps are on; None where they are standard time.
        staging: a folder for what does not fit in memory.
        tally: counts what is met.
        progress: told rows done and rows expected (0: unknown).

    Raises:
        Refused: with the file and row of what cannot be taken.
    """
    source = utf8_source(found, staging)
    con = connect(staging)
    try:
        found.zoned = found.zoned or _zoned(con, found, source)
        if not found.slots:
            found.slots = _slots(con, found, source)
        reader = _Reader(found, source, offset, zone, tally, progress)
        try:
            first = True
            for table in reader.tables(con, ordered=False):
                first = False
                yield table
        except _Unsorted:
            if not first:
                yield RESTART
            tally.rows = tally.duplicates = tally.empty = 0
            con.execute("SET preserve_insertion_order = false")
            yield from _Reader(found, source, offset, zone, tally, progress).tables(con, ordered=True)
    except duckdb.Error as error:
        faults.explain(con, found, source, error)
    finally:
        con.close()


RESTART = pa.table({})
"""Yielded where what came so far must be dropped, because the file turned out unsorted."""


def _typed(found: Recognised) -> dict[str, str]:
    stamp = "TIMESTAMPTZ" if found.zoned else "TIMESTAMP"
    return {found.columns["start"]: stamp, found.columns["value"]: "DOUBLE"}


def _relation(found: Recognised, source: Path) -> str:
    if found.format == "csv":
        return csv_relation(found, source, _typed(found))
    return "read_parquet('" + str(source).replace("'", "''") + "')"


def _zoned(con: duckdb.DuckDBPyConnection, found: Recognised, source: Path) -> bool:
    """Whether the stamps carry an offset, by the first of them.

    Raises:
        Refused: where some do and some do not.
    """
    if found.format != "csv":
        return False
    stamp = identifier(found.columns["start"])
    relation = csv_relation(found, source, {})
    pattern = r"(Z|[+-]\d{2}(:?\d{2})?)\s*$"
    rows = con.execute(
        f"SELECT regexp_matches({stamp}, '{pattern}') AND regexp_matches({stamp}, ':') FROM {relation} LIMIT 100"
    ).fetchall()
    kinds = {bool(r[0]) for r in rows}
    if len(kinds) > 1:
        raise Refused("some stamps carry an offset and some do not", "Write all of them one way.", file=str(found.path))
    return kinds == {True}


def _slots(con: duckdb.DuckDBPyConnection, found: Recognised, source: Path) -> int:
    """Slots per day by the smallest step between a point's readings, among the first of them."""
    point, stamp = identifier(found.columns["point"]), identifier(found.columns["start"])
    step = con.execute(
        f"""SELECT min(step) FROM (
            SELECT date_diff('minute', lag(s) OVER (PARTITION BY p ORDER BY s), s) AS step
            FROM (SELECT {point} AS p, {stamp} AS s FROM {_relation(found, source)} LIMIT {_PROBE})
        ) WHERE step > 0"""
    ).fetchall()[0]
    if step[0] is None:
        raise Refused(
            "no point has two readings, so the interval cannot be told", "Name the slots per day.", file=str(found.path)
        )
    minutes = int(step[0])
    if minutes == 0 or (24 * 60) % minutes or 24 * 60 // minutes not in SLOT_COUNTS:
        raise Refused(
            f"readings are {minutes} minutes apart, which is none of 60, 30, 15, 10 and 5",
            "Check the stamps, or resample the readings.",
            file=str(found.path),
        )
    return 24 * 60 // minutes


class _Reader:
    """One pass over the file."""

    def __init__(
        self, found: Recognised, source: Path, offset: int, zone: str | None, tally: Tally, progress: Progress | None
    ) -> None:
        self.found, self.source, self.offset, self.zone = found, source, offset, zone
        self.tally, self.progress = tally, progress
        self.slots, self.step = found.slots, 24 * 60 // found.slots
        self.codes: dict[str | None, int] = {}
        self.names: list[str] = []
        self.done: set[int] = set()
        self.factor = _WH.get(found.unit, 1000.0 * self.step / 60)

    def tables(self, con: duckdb.DuckDBPyConnection, *, ordered: bool) -> Iterator[pa.Table]:
        """Day-rows; with `ordered`, the engine sorts first."""
        c = self.found.columns
        point, stamp, value = (identifier(c[role]) for role in ("point", "start", "value"))
        sort = ""
        if ordered:
            sort = " ORDER BY 1, 2"
        sql = (
            f"SELECT CAST({point} AS VARCHAR) AS p, epoch_us({stamp}) AS t, CAST({value} AS DOUBLE) AS v"
            f" FROM {_relation(self.found, self.source)}{sort}"
        )
        rest: tuple[npt.NDArray[Any], ...] | None = None
        self.last: tuple[int, int] | None = None
        for batch in con.sql(sql).to_arrow_reader(BATCH):
            columns = self._columns(batch)
            if rest is not None:
                columns = tuple(np.concatenate(pair) for pair in zip(rest, columns, strict=True))
            if not len(columns[0]):
                continue
            keep = self._held_back(columns)
            rest = tuple(column[keep:] for column in columns)
            if keep:
                yield self._pivot(tuple(column[:keep] for column in columns), strict=not ordered)
            if self.progress:
                self.progress(self.tally.rows, 0)
        if rest is not None and len(rest[0]):
            yield self._pivot(rest, strict=not ordered)
        if not self.tally.rows:
            raise Refused("there is a header and no reading", "Give a file with readings.", file=str(self.found.path), row=1)

    def _columns(self, batch: pa.RecordBatch) -> tuple[npt.NDArray[Any], ...]:
        rows = np.arange(self.tally.rows, self.tally.rows + batch.num_rows)
        encoded = pc.dictionary_encode(batch.column("p"))
        for name in ("p", "t"):
            if batch.column(name).null_count:
                at = int(np.flatnonzero(np.asarray(pc.is_null(batch.column(name))))[0])
                what = self.found.columns["point" if name == "p" else "start"]
                raise Refused(
                    f"there is no {what}", "Fill it in, or leave the row out.", file=str(self.found.path),
                    row=int(rows[at]) + 2, field=what,
                )
        mapping = np.array([self._code(name) for name in encoded.dictionary.to_pylist()], np.int64)
        code = mapping[np.asarray(encoded.indices)] if len(mapping) else np.empty(0, np.int64)
        micros = np.asarray(batch.column("t")).astype(np.int64)
        value = np.asarray(pc.fill_null(batch.column("v"), np.nan), np.float64)
        self.tally.rows += batch.num_rows
        minute, odd = np.divmod(micros, 60_000_000)
        if self.found.stamp == "end":
            minute = minute - self.step
        if odd.any():
            self._off_grid(rows[np.flatnonzero(odd)[0]], micros[np.flatnonzero(odd)[0]])
        if self.found.zoned:
            minute = minute + self.offset
        return code, minute, value, rows

    def _code(self, name: str | None) -> int:
        if name not in self.codes:
            self.codes[name] = len(self.names)
            self.names.append(str(name))
        return self.codes[name]

    def _held_back(self, columns: tuple[npt.NDArray[Any], ...]) -> int:
        """How many rows can go: all but the last point's day, or the last point on a local clock."""
        code, minute = columns[0], columns[1]
        same = code == code[-1]
        if self.zone is None:
            same &= minute // 1440 == minute[-1] // 1440
        different = np.flatnonzero(~same)
        return int(different[-1]) + 1 if len(different) else 0

    def _pivot(self, columns: tuple[npt.NDArray[Any], ...], *, strict: bool) -> pa.Table:
        code, minute, value, rows = columns
        if self.zone is not None and not self.found.zoned:
            minute = self._standard(code, minute, rows)
        day, in_day = np.divmod(minute, 1440)
        slot, off = np.divmod(in_day, self.step)
        if off.any():
            at = int(np.flatnonzero(off)[0])
            self._off_grid(rows[at], minute[at] * 60_000_000)
        fresh = np.ones(len(code), bool)
        fresh[1:] = (code[1:] != code[:-1]) | (day[1:] != day[:-1])
        begin = np.flatnonzero(fresh)
        row = np.cumsum(fresh) - 1
        if self._apart(code[begin], day[begin]):
            if strict:
                raise _Unsorted
            # Sorted by local stamp, a day on which the clock is put back lies in two runs.
            order = np.lexsort((np.arange(len(code)), slot, day, code))
            return self._pivot_sorted(code[order], day[order], slot[order], value[order], rows[order])
        return self._scatter(code[begin], day[begin], row, slot, value, rows)

    def _pivot_sorted(self, code, day, slot, value, rows):  # type: ignore[no-untyped-def]
        fresh = np.ones(len(code), bool)
        fresh[1:] = (code[1:] != code[:-1]) | (day[1:] != day[:-1])
        begin = np.flatnonzero(fresh)
        return self._scatter(code[begin], day[begin], np.cumsum(fresh) - 1, slot, value, rows)

    def _apart(self, code: npt.NDArray[np.int64], day: npt.NDArray[np.int64]) -> bool:
        """Whether a point's day comes a second time, or its days go backwards."""
        if self.last is not None and (code[0] == self.last[0]):
            if day[0] <= self.last[1]:
                return True
        elif int(code[0]) in self.done:
            return True
        change = np.flatnonzero(code[1:] != code[:-1]) + 1
        if ((code[1:] == code[:-1]) & (day[1:] <= day[:-1])).any():
            return True
        entered = code[change].tolist()
        left = [int(code[0]), *entered][:-1] if entered else []
        if self.last is not None and self.last[0] != code[0]:
            self.done.add(self.last[0])
        if len(set(entered)) != len(entered) or any(e in self.done or e == code[0] for e in entered):
            return True
        self.done.update(left)
        self.last = (int(code[-1]), int(day[-1]))
        return False

    def _standard(
        self, code: npt.NDArray[np.int64], minute: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        assert self.zone is not None
        local = minute.astype("datetime64[m]")
        # In an hour shown twice, order tells; within equal stamps it is the file's.
        order = np.argsort(rows, kind="stable")
        utc = np.empty(len(local), "datetime64[m]")
        state = np.empty(len(local), np.int8)
        utc[order], state[order] = zones.local_to_utc(local[order], self.zone, keys=code[order])
        faults.refuse_stamps(local, state, self.zone, str(self.found.path), rows)
        return utc.astype(np.int64) + self.offset

    def _scatter(
        self,
        code: npt.NDArray[np.int64],
        day: npt.NDArray[np.int64],
        row: npt.NDArray[np.int64],
        slot: npt.NDArray[np.int64],
        value: npt.NDArray[np.float64],
        rows: npt.NDArray[np.int64],
    ) -> pa.Table:
        have = np.isfinite(value)
        self.tally.empty += int((~have).sum())
        too_large = np.abs(np.where(have, value, 0)) * self.factor > WH_LIMIT
        if too_large.any() or np.isinf(value).any():
            at = int(np.flatnonzero(too_large | np.isinf(value))[0])
            raise Refused(
                f"{value[at]} {self.found.unit} is more than one interval can hold", "Check the unit.",
                file=str(self.found.path), row=int(rows[at]) + 2, field=self.found.columns["value"],
            )
        wh = to_wh(value, self.factor)
        flat = row * self.slots + slot
        values = np.zeros(len(code) * self.slots, np.int32)
        valid = np.zeros(len(code) * self.slots, bool)
        values[flat[have]] = wh[have]
        valid[flat[have]] = True
        filled = np.zeros(len(code) * self.slots, bool)
        filled[flat] = True
        if filled.sum() != len(flat):
            self._duplicates(flat, wh, have, value, rows)
            values[flat[have]] = wh[have]
        values, valid, filled = (a.reshape(-1, self.slots) for a in (values, valid, filled))
        faults.refuse_two_intervals(self.found, filled, row, rows, [self.names[c] for c in code[:1]])
        points = pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), pa.array(self.names, pa.string()))
        return from_matrix(points.cast(pa.string()), day.astype("datetime64[D]"), values, valid)

    def _duplicates(self, flat: Any, wh: Any, have: Any, value: Any, rows: Any) -> None:
        order = np.lexsort((rows, flat))
        again = np.flatnonzero(flat[order][1:] == flat[order][:-1])
        first, second = order[again], order[again + 1]
        differ = (wh[first] != wh[second]) | (have[first] != have[second])
        if differ.any():
            at = int(np.flatnonzero(differ)[0])
            raise Refused(
                f"the reading of this interval stands there twice, with {value[first[at]]} and {value[second[at]]}",
                "Keep the right one.",
                file=str(self.found.path),
                row=int(max(rows[first[at]], rows[second[at]])) + 2,
            )
        self.tally.duplicates += len(again)

    def _off_grid(self, row: int, micros: int) -> None:
        stamp = np.datetime64(int(micros), "us")
        raise Refused(
            f"{stamp} begins no interval of {self.step} minutes: there are two intervals in one file, or a wrong stamp",
            "Give each interval its own file.",
            file=str(self.found.path),
            row=int(row) + 2,
            field=self.found.columns["start"],
        )
