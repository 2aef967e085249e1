"""What somebody may be allowed to do here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "billing.run.view": _("see bill runs"),
    "billing.run.plan": _("plan bill runs"),
    "billing.run.rate": _("rate bill runs"),
    "billing.run.check": _("check bill runs"),
    "billing.run.approve": _("approve bill runs"),
    "billing.run.issue": _("issue bills"),
    "billing.run.cancel": _("cancel bill runs"),
    "billing.exception.view": _("see exceptions of bills"),
    "billing.exception.decide": _("decide exceptions of bills"),
    "billing.bill.view": _("see bills"),
}
