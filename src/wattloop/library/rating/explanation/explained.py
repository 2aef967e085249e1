"""From what a bill follows from to the bill: priced, and every line explained.

`explain` and `verify` both come through here, so a bill that verifies says what it said.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ABSENT, Kind
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.charges.price import price_bills
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.chunks import version_name
from wattloop.library.rating.explanation import grounds as cutting
from wattloop.library.rating.explanation import terms, why, words
from wattloop.library.rating.explanation.bill_document import Bill, Line, Segment
from wattloop.library.rating.explanation.changes import changes
from wattloop.library.rating.explanation.grounds import Grounds
from wattloop.library.rating.explanation.kinds import tell
from wattloop.library.rating.explanation.priced_row import Row


def bill_of(grounds: Grounds) -> Bill:
    """Price and explain one bill.

    Raises:
        Refused: where a quantity that it needs is missing, or it is billed in two currencies.
    """
    rows = _rows(grounds)
    known = terms.to_plain(grounds.versions)
    segments = _segments(grounds, rows, known)
    lines = _lines(grounds, rows, {(one.point, one.start): one.number for one in segments})
    currencies = {one.tariff.currency for one in rows}
    if len(currencies) > 1:
        raise Refused(f"the bill of {grounds.agreement} is in {' and '.join(sorted(currencies))}")
    last = max(rows, key=lambda row: row.piece.end)
    assert last.bills.version is not None
    version = int(last.bills.version[last.at])
    tariffs = {version_name(one.tariff): one.tariff for one in grounds.priced}
    return Bill(
        agreement=grounds.agreement,
        customer=known[version]["customer"] if version != ABSENT else None,
        currency=currencies.pop(),
        start=min(row.piece.start for row in rows),
        end=last.piece.end,
        terms=known,
        transformers=terms.transformers_to_plain(grounds.transformers),
        segments=segments,
        measured=grounds.measured,
        lines=lines,
        total=sum((line.amount for line in lines), Decimal(0)),
        lake=grounds.lake,
        names={name: words.tariff_name(tariff) for name, tariff in tariffs.items()},
        documents=grounds.documents,
        priced=[
            {"tariff": version_name(one.tariff), "rows": cutting.to_plain(one, grounds.points)}
            for one in grounds.priced
        ],
    )


def _rows(grounds: Grounds) -> list[Row]:
    """The bill's own rows in the order of its lines, each as its variant prices it."""
    found: list[tuple[int, Row]] = []
    for priced in grounds.priced:
        bills, tariff = priced.bills, priced.tariff
        charges = price_bills(bills, tariff, priced.calendars)
        own = np.flatnonzero(bills.mine & (bills.bill == grounds.bill))
        for mask, reason in bills.held:
            if mask[own].any():
                start = bills.start[own].min()
                raise Refused(
                    f"the bill of {grounds.agreement} from {start} is held back: {reason}",
                    "`wattloop rate` lists it. Other days can be explained by themselves.",
                )
        found += [(at, Row(tariff, bills, charges, Pricing.of(tariff), at, grounds.measured)) for at in own.tolist()]
    if not found:
        raise Refused(f"there is no bill of {grounds.agreement} in these days")
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def _segments(grounds: Grounds, rows: list[Row], known: list[dict[str, Any]]) -> list[Segment]:
    starts = sorted({row.piece.start for row in rows})
    found: list[Segment] = []
    before: dict[int, dict[str, Any]] = {}
    for row in rows:
        piece, point = row.piece, grounds.points[row.part]
        assert row.bills.version is not None
        version = int(row.bills.version[row.at])
        now: dict[str, Any] = {**(known[version] if version != ABSENT else {}), "tariff": version_name(row.tariff)}
        now["points"] = _points(grounds, row.part, piece.start)
        changed = changes(before[row.part], now) if row.part in before else []
        before[row.part] = now
        number = starts.index(piece.start) + 1
        rules = why.rules(row, _kind_of(grounds, row), grounds.transformers)
        found.append(Segment(number, point, piece.start, piece.end, now["tariff"], changed, rules, why.periods(row)))
    return found


def _points(grounds: Grounds, part: int, start: dt.date) -> list[str]:
    return [one["point"] for one in grounds.measured if (one["part"], one["start"]) == (part, start.isoformat())]


@dataclass(frozen=True)
class _Shown:
    row: Row
    charge: Charge
    number: int


def _lines(grounds: Grounds, rows: list[Row], segments: dict[tuple[str | None, dt.date], int]) -> list[Line]:
    shown = [(row, charge) for row in rows for charge in row.charges if row.shown(charge)]
    every = [_Shown(row, charge, number) for number, (row, charge) in enumerate(shown, 1)]
    return [_line(grounds, one, every, segments) for one in every]


def _line(grounds: Grounds, one: _Shown, every: list[_Shown], segments: dict[tuple[str | None, dt.date], int]) -> Line:
    row, charge = one.row, one.charge
    told = tell(row, charge)
    point = grounds.points[row.part]
    behind = {id(other) for other in told.rests_on}
    return Line(
        number=one.number,
        segment=segments[point, row.piece.start],
        point=point,
        kind=charge.kind.value,
        component=charge.component,
        name=words.charge(row.tariff, charge.component),
        tou=charge.tou,
        tier=charge.tier,
        quantity=row.quantity(charge),
        unit=charge.unit,
        price=row.price(charge),
        amount=row.amount(charge),
        source=charge.source,
        sentence=told.sentence,
        formula=told.formula,
        contained=told.contained,
        rests_on=[other.number for other in every if other.row is row and id(other.charge) in behind],
        clause=why.clause(row.tariff, charge.clause),
        why=why.why(row, charge, _kind_of(grounds, row), grounds.transformers),
    )


def _kind_of(grounds: Grounds, row: Row) -> Kind:
    """The agreement's terms that are words, as they are in force in a row."""
    assert row.bills.version is not None
    version = int(row.bills.version[row.at])
    return grounds.versions.kinds[int(grounds.versions.kind[version])] if version != ABSENT else {}
