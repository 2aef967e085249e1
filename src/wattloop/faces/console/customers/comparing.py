"""One agreement under every tariff in force, for a month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from wattloop.apps.customers import queries
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import queries as enterprise
from wattloop.faces.console.customers.views import tariff_name


@dataclass(frozen=True)
class Cost:
    """What an agreement would pay under a tariff in minor units, and the difference to its own; None if unknown."""

    tariff: str
    name: str
    own: bool
    amount: int | None
    difference: int | None


def compared(agreement: Agreement, start: dt.date) -> list[Cost]:
    """The bill of a month under each tariff in force that can price it, the cheapest first.

    Raises:
        Refused: where nothing can be priced: no readings, no tariffs.
    """
    from wattloop.apps.customers import population
    from wattloop.apps.metering.lake import open_lake
    from wattloop.library.rating import what_if
    from wattloop.library.rating.comparison.comparing import CURRENT

    end = (start + dt.timedelta(days=32)).replace(day=1)
    tariffs = enterprise.tariffs_in_force()
    alone = population.agreements(Agreement.objects.filter(pk=agreement.pk), start, end)
    found = what_if(open_lake().snapshot(), tariffs, start, end, agreements=alone, current=tariffs)
    named = queries.version_on(agreement, end - dt.timedelta(days=1))
    now = found.priced[CURRENT]
    mine = int(now.total[0]) if now.known[0] else None
    scale = enterprise.settings().minor_digits - found.digits
    costs = []
    for tariff in found.tariffs:
        priced = found.priced[tariff]
        amount = int(priced.total[0]) if priced.known[0] else None
        own = named is not None and named.tariff == tariff
        difference = None if amount is None or mine is None else amount - mine
        costs.append(Cost(tariff, tariff_name(tariff), own, _minor(amount, scale), _minor(difference, scale)))
    return sorted(costs, key=lambda cost: (cost.amount is None, cost.amount or 0, cost.name))


def _minor(amount: int | None, scale: int) -> int | None:
    return None if amount is None else int(Decimal(amount).scaleb(scale))
