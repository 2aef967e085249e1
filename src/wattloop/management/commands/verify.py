"""`wattloop verify`: a bill's file computed again, offline, from what it carries."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.management.output import REFUSED, RefusingCommand

SHOWN = 10


class Command(RefusingCommand):
    """Verify bills."""

    help = "compute bills again from their files, offline, and compare"

    def add_arguments(self, parser: CommandParser) -> None:
        """Files."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="what `wattloop explain --json` wrote")

    def handle(self, *_: Any, files: list[str], **__: Any) -> None:
        """Say of each file that it is ok, or what in it does not follow."""
        from wattloop.library import rating

        wrong = False
        for file in files:
            found = rating.verify(file)
            if not found.differences:
                self.stdout.write(
                    f"{file}: ok, {counted(found.lines, 'line')}, {found.total} {found.currency}, {found.agreement}, "
                    f"{found.start} up to {found.end}"
                )
                continue
            wrong = True
            for said in found.differences[:SHOWN]:
                self.stderr.write(f"{file}: {said}")
            if len(found.differences) > SHOWN:
                self.stderr.write(f"{file}: and {len(found.differences) - SHOWN} more")
        if wrong:
            sys.exit(REFUSED)
