"""Which tasks there are, by name, and which of them run by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_tasks
from django.utils.module_loading import import_string

PERIODIC = "periodic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(django_tasks.base.Task[..., Any]):
    """A task of django-tasks with a name that outlives a move of its function.

    `label` is what the job's row says, `title` what people read; `attempts` how often it is tried when it
    fails unexpectedly.
    """

    label: str = ""
    title: Any = ""
    attempts: int = 5

    @property
    def named(self) -> str:
        """Its label, or where its function is."""
        return self.label or self.module_path


_tasks: dict[str, Task] = {}
_every: dict[str, dt.timedelta] = {}


def task(
    label: str, *, title: Any = "", priority: int = 0, attempts: int = 5, queue: str = "default"
) -> Callable[[Callable[..., Any]], Task]:
    """Declare a function of a module as the task `room.verb`; its first argument is `context`.

    `title` is what people read of it, as "rate a bill run". A refusal (`Refused`) ends a job at once;
    anything else that is raised is tried again, later each time.
    """

    def declare(function: Callable[..., Any]) -> Task:
        made: Task = django_tasks.task(
            priority=priority, queue_name=queue, takes_context=True, label=label, title=title, attempts=attempts
        )(function)
        held = _tasks.setdefault(label, made)
        if held.module_path != made.module_path:
            msg = f"{label} is {held.module_path} already"
            raise ValueError(msg)
        _tasks[label] = made
        return made

    return declare


def schedule(label: str, *, every: dt.timedelta) -> Callable[[Task], Task]:
    """Have a declared task without arguments run once in every period, however many workers there are."""

    def declare(made: Task) -> Task:
        if made.label != label:
            msg = f"{label} is no name of {made.named}"
            raise ValueError(msg)
        _every[label] = every
        return made

    return declare


def scheduled() -> dict[str, dt.timedelta]:
    """The names of tasks that run by themselves, each with its period."""
    return dict(_every)


def title(named: str) -> str:
    """What people read of a task; its name where it has no title or this program has no such task."""
    found = _tasks.get(named)
    return str((found and found.title) or named)


def find(named: str) -> Task:
    """The task of a name, or the one at a dotted path.

    Raises:
        LookupError: when this program has none of that name.
    """
    if named in _tasks:
        return _tasks[named]
    try:
        found = import_string(named)
    except ImportError:
        found = None
    if isinstance(found, Task):
        return found
    msg = f"this program has no task {named}"
    raise LookupError(msg)
