"""The area's charts as data."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wattloop.apps.billing import queries
from wattloop.apps.billing.models import Bill


def use(bill: Bill) -> dict[str, Any] | None:
    """Energy by month up to a bill's period; None where nothing is known."""
    months = queries.use_by_month(bill)
    if not months:
        return None
    return {
        "type": "bar",
        "x": [f"{month:%Y-%m}" for month, _wh in months],
        "series": [{"name": _("Energy"), "data": [round(wh / 1000, 1) for _month, wh in months]}],
        "unit": "kWh",
    }


def periods(content: dict[str, Any], language: str) -> dict[str, Any] | None:
    """Energy by time-of-use period of an explained bill; None where there is but one."""
    names = {key: one["name"][language] for segment in content["segments"] for key, one in segment["periods"].items()}
    energy: dict[str, float] = {}
    for leg in content["measured"]:
        if content["start"] <= leg["start"] < content["end"]:
            for key, kwh in leg["energy"].items():
                if key in names:
                    energy[key] = energy.get(key, 0) + leg["sign"] * float(kwh)
    if len(energy) < 2:
        return None
    return {
        "type": "bar",
        "x": [names[key] for key in energy],
        "series": [{"name": _("Energy"), "data": [round(kwh, 1) for kwh in energy.values()]}],
        "unit": "kWh",
    }
