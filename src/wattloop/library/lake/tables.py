"""The lake's Delta tables: appending to one, listing its files, and undoing what no manifest names."""

from __future__ import annotations

import functools
from pathlib import Path

import pyarrow as pa
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake

ROW_GROUP = 61_440

_READ_OFTEN = WriterProperties(compression="ZSTD", max_row_group_size=ROW_GROUP)
# Without dictionaries of the readings a file is written in half the time and read in a third more.
_SELDOM_READ = WriterProperties(
    compression="ZSTD",
    max_row_group_size=ROW_GROUP,
    default_column_properties=ColumnProperties(dictionary_enabled=False),
    column_properties={name: ColumnProperties(dictionary_enabled=True) for name in ("point", "channel")},
)


def current_version(path: Path) -> int | None:
    """The newest Delta version of a table; None where there is no table."""
    if not DeltaTable.is_deltatable(str(path)):
        return None
    return int(DeltaTable(str(path)).version())


def append(
    path: Path, batches: pa.RecordBatchReader, *, seldom_read: bool = False, statistics: str = "point,day"
) -> int:
    """Append rows, partitioned by month.

    Args:
        path: the table's folder; made if absent.
        batches: rows with a `month` column ('YYYY-MM'), sorted by point and day (registers: by point and register).
        seldom_read: lay the file out for quick writing.
        statistics: the columns that statistics are kept of.

    Returns:
        The table's new version.
    """
    write_deltalake(
        str(path),
        batches,
        mode="append",
        schema_mode="merge" if seldom_read else None,  # readings of a lake from before a column have none of it
        partition_by=["month"],
        writer_properties=_SELDOM_READ if seldom_read else _READ_OFTEN,
        target_file_size=512 * 1024 * 1024,
        configuration={
            "delta.dataSkippingStatsColumns": statistics,
            # A bill cites a version of the lake, so old versions are kept until `retain` says otherwise.
            "delta.logRetentionDuration": "interval 36500 days",
        },
    )
    return int(DeltaTable(str(path)).version())


def replace_month(path: Path, month: str, batches: pa.RecordBatchReader) -> int:
    """Put rows in the place of a month's; older versions keep what they had."""
    write_deltalake(
        str(path),
        batches,
        mode="overwrite",
        predicate=f"month = '{month}'",
        partition_by=["month"],
        writer_properties=_READ_OFTEN,
        target_file_size=512 * 1024 * 1024,
    )
    return int(DeltaTable(str(path)).version())


def drop_month(path: Path, month: str) -> int:
    """Take a month's rows out; older versions keep what they had."""
    table = DeltaTable(str(path))
    table.delete(f"month = '{month}'")
    return int(table.version())


def on_disk(lake: Path) -> list[Path]:
    """Every Parquet file of a lake's tables, named by a version or not."""
    return sorted(lake.glob("*/month=*/*.parquet"))


def files(path: Path, version: int, months: set[str] | None = None) -> list[str]:
    """Parquet files that are the table as of a version, those of some months only where given."""
    log = path / "_delta_log" / f"{version:020d}.json"
    listed = _listed(path, version, log.stat().st_mtime_ns if log.exists() else None)
    return [file for file, month in listed if months is None or month in months]


@functools.lru_cache(maxsize=64)
def _listed(path: Path, version: int, written: int | None) -> list[tuple[str, str]]:
    """File and month of a version, in order; a version stays what it is, unless another lake is made in its place."""
    actions = pa.table(DeltaTable(str(path), version=version).get_add_actions(flatten=True))
    paths, months = actions["path"].to_pylist(), actions["partition.month"].to_pylist()
    return sorted((str(path / file), month) for file, month in zip(paths, months, strict=True))


def wind_back(path: Path, version: int | None) -> None:
    """Undo what a killed writer appended and no manifest names."""
    newest = current_version(path)
    if newest is None or newest == version:
        return
    table = DeltaTable(str(path))
    if version is None:
        table.delete()
    elif {*files(path, version)} != {*files(path, newest)}:
        table.restore(version)
