"""Rows of text from a CSV or XLSX file, whatever wrote it, and no more of them than a file may have."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from wattloop.apps.customers.importing.escaping import unescaped
from wattloop.library.quantity.refusal import Refused

LARGEST_FILE = 200 * 1024 * 1024
LARGEST_UNPACKED = 1024 * 1024 * 1024
MOST_ROWS = 1_500_000
LONGEST_CELL = 10_000
MOST_COLUMNS = 200
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_TIMES_LARGER = 200  # of what is packed: text packs ten times, a bomb a thousand times
_EXACT = 10**15  # a spreadsheet keeps fifteen digits


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file with their numbers, counted from 1 for the header; empty ones are left out.

    Raises:
        Refused: for a file that is too large, no table, or damaged; at the row where it is.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        mend = f"At most {LARGEST_FILE // 2**20} MiB: give it in parts."
        raise Refused(f"the file has {size // 2**20} MiB", mend, file=path.name)
    with path.open("rb") as file:
        begin = file.read(4096)
    if not begin.strip(b"\xef\xbb\xbf \r\n\t"):
        raise Refused("the file is empty", "Give a header and a row for each.", file=path.name)
    if begin.startswith(_OLD_EXCEL):
        raise Refused("this is an old workbook (.xls)", "Save it as XLSX or CSV.", file=path.name)
    found = _of_workbook(path) if begin.startswith(_ZIP) else _of_text(path)
    for count, (number, cells) in enumerate(found):
        if count > MOST_ROWS:
            raise Refused(f"the file has more than {MOST_ROWS:,} rows", "Give it in parts.", file=path.name)
        if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
            raise Refused(f"a row has more than {MOST_COLUMNS} columns", file=path.name, row=number)
        if any(cells):
            yield number, cells


def _of_text(path: Path) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeError) as error:
                said = f"the row cannot be read: {error}"
                raise Refused(said, "Look for a quote that is not closed.", file=path.name, row=number) from None
            yield number, [unescaped(cell.strip()) for cell in cells]


def _encoding(path: Path) -> str:
    """UTF-8, UTF-16 with a mark, or GB18030; judged by the whole file, which is read in pieces."""
    with path.open("rb") as file:
        begin = file.read(4)
    tried = ["utf-16"] if begin[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in tried:
        try:
            with path.open(encoding=encoding, newline="") as file:
                zero = False
                while piece := file.read(1 << 20):
                    zero = zero or "\0" in piece
        except UnicodeError:
            continue
        if not zero:
            return encoding
        break
    raise Refused("the file is no text", "Give CSV in UTF-8 or GB18030, or XLSX.", file=path.name)


def _of_workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bomb(path)
    try:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
        if not book.worksheets:
            raise Refused("the workbook has no sheet", file=path.name)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong size into it
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_text(cell, path.name, number) for cell in cells]
    except (BadZipFile, InvalidFileException, KeyError, OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, Refused):
            raise
        said = f"the workbook is damaged or no XLSX: {str(error)[:200]}"
        raise Refused(said, "Save it again as XLSX.", file=path.name) from None


def _refuse_bomb(path: Path) -> None:
    try:
        with ZipFile(path) as held:
            infos = held.infolist()
    except (BadZipFile, OSError, ValueError) as error:
        raise Refused(f"the workbook is damaged or no XLSX: {error}", file=path.name) from None
    unpacked = sum(info.file_size for info in infos)
    packed = max(path.stat().st_size, 1)
    if unpacked > LARGEST_UNPACKED or len(infos) > 2_000 or (unpacked > 2**24 and unpacked > _TIMES_LARGER * packed):
        raise Refused(f"the workbook unpacks to {unpacked // 2**20} MiB", "Give CSV.", file=path.name)


def _text(cell: Any, file: str, row: int) -> str:
    """A cell as a CSV would have it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, (int, float)):
        if abs(cell) >= _EXACT:
            raise Refused(
                f"the number {cell:.15g} has more digits than a spreadsheet keeps",
                "Format the column as text, and type the number again.", file=file, row=row,
            )  # fmt: skip
        return str(int(cell)) if cell == int(cell) else f"{cell:.15g}"
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time()
        return cell.date().isoformat() if at_midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return unescaped(str(cell).strip())
