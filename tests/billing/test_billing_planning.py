"""Planning claims agreements and a period: nobody is ever billed by two runs."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from tests.billing.steps import BY, END, OTHER, START
from tests.cast import Cast, make_cast

from wattloop.apps.billing import services
from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.billing.scope import Scope
from wattloop.apps.customers.models import AgreementVersion
from wattloop.apps.enterprise import gate
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity.refusal import Refused

SEPTEMBER = dt.date(2026, 9, 1)


def _numbers(run: BillRun) -> set[str]:
    return set(Bill.objects.filter(run=run).values_list("agreement__number", flat=True))


def test_a_run_claims_everybody_below_its_unit(cast: Cast) -> None:
    run = services.plan(cast.company, START, END, by=cast.analyst)
    assert run.planned == 3
    assert (run.state, run.name, run.made_by) == ("planned", "2026-10", "analyst")
    assert AuditEntry.objects.filter(action="billing.run.plan", object_id=str(run.pk)).count() == 1


def test_a_stations_run_leaves_the_others(cast: Cast) -> None:
    east = services.plan(cast.east, START, END, by=BY)
    rest = services.plan(cast.company, START, END, by=BY)
    assert (east.planned, rest.planned) == (2, 1)
    assert not _numbers(east) & _numbers(rest)


def test_a_scope_narrows_by_unit_tariff_and_number(cast: Cast) -> None:
    by_tariff = services.plan(
        cast.company, START, END, by=BY, scope=Scope(tariffs=["industrial-two-part-10kv"])
    )  # fmt: skip
    assert _numbers(by_tariff) == {cast.agreements["works"].number}
    by_number = services.plan(cast.company, START, END, by=BY, scope=Scope(agreements=[cast.agreements["li"].number]))
    assert _numbers(by_number) == {cast.agreements["li"].number}
    by_unit = services.plan(cast.company, START, END, by=BY, scope=Scope(units=["east"]))
    assert _numbers(by_unit) == {cast.agreements["zhang"].number}
    assert Scope.of(by_unit.scope) == Scope(units=["east"])


def test_where_all_are_billed_another_run_is_refused(cast: Cast) -> None:
    services.plan(cast.company, START, END, by=BY)
    with pytest.raises(Refused, match="no agreement is left"):
        services.plan(cast.company, START, END, by=BY)
    assert BillRun.objects.count() == 1


@pytest.mark.parametrize(
    ("start", "end"),
    [(dt.date(2026, 10, 15), dt.date(2026, 11, 15)), (SEPTEMBER, END), (dt.date(2026, 10, 31), dt.date(2026, 11, 1)),
     (dt.date(2026, 9, 20), dt.date(2026, 10, 2))],
)  # fmt: skip
def test_an_odd_span_that_overlaps_is_refused_by_name(cast: Cast, start: dt.date, end: dt.date) -> None:
    services.plan(cast.company, START, END, by=BY)
    with pytest.raises(Refused, match="overlaps"):
        services.plan(cast.company, start, end, by=BY)


def test_spans_that_touch_do_not_overlap(cast: Cast) -> None:
    services.plan(cast.company, START, END, by=BY)
    assert services.plan(cast.company, dt.date(2026, 9, 15), START, by=BY).planned == 3
    assert services.plan(cast.company, END, dt.date(2026, 11, 11), by=BY).planned == 3


def test_an_agreement_that_is_not_in_force_is_not_billed(cast: Cast) -> None:
    AgreementVersion.objects.filter(agreement=cast.agreements["zhang"]).update(valid_to=dt.date(2026, 9, 30))
    AgreementVersion.objects.filter(agreement=cast.agreements["li"]).update(valid_from=END)
    assert _numbers(services.plan(cast.company, START, END, by=BY)) == {cast.agreements["works"].number}


def test_an_agreement_of_the_last_day_is_billed(cast: Cast) -> None:
    AgreementVersion.objects.filter(agreement=cast.agreements["zhang"]).update(valid_to=START)
    AgreementVersion.objects.filter(agreement=cast.agreements["li"]).update(valid_from=END - dt.timedelta(days=1))
    assert services.plan(cast.company, START, END, by=BY).planned == 3


@pytest.mark.parametrize(("start", "end"), [(END, START), (START, START), (START, dt.date(2028, 1, 1))])
def test_a_span_of_no_day_or_of_years_is_refused(cast: Cast, start: dt.date, end: dt.date) -> None:
    with pytest.raises(Refused, match="1 to 366 days"):
        services.plan(cast.company, start, end, by=BY)


def test_cancelling_lets_go_of_everybody(cast: Cast) -> None:
    run = services.plan(cast.company, START, END, by=BY)
    services.cancel(run, by=BY, note="wrong month")
    assert not Bill.objects.exists()
    assert services.plan(cast.company, START, END, by=BY).planned == 3
    with pytest.raises(Refused, match="is cancelled"):
        services.cancel(run, by=BY)


def test_who_may_not_plan_for_a_unit_plans_nothing(cast: Cast) -> None:
    for user in (cast.clerk, cast.auditor, cast.designer):
        with pytest.raises(gate.NotAllowed):
            services.plan(cast.east, START, END, by=user)
    assert not BillRun.objects.exists()


def test_the_database_itself_refuses_a_second_bill(cast: Cast) -> None:
    run = services.plan(cast.company, START, END, by=BY)
    bill = Bill.objects.filter(run=run).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Bill.objects.create(run=run, agreement=bill.agreement, period_start=START, period_end=END)


def test_whoever_planned_does_not_approve(cast: Cast) -> None:
    run = services.plan(cast.company, START, END, by=cast.chief)
    with pytest.raises(Refused, match="does not approve"):
        services.approve(run, by=cast.chief)


@pytest.mark.parametrize("service", [services.check, services.approve, services.issue])
def test_a_planned_run_is_neither_checked_nor_approved_nor_issued(cast: Cast, service) -> None:
    run = services.plan(cast.company, START, END, by=BY)
    with pytest.raises(Refused):
        service(run, by=OTHER)
    run.refresh_from_db()
    assert run.state == "planned"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "spans",
    [((START, END), (START, END)), ((START, END), (dt.date(2026, 10, 10), dt.date(2026, 11, 10)))],
    ids=["the same month", "odd spans"],
)
def test_of_two_who_plan_at_once_one_is_refused(spans) -> None:
    cast = make_cast()
    together, told = threading.Barrier(2), []

    def plan(start: dt.date, end: dt.date) -> None:
        try:
            together.wait()
            told.append(services.plan(cast.company, start, end, by=BY).planned)
        except Refused as refused:
            told.append(refused.what)
        finally:
            connection.close()

    threads = [threading.Thread(target=plan, args=span) for span in spans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, told))[0] == "3", told
    assert len([one for one in told if one == 3]) == 1
    assert Bill.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_who_cancel_at_once_one_is_told() -> None:
    cast = make_cast()
    run = services.plan(cast.company, START, END, by=BY)
    together, told = threading.Barrier(2), []

    def cancel() -> None:
        try:
            together.wait()
            services.cancel(BillRun.objects.get(pk=run.pk), by=BY)
            told.append("cancelled")
        except Refused:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=cancel) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["cancelled", "refused"]
    assert AuditEntry.objects.filter(action="billing.run.cancel").count() == 1
