"""Bill lines: what one charge contributes to every bill of a chunk, and the Arrow table they become.

A charge is one column over many bills (`Charge`); a chunk of bills is a matrix of
charges, flattened bill by bill. Quantities are integers in thousandths of their
unit, prices integers in 10⁻¹⁰ of the currency, amounts integers in the money's
smallest unit; nothing here is a float.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.exact import narrow, wide
from wattloop.library.quantity.money import Mask, Whole, decimal_array
from wattloop.library.tariffs.compiled import Kind

QUANTITY_SCALE = 3
PRICE_SCALE = 10

Facts = dict[str, Whole | int]

_TEXT = pa.dictionary(pa.int32(), pa.string())


def schema(money_digits: int = 2) -> pa.Schema:
    """The line table.

    `period_start` and `period_end` (the day after the last) are the bill's; a bill in which
    something changes has several segments, counted from 1, each with its own days. `point` is
    the usage point that the line is of, where it has a price of its own inside the agreement.
    """
    return pa.schema(
        [
            ("agreement", _TEXT),
            ("point", _TEXT),
            ("line", pa.int32()),
            ("segment", pa.int32()),
            ("period_start", pa.date32()),
            ("period_end", pa.date32()),
            ("segment_start", pa.date32()),
            ("segment_end", pa.date32()),
            ("kind", _TEXT),
            ("component", _TEXT),
            ("tou", _TEXT),
            ("tier", pa.int32()),
            ("quantity", pa.decimal128(21, QUANTITY_SCALE)),
            ("unit", _TEXT),
            ("price", pa.decimal128(29, PRICE_SCALE)),
            ("amount", pa.decimal128(21, money_digits)),
            ("currency", _TEXT),
            ("source", _TEXT),
            ("clause", _TEXT),
        ]
    )


@dataclass(slots=True, eq=False)
class Charge:
    """One kind of line over n bills.

    Args:
        quantity: int64[n], thousandths of `unit`.
        price: int64[n] or one int, 10⁻¹⁰ of the currency per unit.
        amount: int64[n], smallest unit of money.
        shown: bool[n], the bills that carry the line; None for all.
        counts_as: the kind it counts as where other charges build on it; None for its own.
        facts: what else the amount follows from, named for its explanation; int64[n] or one int each.

    quantity × price before rounding is in these two, never in `amount`.
    """

    kind: Kind
    component: str
    unit: str
    quantity: Whole
    price: Whole | int
    amount: Whole
    clause: str
    source: str
    tou: str | None = None
    tier: int | None = None
    shown: Mask | None = None
    counts_as: Kind | None = None
    facts: Facts = field(default_factory=dict)

    def is_of(self, words: Collection[str]) -> bool:
        """Whether it belongs to any of these kinds, or is one of these components."""
        return (self.counts_as or self.kind) in words or self.component in words

    def visible(self, values: Whole) -> Whole:
        """The values of the bills that carry the line, 0 elsewhere."""
        return values if self.shown is None else np.where(self.shown, values, 0)


def scaled_price(price: Decimal) -> int:
    """A price in 10⁻¹⁰ of its currency.

    Raises:
        ValueError: where the price has more decimals than that.
    """
    scaled = price.scaleb(PRICE_SCALE)
    if scaled != scaled.to_integral_value():
        msg = f"the price {price} has more than {PRICE_SCALE} decimals"
        raise ValueError(msg)
    return int(scaled)


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What all lines of a chunk share: row by row the agreement, its bill and the segment.

    Args:
        agreements, points: string, of each part; `points` null where the part is the agreement.
        number: int32[n], the part of each row, counted from the first of `agreements`.
        start, end: datetime64[n], of the bill; `segment_start`, `segment_end` of the row.
        segment: int32[n].
        fresh: bool[n], whether a row begins a bill, so that its lines count from 1.
        wanted: bool[n], rows that lines are asked of.
    """

    agreements: pa.Array
    points: pa.Array | None
    number: npt.NDArray[np.int32]
    start: npt.NDArray[np.datetime64]
    end: npt.NDArray[np.datetime64]
    segment_start: npt.NDArray[np.datetime64]
    segment_end: npt.NDArray[np.datetime64]
    segment: npt.NDArray[np.int32]
    fresh: Mask
    wanted: Mask
    currency: str
    clause_prefix: str
    money_digits: int

    @property
    def days(self) -> tuple[npt.NDArray[np.datetime64], ...]:
        """The four columns of days, in the order of the schema."""
        return self.start, self.end, self.segment_start, self.segment_end


