"""`wattloop customers`: take customers and what belongs to them in, write them out, look for what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, progress_bar, subcommand, writable

ORDER = (
    "customers", "contacts", "agreements", "transformers", "feeders", "areas", "supplies", "meters", "prospects",
    "old-numbers", "opening-tiers",
)  # fmt: skip


class Command(RefusingCommand):
    """Import, export and check customers, agreements, meters, grid places and prospects."""

    help = "customers, agreements, meters: import, export, check"

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands and their options."""
        parsers = parser.add_subparsers(required=True, metavar="import | export | check")
        take = subcommand(parsers, "import", self.take, "take a file in, or a folder of files named after tables")
        take.add_argument("path", help="FILE.csv, FILE.xlsx, or a folder")
        take.add_argument("--table", choices=ORDER, help="what the file holds (default: its name)")
        take.add_argument("--dry-run", action="store_true", help="say what would change and change nothing")
        take.add_argument(
            "--refused", metavar="FOLDER", help="where refused rows are written (default: beside the file)"
        )
        take.add_argument("--by", metavar="USER", help="who does it (default: the system)")
        take.add_argument("--json", action="store_true", help="the reports as a JSON list")
        give = subcommand(parsers, "export", self.give, "write a table as CSV or XLSX")
        give.add_argument("table", choices=ORDER)
        give.add_argument("file", help="FILE.csv or FILE.xlsx")
        give.add_argument("--by", metavar="USER", help="whose units' rows are written (default: everybody's)")
        subcommand(parsers, "check", self.check, "what is wrong with customers, agreements and meters that are there")

    def handle(self, *_: Any, **options: Any) -> None:
        """Call the subcommand."""
        options["run"](options)

    def take(self, options: dict[str, Any]) -> None:
        """Import a file or a folder."""
        from wattloop.apps.customers.importing.tables import table_named
        from wattloop.apps.customers.importing.taking import take
        from wattloop.management.people import actor, told

        path, by = Path(options["path"]), actor(options["by"])
        reports = []
        for name, file in _files(path, options["table"]):
            aside = Path(options["refused"] or file.parent) / f"{file.stem}.refused.csv"
            with progress_bar(f"reading {file.name}") as progress:
                report = take(
                    file, table_named(name), by=by, dry_run=options["dry_run"], refused_to=aside, progress=progress
                )
            reports.append(report.as_dict())
            if not options["json"]:
                self.say(told(report, aside))
        if options["json"]:
            self.say("", reports)

    def give(self, options: dict[str, Any]) -> None:
        """Export a table."""
        from wattloop.apps.customers.importing.exporting import export
        from wattloop.apps.customers.importing.tables import table_named
        from wattloop.management.people import actor

        count = export(table_named(options["table"]), writable(options["file"], "file"), by=actor(options["by"]))
        self.say(f"{options['file']}: {count:,} rows")

    def check(self, options: dict[str, Any]) -> None:
        """Say what is wrong."""
        from wattloop.apps.metering.checks import findings

        count = 0
        for finding in findings():
            count += 1
            self.say(f"{finding.about}: {finding.said}")
        self.say(f"{count:,} findings" if count else "nothing is wrong")


def _files(path: Path, table: str | None) -> list[tuple[str, Path]]:
    """Files with the tables they hold, in the order in which they need each other."""
    if path.is_dir():
        held = {p.stem: p for p in sorted(path.iterdir()) if p.suffix.lower() in (".csv", ".xlsx")}
        found = [(name, held[name]) for name in ORDER if name in held]
        if not found:
            raise Refused("the folder holds no table", f"Name files {', '.join(ORDER[:3])} and so on.", file=str(path))
        return found
    if not path.is_file():
        raise Refused("there is no such file", file=str(path))
    name = table or path.stem
    if name not in ORDER:
        raise Refused(f"{path.name} does not tell what it holds", f"Say --table: {', '.join(ORDER)}.", file=str(path))
    return [(name, path)]
