"""Green Button files → raw day-rows, with what their source had estimated or edited itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.library.quantity import zones
from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.espi_feed import SAID_EDITED, SAID_ESTIMATED, SAID_QUESTIONABLE, Feed, read_feed
from wattloop.library.readings.espi_series import Series, series_of
from wattloop.library.readings.estimation import bitmap
from wattloop.library.readings.pivot import DAY, Tally
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.report import Progress
from wattloop.library.readings.rows import WH_LIMIT, to_wh

_ROWS = 30_000  # day-rows a table is made of
_BEST, _ESTIMATE, _NOTHING = 0, 1, 2  # what is taken of an interval that stands there more than once

Ints = npt.NDArray[np.int64]


@dataclass(eq=False)
class _Slots:
    """Readings of one channel and interval, sorted by point, day and slot, each slot once.

    Args:
        code: int64, which point.
        day: int64 days since 1970.
        slot: int64.
        wh: int32 in the channel's unit, 0 where there is none.
        rank: int8, _BEST, _ESTIMATE or _NOTHING.
        edited: bool, whether the source edited it by hand.
        at: int64, which of the feed's readings.
    """

    code: Ints
    day: Ints
    slot: Ints
    wh: npt.NDArray[np.int32]
    rank: npt.NDArray[np.int8]
    edited: npt.NDArray[np.bool_]
    at: Ints

    def take(self, where: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> _Slots:
        """Some of them."""
        return _Slots(*(column[where] for column in vars(self).values()))


def read_espi(
    found: Recognised, *, offset: int, progress: Progress | None = None
) -> Iterator[tuple[int, str, Tally, Iterator[pa.Table]]]:
    """The day-rows of a Green Button file, for each interval and channel in it.

    Args:
        found: the file, recognised; told its notes and how many points it has.
        offset: minutes of the lake's standard time east of UTC.
        progress: told readings met.

    Yields:
        Slots per day, channel, what was met, and raw day-rows with `estimated` and `edited`, sorted by point and day.

    Raises:
        Refused: with the line of what cannot be taken, or where nothing can be.
    """
    feed = read_feed(found.path, progress)
    series, notes = series_of(feed, found.columns["point"], found.slots)
    found.notes += [*_clocks(feed), *notes]
    if not series:
        raise Refused(
            "there is no reading in this file that a lake takes" + "".join(f"; {note}" for note in notes),
            "Give a file with IntervalReadings of electricity.", file=str(found.path),
        )  # fmt: skip
    names = sorted({one.point for one in series})
    found.points = len(names)
    questionable = sum(int((feed.quality[one.at] == SAID_QUESTIONABLE).sum()) for one in series)
    if questionable:
        found.notes.append(f"{counted(questionable, 'reading')} called questionable by the file, taken as read")
    kinds = sorted({(one.slots, one.means.channel) for one in series})
    known: dict[str, list[tuple[int, Ints]]] = {}
    parts = []
    for slots, channel in kinds:
        mine = [one for one in series if (one.slots, one.means.channel) == (slots, channel)]
        tally = Tally()
        rows = _laid_out(feed, mine, names, offset, slots, tally)
        _check_one_interval(feed, rows, slots, names, known.setdefault(channel, []))
        parts.append((slots, channel, tally, rows))
    for slots, channel, tally, rows in parts:
        yield slots, channel, tally, _tables(rows, slots, channel, names)


def _laid_out(feed: Feed, series: list[Series], names: list[str], offset: int, slots: int, tally: Tally) -> _Slots:
    at = np.concatenate([one.at for one in series])
    code = np.concatenate([np.full(len(one.at), names.index(one.point)) for one in series])
    start = np.concatenate([one.start for one in series])
    day, slot = _places(feed, at, start, offset, slots)
    wh = np.concatenate([_amounts(feed, one) for one in series])
    default = np.concatenate([np.full(len(one.at), one.quality, np.uint8) for one in series])
    quality = np.where(feed.quality[at] == 0, default, feed.quality[at])
    rank = np.where(np.isnan(feed.value[at]), _NOTHING, np.where(quality == SAID_ESTIMATED, _ESTIMATE, _BEST))
    order = np.lexsort((rank, slot, day, code))
    rows = _Slots(code, day, slot, wh, rank.astype(np.int8), (quality == SAID_EDITED) & (rank == _BEST), at).take(order)
    again = np.zeros(len(at), bool)
    again[1:] = (np.diff(rows.slot) == 0) & (np.diff(rows.day) == 0) & (np.diff(rows.code) == 0)
    tally.rows, tally.duplicates = len(at), int(again.sum())
    if not again.any():
        return rows
    best = np.maximum.accumulate(np.where(again, 0, np.arange(len(at))))
    differ = np.flatnonzero((rows.rank == rows.rank[best]) & (rows.wh != rows.wh[best]))
    if len(differ):
        one, other = sorted((int(rows.at[differ[0]]), int(rows.at[best[differ[0]]])))
        feed.refuse_reading(
            f"the reading of this interval of {names[int(rows.code[differ[0]])]} stands there twice, "
            f"with {feed.value[one]:.15g} and {feed.value[other]:.15g}",
            "Keep the right one; series of single phases are not added up.", other, "value",
        )  # fmt: skip
    return rows.take(~again)


def _places(feed: Feed, at: Ints, start: Ints, offset: int, slots: int) -> tuple[Ints, Ints]:
    """Day since 1970 and slot of starts in seconds of UTC."""
    minute = start // 60
    wrong = zones.no_time_of_a_reading(minute.astype("datetime64[m]"))
    if wrong is not None:
        feed.refuse_reading(f"{int(start[wrong])} is no time of a reading", zones.WRONG_YEAR, int(at[wrong]), "start")
    day, rest = np.divmod(minute + offset, DAY)
    slot, over = np.divmod(rest, DAY // slots)
    off = np.flatnonzero((over != 0) | (start % 60 != 0))
    if len(off):
        moment = np.datetime64(int(start[off[0]]), "s")
        feed.refuse_reading(
            f"{moment}Z begins no interval of {DAY // slots} minutes in the lake's standard time",
            "Check the start, or import into a lake of the readings' own zone.", int(at[off[0]]), "start",
        )  # fmt: skip
    return day, slot


def _amounts(feed: Feed, one: Series) -> npt.NDArray[np.int32]:
    factor = one.means.per_unit * (one.seconds / 3600 if one.means.is_power else 1)
    value = feed.value[one.at]
    large = np.flatnonzero(np.abs(value) * factor >= WH_LIMIT)
    if len(large):
        feed.refuse_reading(
            f"{value[large[0]]:.15g} is more than one interval can hold", "Check uom and powerOfTenMultiplier.",
            int(one.at[large[0]]), "value",
        )  # fmt: skip
    return to_wh(value, factor)


def _check_one_interval(feed: Feed, rows: _Slots, slots: int, names: list[str], known: list[tuple[int, Ints]]) -> None:
    """Refuse a day that the file has at two intervals: it would be billed twice."""
    mine = np.unique(rows.code * 2**32 + rows.day)
    for other, theirs in known:
        both = np.intersect1d(mine, theirs)
        if len(both):
            code, day = divmod(int(both[0]), 2**32)
            first = int(np.flatnonzero((rows.code == code) & (rows.day == day))[0])
            feed.refuse_reading(
                f"the file has {names[code]} on {np.datetime64(day, 'D')} every {DAY // other} minutes and every "
                f"{DAY // slots}", f"Take one of them: slots {other} or {slots}.", int(rows.at[first]), "duration",
            )  # fmt: skip
    known.append((slots, mine))


def _tables(rows: _Slots, slots: int, channel: str, names: list[str]) -> Iterator[pa.Table]:
    fresh = np.ones(len(rows.at), bool)
    fresh[1:] = (np.diff(rows.code) != 0) | (np.diff(rows.day) != 0)
    begin = np.append(np.flatnonzero(fresh), len(rows.at))
    for first in range(0, len(begin) - 1, _ROWS):
        edges = begin[first : first + _ROWS + 1]
        part = rows.take(slice(int(edges[0]), int(edges[-1])))
        row = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        values = np.zeros((len(edges) - 1, slots), np.int32)
        valid, guessed, edited = (np.zeros(values.shape, bool) for _ in range(3))
        values[row, part.slot] = part.wh
        valid[row, part.slot] = part.rank != _NOTHING
        guessed[row, part.slot] = part.rank == _ESTIMATE
        edited[row, part.slot] = part.edited
        heads = edges[:-1] - edges[0]
        points = pa.array(names, pa.string()).take(pa.array(part.code[heads]))
        days = part.day[heads].astype("datetime64[D]")
        table = from_matrix(points, days, values, valid, channel=channel)
        yield table.append_column("estimated", bitmap(guessed)).append_column("edited", bitmap(edited))


def _clocks(feed: Feed) -> list[str]:
    """What the file says of its local clock, for the report: its stamps are moments and need none of it."""
    said = []
    for clock in feed.resources["LocalTimeParameters"]:
        east, shift = clock.codes.get("tzOffset", ""), clock.codes.get("dstOffset", "0")
        if east.lstrip("-").isdecimal():
            minutes = int(east) // 60
            changes = ", with clock changes" if shift not in {"", "0"} else ""
            sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
            said.append(f"its own clock is UTC{sign}{hours:02d}:{rest:02d}{changes}")
    return list(dict.fromkeys(said))
