"""What a what-if came to, as a command prints and writes it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from wattloop.library.rating.comparison.comparing import CURRENT, WhatIf
from wattloop.management import tables

SHOWN = 3


def say(found: WhatIf, *, shadow: bool) -> None:
    """Print what comes in, who wins and loses, and what is best for whom; of a shadow run, the kinds of charge."""
    console = tables.wide_console()

    def show(title: str, table: pa.Table) -> None:
        rows = [[_text(value) for value in row.values()] for row in table.to_pylist()]
        console.print(tables.table(title, table.column_names, rows), "")

    show(f"What comes in, {found.currency}", found.revenue())
    if CURRENT in found.priced:
        for name in found.tariffs[:SHOWN]:
            show(f"{name}, by class", found.by_class(name))
            show(f"{name}, by tenths of energy used", found.by_decile(name))
        if len(found.tariffs) > SHOWN:
            console.print(f"Classes and tenths are shown of the first {SHOWN} tariffs.")
    if shadow:
        table = found.kinds(found.tariffs[0])
        rows = [[name, _text(pc.sum(table[name]).as_py())] for name in table.column_names[1:]]
        console.print(tables.table("By kind", ["kind", found.currency], rows), "")
    elif len(found.tariffs) > 1:
        show("Best tariff for each", _best(found))


def _best(found: WhatIf) -> pa.Table:
    """How many each tariff is best for, and what it saves them."""
    best = found.best()
    counted = best.filter(best["tariff"].is_valid()).group_by("tariff")
    summed = counted.aggregate([("agreement", "count"), ("saves", "sum")]).rename_columns(
        ["tariff", "agreements", "saves"]
    )
    return summed.sort_by([("agreements", "descending"), ("tariff", "ascending")])


def every(found: WhatIf) -> pa.Table:
    """The amounts of each agreement, with the best tariff and what it saves."""
    best = found.best()
    return found.amounts().append_column("best", best["tariff"]).append_column("saves", best["saves"])


def write(table: pa.Table, out: Path) -> None:
    """Write a table as CSV or Parquet, by the ending of the name: all of it or nothing."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        if out.suffix == ".csv":
            csv.write_csv(table, partial)
        else:
            pq.write_table(table, partial, compression="zstd")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _text(value: str | int | Decimal | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:,}"
