"""What a page of trials reads: which months have sums, and what a redrawn tariff comes to on them."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from wattloop.apps.billing.trials import drafts, places
from wattloop.apps.records.models import Job
from wattloop.library.quantity import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from wattloop.library.rating.comparison.comparing import WhatIf
    from wattloop.library.rating.comparison.trial import Population, Trial
    from wattloop.library.tariffs import Tariff
    from wattloop.library.tariffs.redrawing import Redrawing

TOP = 10
KEPT = 24  # months whose names and present amounts are held in memory


@dataclass(frozen=True, slots=True)
class Held:
    """The sums of one month: where they lie, when they were made, and whether the lake has changed since."""

    month: dt.date
    folder: Path | None
    made_at: dt.datetime | None = None
    stale: bool = False


def months_there() -> list[dt.date]:
    """The whole months that the lake has readings of, the newest first; an empty list without a lake."""
    from wattloop.apps.metering.lake import open_lake
    from wattloop.library.quantity.refusal import Refused

    try:
        snapshot = open_lake().snapshot()
    except Refused:
        return []
    told = {month for slots in snapshot.slot_counts() for month in snapshot.months("intervals", slots)}
    this = clock.today(snapshot.zone).replace(day=1) if snapshot.zone else clock.today().replace(day=1)
    months = sorted((dt.date.fromisoformat(f"{month}-01") for month in told), reverse=True)
    return [month for month in months if month < this]


def held(tariff: str, months: Iterable[dt.date], scope: places.Scope) -> list[Held]:
    """What sums there are of some months."""
    from wattloop.apps.metering.lake import open_lake

    found, version = [], None
    for month in months:
        folder = places.newest(tariff, month, scope)
        if folder is None:
            found.append(Held(month, None))
            continue
        version = open_lake().snapshot().version if version is None else version
        found.append(Held(month, folder, places.made_at(folder), _population(folder).sums.version != version))
    return found


def running(tariff: str, months: list[dt.date], scope: places.Scope) -> Job | None:
    """The job that makes sums of these months, where there is one now."""
    alive = _jobs(tariff, months, scope).filter(state__in=[Job.State.READY, Job.State.RUNNING])
    found: Job | None = alive.first()
    return found


def failed(tariff: str, months: list[dt.date], scope: places.Scope) -> Job | None:
    """The last job that made sums of these months, where it failed or had to leave some out."""
    last = _jobs(tariff, months, scope).order_by("-made_at").first()
    if last is None or last.state in {Job.State.READY, Job.State.RUNNING}:
        return None
    refused = (last.result or {}).get("refused") if last.state == Job.State.DONE else True
    return last if refused else None


def _jobs(tariff: str, months: list[dt.date], scope: places.Scope) -> QuerySet[Job]:
    return Job.objects.filter(key=places.key(tariff, [f"{month:%Y-%m}" for month in months], scope))


def slot_minutes(held: list[Held]) -> int:
    """How long a reading lasts: boundaries of periods lie between two."""
    slots = [_population(one.folder).sums.slots for one in held if one.folder is not None]
    return 1440 // min(slots, default=96)


def answer(base: drafts.Base, redrawing: Redrawing, sums: list[Held]) -> dict[str, Any]:
    """What a redrawn tariff comes to against the one in force.

    Args:
        base: the tariff.
        redrawing: what is different.
        sums: of the months, each with a folder.

    Returns:
        As `summary`, with `periods`: [(period, Wh now, Wh then)], and `left_out`: {reason: agreements}.

    Raises:
        Refused: where it cannot be priced.
    """
    from wattloop.library.rating.comparison.changes import together
    from wattloop.library.rating.comparison.trial import TRIED

    found: list[WhatIf] = []
    now: dict[str, int] = {}
    then: dict[str, int] = {}
    left_out: dict[str, int] = {}
    for one in sums:
        assert one.folder is not None
        people, in_force = _population(one.folder), base.on(one.month)
        current, new = _current(one.folder, people, in_force), drafts.drawn(base, redrawing, one.month)
        tried = people.under(new)
        found.append(people.against(current, tried, new))
        for total, energy in ((now, current.energy), (then, tried.energy)):
            for period, wh in energy.items():
                total[period] = total.get(period, 0) + wh
        for why, count in people.sums.left_out.items():
            left_out[why] = max(left_out.get(why, 0), count)
    periods = [(name, now.get(name, 0), then.get(name, 0)) for name in dict.fromkeys([*then, *now])]
    return summary(together(found), TRIED) | {"periods": periods, "left_out": left_out}


def summary(found: WhatIf, tariff: str) -> dict[str, Any]:
    """What a comparison says, as plain values; amounts in the smallest unit of money."""
    from wattloop.library.rating.comparison.changes import compared, largest, spread
    from wattloop.library.rating.comparison.comparing import CURRENT

    both, change = compared(found, tariff)
    now = int(found.priced[CURRENT].total[both].sum())
    more = int(change[both].sum())
    winners, losers = largest(found, tariff, TOP)
    classes = [
        {name: value if isinstance(value, (str, int)) else int(value.scaleb(found.digits)) for name, value in row}
        for row in (one.items() for one in found.by_class(tariff).to_pylist())
    ]
    return {
        "currency": found.currency,
        "agreements": len(both),
        "compared": int(both.sum()),
        "wh": int(found.energy[both].sum()),
        "current": now,
        "amount": now + more,
        "difference": more,
        "winners": int((change[both] < 0).sum()),
        "losers": int((change[both] > 0).sum()),
        "classes": classes,
        "spread": [(one.low, one.high, one.count) for one in spread(found, tariff)],
        "best": [_plain(one) for one in winners],
        "worst": [_plain(one) for one in losers],
    }


def _plain(one: Any) -> dict[str, Any]:
    return {
        "agreement": one.agreement, "class": one.customer_class, "wh": one.wh, "current": one.current,
        "amount": one.amount, "difference": one.difference,
    }  # fmt: skip


@lru_cache(maxsize=KEPT)
def _population(folder: Path) -> Population:
    """The agreements of sums: a folder's content never changes."""
    from wattloop.library.rating.comparison.day_sums import open_sums
    from wattloop.library.rating.comparison.trial import Population

    return Population(open_sums(folder))


_present: OrderedDict[tuple[Path, int], tuple[Tariff, Trial]] = OrderedDict()
_lock = Lock()


def _current(folder: Path, people: Population, tariff: Tariff) -> Trial:
    """What everybody pays now: the same for every redrawing, so computed once for each version in force."""
    key = (folder, id(tariff))
    with _lock:
        found = _present.get(key)
    if found is None:
        found = (tariff, people.under(tariff))  # the tariff is held, so that its id is nobody else's
        with _lock:
            _present[key] = found
            while len(_present) > KEPT:
                _present.popitem(last=False)
    return found[1]
