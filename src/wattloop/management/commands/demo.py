"""`wattloop demo`: from readings to bills in one go, on an example county or on a file of your own."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, progress_bar
from wattloop.management.tariff_files import load_tariffs

_TOLD = ("unit", "stamp", "zone", "encoding", "delimiter", "slots")


class Command(RefusingCommand):
    """Import, rate the last whole month, and say what came of it."""

    help = "readings to bills in one go: an example county or your own file"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--readings", metavar="FILE", help="a file of your own instead of the example county")
        add("--tariff", metavar="FILE", help="a tariff for it (default: the example's yearly residential tariff)")
        add("--month", metavar="YYYY-MM", help="the month to bill (default: the last whole one there are readings for)")
        add("--accounts", type=int, default=2_000, help="customers of the example county (default: 2000)")
        add("--months", type=int, default=13, help="months of readings, this one the last (default: 13)")
        add("--out", metavar="FOLDER", help="what the demo makes goes here (default: out/demo, or out/own)")
        add("--anew", action="store_true", help="make the county again, even where it is there already")
        add("--no-console", action="store_true", help="bill the month and fill no console")
        add("--founding", action="store_true", help=argparse.SUPPRESS)  # the process that fills it: demo_platform
        add("--first", type=dt.date.fromisoformat, help=argparse.SUPPRESS)
        told = parser.add_argument_group("for a file of your own, as for `wattloop readings import`").add_argument
        for name in ("unit", "stamp", "zone", "encoding", "delimiter"):
            told(f"--{name}")
        told("--slots", type=int)
        told("--columns", action="append", default=[], metavar="ROLE=NAME,…")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the demo."""
        from wattloop.management.demo_folder import Folder
        from wattloop.management.tables import wide_console

        self.console = wide_console()
        self.steps: list[tuple[str, float]] = []
        month = _month_told(options["month"])
        own = options["readings"]
        folder = Folder(Path(options["out"] or ("out/own" if own else "out/demo")))
        folder.refuse_unless_ours()
        if options["founding"]:
            from wattloop.management import demo_platform

            assert month is not None
            demo_platform.found(folder.path, options["first"], month, self.console)
        elif own:
            self._own(folder, options, month)
        else:
            self._county(folder, options, month)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.steps.append((name, time.perf_counter() - began))

    def _county(self, folder: Any, options: dict[str, Any], month: dt.date | None) -> None:
        import pyarrow as pa
        import pyarrow.csv as pa_csv

        from wattloop.example import ENTERPRISE
        from wattloop.example.county import SEED, span_until_yesterday, write_county
        from wattloop.library import readings
        from wattloop.management.demo_folder import county_wanted

        accounts = options["accounts"]
        if not 1 <= accounts <= 100_000:
            raise Refused(f"a county of {accounts:,} customers cannot be made", "Take 1 to 100000.", field="--accounts")
        if not 2 <= options["months"] <= 36:
            raise Refused(f"a county has 2 to 36 months, not {options['months']}", field="--months")
        first, last = span_until_yesterday(options["months"])
        start, end = _month(month, first, last)
        wanted = county_wanted(accounts, first, last, SEED)
        kept = None if options["anew"] else folder.kept(wanted)
        if kept is None:
            folder.clear()
            with self._step("making the county"), progress_bar("making the county", "customers") as progress:
                write_county(folder.path, accounts=accounts, first_day=first, last_day=last, progress=progress)
        self.console.print(
            f"The example county: {counted(accounts, 'customer')}, {first} to {last}; "
            + ("it was there already, from a run before this." if kept else "seeded, the same whoever makes it today."),
            soft_wrap=True,
        )
        lake = readings.open_lake(folder.lake, "Asia/Shanghai")
        with self._step("importing readings"), progress_bar(f"reading {folder.readings}") as progress:
            taken = [readings.import_file(lake, folder.readings, progress=progress)]
            if folder.reactive.exists():
                taken.append(readings.import_file(lake, folder.reactive, unit="varh", channel="reactive_in"))
            if folder.registers.exists():
                taken.append(readings.import_file(lake, folder.registers))
        for report in taken:
            self.console.print(str(report), soft_wrap=True)
        planted = pa_csv.read_csv(folder.faults)
        self.console.print(
            f"  {counted(len(planted), 'fault')} planted, and {folder.faults} lists them all\n",
            soft_wrap=True,
            highlight=False,
        )
        folder.note(wanted)
        held = pa_csv.read_csv(
            folder.accounts,
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(("agreement", "point"), pa.string())),
        )
        files = folder.copy_enterprise(ENTERPRISE)
        self._bill(folder, lake.snapshot(), files, held, 96, start, end)
        if not options["no_console"]:
            from wattloop.management import demo_platform

            began = time.perf_counter()
            demo_platform.found_in_child(folder.path, first, start)
            self.console.print(f"\nThe console: {time.perf_counter() - began:.0f} s. To open it: make demo, or")
            self.console.print(f"  {demo_platform.serving(folder.path)}", soft_wrap=True)

    def _own(self, folder: Any, options: dict[str, Any], month: dt.date | None) -> None:
        from wattloop.example import ENTERPRISE
        from wattloop.library import readings, tariffs
        from wattloop.management.commands.readings import columns_told

        file = Path(options["readings"])
        if folder.holds(file):
            mend = "Name another folder with --out."
            raise Refused(f"it lies in {folder.path}, which the demo clears away", mend, file=str(file))
        if not file.is_file():
            what = "this is a folder" if file.is_dir() else "there is no such file"
            raise Refused(what, "Name a file of readings.", file=str(file))
        told_tariff = options["tariff"]
        tariff = Path(told_tariff or ENTERPRISE / "tariffs" / "residential-yearly.yaml")
        tariffs.load_versions(tariff)
        told = {name: options[name] for name in _TOLD} | {"columns": columns_told(options["columns"])}
        zone = options["zone"]
        folder.clear()
        try:
            lake = readings.open_lake(folder.lake, zone)
            with self._step("importing readings"), progress_bar(f"reading {file}") as progress:
                taken = readings.import_file(lake, file, progress=progress, **told)
        except Refused:
            folder.remove()
            raise
        self.console.print(str(taken), soft_wrap=True)
        if taken.first is None or taken.last is None:
            raise Refused("there are no readings in it", "Name another file.", file=str(file))
        start, end = _month(month, taken.first, taken.last)
        if told_tariff is None:
            clock = f"the local clock of {zone}" if zone else "their own standard time (--zone NAME: a local clock)"
            self.console.print(f"The example's residential tariff stands in for yours, on {clock}.", soft_wrap=True)
        self.console.print()
        # The example's prices are asked for at whatever time the readings are from, and wherever.
        file = tariff if told_tariff is not None else folder.stand_in(tariff, zone)
        self._bill(folder, lake.snapshot(), [file], None, taken.slots, start, end)

    def _bill(
        self, folder: Any, snapshot: Any, files: list[Path], accounts: Any, slots: int, start: dt.date, end: dt.date
    ) -> None:
        from wattloop.library import rating
        from wattloop.library.rating.agreements.file import read_agreements
        from wattloop.library.rating.showing import Bills
        from wattloop.management import demo_report as report
        from wattloop.management.exceptions_report import say_exceptions

        with self._step("loading tariffs"):
            known = load_tariffs(files)
        with self._step(f"rating {start:%B %Y}"):
            terms = None if accounts is None else read_agreements(folder.agreements)
            folder.unbook()
            run = rating.book(folder.booked, snapshot, known, start, end, agreements=terms)
        [(_, lines)] = rating.Booked(folder.booked).line_files()
        with self._step("asking the lines"):
            bills = Bills(str(lines))
            report.totals(self.console, bills, accounts)
            report.peak(self.console, snapshot, slots, start, end - dt.timedelta(days=1), accounts)
            report.largest(self.console, bills, accounts)
            shown = report.in_full(self.console, bills, accounts)
        self.console.print(f"Bills: {run.bills:,}, with {counted(run.line_count, 'line')}", soft_wrap=True)
        say_exceptions(self.console, run.exceptions)
        self.console.print()
        report.seconds(self.console, self.steps)
        due = None if accounts is None else report.factory(bills)
        report.what_next(self.console, folder, files, shown, due, (start, end))


def _month_told(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007
    except ValueError:
        raise Refused(f"{text!r} is not a month", "Write YYYY-MM.", field="--month") from None


def _month(told: dt.date | None, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """The month to bill: the one told, or the last whole one between two days."""
    from wattloop.library.rating.agreements.periods import next_month

    if told is not None:
        if told > last or next_month(told) <= first:
            mend = "Name a month between them."
            raise Refused(f"there are no readings in {told:%Y-%m}, only from {first} to {last}", mend, field="--month")
        return told, next_month(told)
    end = (last + dt.timedelta(days=1)).replace(day=1)
    start = (end - dt.timedelta(days=1)).replace(day=1)
    if start < first:
        part = f"{last:%Y-%m}"
        raise Refused(
            f"the readings from {first} to {last} hold no whole month",
            f"To bill the part of one that there is, add --month {part} (make demo DEMO_OPTIONS='--month {part}').",
        )
    return start, end
