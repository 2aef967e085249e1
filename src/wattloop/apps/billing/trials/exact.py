"""Whole bills under a redrawn tariff, by the library's own what-if: a shadow run month by month."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.billing.trials import drafts, places
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.records import jobs
from wattloop.library.tariffs.redrawing import Redrawing


def exactly(
    context: jobs.Context, base: drafts.Base, redrawing: Redrawing, months: list[str], scope: places.Scope
) -> dict[str, Any]:
    """What comes in now and then, who wins and loses, by class and by kind of charge; plain values.

    Amounts are whole numbers of the smallest unit of money, over those who can be billed under both.
    """
    from wattloop.apps.billing.trials.queries import summary
    from wattloop.apps.billing.trials.tasks import population
    from wattloop.apps.metering.lake import open_lake
    from wattloop.library import rating
    from wattloop.library.rating.agreements.periods import next_month
    from wattloop.library.rating.comparison.changes import together
    from wattloop.library.rating.comparison.comparing import CURRENT, KINDS, Priced

    snapshot, known, found = open_lake().snapshot(), enterprise.tariffs_in_force(), []
    kinds: dict[str, int] = {}
    for number, told in enumerate(months):
        context.check()
        context.progress(number, len(months), told)
        month = dt.date.fromisoformat(f"{told}-01")
        who = population(base.tariff, month, scope)
        new = drafts.drawn(base, redrawing, month)
        made = rating.shadow(snapshot, new, month, next_month(month), current=known, agreements=who)
        both = made.priced[base.tariff].known & made.priced[CURRENT].known
        for at, kind in enumerate(KINDS):
            change = made.priced[base.tariff].amount[:, at] - made.priced[CURRENT].amount[:, at]
            if change[both].any():
                kinds[kind.value] = kinds.get(kind.value, 0) + int(change[both].sum())
        made.priced = {name: Priced(one.total[:, None], one.billed, one.held) for name, one in made.priced.items()}
        found.append(made)
    context.progress(len(months), len(months))
    return summary(together(found), base.tariff) | {"kinds": kinds}
