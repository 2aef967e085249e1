"""States, kinds and reasons in the reader's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wattloop.apps.enterprise.wording import in_words
from wattloop.apps.receivables.models import Charge
from wattloop.apps.receivables.ruled import rules
from wattloop.faces.web import showing

PAYMENT_TONES = {"matched": "good", "doubtful": "warn", "unknown": "bad", "reversed": "quiet"}
PAYMENT_STATES = {
    "matched": _("matched"),
    "doubtful": _("doubtful"),
    "unknown": _("unknown"),
    "reversed": _("reversed"),
}
PAYMENT_CHOICES = [("waiting", _("to be matched")), *PAYMENT_STATES.items()]
CHARGE_STATES = {
    "open": _("unsettled"),
    "overdue": _("overdue"),
    "dispute": _("in dispute"),
    "instalments": _("in instalments"),
    "settled": _("settled"),
    "written-off": _("written off"),
}
CHARGE_CHOICES = list(CHARGE_STATES.items())
CHARGE_TONES = {"overdue": "bad", "dispute": "warn", "instalments": "info", "settled": "good", "open": "info"}
CHARGE_KINDS = {
    "bill": _("Bill"),
    "correction": _("Correction"),
    "late-fee": _("Late fee"),
    "opening": _("Opening balance"),
}
REASONS = {
    "agreement": _("number of the agreement"),
    "bill": _("number of a bill"),
    "old-number": _("old number"),
    "name": _("name"),
    "open-amount": _("all that is open"),
    "bill-amount": _("amount of a bill"),
}
ENTRY_KINDS = {
    "charges": _("Charges"),
    "payments": _("Payments"),
    "settled": _("Advances used"),
    "matched": _("Payment matched"),
    "reversed": _("Payment reversed"),
    "refund": _("Refund set aside"),
    "refund-paid": _("Refund paid"),
    "refund-refused": _("Refund let go"),
    "waiver": _("Waiver"),
    "write-off": _("Write-off"),
    "desk-difference": _("Desk difference"),
}
ENTRY_CHOICES = list(ENTRY_KINDS.items())
CHANNELS = {
    "sms": _("text message"),
    "letter": _("letter"),
    "visit": _("visit"),
    "phone": _("telephone"),
    "email": _("e-mail"),
}
DECISION_STATES = {
    "proposed": _("proposed"),
    "done": _("done"),
    "paid": _("paid out"),
    "refused": _("refused"),
}
ADJUSTMENTS = {"waiver": _("Waiver"), "write-off": _("Write-off")}
CHECKS = {
    "charge-settled": _("What a charge was settled by"),
    "payment-unused": _("What a payment has left"),
    "receivable": _("Receivables of an agreement"),
    "advance": _("Advances of an agreement"),
    "suspense": _("Payments not yet matched"),
    "refunds-due": _("Refunds due to an agreement"),
    "allocation": _("Money of one agreement used for another"),
    "closed-month": _("A closed month"),
    "desk-day": _("A desk day's drawer"),
    "pause": _("A charge that rests"),
}


def payment_state(state: str) -> SafeString:
    """A payment's state as a badge."""
    return showing.badge(PAYMENT_TONES.get(state, "quiet"), PAYMENT_STATES.get(state, state))


def charge_state(charge: Charge, today: dt.date) -> SafeString:
    """A charge's state as a badge: what rests and what is overdue stand out."""
    state = charge.paused or charge.state
    if state == Charge.State.OPEN and charge.due_on < today and charge.amount > 0:
        state = "overdue"
    return showing.badge(CHARGE_TONES.get(state, "quiet"), CHARGE_STATES.get(state, state))


def charge_kind(kind: str) -> str:
    """What a charge is."""
    return str(CHARGE_KINDS.get(kind, kind))


def entry_kind(kind: str) -> str:
    """What an entry is."""
    return str(ENTRY_KINDS.get(kind, kind))


def methods() -> dict[str, str]:
    """The ways to pay, as the rules name them."""
    return {code: in_words({"zh": rule.name.zh, "en": rule.name.en}) for code, rule in rules().methods.items()}


def reasons(why: Iterable[str]) -> str:
    """Why a payment may be somebody's."""
    return ", ".join(str(REASONS.get(one, one)) for one in why)


def channel(code: str) -> str:
    """How a notice goes out."""
    return str(CHANNELS.get(code, code))


def steps() -> dict[str, str]:
    """The steps of dunning, as the rules name them."""
    return {one.id: in_words({"zh": one.name.zh, "en": one.name.en}) for one in rules().dunning.steps}


def check(code: str) -> str:
    """What a proof of the books is about."""
    return str(CHECKS.get(code, code))
