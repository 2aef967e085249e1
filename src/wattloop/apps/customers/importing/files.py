"""Tables written as files that spreadsheets open: CSV with a mark of its encoding, and XLSX with cells of text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from wattloop.apps.customers.importing.escaping import escaped, unescaped
from wattloop.library.quantity.refusal import Refused

MOST_XLSX_ROWS = 1_048_575


class TableFile(Protocol):
    """A file that rows are written to."""

    def row(self, cells: Sequence[str]) -> None:
        """Write a row of texts."""

    def close(self) -> None:
        """Have it on the disk."""


class CsvFile:
    """UTF-8 with a mark, as Chinese spreadsheets want it; no cell is a formula."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)

    def row(self, cells: Sequence[str]) -> None:
        """Write a row of texts."""
        self._writer.writerow([escaped(cell) for cell in cells])

    def close(self) -> None:
        """Have it on the disk."""
        self._file.close()


class XlsxFile:
    """A workbook of one sheet, every cell text: nothing is a formula, no number loses digits."""

    def __init__(self, path: Path) -> None:
        import openpyxl

        self._path = path
        self._book: Any = openpyxl.Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("1")
        self._rows = 0

    def row(self, cells: Sequence[str]) -> None:
        """Write a row of texts."""
        from openpyxl.cell import WriteOnlyCell

        self._rows += 1
        if self._rows > MOST_XLSX_ROWS:
            raise Refused(f"a workbook has at most {MOST_XLSX_ROWS:,} rows", "Export CSV.")
        row = []
        for text in cells:
            # Text in a workbook is no formula whatever it begins with; only what reading would unescape is escaped.
            cell = WriteOnlyCell(self._sheet, value=escaped(text) if unescaped(text) != text else text or None)
            if text:
                cell.data_type, cell.number_format = "s", "@"
            row.append(cell)
        self._sheet.append(row)

    def close(self) -> None:
        """Have it on the disk."""
        self._book.save(self._path)


def table_file(path: Path) -> TableFile:
    """A file to write, by its ending.

    Raises:
        Refused: for another than .csv and .xlsx.
    """
    if path.suffix.lower() == ".csv":
        return CsvFile(path)
    if path.suffix.lower() == ".xlsx":
        return XlsxFile(path)
    raise Refused(f"the ending {path.suffix!r} tells no format", "End the name in .csv or .xlsx.", file=str(path))
