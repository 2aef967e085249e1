"""Which slots cannot be billed as they arrived: missing, negative, absurd.

A reading is absurd where it passes five times what the point usually peaks at in a day,
and that usual peak by 25 kW besides: a 22 kW charger that starts once a week in a quiet
house stays below that, whatever else runs; a corrupted register is far above. A large
load that runs for a few weeks a year (a pump, a dryer) can pass both: where the
connection's capacity is known it says more; then give it as the ceiling and raise the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

GOOD, MISSING, NEGATIVE, ABSURD = 0, 1, 2, 3
NAMES = {MISSING: "missing", NEGATIVE: "negative", ABSURD: "absurd"}

Flags = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a reading is absurd.

    Args:
        times_usual_peak: never absurd below this multiple of the median of the point's daily peaks.
        floor_watts: never absurd below this average power on top of that median.
        ceiling_watts: always absurd above it.
    """

    times_usual_peak: float = 5.0
    floor_watts: float = 25_000.0
    ceiling_watts: float = 2_000_000_000.0


def usual_peaks(
    point: npt.NDArray[np.int64], values: npt.NDArray[np.int32], valid: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Median over each point's days of the day's highest reading, in Wh; NaN where it has none.

    Args:
        point: int64[rows], 0.. without gaps.
        values: int32[rows, slots].
        valid: bool[rows, slots].
    """
    top = np.where(valid, values, np.iinfo(np.int32).min).max(axis=1).astype(np.float64)
    top[top <= 0] = np.nan  # a day without use says nothing about the peak
    order = np.lexsort((top, point))  # NaN sorts last
    count = np.bincount(point, minlength=int(point.max(initial=-1)) + 1)
    known = np.bincount(point[~np.isnan(top)], minlength=len(count))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    middle = np.full(len(count), np.nan)
    have = known > 0
    low, high = first[have] + (known[have] - 1) // 2, first[have] + known[have] // 2
    middle[have] = (top[order][low] + top[order][high]) / 2
    return middle


def check(
    point: npt.NDArray[np.int64],
    values: npt.NDArray[np.int32],
    valid: npt.NDArray[np.bool_],
    peaks: npt.NDArray[np.float64],
    limits: Limits = Limits(),
) -> Flags:
    """uint8[rows, slots]: GOOD, MISSING, NEGATIVE or ABSURD for every slot of active energy.

    Args:
        point: int64[rows], index into `peaks`.
        values: int32[rows, slots] Wh.
        valid: bool[rows, slots].
        peaks: float64[points] Wh, from `usual_peaks`.
        limits: when a reading is absurd.
    """
    hours = 24 / values.shape[1]
    usual = np.nan_to_num(peaks)
    bound = np.maximum(usual * limits.times_usual_peak, usual + limits.floor_watts * hours)
    bound = np.minimum(bound, limits.ceiling_watts * hours)
    flags = np.zeros(values.shape, np.uint8)
    flags[values > bound[point][:, None]] = ABSURD
    flags[values < 0] = NEGATIVE
    flags[~valid] = MISSING
    return flags
