"""Agreements read from files: documents in YAML, or a table in CSV or Parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.columns import from_documents
from wattloop.library.rating.agreements.documents import read_documents
from wattloop.library.rating.agreements.joined import joined
from wattloop.library.rating.agreements.model import Agreements
from wattloop.library.rating.agreements.table import from_table

YAML = (".yaml", ".yml")
TABLES = (".csv", ".parquet")


def read_agreements(path: str | Path) -> Agreements:
    """Read agreements: YAML documents, a table (Parquet, or CSV with commas, semicolons or tabs), or a folder of both.

    Text is UTF-8 or GB18030.

    Raises:
        Refused: where a file cannot be read, lacks a column or holds something that is no agreement.
    """
    file = Path(path)
    if file.is_dir():
        return _read_folder(file)
    if file.suffix in YAML:
        return from_documents(read_documents([file]))
    return _from_table(file)


def _read_folder(folder: Path) -> Agreements:
    files = sorted(folder.rglob("*"))
    documents, tables = [p for p in files if p.suffix in YAML], [p for p in files if p.suffix in TABLES]
    if not documents and not tables:
        mend = "Agreements are .yaml, .csv or .parquet files."
        raise Refused("the folder holds no agreements", mend, file=str(folder))
    found = [from_documents(read_documents(documents))] if documents else []
    return joined([*found, *(_from_table(file) for file in tables)])


def _from_table(file: Path) -> Agreements:
    try:
        return from_table(_read_table(file))
    except Refused as refused:
        refused.file = refused.file or str(file)
        raise


def _read_table(file: Path) -> pa.Table:
    try:
        table = pq.read_table(file) if file.suffix == ".parquet" else _read_csv(file)
    except OSError as error:
        raise Refused(f"the agreements cannot be read: {error.strerror or error}", file=str(file)) from None
    except (UnicodeDecodeError, pa.ArrowException) as error:
        said = str(error).splitlines()[0]
        raise Refused(f"the agreements cannot be read: {said}", "Give CSV or Parquet.", file=str(file)) from None
    if not table.num_rows:
        raise Refused("there are columns and no agreement", "Give a row for each.", file=str(file))
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
