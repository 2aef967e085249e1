"""What a trial found, laid out for its page: figures, classes, the spread of changes, the ten largest, periods."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from wattloop.apps.billing.trials import queries
from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.faces.console.tariffs import telling
from wattloop.faces.console.tariffs.drawing import Painter, bars, plain

if TYPE_CHECKING:
    from wattloop.apps.billing.trials.drafts import Base
    from wattloop.library.tariffs import Tariff
    from wattloop.library.tariffs.redrawing import Redrawing


def told(base: Base, redrawing: Redrawing, held: list[queries.Held], painter: Painter, user: Any) -> dict[str, Any]:
    """Everything that the part of the page shows.

    Raises:
        Refused: where it cannot be priced.
    """
    from wattloop.apps.billing.trials import drafts
    from wattloop.library.rating.comparison.trial import not_priced

    found = queries.answer(base, redrawing, held)
    now = base.on(held[-1].month)
    then = drafts.drawn(base, redrawing, held[-1].month)
    return found | _shown(found, user) | {
        "changed": bool(redrawing.hours or redrawing.prices),
        "periods": _periods(found["periods"], painter, now, then),
        "peak": _peak(found["periods"], now, then),
        "not_priced": [_left(name) for name in not_priced(now)],
        "left_out": [(_why(why), count) for why, count in found["left_out"].items()],
    }  # fmt: skip


def exactly_told(found: dict[str, Any], base: Base, user: Any) -> dict[str, Any]:
    """What whole bills come to."""
    names = telling.Names(base.newest[-1])
    return found | _shown(found, user) | {"kinds": [(names[kind], change) for kind, change in found["kinds"].items()]}


def _shown(found: dict[str, Any], user: Any) -> dict[str, Any]:
    """Classes and agreements by name, the spread as bars."""
    from wattloop.library.tariffs.show_words import word

    language = telling.language()
    classes = [
        row | {"name": word(row["class"], language) if row["class"] else _("no class")} for row in found["classes"]
    ]
    known = _known([one["agreement"] for sort in ("best", "worst") for one in found[sort]], user)
    lists = {
        sort: [one | {"class": word(one["class"], language)} | known.get(one["agreement"], {}) for one in found[sort]]
        for sort in ("best", "worst")
    }
    return {"classes": classes, "bars": bars(found["spread"]), **lists}


def _known(numbers: list[str], user: Any) -> dict[str, dict[str, Any]]:
    """Whose agreements they are and where their pages, of those that somebody may see."""
    rows = gate.visible(user, "customers.customer.view", Agreement.objects.filter(number__in=numbers))
    if not gate.may(user, "customers.customer.view"):
        return {}
    return {
        number: {"customer": customer, "url": reverse("customers:agreement", args=[key])}
        for key, number, customer in rows.values_list("pk", "number", "customer__name")
    }


def _periods(periods: list[tuple[str, int, int]], painter: Painter, now: Tariff, then: Tariff) -> list[dict[str, Any]]:
    """Of each period its energy and price, now and then."""
    before, after = _totals(now), _totals(then)
    return [
        {
            "name": painter.names[name], "colour": painter.colours.get(name, 3), "sign": painter.signs.get(name, "?"),
            "now": wh_now, "then": wh_then, "price_now": plain(before[name]) if name in before else "",
            "price_then": plain(after[name]) if name in after else "",
            "turned": before.get(name) != after.get(name),
        }
        for name, wh_now, wh_then in periods
    ]  # fmt: skip


def _totals(tariff: Tariff) -> dict[str, Decimal]:
    """The whole price of a kWh in each period, in the first tier."""
    from wattloop.library.tariffs.show_facts import energy_prices

    entries = [one for one in energy_prices(tariff) if one["tier"] in (None, 1)]
    return {one["period"]: Decimal(one["total"]) for one in entries}


def _peak(periods: list[tuple[str, int, int]], now: Tariff, then: Tariff) -> dict[str, int]:
    """The energy of hours that cost more than the average kWh: the peak window, now and then."""

    def of(tariff: Tariff, at: int) -> int:
        price = _totals(tariff)
        energy = {str(one[0]): int(one[at]) for one in periods}
        whole = sum(energy.values())
        if not whole:
            return 0
        mean = sum((price.get(name, Decimal(0)) * wh for name, wh in energy.items()), Decimal(0)) / whole
        return sum(wh for name, wh in energy.items() if price.get(name, Decimal(0)) > mean)

    return {"now": of(now, 1), "then": of(then, 2)}


def _left(name: str) -> str:
    words = {
        "tiers": _("tiers over a year or season, or filled in the order of time: all energy is priced as in the first"),
        "allowances": _("allowances"),
        "demand": _("demand charges"),
        "basic": _("the basic charge by capacity, contract or actual demand"),
        "power-factor": _("the power-factor adjustment"),
        "fixed": _("fixed charges"),
        "minimum": _("minimums"),
    }
    return str(words[name])


def _why(why: str) -> str:
    from wattloop.library.rating.comparison import summing

    words = {
        summing.NO_INTERVALS: _("no readings by interval"),
        summing.CHANGES: _("terms or points change inside the month"),
        summing.TAKEN_OUT: _("more is taken out of a meter than it counted"),
    }
    return str(words.get(why, why))
