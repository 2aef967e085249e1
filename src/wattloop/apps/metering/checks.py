"""What is wrong with customers, agreements and meters that are there: each a query, each finding with its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from wattloop.apps.customers.models import Agreement, AgreementVersion, Customer, UsagePoint
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.metering.models import Installation
from wattloop.apps.network.queries import without_second_supply


@dataclass(frozen=True)
class Finding:
    """Something wrong: which check found it, with what, and what it is."""

    check: str
    about: str
    said: str


def findings() -> Iterator[Finding]:
    """Everything that is wrong, check by check."""
    today = enterprise.today()
    for agreement in without_second_supply().select_related("customer").order_by("number"):
        said = f"{agreement.customer.name} is an important user without a second supply"
        yield Finding("second-supply", f"agreement {agreement.number}", said)
    supplied = Agreement.objects.filter(state=Agreement.State.ACTIVE)
    versions = AgreementVersion.objects.filter(agreement=OuterRef("pk"), valid_from__lte=today).exclude(
        valid_to__lt=today
    )
    for number in supplied.filter(~Exists(versions)).values_list("number", flat=True).iterator():
        yield Finding("terms", f"agreement {number}", "no terms hold today")
    points = UsagePoint.objects.filter(agreement=OuterRef("pk")).exclude(valid_to__lt=today)
    for number in supplied.filter(~Exists(points)).values_list("number", flat=True).iterator():
        yield Finding("points", f"agreement {number}", "it has no usage point today")
    hanging = Installation.objects.filter(point=OuterRef("pk"), valid_to__isnull=True)
    measured = UsagePoint.objects.filter(
        agreement__state=Agreement.State.ACTIVE, valid_to__isnull=True, fixed_wh__isnull=True,
        share_millionths__isnull=True,
    )  # fmt: skip
    for number in measured.filter(~Exists(hanging)).values_list("number", flat=True).iterator():
        yield Finding("meters", f"point {number}", "no meter hangs there")
    theirs = Agreement.objects.filter(customer=OuterRef("pk"))
    for number in Customer.objects.filter(~Exists(theirs), until__isnull=True).values_list("number", flat=True):
        yield Finding("agreements", f"customer {number}", "they have no agreement")
    for number in Customer.objects.filter(key_account=True, manager__isnull=True).values_list("number", flat=True):
        yield Finding("manager", f"customer {number}", "a key account without a manager")
