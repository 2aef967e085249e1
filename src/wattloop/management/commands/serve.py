"""`wattloop serve`: the pages and the worker, together until stopped."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from wattloop import environment, parenting
from wattloop.management.output import RefusingCommand


class Command(RefusingCommand):
    """Serve the pages and run the jobs."""

    help = "serve the pages and run the jobs, together until stopped"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        add = parser.add_argument
        add("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1, this machine alone)")
        add("--port", type=int, default=8000, help="on which port (default: 8000)")
        add("--workers", type=int, default=1, metavar="N", help="processes that serve pages (default: 1)")
        add("--no-worker", action="store_true", help="serve the pages alone; jobs wait")
        add("--no-migrate", action="store_true", help="leave the database's tables as they are")

    def handle(self, *_: Any, **options: Any) -> None:
        """Serve until Ctrl-C or SIGTERM."""
        from wattloop.management import processes
        from wattloop.management.children import Children

        host, port = options["host"], options["port"]
        processes.refuse_taken(host, port)
        os.environ[parenting.SERVED] = "1"
        environment.home().mkdir(parents=True, exist_ok=True)
        environment.make_secret_key()
        if not options["no_migrate"]:
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
        children = Children(self.stderr.write, all=[processes.pages(host, port, options["workers"])])
        if not options["no_worker"]:
            children.all.append(processes.worker(quiet=True))
        told = False

        def tell() -> None:
            nonlocal told
            if not told and processes.answers(host, port):
                told = True
                self.say(f"Wattloop is at http://{_shown(processes.reached(host))}:{port}/ (Ctrl-C stops it)")
                self.stdout.flush()

        sys.exit(children.run(tell))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
