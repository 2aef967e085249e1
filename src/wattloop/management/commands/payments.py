"""`wattloop payments`: a bank's statement taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, progress_bar, subcommand


class Command(RefusingCommand):
    """Take a bank's statement in."""

    help = "payments: import takes a bank's statement in, each row once"

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands and their options."""
        parsers = parser.add_subparsers(required=True, metavar="import")
        take = subcommand(parsers, "import", self.take, "take a bank's statement (CSV) in, each row once")
        take.add_argument("file")
        take.add_argument("--dry-run", action="store_true", help="say what would be taken in")
        take.add_argument("--by", metavar="USER", help="who does it (default: the system)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Call the subcommand."""
        options["run"](options)

    def take(self, options: dict[str, Any]) -> None:
        """Take it in, or look at it."""
        from wattloop.apps.receivables import bankimport
        from wattloop.management.people import actor

        path = Path(options["file"])
        if not path.is_file():
            raise Refused("there is no such file", file=options["file"])
        if options["dry_run"]:
            look = bankimport.preview(path)
            told = ", ".join(f"{count:,} {state}" for state, count in sorted(look.states.items()))
            self.say(
                f"{look.name}: {counted(look.rows, 'row')}, {look.known:,} known already, "
                f"{counted(look.refusals, 'row')} would be refused; {told or 'nothing'} would be taken in"
            )
            for row in look.refused:
                self.say(f"  row {row.number}: {row.refused}")
            return
        with progress_bar(f"taking {path.name} in") as progress:
            done = bankimport.take_in(path, path.name, by=actor(options["by"]), told=lambda rows: progress(rows, 0))
        self.say(
            f"{done.name}: {counted(done.rows, 'row')}: {counted(done.taken, 'payment')} taken in, "
            f"{done.known:,} known already, {counted(done.refused, 'row')} refused"
        )
