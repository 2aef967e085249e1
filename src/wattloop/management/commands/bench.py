"""`wattloop bench`: the speed and memory that the design promises, measured on this machine."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand

PARTS = ["rating", "rebill", "what-if", "memory", "import", "peers"]


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
        from wattloop.bench import comparisons, measures, peers

        if options["slots"] not in (24, 48, 96) or not 1 <= options["days"] <= 30 or min(options["accounts"]) < 4:
            raise Refused("the bench takes 24, 48 or 96 slots, 1 to 30 days and at least 4 accounts")
        only = options["only"] or PARTS
        found: list[tuple[str, measures.Result]] = []
        if options["folder"]:
            Path(options["folder"]).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=options["folder"]) as held:
            folder = Path(held)
            for accounts in sorted(options["accounts"]):
                if "rating" in only or "peers" in only:
                    people = measures.Population(folder / f"r{accounts}", accounts, options["days"], options["slots"])
                    size = f"{accounts:,} × {options['days']} × {options['slots']}"
                if "rating" in only:
                    found += [(size, r) for r in measures.rating_ratios(people, options["rounds"])]
            largest = max(options["accounts"])
            if {"rebill", "what-if"} & {*only}:
                people = measures.Population(folder / f"r{largest}", largest, options["days"], options["slots"])
                size, rounds = f"{largest:,} × {options['days']} × {options['slots']}", min(3, options["rounds"])
            if "what-if" in only:
                found += [(size, r) for r in comparisons.what_if_ratio(folder, people, rounds)]
            if "peers" in only:
                found += [("peers", r) for r in [*peers.pandas_groupby(people), *peers.pysam()]]
            if "memory" in only:
                (folder / "m").mkdir()
                grown = measures.memory_growth(folder / "m", largest, options["days"], options["slots"])
                found += [("memory", r) for r in grown]
            if "import" in only and options["csv_rows"]:
                taken = measures.import_ratios(folder, options["csv_rows"], min(3, options["rounds"]))
                found += [(f"{options['csv_rows']:,} rows", r) for r in taken]
            if "rebill" in only:  # last: it corrects the lake
                found += [(size, r) for r in comparisons.rebill_ratios(folder, people, rounds)]
        self._say(found, as_json=options["json"])

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
