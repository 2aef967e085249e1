"""Tables as files: CSV and XLSX of every row that matches, written as they are read.

A spreadsheet that opens the CSV must not find a formula in it, and what was exported must come
back the same: a text that a spreadsheet would take for a formula gets an apostrophe before it
(and one more, where it began with apostrophes before such a sign); numbers and phone numbers
that begin with + or - stay. `unescaped` takes the apostrophe away again.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import tempfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, StreamingHttpResponse

KINDS = ("csv", "xlsx")
SHEET_ROWS = 1_000_000
# Full-width signs too: a spreadsheet set to Chinese takes them for the plain ones.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_PLAIN = re.compile(r"[+-]?\d[\d .,()-]*")
_UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def escaped(value: Any) -> Any:
    """A cell of a CSV that no spreadsheet computes."""
    if not isinstance(value, str) or not _FORMULA.match(value) or _PLAIN.fullmatch(value):
        return value
    return f"'{value}"


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def answer(kind: str, name: str, table: Any) -> HttpResponse | StreamingHttpResponse:
    """A django-tables2 table as a download, all its rows; columns marked `exclude_from_export` stay out."""
    out = [column for column in table.columns if not column.column.exclude_from_export]
    head = [str(column.header) for column in out]
    keys = [column.name for column in out]
    return download(kind, name, head, ([_value(row, key) for key in keys] for row in _rows(table)))


def download(kind: str, name: str, head: list[str], rows: Iterable[list[Any]]) -> HttpResponse | StreamingHttpResponse:
    """Rows as a download.

    Args:
        kind: csv or xlsx.
        name: of the file, without its ending; may be Chinese.
        head: the first line.
        rows: values: text, int, Decimal, date or None.
    """
    if kind == "csv":
        response: Any = StreamingHttpResponse(csv_lines(head, rows), content_type="text/csv; charset=utf-8")
    else:
        # FileResponse closes the temporary file, which ends it.
        response = FileResponse(
            _workbook(head, rows), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{kind}"
    return response


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_lines(head: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    """The lines of a CSV in UTF-8 with its mark, so that Excel shows Chinese."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([escaped(name) for name in head])
    for row in rows:
        yield writer.writerow([escaped(value) for value in row])


def _workbook(head: list[str], rows: Iterable[list[Any]]) -> Any:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([_cell(sheet, name) for name in head])
    for count, row in enumerate(rows, 1):
        if count % SHEET_ROWS == 0:
            sheet = book.create_sheet()
            sheet.append([_cell(sheet, name) for name in head])
        sheet.append([_cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Any) -> Any:
    """A text is written as text, whatever it begins with; long digits stay text, as Excel keeps fifteen."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or value == "" or isinstance(value, dt.date):
        return value or None
    if isinstance(value, (int, Decimal)) and -(10**15) < value < 10**15:
        return value
    cell = WriteOnlyCell(sheet)
    cell.value = ""
    cell._value, cell.data_type = _UNSHOWN.sub("", str(value)), "s"
    return cell


def _rows(table: Any) -> Iterator[Any]:
    from django_tables2.rows import BoundRow

    data = table.data.data
    # A queryset is read in pieces; what a list holds is there already.
    records = data.iterator(chunk_size=2000) if hasattr(data, "iterator") else data
    for record in records:
        yield BoundRow(record, table=table)


def _value(row: Any, name: str) -> Any:
    found = row.get_cell_value(name)
    if found is None or isinstance(found, (int, Decimal, dt.datetime, dt.date)):
        return found.replace(tzinfo=None) if isinstance(found, dt.datetime) else found
    return str(found)
