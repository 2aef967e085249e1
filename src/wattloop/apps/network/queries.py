"""What others read of grid places."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from wattloop.apps.customers.models import Agreement, Customer
from wattloop.apps.network.models import Area, Feeder, Supply


def important_agreements() -> QuerySet[Agreement]:
    """Agreements of important users that are supplied, with `has_second`: whether a second supply stands."""
    second = Supply.objects.filter(agreement=OuterRef("pk"), rank=Supply.Rank.SECOND, valid_to__isnull=True)
    found: QuerySet[Agreement] = (
        Agreement.objects.exclude(customer__importance=Customer.Importance.ORDINARY)
        .exclude(state=Agreement.State.CLOSED)
        .annotate(has_second=Exists(second))
    )
    return found


def without_second_supply() -> QuerySet[Agreement]:
    """Agreements of important users that no second supply stands behind (重要用户 without 备用电源)."""
    return important_agreements().filter(has_second=False)


def supplies_of(agreement: Agreement) -> QuerySet[Supply]:
    """By what an agreement is and was supplied."""
    found: QuerySet[Supply] = (
        Supply.objects.filter(agreement=agreement).select_related("area", "feeder").order_by("rank", "-valid_from")
    )
    return found


def areas() -> QuerySet[Area]:
    """Transformer areas with `supplied`: how many agreements they supply now."""
    held: QuerySet[Area] = Area.objects.select_related("feeder", "unit").annotate(
        supplied=_counted(Supply.objects.filter(area=OuterRef("pk"), valid_to__isnull=True), "area")
    )
    return held


def feeders() -> QuerySet[Feeder]:
    """Feeders with `count_areas`, and `supplied`: how many agreements they supply themselves."""
    supplied = _counted(Supply.objects.filter(feeder=OuterRef("pk"), valid_to__isnull=True), "feeder")
    areas = _counted(Area.objects.filter(feeder=OuterRef("pk")), "feeder")
    held: QuerySet[Feeder] = Feeder.objects.select_related("unit").annotate(count_areas=areas, supplied=supplied)
    return held


def _counted(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many rows a place has, counted for the places that a page shows and no others."""
    counted = rows.order_by().values(by).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def agreements_of(place: Any) -> QuerySet[Agreement]:
    """The agreements that an area or a feeder supplies now."""
    field = "area" if isinstance(place, Area) else "feeder"
    rows: QuerySet[Agreement] = Agreement.objects.filter(
        **{f"supplies__{field}": place, "supplies__valid_to__isnull": True}
    )
    return rows
