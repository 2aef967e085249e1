"""`wattloop ledger`: the proof of the books, and balances from the system before this one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused
from wattloop.management.output import RefusingCommand, subcommand

HEADINGS = {
    "agreement": ("agreement", "户号", "用户编号", "客户编号"),
    "amount": ("amount", "金额", "余额", "欠费金额", "balance"),
    "due_on": ("due-on", "due_on", "due", "到期日", "应缴日期"),
    "text": ("text", "摘要", "备注", "说明"),
}
SHOWN = 20


class Command(RefusingCommand):
    """Prove the books; take in opening balances."""

    help = "the books: verify proves them, opening takes balances in"

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands and their options."""
        parsers = parser.add_subparsers(required=True, metavar="verify | opening")
        subcommand(parsers, "verify", self.verify, "count every sum both ways; exit code 1 where they differ")
        take = subcommand(
            parsers, "opening", self.opening,
            "take in what agreements owed, or had paid in advance (below zero), in the system before",
        )  # fmt: skip
        take.add_argument("file", help="CSV or XLSX: agreement (or its old number), amount, due-on, text")
        take.add_argument("--by", metavar="USER", help="who does it (default: the system)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Call the subcommand."""
        options["run"](options)

    def verify(self, _options: dict[str, Any]) -> None:
        """Say every break there is."""
        from wattloop.apps.receivables.verifying import breaks

        found = breaks()
        for one in found:
            self.say(one)
        self.say(f"{counted(len(found), 'break')}" if found else "the books prove: every sum agrees both ways")
        if found:
            sys.exit(1)

    def opening(self, options: dict[str, Any]) -> None:
        """Take a file of balances in; the same again changes nothing."""
        from wattloop.apps.customers.importing.reading import rows_of
        from wattloop.apps.receivables import opening
        from wattloop.management.people import actor

        rows = rows_of(_file(options["file"]))
        places = _places(next(rows, (1, []))[1], options["file"])
        told = (
            {name: cells[at] if at < len(cells) else "" for name, at in places.items()} for _, cells in rows
        )  # fmt: skip
        done = opening.take(told, by=actor(options["by"]))
        self.say(
            f"{counted(done.taken, 'balance')} taken in, {done.known:,} known already, "
            f"{counted(len(done.refused), 'row')} refused"
        )
        for row, refused in done.refused[:SHOWN]:
            self.say(f"  row {row}: {refused}")
        if done.refused:
            sys.exit(1)


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise Refused("there is no such file", file=name)
    return path


def _places(header: list[str], file: str) -> dict[str, int]:
    """Which column is what.

    Raises:
        Refused: where one that is needed is not there.
    """
    plain = [cell.strip().lower().lstrip("\ufeff") for cell in header]
    found = {name: plain.index(word) for name, words in HEADINGS.items() for word in words if word in plain}
    missing = [name for name in ("agreement", "amount", "due_on") if name not in found]
    if missing:
        mend = f"It has {', '.join(header)}; name it {' or '.join(HEADINGS[missing[0]])}."
        raise Refused(f"there is no column {missing[0]}", mend, file=file)
    return found
