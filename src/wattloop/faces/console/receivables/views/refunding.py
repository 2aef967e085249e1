"""Proposing to give back what a payment left, or a credit: the same form and the same way on for both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from wattloop.apps.receivables.services import refunds
from wattloop.faces.console.receivables.doing import attempt
from wattloop.faces.console.receivables.forms import RefundForm


def propose(request: HttpRequest, of: Any, show: Callable[..., HttpResponse]) -> HttpResponse:
    """Propose it; where it is refused, `show(request, of, refund_form=form)` is the page with what was typed."""
    form = RefundForm(request.POST, auto_id="refund_%s")
    if form.is_valid():
        made = attempt(form, lambda: refunds.propose_refund(of, by=request.user, **form.cleaned_data))
        if made is not None:
            messages.success(request, _("The refund is proposed, and set aside."))
            return redirect("receivables:decisions")
    return show(request, of, refund_form=form)
