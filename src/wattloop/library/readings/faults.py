"""Finding the row of a file that cannot be taken, so that a refusal names it.

Reading is fast because it does not number its rows; when something is wrong, the file
is read a second time, in its own order, up to the row concerned.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import numpy as np

from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.engine import identifier, relation, stamp_sql
from wattloop.library.readings.recognise import Recognised
from wattloop.library.readings.stamps import carries_offset


class Finder:
    """Finds rows of one file.

    Args:
        con: an engine connection; a cursor of it is used.
        found: the file.
        source: what the engine reads.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, found: Recognised, source: Path) -> None:
        self.con, self.found, self.source = con, found, source
        # A Parquet file has no header line.
        self.first = 2 if found.format == "csv" else 1

    def rows(self, point: str, micros: int) -> list[int]:
        """File rows of a point's readings at a stamp, as the stamp is read; empty where there are none."""
        name = identifier(self.found.columns["point"])
        found = self._query(
            f"SELECT r FROM (SELECT *, row_number() OVER () + {self.first - 1} AS r FROM {self._text()})"
            f" WHERE CAST({name} AS VARCHAR) = ? AND {stamp_sql(self.found)} = ? ORDER BY r LIMIT 3",
            [point, micros],
        )
        return [int(row[0]) for row in found]

    def refuse_null(self, point: bool) -> NoReturn:
        """Refuse the first row without a point, or with a stamp that could not be read.

        Raises:
            Refused: always.
        """
        column = self.found.columns["point" if point else "start"]
        name = identifier(column)
        unread = f"CAST({name} AS VARCHAR) IS NULL" if point else f"{stamp_sql(self.found)} IS NULL"
        found = self._query(
            f"SELECT r, CAST({name} AS VARCHAR) FROM"
            f" (SELECT *, row_number() OVER () + {self.first - 1} AS r FROM {self._text()}) WHERE {unread} LIMIT 1",
            [],
        )
        row, text = (int(found[0][0]), found[0][1]) if found else (None, None)
        if text is None:
            what, mend = f"there is no {column}", "Fill it in, or leave the row out."
        elif carries_offset(text) and not self.found.zoned:
            what, mend = f"{text!r} carries an offset, and other stamps do not", "Write all of them one way."
        elif self.found.zoned and not carries_offset(text):
            what, mend = f"{text!r} carries no offset, and other stamps do", "Write all of them one way."
        else:
            what, mend = f"{text!r} is not a date and time", "Write it as 2026-01-31 00:15."
        raise Refused(what, mend, file=str(self.found.path), row=row, field=column)

    def refuse(self, what: str, mend: str, point: str, micros: int, *, nth: int = 0, column: str = "start") -> NoReturn:
        """Refuse a point's reading at a stamp; `nth` where it stands there more than once.

        Raises:
            Refused: always.
        """
        rows = self.rows(point, micros)
        row = rows[min(nth, len(rows) - 1)] if rows else None
        raise Refused(what, mend, file=str(self.found.path), row=row, field=self.found.columns[column])

    def explain(self, error: duckdb.Error) -> NoReturn:
        """Turn a failure of the engine into a refusal with file, row and column.

        Raises:
            Refused: always.
        """
        text, path = str(error), str(self.found.path)
        full = ("No space left", "could not write", "max_temp_directory_size")
        if any(words.lower() in text.lower() for words in full):
            raise Refused("the disk is full; nothing was changed", "Make room and import again.", file=path) from None
        if "Out of Memory" in text:
            raise Refused(
                "there is not enough memory to read the file; nothing was changed",
                "End other work on this machine, or sort the file by point and time.", file=path,
            ) from None  # fmt: skip
        if self.found.format != "csv":
            raise Refused(
                f"the Parquet file cannot be read: {text.splitlines()[0][:200]}", "Export it again.", file=path
            ) from None
        bad = self._bad_number()
        if bad is not None:
            row, column, value = bad
            comma = re.fullmatch(r"[+-]?\d+,\d+", value)
            mend = "Write it with a decimal point." if comma else "Mend the row."
            raise Refused(f"{value!r} is not a number", mend, file=path, row=row, field=column) from None
        line = re.search(r"Line: (\d+)", text)
        what = "has a quotation mark that does not close" if "quote" in text.split("Possible", maxsplit=1)[0] else (
            "does not have the header's columns: it is cut short, or the delimiter is wrong"
        )  # fmt: skip
        raise Refused(
            f"the row {what}", f"A row has {len(self.found.all_columns)} columns.",
            file=path, row=int(line[1]) if line else None,
        ) from None  # fmt: skip

    def _bad_number(self) -> tuple[int, str, str] | None:
        numbers = self.found.slot_columns or [self.found.columns["value"]]
        wrong = " OR ".join(f"(TRY_CAST({n} AS DOUBLE) IS NULL AND {n} IS NOT NULL)" for n in map(identifier, numbers))
        listed = ", ".join(map(identifier, numbers))
        try:
            found = self._query(
                f"SELECT r, {listed} FROM (SELECT *, row_number() OVER () + 1 AS r FROM {self._text()})"
                f" WHERE {wrong} LIMIT 1",
                [],
            )
        except duckdb.Error:
            return None
        for column, value in zip(numbers, found[0][1:] if found else [], strict=False):
            if value is not None and not self._query("SELECT TRY_CAST(? AS DOUBLE) IS NOT NULL", [value])[0][0]:
                return int(found[0][0]), column, str(value)
        return None

    def _text(self) -> str:
        return relation(self.found, self.source, [])

    def _query(self, sql: str, parameters: list[object]) -> list[tuple[Any, ...]]:
        cursor = self.con.cursor()
        try:
            cursor.execute("SET TimeZone = 'UTC'")
            cursor.execute("SET preserve_insertion_order = true")
            rows: list[tuple[Any, ...]] = cursor.execute(sql, parameters).fetchall()
            return rows
        finally:
            cursor.close()


def moment(micros: int) -> str:
    """A stamp as people write it."""
    return str(np.datetime64(int(micros), "us").astype("datetime64[s]")).replace("T", " ")
