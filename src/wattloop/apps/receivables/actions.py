"""Every action of the room, in words; roles grant them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "receivables.payment.view": _("see payments"),
    "receivables.payment.take": _("take payments at the desk and from bank files"),
    "receivables.payment.match": _("say for whom a payment is"),
    "receivables.payment.refund": _("propose refunds and pay them"),
    "receivables.payment.reverse": _("reverse payments"),
    "receivables.desk.open": _("open a desk day"),
    "receivables.desk.close": _("count and close a desk day"),
    "receivables.charge.view": _("see what is owed"),
    "receivables.charge.writeoff": _("propose and decide write-offs"),
    "receivables.charge.waive": _("waive late fees and charges"),
    "receivables.charge.dispute": _("put charges in dispute and end disputes"),
    "receivables.charge.instalments": _("agree on instalment plans"),
    "receivables.charge.opening": _("take in opening balances"),
    "receivables.dunning.run": _("dun what is overdue"),
    "receivables.ledger.view": _("see the ledger"),
    "receivables.ledger.verify": _("prove the ledger"),
    "receivables.ledger.close": _("close and reopen months"),
    "receivables.ledger.export": _("export the journal"),
}
