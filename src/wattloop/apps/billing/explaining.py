"""A bill explained line by line, from what held when it was rated: computed once, and kept beside its run."""

from __future__ import annotations

import json
from typing import Any

from wattloop.apps.billing import booking
from wattloop.apps.billing.models import Bill
from wattloop.library.quantity.refusal import Refused

FOLDER = "explained"


def explained(bill: Bill) -> dict[str, Any]:
    """The content of a bill's file, as `wattloop verify` reads it; of a correction, the bill as it should be now.

    Raises:
        Refused: where the bill is not rated or was held back, or what it follows from is no longer there.
    """
    if bill.amount is None:
        raise Refused("this bill is not rated", "Rate its run first.")
    kept = booking.folder(bill.run) / FOLDER / f"{bill.pk}.json"
    if kept.is_file():
        content: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return content
    content = _computed(bill)
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_name(f".{kept.name}.partial")
    partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    partial.replace(kept)
    return content


def _computed(bill: Bill) -> dict[str, Any]:
    from wattloop.apps.metering.lake import open_lake
    from wattloop.library import rating
    from wattloop.library.rating.agreements.keeping import read

    run, number = bill.run, bill.agreement.number
    whom = read(booking.folder(run) / booking.TERMS, number)
    named = {*whom.versions.tariff.to_pylist(), *whom.points.tariff.to_pylist()} - {None}
    tariffs = booking.tariffs_of(run, named)
    snapshot = open_lake().snapshot(run.lake_version)
    found = rating.explain(
        snapshot, tariffs, bill.period_start, bill.period_end, agreement=number, agreements=whom, bill="span"
    )
    return found[0].to_json()
