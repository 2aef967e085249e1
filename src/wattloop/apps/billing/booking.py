"""Where a run's lines lie, and how they come there.

    WATTLOOP_HOME/runs/RUN/ATTEMPT/booked/000000/lines.parquet, exceptions.parquet, …   as `rating.book` wrote them
                                  /booked/000001/…                    in a correction: its differences
                                  /tariffs.json, tariffs/, terms/     what the lines follow from
                                  /explained/BILL.json                bills that somebody looked at

A correction's folder holds what it corrects beside its own, as links: what is booked is never written again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from wattloop.apps.billing.models import BillRun
from wattloop.apps.customers.models import Agreement
from wattloop.apps.customers.population import agreements
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.library.lake.snapshot import Snapshot
    from wattloop.library.rating.agreements.model import Agreements
    from wattloop.library.rating.run import Progress
    from wattloop.library.tariffs import Tariff

TARIFFS, TERMS = "tariffs.json", "terms"


def folder(run: BillRun) -> Path:
    """Of the newest attempt."""
    return Path(settings.HOME) / "runs" / str(run.pk) / str(run.attempt)


def booked_in(run: BillRun) -> Path:
    """Where its lines are booked."""
    return folder(run) / "booked"


def lines_file(run: BillRun) -> Path:
    """The lines that a run made.

    Raises:
        Refused: where it has none yet.
    """
    if run.booked is None:
        raise Refused(f"bill run {run.pk} is not rated yet", "Rate it first.")
    return booked_in(run) / f"{run.booked:06d}" / "lines.parquet"


def book(run: BillRun, snapshot: Snapshot, tariffs: list[Tariff], progress: Progress) -> int | None:
    """Rate a run and book its lines, unless they are booked already, and give the number of the booking.

    None where a correction finds nothing that differs: nothing is booked then.

    Args:
        run: as it is when its rating begins.
        snapshot: the lake as of the run's version.
        tariffs: those in force.
        progress: told how far it is; what it raises ends the rating, and nothing is booked.

    Raises:
        Refused: where the library refuses.
    """
    from wattloop.library import rating
    from wattloop.library.rating.corrections.booked import numbered

    place = booked_in(run)
    if run.kind == BillRun.Kind.CORRECTION:
        return _correct(run, place, snapshot, tariffs)
    if not numbered(place):
        whom = agreements(Agreement.objects.filter(bills__run=run), run.period_start, run.period_end)
        _keep_grounds(run, tariffs, whom)
        rating.book(
            place, snapshot, tariffs, run.period_start, run.period_end, agreements=whom, bill="span", progress=progress
        )
    return 0


def base_of(run: BillRun) -> BillRun:
    """The newest issued run that a correction corrects: the first one, or the correction issued last."""
    assert run.corrects is not None
    issued = BillRun.objects.filter(corrects=run.corrects, state=BillRun.State.ISSUED, bills__gt=0).exclude(pk=run.pk)
    found: BillRun = issued.order_by("-booked").first() or run.corrects
    return found


def _correct(run: BillRun, place: Path, snapshot: Snapshot, tariffs: list[Tariff]) -> int | None:
    from wattloop.library import rating

    base = base_of(run)
    assert base.booked is not None
    mine: int = base.booked + 1
    if (place / f"{mine:06d}").is_dir():
        return mine
    _link(booked_in(base), place, mine)
    issued = Agreement.objects.filter(bills__run=run.corrects, bills__state="issued").distinct()
    whom = agreements(issued, run.period_start, run.period_end)
    _keep_grounds(run, tariffs, whom)
    found = rating.rebill(place, snapshot, tariffs, agreements=whom)
    return found.run


def _link(source: Path, place: Path, before: int) -> None:
    for number in range(before):
        into = place / f"{number:06d}"
        into.mkdir(parents=True, exist_ok=True)
        for file in sorted((source / into.name).iterdir(), key=lambda one: one.name == "run.json"):
            target = into / file.name  # run.json last: it is what says that a booking is whole
            if not target.exists():
                try:
                    os.link(file, target)
                except OSError:  # a file system without links
                    partial = target.with_name(f".{target.name}.partial")
                    shutil.copyfile(file, partial)
                    partial.replace(target)


def _keep_grounds(run: BillRun, tariffs: list[Tariff], whom: Agreements) -> None:
    """Keep the tariffs and terms that the lines follow from: a bill is explained by what held then."""
    from wattloop.library.rating.agreements.keeping import keep
    from wattloop.library.rating.explanation.tariff_documents import carried

    place = folder(run)
    held = carried(tariffs, tariffs, run.period_end)
    for number, one in enumerate(held):
        for name, text in one.pop("files").items():
            file = _beside(place, number).parent / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    place.mkdir(parents=True, exist_ok=True)
    partial = place / f".{TARIFFS}.partial"
    partial.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
    partial.replace(place / TARIFFS)
    keep(whom, place / TERMS)


def tariffs_of(run: BillRun, ids: Collection[str]) -> list[Tariff]:
    """The tariffs of some ids as they were when a run was rated, compiled; once a process, as that takes a while."""
    return [tariff for one in sorted(ids) for tariff in _compiled(folder(run), one)]


@lru_cache(maxsize=64)
def _compiled(place: Path, tariff: str) -> tuple[Tariff, ...]:
    from wattloop.library.tariffs import from_plain

    held: list[dict[str, Any]] = json.loads((place / TARIFFS).read_text(encoding="utf-8"))
    return tuple(
        from_plain(one["document"], file=str(_beside(place, number)), on=_day(one["valid_from"]))
        for number, one in enumerate(held)
        if one["tariff"] == tariff
    )


def _beside(place: Path, number: int) -> Path:
    """Beside which the files lie that a tariff's document names."""
    return place / "tariffs" / str(number) / "tariff.yaml"


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
