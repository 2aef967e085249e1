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
from wattloop.library.readings.engine import identifier, point_sql, relation, stamp_sql, stamp_text
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.stamps import carries_offset

CONTROL = r"[\x00-\x1f\x7f]"
"""What no point's name holds."""

_ROW = "wattloop_row"  # no name that a column has
_BLOCK = 1 << 22


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
        self.first = 1 if found.format == "parquet" else 2

    def rows(self, point: str, micros: int) -> list[int]:
        """File rows of a point's readings at a stamp, as the stamp is read; empty where there are none."""
        same = f"{point_sql(self.found)} = ? AND {stamp_sql(self.found)} = ?"
        return [self.line(int(row[0])) for row in self._first("NULL", same, [point, micros], count=3)]

    def line(self, row: int) -> int:
        """The file's own row, where `row` counts as the engine does: it passes over empty lines."""
        if self.found.format != "csv" or not self._has_empty_lines():
            return row
        empty, read, quoted = 0, 0, False
        with self.source.open("rb") as file:
            for line in file:
                if not quoted and not line.strip(b"\r\n"):
                    empty += 1
                    continue
                read += not quoted
                if read == row:
                    break
                quoted ^= line.count(b'"') % 2 == 1
        return row + empty

    def _has_empty_lines(self) -> bool:
        before = b""
        with self.source.open("rb") as file:
            while block := file.read(_BLOCK):
                text = before + block
                if b"\n\n" in text or b"\n\r\n" in text:
                    return True
                before = block[-2:]
        return False

    def refuse_null(self, point: bool) -> NoReturn:
        """Refuse the first row without a point, or with a stamp that could not be read.

        Raises:
            Refused: always.
        """
        column = self.found.columns["point"] if point else self.found.stamp_column
        said, unread = (
            ("NULL", point_sql(self.found)) if point else (stamp_text(self.found), stamp_sql(self.found))
        )  # fmt: skip
        found = self._first(said, f"{unread} IS NULL")
        row, text = (self.line(int(found[0][0])), found[0][1]) if found else (None, None)
        if text is None:
            parted = not point and "time" in self.found.columns
            what = f"there is no {self.found.columns['day']} or no {column}" if parted else f"there is no {column}"
            mend = "Fill it in, or leave the row out."
        elif carries_offset(text) and not self.found.zoned:
            what, mend = f"{text!r} carries an offset, and other stamps do not", "Write all of them one way."
        elif self.found.zoned and not carries_offset(text):
            what, mend = f"{text!r} carries no offset, and other stamps do", "Write all of them one way."
        else:
            what, mend = f"{text!r} is not a date and time", "Write it as 2026-01-31 00:15."
        raise Refused(what, mend, file=str(self.found.path), row=row, field=column)

    def refuse_name(self, name: str) -> NoReturn:
        """Refuse a point whose name holds a line's end or another control character.

        Raises:
            Refused: always.
        """
        found = self._first("NULL", f"{point_sql(self.found)} = ?", [name])
        row = self.line(int(found[0][0])) if found else None
        raise Refused(
            f"the name {name[:40]!r} holds a line's end or another control character",
            "Check the quotation marks of this row and the ones after it.",
            file=str(self.found.path), row=row, field=self.found.columns["point"],
        )  # fmt: skip

    def refuse(self, what: str, mend: str, point: str, micros: int, *, nth: int = 0, column: str = "stamp") -> NoReturn:
        """Refuse a point's reading at a stamp; `nth` where it stands there more than once.

        Raises:
            Refused: always.
        """
        rows = self.rows(point, micros)
        row = rows[min(nth, len(rows) - 1)] if rows else None
        field = self.found.stamp_column if column == "stamp" else self.found.columns[column]
        raise Refused(what, mend, file=str(self.found.path), row=row, field=field)

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
            comma = re.fullmatch(r"[+-]?\d*,\d+", value)
            mend = "Write all numbers with one decimal mark." if comma or self.found.decimal == "," else "Mend the row."
            if re.fullmatch(r"[+-]?[1-9]\d{0,2}([, ']\d{3})+(\.\d*)?", value):
                mend = "Write numbers without separators of thousands."
            raise Refused(f"{value!r} is not a number", mend, file=path, row=row, field=column) from None
        line = re.search(r"Line: (\d+)", text)
        if line is None:
            what = f"the file cannot be read: {text.splitlines()[0][:200]}"
            raise Refused(what, "Export it again.", file=path) from None
        what = "has a quotation mark that does not close" if "quote" in text.split("Possible", maxsplit=1)[0] else (
            "does not have the header's columns: it is cut short, or the delimiter is wrong"
        )  # fmt: skip
        raise Refused(
            f"the row {what}", f"A row has {len(self.found.all_columns)} columns.",
            file=path, row=int(line[1]),
        ) from None  # fmt: skip

    def _bad_number(self) -> tuple[int, str, str] | None:
        numbers = self.found.value_columns
        unread = {n: f"({self._number(identifier(n))} IS NULL AND {identifier(n)} IS NOT NULL)" for n in numbers}
        listed = ", ".join(f"{identifier(n)}, {wrong}" for n, wrong in unread.items())
        try:
            found = self._first(listed, " OR ".join(unread.values()))
        except duckdb.Error:
            return None
        cells = found[0][1:] if found else ()
        for column, value, wrong in zip(numbers, cells[::2], cells[1::2], strict=False):
            if wrong:
                return self.line(int(found[0][0])), column, str(value)
        return None

    def _number(self, text: str) -> str:
        """SQL for the number that a cell is, by the file's decimal mark; null where it is none."""
        if self.found.decimal == ",":
            text = f"CASE WHEN NOT contains({text}, '.') THEN replace({text}, ',', '.') END"
        return f"TRY_CAST({text} AS DOUBLE)"

    def _first(
        self, said: str, where: str, parameters: list[object] | None = None, count: int = 1
    ) -> list[tuple[Any, ...]]:
        """The first rows where a condition holds: their number, as the engine counts them, and what SQL `said` is."""
        rows = relation(self.found, self.source, [])
        numbered = f"(SELECT *, row_number() OVER () + {self.first - 1} AS {_ROW} FROM {rows})"
        return self._query(
            f"SELECT {_ROW}, {said} FROM {numbered} WHERE {where} ORDER BY {_ROW} LIMIT {count}", parameters or []
        )

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
