"""Which readings differ between two versions of a lake: told by the files that came in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow as pa

from wattloop.library.lake import manifest
from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS, Snapshot
from wattloop.library.lake.store import Lake
from wattloop.library.quantity.dayrows import SLOT_COUNTS, slot_names

SCHEMA = pa.schema([("point", pa.string()), ("day", pa.date32())])


def changed(
    con: duckdb.DuckDBPyConnection,
    old: Snapshot,
    new: Snapshot,
    first: dt.date,
    last: dt.date,
    channels: Collection[str],
) -> pa.Table:
    """The days of points whose final readings came in, or were corrected, between two versions.

    Only files that the newer version added are read. A month that was folded has a new file and
    the same readings, so its files are looked for version by version; where versions in between
    were let go, the month is compared as it was and as it is.

    Args:
        con: an engine to look with.
        old, new: two versions of one lake, the older first.
        first, last: days looked at, both included.
        channels: those that matter.

    Returns:
        Arrow table as `SCHEMA`, each point and day once.
    """
    if not channels or last < first or old.version == new.version:
        return SCHEMA.empty_table()
    registers = _registers(con, old, new, first, last)
    added: set[str] = set()
    compared: list[tuple[int, str]] = []
    for slots in SLOT_COUNTS:
        for month in sorted({*new.months(INTERVALS, slots), *new.months(CORRECTIONS, slots)}):
            if not f"{first:%Y-%m}" <= month <= f"{last:%Y-%m}":
                continue
            came = _came(old, new, slots, month)
            if came is None:
                compared.append((slots, month))
            else:
                added |= came
    found = [registers] if len(registers) else []
    found += [_named(con, sorted(added), first, last, channels)] if added else []
    found += [_compared(con, old, new, slots, month, first, last, channels) for slots, month in compared]
    if not found:
        return SCHEMA.empty_table()
    return pa.concat_tables(found).group_by(["point", "day"]).aggregate([]).select(SCHEMA.names).cast(SCHEMA)


def _registers(con: duckdb.DuckDBPyConnection, old: Snapshot, new: Snapshot, first: dt.date, last: dt.date) -> pa.Table:
    """The days of register readings that were written, or withdrawn, since the older version."""
    files = new.register_files(first, last)
    if not files:
        return SCHEMA.empty_table()
    return con.sql(
        """SELECT point,
                  unnest(generate_series(greatest("from", ?), least("to" - 1, ?), INTERVAL 1 DAY))::DATE AS day
           FROM read_parquet(?, hive_partitioning = false) WHERE revision > ? AND "to" > ? AND "from" <= ?""",
        params=[first, last, files, old.version, first, last],
    ).to_arrow_table()


def _came(old: Snapshot, new: Snapshot, slots: int, month: str) -> set[str] | None:
    """Files of a month that hold new readings; None where that cannot be told from files."""
    before, after = _files(old, slots, month), _files(new, slots, month)
    if before <= after:
        return after - before
    came: set[str] = set()
    held = before
    for version in range(old.version + 1, new.version + 1):
        step = manifest.read(Lake(new.path).manifests, version)
        if step is None:
            return None
        there = _files(Snapshot(new.path, step), slots, month)
        if held <= there:  # where files went, the month was folded: it says the same in other files
            came |= there - held
        held = there
    return came if all(Path(file).exists() for file in came) else None


def _files(snapshot: Snapshot, slots: int, month: str) -> set[str]:
    day = dt.date.fromisoformat(f"{month}-01")
    return {file for kind in (INTERVALS, CORRECTIONS) for file in snapshot.files(kind, slots, day, day)}


def _named(
    con: duckdb.DuckDBPyConnection, files: list[str], first: dt.date, last: dt.date, channels: Collection[str]
) -> pa.Table:
    return con.sql(
        "SELECT DISTINCT point, day FROM read_parquet(?, union_by_name = true)"
        " WHERE day BETWEEN ? AND ? AND channel IN (SELECT unnest(?))",
        params=[files, first, last, list(channels)],
    ).to_arrow_table()


def _compared(
    con: duckdb.DuckDBPyConnection,
    old: Snapshot,
    new: Snapshot,
    slots: int,
    month: str,
    first: dt.date,
    last: dt.date,
    channels: Collection[str],
) -> pa.Table:
    """A month's final rows of one version that the other has not."""
    day = dt.date.fromisoformat(f"{month}-01")
    end = (day + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    names = ", ".join(slot_names(slots))
    sides = []
    for at, snapshot in enumerate((old, new)):
        base, late = (snapshot.files(kind, slots, day, day) for kind in (INTERVALS, CORRECTIONS))
        columns = f"channel, point, day, {names}"
        rows = [f"SELECT {columns}, -1 AS revision FROM read_parquet({base!r})"] if base else []
        rows += [f"SELECT {columns}, revision FROM read_parquet({late!r})"] if late else []
        if not rows:
            continue
        sides.append(f"s{at}")
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW s{at} AS SELECT {columns} FROM ({' UNION ALL '.join(rows)})"
            " QUALIFY row_number() OVER (PARTITION BY channel, point, day ORDER BY revision DESC) = 1"
        )
    both = f"SELECT * FROM {sides[-1]}" + (f" EXCEPT SELECT * FROM {sides[0]}" if len(sides) > 1 else "")
    return con.sql(
        f"SELECT DISTINCT point, day FROM ({both}) WHERE day BETWEEN ? AND ? AND channel IN (SELECT unnest(?))",
        params=[max(first, day), min(last, end), list(channels)],
    ).to_arrow_table()
