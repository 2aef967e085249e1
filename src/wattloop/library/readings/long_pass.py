"""One pass over a long file, in one of the ways to read it and bring it into order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import closing
from enum import Enum, auto
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import raw_schema
from wattloop.library.readings.ahead import ahead
from wattloop.library.readings.engine import (
    identifier,
    is_plain,
    point_sql,
    relation,
    stamp_sql,
    streamed,
    strict_relation,
)
from wattloop.library.readings.faults import CONTROL, Finder, moment
from wattloop.library.readings.pivot import DAY, Ints, Pivot, Readings, Runs, Tally, refuse_empty
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.report import Progress
from wattloop.library.readings.rows import AMISS
from wattloop.library.readings.stamps import strict_format

BATCH = 1_000_000
ROWS = 20_000
_MINUTE = 60_000_000
_NO_STAMP = -2_208_988_800_000_000  # 1900-01-01: what the engine takes the words "epoch" and "infinity" for


class Way(Enum):
    """How a file is read and brought into order."""

    STRICTLY = auto()
    AS_IT_STANDS = auto()
    SORT_DAYS = auto()
    SORT_READINGS = auto()


class Otherwise(Exception):
    """The file is not in the order, or of the form, that this way needs."""

    def __init__(self, then: Way) -> None:
        super().__init__(then.name)
        self.then = then


class Pass:
    """One pass over the file."""

    def __init__(
        self, found: Recognised, source: Path, finder: Finder, offset: int, zone: str | None, tally: Tally,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.found, self.source, self.finder, self.offset = found, source, finder, offset
        self.zone = None if found.zoned else zone
        self.tally, self.progress = tally, progress
        self.names: list[str] = []
        self.codes: dict[str, int] = {}
        self.pivot = Pivot(found, finder, tally, self.names)
        self.last: tuple[str, int] | None = None
        self.runs = 0

    def tables(self, con: duckdb.DuckDBPyConnection, way: Way, staging: Path) -> Iterator[pa.Table]:
        """Day-rows, made in one way.

        Raises:
            Otherwise: where the file needs another.
        """
        if way is Way.SORT_DAYS:
            yield from self._sorted_days(con, staging)
            return
        for readings, runs in self._pieces(con, way):
            if way is Way.SORT_READINGS:
                yield self._in_order(readings, runs)
                continue
            self._check_order(readings, runs)
            yield self.pivot.table(readings, runs)

    def _sorted_days(self, con: duckdb.DuckDBPyConnection, staging: Path) -> Iterator[pa.Table]:
        path = staging / "days-as-read.parquet"
        with pq.ParquetWriter(path, raw_schema(self.found.slots), compression="lz4") as writer:
            for readings, runs in self._pieces(con, Way.SORT_DAYS):
                self._check_runs(readings, runs)
                writer.write_table(self.pivot.table(readings, runs))
        before: tuple[str, int] | None = None
        rows = f"SELECT * FROM read_parquet('{str(path).replace(chr(39), chr(39) * 2)}') ORDER BY point, day"
        for batch in streamed(con, rows, ROWS):
            table = pa.Table.from_batches([batch]).cast(raw_schema(self.found.slots))
            before = _check_each_once(table, before)
            yield table
        path.unlink()

    def _pieces(self, con: duckdb.DuckDBPyConnection, way: Way) -> Iterator[tuple[Readings, Runs]]:
        """The file's readings in standard time, cut so that no run is parted."""
        rest: Readings | None = None
        with closing(ahead(streamed(con, self._sql(con, way), BATCH))) as batches:
            for batch in batches:
                readings = self._columns(batch, way)
                if not len(readings.code):
                    continue
                if rest is not None:
                    # Only what the last one left open is copied together, not the whole batch.
                    more = self._more_of(rest, readings)
                    rest, readings = _joined(rest, readings.take(slice(0, more))), readings.take(slice(more, None))
                    if not len(readings.code):
                        continue
                    yield self._standard(rest, way)
                keep = self._whole(readings)
                rest = readings.take(slice(keep, None))
                if keep:
                    yield self._standard(readings.take(slice(0, keep)), way)
                if self.progress:
                    self.progress(self.tally.rows, max(self.found.rows, self.tally.rows))
        if rest is None:
            refuse_empty(self.found)
        yield self._standard(rest, way)

    def _sql(self, con: duckdb.DuckDBPyConnection, way: Way) -> str:
        point, value = identifier(self.found.columns["point"]), identifier(self.found.columns["value"])
        if way is Way.STRICTLY:
            stamp = identifier(self.found.columns["start"])
            rows = strict_relation(self.found, self.source, strict_format(self.found.stamp_shapes) or "")
            return f"SELECT {point} AS p, epoch_us({stamp}) AS t, {value} AS v FROM {rows}"
        chosen = f"{point_sql(self.found)} AS p, {stamp_sql(self.found)} AS t, CAST({value} AS DOUBLE) AS v"
        rows = relation(self.found, self.source, [self.found.columns["value"]])
        if way is not Way.SORT_READINGS:
            return f"SELECT {chosen} FROM {rows}"
        if self.zone is None:
            con.execute("SET preserve_insertion_order = false")
            return f"SELECT {chosen} FROM {rows} ORDER BY p, t"
        # In the hour that a local clock shows twice, only the file's own order tells the first from the second.
        con.execute("SET preserve_insertion_order = true")
        return f"SELECT p, t, v FROM (SELECT {chosen}, row_number() OVER () AS r FROM {rows}) ORDER BY p, t, r"

    def _columns(self, batch: pa.RecordBatch, way: Way) -> Readings:
        # A point's readings mostly stand together: its name is looked up once for all of them.
        runs = pc.run_end_encode(batch.column("p"))
        names = runs.values.to_pylist()
        if way is Way.STRICTLY and pc.any(pc.equal(batch.column("t"), _NO_STAMP)).as_py():
            raise Otherwise(Way.AS_IT_STANDS)
        if way is Way.STRICTLY and (None in names or batch.column("t").null_count or not all(map(is_plain, names))):
            raise Otherwise(Way.AS_IT_STANDS)  # which tells what is no name from what is nothing
        if None in names:
            self.finder.refuse_null(point=True)
        if batch.column("t").null_count:
            self.finder.refuse_null(point=False)
        codes = np.array([self._code(name) for name in names], np.int64)
        code: Ints = np.repeat(codes, np.diff(np.asarray(runs.run_ends), prepend=0))
        micros = np.asarray(batch.column("t")).astype(np.int64, copy=False)
        value = np.asarray(pc.fill_null(batch.column("v"), np.nan), np.float64)
        self.tally.rows += batch.num_rows
        stamp: Ints = micros // _MINUTE  # several times faster than divmod
        odd = stamp * _MINUTE != micros
        minute = stamp - self.pivot.step if self.found.stamp == "end" else stamp
        if self.found.zoned:
            minute = minute + self.offset
        readings = Readings(code, stamp, minute, value)
        wrong = zones.no_time_of_a_reading(stamp.view("datetime64[m]"))
        if wrong is not None:
            said, name = int(micros[wrong]), self.names[int(code[wrong])]
            self.finder.refuse(f"{moment(said)} is no time of a reading", zones.WRONG_YEAR, name, said)
        if odd.any():
            at = int(np.flatnonzero(odd)[0])
            self.pivot.refuse_off_grid(readings, at, int(micros[at]))
        return readings

    def _code(self, name: str) -> int:
        if name not in self.codes:
            if re.search(CONTROL, name):
                self.finder.refuse_name(name)
            self.codes[name] = len(self.names)
            self.names.append(name)
        return self.codes[name]

    def _whole(self, readings: Readings) -> int:
        """How many readings can go: all but the last point's day, or the last point's on a local clock."""
        begin = _last_true(readings.code != readings.code[-1]) + 1
        if self.zone is None:
            day = readings.minute[begin:] // DAY
            begin += _last_true(day != day[-1]) + 1
        return begin

    def _more_of(self, rest: Readings, readings: Readings) -> int:
        """How many readings at the beginning go on with what was left: the same point's day, or point."""
        end = _first_true(readings.code != rest.code[-1])
        if self.zone is None:
            end = _first_true(readings.minute[:end] // DAY != rest.minute[-1] // DAY)
        return end

    def _standard(self, readings: Readings, way: Way) -> tuple[Readings, Runs]:
        if self.zone is None:
            return readings, Runs(readings)
        # The interval's start is what the clock is asked for: an end at three may have begun before the change.
        utc, state = zones.local_to_utc(readings.minute.astype("datetime64[m]"), self.zone, keys=readings.code)
        for code, (what, mend) in AMISS.items():
            where = np.flatnonzero(state == code)
            if not len(where):
                continue
            if way is not Way.SORT_READINGS and code != 1:
                raise Otherwise(Way.SORT_READINGS)  # the other one may stand further on
            at, stamp = int(where[0]), int(readings.stamp[where[0]]) * _MINUTE
            start = moment(int(readings.minute[at]) * _MINUTE)
            self.finder.refuse(f"{start} in {self.zone} {what}", mend, self.names[int(readings.code[at])], stamp)
        readings = Readings(readings.code, readings.stamp, utc.astype(np.int64) + self.offset, readings.value)
        return readings, Runs(readings)

    def _in_order(self, readings: Readings, runs: Runs) -> pa.Table:
        """Day-rows of sorted readings; sorted by a local clock, a day may still lie in two runs."""
        same = (runs.code[1:] == runs.code[:-1]) & (runs.day[1:] <= runs.day[:-1])
        if same.any():
            readings = readings.take(np.lexsort((readings.minute, readings.code)))
            runs = Runs(readings)
        return self.pivot.table(readings, runs)

    def _check_order(self, readings: Readings, runs: Runs) -> None:
        """Raise where points or a point's days do not follow each other upwards."""
        change = np.flatnonzero(runs.code[1:] != runs.code[:-1])
        entered = [self.names[c] for c in (runs.code[0], *runs.code[change + 1])]
        backwards = bool(((runs.code[1:] == runs.code[:-1]) & (runs.day[1:] <= runs.day[:-1])).any())
        backwards |= any(later <= earlier for earlier, later in itertools.pairwise(entered))
        first = (entered[0], int(runs.day[0]))
        backwards |= self.last is not None and first <= self.last
        if backwards:
            self._check_runs(readings, runs)
            raise Otherwise(Way.SORT_DAYS)
        self.last = (entered[-1], int(runs.day[-1]))

    def _check_runs(self, readings: Readings, runs: Runs) -> None:
        """Raise where a point's day does not stand together: most rows would hold a reading or two."""
        if len(runs.begin) > 1 and len(readings.code) < len(runs.begin) * self.found.slots // 4:
            raise Otherwise(Way.SORT_READINGS)


def _first_true(mask: npt.NDArray[np.bool_]) -> int:
    """Where the first True is; the length where there is none."""
    return int(mask.argmax()) if mask.any() else len(mask)


def _last_true(mask: npt.NDArray[np.bool_]) -> int:
    """Where the last True is; -1 where there is none."""
    return len(mask) - 1 - _first_true(mask[::-1])


def _joined(one: Readings, other: Readings) -> Readings:
    return Readings(
        np.concatenate([one.code, other.code]), np.concatenate([one.stamp, other.stamp]),
        np.concatenate([one.minute, other.minute]), np.concatenate([one.value, other.value]),
    )  # fmt: skip


def _check_each_once(table: pa.Table, before: tuple[str, int] | None) -> tuple[str, int]:
    """Raise where a sorted table has a point's day twice; the last point and day otherwise."""
    code: npt.NDArray[np.int32] = np.asarray(pc.dictionary_encode(table["point"].combine_chunks()).indices)
    day = np.asarray(table["day"]).astype("datetime64[D]").astype(np.int64)
    first = (table["point"][0].as_py(), int(day[0]))
    if first == before or ((code[1:] == code[:-1]) & (day[1:] == day[:-1])).any():
        raise Otherwise(Way.SORT_READINGS)
    return table["point"][len(table) - 1].as_py(), int(day[-1])
