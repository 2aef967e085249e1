"""What runs by itself: once in every period, however many workers; and the worker's loop."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import connection
from tests.records import tasks

from wattloop.apps.records import jobs
from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs import declared, holding, periodic, worker
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
ME = System("tests")


@jobs.task("tests.tick")
def tick(context: jobs.Context) -> None:
    tasks.mark("tick")


@jobs.task("tests.tick-fails", attempts=1)
def tick_fails(context: jobs.Context) -> None:
    raise RuntimeError("no")


@pytest.fixture
def only(monkeypatch):
    """Nothing but the tests' own runs by itself."""
    monkeypatch.setattr(declared, "_every", {})
    return lambda task, seconds: jobs.schedule(task.label, every=dt.timedelta(seconds=seconds))(task)


@pytest.mark.django_db
def test_a_periodic_task_runs_once_a_period_whoever_asks(only):
    only(tick, 60)
    with clock.frozen(NOON):
        periodic.ensure()
        periodic.ensure()
        assert jobs.run_waiting() == 1
        assert holding.claim("another") is None
    with clock.frozen(NOON + dt.timedelta(seconds=59)):
        assert jobs.run_waiting() == 0
    with clock.frozen(NOON + dt.timedelta(seconds=60)):
        assert jobs.run_waiting() == 1
    with clock.frozen(NOON + dt.timedelta(hours=5, seconds=1)):
        assert jobs.run_waiting() == 1, "what was missed is not made up for"
        assert jobs.run_waiting() == 0
    job = Job.objects.get()
    assert (job.state, job.run_after, len(tasks.marks())) == ("ready", NOON + dt.timedelta(hours=5, seconds=60), 3)


@pytest.mark.django_db
def test_a_periodic_task_that_fails_runs_in_its_next_period_and_tells_why(only):
    only(tick_fails, 60)
    with clock.frozen(NOON):
        periodic.ensure()
        jobs.run_waiting()
    job = Job.objects.get()
    assert (job.state, job.run_after) == ("ready", NOON + dt.timedelta(seconds=60))
    assert "RuntimeError: no" in job.error


@pytest.mark.django_db
def test_a_periodic_task_that_the_program_no_longer_has_is_forgotten(only):
    only(tick, 60)
    periodic.ensure()
    declared._every.clear()
    only(tick_fails, 30)
    periodic.ensure()
    assert list(Job.objects.values_list("task", "every")) == [("tests.tick-fails", 30)]
    only(tick_fails, 20)
    periodic.ensure()
    assert Job.objects.get().every == 20


@pytest.mark.django_db
def test_a_period_is_brought_forward(only):
    only(tick, 3600)
    with clock.frozen(NOON):
        periodic.ensure()
        jobs.run_waiting()
        periodic.run_due("tests.tick")
        assert jobs.run_waiting() == 1


def test_two_tasks_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"tests.add is tests.records.tasks.add already"):
        jobs.task("tests.add")(tick.func)


@pytest.mark.django_db(transaction=True)
def test_a_worker_works_until_it_is_told_to_stop_and_gives_back_what_it_had_begun(only, monkeypatch, request):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's database of a test is this thread's alone")
    only(tick, 3600)
    monkeypatch.setattr(worker, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(holding, "LEASE", dt.timedelta(seconds=1))
    short = jobs.start(tasks.add, 1, 2, by=ME)
    made = worker.Worker()
    thread = threading.Thread(target=lambda: (made.run(), connection.close()))
    thread.start()
    _until(lambda: Job.objects.get(pk=short.pk).state == "done")
    _until(lambda: "tick" in tasks.marks())
    long = jobs.start(tasks.steps, "long", 1000, 0.05, by=ME)
    _until(lambda: Job.objects.get(pk=long.pk).done > 25)
    held = Job.objects.get(pk=long.pk)
    assert (held.state, held.fence) == ("running", 1), "its lease was prolonged"
    made.stop()
    thread.join(20)
    held.refresh_from_db()
    assert (held.state, held.attempts) == ("ready", 0)


def _until(true) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.django_db
def test_a_job_keeps_what_it_logged_and_how_far_it_came():
    job = jobs.start(tasks.talks, by=ME)
    jobs.run_waiting()
    job.refresh_from_db()
    assert "three meters are silent" in job.log
    assert "not of this job" not in job.log


@pytest.mark.django_db
def test_the_context_tells_the_job_and_whom_it_acts_as():
    job = jobs.start(tasks.add, 1, 1, by=ME, about=Job(pk=tick_id()))
    hold = holding.claim("one")
    context = jobs.Context(hold)
    assert (context.attempt, context.by.actor, context.job.about_type) == (1, "system:tests.add", "records.Job")
    assert context.task_result.id == str(job.pk)


def tick_id():
    import uuid

    return uuid.UUID(int=7)
