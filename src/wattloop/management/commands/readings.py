"""`wattloop readings`: bring readings into a lake, take them out, look at them."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, progress_bar, subcommand, writable

SHAPE = ("unit", "stamp", "encoding", "delimiter", "decimal", "slots", "channel")


class Command(RefusingCommand):
    """Import, export and show readings; close a month of a lake and let old versions go."""

    help = "readings into a lake and out: import, export, show, fold, retain"

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands and their options."""
        parsers = parser.add_subparsers(required=True, metavar="import | export | show | fold | retain")
        _import_options(subcommand(parsers, "import", self.take, "import a file of readings into a lake"))
        _export_options(subcommand(parsers, "export", self.give, "write readings of a lake to a file"))
        _show_options(subcommand(parsers, "show", self.show, "what a lake holds, or one point's days"))
        _fold_options(subcommand(parsers, "fold", self.fold, "close a month: fold its corrections in"))
        _retain_options(subcommand(parsers, "retain", self.retain, "let go of versions no bill cites, and their files"))

    def handle(self, *_: Any, **options: Any) -> None:
        """Call the subcommand."""
        options["run"](options)

    def take(self, options: dict[str, Any]) -> None:
        """Import a file."""
        from wattloop.library import readings

        file, columns = options["file"], columns_told(options["columns"])
        shape = {"columns": columns, **{name: options[name] for name in SHAPE}}
        with ExitStack() as stack:
            folder = options["lake"]
            if not _is_lake(folder):
                # A lake is made by opening it: not for a file that is refused at sight, nor for a dry run.
                readings.recognise(file, **shape)
                folder = stack.enter_context(TemporaryDirectory()) if options["dry_run"] else folder
            lake = readings.open_lake(folder, options["lake_zone"])
            progress = stack.enter_context(progress_bar(f"reading {Path(file).name}"))
            told = {name: options[name] for name in ("zone", "dry_run", "again")}
            report = readings.import_file(lake, file, progress=progress, **shape, **told)
        self.say(report, report.as_dict() if options["json"] else None)

    def give(self, options: dict[str, Any]) -> None:
        """Export to a file."""
        from wattloop.library import readings
        from wattloop.management.days import day

        of_intervals = {name: options[name] for name in ("shape", "slots", "channel") if options[name] is not None}
        if options["registers"] and of_intervals:
            option = f"--{next(iter(of_intervals))}"
            raise Refused("registers have one shape and name what they count", f"Leave {option} out.", field=option)
        write: Any = readings.export_registers if options["registers"] else readings.export
        count = write(
            readings.open_existing(options["lake"]),
            writable(options["file"], "file"),
            points=options["points"],
            first=day(options["first"], "--from"),
            last=day(options["last"], "--to"),
            version=options["as_of"],
            **of_intervals,
        )
        what = "readings" if options["file"].endswith(".xml") else "rows"
        self.say(f"{options['file']}: {count:,} {what}")

    def show(self, options: dict[str, Any]) -> None:
        """Show a lake, or a point of it."""
        from wattloop.library import readings
        from wattloop.library.readings import showing, showing_point
        from wattloop.management.days import day

        snapshot = readings.open_existing(options["lake"]).snapshot(options["as_of"])
        first, last = day(options["first"], "--from"), day(options["last"], "--to")
        shown: Any = (
            showing_point.point(snapshot, options["point"], first, last)
            if options["point"]
            else showing.overview(snapshot)
        )
        self.say(shown, shown.as_dict() if options["json"] else None)

    def fold(self, options: dict[str, Any]) -> None:
        """Close a month."""
        from wattloop.library import readings

        lake = readings.open_existing(options["lake"])
        count = readings.fold(lake, options["month"])
        told = {"month": options["month"], "folded": count, "version": lake.snapshot().version}
        corrections = counted(count, "correction")
        said = f"{options['month']}: {corrections} folded in, version {told['version']} of {options['lake']}"
        nothing = f"{options['month']}: no corrections to fold in, {options['lake']} stays as it is"
        self.say(said if count else nothing, told if options["json"] else None)

    def retain(self, options: dict[str, Any]) -> None:
        """Let old versions go."""
        from dataclasses import asdict

        from wattloop.library import readings

        found = readings.retain(readings.open_existing(options["lake"]), options["keep"], dry_run=options["dry_run"])
        would = "would be " if options["dry_run"] else ""
        said = (
            f"{options['lake']}: {counted(len(found.kept), 'version')} kept, "
            f"{len(found.forgotten):,} {would}forgotten; "
            f"{counted(found.files, 'file')} of {found.bytes / 2**20:,.1f} MiB {would}deleted"
        )
        self.say(said, asdict(found) if options["json"] else None)


