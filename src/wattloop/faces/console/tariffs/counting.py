"""How many agreements have each tariff, counted at most every few minutes; and to whom each is offered."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q

from wattloop.apps.customers.models import AgreementVersion
from wattloop.apps.enterprise import gate, queries
from wattloop.faces.console.tariffs.telling import language

KEPT = 300  # seconds


def agreements_of(user: Any) -> dict[str, int]:
    """{tariff: agreements that have it today}, of the units whose tariffs somebody may see."""
    day, units = queries.today(), gate.grants(user).units("enterprise.tariff.view")
    key = f"tariffs:agreements:{day}:{'all' if units is None else hash(tuple(sorted(units)))}"
    found: dict[str, int] | None = cache.get(key)
    if found is None:
        holds = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))
        rows = AgreementVersion.objects.filter(holds)
        if units is not None:
            rows = rows.filter(agreement__unit__in=units)
        counted = rows.order_by().values_list("tariff").annotate(Count("agreement", distinct=True))
        found = dict(counted)
        cache.set(key, found, KEPT)
    return found


def offered_to() -> dict[str, str]:
    """{tariff: class, voltage and market of new agreements that may have it}, in words."""
    from wattloop.library.tariffs.show_words import word

    if queries.current() is None:
        return {}
    told = language()
    found = {}
    for name, offer in queries.rule("offers").offers.items():
        words = [word(one, told) for one in (*offer.customer_class, *offer.voltage, *offer.market)]
        found[name] = ("，" if told == "zh" else ", ").join(words)
    return found
