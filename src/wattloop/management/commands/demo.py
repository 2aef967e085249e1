"""`wattloop demo`: from readings to bills in one go, on an example county or on a file of your own."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, progress_bar

MARK = ".wattloop-demo"


class Command(RefusingCommand):
    """Import, rate the last whole month, and say what came of it."""

    help = "readings to bills in one go: an example county, or a file of your own"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        parser.add_argument("--readings", help="a file of your own instead of the example county")
        parser.add_argument("--tariff", help="a tariff for it (default: the example's yearly residential tariff)")
        parser.add_argument("--month", help="YYYY-MM instead of the last whole month there are readings for")
        parser.add_argument("--accounts", type=int, default=2_000, help="customers of the example county")
        for name in ("unit", "stamp", "zone", "encoding", "delimiter"):
            parser.add_argument(f"--{name}", help="as for `wattloop readings import`")
        parser.add_argument("--slots", type=int, help="as for `wattloop readings import`")
        parser.add_argument("--columns", action="append", default=[], metavar="ROLE=NAME,…")
        parser.add_argument("--out", default="out/demo", help="folder for the lake and the lines, made anew")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the demo."""
        from wattloop.management.tables import wide_console

        self.console = wide_console()
        self.steps: list[tuple[str, float]] = []
        out = _fresh(Path(options["out"]))
        if options["readings"]:
            self._own(out, options)
        else:
            self._county(out, options)
        total = sum(seconds for _, seconds in self.steps)
        self.console.print("How long it took", style="bold")
        for name, seconds in self.steps:
            self.console.print(f"  {name:<28}{seconds:>8.2f} s")
        self.console.print(f"  {'all of it':<28}{total:>8.2f} s")
        self.console.print(f"The lake is in {out}/lake, the bill lines in {out}/lines.parquet.")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.steps.append((name, time.perf_counter() - began))

    def _county(self, out: Path, options: dict[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.csv as pa_csv

        from wattloop.example import ENTERPRISE
        from wattloop.example.county import write_county
        from wattloop.library import tariffs
        from wattloop.library.rating.examples import check_examples

        with self._step("making the county"), progress_bar("making the county") as progress:
            write_county(out, accounts=options["accounts"], progress=progress)
        accounts = pa_csv.read_csv(
            out / "accounts.csv",
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(("agreement", "point"), pa.string())),
        )
        with self._step("loading tariffs"):
            known = [tariffs.load(p, check_examples) for p in sorted((ENTERPRISE / "tariffs").glob("*.yaml"))]
        self._bill(out, out / "readings.parquet", known, accounts, options, zone="Asia/Shanghai")

    def _own(self, out: Path, options: dict[str, Any]) -> None:
        from wattloop.example import ENTERPRISE
        from wattloop.library import tariffs
        from wattloop.library.rating.examples import check_examples

        path = options["tariff"] or str(ENTERPRISE / "tariffs" / "residential-yearly.yaml")
        with self._step("loading the tariff"):
            known = [tariffs.load(path, check_examples)]
        self._bill(out, Path(options["readings"]), known, None, options, zone=None)

    def _bill(
        self, out: Path, file: Path, known: list[Any], accounts: Any, options: dict[str, Any], zone: str | None
    ) -> None:
        from wattloop.library import rating, readings, tariffs
        from wattloop.library.rating.showing import Bills
        from wattloop.management import demo_report as report
        from wattloop.management.commands.readings import columns_told
        from wattloop.management.exceptions_report import say_exceptions

        lake = readings.open_lake(out / "lake", zone)
        told = {k: options[k] for k in ("unit", "stamp", "zone", "encoding", "delimiter", "slots")}
        told["columns"] = columns_told(options["columns"])
        with self._step("importing readings"), progress_bar(f"reading {file}") as progress:
            taken = readings.import_file(lake, file, progress=progress, **(told if options["readings"] else {}))
        self.console.print(str(taken))
        start, end = _month(options["month"], taken.first, taken.last)
        if options["readings"] and not options["tariff"]:
            # The example's prices stand in for the user's own, at whatever time the readings are from.
            known = [tariffs.at_any_time(t) for t in known]
        snapshot = lake.snapshot()
        with self._step(f"rating {start:%B %Y}"):
            run = rating.run(snapshot, known, start, end, agreements=accounts, out=out / "lines.parquet")
        with self._step("asking the lines"):
            bills = Bills(str(out / "lines.parquet"))
            report.totals(self.console, bills, accounts)
            report.peak(self.console, snapshot, taken.slots, start, end - dt.timedelta(days=1), accounts)
            report.largest(self.console, bills, accounts)
            report.in_full(self.console, bills)
        self.console.print(f"{run.bills:,} bills with {run.line_count:,} lines.")
        say_exceptions(self.console, run.exceptions)


def _fresh(out: Path) -> Path:
    """An empty folder for the demo; an old demo's is emptied, anything else is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).exists():
            raise Refused(f"{out} is not empty and no demo's", "Name another folder with --out.")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()
    return out


def _month(told: str | None, first: dt.date | None, last: dt.date | None) -> tuple[dt.date, dt.date]:
    from wattloop.library.rating.periods import next_month
    from wattloop.management.days import day

    if told:
        start = day(told, "--month")
        assert start is not None
        return start.replace(day=1), next_month(start)
    if first is None or last is None:
        raise Refused("there are no readings to rate")
    end = (last + dt.timedelta(days=1)).replace(day=1)
    start = (end - dt.timedelta(days=1)).replace(day=1)
    if start < first.replace(day=1) or (start == first.replace(day=1) and first.day > 1):
        raise Refused(f"the readings from {first} to {last} hold no whole month", "Name one with --month YYYY-MM.")
    return start, end
