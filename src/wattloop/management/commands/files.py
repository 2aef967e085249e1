"""`wattloop files`: whether stored files are there as they were stored."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from wattloop.library.quantity.counts import counted
from wattloop.management.output import RefusingCommand, subcommand

BROKEN = 1


class Command(RefusingCommand):
    """Check the stored files."""

    help = "check that every stored file is there as it was stored"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Subcommands."""
        parsers = parser.add_subparsers(required=True, metavar="check")
        check = subcommand(parsers, "check", self._check, "read all; exit code 1 when one is missing or altered")
        check.add_argument("--remove-orphans", action="store_true", help="delete files that nothing tells of")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the subcommand."""
        options["run"](options)

    def _check(self, options: dict[str, Any]) -> None:
        from wattloop.apps.records import files

        found = files.check()
        for what, those in (("is missing", found.missing), ("was altered", found.altered)):
            for stored in those:
                self.stderr.write(f"{stored.name} ({stored.digest}) {what}")
        for orphan in found.orphans:
            self.say(f"nothing tells of {orphan}")
            if options["remove_orphans"]:
                orphan.unlink()
        self.say(f"{counted(found.whole, 'stored file')} as stored, {counted(len(found.orphans), 'orphan')}")
        if found.missing or found.altered:
            sys.exit(BROKEN)
