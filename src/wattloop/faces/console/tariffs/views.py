"""The list of tariffs, and a tariff drawn: calendar, prices, rules, proof, versions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wattloop.apps.billing.trials import drafts
from wattloop.apps.enterprise import gate, queries
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.faces.console.tariffs.tables import TariffFilter, TariffTable, state
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.library.quantity.refusal import Refused

VIEW = "enterprise.tariff.view"
State = TariffOffer.State


@needs(VIEW)
def tariffs(request: HttpRequest) -> HttpResponse:
    """Tariffs in force, and above them the proposals that wait."""
    waiting = list(TariffOffer.objects.filter(state=State.PROPOSED).order_by("proposed_at"))
    rows = TariffOffer.objects.filter(state=State.IN_FORCE)
    found: HttpResponse = listing(
        request, rows, TariffTable, title=_("Tariffs"), filters=TariffFilter, name="tariffs",
        template="console/tariffs/list.html", waiting=waiting, crumbs=[(_("Tariffs"), "")],
    )  # fmt: skip
    return found


def base_or_404(tariff: str) -> drafts.Base:
    """The file in force of a tariff.

    Raises:
        Http404: where there is none.
    """
    try:
        return drafts.base(tariff)
    except Refused as refused:
        raise Http404(str(refused)) from None


@needs(VIEW)
def detail(request: HttpRequest, tariff: str) -> HttpResponse:
    """One tariff, drawn. `on` chooses a version by its day, `year` the year drawn."""
    from wattloop.faces.console.tariffs import drawing, telling
    from wattloop.faces.console.tariffs.counting import agreements_of
    from wattloop.library.tariffs.show_plain import rules_in_words
    from wattloop.library.tariffs.year_picture import year_picture

    base = base_or_404(tariff)
    versions, day = list(base.versions), _day(request.GET.get("on")) or queries.today()
    at = telling.version_at(versions, day)
    version = versions[at]
    years = _years(versions, queries.today().year)
    year = int(asked) if (asked := request.GET.get("year", "")).isdigit() and int(asked) in years else None
    year = year or min(max(day.year, years[0]), years[-1])
    painter, picture = drawing.Painter(version), year_picture(versions, year)
    heads, rows = telling.price_table(version)
    offers = TariffOffer.objects.filter(tariff=tariff).order_by("-id")[:20]
    return render(request, "console/tariffs/detail.html", {
        "base": base, "tariff": version, "name": telling.name(version), "scope": telling.scope(version),
        "source": telling.source(version), "agreements": agreements_of(request.user).get(tariff, 0),
        "day": day, "year": year, "years": years, "picture": picture, "legend": painter.legend(),
        "months": painter.months(picture), "hours": drawing.HOURS, "wide": drawing.WIDE, "high": drawing.HIGH,
        "pictures": drawing.price_pictures(painter, picture), "stairs": drawing.stairs(painter),
        "heads": heads, "rows": rows, "rules": rules_in_words(version, telling.language(), year),
        "examples": telling.examples(version, str(base.file), base.digest),
        "versions": _versions(versions, at), "changes": _changes(versions, at, year),
        "before": versions[at - 1] if at else None,
        "offers": [(offer, state(offer)) for offer in offers],
        "waiting": next((offer for offer in offers if offer.state == State.PROPOSED), None),
        "may_try": gate.may(request.user, "enterprise.tariff.try"),
    })  # fmt: skip


def _years(versions: list[Any], present: int) -> list[int]:
    """The years that the versions decide a day of, not further off than five from this one."""
    first = min(one.valid_from or one.calendar.first_day for one in versions)
    last = max(min(one.valid_to or one.calendar.last_day, one.calendar.last_day) for one in versions)
    near = range(max(first.year, present - 5), min(last.year, present + 5) + 1)
    return list(near) or [first.year]


def _versions(versions: list[Any], at: int) -> list[dict[str, Any]]:
    """The versions, the newest first."""
    told = [
        {"from": one.valid_from, "to": one.valid_to, "shown": number == at, "on": one.valid_from}
        for number, one in enumerate(versions)
    ]
    return told[::-1]


def _changes(versions: list[Any], at: int, year: int) -> list[tuple[str, list[str]]]:
    """What the version shown changed against the one before it."""
    from wattloop.faces.console.tariffs import telling

    return telling.changes(versions[at - 1], versions[at], year) if at else []


def _day(told: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(told or "")
    except ValueError:
        return None


@needs(VIEW)
def file(request: HttpRequest, tariff: str) -> HttpResponse:
    """The file in force, to download."""
    base = base_or_404(tariff)
    response = HttpResponse(base.text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{base.tariff}.yaml"'
    return response
