"""A worker: takes jobs one after another, keeps their leases alive, and stops cleanly when told to.

Periodic jobs run in a thread beside the others, so that sealing and delivering do not wait for a
month's bill run.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, close_old_connections, connection

from wattloop.apps.records.jobs import holding, periodic
from wattloop.apps.records.jobs.declared import PERIODIC
from wattloop.apps.records.jobs.holding import Hold, LeaseLost
from wattloop.apps.records.jobs.running import run, worker_name

log = logging.getLogger("wattloop.jobs")
LOOK_EVERY = 1.0
ENSURE_EVERY = 60.0
# How long a job may go on once its worker is told to stop, before it is given back unasked.
GRACE = 20.0


class Worker:
    """The loop of one process."""

    def __init__(self) -> None:
        self.name = worker_name()
        self.stopping = threading.Event()
        self._holds: set[Hold] = set()

    def obey_signals(self) -> None:
        """Stop at SIGTERM and at Ctrl-C."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    def stop(self) -> None:
        """End as soon as the job in hand ends or looks whether it should stop; after a grace, without it."""
        if not self.stopping.is_set():
            self.stopping.set()
            last = threading.Timer(GRACE, self._leave)
            last.daemon = True
            last.start()

    def run(self, *, once: bool = False) -> int:
        """Work until told to stop; with `once`, until nothing waits. How many jobs it ran."""
        periodic.ensure()
        if once:
            return self._drain(()) if not self.stopping.is_set() else 0
        beside = threading.Thread(target=self._beside, name="periodic", daemon=True)
        beside.start()
        ran = self._loop(("default",))
        beside.join(GRACE)
        return ran

    def _beside(self) -> None:
        try:
            self._loop((PERIODIC,))
        finally:
            # Without this thread a worker is half a worker: whoever started it starts it whole.
            self.stop()

    def _loop(self, queues: tuple[str, ...]) -> int:
        ran = 0
        ensured = time.monotonic()
        while not self.stopping.is_set():
            try:
                ran += self._drain(queues)
                if PERIODIC in queues and time.monotonic() - ensured > ENSURE_EVERY:
                    periodic.ensure()
                    ensured = time.monotonic()
            except DatabaseError:
                # The database is away or busy: it will be back, and this process with it.
                log.exception("worker %s cannot reach the database", self.name)
                connection.close()
            close_old_connections()
            self.stopping.wait(LOOK_EVERY)
        connection.close()
        return ran

    def _drain(self, queues: tuple[str, ...]) -> int:
        ran = 0
        while not self.stopping.is_set() and (hold := holding.claim(self.name, queues, self.stopping)) is not None:
            with self._kept(hold):
                run(hold)
            ran += 1
        return ran

    @contextmanager
    def _kept(self, hold: Hold) -> Iterator[None]:
        """Prolong the lease of a job in a thread of its own, until its task ends."""
        ended = threading.Event()
        thread = threading.Thread(target=_beat, args=(hold, ended), name=f"lease {hold.job.pk}", daemon=True)
        self._holds.add(hold)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._holds.discard(hold)

    def _leave(self) -> None:
        """Give back what is still in hand and end the process: its transactions are rolled back with it."""
        for hold in list(self._holds):
            log.warning("job %s (%s) is given back: its worker has to stop", hold.job.pk, hold.job.task)
        holding.let_go(self.name)
        os._exit(0)


def _beat(hold: Hold, ended: threading.Event) -> None:
    """Prolong a lease, four times in its length, on this thread's own connection."""
    try:
        while not ended.wait(holding.LEASE.total_seconds() / 4):
            try:
                hold.beat()
            except DatabaseError:
                log.warning("the lease of job %s could not be prolonged", hold.job.pk, exc_info=True)
                connection.close()
    except LeaseLost:
        log.warning("job %s (%s) is another worker's by now", hold.job.pk, hold.job.task)
    finally:
        connection.close()
