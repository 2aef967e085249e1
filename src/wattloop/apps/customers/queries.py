"""What others read of customers, agreements and prospects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, Sum

from wattloop.apps.customers.models import Agreement, AgreementVersion, OldNumber, Prospect, UsagePoint


def version_on(agreement: Agreement, day: dt.date) -> AgreementVersion | None:
    """The terms that hold on a day."""
    found: AgreementVersion | None = (
        AgreementVersion.objects.filter(agreement=agreement, valid_from__lte=day)
        .exclude(valid_to__lt=day)
        .select_related("customer")
        .first()
    )
    return found


def versions_on(agreements: Iterable[Agreement], day: dt.date) -> dict[int, AgreementVersion]:
    """The terms of some agreements on a day, by the agreement's id."""
    rows = AgreementVersion.objects.filter(agreement__in=list(agreements), valid_from__lte=day)
    return {version.agreement_id: version for version in rows.exclude(valid_to__lt=day)}


def points_of(agreement: Agreement) -> QuerySet[UsagePoint]:
    """An agreement's points, main ones first."""
    found: QuerySet[UsagePoint] = (
        UsagePoint.objects.filter(agreement=agreement).select_related("behind").order_by("behind_id", "pk")
    )
    return found


def old_numbers(kind: str, number: str) -> list[str]:
    """The numbers that something had, with the system it had them in."""
    rows = OldNumber.objects.filter(kind=kind, now=number).order_by("system")
    return [f"{system} {old}" for system, old in rows.values_list("system", "number")]


def opening_tiers(agreements: QuerySet[Agreement], year: int) -> dict[int, int]:
    """Wh that counted for a year's tiers before the first bill made here, by the agreement's id."""
    rows = agreements.filter(opening_tiers__year=year)
    return dict(rows.values_list("pk", "opening_tiers__energy_wh"))


GROWING = (Prospect.Stage.HEARD, Prospect.Stage.APPLIED, Prospect.Stage.BUILDING)


def expected_load(prospects: QuerySet[Prospect], start: dt.date, months: int) -> dict[str, list[int]]:
    """The load that prospects are expected to bring: {stage: W added in each month}, weighed by its chance.

    Args:
        prospects: those who count.
        start: the first day of the first month; what was expected before it is in that month.
        months: how many.
    """
    found = {str(stage): [0] * months for stage in GROWING}
    rows = prospects.filter(stage__in=GROWING, expected_on__isnull=False)
    for stage, day, load, chance in rows.values_list("stage", "expected_on", "load_w", "chance_percent"):
        at = max(0, (day.year - start.year) * 12 + day.month - start.month)
        if at < months:
            found[stage][at] += load * chance // 100
    return found


def growth_by_unit(prospects: QuerySet[Prospect]) -> list[dict[str, Any]]:
    """The load that prospects of each unit and stage would bring, in W."""
    rows = prospects.filter(stage__in=GROWING).order_by("unit__path", "stage")
    return list(rows.values("unit__path", "unit__name_zh", "unit__name_en", "stage").annotate(load=Sum("load_w")))
