"""Filling the slots that cannot be billed as they arrived.

Gaps of up to two hours are bridged in a straight line between good neighbours, over
midnight too; longer ones take the mean of up to four like days of the same point,
working days for working days and weekends for weekends, nearest first; where there is
none, the point's own mean for that slot, and zero where it never had a good reading; a
voltage is then the point's mean over all slots.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.dayrows import bitmap_bytes

SHORT_GAP_HOURS = 2
LIKE_DAYS = 4
REACH = 28  # days to look for like days on either side
LONGEST_GAP = 366  # days; a point away for longer was not there, and one wrong year in a stamp is no gap of decades

Values = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def whole_days(
    point: npt.NDArray[np.int64], day: npt.NDArray[np.int64], values: Values, valid: Mask
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Values, Mask, Mask]:
    """Insert a row, without readings, for every day missing inside a point's span, but for gaps of over a year.

    Args:
        point, day: int64[rows], sorted by both, each pair once.
        values, valid: [rows, slots].

    Returns:
        The same four with the days inserted, and bool[rows], True for inserted ones.
    """
    gap = np.ones(len(day), np.int64)
    gap[1:] = np.where(point[1:] == point[:-1], day[1:] - day[:-1], 1)
    gap[gap > LONGEST_GAP] = 1
    if (gap == 1).all():
        return point, day, values, valid, np.zeros(len(day), bool)
    at = np.cumsum(gap) - 1
    total = int(at[-1]) + 1
    source = np.full(total, -1, np.int64)
    source[at] = np.arange(len(day))
    inserted = source < 0
    after = np.searchsorted(at, np.arange(total))
    new_point, new_day = point[after], day[after] - (at[after] - np.arange(total))
    new_values = np.where(inserted[:, None], 0, values[source]).astype(np.int32)
    return new_point, new_day, new_values, np.where(inserted[:, None], False, valid[source]), inserted


def estimate(
    point: npt.NDArray[np.int64], day: npt.NDArray[np.int64], values: Values, bad: Mask, *, energy: bool = True
) -> Values:
    """Values with every bad slot filled.

    Args:
        point, day: int64[rows], sorted, each pair once; missing days are best inserted before (see `whole_days`).
        values: int32[rows, slots] Wh; what stands in bad slots is not looked at.
        bad: bool[rows, slots].
        energy: where a slot never had a good reading, nothing was used; a voltage is the point's mean then.

    Returns:
        int32[rows, slots]; good slots are unchanged.
    """
    filled = values.copy()
    left = _bridge(point, day, filled, bad)
    if left.any():
        left = _like_days(point, day, values, bad, filled, left)
    if left.any():
        _profile(point, values, bad, filled, left, energy=energy)
    return filled


def _bridge(point: npt.NDArray[np.int64], day: npt.NDArray[np.int64], filled: Values, bad: Mask) -> Mask:
    """Fill short gaps in a straight line; what is left of `bad`."""
    slots = filled.shape[1]
    hurt: Mask = np.asarray(bad.any(axis=1))
    # A short gap reaches no further than the day before and the day after.
    near = hurt.copy()
    near[1:] |= hurt[:-1]
    near[:-1] |= hurt[1:]
    rows = np.flatnonzero(near)
    flat, gone = filled[rows].reshape(-1), bad[rows].reshape(-1)
    # Days of one point that follow each other share a number.
    chain = np.zeros(len(rows), np.int64)
    chain[1:] = np.cumsum((point[rows][1:] != point[rows][:-1]) | (day[rows][1:] != day[rows][:-1] + 1))
    size = len(flat)
    index = np.arange(size)
    before = np.maximum.accumulate(np.where(gone, -1, index))
    after = np.minimum.accumulate(np.where(gone, size, index)[::-1])[::-1]
    where = np.flatnonzero(gone)
    lo, hi = before[where], after[where]
    short = (lo >= 0) & (hi < size) & (hi - lo - 1 <= SHORT_GAP_HOURS * slots // 24)
    short[short] &= chain[lo[short] // slots] == chain[hi[short] // slots]
    at, lo, hi = where[short], lo[short], hi[short]
    rise = flat[hi].astype(np.int64) - flat[lo]
    flat[at] = flat[lo] + (2 * rise * (at - lo) + (hi - lo)) // (2 * (hi - lo))
    gone[at] = False
    filled[rows] = flat.reshape(-1, slots)
    left = bad.copy()
    left[rows] = gone.reshape(-1, slots)
    return left


def _like_days(
    point: npt.NDArray[np.int64], day: npt.NDArray[np.int64], values: Values, bad: Mask, filled: Values, left: Mask
) -> Mask:
    rows = np.flatnonzero(left.any(axis=1))
    weekend = (day + 3) % 7 >= 5
    total = np.zeros((len(rows), values.shape[1]), np.int64)
    count = np.zeros_like(total)
    for distance in range(1, REACH + 1):
        for other in (rows - distance, rows + distance):
            there = (other >= 0) & (other < len(day))
            safe = np.clip(other, 0, len(day) - 1)
            like = there & (point[safe] == point[rows]) & (np.abs(day[safe] - day[rows]) <= REACH)
            like &= weekend[safe] == weekend[rows]
            take = like[:, None] & ~bad[safe] & (count < LIKE_DAYS)
            total += np.where(take, values[safe], 0)
            count += take
    found = left[rows] & (count > 0)
    mean = (2 * total + count) // np.maximum(2 * count, 1)
    chosen = filled[rows]
    chosen[found] = mean[found]
    filled[rows] = chosen
    left = left.copy()
    remaining = left[rows]
    remaining[found] = False
    left[rows] = remaining
    return left


def _profile(
    point: npt.NDArray[np.int64], values: Values, bad: Mask, filled: Values, left: Mask, *, energy: bool
) -> None:
    rows = np.flatnonzero(left.any(axis=1))
    concerned = np.unique(point[rows])
    members = np.flatnonzero(np.isin(point, concerned))
    which = np.searchsorted(concerned, point[members])
    total = np.zeros((len(concerned), values.shape[1]), np.int64)
    count = np.zeros_like(total)
    np.add.at(total, which, np.where(bad[members], 0, values[members]))
    np.add.at(count, which, ~bad[members])
    none = np.zeros((len(concerned), 1), np.int64)
    if not energy:
        sums, counts = total.sum(axis=1, keepdims=True), count.sum(axis=1, keepdims=True)
        none = (2 * sums + counts) // np.maximum(2 * counts, 1)
    mean = np.where(count > 0, (2 * total + count) // np.maximum(2 * count, 1), none)
    chosen = filled[rows]
    hole = left[rows]
    chosen[hole] = mean[np.searchsorted(concerned, point[rows])][hole]
    filled[rows] = chosen


def bitmap(marked: Mask) -> Any:
    """An Arrow binary array: one bitmap per row, null where no slot is marked."""
    import pyarrow as pa

    some = marked.any(axis=1)
    packed = np.packbits(marked, axis=1, bitorder="little")
    rows, width = packed.shape
    lengths = np.where(some, width, 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    data = np.ascontiguousarray(packed[some])
    valid = np.packbits(some, bitorder="little")
    return pa.Array.from_buffers(pa.binary(), rows, [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(data)])


def marked(bitmaps: Any, slots: int) -> Mask:
    """bool[rows, slots] of what `bitmap` made."""
    import pyarrow.compute as pc

    nothing = bytes(bitmap_bytes(slots))
    whole = b"".join(pc.fill_null(bitmaps, nothing).to_pylist())
    rows = np.frombuffer(whole, np.uint8).reshape(len(bitmaps), len(nothing))
    return np.unpackbits(rows, axis=1, bitorder="little").astype(bool)
