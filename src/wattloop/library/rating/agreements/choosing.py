"""Some of the agreements, numbered anew: what a re-bill and a what-if rate at a time."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pyarrow as pa

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.model import ABSENT, Agreements


def chosen(agreements: Agreements, numbers: Whole) -> Agreements:
    """Some agreements with their versions, points and transformers.

    Args:
        agreements: all of them.
        numbers: int64[k], which, ascending.
    """
    if len(numbers) == len(agreements.names):
        return agreements  # ascending, and so all of them as they are
    place = np.full(len(agreements.names), ABSENT, np.int64)
    place[numbers] = np.arange(len(numbers))
    rows = np.flatnonzero(place[agreements.points.agreement] != ABSENT)
    points = taken(agreements.points, rows)
    at = np.full(len(agreements.points.agreement) + 1, ABSENT, np.int64)  # the last stands for no parent
    at[rows] = np.arange(len(rows))
    versions = taken(agreements.versions, np.flatnonzero(place[agreements.versions.agreement] != ABSENT))
    changes: dict[str, Any] = {
        "names": agreements.names.take(pa.array(numbers)),
        "versions": replace(versions, agreement=place[versions.agreement]),
        "points": replace(points, agreement=place[points.agreement], parent=at[points.parent]),
    }
    for field in fields(agreements):
        held = getattr(agreements, field.name)
        if isinstance(held, dict):  # by agreement
            changes[field.name] = {int(place[n]): value for n, value in held.items() if place[n] != ABSENT}
    return replace(agreements, **changes)


def taken(columns: Any, rows: Whole) -> Any:
    """Some rows of a dataclass of columns; whatever in it is no column stays."""
    count = len(columns.agreement)
    if len(rows) == count and (rows == np.arange(count)).all():
        return columns
    taken_rows = pa.array(rows)

    def some(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: some(held) for name, held in value.items()}
        if isinstance(value, np.ndarray) and len(value) == count:
            return value[rows]
        if isinstance(value, pa.Array) and len(value) == count:
            return value.take(taken_rows)
        return value

    return replace(columns, **{field.name: some(getattr(columns, field.name)) for field in fields(columns)})
