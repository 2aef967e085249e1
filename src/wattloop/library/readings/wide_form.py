"""Wide files, a day a row, as Chinese collection systems export them → raw day-rows.

Read as they stand where they are sorted by point and day, as most are; sorted by the
engine where they turn out not to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity import zones
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.channels import stored_per_unit
from wattloop.library.readings.engine import connect, identifier, point_sql, relation, source_of, streamed
from wattloop.library.readings.faults import CONTROL, Finder
from wattloop.library.readings.long_form import RESTART
from wattloop.library.readings.pivot import Tally, refuse_empty
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.report import Progress
from wattloop.library.readings.rows import WH_LIMIT, to_wh
from wattloop.library.readings.stamps import day_sql
from wattloop.library.readings.wide_clock import to_standard

BATCH = 20_000


def read_wide(
    found: Recognised,
    *,
    offset: int = 0,
    zone: str | None = None,
    staging: Path,
    tally: Tally,
    progress: Progress | None = None,
) -> Iterator[pa.Table]:
    """Raw day-rows of a wide file, sorted by point and day, each day once; RESTART where what came must be dropped.

    Args:
        found: the file, recognised.
        offset: minutes of the lake's standard time east of UTC.
        zone: the zone whose local clock the columns are on; None where they are standard time.
        staging: a folder for what does not fit in memory.
        tally: counts rows and duplicates.
        progress: told days done and days expected.

    Raises:
        Refused: with the file and row of what cannot be taken.
    """
    source = source_of(found, staging)
    con = connect(staging)
    finder = Finder(con, found, source)
    reader = _Reader(found, finder, offset, zone, tally)
    try:
        for ordered in (False, True):
            try:
                for table in reader.whole_days(con, source, ordered=ordered):
                    yield reader.day_rows(table)
                    if progress:
                        progress(tally.rows, max(found.rows, tally.rows))
                break
            except _Unsorted:
                yield RESTART
                tally.reset()
    except duckdb.Error as error:
        finder.explain(error)
    finally:
        con.close()


class _Unsorted(Exception):
    """A row's point and day come before those of the row above it."""


