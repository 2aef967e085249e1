"""Whether the audit's chain holds: the first entry that was altered, removed or inserted is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from wattloop.apps.records.models import AuditBatch, AuditEntry
from wattloop.apps.records.sealing import FIRST, batch_hash, line

# An entry sealed later than this after its own time was written by a very long transaction, or back-dated.
LATE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Args:
        broken: what is wrong with the first that is; empty when the chain holds.
        entry: the number of the entry concerned, where it is one.
        batches, entries: how many were looked at.
        head: the newest batch as `NUMBER:HASH`; what to note elsewhere.
        late: entries sealed more than an hour after the time they tell, with the first one's number.
    """

    broken: str
    entry: int | None
    batches: int
    entries: int
    head: str
    late: int
    first_late: int | None

    @property
    def holds(self) -> bool:
        """Whether nothing was altered, removed or inserted."""
        return not self.broken


def verify(expect: str = "", told: Callable[[int], None] = lambda _: None) -> Verdict:
    """Compute every hash again, from the first batch on, and stop at the first that differs.

    Args:
        expect: `NUMBER:HASH`, a head that was noted elsewhere; the chain has to contain it.
        told: how many entries were looked at, after each batch.
    """
    previous, number, entries, late, first_late = FIRST, 0, 0, 0, None
    expected = expect
    batches = AuditBatch.objects.order_by("number").iterator(chunk_size=20)
    for batch in batches:
        number += 1
        held = list(AuditEntry.objects.filter(batch=batch).order_by("id"))
        broken, entry = _chained(batch, number, previous) or _entries(batch, held) or ("", None)
        if broken:
            return Verdict(broken, entry, number - 1, entries, "", late, first_late)
        slow = [one.pk for one in held if batch.sealed_at - one.at > LATE]
        late, first_late = late + len(slow), first_late or (slow[0] if slow else None)
        previous, entries = batch.hash, entries + len(held)
        expected = "" if str(batch) == expect else expected
        told(entries)
    head = f"{number}:{previous}"
    broken = (
        f"batch {expected.split(':')[0]} is not the one noted: the chain was cut or written anew" if expected else ""
    )
    return Verdict(broken, None, number, entries, head, late, first_late)


def _chained(batch: AuditBatch, number: int, previous: str) -> tuple[str, int | None] | None:
    if batch.number != number:
        return f"batch {number} was removed", None
    if batch.previous != previous:
        return f"batch {number} does not follow the one before it", None
    if batch.hash != batch_hash(batch):
        return f"batch {number} was altered", None
    return None


def _entries(batch: AuditBatch, held: list[AuditEntry]) -> tuple[str, int | None] | None:
    """The first entry that is not as it was sealed."""
    sealed = dict(one.split(" ") for one in batch.entries_sealed.split("\n"))
    found = {str(entry.pk): line(entry).split(" ")[1] for entry in held}
    for pk in sorted(sealed.keys() | found.keys(), key=int):
        if sealed.get(pk) != found.get(pk):
            what = "removed" if pk not in found else "inserted" if pk not in sealed else "altered"
            return f"entry {pk} was {what} after batch {batch.number} was sealed", int(pk)
    return None
