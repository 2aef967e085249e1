"""Audit entries are sealed in batches, each hashed with the one before, so that no writer waits for another.

A batch is a set of entries, not a span of numbers: on PostgreSQL a transaction may commit entry 7 long after
another committed 8, and a number may never be used at all. Whatever is not sealed yet comes into the next
batch, however low its number; an entry is sealed once or not yet, and none slips in under a seal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import time
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from wattloop.apps.records.models import AuditBatch, AuditEntry
from wattloop.library.quantity import clock

log = logging.getLogger("wattloop.audit")
BATCH = 2_000
# Younger ones wait, so that entries which are written together are mostly sealed together, in order.
SETTLED = dt.timedelta(seconds=5)
FIRST = "0" * 64


def seal() -> int:
    """Seal what has settled; how many entries. Two at once: one seals, the other finds that it did."""
    sealed = 0
    while True:
        entries = list(
            AuditEntry.objects.filter(batch=None, at__lte=clock.now() - SETTLED).order_by("id")[:BATCH]
        )  # fmt: skip
        if not entries:
            return sealed
        try:
            _seal(entries)
        except IntegrityError:
            log.info("another worker sealed at the same time")
            return sealed
        sealed += len(entries)
        time.sleep(0.02)


def _seal(entries: Sequence[AuditEntry]) -> None:
    last = AuditBatch.objects.order_by("-number").first()
    batch = AuditBatch(
        number=last.number + 1 if last else 1,
        sealed_at=clock.now(),
        first=entries[0].pk,
        last=entries[-1].pk,
        count=len(entries),
        previous=last.hash if last else FIRST,
        entries_sealed="\n".join(line(entry) for entry in entries),
    )
    batch.hash = batch_hash(batch)
    with transaction.atomic():
        batch.save(force_insert=True)
        taken = AuditEntry.objects.filter(pk__in=[entry.pk for entry in entries], batch=None).update(batch=batch)
        if taken != len(entries):
            msg = "an entry was sealed by another meanwhile"
            raise IntegrityError(msg)
    # A log kept elsewhere can hold the chain to its word: `wattloop audit verify --expect NUMBER:HASH`.
    log.info("audit batch %s", batch)


def line(entry: AuditEntry) -> str:
    """An entry in its batch: its number and the SHA-256 of all it says, as canonical JSON."""
    said = {
        "id": entry.pk,
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "object": [entry.object_type, entry.object_id, entry.object_name],
        "unit": entry.unit_path,
        "before": entry.before,
        "after": entry.after,
        "note": entry.note,
    }
    return f"{entry.pk} {_sha(json.dumps(said, sort_keys=True, separators=(',', ':')))}"


def batch_hash(batch: AuditBatch) -> str:
    """The SHA-256 over a batch, its entries and the hash of the batch before."""
    sealed_at = batch.sealed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    head = f"{batch.number} {sealed_at} {batch.first} {batch.last} {batch.count} {batch.previous}"
    return _sha(f"{head}\n{batch.entries_sealed}")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
