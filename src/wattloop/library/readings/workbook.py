"""The first sheet of an XLSX workbook as a table of text, row for row, that the engine reads as it does a CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.header import check_each_once

MAGIC = b"PK\x03\x04"
_BLOCK = 20_000


def workbook_header(path: Path, count: int) -> tuple[list[str], list[list[str]]]:
    """The columns of the first sheet, and the cells of its first rows.

    Raises:
        Refused: for a damaged workbook, and a header that is none.
    """
    rows = _rows(path)
    header = [_text(cell) or f"column {at}" for at, cell in enumerate(next(rows, ()), 1)]
    if len(header) < 3:
        raise Refused(
            f"the first row of the first sheet names {len(header)} column(s)",
            "Put the columns' names in the first row of the first sheet, with nothing above.", file=str(path), row=1,
        )  # fmt: skip
    check_each_once(path, header, 1)
    first = [[_text(cell) or "" for cell in row] for row in islice(rows, count)]
    if not first:
        raise Refused("there is a header and no reading", "Give a sheet with readings.", file=str(path), row=1)
    return header, first


def text_table(path: Path, header: list[str], folder: Path) -> Path:
    """The rows below the header as a Parquet file in `folder`, every cell text; numbers without binary's noise."""
    schema = pa.schema([(name, pa.string()) for name in header])
    target = folder / "sheet.parquet"
    rows = islice(_rows(path), 1, None)
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        while block := list(islice(rows, _BLOCK)):
            cells = zip(*((*row[: len(header)], *[None] * (len(header) - len(row))) for row in block), strict=True)
            columns = [pa.array([_text(cell) for cell in column], pa.string()) for column in cells]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return target


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            if not book.worksheets:
                raise Refused("the workbook has no sheet", "Give one with readings.", file=str(path))
            # Some programs write a wrong size of the sheet into it.
            book.worksheets[0].reset_dimensions()
            yield from book.worksheets[0].iter_rows(values_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(
            f"the workbook is damaged or no XLSX: {str(error)[:200]}", "Save it again as XLSX.", file=str(path)
        ) from None


def _text(cell: Any) -> str | None:
    """A cell as a CSV would have it; a number that binary cannot hold exactly as the decimal that was typed."""
    if cell is None:
        return None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else f"{cell:.15g}"
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds")
    return str(cell).strip() or None
