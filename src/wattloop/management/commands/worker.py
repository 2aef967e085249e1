"""`wattloop worker`: run the jobs that wait."""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser
from typing import Any

from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Run the jobs that wait."""

    help = "run the jobs that wait: bill runs, imports, what runs by itself"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--once", action="store_true", help="end when nothing waits")
        parser.add_argument("--quiet", action="store_true", help="log warnings alone, not each job and batch")
        parser.add_argument("--processes", type=int, default=1, metavar="N", help="how many jobs at once (default: 1)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Work until stopped."""
        if options["processes"] > 1 and not options["once"]:
            from wattloop.management.children import Children
            from wattloop.management.processes import worker

            quiet = options["quiet"]
            sys.exit(Children(self.stderr.write, all=[worker(quiet=quiet) for _ in range(options["processes"])]).run())
        from wattloop.apps.records.jobs.worker import Worker

        level = logging.WARNING if options["quiet"] else logging.INFO
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        made = Worker()
        made.obey_signals()
        made.run(once=options["once"])
