"""Who may do what, where."""

from __future__ import annotations

import pytest
from tests.cast import Cast

from wattloop.apps.customers.models import Customer
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import System


def test_a_stations_clerk_sees_that_stations_customers_alone(cast: Cast) -> None:
    seen = gate.visible(cast.clerk, "customers.customer.view", Customer.objects.all())
    assert {customer.name for customer in seen} == {"张伟", "东江机械厂"}


def test_the_company_includes_its_stations_and_teams(cast: Cast) -> None:
    assert gate.may(cast.chief, "customers.customer.change", cast.east_team)
    assert gate.grants(cast.chief).units("customers.customer.view") is None


def test_what_no_role_grants_is_refused_by_name(cast: Cast) -> None:
    with pytest.raises(gate.NotAllowed, match=r"clerk may not do billing\.run\.approve for east"):
        gate.require(cast.clerk, "billing.run.approve", cast.east)


def test_a_role_for_one_station_is_none_for_its_neighbour_or_the_company(cast: Cast) -> None:
    assert gate.may(cast.clerk, "customers.customer.change", cast.east)
    assert not gate.may(cast.clerk, "customers.customer.change", cast.west)
    assert not gate.may(cast.clerk, "customers.customer.change", cast.company)


def test_a_changed_role_holds_on_the_next_request(cast: Cast) -> None:
    user = type(cast.clerk).objects
    assert gate.may(user.get(username="clerk"), "billing.bill.view")
    cast.clerk.assignments.all().delete()
    assert not gate.may(user.get(username="clerk"), "billing.bill.view")


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("*", "billing.run.view", True),
        ("billing.*", "billing.run.view", True),
        ("billing.run.view", "billing.run.view", True),
        ("*.view", "billing.run.view", True),
        ("*.view", "billing.run.preview", False),
        ("*.view", "billing.run.approve", False),
        ("billing.*", "billings.run.view", False),
        ("billing.run.view", "billing.run.viewer", False),
    ],
)
def test_a_pattern_covers_whole_words(pattern: str, action: str, covered: bool) -> None:
    assert gate.covers(pattern, action) is covered


def test_the_system_itself_may_do_everything() -> None:
    assert gate.may(System("worker"), "billing.run.issue")
