"""The rules that hold on a day, and amounts as the database keeps them."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.models import Rule

if TYPE_CHECKING:
    from wattloop.apps.receivables.rules import Rules

SECTION = "receivables.rules"


def rules(on: dt.date | None = None) -> Rules:
    """The room's rules as they held on a day; today's without one."""
    found: Rules = enterprise.rule(SECTION, on=on)
    return found


def changes() -> set[dt.date]:
    """The days from which the rules differ from what they were before."""
    days = Rule.objects.filter(section=SECTION, valid_from__isnull=False).values_list("valid_from", flat=True)
    return set(days)


def minor(amount: Decimal) -> int:
    """An amount of the rules in the currency's smallest unit, half up."""
    scaled = amount.scaleb(enterprise.settings().minor_digits)
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))