class _Reader:
    """Reads one file."""

    def __init__(self, found: Recognised, finder: Finder, offset: int, zone: str | None, tally: Tally) -> None:
        self.found, self.finder, self.offset, self.zone, self.tally = found, finder, offset, zone, tally
        self.slots = len(found.slot_columns)
        self.factor = stored_per_unit(found.unit, self.slots)

    def whole_days(self, con: duckdb.DuckDBPyConnection, source: Path, *, ordered: bool) -> Iterator[pa.Table]:
        """The file's rows sorted by point, day and row, cut so that no point's day is parted.

        On a local clock no point is: there, an hour of a day may belong to its neighbour's day-row.

        Args:
            con, source: the engine and what it reads.
            ordered: let the engine sort; without, the file must be sorted.

        Raises:
            _Unsorted: where it is not.
        """
        rest: pa.Table | None = None
        sql = self._sql(source) + (" ORDER BY p, d, r" if ordered else "")
        for batch in streamed(con, sql, BATCH):
            self.tally.rows += batch.num_rows
            table = pa.Table.from_batches([batch])
            if rest is not None:
                table = pa.concat_tables([rest, table])
            if not ordered and not _is_sorted(table):
                raise _Unsorted
            last = table.num_rows - 1
            # Sorted: the first row that is as the last one is. Without a name or a day, all of them are refused.
            same = pc.equal(table["p"], table["p"][last])
            if self.zone is None:
                same = pc.and_(same, pc.equal(table["d"], table["d"][last]))
            keep = max(pc.index(pc.fill_null(same, True), True).as_py(), 0)
            rest = table.slice(keep)
            if keep:
                yield table.slice(0, keep)
        if rest is None or not rest.num_rows:
            refuse_empty(self.found)
        yield rest

    def _sql(self, source: Path) -> str:
        found = self.found
        day = identifier(found.columns["day"])
        date = f"CAST({day} AS DATE)"
        if found.stamps_are_text or found.kinds[found.columns["day"]] == "whole":
            date = day_sql(f"CAST({day} AS VARCHAR)")
        elif found.kinds[found.columns["day"]] == "moment":
            date = f"CASE WHEN date_trunc('day', {day}) = {day} THEN CAST({day} AS DATE) END"
        values = ", ".join(f"CAST({identifier(c)} AS DOUBLE) AS s{i}" for i, c in enumerate(found.slot_columns))
        return (
            f"SELECT {point_sql(found)} AS p, {date} AS d, row_number() OVER () + {self.finder.first - 1} AS r,"
            f" CAST({day} AS VARCHAR) AS said, {values} FROM {relation(found, source, found.slot_columns)}"
        )

    def day_rows(self, table: pa.Table) -> pa.Table:
        """Raw day-rows of some whole days."""
        file_rows = np.asarray(table["r"])
        self._check_keys(table, file_rows)
        value = np.stack([np.asarray(pc.fill_null(table[f"s{i}"], np.nan)) for i in range(self.slots)], axis=1)
        have = ~np.isnan(value)
        too_large = np.abs(value) > WH_LIMIT / self.factor
        if too_large.any():
            row, slot = np.argwhere(too_large)[0]
            self._refuse(
                f"{value[row, slot]} {self.found.unit} is more than one interval can hold", "Check the unit.",
                file_rows[row], self.found.slot_columns[int(slot)],
            )  # fmt: skip
        self.tally.empty += int((~have).sum())
        wh = to_wh(value.reshape(-1), self.factor).reshape(-1, self.slots)
        names = pc.dictionary_encode(table["p"].combine_chunks())
        code = np.asarray(names.indices).astype(np.int64)
        days = np.asarray(table["d"]).astype("datetime64[D]")
        once = self._once(names, code, days, wh, have, file_rows)
        code, days, wh, have, file_rows = code[once], days[once], wh[once], have[once], file_rows[once]
        if self.zone is not None:
            code, days, wh, have = to_standard(
                code, days, wh, have, zone=self.zone, offset=self.offset,
                refuse=lambda what, mend, row, slot: self._refuse(
                    what, mend, file_rows[row], self.found.slot_columns[slot]
                ),
            )  # fmt: skip
        return from_matrix(names.dictionary.take(pa.array(code)), days, wh, have)

    def _check_keys(self, table: pa.Table, file_rows: npt.NDArray[np.int64]) -> None:
        for name, column in (("p", self.found.columns["point"]), ("d", self.found.columns["day"])):
            if not table[name].null_count:
                continue
            gone = np.flatnonzero(np.asarray(pc.is_null(table[name])))
            at = int(gone[np.argmin(file_rows[gone])])
            said = table["said"][at].as_py() if name == "d" else None
            if said is None:
                self._refuse(f"there is no {column}", "Fill it in, or leave the row out.", file_rows[at], column)
            self._refuse(f"{said!r} is not a date", "Write it as 2026-01-31.", file_rows[at], column)
        names = pc.unique(table["p"])
        for name in names.filter(pc.match_substring_regex(names, CONTROL)).to_pylist():
            self.finder.refuse_name(name)
        days = np.asarray(table["d"]).astype("datetime64[D]")
        wrong = zones.no_time_of_a_reading(days.astype("datetime64[m]"))
        if wrong is not None:
            self._refuse(
                f"{days[wrong]} is no day of a reading", zones.WRONG_YEAR, file_rows[wrong], self.found.columns["day"]
            )

    def _once(
        self, names: pa.DictionaryArray, code: npt.NDArray[np.int64], days: npt.NDArray[np.datetime64],
        wh: npt.NDArray[np.int32], have: npt.NDArray[np.bool_], file_rows: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:  # fmt: skip
        """Which rows to keep: of a day given twice alike, the first."""
        again = np.zeros(len(days), bool)
        again[1:] = (code[1:] == code[:-1]) & (days[1:] == days[:-1])
        if again.any():
            at = np.flatnonzero(again)
            differ = ((wh[at] != wh[at - 1]) | (have[at] != have[at - 1])).any(axis=1)
            if differ.any():
                where = int(at[np.flatnonzero(differ)[0]])
                self._refuse(
                    f"{names[where]} has {days[where]} twice, with different readings", "Keep the right row.",
                    file_rows[where], None,
                )  # fmt: skip
            self.tally.duplicates += len(at)
        return ~again

    def _refuse(self, what: str, mend: str, row: np.int64, field: str | None) -> NoReturn:
        raise Refused(what, mend, file=str(self.found.path), row=self.finder.line(int(row)), field=field)


def _is_sorted(table: pa.Table) -> bool:
    """Whether rows follow each other by point and day; those without either are refused elsewhere."""
    point, day = table["p"].combine_chunks(), table["d"].combine_chunks()
    back = pc.less(point[1:], point[:-1])
    earlier = pc.and_(pc.equal(point[1:], point[:-1]), pc.less(day[1:], day[:-1]))
    return not pc.any(pc.or_(back, earlier)).as_py()
