"""What commands share: one way to print, one way to show progress, one way to refuse."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from wattloop.library.quantity.refusal import Refused

REFUSED = 2
INTERRUPTED = 130


class RefusingCommand(BaseCommand):
    """A command whose refused input is one message on standard error and exit code 2."""

    requires_system_checks: ClassVar[list[str]] = []
    # Django's options work, but are not told: what is left is what the command is about.
    suppressed_base_arguments: ClassVar[set[str]] = {
        "--version", "-v", "--verbosity", "--settings", "--pythonpath", "--no-color", "--force-color", "--skip-checks",
    }  # fmt: skip

    def get_version(self) -> str:
        """Our version, not Django's."""
        from wattloop.management.runner import VERSION

        return VERSION

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run, and turn a refusal into its message."""
        try:
            return super().execute(*args, **options)
        except BrokenPipeError:
            # The reader of our output went away, as `head` does; what is left unwritten has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except Refused as refused:
            self._stop(str(refused), REFUSED)
        except OSError as error:
            if options.get("traceback") or error.strerror is None:
                raise
            self._stop(f"{error.filename}: {error.strerror}" if error.filename else error.strerror, REFUSED)
        except KeyboardInterrupt:
            self._stop("stopped", INTERRUPTED)

    def say(self, shown: Any, as_json: Any = None) -> None:
        """Print a text, or a value as JSON where one is given."""
        self.stdout.write(str(shown) if as_json is None else json.dumps(as_json, ensure_ascii=False, indent=1))

    def _stop(self, text: str, code: int) -> None:
        sys.stdout.flush()
        self.stderr.write(text)
        sys.exit(code)


def subcommand(parsers: Any, name: str, run: Callable[..., None], help_text: str) -> ArgumentParser:
    """A subcommand that calls `run(options)`."""
    parser: ArgumentParser = parsers.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(run=run)
    return parser


def writable(file: str, option: str) -> Path:
    """A file to write, in a folder that is there; asked before long work, not after it.

    Raises:
        Refused: naming the folder.
    """
    path = Path(file)
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise Refused(f"{path.parent} is no folder to write into", "Make it, or name another.", field=option)
    if path.is_dir():
        raise Refused(f"{path} is a folder", "Name a file.", field=option)
    return path


@contextmanager
def progress_bar(text: str, counted: str = "rows") -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, silence elsewhere; yields a function told rows done and rows expected (0: unknown).

    It is drawn on standard error, so that standard output holds the report alone.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} " + counted),
        TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
