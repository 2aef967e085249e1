"""`wattloop rate`: readings of a lake under tariffs, to bill lines."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Rate a span of days and write the lines."""

    help = "rate a lake's readings: bill lines to Parquet or CSV"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        parser.add_argument("--lake", default="lake")
        parser.add_argument("--tariff", nargs="+", required=True, help="tariff files; several need --agreements")
        parser.add_argument("--from", dest="first", required=True, help="first day, YYYY-MM-DD or YYYY-MM")
        parser.add_argument("--to", dest="last", required=True, help="the day after the last, YYYY-MM-DD or YYYY-MM")
        parser.add_argument("--agreements", help="CSV or Parquet: agreement, point, tariff (its id)")
        parser.add_argument("--out", help="lines as .parquet or .csv")
        parser.add_argument("--bill", choices=["month", "span"], default="month", help="a bill per month, or one")
        parser.add_argument("--as-of", type=int, metavar="VERSION", help="an earlier version of the lake")
        parser.add_argument("--show", metavar="AGREEMENT", help="print this agreement's newest bill in full")

    def handle(self, *_: Any, **options: Any) -> None:
        """Rate, write, and say what came of it."""
        from pathlib import Path

        from wattloop.library import rating, readings, tariffs
        from wattloop.library.rating.showing import Bills
        from wattloop.management import tables
        from wattloop.management.days import day

        start, end = day(options["first"], "--from"), day(options["last"], "--to")
        if start is None or end is None or end <= start:
            raise Refused(f"the span ends on {end}, before it begins on {start}", field="--to")
        began = time.perf_counter()
        known = [tariffs.load(path) for path in options["tariff"]]
        agreements = _agreements(options["agreements"]) if options["agreements"] else None
        out = Path(options["out"]) if options["out"] else None
        if out is not None and out.suffix not in (".parquet", ".csv"):
            raise Refused(
                f"the ending {out.suffix!r} tells no format", "End the name in .parquet or .csv.", field="--out"
            )
        snapshot = readings.open_existing(options["lake"]).snapshot(options["as_of"])
        to_csv = out is not None and out.suffix == ".csv"
        run = rating.run(
            snapshot, known, start, end, agreements=agreements, bill=options["bill"], out=None if to_csv else out
        )
        bills = Bills(run.lines if run.lines is not None else str(out))
        if to_csv:
            bills.write_csv(str(out))
        console = tables.wide_console()
        self._say(console, tables, run, bills, time.perf_counter() - began)
        if options["show"]:
            tables.print_bill(console, bills, options["show"])
        if out is not None:
            self.stdout.write(f"lines: {out}")

    def _say(self, console: Any, tables: Any, run: Any, bills: Any, seconds: float) -> None:
        from wattloop.management.exceptions_report import say_exceptions

        rows = [[t, f"{n:,}", f"{kwh:,.0f}", tables.money(a), c] for t, n, kwh, a, c in bills.by_tariff()]
        console.print(tables.table("Bills by tariff", ["tariff", "bills", "kWh", "amount", ""], rows))
        rows = [[k, f"{n:,}", tables.money(a), c] for k, n, a, c in bills.by_kind()]
        console.print(tables.table("Lines by kind", ["kind", "lines", "amount", ""], rows))
        say_exceptions(console, run.exceptions)
        console.print(
            f"{run.bills:,} bills, {run.line_count:,} lines in {seconds:.2f} s "
            f"({', '.join(f'{k} {v:.2f} s' for k, v in run.seconds.items())}); lake version {run.version}"
        )


def _agreements(path: str) -> Any:
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    try:
        types = dict.fromkeys(("agreement", "point", "tariff"), pa.string())
        table = (
            pq.read_table(path)
            if path.endswith(".parquet")
            else pc.read_csv(path, convert_options=pc.ConvertOptions(column_types=types))
        )
    except (OSError, pa.ArrowException) as error:
        raise Refused(f"the agreements cannot be read: {str(error).splitlines()[0]}", file=path) from None
    for name in ("point", "tariff"):
        if name not in table.column_names:
            raise Refused(f"there is no column {name!r}", "Agreements have agreement, point and tariff.", file=path)
    if "agreement" not in table.column_names:
        table = table.append_column("agreement", table["point"])
    return table
