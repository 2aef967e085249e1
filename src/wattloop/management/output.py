"""What commands share: one way to print, one way to show progress, one way to refuse."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from wattloop.library.quantity.refusal import Refused

REFUSED = 2


class RefusingCommand(BaseCommand):
    """A command whose refused input is one message on standard error and exit code 2."""

    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run, and turn a refusal into its message."""
        try:
            return super().execute(*args, **options)
        except Refused as refused:
            sys.stdout.flush()
            self.stderr.write(str(refused))
            sys.exit(REFUSED)
        except KeyboardInterrupt:
            self.stderr.write("stopped; nothing was left half-done")
            sys.exit(130)
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output went away, as `head` does
            sys.exit(0)


def subcommand(parsers: Any, name: str, run: Callable[..., None], help_text: str) -> ArgumentParser:
    """A subcommand that calls `run(options)`."""
    parser: ArgumentParser = parsers.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(run=run)
    return parser


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, silence elsewhere; yields a function told rows done and expected."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"),
        TimeElapsedColumn(), console=console, transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
