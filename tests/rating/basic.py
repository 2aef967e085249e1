"""Agreements with a basic charge, as tests of it need them: a document, a month of readings, terms that change."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix


def tariff(**parts):
    plain = {"id": "t", "name": "t", "valid_from": "2010-01-01", "currency": "CNY", "energy": {"price": "0.25"}}
    return tariffs.from_plain(plain | parts)


def month(year, number):
    """The first day of a month, and of the next."""
    return dt.date(year, number, 1), dt.date(year + number // 12, number % 12 + 1, 1)


def use(start, end, wh=None, *, slots=24, point="P1", channel="active_in", total=None):
    """Readings of one point: the same energy in every slot, or `total` Wh in the very first."""
    days = np.arange(np.datetime64(start), np.datetime64(end))
    values = np.full((len(days), slots), wh or 0, np.int32)
    if total is not None:
        values[0, :] = total // slots
        values[0, 0] += total % slots
    return from_matrix([point] * len(days), days, values, channel=channel)


def terms(*versions, point="P1"):
    """A table of versions of one agreement: each a valid-from and its terms."""
    names = sorted({name for _, told in versions for name in told})
    columns = {
        "agreement": ["A"] * len(versions),
        "point": [point] * len(versions),
        "tariff": [told.get("tariff", "t") for _, told in versions],
        "valid-from": [start for start, _ in versions],
        **{name: [told.get(name) for _, told in versions] for name in names if name != "tariff"},
    }
    return pa.table(columns)


def lines(found, *kinds):
    """(component, tier, quantity, amount) of the lines, of some kinds if asked."""
    return [
        (r["component"], r["tier"], r["quantity"], r["amount"])
        for r in found.lines.to_pylist()
        if not kinds or r["kind"] in kinds
    ]


def total(found, *kinds):
    """What the lines come to."""
    return sum((amount for *_, amount in lines(found, *kinds)), Decimal(0))


def run(known, start, end, agreements, readings=None, **more):
    """A run over one agreement."""
    known = known if isinstance(known, list) else [known]
    return rating.run(use(start, end, 1000) if readings is None else readings, known, start, end,
                      agreements=agreements, **more)  # fmt: skip
