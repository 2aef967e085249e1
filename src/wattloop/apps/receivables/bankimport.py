"""A bank's statement taken in: looked at first, then in chunks, each whole or not at all.

A file is known by its content and a row by its reference: the same again, at the same time by two people,
or after a process was killed half-way, takes every payment once.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import IntegrityError

from wattloop.apps.receivables import bankfile, matching
from wattloop.apps.receivables.bankfile import Row, Statement
from wattloop.apps.receivables.models import BankFile, Payment
from wattloop.apps.receivables.services.bank import begin_bank_file, end_bank_file
from wattloop.apps.receivables.services.payments import take_payments
from wattloop.apps.receivables.taking import NewPayment
from wattloop.apps.records import files
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity.refusal import Refused

CHUNK = 1_000
SHOWN = 200
TRIES = 5


@dataclass(slots=True)
class Preview:
    """What taking a file in would do; nothing is changed by looking."""

    name: str
    columns: list[tuple[str, str]]
    taken_already: bool
    rows: int = 0
    known: int = 0
    amount: int = 0
    states: Counter[str] = field(default_factory=Counter)
    shown: list[NewPayment] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    refusals: int = 0


def preview(path: Path, name: str = "") -> Preview:
    """Look at a whole file without taking it in.

    Raises:
        Refused: where it is not recognised.
    """
    statement = bankfile.recognise(path, name)
    done = BankFile.objects.filter(digest=bankfile.digest(path), ended_at__isnull=False).exists()
    found = Preview(
        statement.name, [(column, statement.header[place]) for column, place in statement.columns.items()], done
    )
    seen: dict[str, int] = {}
    for rows in _chunks(statement.rows()):
        found.rows += len(rows)
        fresh, refused = _sorted_out(rows, seen)
        found.refusals += len(refused)
        found.refused += refused[: SHOWN - len(found.refused)]
        found.known += len(rows) - len(fresh) - len(refused)
        payments = matching.match([row.told for row in fresh if row.told is not None])
        found.amount += sum(one.amount for one in payments)
        found.states.update(one.state for one in payments)
        found.shown += payments[: SHOWN - len(found.shown)]
    return found


def take_in(
    path: Path, name: str = "", *, by: Actor, told: Callable[[int], None] | None = None
) -> BankFile:  # fmt: skip
    """Take a bank's statement in, or go on where one was left.

    Args:
        path: the file.
        name: as its sender calls it.
        by: who.
        told: called with the number of rows done after each chunk.

    Raises:
        Refused: where it is not recognised, or has been taken in already.
    """
    statement = bankfile.recognise(path, name)
    bank_file = begin_bank_file(path, statement.name, digest=bankfile.digest(path), by=by)
    return go_on(bank_file, statement, by=by, told=told)


def go_on(
    bank_file: BankFile, statement: Statement, *, by: Actor, told: Callable[[int], None] | None = None
) -> BankFile:
    """Take in what of a file is not there yet, and end it with what was refused."""
    seen: dict[str, int] = {}
    refused: list[Row] = []
    count = 0
    for rows in _chunks(statement.rows()):
        refused += _take(rows, seen, bank_file, by)
        count += len(rows)
        if told is not None:
            told(count)
        time.sleep(0.02)  # others write too
    refusals = None
    if refused:
        text = refusals_file(statement, refused)
        name = f"{Path(bank_file.name).stem}-refused.csv"
        refusals = files.store(io.BytesIO(text.encode("utf-8-sig")), name=name, kind="receivables.refused", by=by)
    return end_bank_file(bank_file, rows=count, refused=len(refused), refusals=refusals, by=by)


def refusals_file(statement: Statement, rows: Iterable[Row]) -> str:
    """The refused rows as they came, with what is wrong in a last column, to mend and send again."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=statement.delimiter)
    writer.writerow([*statement.header, bankfile.REASON])
    width = len(statement.header)
    for row in rows:
        why = f"{row.refused.what}. {row.refused.mend}" if row.refused is not None else ""
        writer.writerow([*(_harmless(cell) for cell in row.cells + [""] * (width - len(row.cells))), why])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet computes; reading takes the apostrophe away again."""
    plain = re.fullmatch(r"[+-]?[0-9][0-9., -]*", cell)
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r＝＋－＠") and not plain else cell


def _take(rows: list[Row], seen: dict[str, int], bank_file: BankFile, by: Actor) -> list[Row]:
    for left in reversed(range(TRIES)):
        here = dict(seen)
        fresh, refused = _sorted_out(rows, here)
        try:
            if fresh:
                take_payments([row.told for row in fresh if row.told is not None], by=by, bank_file=bank_file)
        except IntegrityError:
            # Somebody took one of these rows since we looked which are there: look again.
            if not left:
                raise
            time.sleep(0.05)
            continue
        seen.update(here)
        return refused
    raise AssertionError


def _sorted_out(rows: list[Row], seen: dict[str, int]) -> tuple[list[Row], list[Row]]:
    """Rows that are new, and those refused; the others are known. `seen` are the file's references so far."""
    there = dict(
        Payment.objects.filter(
            source=bankfile.SOURCE, reference__in=[row.told.reference for row in rows if row.told is not None]
        ).values_list("reference", "amount")
    )
    fresh, refused = [], []
    for row in rows:
        if row.told is None:
            refused.append(row)
            continue
        amount = seen.get(row.told.reference, there.get(row.told.reference))
        seen[row.told.reference] = row.told.amount
        if amount is None:
            fresh.append(row)
        elif amount != row.told.amount:
            why = Refused(
                f"{row.told.reference} has been taken with another amount", "Look which is right.", field="amount"
            )
            refused.append(Row(row.number, row.cells, refused=why))
    return fresh, refused


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
