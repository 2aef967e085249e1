"""The books: trial balance, journal, months, proof."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.receivables import books
from wattloop.apps.receivables.models import Account, LedgerCheck, Period, Transfer
from wattloop.apps.receivables.services import closing
from wattloop.faces.console.receivables import words
from wattloop.faces.console.receivables.doing import told, wrong
from wattloop.faces.console.receivables.forms import DayForm, MonthForm
from wattloop.faces.console.receivables.tables import JournalFilter, JournalTable
from wattloop.faces.web import export
from wattloop.faces.web.gatekeeping import needs
from wattloop.faces.web.listing import listing
from wattloop.faces.web.showing import as_decimal

VIEW, CLOSE = "receivables.ledger.view", "receivables.ledger.close"


@needs(VIEW)
def ledger(request: HttpRequest) -> HttpResponse:
    """The trial balance of a day, the months, and the last proof."""
    form = DayForm(request.GET)
    day = (form.cleaned_data["on"] if form.is_valid() else None) or enterprise.today()
    rows = books.trial_balance(day)
    kind = request.GET.get("export", "")
    if kind in export.KINDS:
        gate.require(request.user, "receivables.ledger.export")
        currency = enterprise.settings().currency
        head = [_("Account"), _("Name"), _("Before"), _("Debits"), _("Credits"), _("Balance")]
        lines = (
            [row.account.code, str(row.account),
             *(as_decimal(one, currency) for one in (row.before, row.debits, row.credits, row.balance))]
            for row in rows
        )  # fmt: skip
        return export.download(kind, f"trial-balance-{day}", head, lines)
    check = LedgerCheck.objects.first()
    return render(request, "console/receivables/ledger.html", {
        "form": form, "day": day, "rows": rows, "check": check,
        "breaks": [(words.check(one["check"]), one) for one in check.breaks[:50]] if check is not None else [],
        "sums": [sum(getattr(row, side) for row in rows) for side in ("before", "debits", "credits", "balance")],
        "periods": Period.objects.all()[:18], "month_form": MonthForm(),
        "may_close": gate.may(request.user, CLOSE), "may_verify": gate.may(request.user, "receivables.ledger.verify"),
    })  # fmt: skip


@needs(VIEW)
def journal(request: HttpRequest) -> HttpResponse:
    """Transfers with filters; as a file, all that match, in the order of the books, with their total."""
    rows = books.journal()
    kind = request.GET.get("export", "")
    if kind in export.KINDS:
        gate.require(request.user, "receivables.ledger.export")
        asked = JournalFilter(request.GET, queryset=rows, request=request)
        found = asked.qs if asked.is_valid() else Transfer.objects.none()
        lines = (list(line) for line in books.exported(found, enterprise.settings().minor_digits))
        return export.download(kind, f"journal-{enterprise.today()}", list(books.HEADINGS), lines)
    return listing(
        request, rows, JournalTable, title=_("Journal"), filters=JournalFilter, name="journal",
        template="console/receivables/journal.html", accounts=Account.objects.all(),
    )  # fmt: skip


@needs(CLOSE)
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close a month."""
    form = MonthForm(request.POST)
    if form.is_valid():
        with told(request, _("The month is closed.")):
            closing.close_month(form.cleaned_data["month"], by=request.user)
    else:
        wrong(request, form)
    return redirect("receivables:ledger")


@needs(CLOSE)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed month again."""
    period = get_object_or_404(Period, pk=pk)
    with told(request, _("The month is open again.")):
        closing.reopen_month(period, reason=request.POST.get("reason", ""), by=request.user)
    return redirect("receivables:ledger")


@needs("receivables.ledger.verify")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Prove the books now."""
    found = closing.prove_books(by=request.user)
    if found.count:
        messages.error(request, _("The books do not prove: %(count)d breaks.") % {"count": found.count})
    else:
        messages.success(request, _("The books prove: every sum was counted both ways and agrees."))
    return redirect("receivables:ledger")