def to_table(
    header: Header, charges: list[Charge], *, money_digits: int | None = None
) -> tuple[pa.Table, npt.NDArray[np.intp]]:
    """Flatten a chunk: the lines of the first wanted bill, then of the second, in the charges' order.

    Args:
        header: the bills.
        charges: what each charge contributes; lengths equal the header's.
        money_digits: digits of the amount column, at least the header's own.

    Returns:
        The lines, and for each the row that it is of.
    """
    digits = header.money_digits if money_digits is None else money_digits
    keep = np.flatnonzero(header.wanted)
    width, n = len(charges), len(keep)
    shown = np.ones((n, width), bool)
    quantity, price, amount = (np.empty((n, width), np.int64) for _ in range(3))
    for at, charge in enumerate(charges):
        quantity[:, at] = charge.quantity[keep]
        price[:, at] = charge.price[keep] if isinstance(charge.price, np.ndarray) else charge.price
        amount[:, at] = charge.amount[keep]
        if charge.shown is not None:
            shown[:, at] = charge.shown[keep]
    flat = np.flatnonzero(shown)
    bill, kind = flat // max(width, 1), flat % max(width, 1)
    line = _counted(shown, header.fresh[keep]).reshape(-1)[flat].astype(np.int32)
    bills = keep[bill]
    amounts = amount.reshape(-1)[flat]
    if digits != header.money_digits:
        finer = 10 ** (digits - header.money_digits)
        amounts = narrow(wide(amounts, finer) * finer)
    tier = np.array([charge.tier or 0 for charge in charges], np.int32)
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(header.number[bills]), header.agreements),
        _points(header, bills),
        pa.array(line),
        pa.array(header.segment[bills]),
        *(pa.array(days[bills]).cast(pa.date32()) for days in header.days),
        _text(kind, [str(c.kind.value) for c in charges]),
        _text(kind, [c.component for c in charges]),
        _text(kind, [c.tou for c in charges]),
        pa.array(tier[kind] if width else np.empty(0, np.int32), mask=(tier[kind] == 0) if width else None),
        decimal_array(quantity.reshape(-1)[flat], 21, QUANTITY_SCALE),
        _text(kind, [c.unit for c in charges]),
        decimal_array(price.reshape(-1)[flat], 29, PRICE_SCALE),
        decimal_array(amounts, 21, digits),
        _text(np.zeros(len(flat), np.int64), [header.currency]),
        _text(kind, [c.source for c in charges]),
        _text(kind, [f"{header.clause_prefix}{c.clause}" for c in charges]),
    ]
    return pa.Table.from_arrays(columns, schema=schema(digits)), bills


def _counted(shown: Mask, fresh: Mask) -> Whole:
    """int64[rows, charges], the number of each line shown, beginning anew with each bill."""
    count: Whole = np.cumsum(shown, axis=1, dtype=np.int64)
    if fresh.all():
        return count
    before: Whole = np.cumsum(count[:, -1]) - count[:, -1]
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(fresh)), 0))
    return np.asarray(count + (before - before[first])[:, None])


def _points(header: Header, bills: npt.NDArray[np.intp]) -> pa.DictionaryArray:
    if header.points is None:
        nobody = pa.nulls(len(bills), pa.int32())
        return pa.DictionaryArray.from_arrays(nobody, pa.array([], pa.string()))
    number = header.number[bills]
    nothing = np.asarray(pc.is_null(header.points))[number]
    return pa.DictionaryArray.from_arrays(pa.array(number, mask=nothing), pc.fill_null(header.points, ""))


def _text(of_line: npt.NDArray[np.int64], values: list[str | None]) -> pa.DictionaryArray:
    distinct = list(dict.fromkeys(v for v in values if v is not None))
    where = np.array([-1 if v is None else distinct.index(v) for v in values] or [0], np.int32)
    index = where[of_line]
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), pa.array(distinct, pa.string()))
