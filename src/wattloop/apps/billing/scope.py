"""Whom a run bills: agreements in force in its period, of some units, tariffs or numbers, that nobody bills yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from wattloop.apps.billing.models import Bill, BillRun
from wattloop.apps.customers.models import Agreement, AgreementVersion
from wattloop.apps.enterprise.models import Unit


@dataclass(frozen=True)
class Scope:
    """Who is meant; whatever is empty does not narrow it.

    Args:
        units: codes; each with all below it.
        tariffs: ids; agreements that a version in force in the period puts under one of them.
        agreements: numbers.
    """

    units: Sequence[str] = ()
    tariffs: Sequence[str] = ()
    agreements: Sequence[str] = ()

    def plain(self) -> dict[str, list[str]]:
        """As a run keeps it."""
        return {name: sorted(told) for name, told in asdict(self).items() if told}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Scope:
        """From what `plain` gave."""
        return cls(**plain)


def meant(scope: Scope, unit: Unit, start: dt.date, end: dt.date) -> QuerySet[Agreement]:
    """Agreements of a unit and all below it that are in force on some day of a period, and in a scope."""
    versions = AgreementVersion.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=start), agreement=OuterRef("pk"), valid_from__lt=end
    )
    if scope.tariffs:
        versions = versions.filter(tariff__in=scope.tariffs)
    found = Agreement.objects.filter(Exists(versions), unit__path__startswith=unit.path)
    if scope.units:
        below = Q()
        for path in Unit.objects.filter(code__in=scope.units).values_list("path", flat=True):
            below |= Q(unit__path__startswith=path)
        found = found.filter(below) if below else found.none()
    return found.filter(number__in=scope.agreements) if scope.agreements else found


def claimed(start: dt.date, end: dt.date) -> QuerySet[Bill]:
    """First bills that touch a period: those of it, and those of odd spans that overlap it."""
    return Bill.objects.filter(sequence=0, period_start__lt=end, period_end__gt=start)


def left_over(start: dt.date, end: dt.date) -> QuerySet[Bill]:
    """Bills of exactly a period that their run, issued since, held back: another run may take them over."""
    return Bill.objects.filter(
        sequence=0, period_start=start, period_end=end, state=Bill.State.HELD, run__state=BillRun.State.ISSUED
    )
