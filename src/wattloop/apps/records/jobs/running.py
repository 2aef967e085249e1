"""Running a job that is held: its task is called, and what became of it is written under its fence."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import traceback
from typing import Any

from django_tasks.utils import normalize_json

from wattloop.apps.records.jobs import declared
from wattloop.apps.records.jobs.context import Cancelled, Context, GivenBack
from wattloop.apps.records.jobs.holding import Hold, LeaseLost, claim
from wattloop.apps.records.jobs.joblog import JobLog
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

log = logging.getLogger("wattloop.jobs")
FIRST_WAIT = dt.timedelta(seconds=5)
LONGEST_WAIT = dt.timedelta(minutes=15)


def wait_after(attempt: int) -> dt.timedelta:
    """How long a job waits after its nth failure: 5 s, and twice as long each time, to 15 minutes."""
    longer: int = 2 ** min(attempt - 1, 20)
    return min(FIRST_WAIT * longer, LONGEST_WAIT)


def run(hold: Hold) -> None:
    """Run a job that was claimed and write its end, unless it is another worker's by then."""
    job = hold.job
    try:
        with JobLog(job) as kept:
            context = Context(hold, kept)
            end = _ending(hold, context)
        context.flush()
        hold.write(**_again(job, end), log=kept.text)
        if job.every is None:
            log.info("job %s (%s): %s", job.pk, job.task, end["state"])
    except LeaseLost:
        log.warning("job %s (%s) is another worker's by now", job.pk, job.task)


def _ending(hold: Hold, context: Context) -> dict[str, Any]:
    """What to write of the job once its task has ended."""
    job = hold.job
    try:
        task = declared.find(job.task)
        if hold.attempt > job.attempts_allowed:
            return _failed(f"its worker ended without a word {job.attempts_allowed} times")
        context.check()
        given = task.call(*([context] if task.takes_context else []), *job.args, **job.kwargs)
        result = normalize_json(given)
    except Cancelled:
        return {"state": Job.State.CANCELLED, "ended_at": clock.now()}
    except GivenBack:
        return {"state": Job.State.READY, "attempts": hold.attempt - 1, "lease_until": None}
    except (Refused, LookupError) as refused:
        return _failed(str(refused).replace("\0", "") if isinstance(refused, Refused) else _trace())
    except Exception:
        log.exception("job %s (%s) failed", job.pk, job.task)
        if hold.attempt >= job.attempts_allowed:
            return _failed(_trace())
        after = clock.now() + wait_after(hold.attempt)
        return {"state": Job.State.READY, "run_after": after, "error": _trace(), "lease_until": None}
    return {"state": Job.State.DONE, "ended_at": clock.now(), "result": result, "error": ""}


def _trace() -> str:
    # PostgreSQL keeps no NUL, and what failed may have been about one.
    return traceback.format_exc().replace("\0", "")


def _failed(error: str) -> dict[str, Any]:
    return {"state": Job.State.FAILED, "ended_at": clock.now(), "error": error}


def _again(job: Job, end: dict[str, Any]) -> dict[str, Any]:
    """A periodic job that ended is made ready for its next period."""
    if job.every is None or end["state"] == Job.State.READY:
        return end
    period = dt.timedelta(seconds=job.every)
    late = max(clock.now() - job.run_after, dt.timedelta())
    after = job.run_after + (late // period + 1) * period
    return end | {"state": Job.State.READY, "run_after": after, "attempts": 0, "lease_until": None}


def worker_name() -> str:
    """This process, among all that work on the same database."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run_waiting() -> int:
    """Run all jobs that wait, and those that they start, in this process; how many ran.

    For tests and commands. One that fails and is to be tried again later is left for later.
    """
    ran = 0
    while (hold := claim(worker_name())) is not None:
        run(hold)
        ran += 1
    return ran
