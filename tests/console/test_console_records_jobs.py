"""The jobs' pages: what runs, who may see it, cancel it and have it tried again."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.records import tasks

from wattloop.apps.records import jobs
from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs import holding, periodic
from wattloop.apps.records.models import AuditEntry, Job
from wattloop.library.quantity import clock

pytestmark = pytest.mark.django_db
ME = System("tests")
LIST = "/records/jobs"


def page(job: Job, verb: str = "") -> str:
    return f"/records/jobs/{job.pk}{verb}"


def text(response) -> str:
    return response.content.decode()


def test_jobs_that_run_wait_and_ended_are_shown_with_their_progress(signed_in):
    jobs.start(tasks.add, 1, 2, by=ME)
    jobs.run_waiting()
    jobs.start(tasks.steps, "a", 40, by=ME, about=Job(pk="00000000-0000-0000-0000-000000000007"))
    hold = holding.claim("one")
    jobs.Context(hold).progress(10, 40, "读数")
    jobs.start(tasks.add, 1, 2, by=ME)
    periodic.ensure()
    said = text(signed_in("admin").get(LIST))
    for shown in ("tests.add", "10 / 40 (25 %)", "读数", "running", "waiting", "done", "seal the audit"):
        assert shown in said


def test_an_empty_house_has_a_page_too(signed_in):
    said = text(signed_in("admin").get(LIST))
    assert "Nothing runs and nothing waits." in said
    assert "Nothing here." in said


def test_the_part_that_is_fetched_again_is_a_part(signed_in):
    jobs.start(tasks.add, 1, 2, by=ME)
    said = text(signed_in("admin").get("/records/jobs/now"))
    assert said.lstrip().startswith("<section")
    assert "every 2s" in said


def test_jobs_are_filtered_by_state_and_exported(signed_in):
    done = jobs.start(tasks.add, 1, 2, by=ME)
    jobs.run_waiting()
    waits = jobs.start(tasks.add, 1, 2, by=ME, run_after=clock.now() + dt.timedelta(days=1))
    listed = signed_in("admin").get(LIST, {"state": "done"}).context["table"].rows
    assert [row.record for row in listed] == [done]
    rows = b"".join(signed_in("admin").get(LIST, {"export": "csv"}).streaming_content).decode().splitlines()
    assert len(rows) == 3
    assert waits.state == "ready"


def test_a_job_that_failed_tells_why_and_is_tried_again(signed_in, cast):
    job = jobs.start(tasks.refuses, by=ME)
    jobs.run_waiting()
    admin = signed_in("admin")
    assert "there is no reading of May. Import it first." in text(admin.get(page(job)))
    assert admin.post(page(job, "/retry")).status_code == 302
    job.refresh_from_db()
    assert job.state == "ready"
    assert AuditEntry.objects.get(action="records.job.retry").actor == "admin"


def test_a_job_is_cancelled_by_a_post_alone(signed_in):
    job = jobs.start(tasks.add, 1, 2, by=ME)
    admin = signed_in("admin")
    assert admin.get(page(job, "/cancel")).status_code == 405
    admin.post(page(job, "/cancel"))
    job.refresh_from_db()
    assert job.state == "cancelled"
    again = admin.post(page(job, "/cancel"), follow=True)
    assert "this job has ended" in text(again)


def test_a_script_in_an_error_is_text(signed_in):
    job = jobs.start(tasks.refuses, by=ME)
    Job.objects.update(state="failed", error="<script>alert(1)</script>", saying="<img src=x>")
    said = text(signed_in("admin").get(page(job)))
    assert "<script>alert" not in said
    assert "<img src=x>" not in said


def test_whoever_asked_for_a_job_sees_and_cancels_it_and_nobody_elses(signed_in, cast):
    own = jobs.start(tasks.add, 1, 2, by=cast.clerk)
    other = jobs.start(tasks.add, 1, 2, by=cast.clerk_west)
    clerk = signed_in("clerk")
    assert clerk.get(page(own)).status_code == 200
    assert page(own, "/cancel") in text(clerk.get(page(own)))
    for path in (LIST, "/records/jobs/now", page(other), page(other, "/state")):
        assert clerk.get(path).status_code == 404
    for verb in ("/cancel", "/retry"):
        assert clerk.post(page(other, verb)).status_code == 404
    assert clerk.post(page(own, "/cancel")).status_code == 302
    other.refresh_from_db()
    assert other.state == "ready"


def test_whoever_may_only_look_is_offered_nothing_and_does_nothing(signed_in):
    job = jobs.start(tasks.add, 1, 2, by=ME)
    auditor = signed_in("auditor")
    assert page(job, "/cancel") not in text(auditor.get(page(job)))
    assert auditor.post(page(job, "/cancel")).status_code == 404
    job.refresh_from_db()
    assert job.state == "ready"


def test_a_stranger_is_sent_to_sign_in(client):
    job = jobs.start(tasks.add, 1, 2, by=ME)
    for path in (LIST, page(job), page(job, "/state"), "/records/jobs/now"):
        assert client.get(path).url.startswith("/accounts/login/")


def test_the_page_costs_the_same_with_many_jobs(signed_in, django_assert_max_num_queries):
    admin = signed_in("admin")
    periodic.ensure()
    for number in range(120):
        jobs.start(tasks.add, number, 2, by=ME)
    Job.objects.filter(args__0__lt=60, every=None).update(state="done")
    with django_assert_max_num_queries(11):
        assert admin.get(LIST).status_code == 200


def test_a_worker_that_is_silent_is_pointed_out(signed_in):
    job = jobs.start(tasks.add, 1, 2, by=ME)
    holding.claim("one")
    Job.objects.update(heartbeat_at=clock.now() - dt.timedelta(minutes=2))
    assert "its worker is silent" in text(signed_in("admin").get(page(job)))
