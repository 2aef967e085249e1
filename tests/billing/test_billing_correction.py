"""An issued run is corrected by difference: what changed since, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Sum
from tests.billing.steps import BY, END, OTHER, START, issue, rate

from wattloop.apps.billing import explaining, queries, services
from wattloop.apps.billing.models import Bill, BillException, BillRun
from wattloop.apps.customers import services as customers
from wattloop.apps.customers.models import AgreementVersion
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables.models import Charge
from wattloop.apps.records import jobs
from wattloop.library.quantity.refusal import Refused


@pytest.fixture
def run(county) -> BillRun:
    return issue(rate(services.plan(enterprise.company(), START, END, by=BY)))


def _raise_capacity(number: str) -> None:
    AgreementVersion.objects.filter(agreement__number=number).update(tariff="residential-shared")


def _a_household(run: BillRun) -> Bill:
    return Bill.objects.filter(run=run, state="issued", tariff="residential-yearly", energy_wh__gt=100_000).first()


def test_the_sum_of_a_bill_and_its_corrections_is_the_bill_as_it_should_be(run: BillRun) -> None:
    bill = _a_household(run)
    _raise_capacity(bill.agreement.number)
    correction = issue(rate(services.plan_correction(run, by=BY)))
    [made] = Bill.objects.filter(run=correction)
    assert (made.agreement_id, made.sequence, made.state) == (bill.agreement_id, 1, "issued")
    assert made.amount != 0
    content = explaining.explained(made)
    assert int(float(content["total"]) * 100 + 0.5) == bill.amount + made.amount
    charges = Charge.objects.filter(agreement=bill.agreement_id)
    assert charges.aggregate(Sum("amount"))["amount__sum"] == bill.amount + made.amount
    assert [one.sequence for one in queries.bills_of(bill.agreement)] == [1, 0]


def test_a_second_correction_corrects_what_the_first_left(run: BillRun) -> None:
    bill = _a_household(run)
    _raise_capacity(bill.agreement.number)
    first = issue(rate(services.plan_correction(run, by=BY)))
    AgreementVersion.objects.filter(agreement=bill.agreement).update(tariff="residential-yearly")
    second = issue(rate(services.plan_correction(run, by=BY)))
    [one], [two] = Bill.objects.filter(run=first), Bill.objects.filter(run=second)
    assert (one.sequence, two.sequence) == (1, 2)
    assert one.amount + two.amount == 0


def test_where_nothing_changed_there_is_nothing_to_correct(run: BillRun) -> None:
    correction = services.plan_correction(run, by=BY)
    services.rate(correction, by=BY)
    jobs.run_waiting()
    correction.refresh_from_db()
    assert correction.state == "cancelled"
    assert "nothing to correct" in correction.problem
    services.plan_correction(run, by=BY)


def test_a_cancelled_correction_leaves_no_trace_in_what_is_booked(run: BillRun) -> None:
    bill = _a_household(run)
    _raise_capacity(bill.agreement.number)
    services.cancel(rate(services.plan_correction(run, by=BY)), by=BY)
    correction = issue(rate(services.plan_correction(run, by=BY)))
    assert Bill.objects.filter(run=correction).count() == 1


def test_rated_again_a_correction_has_its_bills_once(run: BillRun) -> None:
    bill = _a_household(run)
    _raise_capacity(bill.agreement.number)
    correction = rate(rate(services.plan_correction(run, by=BY)))
    assert correction.attempt == 2
    assert Bill.objects.filter(run=correction).count() == 1


def test_only_one_correction_is_under_way_and_only_of_an_issued_run(run: BillRun) -> None:
    services.plan_correction(run, by=BY)
    with pytest.raises(Refused, match="corrects it already"):
        services.plan_correction(run, by=BY)
    planned = services.plan(enterprise.company(), dt.date(2026, 9, 1), START, by=BY)
    with pytest.raises(Refused, match="only a run of bills that is issued"):
        services.plan_correction(planned, by=BY)


def test_what_was_held_back_is_not_corrected_but_billed_by_another_run(county) -> None:
    run = rate(services.plan(enterprise.company(), START, END, by=BY))
    held = Bill.objects.filter(run=run, state="rated").first()
    found = run.exceptions.create(bill=held, agreement=held.agreement, rule="x", severity="warn", unit=run.unit)
    services.decide([found.pk], "held", by=BY)
    issue(run)
    held.refresh_from_db()
    assert (held.state, held.number) == ("held", None)
    _raise_capacity(held.agreement.number)
    correction = services.plan_correction(run, by=BY)
    services.rate(correction, by=BY)
    jobs.run_waiting()
    assert not Bill.objects.filter(run=correction).exists()
    again = services.plan(enterprise.company(), START, END, by=BY)
    assert again.planned == 1 + run.held - 1
    held.refresh_from_db()
    assert held.run_id == again.pk
    issued = issue(rate(again))
    held.refresh_from_db()
    assert held.state == "issued" or issued.issued == 0


def test_a_credit_is_posted_as_a_credit(run: BillRun) -> None:
    bill = Bill.objects.filter(run=run, state="issued", tariff="commercial-single-part", amount__gt=10_000).first()
    AgreementVersion.objects.filter(agreement=bill.agreement).update(
        tariff="residential-shared", customer_class="residential"
    )
    correction = issue(rate(services.plan_correction(run, by=BY)))
    [made] = Bill.objects.filter(run=correction)
    assert made.amount < 0
    assert Charge.objects.get(key=f"bill:{made.pk}").amount == made.amount
    assert jobs.run_waiting() == 0


def test_a_large_correction_waits_for_a_decision_and_checks_of_bills_leave_it_alone(run: BillRun) -> None:
    bill = Bill.objects.filter(run=run, state="issued", tariff="commercial-single-part").order_by("-amount").first()
    _raise_capacity(bill.agreement.number)
    correction = rate(services.plan_correction(run, by=BY))
    [made] = Bill.objects.filter(run=correction)
    [one] = BillException.objects.filter(run=correction)
    assert (one.rule, one.severity) == ("large-correction", "block")
    assert one.found["billed_before"] == bill.amount
    assert one.found["amount"] == made.amount
    with pytest.raises(Refused, match="kept back"):
        services.approve(correction, by=OTHER)
    services.decide([one.pk], "accepted", by=BY, note="tariff was wrong")
    services.approve(correction, by=OTHER)


def test_days_that_are_billed_are_corrected_with_a_reason_and_the_bill_follows(run: BillRun) -> None:
    bill = _a_household(run)
    version = bill.agreement.versions.get()
    with pytest.raises(Refused, match="days up to 2026-10-31 are billed"):
        customers.new_terms(bill.agreement, on=dt.date(2026, 10, 16), by=BY, tariff="residential-shared")
    customers.correct_terms(version, by=BY, reason="a school", tariff="residential-shared")
    [made] = Bill.objects.filter(run=issue(rate(services.plan_correction(run, by=BY))))
    assert (made.agreement_id, made.sequence) == (bill.agreement_id, 1)
    assert made.amount != 0
