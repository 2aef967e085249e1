"""What is logged while a job runs is kept with it, for whoever looks at its page."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import deque

from wattloop.apps.records.models import Job

LINES, LONGEST = 300, 400
# A task's own lines; of the house's other loggers, what is a warning or worse is kept too.
own = logging.getLogger("wattloop.jobs.log")
own.setLevel(logging.INFO)
_house = logging.getLogger("wattloop")


class JobLog(logging.Handler):
    """Lines logged in this thread while it is entered; the last few hundred, those of earlier attempts among them."""

    def __init__(self, job: Job) -> None:
        super().__init__(logging.INFO)
        held = job.log.splitlines() if job.every is None else []
        self._lines = deque(held, maxlen=LINES)
        self._thread = threading.get_ident()

    def __enter__(self) -> JobLog:
        _house.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _house.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        if record.thread == self._thread:
            at = dt.datetime.fromtimestamp(record.created, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            said = record.getMessage().replace("\n", " ").replace("\0", "")[:LONGEST]
            self._lines.append(f"{at} {record.levelname.lower()} {said}")

    @property
    def text(self) -> str:
        """All lines kept."""
        return "\n".join(self._lines)
