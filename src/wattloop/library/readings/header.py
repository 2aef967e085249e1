"""The first row of a CSV and the schema of a Parquet file: columns and what kinds of values they hold."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from wattloop.library.quantity.refusal import Refused

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LONGEST_LINE = 1_000_000


def delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter of a CSV, by the one that its header holds most of.

    Raises:
        Refused: where it holds none.
    """
    header = _first_lines(path, encoding, 1)[0]
    best = max(DELIMITERS, key=header.count)
    if header.count(best) == 0:
        raise Refused(
            "the header holds none of the delimiters comma, semicolon, tab and bar",
            "Name the delimiter; a title or an empty line above the header must go.",
            file=str(path), row=1,
        )  # fmt: skip
    return best


def csv_header(path: Path, encoding: str, delimiter: str) -> list[str]:
    """The columns of a CSV that has at least three of them and a row below; one without a name is known by its place.

    Raises:
        Refused: for a header that is none, too short, or names a column twice, and for a file without rows.
    """
    lines = _first_lines(path, encoding, 2)
    cells = [h.strip().strip("\ufeff") for h in next(csv.reader([lines[0]], delimiter=delimiter), [])]
    header = [h or f"column {at}" for at, h in enumerate(cells, 1)]
    if sum(map(bool, cells)) < 3:
        raise Refused(
            f"the header names {sum(map(bool, cells))} column(s): {', '.join(cells)[:200]}",
            "A file of readings has at least a point, a time and a value; check the delimiter, "
            "and take out a title that stands above the header.",
            file=str(path), row=1,
        )  # fmt: skip
    if _is_number(header[0]) or any(re.match(r"\d{4}[-/]?\d{1,2}[-/]?\d{1,2}", h) for h in header[:3]):
        raise Refused("the first row is no header", "Put the columns' names in the first row.", file=str(path), row=1)
    check_each_once(path, header, 1)
    if len(lines) < 2:
        raise Refused("there is a header and no reading", "Give a file with readings.", file=str(path), row=1)
    return header


def first_rows(path: Path, encoding: str, delimiter: str, count: int) -> list[list[str]]:
    """The cells of the first rows below a CSV's header, as far as they can be read."""
    found: list[list[str]] = []
    with path.open(encoding=encoding, newline="") as file, suppress(csv.Error):
        rows = csv.reader(file, delimiter=delimiter)
        next(rows, None)
        found.extend(islice(filter(None, rows), count))
    return found


def parquet_schema(path: Path) -> tuple[pa.Schema, int]:
    """Schema and number of rows of a Parquet file.

    Raises:
        Refused: where it is damaged or has no rows.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise Refused(
            f"the Parquet file is damaged or cut short: {str(error).splitlines()[0].rstrip('.')}",
            "Export it again.",
            file=str(path),
        ) from None
    if rows == 0:
        raise Refused("there are columns and no reading", "Give a file with readings.", file=str(path))
    check_each_once(path, schema.names, None)
    return schema, rows


def check_each_once(path: Path, header: list[str], row: int | None) -> None:
    """Refuse a column named twice; the engine does not tell `kwh` from `KWH` and would read the other one."""
    seen: dict[str, str] = {}
    for name in header:
        known = seen.setdefault(name.lower(), name)
        if seen[name.lower()] is not name:
            what = f"the column {name!r} stands there twice"
            if known != name:
                what = f"the columns {known!r} and {name!r} differ in nothing but capitals"
            raise Refused(what, "Give every column its own name.", file=str(path), row=row)


def kind_of(type_: pa.DataType) -> str:
    """What an Arrow type holds, as far as readings go: text, moment, zoned, date, clock, number, whole or other."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if pa.types.is_timestamp(type_):
        return "moment" if type_.tz is None else "zoned"
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return "text"
    if pa.types.is_integer(type_):
        return "whole"
    if pa.types.is_date(type_):
        return "date"
    if pa.types.is_time(type_):
        return "clock"
    if pa.types.is_null(type_):
        return "number"  # a column in which nothing was ever read
    return "number" if pa.types.is_floating(type_) or pa.types.is_decimal(type_) else "other"


def _first_lines(path: Path, encoding: str, count: int) -> list[str]:
    """The first line, and the first ones after it that are not empty."""
    found: list[str] = []
    with path.open(encoding=encoding, newline="") as file:
        while len(found) < count and (line := file.readline(_LONGEST_LINE)):
            if len(line) == _LONGEST_LINE:
                raise Refused(
                    "the row has more than a million characters: this is no table of readings",
                    "Give a file with a line a row.", file=str(path), row=len(found) + 1,
                )  # fmt: skip
            if not found or line.strip():
                found.append(line)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
