"""The backend that django-tasks asks: a task enqueued is a job."""

from __future__ import annotations

from typing import Any

from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import TaskError
from django_tasks.exceptions import TaskResultDoesNotExist

from wattloop.apps.records.actors import System
from wattloop.apps.records.jobs import declared
from wattloop.apps.records.jobs.starting import put
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

STATUS = {
    Job.State.READY: TaskResultStatus.READY,
    Job.State.RUNNING: TaskResultStatus.RUNNING,
    Job.State.DONE: TaskResultStatus.SUCCESSFUL,
    Job.State.FAILED: TaskResultStatus.FAILED,
    Job.State.CANCELLED: TaskResultStatus.FAILED,
}


class Backend(BaseTaskBackend):
    """Jobs in the database."""

    task_class = declared.Task
    supports_defer = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> TaskResult[Any]:
        """Write the job's row in the transaction of whoever asks; it runs once that commits."""
        self.validate_task(task)
        moment = clock.now()
        return as_result(
            put(
                "",
                {
                    "task": task.named,
                    "queue": task.queue_name,
                    "args": list(args),
                    "kwargs": dict(kwargs),
                    "priority": task.priority,
                    "attempts_allowed": task.attempts,
                    "by": System("tasks").actor,
                    "made_at": moment,
                    "run_after": task.run_after or moment,
                },
            )
        )

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """A job as django-tasks describes it."""
        job = Job.objects.filter(pk=result_id).first()
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return as_result(job)


def as_result(job: Job) -> TaskResult[Any]:
    """A job's row as django-tasks describes it."""
    failed = job.state in {Job.State.FAILED, Job.State.CANCELLED}
    result: TaskResult[Any] = TaskResult(
        task=declared.find(job.task),
        id=str(job.pk),
        status=STATUS[Job.State(job.state)],
        enqueued_at=job.made_at,
        started_at=job.started_at,
        last_attempted_at=job.started_at,
        finished_at=job.ended_at,
        args=job.args,
        kwargs=job.kwargs,
        backend="default",
        errors=[TaskError(exception_class_path="builtins.Exception", traceback=job.error)] if failed else [],
        worker_ids=[job.worker] * job.attempts,
    )
    object.__setattr__(result, "_return_value", job.result)
    return result
