"""`wattloop bench`: the speed and memory that the design promises, measured on this machine."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand

PARTS = ["rating", "charges", "rebill", "what-if", "memory", "import", "peers"]


class Command(RefusingCommand):
    """Measure, and say which bounds are met."""

    help = "ratios against the bare scan, memory, import speed, and peers"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        sizes = [10_000, 30_000, 100_000]
        add("--accounts", type=int, nargs="+", metavar="N", default=sizes, help="(default: 10000 30000 100000)")
        add("--days", type=int, default=30, help="up to 30, from 1 September 2026 (default: 30)")
        add("--slots", type=int, default=96, help="readings a day: 24, 48 or 96 (default: 96)")
        add("--rounds", type=int, default=7, help="of which the median is taken (default: 7)")
        add("--csv-rows", type=int, default=20_000_000, help="of the files imported; 0: none (default: 20 million)")
        add("--only", choices=PARTS, nargs="+", help="a part of it (default: all)")
        add("--folder", help="where its data is made, and cleared away again (default: the system's)")
        add("--json", action="store_true", help="the results as a JSON list")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run what was asked for, largest population last."""
        from wattloop.bench import measures

        if options["slots"] not in (24, 48, 96) or not 1 <= options["days"] <= 30 or min(options["accounts"]) < 4:
            raise Refused("the bench takes 24, 48 or 96 slots, 1 to 30 days and at least 4 accounts")
        if options["folder"]:
            Path(options["folder"]).mkdir(parents=True, exist_ok=True)
        days, slots = options["days"], options["slots"]
        found: list[tuple[str, measures.Result]] = []
        with tempfile.TemporaryDirectory(dir=options["folder"]) as held:
            folder, only = Path(held), options["only"] or PARTS

            @functools.cache
            def people(accounts: int) -> measures.Population:
                return measures.Population(folder / f"r{accounts}", accounts, days, slots)

            for accounts in sorted(options["accounts"]) if "rating" in only else []:
                results = measures.rating_ratios(people(accounts), options["rounds"])
                found += [(f"{accounts:,} × {days} × {slots}", r) for r in results]
            largest = max(options["accounts"])
            for part, (size, measured) in self._of_largest(folder, lambda: people(largest), largest, options).items():
                if part in only:
                    found += [(size, r) for r in measured()]
        self._say(found, as_json=options["json"])

    @staticmethod
    def _of_largest(
        folder: Path, people: Callable[[], Any], accounts: int, options: dict[str, Any]
    ) -> dict[str, tuple[str, Callable[[], Any]]]:
        """What is measured of the largest population alone, by part, with its size; the last corrects its lake."""
        from wattloop.bench import charges, comparisons, measures, peers

        days, slots, csv_rows = options["days"], options["slots"], options["csv_rows"]
        rounds, few = options["rounds"], min(3, options["rounds"])
        size, quarters = f"{accounts:,} × {days} × {slots}", f"{accounts:,} × {days} × 96"
        return {
            "charges": (quarters, lambda: charges.charges_ratio(folder / "c", accounts, days, rounds)),
            "what-if": (size, lambda: comparisons.what_if_ratio(folder, people(), few)),
            "peers": ("peers", lambda: [*peers.pandas_groupby(people()), *peers.pysam()]),
            "memory": ("memory", lambda: measures.memory_growth(folder / "m", accounts, days, slots)),
            "import": (f"{csv_rows:,} rows", lambda: measures.import_ratios(folder, csv_rows, few) if csv_rows else []),
            "rebill": (size, lambda: comparisons.rebill_ratios(folder, people(), few)),
        }

    def _say(self, found: list[Any], *, as_json: bool) -> None:
        from wattloop.management import tables

        if as_json:
            self.stdout.write(
                json.dumps([{"size": size, **r.as_dict()} for size, r in found], ensure_ascii=False, indent=1)
            )
            return
        rows = [
            [
                size,
                r.name,
                "" if r.ratio is None else f"{r.ratio:.2f} ×",
                "" if r.bound is None else f"{r.bound:.2f} ×",
                {True: "met", False: "MISSED", None: ""}[r.met],
                f"{r.seconds:.3f}" if r.seconds else "",
                "" if r.readings_per_second is None else f"{r.readings_per_second / 1e6:,.1f}",
            ]
            for size, r in found
        ]
        names = ["size", "what", "ratio", "bound", "", "seconds", "million readings/s"]
        tables.wide_console().print(tables.table("", names, rows, 2))
