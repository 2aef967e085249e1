"""`wattloop explain`: one agreement's bills, every line with its sentence, formula, readings and clause."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, writable
from wattloop.management.tariff_files import load_tariffs


class Command(RefusingCommand):
    """Explain the bills of one agreement."""

    help = "explain an agreement's bill line by line, and write its file"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("agreement", metavar="AGREEMENT", help="its number; without --agreements, the point")
        add("--lake", default="lake", help="folder of the lake (default: lake)")
        add("--tariff", nargs="+", metavar="FILE", required=True, help="tariff files; several need --agreements")
        add("--from", dest="first", metavar="DAY", required=True, help="first day, YYYY-MM-DD or YYYY-MM")
        add("--to", dest="last", metavar="DAY", required=True, help="the day after the last, YYYY-MM-DD or YYYY-MM")
        add("--agreements", metavar="FILE", help="CSV or Parquet: agreement, point, tariff (its id)")
        add("--bill", choices=["month", "span"], default="month", help="a bill a calendar month, or one over all")
        add("--as-of", type=int, metavar="VERSION", help="the lake as it was at this version")
        add("--language", choices=["zh", "en"], default="en", help="of what is printed (default: en)")
        add("--json", metavar="FILE", help="write the one bill as a file that `wattloop verify` reads")

    def handle(self, *_: Any, **options: Any) -> None:
        """Price that agreement again, and print."""
        from wattloop.library import rating, readings
        from wattloop.library.rating.agreements.file import read_agreements
        from wattloop.library.rating.explanation.bill_document import write_json
        from wattloop.management import tables
        from wattloop.management.bill_text import BillText
        from wattloop.management.days import span

        start, end = span(options["first"], options["last"])
        known = load_tariffs(options["tariff"])
        agreements = read_agreements(options["agreements"]) if options["agreements"] else None
        file = writable(options["json"], "--json") if options["json"] else None
        snapshot = readings.open_existing(options["lake"]).snapshot(options["as_of"])
        bills = rating.explain(
            snapshot, known, start, end, agreement=options["agreement"], agreements=agreements, bill=options["bill"]
        )
        if file is not None and len(bills) > 1:
            raise Refused(
                f"there are {len(bills)} bills from {start} up to {end}, and a file holds one",
                "Name the span of one bill.", field="--json",
            )  # fmt: skip
        if file is not None:
            write_json(bills[0], file)
        show = BillText(tables.wide_console(), options["language"])
        for bill in bills:
            show(bill)
        if file is not None:
            zh = f"账单文件 {file}；用 `wattloop verify {file}` 复核"
            en = f"bill: {file}; `wattloop verify {file}` computes it again"
            self.stdout.write(zh if options["language"] == "zh" else en)
