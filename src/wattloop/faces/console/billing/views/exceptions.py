"""The exception desk: the list, decided in bulk, and one by one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wattloop.apps.billing import queries, services
from wattloop.apps.billing.checking import HELD
from wattloop.apps.billing.models import BillException, BillRun
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import User
from wattloop.faces.console.billing import charts
from wattloop.faces.console.billing.saying import RuleNames, sentence
from wattloop.faces.console.billing.tables import ExceptionFilter, ExceptionTable
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import BulkAction, chosen, listing
from wattloop.library.quantity.refusal import Refused

DECISIONS = {"accept": "accepted", "hold": "held", "reopen": "open"}


def _rows(request: HttpRequest) -> QuerySet[BillException]:
    rows = BillException.objects.select_related("run", "unit", "agreement__customer", "bill")
    found: QuerySet[BillException] = gate.visible(request.user, "billing.exception.view", rows)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@needs("billing.exception.view")
def exceptions(request: HttpRequest) -> HttpResponse:
    """All exceptions, worst first; what is chosen is decided with one note."""
    rows = _rows(request).exclude(run__state=BillRun.State.CANCELLED)
    if request.method == "POST":
        _decide(request, list(chosen(request, rows, ExceptionFilter).values_list("pk", flat=True)))
        return redirect(request.get_full_path())
    actions = [
        BulkAction("accept", _("Accept"), "primary"),
        BulkAction("hold", _("Hold back")),
        BulkAction("mine", _("Give to me")),
        BulkAction("reopen", _("Open again")),
    ]
    may = gate.may(request.user, "billing.exception.decide")
    return listing(
        request, rows, ExceptionTable, title=_("Exceptions"), filters=ExceptionFilter, name="exceptions",
        actions=actions if may else [], note_asked=True, crumbs=[(_("Exceptions"), "")],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@needs("billing.exception.view")
def exception(request: HttpRequest, pk: int) -> HttpResponse:
    """One exception with what is needed to decide it; once decided, the next one."""
    one = get_object_or_404(_rows(request), pk=pk)
    before, after = _beside(request, one)
    if request.method == "POST":
        if not _decide(request, [one.pk]):
            return redirect("billing:exception", pk)
        return redirect("billing:exception", after.pk) if after is not None else redirect(_list(one))
    named = RuleNames()
    context = {
        "one": one,
        "rule": named(one),
        "sentence": sentence(one),
        "others": [(other, sentence(other), named(other)) for other in _others(one)],
        "before": before,
        "after": after,
        "list_url": _list(one),
        "left": _waiting(request, one).count(),
        "may": gate.may(request.user, "billing.exception.decide", one.unit),
        "can_accept": one.rule != HELD,
        "use": charts.use(one.bill) if one.bill is not None else None,
        "short": queries.short_of(one.bill) if one.bill is not None else [],
        "staff": User.objects.filter(is_active=True, assignments__isnull=False).distinct().order_by("username")[:200],
    }  # fmt: skip
    return render(request, "console/billing/exception.html", context)


def _decide(request: HttpRequest, keys: list[int]) -> bool:
    wanted, note = request.POST.get("do", ""), request.POST.get("note", "").strip()
    try:
        if wanted == "mine":
            done = services.assign(keys, request.user, by=request.user)
        elif wanted == "assign":
            to = User.objects.filter(username=request.POST.get("to", ""), is_active=True).first()
            done = services.assign(keys, to, by=request.user)
        else:
            done = services.decide(keys, DECISIONS.get(wanted, wanted), by=request.user, note=note)
    except gate.NotAllowed:
        raise
    except Refused as refused:
        messages.error(request, f"{refused.what}. {refused.mend}")
        return False
    messages.success(request, _("%d exceptions are done.") % done)
    return wanted not in ("mine", "assign")


def _others(one: BillException) -> list[BillException]:
    if one.bill_id is None:
        return []
    return list(BillException.objects.filter(bill=one.bill_id).exclude(pk=one.pk).select_related("run"))


def _waiting(request: HttpRequest, one: BillException) -> QuerySet[BillException]:
    return _rows(request).filter(run=one.run, state=BillException.State.OPEN)


def _beside(request: HttpRequest, one: BillException) -> tuple[BillException | None, BillException | None]:
    """The open ones just before and after one in the order of the desk: severity, weight, age."""
    rows = _waiting(request, one).exclude(pk=one.pk)
    later = Q(severity__gt=one.severity) | Q(severity=one.severity) & (
        Q(weight__lt=one.weight) | Q(weight=one.weight, pk__gt=one.pk)
    )
    earlier = rows.exclude(later).order_by("-severity", "weight", "-id").first()
    return earlier, rows.filter(later).order_by("severity", "-weight", "id").first()


def _list(one: BillException) -> str:
    return f"{reverse('billing:exceptions')}?state=open&run={one.run_id}"
