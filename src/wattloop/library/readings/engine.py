"""DuckDB as the parser of files: a connection that holds little, and SQL for a recognised file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from wattloop.library.readings.encodings import plain_copy
from wattloop.library.readings.recognised import Recognised
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


def streamed(con: duckdb.DuckDBPyConnection, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
    """A query's rows in batches, as they are made.

    Raises:
        duckdb.Error: where the engine stumbles, on the way too: Arrow would hand that on as an OSError.
    """
    try:
        with closing(con.sql(sql).to_arrow_reader(rows)) as reader:
            yield from reader
    except (OSError, pa.ArrowException) as error:
        raise duckdb.Error(str(error)) from error


def identifier(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


_STRAY = " \t\u00a0\u3000"


def point_sql(found: Recognised) -> str:
    """SQL for the point's name, without the spaces and tabs that files put around it; null where nothing is left."""
    name = f"CAST({identifier(found.columns['point'])} AS VARCHAR)"
    # Looking at both ends costs a third of trimming every name.
    stray = " OR ".join(f"{name} LIKE '{pattern}'" for pattern in (" %", "% ", "\t%", "%\t"))
    return f"CASE WHEN {stray} OR {name} = '' THEN NULLIF(trim({name}, '{_STRAY}'), '') ELSE {name} END"


def is_plain(name: str) -> bool:
    """Whether `point_sql` leaves a name as it is, and it is no word for nothing."""
    return name not in NO_READING and name[0] not in " \t" and name[-1] not in " \t"


def source_of(found: Recognised, staging: Path) -> Path:
    """The file to read: itself, or a copy that the engine can read."""
    return found.path if found.text is None else plain_copy(found.path, found.text, staging)


def relation(found: Recognised, source: Path, numbers: list[str]) -> str:
    """SQL for the file's rows; of a CSV, the columns `numbers` as DOUBLE and all others as text."""
    if found.format != "csv":
        return f"read_parquet({_quoted(str(source))})"
    nothing = ", ".join(_quoted(word) for word in NO_READING)
    return _csv(found, source, dict.fromkeys(numbers, "DOUBLE"), f"nullstr = [{nothing}]")


def strict_relation(found: Recognised, source: Path, stamp_form: str) -> str:
    """SQL for the rows of a long CSV read strictly: stamps of one form, numbers, and nothing but an empty cell null.

    What does not fit is an error of the engine.
    """
    types = {found.stamp_column: "TIMESTAMP", found.columns["value"]: "DOUBLE"}
    return _csv(found, source, types, f"timestampformat = {_quoted(stamp_form)}")


def _csv(found: Recognised, source: Path, types: dict[str, str], option: str) -> str:
    listed = ", ".join(f"{_quoted(c)}: '{types.get(c, 'VARCHAR')}'" for c in found.all_columns)
    return (
        f"read_csv({_quoted(str(source))}, header = true, auto_detect = false, delim = {_quoted(found.delimiter)}, "
        f"quote = '\"', escape = '\"', decimal_separator = '{found.decimal}', {option}, columns = {{{listed}}})"
    )


def stamp_text(found: Recognised) -> str:
    """SQL for a long file's stamps as text; a day and a time of day in two columns are put together."""
    name = identifier(found.stamp_column)
    if "time" not in found.columns:
        return f"CAST({name} AS VARCHAR)"
    day = identifier(found.columns["day"])
    if found.kinds[found.columns["day"]] == "moment":
        day = f"CAST({day} AS DATE)"
    return f"(trim(CAST({day} AS VARCHAR)) || ' ' || trim(CAST({name} AS VARCHAR)))"


def stamp_sql(found: Recognised) -> str:
    """SQL for microseconds since 1970 of a long file's stamps; null where one is not as the others."""
    if found.stamps_are_text:
        return micros_sql(stamp_text(found), found.stamp_form, found.stamp_shapes, zoned=found.zoned)
    name = identifier(found.stamp_column)
    return f"epoch_us(CAST({name} AS {'TIMESTAMPTZ' if found.zoned else 'TIMESTAMP'}))"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
