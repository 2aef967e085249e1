"""Finding the row of a file that cannot be taken, so that a refusal names it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

import duckdb
import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.recognise import Recognised, csv_relation, identifier


def explain(con: duckdb.DuckDBPyConnection, found: Recognised, source: Path, error: duckdb.Error) -> NoReturn:
    """Turn an engine's failure into a refusal with file, row and column.

    Raises:
        Refused: always.
    """
    text = str(error)
    if "No space left" in text or "could not write" in text.lower():
        raise Refused("the disk is full; nothing was changed", "Make room and import again.", file=str(found.path)) from None
    if found.format != "csv":
        raise Refused(
            f"the Parquet file cannot be read: {text.splitlines()[0][:200]}", "Export it again.", file=str(found.path)
        ) from None
    bad = _bad_value(con, found, source)
    if bad is not None:
        row, column, value, what = bad
        raise Refused(f"{value!r} is not {what}", "Mend the row.", file=str(found.path), row=row, field=column) from None
    line = re.search(r"Line: (\d+)", text)
    raise Refused(
        "the row does not have the header's columns: it is cut short, or the delimiter is wrong",
        f"A row has {len(found.all_columns)} columns.",
        file=str(found.path),
        row=int(line[1]) if line else None,
    ) from None


def _bad_value(
    con: duckdb.DuckDBPyConnection, found: Recognised, source: Path
) -> tuple[int, str, str, str] | None:
    relation = csv_relation(found, source, {})
    con.execute("SET preserve_insertion_order = true")
    checks = {}
    if found.shape == "long":
        stamp = "TIMESTAMPTZ" if found.zoned else "TIMESTAMP"
        checks[found.columns["start"]] = (stamp, "a date and time")
        checks[found.columns["value"]] = ("DOUBLE", "a number")
    else:
        checks[found.columns["day"]] = ("DATE", "a date")
        checks |= {c: ("DOUBLE", "a number") for c in found.slot_columns}
    listed = " OR ".join(f"(TRY_CAST({identifier(c)} AS {t}) IS NULL AND {identifier(c)} IS NOT NULL)" for c, (t, _) in checks.items())
    try:
        rows = con.execute(
            f"SELECT row_number() OVER () + 1 AS r, * FROM {relation} QUALIFY {listed} LIMIT 1"
        )
        names = [d[0] for d in rows.description or []]
        found_rows = rows.fetchall()
    except duckdb.Error:
        return None
    if not found_rows:
        return None
    record = dict(zip(names, found_rows[0], strict=True))
    for column, (kind, what) in checks.items():
        value = record[column]
        fine = con.execute(f"SELECT TRY_CAST(? AS {kind}) IS NOT NULL", [value]).fetchall()
        if value is not None and not fine[0][0]:
            return int(record["r"]), column, str(value), what
    return None


def refuse_stamps(
    local: npt.NDArray[np.datetime64],
    state: npt.NDArray[np.int8],
    zone: str,
    file: str,
    rows: npt.NDArray[np.int64],
) -> None:
    """Refuse stamps that the local clock never showed, or that it cannot tell apart."""
    for code, what, mend in (
        (1, "does not exist: the clock is put forward over it", "Check the zone, or give stamps with their offset."),
        (2, "is shown twice when the clock is put back, and stands there once", "Give stamps with their offset."),
        (3, "stands there more often than the clock shows it", "Keep one reading an interval."),
    ):
        where = np.flatnonzero(state == code)
        if len(where):
            at = where[np.argmin(rows[where])]
            raise Refused(f"{local[at]} in {zone} {what}", mend, file=file, row=int(rows[at]) + 2)


def refuse_two_intervals(
    found: Recognised,
    filled: npt.NDArray[np.bool_],
    row: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    points: list[str],
) -> None:
    """Refuse a day that holds exactly the readings of a coarser interval: another interval in the same file."""
    slots = filled.shape[1]
    count = filled.sum(axis=1)
    for stride in (2, 3, 4, 6, 12):
        if slots % stride or slots // stride < 24:
            continue
        coarse = (count == slots // stride) & (filled[:, ::stride].sum(axis=1) == slots // stride)
        if coarse.any():
            at = int(np.flatnonzero(coarse)[0])
            first = int(np.flatnonzero(row == at)[0])
            raise Refused(
                f"there are two intervals in one file: readings every {24 * 60 // slots} minutes, "
                f"and from here every {24 * 60 // slots * stride}",
                "Give each interval its own file.",
                file=str(found.path),
                row=int(rows[first]) + 2,
            )
