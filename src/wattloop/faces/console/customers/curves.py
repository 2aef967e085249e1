"""The load of an agreement: a day slot by slot, a month day by day, as figures that the page draws."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.metering import curves
from wattloop.faces.console.customers.agreements import found
from wattloop.faces.web.gatekeeping import needs

VIEW = "metering.readings.view"


def _measured(agreement: Agreement) -> list[str]:
    """Main points: what stands behind another has passed its meter already."""
    return list(agreement.points.filter(behind__isnull=True, fixed_wh__isnull=True).values_list("number", flat=True))


def _asked_day(request: HttpRequest) -> dt.date | None:
    told = request.GET.get("day", "")
    try:
        return dt.date.fromisoformat(told) if told else None
    except ValueError:
        raise Http404 from None


@needs(VIEW)
def load(request: HttpRequest, pk: int) -> HttpResponse:
    """The two curves, of the last day with readings or the day asked for."""
    agreement = found(request, pk, VIEW)
    day = _asked_day(request) or curves.last_day(_measured(agreement))
    step = dt.timedelta(days=1)
    context: dict[str, Any] = {"agreement": agreement, "day": day}
    if day is not None:
        context |= {"before": day - step, "after": day + step}
    return render(request, "console/customers/load.html", context)


@needs(VIEW)
def day_data(request: HttpRequest, pk: int) -> HttpResponse:
    """A day in kW, beside the same day of the week before."""
    agreement = found(request, pk, VIEW)
    day = _asked_day(request) or enterprise.today()
    points = _measured(agreement)
    today, before = curves.day_curve(points, day), curves.day_curve(points, day - dt.timedelta(days=7))
    slots = today.slots or before.slots or 96
    minutes = 1440 // slots
    series = [
        {"name": str(day - dt.timedelta(days=7) * n), "data": [_kw(v, slots) for v in curve.values]}
        for n, curve in enumerate((today, before))
        if curve.slots == slots
    ]
    return JsonResponse({
        "type": "line", "unit": "kW", "series": series,
        "x": [f"{slot * minutes // 60:02}:{slot * minutes % 60:02}" for slot in range(slots)],
    })  # fmt: skip


def _kw(wh: int | None, slots: int) -> float | None:
    return None if wh is None else round(wh * slots / 24_000, 3)


@needs(VIEW)
def month_data(request: HttpRequest, pk: int) -> HttpResponse:
    """A month in kWh a day, beside the month before."""
    agreement = found(request, pk, VIEW)
    day = _asked_day(request) or enterprise.today()
    first = day.replace(day=1)
    points = _measured(agreement)
    series = []
    for begin in (first, (first - dt.timedelta(days=1)).replace(day=1)):
        end = (begin + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        curve = curves.daily_curve(points, begin, end)
        data = [None if wh is None else round(wh / 1000, 1) for wh in curve.values]
        if any(value is not None for value in data):
            series.append({"name": f"{begin:%Y-%m}", "data": [*data, *[None] * (31 - len(data))]})
    told = {"type": "bar", "unit": "kWh", "x": [str(n) for n in range(1, 32)], "series": series}
    return JsonResponse({**told, "title": _("Use by day")})
