"""Local clocks and standard time: whole columns mapped over clock changes, in any IANA zone.

Standard time is the zone's clock without its clock change. Where a zone calls its
winter time the shifted one (Dublin) or shifts back for a month (Casablanca), the
smaller of the year's offsets is standard.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

Stamps = npt.NDArray[np.datetime64]

_EARLY = np.datetime64("0001-01-01T00:00", "m")
# No meter recorded anything before or after: such a stamp is a placeholder (0001, 9999) or misread, and looking
# for the clock changes of eight thousand years would keep an import busy for minutes.
FIRST_YEAR, LAST_YEAR = 1900, 2199
WRONG_YEAR = "Check how the stamps are read: their format, or seconds taken for milliseconds."
# No zone has changed its clock and changed it back within six days; Boa Vista and Gaza have within seven.
_STEP = dt.timedelta(days=6)


def zone_info(zone: str) -> ZoneInfo:
    """The zone of that name.

    Raises:
        Refused: where there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError, PermissionError):
        raise Refused(
            f"there is no time zone {zone!r}", "Name one as in the IANA database, such as Asia/Shanghai."
        ) from None


def standard_offset(zone: str) -> int:
    """Minutes of the zone's standard time east of UTC, as of the present year.

    Raises:
        Refused: where there is no such zone.
    """
    return _smallest_offset(zone, clock.now().year)


