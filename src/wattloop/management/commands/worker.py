"""`wattloop worker`: run the jobs that wait."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Run the jobs that wait."""

    help = "run the jobs that wait: bill runs, imports, what runs by itself"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said."""
        parser.add_argument("--once", action="store_true", help="end when nothing waits")

    def handle(self, **options: Any) -> None:
        """Work."""
        from wattloop.apps.records.jobs.worker import Worker

        worker = Worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run(once=options["once"])
