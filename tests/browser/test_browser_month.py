"""The thin path through the whole house: an analyst bills a month, somebody else issues it, a clerk explains a bill."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import billing_county
from tests.cast import Cast
from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.customers.models import Customer
from wattloop.apps.enterprise.models import User
from wattloop.apps.receivables.models import Charge
from wattloop.apps.records import jobs

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 10, 31)
ACCOUNTS = 100


@pytest.fixture(scope="session")
def county_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    billing_county.make_files(folder, ACCOUNTS, FIRST, LAST)
    return folder


@pytest.fixture
def stage(transactional_db: None, live_server: Any, home: Path, county_files: Path) -> Cast:
    """The example's enterprise, with a county of customers and their readings, instead of the cast."""
    billing_county.take(county_files, home)
    company = Cast(*[None] * 4)  # type: ignore[arg-type]  # of the cast only its users are asked for
    company.users = {user.username: user for user in User.objects.all()}
    User.objects.update(language="en")
    for user in company.users.values():
        user.language = "en"
    return company


def test_an_analyst_bills_a_month_a_chief_issues_it_and_a_clerk_explains_a_bill(
    open_page: Callable[..., Any], check_axe: Callable[[Any], None]
) -> None:
    analyst = open_page("lijing")
    analyst.goto("/billing/")
    analyst.get_by_role("link", name="Plan a run").click()
    analyst.get_by_label("First day").fill("2026-10-01")
    analyst.get_by_label("Last day").fill("2026-10-31")
    analyst.get_by_role("button", name="Plan").click()
    analyst.get_by_text(f"{ACCOUNTS} agreements are planned.").wait_for()
    analyst.get_by_role("button", name="Rate and check").click()
    analyst.wait_for_load_state()
    jobs.run_waiting()
    analyst.reload()
    analyst.locator("[aria-current=step]", has_text="checked").wait_for()
    run = BillRun.objects.get()
    assert not analyst.get_by_role("button", name="Approve").count(), "whoever plans does not approve"

    chief = open_page("zhoujianguo")
    chief.goto(f"/billing/runs/{run.pk}")
    for name, state in (("Approve", "approved"), ("Issue", "being issued")):
        chief.get_by_role("button", name=name, exact=True).click()
        chief.get_by_role("dialog").get_by_role("button").last.click()
        chief.locator("[aria-current=step]", has_text=state).wait_for()
    jobs.run_waiting()
    chief.reload()
    check_axe(chief)
    run.refresh_from_db()
    assert run.state == "issued"
    issued = Bill.objects.filter(run=run, state="issued")
    assert run.issued == issued.count() > ACCOUNTS // 2
    assert sum(issued.values_list("amount", flat=True)) == sum(Charge.objects.values_list("amount", flat=True))

    told = issued.filter(agreement__unit__code="riverside", amount__gt=0).order_by("pk")
    bill = told.select_related("agreement__customer").first()
    assert bill is not None
    clerk = open_page("zhangxiulan")
    clerk.goto(f"/billing/bills/{bill.pk}")
    clerk.get_by_text(re.compile(r"kWh at .* times at 0\.\d+ yuan per kWh")).first.wait_for()
    check_axe(clerk)
    assert f"{bill.amount / 100:,.2f}" in clerk.locator("main").inner_text()
    other = Bill.objects.exclude(agreement__unit__code__startswith="riverside").first()
    assert other is not None
    answer = clerk.goto(f"/billing/bills/{other.pk}")
    clerk.harness_heard.clear()  # that it is not there was meant
    assert answer.status == 404, "another station's bill is not there for this clerk"
    assert Customer.objects.count() == ACCOUNTS