def _is_lake(folder: str) -> bool:
    from wattloop.library import readings

    try:
        readings.open_existing(folder)
    except Refused:
        return False
    return True


def columns_told(texts: list[str]) -> dict[str, str] | None:
    """The mapping of roles to column names; a comma only parts two of them where a role follows it."""
    told = {}
    for pair in (pair for text in texts for pair in re.split(r",(?=\s*\w+=)", text)):
        role, is_pair, name = pair.partition("=")
        if not (is_pair and role and name):
            mend = "Write --columns point=meter,start=time,value=kwh."
            raise Refused(f"{pair!r} is not ROLE=NAME", mend, field="--columns")
        told[role.strip()] = name
    return told or None


def _import_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("file", help="CSV or Parquet, Green Button XML, or XLSX of registers; what it is, is recognised")
    add("--lake", default="lake", help="folder of the lake, made if absent (default: lake)")
    add("--lake-zone", metavar="ZONE", help="zone of a new lake's standard time, such as Asia/Shanghai")
    add("--columns", action="append", default=[], metavar="ROLE=NAME,…", help="point=…,start=…,day=…,time=…,value=…")
    add("--unit", help="kWh, Wh or kW (average power); kvarh, varh or kvar; V or kV")
    add("--stamp", help="what a stamp marks: start or end of its interval")
    add("--zone", help="the stamps are on the local clock of this zone, such as Europe/Zurich")
    add("--encoding", help="utf-8 or gb18030, where the file does not tell")
    add("--delimiter", help="what separates the columns of a CSV file")
    add("--decimal", help="the decimal mark of a CSV file: . or ,")
    add("--slots", type=int, help="readings a day: 24, 48, 96, 144 or 288")
    add("--channel", help="the channel of all readings (default: active_in, or voltage by its unit)")
    add("--dry-run", action="store_true", help="say what would happen, change nothing")
    add("--again", action="store_true", help="take in a file that was imported before, over what came after it")
    add("--json", action="store_true", help="the report as JSON")


def _export_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("file", help="CSV, Parquet or Green Button, by its ending: .csv, .parquet or .xml")
    add("--points", nargs="+", metavar="POINT", help="only these points")
    add("--registers", action="store_true", help="register readings instead of intervals")
    add("--shape", choices=["long", "wide"], help="a reading a row, or a day a row (default: long)")
    add("--slots", type=int, help="readings a day, where the lake holds several")
    add("--channel", help="which channel (default: active_in; in Green Button all)")
    _reading_options(parser)


def _show_options(parser: ArgumentParser) -> None:
    parser.add_argument("point", nargs="?", help="this point's days and registers; without it, what the lake holds")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    _reading_options(parser)


def _reading_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--lake", default="lake", help="folder of the lake (default: lake)")
    add("--from", dest="first", metavar="DAY", help="first day, YYYY-MM-DD")
    add("--to", dest="last", metavar="DAY", help="last day, YYYY-MM-DD")
    add("--as-of", type=int, metavar="VERSION", help="the lake as it was at this version")


def _fold_options(parser: ArgumentParser) -> None:
    parser.add_argument("month", metavar="YYYY-MM", help="the month to close")
    parser.add_argument("--lake", default="lake", help="folder of the lake (default: lake)")
    parser.add_argument("--json", action="store_true", help="what was done as JSON")


def _retain_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--lake", default="lake", help="folder of the lake (default: lake)")
    add("--keep", nargs="+", type=int, metavar="VERSION", help="versions that bills cite; the newest always stays")
    add("--dry-run", action="store_true", help="only say what would go")
    add("--json", action="store_true", help="what was done as JSON")
