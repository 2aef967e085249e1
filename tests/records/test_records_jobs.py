"""Jobs: started with their service, claimed by one worker, run to one end."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from tests.records import tasks

from wattloop.apps.records import jobs
from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs import holding, running
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

pytestmark = pytest.mark.django_db
ME = System("tests")
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


def test_a_job_runs_and_its_result_is_kept():
    job = jobs.start(tasks.add, 2, 3, by=ME)
    assert jobs.run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts, job.by) == ("done", 5, 1, "system:tests")
    assert tasks.marks() == ["2+3"]
    assert tasks.add.get_result(str(job.pk)).return_value == 5


def test_the_interface_of_django_tasks_makes_a_job():
    result = tasks.add.enqueue(4, second=5)
    assert not result.is_finished
    jobs.run_waiting()
    result.refresh()
    assert result.return_value == 9


def test_a_job_of_a_transaction_that_fails_is_none():
    with transaction.atomic():
        jobs.start(tasks.add, 1, 1, by=ME)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_while_a_job_of_a_key_has_not_ended_there_is_no_second():
    first = jobs.start(tasks.add, 1, 1, key="one", by=ME)
    assert jobs.start(tasks.add, 1, 1, key="one", by=ME) == first
    jobs.run_waiting()
    assert jobs.start(tasks.add, 1, 1, key="one", by=ME) != first


def test_a_higher_priority_goes_first_and_none_before_its_time():
    with clock.frozen(NOON):
        jobs.start(tasks.add, 1, 0, by=ME)
        jobs.start(tasks.add, 2, 0, by=ME, priority=5)
        jobs.start(tasks.add, 3, 0, by=ME, priority=9, run_after=NOON + dt.timedelta(hours=1))
        assert jobs.run_waiting() == 2
    assert tasks.marks() == ["2+0", "1+0"]
    with clock.frozen(NOON + dt.timedelta(hours=1)):
        assert jobs.run_waiting() == 1


def test_run_waiting_runs_what_jobs_start_themselves():
    jobs.start(tasks.leads, 3, by=ME)
    assert jobs.run_waiting() == 4
    assert tasks.marks() == ["3", "2", "1", "0"]


def test_a_refusal_ends_a_job_at_once_and_says_what_to_do():
    job = jobs.start(tasks.refuses, by=ME)
    jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("failed", 1, "there is no reading of May. Import it first.")


def test_an_unexpected_error_is_tried_again_later_each_time_and_at_last_fails():
    with clock.frozen(NOON):
        job = jobs.start(tasks.fails, by=ME)
    moment = NOON
    for attempt, wait in ((1, 5), (2, 10)):
        with clock.frozen(moment):
            assert jobs.run_waiting() == 1
            assert jobs.run_waiting() == 0
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("ready", attempt)
        assert job.run_after == moment + dt.timedelta(seconds=wait)
        assert "nobody knows why" in job.error
        moment = job.run_after
    with clock.frozen(moment):
        jobs.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 3)
    assert running.wait_after(99) == dt.timedelta(minutes=15)


def test_a_result_that_is_no_plain_value_fails_the_job_and_not_the_worker():
    job = jobs.start(tasks.odd, by=ME)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == "ready"
    assert "Unsupported type" in job.error


def test_a_task_this_program_does_not_have_fails_by_its_name():
    job = jobs.start(tasks.add, 1, 1, by=ME)
    Job.objects.update(task="tests.gone")
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "no task tests.gone" in job.error


def test_two_workers_never_hold_one_job():
    jobs.start(tasks.add, 1, 1, by=ME)
    assert holding.claim("one") is not None
    assert holding.claim("two") is None


def left_behind() -> None:
    Job.objects.update(lease_until=clock.now() - dt.timedelta(days=1))


def test_a_job_whose_lease_is_over_is_taken_up_and_its_first_worker_writes_nothing_more():
    job = jobs.start(tasks.steps, "a", 2, by=ME)
    first = holding.claim("one")
    assert first is not None
    left_behind()
    second = holding.claim("two")
    assert second is not None
    assert (second.attempt, second.job.fence) == (2, 2)
    for write in (
        first.beat,
        first.cancel_asked,
        lambda: first.write(done=7),
        lambda: jobs.Context(first).progress(9, 9),
        lambda: jobs.Context(first).transaction().__enter__(),
    ):
        with pytest.raises(jobs.LeaseLost):
            write()
    running.run(first)
    job.refresh_from_db()
    assert (job.state, job.worker, job.done) == ("running", "two", 0)
    running.run(second)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.saying) == ("done", 2, 2, "step 2")
    assert tasks.marks() == ["a:0", "a:1"]


def test_a_job_that_kills_its_workers_is_given_up_at_last():
    job = jobs.start(tasks.fails, by=ME)
    for _ in range(3):
        assert holding.claim("a worker that is killed") is not None
        left_behind()
    assert jobs.run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "its worker ended without a word 3 times")
    assert tasks.marks() == []


def test_a_job_that_is_given_back_counts_no_attempt():
    job = jobs.start(tasks.steps, "a", 2, by=ME)
    hold = holding.claim("one")
    assert hold is not None
    hold.stopping.set()
    running.run(hold)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_until) == ("ready", 0, None)
    assert jobs.run_waiting() == 1
