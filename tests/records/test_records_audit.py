"""The audit: an entry costs one INSERT, is never changed, and is sealed in a chain that shows any change."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from wattloop.apps.records import append_only, queries, sealing
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import AuditBatch, AuditEntry
from wattloop.apps.records.services import audit
from wattloop.apps.records.verifying import verify
from wattloop.library.quantity import clock

ME = System("tests")
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


def write(count: int = 1, at: dt.datetime = NOON) -> None:
    with clock.frozen(at):
        for number in range(count):
            audit(
                "billing.run.issue",
                by=ME,
                before={"状态": "已审核"},
                after={"状态": "已发行", "n": number},
                note="五月",
            )


def seal(at: dt.datetime = NOON + dt.timedelta(minutes=1)) -> int:
    with clock.frozen(at):
        return sealing.seal()


def tamper(statement: str) -> None:
    """What somebody does who may do anything in the database."""
    with connection.cursor() as cursor:
        for one in append_only.drop(connection.vendor):
            cursor.execute(one)
        cursor.execute(statement)
        for one in append_only.create(connection.vendor):
            cursor.execute(one)


@pytest.mark.django_db
def test_an_entry_costs_one_insert():
    with CaptureQueriesContext(
        connection,
    ) as said:
        audit("billing.run.issue", by=ME, after={"state": "issued"})
    assert [one["sql"].split()[0] for one in said] == ["INSERT"]


@pytest.mark.django_db
def test_entries_are_sealed_in_batches_that_follow_each_other(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    write(7)
    assert seal() == 7
    assert list(AuditBatch.objects.order_by("number").values_list("number", "count")) == [(1, 3), (2, 3), (3, 1)]
    found = verify()
    assert (found.holds, found.entries, found.batches, found.late) == (True, 7, 3, 0)
    assert queries.seal_status().waiting == 0
    assert verify(expect=found.head).holds
    write()
    seal()
    assert verify(expect=found.head).holds, "a chain that grew still contains what was noted"
    assert not verify(expect=f"2:{'0' * 64}").holds


@pytest.mark.django_db
def test_an_empty_audit_holds_and_young_entries_wait():
    assert verify().holds
    write()
    assert seal(NOON + dt.timedelta(seconds=4)) == 0
    assert seal(NOON + dt.timedelta(seconds=5)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(actor="nobody"),
        lambda rows: rows.update(note=""),
        lambda rows: rows.update(batch=None),
        lambda rows: rows.update(after={"n": 8}),
        lambda rows: rows._raw_delete("default"),
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(change: Callable[[Any], Any], sealed: bool):
    write(2)
    if sealed:
        seal()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        change(AuditEntry.objects.all())
    assert AuditEntry.objects.count() == 2
    if sealed:
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            AuditBatch.objects.update(count=7)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            AuditBatch.objects.all()._raw_delete("default")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE records_auditentry SET note = '六月' WHERE id = {second}", "entry {second} was altered"),
        (
            "UPDATE records_auditentry SET at = '{eleven}' WHERE id = {second}",
            "entry {second} was altered",
        ),
        ("UPDATE records_auditentry SET batch_id = NULL WHERE id = {second}", "entry {second} was removed"),
        ("DELETE FROM records_auditentry WHERE id = {second}", "entry {second} was removed"),
        ("UPDATE records_auditentry SET batch_id = 1 WHERE id = {last}", "entry {last} was inserted"),
        (
            "UPDATE records_auditbatch SET sealed_at = '{eleven}' WHERE number = 1",
            "batch 1 was altered",
        ),
        ("UPDATE records_auditbatch SET previous = hash WHERE number = 2", "batch 2 does not follow"),
    ],
)
def test_the_first_entry_that_was_altered_removed_or_inserted_is_named(statement: str, said: str, capsys):
    write(3)
    seal()
    write(3)
    seal()
    write()
    ids = list(AuditEntry.objects.order_by("id").values_list("id", flat=True))
    names = {"second": ids[1], "last": ids[-1], "eleven": "2026-11-02 11:00:00+00:00"}
    assert verify().holds
    tamper(statement.format(**names))
    found = verify()
    assert said.format(**names) in found.broken
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify")
    assert ended.value.code == 1
    assert said.format(**names).lower() in capsys.readouterr().err.lower()


@pytest.mark.django_db
def test_an_entry_written_anew_with_its_seal_is_seen_by_the_next_batch():
    write(2)
    seal()
    write(2)
    seal()
    first = AuditEntry.objects.order_by("id").first()
    tamper(f"UPDATE records_auditentry SET actor = 'liar' WHERE id = {first.pk}")
    batch = AuditBatch.objects.get(number=1)
    batch.entries_sealed = "\n".join(sealing.line(one) for one in batch.entries.order_by("id"))
    tamper(
        f"UPDATE records_auditbatch SET entries_sealed = '{batch.entries_sealed}', "
        f"hash = '{sealing.batch_hash(batch)}' WHERE number = 1"
    )
    assert "batch 2 does not follow" in verify().broken


@pytest.mark.django_db
def test_a_chain_whose_end_was_cut_off_lacks_the_head_that_was_noted(capsys):
    write(2)
    seal()
    write(2)
    seal()
    head = verify().head
    tamper("DELETE FROM records_auditentry WHERE batch_id = 2")
    tamper("DELETE FROM records_auditbatch WHERE number = 2")
    assert verify().holds
    assert "cut" in verify(expect=head).broken


@pytest.mark.django_db
def test_an_entry_that_tells_a_time_long_before_its_sealing_is_pointed_out(capsys):
    write()
    seal()
    write(at=NOON - dt.timedelta(days=30))
    seal()
    found = verify()
    assert (found.holds, found.late, found.first_late) == (True, 1, AuditEntry.objects.order_by("-id").first().pk)
    call_command("audit", "verify")
    assert "over an hour after" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_after_later_numbers_were_sealed_is_sealed_next():
    """Number 1 is taken and not committed while 2 is written and sealed; a number may also stay unused."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: numbers are committed in order")
    taken, sealed = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            write()
            taken.set()
            sealed.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert taken.wait(20)
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    write()
    assert seal() == 1
    sealed.set()
    thread.join()
    assert seal() == 1
    batches = list(AuditBatch.objects.order_by("number").values_list("first", flat=True))
    assert batches[1] == batches[0] - 2
    assert verify().holds
    assert queries.seal_status().waiting == 0


@pytest.mark.django_db(transaction=True)
def test_two_that_seal_at_once_seal_every_entry_once():
    write(50)
    entries = list(AuditEntry.objects.order_by("id"))
    assert seal() == 50
    with pytest.raises(DatabaseError):
        sealing._seal(entries)
    assert verify().entries == 50
    assert AuditBatch.objects.count() == 1
