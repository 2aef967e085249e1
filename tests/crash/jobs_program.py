"""What the crash test of jobs runs in processes of its own: `prepare JOBS STEPS`, `work`, `tell`."""

from __future__ import annotations

import datetime as dt
import json
import sys

import django

django.setup()

from tests.records import tasks  # noqa: E402

from wattloop.apps.records import jobs  # noqa: E402
from wattloop.apps.records.actors import System  # noqa: E402
from wattloop.apps.records.jobs import holding, worker  # noqa: E402
from wattloop.apps.records.models import Job  # noqa: E402

holding.LEASE = dt.timedelta(seconds=1.5)
worker.LOOK_EVERY = 0.1


def prepare(count: int, steps: int) -> None:
    for number in range(count):
        jobs.start(tasks.counts, f"job{number}", steps, 0.02, key=f"job{number}", by=System("crash"))
    Job.objects.update(attempts_allowed=1000)


def tell() -> None:
    states = list(Job.objects.filter(every=None).values_list("state", flat=True))
    attempts = list(Job.objects.filter(every=None).values_list("attempts", flat=True))
    print(json.dumps({"states": states, "attempts": attempts, "marks": tasks.marks()}))


match sys.argv[1:]:
    case ["prepare", count, steps]:
        prepare(int(count), int(steps))
    case ["work"]:
        made = worker.Worker()
        made.obey_signals()
        made.run()
    case ["tell"]:
        tell()
