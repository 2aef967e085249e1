"""A table of agreements read from a file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from wattloop.library.quantity.refusal import Refused


def read_agreements(path: str | Path) -> pa.Table:
    """Read a table of agreements from Parquet, or CSV in UTF-8 or GB18030 with commas, semicolons or tabs.

    Raises:
        Refused: where the file cannot be read or lacks a column.
    """
    file = Path(path)
    try:
        table = pq.read_table(file) if file.suffix == ".parquet" else _read_csv(file)
    except OSError as error:
        raise Refused(f"the agreements cannot be read: {error.strerror or error}", file=str(path)) from None
    except (UnicodeDecodeError, pa.ArrowException) as error:
        said = str(error).splitlines()[0]
        raise Refused(f"the agreements cannot be read: {said}", "Give CSV or Parquet.", file=str(path)) from None
    for name in ("point", "tariff"):
        if name not in table.column_names:
            said = f"there is no column {name!r}"
            raise Refused(said, "Agreements have agreement, point and tariff.", file=str(path))
    return table


def _read_csv(file: Path) -> pa.Table:
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    types = dict.fromkeys(("agreement", "point", "tariff"), pa.string())
    return csv.read_csv(
        pa.BufferReader(text.encode()),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
    )
