"""What people do to jobs."""

from __future__ import annotations

import pytest
from tests.records import tasks

from wattloop.apps.records import jobs
from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs import holding, periodic, running
from wattloop.apps.records.models import AuditEntry, Job
from wattloop.apps.records.services import cancel_job, retry_job
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
ME = System("tests")


def entries() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor"))


def test_a_waiting_job_that_is_cancelled_never_runs():
    job = jobs.start(tasks.add, 1, 1, by=ME)
    cancel_job(job.pk, by=ME, why="the wrong month")
    assert jobs.run_waiting() == 0
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["state"], entry.after["state"], entry.note) == (
        "records.job.cancel", "ready", "cancelled", "the wrong month",
    )  # fmt: skip


def test_a_running_job_that_is_cancelled_stops_between_two_steps():
    job = jobs.start(tasks.steps, "a", 3, by=ME)
    hold = holding.claim("one")
    cancel_job(job.pk, by=ME)
    job.refresh_from_db()
    assert (job.state, job.cancel_asked) == ("running", True)
    running.run(hold)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert tasks.marks() == []


def test_a_cancelled_job_whose_worker_dies_is_not_run_by_the_next():
    job = jobs.start(tasks.steps, "a", 3, by=ME)
    holding.claim("one")
    cancel_job(job.pk, by=ME)
    holding.let_go("one")
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, tasks.marks()) == ("cancelled", [])


def test_a_failed_job_is_tried_again_with_all_its_attempts():
    job = jobs.start(tasks.refuses, by=ME, key="one")
    jobs.run_waiting()
    retry_job(job.pk, by=ME)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("ready", 0, "")
    assert entries() == [("records.job.retry", "system:tests")]


def test_a_job_is_not_tried_again_beside_another_of_its_key():
    job = jobs.start(tasks.refuses, by=ME, key="one")
    jobs.run_waiting()
    jobs.start(tasks.refuses, by=ME, key="one")
    with pytest.raises(Refused, match="same work"):
        retry_job(job.pk, by=ME)


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_a_job_that_has_ended_cannot_be_cancelled(state):
    job = jobs.start(tasks.add, 1, 1, by=ME)
    Job.objects.update(state=state)
    with pytest.raises(Refused, match="ended"):
        cancel_job(job.pk, by=ME)
    assert entries() == []


@pytest.mark.parametrize("state", ["done", "ready", "running"])
def test_only_a_job_that_failed_or_was_cancelled_is_tried_again(state):
    job = jobs.start(tasks.add, 1, 1, by=ME)
    Job.objects.update(state=state)
    with pytest.raises(Refused, match="Only one"):
        retry_job(job.pk, by=ME)


def test_a_periodic_job_cannot_be_cancelled():
    periodic.ensure()
    with pytest.raises(Refused, match="by itself"):
        cancel_job(Job.objects.get(task="records.seal").pk, by=ME)
