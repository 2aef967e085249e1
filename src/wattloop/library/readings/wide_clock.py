"""A row a day on a local clock → day-rows in standard time: a shifted day lies in two of them.

On the day the clock is put forward, the columns of the hour that is skipped must hold
nothing. On the day it is put back, a row has one column for an hour that came twice;
what it holds cannot be told apart, so it must be empty, and is then estimated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity import zones
from wattloop.library.readings.rows import AMISS

_DAY = 24 * 60
_BEFORE_1970 = 2**31  # more days than there were: keeps a key's day from below zero

Ints = npt.NDArray[np.int64]
Values = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
Refusing = Callable[[str, str, int, int], NoReturn]
"""Told what is wrong, what to do, the row and the slot."""


def to_standard(
    point: Ints, days: Days, wh: Values, have: Mask, *, zone: str, offset: int, refuse: Refusing
) -> tuple[Ints, Days, Values, Mask]:
    """Whole points' local days as days of standard time.

    Args:
        point: int64[rows], sorted; days: datetime64[D], sorted within a point, each pair once.
        wh, have: [rows, slots].
        zone: whose clock the days are on.
        offset: minutes of the standard time east of UTC.
        refuse: raises for a reading that has no place.

    Returns:
        The same four, sorted by point and day; there may be a day more of each point.

    Raises:
        Refused: what `refuse` raises.
    """
    slots = wh.shape[1]
    step = _DAY // slots
    each, which = np.unique(days, return_inverse=True)
    local = (each.astype("datetime64[m]")[:, None] + np.arange(0, _DAY, step).astype("timedelta64[m]")).reshape(-1)
    utc, state = zones.local_to_utc(local, zone, keys=np.arange(len(local)))
    minute = (utc.astype(np.int64) + offset).reshape(len(each), slots)
    if (minute[:, 0] == each.astype("datetime64[m]").astype(np.int64)).all() and not state.any():
        return point, days, wh, have  # the clock was at standard time throughout
    state = state.reshape(len(each), slots)
    _check(local.reshape(len(each), slots), minute % step != 0, state, which, wh, have, zone, refuse)
    have = have & (state[which] == 0)
    day = minute // _DAY
    row, slot = np.nonzero(have)
    key = point[row] * 2**32 + day[which[row], slot] + _BEFORE_1970
    unique, to = np.unique(key, return_inverse=True)
    out, valid = np.zeros((len(unique), slots), np.int32), np.zeros((len(unique), slots), bool)
    place = minute[which[row], slot] % _DAY // step
    out[to, place], valid[to, place] = wh[row, slot], True
    return unique // 2**32, (unique % 2**32 - _BEFORE_1970).astype("datetime64[D]"), out, valid


def _check(
    local: Days, off: Mask, state: npt.NDArray[np.int8], which: Ints, wh: Values, have: Mask, zone: str,
    refuse: Refusing,
) -> None:  # fmt: skip
    for code, mend in ((1, "Leave the cell empty."), (2, "Leave the cell empty, or give that day a reading a row.")):
        # Nothing used in an hour that was not is no reading lost.
        wrong = np.argwhere((state[which] == code) & have & ((wh != 0) | (code != 1)))
        if len(wrong):
            row, slot = (int(i) for i in wrong[0])
            said = str(local[which[row], slot]).replace("T", " ")
            refuse(f"{said} in {zone} {AMISS[code][0]}", mend, row, slot)
    wrong = np.argwhere(off[which] & have)
    if len(wrong):
        row, slot = (int(i) for i in wrong[0])
        said = str(local[which[row], slot]).replace("T", " ")
        mend = "Give shorter intervals, or import into a lake of this zone."
        refuse(f"{said} in {zone} begins no interval of the lake's standard time", mend, row, slot)
