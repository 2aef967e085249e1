"""A bank's file begun and ended; its rows are taken in between, in chunks."""

from __future__ import annotations

from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import F

from wattloop.apps.enterprise import gate
from wattloop.apps.receivables.models import BankFile
from wattloop.apps.records import files
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.models import StoredFile
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

KIND = "receivables.bank"
TEXT = ("text/csv", "text/plain")


@service
def begin_bank_file(path: Path, name: str, *, digest: str, by: Actor) -> BankFile:
    """Keep a bank's file and begin it, or find the one that was begun and not ended.

    Raises:
        Refused: where it has been taken in already.
    """
    gate.require(by, "receivables.payment.take")
    found: BankFile | None = BankFile.objects.filter(digest=digest).first()
    if found is None:
        stored = files.store(path, name=name, kind=KIND, by=by, accept=TEXT)
        try:
            with transaction.atomic():
                found = BankFile.objects.create(digest=digest, name=name, at=clock.now(), by=by.actor, file=stored)
        except IntegrityError:
            found = BankFile.objects.get(digest=digest)
    if found.ended_at is not None:
        raise Refused(
            f"this file was taken in on {found.at:%Y-%m-%d}, as {found.name}", "Send each file once.", file=name
        )
    audit("receivables.payment.take", found, by=by, after={"digest": digest, "name": name})
    return found


@service
def end_bank_file(
    bank_file: BankFile, *, rows: int, refused: int, refusals: StoredFile | None, by: Actor
) -> BankFile:  # fmt: skip
    """Say that all rows of a file were looked at."""
    gate.require(by, "receivables.payment.take")
    BankFile.objects.filter(pk=bank_file.pk).update(
        rows=rows, refused=refused, refusals=refusals, known=rows - refused - F("taken"), ended_at=clock.now()
    )
    bank_file.refresh_from_db()
    audit(
        "receivables.payment.take", bank_file, by=by,
        after={"rows": rows, "taken": bank_file.taken, "known": bank_file.known, "refused": refused},
    )  # fmt: skip
    return bank_file
