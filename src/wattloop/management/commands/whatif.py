"""`wattloop whatif`: a population against a set of tariffs, in tables."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, writable
from wattloop.management.tariff_files import load_tariffs


class Command(RefusingCommand):
    """Price everybody under several tariffs, and compare."""

    help = "what everybody would pay under other tariffs"

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
        from wattloop.library import rating, readings
        from wattloop.library.rating.agreements.file import read_agreements
        from wattloop.management import what_if_report as report
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
        tried = load_tariffs(options["tariff"])
        current = load_tariffs(options["current"] or []) or None
        agreements = read_agreements(options["agreements"]) if options["agreements"] else None
        snapshot = readings.open_existing(options["lake"]).snapshot()
        asked = {"agreements": agreements, "bill": options["bill"]}
        if options["shadow"]:
            found = rating.shadow(
                snapshot, tried, start, end, current=current or [], replaces=options["replaces"], **asked
            )
        else:
            found = rating.what_if(snapshot, tried, start, end, current=current, **asked)
        report.say(found, shadow=options["shadow"])
        self.stdout.write(f"{counted(len(found.names), 'agreement')} in {time.perf_counter() - began:.2f} s")
        if out is not None:
            report.write(found.kinds(found.tariffs[0]) if options["shadow"] else report.every(found), out)
            self.stdout.write(f"amounts: {out}")
