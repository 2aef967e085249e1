"""Trying other hours and prices on the population: the page, its answers, and what is made of them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.billing.trials import drafts, places, queries, services
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise import services as enterprise_services
from wattloop.apps.records.models import Job
from wattloop.faces.console.tariffs.views import base_or_404
from wattloop.faces.web.gatekeeping import needs
from wattloop.library.quantity.refusal import Refused

TRY, PROPOSE = "enterprise.tariff.try", "enterprise.tariff.propose"
SPANS = (1, 12)


@needs(TRY)
def page(request: HttpRequest, tariff: str) -> HttpResponse:
    """The page; posted to, it answers as a whole, for those who browse without scripts."""
    context = _context(request, tariff)
    _answer(context)
    return render(request, "console/tariffs/try.html", context, status=422 if context["problem"] else 200)


@require_POST
@needs(TRY)
def answer(request: HttpRequest, tariff: str) -> HttpResponse:
    """What the form comes to: the part of the page that changes with every drag."""
    context = _context(request, tariff)
    _answer(context)
    return render(request, "console/tariffs/parts/answer.html", context)


@require_POST
@needs(TRY)
def sums(request: HttpRequest, tariff: str) -> HttpResponse:
    """Have the sums of the chosen months computed."""
    base = base_or_404(tariff)
    months, span, last = _months(request, queries.months_there())
    if not months:
        messages.error(request, _("The lake holds no whole month yet."))
        return redirect("tariffs:try", tariff)
    try:
        services.sum_up(base.tariff, months, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('tariffs:try', args=[tariff])}?month={last:%Y-%m}&span={span}")


@needs(TRY)
def summing(request: HttpRequest, tariff: str) -> HttpResponse:
    """How far the sums are; once they are there the page is loaded anew."""
    base = base_or_404(tariff)
    months, span, last = _months(request, queries.months_there())
    job = queries.running(base.tariff, months, places.scope_of(request.user)) if months else None
    if job is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "console/tariffs/parts/summing.html", {"base": base, "job": job, "last": last, "span": span})


@require_POST
@needs(TRY)
def exact(request: HttpRequest, tariff: str) -> HttpResponse:
    """Have whole bills computed under what the form draws."""
    context = _context(request, tariff)
    base, months = context["base"], context["months"]
    try:
        if context["problem"]:
            raise context["problem"]
        job = services.compute_exactly(base.tariff, months, context["edits"], base.digest, by=request.user)
    except Refused as refused:
        return render(request, "console/tariffs/parts/exact.html", {"base": base, "problem": refused})
    return _exact_part(request, base, job)


@needs(TRY)
def exact_found(request: HttpRequest, tariff: str, job: UUID) -> HttpResponse:
    """How far such a job is, or what it found; only for those who may see the agreements that it is about."""
    found = Job.objects.filter(pk=job, task="billing.trial-exact").first()
    if found is None or found.args[0] != tariff or found.args[2] != places.scope_of(request.user):
        raise Http404
    return _exact_part(request, base_or_404(tariff), found)


@require_POST
@needs(TRY)
def draft(request: HttpRequest, tariff: str) -> HttpResponse:
    """The changed file: shown with all that is found wrong in it, downloaded, or proposed."""
    context = _context(request, tariff)
    base, first = context["base"], _first_day(request)
    try:
        if context["problem"]:
            raise context["problem"]
        redrawing = replace(drafts.redrawing_of(context["edits"]), valid_from=first)
        text, problems = drafts.new_text(base, redrawing)
    except Refused as refused:
        context["problem"] = refused
        return render(request, "console/tariffs/try.html", context, status=422)
    if request.POST.get("do") == "download":
        response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{base.tariff}.yaml"'
        return response
    if request.POST.get("do") == "propose":
        try:
            note = request.POST.get("note", "").strip()
            offer = enterprise_services.propose_tariff(base.tariff, text.encode(), by=request.user, note=note)
        except gate.NotAllowed:
            raise
        except ValueError as refused:  # a refusal, of the whole folder or of the file
            context["problem"] = refused
        else:
            messages.success(request, _("Proposed. Somebody else decides."))
            return redirect("tariffs:proposal", offer.pk)
    return _draft_page(request, context, text, problems, first)


def _draft_page(
    request: HttpRequest, context: dict[str, Any], text: str, problems: list[str], first: dt.date
) -> HttpResponse:
    from wattloop.faces.console.tariffs.proposals import file_lines

    base = context["base"]
    context |= {
        "lines": list(file_lines(base.text, text)), "problems": problems, "first": first,
        "late": first <= enterprise.today(), "may_propose": gate.may(request.user, PROPOSE),
        "carried": [(name, value) for name, values in request.POST.lists() for value in values
                    if name.startswith(("from-", "period-", "price:")) or name in ("month", "span", "digest")],
    }  # fmt: skip
    return render(request, "console/tariffs/draft.html", context, status=422 if context["problem"] else 200)


def _context(request: HttpRequest, tariff: str) -> dict[str, Any]:
    """All that the page and its answer are made of; what is wrong with the form is `problem`."""
    from wattloop.faces.console.tariffs import drawing, drawn, telling

    base, there = base_or_404(tariff), queries.months_there()
    months, span, last = _months(request, there)
    problem: Refused | None = None
    edits: dict[str, Any] = {"hours": {}, "prices": {}}
    if request.method == "POST":
        try:
            drafts.refuse_unless_same(base, request.POST.get("digest", base.digest))
            edits = drawn.edits_of(request.POST, base)
        except Refused as refused:
            problem = refused
    scope = places.scope_of(request.user)
    held = queries.held(base.tariff, months, scope)
    version = base.newest[-1]
    painter, drawer = drawing.Painter(version), drawing.Painter(version, drawn.periods(base))
    return {
        "base": base, "tariff": version, "name": telling.name(version), "months": months, "there": there[:36],
        "span": span, "spans": SPANS, "last": last, "held": held, "edits": edits, "problem": problem,
        "missing": [one.month for one in held if one.folder is None], "stale": [one for one in held if one.stale],
        "made_at": max((one.made_at for one in held if one.made_at), default=None),
        "job": queries.running(base.tariff, months, scope) if months else None,
        "failed": queries.failed(base.tariff, months, scope) if months else None,
        "days": drawn.days(base, drawer, months, edits) if months else [],
        "prices": drawn.prices(base, version, edits), "periods": drawer.legend(), "legend": drawer.legend(),
        "slot": queries.slot_minutes(held), "hours": drawing.HOURS, "wide": drawing.WIDE, "painter": painter,
        "may_propose": gate.may(request.user, PROPOSE), "first": _first_day(request),
        "user": request.user, "page_data": json.dumps({one: rest for one, *rest in drawer.legend()}),
    }  # fmt: skip


def _answer(context: dict[str, Any]) -> None:
    """Put what the form comes to into the context."""
    if context["problem"] or context["missing"] or not context["months"]:
        return
    from wattloop.faces.console.tariffs.answering import told

    try:
        redrawing = drafts.redrawing_of(context["edits"])
        context["found"] = told(context["base"], redrawing, context["held"], context["painter"], context["user"])
    except Refused as refused:
        context["problem"] = refused


def _exact_part(request: HttpRequest, base: drafts.Base, job: Job) -> HttpResponse:
    from wattloop.faces.console.tariffs.answering import exactly_told

    done = job.state == Job.State.DONE
    return render(request, "console/tariffs/parts/exact.html", {
        "base": base, "exact_job": job, "done": done, "ended": job.ended_at is not None,
        "exact": exactly_told(job.result, base, request.user) if done else None,
        "why": job.error.strip().splitlines()[-1:] if job.error else [],
    })  # fmt: skip


def _months(request: HttpRequest, there: list[dt.date]) -> tuple[list[dt.date], int, dt.date | None]:
    """The months that are asked for, oldest first, how many, and the last of them; the newest whole one by default."""
    asked = request.POST if request.method == "POST" else request.GET
    span = 12 if asked.get("span") == "12" else 1
    if not there:
        return [], span, None
    by_name = {f"{month:%Y-%m}": month for month in there}
    last = by_name.get(asked.get("month", ""), there[0])
    at = there.index(last)
    return there[at : at + span][::-1], span, last


def _first_day(request: HttpRequest) -> dt.date:
    """The new version's first day: as the form says, else the first of the month after next."""
    try:
        return dt.date.fromisoformat(request.POST.get("valid_from", ""))
    except ValueError:
        today = enterprise.today().replace(day=1)
        return (today + dt.timedelta(days=63)).replace(day=1)
