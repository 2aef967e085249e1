"""The audit's pages, an object's history, and stored files as downloads."""

from __future__ import annotations

import datetime as dt
import io

import pytest

from wattloop.apps.customers.models import Customer
from wattloop.apps.records import files, jobs, sealing
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import AuditEntry, Job
from wattloop.apps.records.services import audit
from wattloop.library.quantity import clock

pytestmark = pytest.mark.django_db
ME = System("tests")
LIST = "/records/audit"
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def entries(cast):
    with clock.frozen(NOON):
        audit(
            "customers.customer.change",
            cast.customers["zhang"],
            by=cast.clerk,
            before={"phone": "1"},
            after={"phone": "2"},
        )
        audit("customers.customer.change", cast.customers["li"], by=cast.clerk_west, after={"name": "<b>李</b>"})
        audit("enterprise.folder.load", by=ME, note="第三版")
    return list(AuditEntry.objects.order_by("id"))


def text(response) -> str:
    return response.content.decode()


def ids(response) -> list[int]:
    """Of what is listed, but for the sign-ins of the test itself."""
    rows = response.context["table"].rows
    return [row.record.pk for row in rows if not row.record.action.startswith(("records.session.", "enterprise.user."))]


def grant(cast, user: str, unit, *actions: str) -> None:
    from wattloop.apps.enterprise.models import Assignment, Role

    role = Role.objects.create(code="extra", name_zh="x", name_en="x", grants=list(actions))
    Assignment.objects.create(user=cast.users[user], role=role, unit=unit)


def test_everything_is_listed_newest_first_and_exported(signed_in, entries):
    auditor = signed_in("auditor")
    assert ids(auditor.get(LIST)) == [entry.pk for entry in reversed(entries)]
    said = b"".join(auditor.get(LIST, {"export": "csv"}).streaming_content).decode()
    assert "phone: 1 → 2" in said
    assert "<b>" not in text(auditor.get(LIST))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"actor": "clerk"}, [0]),
        ({"action": "customers.*"}, [1, 0]),
        ({"action": "enterprise.folder.load"}, [2]),
        ({"object_type": "customers.Customer"}, [1, 0]),
        ({"since": "2026-11-02", "until": "2026-11-02"}, [2, 1, 0]),
        ({"since": "2026-11-03"}, []),
        ({"until": "2026-11-01"}, []),
        ({"since": "yesterday"}, []),
    ],
)
def test_entries_are_found_by_who_what_object_and_day(signed_in, entries, asked, found):
    assert ids(signed_in("auditor").get(LIST, asked)) == [entries[number].pk for number in found]


def test_a_stations_own_auditor_sees_its_entries_alone(signed_in, entries, cast):
    grant(cast, "clerk", cast.east, "records.audit.view")
    clerk = signed_in("clerk")
    assert ids(clerk.get(LIST)) == [entries[0].pk]
    assert clerk.get(f"{LIST}/{entries[0].pk}").status_code == 200
    for hidden in (entries[1], entries[2]):
        assert clerk.get(f"{LIST}/{hidden.pk}").status_code == 404
    west = Customer.objects.get(number="C0003")
    assert "李" not in text(clerk.get(f"/records/history/customers.Customer/{west.pk}"))


@pytest.mark.parametrize("role", ["clerk", "cashier", "designer", "analyst"])
def test_who_may_not_see_the_audit_learns_nothing_of_it(signed_in, entries, role):
    for path in (LIST, f"{LIST}/{entries[0].pk}", "/records/history/customers.Customer/1"):
        assert signed_in(role).get(path).status_code == 404
    assert signed_in(role).post(f"{LIST}/verify").status_code == 404
    noted = AuditEntry.objects.filter(action="enterprise.gate.refuse", actor=role)
    assert noted.count() == 4
    assert f"POST {LIST}/verify" in noted.order_by("id").last().note


def test_an_object_shows_what_was_done_to_it(signed_in, entries, cast):
    said = text(signed_in("auditor").get(f"/records/history/customers.Customer/{cast.customers['zhang'].pk}"))
    assert said.lstrip().startswith("<ol")
    assert "<del>1</del>" in said
    assert "clerk" in said
    assert "Nothing was noted yet." in text(signed_in("auditor").get("/records/history/customers.Customer/0"))


def test_an_entry_shows_its_changes_and_its_seal(signed_in, entries):
    path = f"{LIST}/{entries[0].pk}"
    assert "not yet" in text(signed_in("auditor").get(path))
    sealing.seal()
    said = text(signed_in("auditor").get(path))
    assert "in batch 1" in said
    assert "phone" in said


def test_the_chain_is_verified_from_the_page(signed_in, entries):
    sealing.seal()
    admin = signed_in("admin")
    assert "never" in text(admin.get(LIST))
    went = admin.post(f"{LIST}/verify")
    jobs.run_waiting()
    job = Job.objects.get(task="records.verify")
    assert went.url == f"/records/jobs/{job.pk}"
    assert job.result["broken"] == ""
    assert job.result["entries"] >= 3
    assert "the chain holds" in text(admin.get(LIST))
    assert "Verify now" not in text(signed_in("auditor").get(LIST))


def test_the_page_costs_the_same_with_many_entries(signed_in, cast, django_assert_max_num_queries):
    for number in range(300):
        audit("customers.customer.change", cast.customers["zhang"], by=ME, after={"n": number})
    auditor = signed_in("auditor")
    with django_assert_max_num_queries(11):
        auditor.get(LIST)
    with django_assert_max_num_queries(6):
        auditor.get(f"/records/history/customers.Customer/{cast.customers['zhang'].pk}")


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", "户号,电量\n1,2\n".encode()])
def test_a_stored_file_is_a_download_and_never_a_page(signed_in, cast, home, content):
    stored = files.store(io.BytesIO(content), name='五月"电量.html', kind="tests", by=cast.clerk)
    response = signed_in("clerk").get(f"/records/files/{stored.pk}")
    assert b"".join(response.streaming_content) == content
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Type"] in {"text/plain", "text/csv"}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_stored_file_is_its_senders_and_theirs_who_may_see_all(signed_in, cast, home):
    stored = files.store(io.BytesIO(b"a,b\n"), name="a.csv", kind="tests", by=cast.clerk)
    path = f"/records/files/{stored.pk}"
    assert signed_in("clerk").get(path).status_code == 200
    assert signed_in("admin").get(path).status_code == 200
    for other in ("clerk-west", "cashier", "auditor"):
        assert signed_in(other).get(path).status_code == 404
    files.path(stored).unlink()
    assert signed_in("clerk").get(path).status_code == 404
