"""The engines that run determinants: DuckDB on a laptop, Spark on a cluster; the same expression on both."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from wattloop.library.lake.scanning import hand_over, lend

__all__ = ["collect", "duckdb", "hand_over", "lend", "spark"]

MEMORY = "1GiB"  # what DuckDB may hold before it spills


def collect(build: Callable[[], ir.Table]) -> pa.Table:
    """Build an expression and run it.

    An expression for many tariffs is some ten thousand small objects, all of them alive until it
    is compiled; looking through them for garbage meanwhile takes longer than making them.
    """
    paused = gc.isenabled()
    gc.disable()
    try:
        return build().to_pyarrow()
    finally:
        if paused:
            gc.enable()


def duckdb(*, threads: int | None = None, few: bool = False) -> Any:
    """An in-process DuckDB backend of Ibis that spills to a temporary folder instead of growing.

    Args:
        threads: worker threads; by default as many as the machine has.
        few: whether few points are asked for, so that joins should filter what is scanned.
    """
    con = ibis.duckdb.connect()
    con.raw_sql(f"SET threads = {threads or os.cpu_count() or 1}")
    con.raw_sql(f"SET memory_limit = '{MEMORY}'")
    spill = tempfile.gettempdir().replace("'", "''")
    con.raw_sql(f"SET temp_directory = '{spill}'")
    con.raw_sql("SET preserve_insertion_order = false")
    # A lake's files never change once written, and a run asks the same ones for their layout several times.
    con.raw_sql("SET parquet_metadata_cache = true")
    if not few:
        # A filter on points pushed into the scan costs more than it saves: most runs bill every point.
        con.raw_sql("SET disabled_optimizers = 'join_filter_pushdown'")
    return con


def spark(session: Any = None) -> Any:
    """A PySpark backend of Ibis, in local mode unless a session is given.

    Raises:
        ImportError: where the extra `spark` is not installed.
    """
    if session is None:
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master("local[2]")
            .appName("wattloop")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
    return ibis.pyspark.connect(session)
