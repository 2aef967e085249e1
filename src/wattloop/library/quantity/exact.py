"""Sums of 64-bit integers that raise where they would wrap.

NumPy's integers wrap in silence. Where a sum could, which one look at the largest value tells,
Python's integers carry it; what does not fit when it is done raises OverflowError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.money import LIMIT, Whole, largest_of


def wide(values: Whole, terms: int) -> npt.NDArray[Any]:
    """The values, as Python's integers where so many of them might not add up within 64 bits."""
    if largest_of(values) * max(terms, 1) <= LIMIT:
        return values
    return values.astype(object)


def narrow(values: npt.NDArray[Any]) -> Whole:
    """The same as int64.

    Raises:
        OverflowError: where one does not fit.
    """
    return np.asarray(values, np.int64)


def add_at(total: Whole, at: Any, values: Whole) -> None:
    """`numpy.add.at`, exact.

    Raises:
        OverflowError: where a sum does not fit.
    """
    carried = wide(values, len(values) + 1)
    if carried is values and wide(total, 2) is total:
        np.add.at(total, at, values)
        return
    every = total.astype(object)
    np.add.at(every, at, carried.astype(object))
    total[...] = narrow(every)


def across(values: Whole) -> Whole:
    """int64[n]: what each row adds up to.

    Raises:
        OverflowError: where a sum does not fit.
    """
    return narrow(wide(values, values.shape[1]).sum(axis=1))


def added(columns: list[Whole], count: int) -> Whole:
    """int64[count]: columns added up, row by row.

    Raises:
        OverflowError: where a sum does not fit.
    """
    return narrow(sum((wide(column, 2 * len(columns)) for column in columns), np.zeros(count, np.int64)))
