"""Jobs: work beside the pages, by the interface of django-tasks with a backend of ours.

A room declares its tasks in `tasks.py`:

    @jobs.task("billing.rate")
    def rate(context: jobs.Context, run_id: int) -> None: ...

and a service starts one in its own transaction: `jobs.start(rate, run.pk, key=f"billing.rate:{run.pk}",
about=run, by=by)`. A job may run twice, as when a worker is killed after its work and before it says
so: a task does what is left to do, and writes in `context.transaction()`.
"""

from wattloop.apps.records.jobs.context import Cancelled, Context, GivenBack, LeaseLost
from wattloop.apps.records.jobs.declared import schedule, task
from wattloop.apps.records.jobs.running import run_waiting
from wattloop.apps.records.jobs.starting import start

__all__ = ["Cancelled", "Context", "GivenBack", "LeaseLost", "run_waiting", "schedule", "start", "task"]
