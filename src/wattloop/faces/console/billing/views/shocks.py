"""The list of bill shocks of a run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wattloop.apps.billing.models import Shock
from wattloop.apps.enterprise import gate
from wattloop.faces.console.billing.tables import ShockTable
from wattloop.faces.console.billing.views.runs import seen
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing


@require_safe
@needs("billing.run.view")
def shocks(request: HttpRequest, pk: int) -> HttpResponse:
    """The largest rises of a run, each split exactly."""
    one = seen(request, pk)
    rows = Shock.objects.filter(bill__run=one).select_related("bill__agreement__customer")
    rows = gate.visible(request.user, "billing.bill.view", rows, unit="bill__agreement__unit")
    return listing(
        request, rows, ShockTable, title=_("Bill shocks of %s") % one.name, name=f"bill-shocks-{one.pk}",
        template="console/billing/shocks.html", run=one,
        crumbs=[(_("Bill runs"), reverse("billing:runs")), (one.name, reverse("billing:run", args=[pk])),
                (_("Bill shocks"), "")],
    )  # fmt: skip
