"""Handing files and tables to an engine; the places where DuckDB and Spark want to be spoken to differently."""

from __future__ import annotations

import uuid
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa


def scan(con: Any, files: list[str]) -> ir.Table:
    """Parquet files as one table of an Ibis backend."""
    if con.name == "pyspark":
        # Ibis hands Spark one path; Spark itself takes many.
        return _view(con, con._session.read.parquet(*files))
    return con.read_parquet(files)


def distinct(con: Any, files: list[str], column: str, where: str) -> pa.Array:
    """The values of a column of Parquet files, each once, in the rows that a condition in SQL chooses."""
    if con.name == "pyspark":
        return (
            con._session.read.parquet(*files).where(where).select(column).distinct().toArrow()[column].combine_chunks()
        )
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    # Without an expression of all the columns, of which one is asked for: that takes longer than the query.
    found = con.con.sql(f"SELECT DISTINCT {column} FROM read_parquet([{listed}]) WHERE {where}")
    return found.to_arrow_table()[column].combine_chunks()


def hand_over(con: Any, table: pa.Table) -> ir.Table:
    """Give an Arrow table to an engine and get it back as an Ibis table.

    Spark is handed the Arrow table itself: an Ibis memtable goes through pandas there,
    which turns a whole integer column with one null into nulls.
    """
    if con.name == "pyspark":
        return _view(con, con._session.createDataFrame(table))
    return con.create_table(f"handed_{uuid.uuid4().hex}", table, temp=True)


def lend(con: Any, table: pa.Table) -> ir.Table:
    """As `hand_over`, without a copy where the engine can read Arrow as it lies: for a table that is read once."""
    if con.name != "duckdb":
        return hand_over(con, table)
    name = f"lent_{uuid.uuid4().hex}"
    con.con.register(name, table)
    return con.table(name)


def _view(con: Any, frame: Any) -> ir.Table:
    name = f"handed_{uuid.uuid4().hex}"
    frame.createOrReplaceTempView(name)
    return con.table(name)
