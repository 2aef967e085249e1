"""`wattloop rate`: readings of a lake under tariffs, to bill lines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, writable
from wattloop.management.tariff_files import load_tariffs


class Command(RefusingCommand):
    """Rate a span of days and write the lines."""

    help = "rate a lake's readings: bill lines to Parquet or CSV"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--lake", default="lake", help="folder of the lake (default: lake)")
        add(
            "--tariff",
            nargs="+",
            metavar="FILE",
            required=True,
            help="tariff files, versions of one too; several tariffs need --agreements",
        )
        add("--from", dest="first", metavar="DAY", required=True, help="first day, YYYY-MM-DD or YYYY-MM")
        add("--to", dest="last", metavar="DAY", required=True, help="the day after the last, YYYY-MM-DD or YYYY-MM")
        add(
            "--agreements",
            metavar="FILE",
            help="YAML, or a folder of it; CSV or Parquet: agreement, point, tariff (its id), and more",
        )
        add("--out", metavar="FILE", help="lines as .parquet or .csv")
        add("--booked", metavar="FOLDER", help="book the bills in a new folder, so that they can be corrected: rebill")
        add("--bill", choices=["month", "span"], default="month", help="a bill a calendar month, or one over all")
        add("--as-of", type=int, metavar="VERSION", help="the lake as it was at this version")
        add("--show", metavar="AGREEMENT", help="print this agreement's newest bill in full")

    def handle(self, *_: Any, **options: Any) -> None:
        """Rate, write, and say what came of it."""
        from wattloop.library import rating, readings
        from wattloop.library.rating.agreements.file import read_agreements
        from wattloop.library.rating.exceptions import NO_AGREEMENT, NO_READINGS
        from wattloop.library.rating.showing import Bills
        from wattloop.management import tables
        from wattloop.management.days import span

        start, end = span(options["first"], options["last"])
        began = time.perf_counter()
        known = load_tariffs(options["tariff"])
        agreements = read_agreements(options["agreements"]) if options["agreements"] else None
        out = writable(options["out"], "--out") if options["out"] else None
        if out is not None and out.suffix not in (".parquet", ".csv"):
            raise Refused(
                f"the ending {out.suffix!r} tells no format", "End the name in .parquet or .csv.", field="--out"
            )
        snapshot = readings.open_existing(options["lake"]).snapshot(options["as_of"])
        to_csv = out is not None and out.suffix == ".csv"
        asked = {"agreements": agreements, "bill": options["bill"]}
        if options["booked"]:
            if out is not None:
                raise Refused("bills are booked, or written to a file", "Leave one of the two out.", field="--out")
            run = rating.book(options["booked"], snapshot, known, start, end, **asked)
            out = Path(rating.Booked(options["booked"]).line_files()[0][1])
        else:
            run = rating.run(snapshot, known, start, end, out=None if to_csv else out, **asked)
        bills = Bills(run.lines if run.lines is not None else str(out))
        if to_csv:
            bills.write_csv(str(out))
        console = tables.wide_console()
        self._say(console, tables, run, bills, time.perf_counter() - began)
        if out is not None:
            self.stdout.write(f"lines: {out}")
        if not run.bills and set(run.exceptions["what"].to_pylist()) <= {NO_READINGS, NO_AGREEMENT}:
            there = f"`wattloop readings show --lake {options['lake']}` tells what there is"
            self.stdout.write(f"no readings from {start} up to {end}; {there}")
        if options["show"]:
            tables.print_bill(console, bills, options["show"])
            self.stdout.write(f"\n`wattloop explain {options['show']}` with the same options tells why, line by line")

    def _say(self, console: Any, tables: Any, run: Any, bills: Any, seconds: float) -> None:
        from wattloop.management.exceptions_report import say_exceptions

        console.print(tables.totals_table("Bills by tariff", "tariff", bills.by_tariff()), "")
        rows = [[k, f"{n:,}", tables.money(a), c] for k, n, a, c in bills.by_kind()]
        console.print(tables.table("Lines by kind", ["kind", "lines", "amount", ""], rows), "")
        say_exceptions(console, run.exceptions)
        console.print(
            f"{counted(run.bills, 'bill')}, {counted(run.line_count, 'line')} in {seconds:.2f} s "
            f"({', '.join(f'{k} {v:.2f} s' for k, v in run.seconds.items())}); lake version {run.version}",
            soft_wrap=True,
        )
