"""The first row of a CSV and the schema of a Parquet file: columns and what kinds of values they hold."""

from __future__ import annotations

import csv
import re
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
            "Name the delimiter, or give a file with at least a point, a time and a value.",
            file=str(path), row=1,
        )  # fmt: skip
    return best


def csv_header(path: Path, encoding: str, delimiter: str) -> list[str]:
    """The columns of a CSV that has at least three of them and a row below.

    Raises:
        Refused: for a header that is none, too short, or names a column twice, and for a file without rows.
    """
    lines = _first_lines(path, encoding, 2)
    header = [h.strip().strip("\ufeff") for h in next(csv.reader([lines[0]], delimiter=delimiter), [])]
    if len(header) < 3:
        raise Refused(
            f"the header has {len(header)} column(s): {', '.join(header)[:200]}",
            "A file of readings has at least a point, a time and a value; check the delimiter.",
            file=str(path), row=1,
        )  # fmt: skip
    if _is_number(header[0]) or any(re.match(r"\d{4}[-/]?\d{1,2}[-/]?\d{1,2}", h) for h in header[:3]):
        raise Refused("the first row is no header", "Put the columns' names in the first row.", file=str(path), row=1)
    if len(set(header)) != len(header):
        twice = next(h for h in header if header.count(h) > 1)
        raise Refused(
            f"the column {twice!r} stands there twice", "Give every column its own name.", file=str(path), row=1
        )
    if len(lines) < 2 or not lines[1].strip():
        raise Refused("there is a header and no reading", "Give a file with readings.", file=str(path), row=1)
    return header


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
            f"the Parquet file is damaged or cut short: {str(error).splitlines()[0]}",
            "Export it again.",
            file=str(path),
        ) from None
    if rows == 0:
        raise Refused("there are columns and no reading", "Give a file with readings.", file=str(path))
    return schema, rows


def kind_of(type_: pa.DataType) -> str:
    """What an Arrow type holds, as far as readings go: text, moment, zoned, date, number, whole or other."""
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
    return "number" if pa.types.is_floating(type_) or pa.types.is_decimal(type_) else "other"


def _first_lines(path: Path, encoding: str, count: int) -> list[str]:
    found: list[str] = []
    with path.open(encoding=encoding, newline="") as file:
        while len(found) < count and (line := file.readline(_LONGEST_LINE)):
            if len(line) == _LONGEST_LINE:
                raise Refused(
                    "the row has more than a million characters: this is no table of readings",
                    "Give a file with a line a row.", file=str(path), row=len(found) + 1,
                )  # fmt: skip
            found.append(line)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
