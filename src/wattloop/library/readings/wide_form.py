"""Wide files, a day a row, as Chinese collection systems export them → raw day-rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import faults
from wattloop.library.readings.long_form import Progress, Tally
from wattloop.library.readings.recognise import Recognised, connect, csv_relation, identifier, utf8_source
from wattloop.library.readings.rows import WH_LIMIT, to_wh

BATCH = 20_000


def read_wide(
    found: Recognised, *, staging: Path, tally: Tally, progress: Progress | None = None
) -> Iterator[pa.Table]:
    """Raw day-rows of a wide file, sorted by point and day, each day once.

    Args:
        found: the file, recognised.
        staging: a folder for what does not fit in memory.
        tally: counts rows and duplicates.
        progress: told days done and days expected (0: unknown).

    Raises:
        Refused: with the file and row of what cannot be taken.
    """
    source = utf8_source(found, staging)
    con = connect(staging)
    try:
        yield from _tables(con, found, source, tally, progress)
    except duckdb.Error as error:
        faults.explain(con, found, source, error)
    finally:
        con.close()


def _tables(
    con: duckdb.DuckDBPyConnection, found: Recognised, source: Path, tally: Tally, progress: Progress | None
) -> Iterator[pa.Table]:
    slots = len(found.slot_columns)
    point, day = identifier(found.columns["point"]), identifier(found.columns["day"])
    if found.format == "csv":
        types = {found.columns["day"]: "DATE"} | dict.fromkeys(found.slot_columns, "DOUBLE")
        relation = csv_relation(found, source, types)
    else:
        relation = "read_parquet('" + str(source).replace("'", "''") + "')"
    values = ", ".join(f"CAST({identifier(c)} AS DOUBLE) AS s{i}" for i, c in enumerate(found.slot_columns))
    sql = (
        f"SELECT CAST({point} AS VARCHAR) AS p, CAST({day} AS DATE) AS d, row_number() OVER () + 1 AS r, {values}"
        f" FROM {relation}"
    )
    sql = f"SELECT * FROM ({sql}) ORDER BY p, d, r"
    factor = {"kWh": 1000.0, "Wh": 1.0, "kW": 1000.0 * 24 / slots}[found.unit]
    rest: pa.Table | None = None
    for batch in con.sql(sql).to_arrow_reader(BATCH):
        tally.rows += batch.num_rows
        table = pa.Table.from_batches([batch])
        if rest is not None:
            table = pa.concat_tables([rest, table])
        # The last row waits for the next batch, which may hold the same day again.
        keep = table.num_rows - 1
        last = (table["p"][keep].as_py(), table["d"][keep].as_py())
        while keep > 0 and (table["p"][keep - 1].as_py(), table["d"][keep - 1].as_py()) == last:
            keep -= 1
        rest = table.slice(keep)
        if keep:
            yield _rows(found, table.slice(0, keep), factor, tally)
        if progress:
            progress(tally.rows, 0)
    if rest is None or not rest.num_rows:
        raise Refused("there is a header and no reading", "Give a file with readings.", file=str(found.path), row=1)
    yield _rows(found, rest, factor, tally)


def _rows(found: Recognised, table: pa.Table, factor: float, tally: Tally) -> pa.Table:
    file_rows = np.asarray(table["r"])
    for name, column in (("p", found.columns["point"]), ("d", found.columns["day"])):
        if table[name].null_count:
            at = int(np.flatnonzero(np.asarray(pc.is_null(table[name])))[0])
            raise Refused(
                f"there is no {column}", "Fill it in, or leave the row out.", file=str(found.path),
                row=int(file_rows[at]), field=column,
            )
    slots = len(found.slot_columns)
    value = np.stack([np.asarray(pc.fill_null(table[f"s{i}"], np.nan)) for i in range(slots)], axis=1)
    have = np.isfinite(value)
    bad = np.isinf(value) | (np.abs(np.where(have, value, 0)) * factor > WH_LIMIT)
    if bad.any():
        row, slot = np.argwhere(bad)[0]
        raise Refused(
            f"{value[row, slot]} {found.unit} is more than one interval can hold", "Check the unit.",
            file=str(found.path), row=int(file_rows[row]), field=found.slot_columns[int(slot)],
        )
    tally.empty += int((~have).sum())
    wh = to_wh(np.where(have, value, np.nan).reshape(-1), factor).reshape(-1, slots)
    points, days = table["p"].combine_chunks(), np.asarray(table["d"]).astype("datetime64[D]")
    return _once(found, points, days, wh, have, file_rows, tally)


def _once(found, points, days, wh, have, file_rows, tally):  # type: ignore[no-untyped-def]
    code = np.asarray(pc.dictionary_encode(points).indices)
    again = np.zeros(len(days), bool)
    again[1:] = (code[1:] == code[:-1]) & (days[1:] == days[:-1])
    if again.any():
        at = np.flatnonzero(again)
        differ = ((wh[at] != wh[at - 1]) | (have[at] != have[at - 1])).any(axis=1)
        if differ.any():
            where = int(at[np.flatnonzero(differ)[0]])
            raise Refused(
                f"{points[where]} has {days[where]} twice, with different readings", "Keep the right row.",
                file=str(found.path), row=int(file_rows[where]),
            )
        tally.duplicates += len(at)
        keep = ~again
        points, days, wh, have = points.filter(pa.array(keep)), days[keep], wh[keep], have[keep]
    return from_matrix(points, days, wh, have)
