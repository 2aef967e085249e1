"""`wattloop whatif`: a population against a set of tariffs, in tables."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, writable

SHOWN = 3


class Command(RefusingCommand):
    """Price everybody under several tariffs, and compare."""

    help = "what all would pay under other tariffs: who wins, revenue"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--lake", default="lake", help="folder of the lake (default: lake)")
        add("--tariff", nargs="+", metavar="FILE", required=True, help="the tariffs to try")
        add("--current", nargs="+", metavar="FILE", help="the tariffs in force, to compare with")
        add("--from", dest="first", metavar="DAY", required=True, help="first day, YYYY-MM-DD or YYYY-MM")
        add("--to", dest="last", metavar="DAY", required=True, help="the day after the last, YYYY-MM-DD or YYYY-MM")
        add("--agreements", metavar="FILE", help="who is priced; without, every point by itself")
        add("--bill", choices=["month", "span"], default="month", help="a bill a calendar month, or one over all")
        add("--shadow", action="store_true", help="one tariff for those who have it, beside the one in force, by kind")
        add("--replaces", metavar="ID", help="with --shadow: the tariff it takes the place of (default: its own id)")
        add("--out", metavar="FILE", help="the amounts of each agreement, as .parquet or .csv")

    def handle(self, *_: Any, **options: Any) -> None:
        """Price, print, and write."""
        from wattloop.library import rating, readings, tariffs
        from wattloop.library.rating.agreements_file import read_agreements
        from wattloop.library.rating.examples import check_examples
        from wattloop.management.days import day

        start, end = day(options["first"], "--from"), day(options["last"], "--to")
        if start is None or end is None or end <= start:
            mend = "Give the day, or the month, after the last one to price."
            raise Refused(f"a span from {start} up to {end} holds no day", mend, field="--to")
        if options["shadow"] and not options["current"]:
            raise Refused("a shadow run stands beside tariffs in force", "Give them.", field="--current")
        out = writable(options["out"], "--out") if options["out"] else None
        if out is not None and out.suffix not in (".parquet", ".csv"):
            said = f"the ending {out.suffix!r} tells no format"
            raise Refused(said, "End the name in .parquet or .csv.", field="--out")
        began = time.perf_counter()
        tried = [tariffs.load(path, check_examples) for path in options["tariff"]]
        current = [tariffs.load(path, check_examples) for path in options["current"] or []] or None
        agreements = read_agreements(options["agreements"]) if options["agreements"] else None
        snapshot = readings.open_existing(options["lake"]).snapshot()
        asked = {"agreements": agreements, "bill": options["bill"]}
        if options["shadow"]:
            found = rating.shadow(
                snapshot, tried, start, end, current=current or [], replaces=options["replaces"], **asked
            )
        else:
            found = rating.what_if(snapshot, tried, start, end, current=current, **asked)
        self._say(found, shadow=options["shadow"])
        self.stdout.write(f"{len(found.names):,} agreements in {time.perf_counter() - began:.2f} s")
        if out is not None:
            _write(found.kinds(found.tariffs[0]) if options["shadow"] else _every(found), out)
            self.stdout.write(f"amounts: {out}")

    def _say(self, found: Any, *, shadow: bool) -> None:
        from wattloop.library.rating.comparing import CURRENT
        from wattloop.management import tables

        console = tables.wide_console()

        def show(title: str, table: Any, left: int = 1) -> None:
            rows = [[_text(value) for value in row.values()] for row in table.to_pylist()]
            console.print(tables.table(title, table.column_names, rows, left), "")

        show(f"What comes in, {found.currency}", found.revenue())
        compared = CURRENT in found.priced
        if compared:
            for name in found.tariffs[:SHOWN]:
                show(f"{name}, by class", found.by_class(name))
                show(f"{name}, by tenths of energy used", found.by_decile(name))
            if len(found.tariffs) > SHOWN:
                self.stdout.write(f"Classes and tenths are shown of the first {SHOWN} tariffs.")
        if shadow:
            table = found.kinds(found.tariffs[0])
            rows = [[name, _text(_total(table[name]))] for name in table.column_names[1:]]
            console.print(tables.table("By kind", ["kind", found.currency], rows), "")
        elif len(found.tariffs) > 1:
            show("Best tariff for each", _best(found))


def _best(found: Any) -> Any:
    """How many each tariff is best for, and what it saves them."""
    best = found.best()
    best = best.filter(best["tariff"].is_valid())
    return best.group_by("tariff").aggregate([("agreement", "count"), ("saves", "sum")]).rename_columns(
        ["tariff", "agreements", "saves"]
    ).sort_by([("agreements", "descending"), ("tariff", "ascending")])  # fmt: skip


def _total(column: Any) -> Any:
    import pyarrow.compute as pc

    return pc.sum(column).as_py()


def _every(found: Any) -> Any:
    best = found.best()
    table = found.amounts()
    return table.append_column("best", best["tariff"]).append_column("saves", best["saves"])


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:,}"


def _write(table: Any, out: Path) -> None:
    import pyarrow.parquet as pq
    from pyarrow import csv

    partial = out.with_name(f".{out.name}.partial")
    try:
        if out.suffix == ".csv":
            csv.write_csv(table, partial)
        else:
            pq.write_table(table, partial, compression="zstd")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
