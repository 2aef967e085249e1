"""The jobs of the room. Each may be killed anywhere and run again: it does what is left to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wattloop.apps.billing.models import BillRun
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity.refusal import Refused


@jobs.task("billing.rate")
def rate(context: jobs.Context, run_id: int, attempt: int) -> None:
    """Rate a run: book its lines, then write what they come to into its bills."""
    from wattloop.apps.billing import booking, loading, services
    from wattloop.apps.enterprise import queries as enterprise
    from wattloop.apps.metering.lake import open_lake

    run = _wanted(run_id, BillRun.State.DETERMINANTS, attempt)
    if run is None:
        return
    seconds: dict[str, float] = {}
    with _told(run, services.not_rated, by=context.by):
        with _step(seconds, "rating"):
            snapshot = open_lake().snapshot(run.lake_version)
            run.booked = booking.book(run, snapshot, enterprise.tariffs_in_force(), _progress(context))
        if run.booked is None:
            with context.transaction():
                services.nothing_to_correct(run, by=context.by)
            return
        with _step(seconds, "bills"):
            load = loading.load_differences if run.kind == BillRun.Kind.CORRECTION else loading.load
            load(context, run, booking.lines_file(run), enterprise.settings().minor_digits)
        with context.transaction():
            services.rated(run, run.booked, by=context.by, seconds=seconds)


@jobs.task("billing.check")
def check(context: jobs.Context, run_id: int, attempt: int) -> None:
    """Check the bills of a rated run, and split the largest rises."""
    from wattloop.apps.billing import services
    from wattloop.apps.billing.checking import find
    from wattloop.apps.billing.shocks import find as find_shocks

    run = _wanted(run_id, BillRun.State.RATED, attempt)
    if run is None:
        return
    seconds = dict(run.seconds)
    with _step(seconds, "checks"):
        find(context, run)
    with _step(seconds, "shocks"):
        find_shocks(context, run)
    with context.transaction():
        services.checked(run, by=context.by, seconds=seconds)


@jobs.task("billing.issue")
def issue(context: jobs.Context, run_id: int) -> int:
    """Issue what of a run is not issued yet, chunk by chunk."""
    from wattloop.apps.billing import booking, loading, services
    from wattloop.apps.billing.models import Bill
    from wattloop.apps.billing.parts import Parts

    run = _wanted(run_id, BillRun.State.ISSUING)
    if run is None:
        return 0
    done: int = Bill.objects.filter(run=run, state=Bill.State.ISSUED).count()
    with _told(run, services.not_issued, by=context.by):
        parts = Parts(run, booking.lines_file(run))
        while True:
            with context.transaction():
                some = services.issue_some(run, parts, by=context.by)
            if not some:
                break
            done += some
            loading.rest(context, min(done, run.bills), run.bills, "issuing")
        with context.transaction():
            services.issued(run, by=context.by)
    return done


def _wanted(run_id: int, state: str, attempt: int | None = None) -> BillRun | None:
    """The run, unless what a job was to do for it is done, given up or begun anew."""
    found = BillRun.objects.filter(pk=run_id, state=state)
    run: BillRun | None = (found if attempt is None else found.filter(attempt=attempt)).first()
    return run


def _progress(context: jobs.Context) -> Callable[[int, int, str], None]:
    def told(done: int, total: int, step: str) -> None:
        context.progress(done, total, step)
        context.check()

    return told


@contextmanager
def _told(run: BillRun, service: Callable[..., BillRun], *, by: Actor) -> Iterator[None]:
    """What is refused stands on the run's page."""
    try:
        yield
    except Refused as refused:
        service(run, str(refused), by=by)
        raise


@contextmanager
def _step(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - began, 3)
