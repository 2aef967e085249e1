"""DuckDB as the parser of files: a connection that holds little, and SQL for a recognised file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from wattloop.library.readings.encodings import plain_copy
from wattloop.library.readings.recognise import Recognised
from wattloop.library.readings.stamps import micros_sql

NO_READING = ("", "null", "NULL", "NA", "NaN", "-", "--")
"""What files write where there is no reading."""


def connect(staging: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that keeps the file's order, holds little in memory and spills into the staging folder."""
    con = duckdb.connect()
    con.execute("SET memory_limit = '1GiB'")
    con.execute(f"SET temp_directory = {_quoted(str(staging))}")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    return con


def identifier(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def source_of(found: Recognised, staging: Path) -> Path:
    """The file to read: itself, or a copy that the engine can read."""
    return found.path if found.text is None else plain_copy(found.path, found.text, staging)


def relation(found: Recognised, source: Path, numbers: list[str]) -> str:
    """SQL for the file's rows; of a CSV, the columns `numbers` as DOUBLE and all others as text."""
    if found.format != "csv":
        return f"read_parquet({_quoted(str(source))})"
    types = dict.fromkeys(numbers, "DOUBLE")
    listed = ", ".join(f"{_quoted(c)}: '{types.get(c, 'VARCHAR')}'" for c in found.all_columns)
    nothing = ", ".join(_quoted(word) for word in NO_READING)
    return (
        f"read_csv({_quoted(str(source))}, header = true, auto_detect = false, delim = {_quoted(found.delimiter)}, "
        f"quote = '\"', escape = '\"', nullstr = [{nothing}], columns = {{{listed}}})"
    )


def stamp_sql(found: Recognised) -> str:
    """SQL for microseconds since 1970 of a long file's stamps; null where one is not as the others."""
    name = identifier(found.columns["start"])
    if found.stamps_are_text:
        return micros_sql(name, found.stamp_form, found.stamp_shapes, zoned=found.zoned)
    return f"epoch_us(CAST({name} AS {'TIMESTAMPTZ' if found.zoned else 'TIMESTAMP'}))"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
