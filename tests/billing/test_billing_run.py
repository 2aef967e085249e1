"""A bill run from planned to issued."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Sum

from wattloop.apps.billing import booking, queries, services
from wattloop.apps.billing.models import Bill, BillException, BillRun
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.models import Charge
from wattloop.apps.records import jobs
from wattloop.apps.records.actors import System
from wattloop.library.rating.corrections.booked import Booked

START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
BY = System("test")


@pytest.fixture
def checked(county) -> BillRun:
    """October planned, rated and checked."""
    run = services.plan(enterprise.company(), START, END, by=BY)
    services.rate(run, by=BY)
    jobs.run_waiting()
    run.refresh_from_db()
    assert run.problem == ""
    assert run.state == "checked"
    return run


def test_a_month_is_planned_rated_checked_approved_and_issued(checked: BillRun) -> None:
    run = checked
    assert run.planned == Agreement.objects.count()
    assert run.bills + run.held == run.planned
    BillException.objects.filter(run=run, severity="block").exclude(rule="held").update(state="accepted")
    services.approve(run, by=BY)
    services.issue(run, by=BY)
    jobs.run_waiting()
    run.refresh_from_db()
    assert (run.problem, run.state) == ("", "issued")
    issued = Bill.objects.filter(run=run, state="issued")
    assert issued.count() == run.issued == run.bills
    assert len(set(issued.values_list("number", flat=True))) == run.issued
    lines = Booked(booking.booked_in(run)).lines()
    total = sum(lines["amount"].to_pylist())
    assert issued.aggregate(Sum("amount"))["amount__sum"] == run.amount == int(total * 100)
    charges = Charge.objects.filter(kind="bill")
    assert charges.aggregate(Sum("amount"))["amount__sum"] == run.amount


def test_every_bill_is_the_sum_of_its_lines(checked: BillRun) -> None:
    for bill in Bill.objects.filter(run=checked, state="rated").select_related("run", "agreement")[:10]:
        lines = queries.lines_of(bill)
        assert len(lines) == bill.line_count > 0
        assert int(sum(line["amount"] for line in lines) * 100) == bill.amount
