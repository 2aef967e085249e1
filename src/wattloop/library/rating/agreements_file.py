"""Agreements read from files: documents in YAML, or a table in CSV or Parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreement_columns import from_documents
from wattloop.library.rating.agreement_documents import read_documents
from wattloop.library.rating.agreements import Agreements

YAML = (".yaml", ".yml")


def read_agreements(path: str | Path) -> pa.Table | Agreements:
    """Read agreements: YAML documents, a folder of them, Parquet, or CSV with commas, semicolons or tabs.

    Text is UTF-8 or GB18030.

    Raises:
        Refused: where a file cannot be read, lacks a column or holds something that is no agreement.
    """
    file = Path(path)
    if file.is_dir():
        files = sorted(p for p in file.rglob("*") if p.suffix in YAML)
        if not files:
            raise Refused("the folder holds no agreements", "Agreements are .yaml files.", file=str(path))
        return from_documents(read_documents(files))
    if file.suffix in YAML:
        return from_documents(read_documents([file]))
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
    heads = text.partition("\n")[0].strip("\r\ufeff").split(delimiter)
    types = dict.fromkeys((head.strip().strip('"') for head in heads), pa.string())
    return csv.read_csv(
        pa.BufferReader(text.encode()),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
    )
