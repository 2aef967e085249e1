"""Rows that are alike, found by hashing: where few are distinct, sorting them all takes ten times as long."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity.money import Whole

Integers = npt.NDArray[np.signedinteger[Any]]


def groups(*columns: Integers) -> tuple[Whole, Whole]:
    """The distinct rows of some columns, and which of them each row is.

    Args:
        columns: integers[n], one or more.

    Returns:
        int64[distinct, columns] in ascending order; int64[n] into it.
    """
    distinct, of_row = _of_one(columns[0])
    found = distinct[:, None]
    for column in columns[1:]:
        values, of_value = _of_one(column)
        # Pairs of places stay far below 64 bits, however large the values themselves.
        pairs, of_row = _of_one(of_row * max(len(values), 1) + of_value)
        first, second = np.divmod(pairs, max(len(values), 1))
        found = np.concatenate([found[first], values[second][:, None]], axis=1)
    return found, of_row


def _of_one(column: Integers) -> tuple[Whole, Whole]:
    encoded = pa.array(np.ascontiguousarray(column, np.int64)).dictionary_encode()
    values = np.asarray(encoded.dictionary).astype(np.int64)
    order = np.argsort(values)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return values[order], rank[np.asarray(encoded.indices)]


def ranges(low: Whole, high: Whole) -> tuple[Whole, Whole]:
    """The numbers from each `low` up to its `high`, and for each of them which of the ranges it is in."""
    count = high - low
    at = np.repeat(np.arange(len(low)), count)
    return at, low[at] + np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
