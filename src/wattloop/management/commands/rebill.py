"""`wattloop rebill`: what is booked against what should be, and the difference booked."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.management.output import RefusingCommand
from wattloop.management.tariff_files import load_tariffs

LARGEST = 10


class Command(RefusingCommand):
    """Correct booked bills by what changed since."""

    help = "correct booked bills by what changed since"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--booked", nargs="+", metavar="FOLDER", required=True, help="folders that `wattloop rate --booked` made")
        add("--lake", default="lake", help="folder of the lake (default: lake)")
        add("--tariff", nargs="+", metavar="FILE", required=True, help="tariff files, as they are now")
        add("--agreements", metavar="FILE", help="agreements, as they are now, where there were some")
        add("--dry-run", action="store_true", help="say what would be corrected, and book nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        """Correct each folder, and say what came of it."""
        from wattloop.library import rating, readings
        from wattloop.library.rating.agreements.file import read_agreements

        known = load_tariffs(options["tariff"])
        agreements = read_agreements(options["agreements"]) if options["agreements"] else None
        snapshot = readings.open_existing(options["lake"]).snapshot()
        for folder in options["booked"]:
            began = time.perf_counter()
            record = rating.Booked(folder).newest
            found = rating.rebill(folder, snapshot, known, agreements=agreements, dry_run=options["dry_run"])
            self._say(folder, record, found, time.perf_counter() - began, dry_run=options["dry_run"])

    def _say(self, folder: str, record: Any, found: Any, seconds: float, *, dry_run: bool) -> None:
        from wattloop.management import tables

        console = tables.wide_console()
        write = self.stdout.write
        write(f"{folder}: {record.first} up to {record.end}, lake version {record.lake} → {found.version}")
        causes = ", ".join(f"{count:,} by {_CAUSES.get(cause, cause)}" for cause, count in found.causes.items())
        write(f"  agreements affected: {causes or 'none'}")
        bills = found.bills().to_pylist()
        for currency in sorted({bill["currency"] for bill in bills}):
            changes = [bill["amount"] for bill in bills if bill["currency"] == currency]
            up, down = [c for c in changes if c > 0], [c for c in changes if c < 0]
            same = len(changes) - len(up) - len(down)
            write(
                f"  {counted(len(changes), 'bill')} corrected, {counted(len(found.lines), 'line')}:"
                f" {len(up):,} up by {_sum(up):,} {currency}, {len(down):,} down by {-_sum(down):,} {currency}"
                + (f", {same:,} of the same amount" if same else "")
            )
        if bills:
            largest = sorted(bills, key=lambda b: (-abs(b["amount"]), b["agreement"], b["period_start"]))[:LARGEST]
            rows = [[b["agreement"], str(b["period_start"]), f"{b['amount']:+,}", b["corrects"] or "(new)"]
                    for b in largest]  # fmt: skip
            console.print(tables.table("Largest differences", ["agreement", "from", "amount", "corrects"], rows, 2))
        for held in found.held.to_pylist():
            write(f"  left as booked: {held['agreement']}, {held['period_start']}: {held['what']}")
        if not bills:
            write(f"  nothing to correct ({seconds:.2f} s)")
        else:
            write("  nothing is booked: a dry run" if dry_run else f"  booked as run {found.run} ({seconds:.2f} s)")


_CAUSES = {"terms": "changed terms", "tariff": "a changed tariff", "new agreement": "being new",
           "agreement gone": "being gone"}  # fmt: skip


def _sum(amounts: list[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
