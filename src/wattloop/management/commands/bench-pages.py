"""`wattloop bench-pages`: how fast the pages of a home with data answer, alone and with many people at work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Serve the home, look at its pages, and say what they took."""

    help = "how fast the pages of a filled home answer"

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--by", metavar="USER", help="who looks (default: the first who may approve bill runs)")
        add("--rounds", type=int, default=20, help="times each page is looked at (default: 20)")
        add("--clients", type=int, default=16, help="people at once; 0: none (default: 16)")
        add("--port", type=int, default=8765)
        add("--json", action="store_true", help="the results as a JSON list")

    def handle(self, *_: Any, **options: Any) -> None:
        """Measure."""
        from django.conf import settings

        from wattloop.bench import pages, pages_work

        user = pages_work.somebody(options["by"])
        places = pages_work.places(user)
        if not places:
            raise Refused("this home holds no bill run", "Fill one: make demo.", file=str(settings.HOME))
        found = []
        with pages.served(Path(settings.HOME), options["port"]):
            session = pages.session_of(user)
            found += [("alone", one) for one in pages.alone(options["port"], session, places, options["rounds"])]
            if options["clients"]:
                seen = pages.together(
                    options["port"], session, places, clients=options["clients"], while_=pages_work.bill_and_import
                )
                found += [(f"{options['clients']} at once", one) for one in seen]
        self._say(found, as_json=options["json"])
        failed = [said for _, one in found for said in one.failed]
        if failed:
            raise Refused(f"{len(failed)} answers failed", f"The first: {failed[0]}")

    def _say(self, found: list[Any], *, as_json: bool) -> None:
        from wattloop.management.tables import table, wide_console

        columns = ["page", "when", "answers", "median ms", "p95 ms", "failed"]
        rows = [
            (one.name, when, len(one.seconds), round(one.quantile(0.5) * 1e3, 1), round(one.quantile(0.95) * 1e3, 1),
             len(one.failed))
            for when, one in found
        ]  # fmt: skip
        if as_json:
            self.say("", [dict(zip(columns, row, strict=True)) for row in rows])
            return
        told = [[str(cell) for cell in row] for row in rows]
        wide_console().print(table("How fast pages answer", columns, told, left=2))
