"""Coverage: how much of the readings that should be there is there, as a map of days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wattloop.apps.customers.models import Agreement, UsagePoint
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.metering import coverage, queries
from wattloop.apps.network.models import Area, Supply
from wattloop.faces.web.gatekeeping import needs

VIEW = "metering.readings.view"
MOST_POINTS = 300
SHADES = (100, 99, 95, 80, 1)
"""From which share a cell has which shade, the best first; below, it is empty."""


@needs(VIEW)
def readings(request: HttpRequest) -> HttpResponse:
    """By transformer area and day; of a chosen area or agreement, by point and day."""
    first, last, months = _month(request)
    area, agreement = _area(request), _agreement(request)
    may = gate.visible(request.user, VIEW, UsagePoint.objects.order_by("number"), "agreement__unit")
    points = queries.measured_by_intervals(may, first, last)
    context: dict[str, Any] = {
        "first": first, "last": last, "months": months, "area": area, "agreement": agreement,
        "areas": gate.visible(request.user, VIEW, Area.objects.order_by("code")),
        "asked_agreement": request.GET.get("agreement", ""),
        "may_import": gate.may(request.user, "metering.readings.import"),
        "may_see_sources": gate.may(request.user, VIEW),
    }  # fmt: skip
    if request.GET.get("agreement", "").strip() and agreement is None:
        context["problem"] = _("There is no such agreement.")
    if agreement is not None:
        context |= _by_point(points.filter(agreement=agreement), first, last, wanted=request.GET.get("lacking") == "1")
    elif area is not None:
        chosen = points.filter(agreement__supplies__area=area, agreement__supplies__valid_to__isnull=True).distinct()
        context |= _by_point(chosen, first, last, wanted=request.GET.get("lacking") == "1")
    else:
        context |= _by_area(points, first, last)
    context["lacking"] = request.GET.get("lacking") == "1"
    return render(request, "console/metering/readings.html", context)


def _month(request: HttpRequest) -> tuple[dt.date, dt.date, list[str]]:
    """The month asked for, or the newest of which there are readings; and those there are."""
    from wattloop.apps.metering.lake import open_lake

    snapshot = open_lake().snapshot()
    held = {month for slots in snapshot.slot_counts() for month in snapshot.months("intervals", slots)}
    months = sorted(held, reverse=True)
    told = request.GET.get("month", "") or (months[0] if months else f"{enterprise.today():%Y-%m}")
    try:
        first = dt.date.fromisoformat(f"{told}-01")
    except ValueError:
        raise Http404 from None
    return first, (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1), months


def _area(request: HttpRequest) -> Area | None:
    told = request.GET.get("area", "")
    if not told:
        return None
    rows = gate.visible(request.user, VIEW, Area.objects.all())
    found: Area | None = rows.filter(pk=told).first() if told.isdigit() and len(told) < 19 else None
    if found is None:
        raise Http404
    return found


def _agreement(request: HttpRequest) -> Agreement | None:
    number = request.GET.get("agreement", "").strip()
    found: Agreement | None = gate.visible(request.user, VIEW, Agreement.objects.filter(number=number)).first()
    return found


def _by_point(points: Any, first: dt.date, last: dt.date, *, wanted: bool) -> dict[str, Any]:
    told = list(points.values_list("number", "agreement_id", "agreement__number")[: MOST_POINTS + 1])
    grid = coverage.of_points([number for number, _pk, _name in told[:MOST_POINTS]], first, last)
    rows = []
    for (number, agreement, name), states, shares in zip(told, grid.states, grid.shares, strict=False):
        if wanted and all(state == coverage.WHOLE for state in states):
            continue
        cells = [
            {"state": state, "share": share, "day": day}
            for state, share, day in zip(states, shares, grid.days, strict=True)
        ]
        rows.append({"point": number, "agreement": agreement, "name": name, "cells": cells})
    return {"days": grid.days, "rows": rows, "by_point": True, "more": len(told) > MOST_POINTS, "most": MOST_POINTS}


def _by_area(points: Any, first: dt.date, last: dt.date) -> dict[str, Any]:
    supplies = Supply.objects.filter(
        rank=Supply.Rank.MAIN, valid_to__isnull=True, agreement__in=points.order_by().values("agreement")
    )
    places = dict(supplies.values_list("agreement_id", "area__code"))
    members = [
        (number, places.get(agreement) or "")
        for number, agreement in points.values_list("number", "agreement_id").iterator(chunk_size=5_000)
    ]
    shares = coverage.of_groups(members, first, last)
    areas = {area.code: area for area in Area.objects.filter(code__in=[c for c in shares.expected if c])}
    rows = []
    for code in sorted(shares.expected, key=lambda c: (not c, c)):
        expected = shares.expected[code]
        cells = []
        for day, there in zip(shares.days, shares.there[code], strict=True):
            share = there * 100 // expected
            cells.append({"day": day, "share": share, "there": there, "shade": _shade(share)})
        rows.append({"area": areas.get(code), "code": code, "expected": expected, "cells": cells})
    return {"days": shares.days, "rows": rows, "by_point": False}


def _shade(share: int) -> int:
    return next((n for n, least in enumerate(SHADES) if share >= least), len(SHADES))