@lru_cache(maxsize=256)
def _smallest_offset(zone: str, year: int) -> int:
    info = zone_info(zone)
    noon = dt.datetime(year, 1, 1, 12, tzinfo=dt.UTC)
    offsets = {
        (noon + dt.timedelta(days=day)).astimezone(info).utcoffset() or dt.timedelta()
        for day in range(0, 365, _STEP.days)
    }
    return int(min(offsets).total_seconds() // 60)


@lru_cache(maxsize=256)
def transitions(zone: str, first_year: int, last_year: int) -> tuple[Stamps, npt.NDArray[np.int64]]:
    """Clock changes of a zone.

    Returns:
        datetime64[m] UTC moments, the first one long ago, and int64 minutes east of
        UTC in force from each moment on.
    """
    info = zone_info(zone)

    def offset(moment: dt.datetime) -> int:
        east = moment.astimezone(info).utcoffset() or dt.timedelta()
        return int(east.total_seconds() // 60)

    at = dt.datetime(first_year, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(last_year + 1, 1, 2, tzinfo=dt.UTC)
    moments, offsets = [_EARLY], [offset(at)]
    while at < end:
        after = at + _STEP
        if offset(after) != offsets[-1]:
            lo, hi = at, after
            while hi - lo > dt.timedelta(minutes=1):
                middle = lo + (hi - lo) // 2
                middle = middle.replace(second=0)  # whole minutes: Shanghai left its sun time at 15:54:17 UTC
                lo, hi = (middle, hi) if offset(middle) == offsets[-1] else (lo, middle)
            moments.append(np.datetime64(hi.replace(tzinfo=None), "m"))
            offsets.append(offset(hi))
            at = hi
            continue
        at = after
    found = np.array(moments, "datetime64[m]"), np.array(offsets, np.int64)
    for shared in found:
        shared.flags.writeable = False  # every caller gets the same cached arrays
    return found


def no_time_of_a_reading(stamps: Stamps) -> int | None:
    """Where the first stamp stands that no meter recorded: before 1900 or after 2199; None where all are well."""
    early, late = np.datetime64(f"{FIRST_YEAR}-01-01", "m"), np.datetime64(f"{LAST_YEAR + 1}-01-01", "m")
    if not len(stamps) or (stamps.min() >= early and stamps.max() < late):
        return None
    return int(np.flatnonzero((stamps < early) | (stamps >= late))[0])


def _years(stamps: Stamps) -> tuple[int, int]:
    if not len(stamps):
        return 2000, 2000
    ends = np.array([stamps.min(), stamps.max()])
    if np.isnat(ends).any():
        raise Refused("a reading has no stamp", "Leave out the readings that say no time.")
    first, last = (int(year) for year in ends.astype("datetime64[Y]").astype(np.int64) + 1970)
    if first < FIRST_YEAR or last > LAST_YEAR:
        raise Refused(f"{ends[0] if first < FIRST_YEAR else ends[1]} is no time of a reading", WRONG_YEAR)
    return first - 1, last + 1


def utc_to_local(utc: Stamps, zone: str) -> Stamps:
    """The zone's clock at moments of UTC, datetime64[m].

    Raises:
        Refused: for a stamp that is missing or no time of a reading, and for a zone that there is not.
    """
    utc = utc.astype("datetime64[m]")
    moments, offsets = transitions(zone, *_years(utc))
    east = offsets[np.searchsorted(moments, utc, side="right") - 1]
    local: Stamps = utc + east.astype("timedelta64[m]")
    return local


def local_to_utc(
    local: Stamps, zone: str, *, keys: npt.NDArray[np.int64] | None = None
) -> tuple[Stamps, npt.NDArray[np.int8]]:
    """Moments of UTC for stamps of a local clock.

    An hour that the clock shows twice is told apart by order: among equal stamps of
    one key (a meter, say) the first is before the change, the second after it.

    Args:
        local: datetime64[m], in the order they were recorded.
        zone: IANA name.
        keys: int64[n], whose stamps are counted apart; all together by default.

    Returns:
        datetime64[m] UTC, and int8[n]: 0 plain, 1 a stamp that the clock never showed,
        2 one of an hour shown twice that stands there only once, 3 that hour's stamp
        standing more than twice. A caller refuses 1 and 3, and 2 where it matters.

    Raises:
        Refused: for a stamp that is missing or no time of a reading, and for a zone that there is not.
    """
    local = local.astype("datetime64[m]")
    moments, offsets = transitions(zone, *_years(local))
    # Shown before each change, shown after it: local moments at which the clock leaves and enters.
    leaves = moments[1:] + offsets[:-1].astype("timedelta64[m]")
    enters = moments[1:] + offsets[1:].astype("timedelta64[m]")
    opens = np.concatenate([[_EARLY], np.maximum(leaves, enters)])
    east = offsets[np.searchsorted(opens, local, side="right") - 1]
    state = np.zeros(len(local), np.int8)
    if not len(leaves):
        return local - east.astype("timedelta64[m]"), state
    # The change each stamp could fall into: the last one whose earlier edge it has reached.
    early = np.minimum(leaves, enters)
    near = np.searchsorted(early, local, side="right") - 1
    inside = (near >= 0) & (local < np.maximum(leaves, enters)[np.maximum(near, 0)])
    gap = inside & (enters > leaves)[np.maximum(near, 0)]
    twice = inside & (enters < leaves)[np.maximum(near, 0)]
    state[gap] = 1
    if twice.any():
        where = np.flatnonzero(twice)
        owner = np.zeros(len(where), np.int64) if keys is None else keys[where]
        order = np.lexsort((where, local[where].astype(np.int64), owner))
        same = np.zeros(len(where), bool)
        same[1:] = (local[where][order][1:] == local[where][order][:-1]) & (owner[order][1:] == owner[order][:-1])
        start = np.maximum.accumulate(np.where(~same, np.arange(len(where)), 0))
        count = np.arange(len(where)) - start
        size = np.bincount(np.cumsum(~same) - 1)[np.cumsum(~same) - 1]
        rank, total = np.empty(len(where), np.int64), np.empty(len(where), np.int64)
        rank[order], total[order] = count, size
        state[where[total == 1]] = 2
        state[where[total > 2]] = 3
        after = offsets[near[where] + 1]
        before = offsets[near[where]]
        east = east.copy()
        east[where] = np.where(rank == 0, before, after)
    return local - east.astype("timedelta64[m]"), state
