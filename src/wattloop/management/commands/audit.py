"""`wattloop audit`: whether the audit's chain holds."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from wattloop.library.quantity.counts import counted
from wattloop.management.output import RefusingCommand, progress_bar, subcommand

BROKEN = 1


class Command(RefusingCommand):
    """Seal and verify the audit."""

    help = "verify that no audit entry was altered, removed or inserted"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Subcommands."""
        parsers = parser.add_subparsers(required=True, metavar="verify|seal")
        verify = subcommand(parsers, "verify", self._verify, "compute every hash again; exit code 1 when one differs")
        verify.add_argument("--expect", default="", metavar="NUMBER:HASH", help="a batch that was noted elsewhere")
        verify.add_argument("--json", action="store_true", help="print it as JSON")
        subcommand(parsers, "seal", self._seal, "seal what has settled, now")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the subcommand."""
        options["run"](options)

    def _verify(self, options: dict[str, Any]) -> None:
        from wattloop.apps.records import queries, verifying

        with progress_bar("verifying", "entries") as told:
            found = verifying.verify(options["expect"], lambda entries: told(entries, 0))
        if options["json"]:
            self.say("", asdict(found))
        elif found.broken:
            self.stderr.write(
                f"{found.broken}. What stands before it holds: {counted(found.entries, 'entry', 'entries')}."
            )
        else:
            looked = f"{counted(found.entries, 'entry', 'entries')} in {counted(found.batches, 'batch', 'batches')}"
            waiting = counted(queries.seal_status().waiting, "entry waits", "entries wait")
            self.say(f"The chain holds: {looked}; {waiting} to be sealed.\nNote elsewhere: {found.head}")
            if found.late:
                self.say(f"Sealed over an hour after their time: {found.late}, first entry {found.first_late}.")
        if found.broken:
            sys.exit(BROKEN)

    def _seal(self, _: dict[str, Any]) -> None:
        from wattloop.apps.records import sealing

        self.say(f"sealed {counted(sealing.seal(), 'entry', 'entries')}")
