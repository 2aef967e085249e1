"""The jobs of trials: sums of months, and amounts computed exactly. Each may run twice and does no harm."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from wattloop.apps.billing.trials import drafts, places
from wattloop.apps.customers.models import Agreement, AgreementVersion
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.records import jobs
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.library.rating.agreements.model import Agreements


@jobs.task("billing.trial-sums")
def compute_sums(context: jobs.Context, tariff: str, months: list[str], scope: places.Scope) -> dict[str, Any]:
    """Sum up what those who have a tariff used, month by month; a month that cannot be is told."""
    from wattloop.apps.metering.lake import open_lake
    from wattloop.library.rating.comparison.summing import sum_month

    refused: dict[str, str] = {}
    snapshot, known = open_lake().snapshot(), enterprise.tariffs_in_force()
    for number, told in enumerate(months):
        context.check()
        month = dt.date.fromisoformat(f"{told}-01")
        folder = places.fresh(tariff, month, scope)

        def progress(done: int, total: int, number: int = number, told: str = told) -> None:
            context.progress(number * total + done, len(months) * total, told)
            context.check()

        try:
            who = population(tariff, month, scope)
            sum_month(snapshot, known, tariff, month, who, folder, progress=progress)
            places.forget_older(folder)
        except Refused as problem:
            refused[told] = str(problem)
    if len(refused) == len(months):
        raise Refused(next(iter(refused.values())))
    return {"refused": refused}


@jobs.task("billing.trial-exact")
def compute_exactly(
    context: jobs.Context, tariff: str, months: list[str], scope: places.Scope, redrawn: dict[str, Any], digest: str
) -> dict[str, Any]:
    """What everybody's whole bills would come to, by the pricing that bills them."""
    from wattloop.apps.billing.trials.exact import exactly

    base = drafts.base(tariff)
    drafts.refuse_unless_same(base, digest)
    return exactly(context, base, drafts.redrawing_of(redrawn), months, scope)


def population(tariff: str, month: dt.date, scope: places.Scope) -> Agreements:
    """The agreements that have a tariff in a month, or a point that does.

    Raises:
        Refused: where there are none.
    """
    from django.db.models import Q

    from wattloop.apps.customers.population import agreements
    from wattloop.library.rating.agreements.periods import next_month

    end = next_month(month)
    holds = Q(valid_from__lt=end) & (Q(valid_to__isnull=True) | Q(valid_to__gte=month))
    have = AgreementVersion.objects.filter(holds, tariff=tariff).values("agreement")
    rows = Agreement.objects.filter(pk__in=have)
    if scope is not None:
        rows = rows.filter(unit__in=scope)
    if not rows.exists():
        raise Refused(f"nobody has the tariff {tariff} in {month:%Y-%m}", "Choose another month.")
    return agreements(rows, month, end)
