"""`wattloop readings`: bring readings into a lake, take them out, look at them."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, progress_bar, subcommand


class Command(RefusingCommand):
    """Import, export and show readings."""

    help = "import, export and show readings"

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands and their options."""
        parsers = parser.add_subparsers(required=True, metavar="import | export | show")
        taking = subcommand(parsers, "import", self.take, "import a file of readings into a lake")
        taking.add_argument("file", help="long or wide, CSV or Parquet")
        taking.add_argument("--lake", default="lake", help="folder of the lake, made if absent (default: lake)")
        taking.add_argument("--lake-zone", help="zone of a new lake's standard time, such as Asia/Shanghai")
        taking.add_argument("--columns", nargs="+", default=[], metavar="ROLE=NAME", help="point=, start=, day=, value=")
        taking.add_argument("--unit", help="kWh, Wh or kW (average power)")
        taking.add_argument("--stamp", help="start or end of the interval")
        taking.add_argument("--zone", help="the stamps are on this zone's local clock")
        taking.add_argument("--encoding")
        taking.add_argument("--delimiter")
        taking.add_argument("--slots", type=int, help="readings a day")
        taking.add_argument("--channel", default="active_in")
        taking.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        taking.add_argument("--again", action="store_true", help="take in a file that was imported before")
        taking.add_argument("--json", action="store_true", help="the report as JSON")
        giving = subcommand(parsers, "export", self.give, "write readings to a file")
        giving.add_argument("file", help="CSV or Parquet, by its ending")
        giving.add_argument("--lake", default="lake")
        giving.add_argument("--points", nargs="+")
        giving.add_argument("--from", dest="first", help="first day, YYYY-MM-DD")
        giving.add_argument("--to", dest="last", help="last day, YYYY-MM-DD")
        giving.add_argument("--shape", choices=["long", "wide"], default="long")
        giving.add_argument("--slots", type=int, help="readings a day, where the lake holds several")
        giving.add_argument("--channel", default="active_in")
        giving.add_argument("--as-of", type=int, metavar="VERSION", help="an earlier version of the lake")
        showing = subcommand(parsers, "show", self.show, "what a lake holds, or one point's days")
        showing.add_argument("point", nargs="?")
        showing.add_argument("--lake", default="lake")
        showing.add_argument("--from", dest="first", help="first day, YYYY-MM-DD")
        showing.add_argument("--to", dest="last", help="last day, YYYY-MM-DD")
        showing.add_argument("--as-of", type=int, metavar="VERSION")
        showing.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        """Call the subcommand."""
        options["run"](options)

    def take(self, options: dict[str, Any]) -> None:
        """Import a file."""
        from wattloop.library import readings

        told = {}
        for pair in options["columns"]:
            role, is_pair, name = pair.partition("=")
            if not is_pair:
                raise Refused(f"{pair!r} is not ROLE=NAME", "Write --columns point=meter start=time value=kwh.")
            told[role] = name
        lake = readings.open_lake(options["lake"], options["lake_zone"])
        with progress_bar(f"reading {options['file']}") as progress:
            report = readings.import_file(
                lake,
                options["file"],
                columns=told or None,
                progress=progress,
                **{
                    k: options[k]
                    for k in ("unit", "stamp", "zone", "encoding", "delimiter", "slots", "channel", "dry_run", "again")
                },
            )
        self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=1) if options["json"] else str(report))

    def give(self, options: dict[str, Any]) -> None:
        """Export a file."""
        from wattloop.library import readings
        from wattloop.library.readings.exporting import export
        from wattloop.management.days import day

        count = export(
            readings.open_existing(options["lake"]),
            options["file"],
            points=options["points"],
            first=day(options["first"], "--from"),
            last=day(options["last"], "--to"),
            shape=options["shape"],
            slots=options["slots"],
            channel=options["channel"],
            version=options["as_of"],
        )
        self.stdout.write(f"{options['file']}: {count:,} rows")

    def show(self, options: dict[str, Any]) -> None:
        """Show a lake, or a point."""
        from wattloop.library import readings
        from wattloop.library.readings import showing
        from wattloop.management.days import day

        snapshot = readings.open_existing(options["lake"]).snapshot(options["as_of"])
        first, last = day(options["first"], "--from"), day(options["last"], "--to")
        if options["point"]:
            shown = showing.point(snapshot, options["point"], first, last)
        else:
            shown = showing.overview(snapshot)
        self.stdout.write(json.dumps(shown.as_dict(), ensure_ascii=False, indent=1) if options["json"] else str(shown))
