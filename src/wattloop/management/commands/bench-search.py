"""`wattloop bench-search`: how fast customers are found among a million."""

from __future__ import annotations

import statistics
from typing import Any

from django.core.management.base import CommandParser

from wattloop.management.output import RefusingCommand, progress_bar

BOUND = 0.2  # seconds within which 95 of 100 answers come


class Command(RefusingCommand):
    """Fill an empty home with made-up customers, and look for them."""

    help = "how fast customers are found among a million, in an empty home"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--customers", type=int, default=1_000_000, help="(default: a million)")
        add("--rounds", type=int, default=40, help="searches of each kind (default: 40)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Measure."""
        from wattloop.bench import search
        from wattloop.management.tables import table, wide_console

        with progress_bar("making customers", "customers") as progress:
            search.fill(options["customers"], progress)
        rows = []
        for kind, seconds in search.ask(options["rounds"]).items():
            p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
            told = [statistics.median(seconds), p95, max(seconds)]
            rows.append([kind, *(f"{one * 1e3:.1f}" for one in told), "yes" if p95 <= BOUND else "NO"])
        title = f"Found among {options['customers']:,}"
        wide_console().print(table(title, ["asked for", "median ms", "p95 ms", "longest ms", "p95 ≤ 200"], rows))
