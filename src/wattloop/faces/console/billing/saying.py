"""What a check found, as a sentence in the reader's language; and the names of rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from wattloop.apps.billing.checking import HELD
from wattloop.apps.billing.models import BillException, BillRun
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.wording import in_words
from wattloop.faces.web import showing


class RuleNames:
    """Names of rules in the reader's language; the rules of a day are asked for once a page."""

    def __init__(self) -> None:
        self._of_day: dict[dt.date, dict[str, dict[str, str]]] = {}

    def __call__(self, one: BillException) -> str:
        """The name of an exception's rule; its id where the rules of the period no longer have it."""
        if one.rule == HELD:
            return str(_("Held back when rated"))
        names = self.of(one.run)
        return in_words(names[one.rule]) if one.rule in names else str(one.rule)

    def of(self, run: BillRun) -> dict[str, dict[str, str]]:
        """{rule: {language: name}} of a run's period."""
        on = run.period_end
        if on not in self._of_day:
            checks = enterprise.rule("billing.checks", on).checks
            self._of_day[on] = {name: check.labels for name, check in checks.items()}
        return self._of_day[on]


def sentence(one: BillException) -> str:
    """What was found."""
    told: dict[str, Any] = one.found
    say = SAYINGS.get(told.get("check", ""))
    return say(told, one) if say is not None else ""


def _kwh(wh: int | None) -> str:
    return f"{showing.kwh(wh)} kWh"


def _money(one: BillException, amount: int) -> str:
    return showing.money(amount, one.run.currency or "CNY")


def _held(told: dict[str, Any], one: BillException) -> str:
    why = told["why"]
    if why == "no readings":
        why = _("no readings")
    elif why == "no lines":
        why = _("nothing could be billed")
    return str(_("Not billed: %(why)s") % {"why": why})


def _changed(told: dict[str, Any], one: BillException) -> str:
    pairs = [
        (_("tariff"), told["tariff_before"], told["tariff"]),
        (_("class"), told["class_before"], told["class"]),
        (_("multiplier"), _times(told["multiplier_before"]), _times(told["multiplier"])),
    ]
    said = [f"{name} {was} → {now}" for name, was, now in pairs if was and now and was != now]
    return ", ".join(said)


def _times(thousandths: str | None) -> str:
    """Multipliers as they are said: 30 of 30000 thousandths."""
    return " ".join(f"{int(one) / 1000:g}" for one in (thousandths or "").split())


SAYINGS: dict[str, Callable[[dict[str, Any], BillException], str]] = {
    "held": _held,
    "coverage": lambda t, _one: (
        _("%(found)s of %(expected)s readings are there")
        % {"found": showing.number(t["readings"]), "expected": showing.number(t["expected"])}
    ),
    "last-year": lambda t, _one: (
        _("%(now)s, and %(before)s in the same month of last year")
        % {"now": _kwh(t["energy_wh"]), "before": _kwh(t["before_wh"])}
    ),
    "months-before": lambda t, _one: (
        _("%(now)s, and usually %(usual)s (± %(spread)s)")
        % {"now": _kwh(t["energy_wh"]), "usual": _kwh(t["usual_wh"]), "spread": _kwh(t["spread_wh"])}
    ),
    "zero-use": lambda t, _one: (
        _("no use for %(months)d months; usually %(usual)s") % {"months": t["months"], "usual": _kwh(t["usual_wh"])}
    ),
    "negative-use": lambda t, one: f"{_kwh(t['energy_wh'])}, {_money(one, t['amount'])}",
    "demand-over-capacity": lambda t, _one: (
        _("%(demand)s kW of %(capacity)s kVA")
        % {"demand": showing.kwh(t["demand_w"]), "capacity": showing.kwh(t["capacity_va"])}
    ),
    "power-factor": lambda t, _one: _("the power factor adds %(percent)s %%") % {"percent": t["percent"]},
    "changed-terms": _changed,
    "limits": lambda t, one: f"{_money(one, t['amount'])}, {_kwh(t['energy_wh'])}",
    "correction": lambda t, one: (
        _("%(difference)s beside %(before)s that were billed")
        % {"difference": _money(one, t["amount"]), "before": _money(one, t["billed_before"])}
    ),
    "first-bill": lambda t, _one: _("supplied since %(day)s") % {"day": t["since"]},
}
