"""What may be done with customers, for roles to grant."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "customers.customer.view": _("see customers, their agreements and usage points"),
    "customers.customer.change": _("change customers and contacts"),
    "customers.customer.import": _("import customers, agreements and what belongs to them"),
    "customers.customer.export": _("export customers, agreements and what belongs to them"),
    "customers.agreement.change": _("open, change, transfer and close agreements"),
    "customers.agreement.correct": _("correct agreements in days that are billed"),
    "customers.prospect.view": _("see prospects"),
    "customers.prospect.change": _("change prospects"),
}
