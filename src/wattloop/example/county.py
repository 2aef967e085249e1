"""A believable county's readings: seeded, the same for the same seed, whatever the span's other end or the chunk.

A customer's quarter-hour is its size × the hour's share of its class's day × the
weather's and the day's factor × noise of its own. Each customer has a random stream
of its own for every calendar month, so a reading depends neither on the chunk nor
on the span that is asked for: tomorrow's county has today's past.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from wattloop.example import faults
from wattloop.example.accounts import accounts_table, class_of, point_name
from wattloop.example.classes import CLASSES, CustomerClass
from wattloop.example.weather import day_kinds, temperatures
from wattloop.library.quantity import clock
from wattloop.library.quantity.dayrows import from_matrix

SEED = 20_260_101
SLOTS = 96
_COMFORT_HOT, _COMFORT_COLD = 24.0, 12.0


def span_until_yesterday(months: int = 13) -> tuple[dt.date, dt.date]:
    """The first of the month that many months back, and yesterday, on China's clock."""
    last = clock.today("Asia/Shanghai") - dt.timedelta(days=1)
    back = last.year * 12 + last.month - 1 - (months - 1)
    return dt.date(back // 12, back % 12 + 1, 1), last


def customer(
    kind: CustomerClass,
    index: int,
    first_day: dt.date,
    kinds: npt.NDArray[np.int8],
    degrees: npt.NDArray[np.float64],
    seed: int,
) -> npt.NDArray[np.int32]:
    """One customer's readings.

    Args:
        kind: its class.
        index: its number in the county.
        first_day: the day that the next two begin with.
        kinds: int8[days] from `day_kinds`.
        degrees: float64[days] °C.
        seed: the county's.

    Returns:
        int32[days, 96] Wh.
    """
    rng = np.random.Generator(np.random.SFC64([seed, index]))
    size = kind.kw * np.exp(rng.normal(0, kind.spread))
    shift = int(rng.integers(-3, 4))  # not everyone keeps the same hours
    shapes = np.stack([kind.working, kind.weekend, kind.holiday])
    shapes = np.roll(shapes / kind.working.mean(), shift, axis=1).astype(np.float32)
    response = rng.uniform(0.3, 1.7)
    hot, cold = np.maximum(degrees - _COMFORT_HOT, 0), np.maximum(_COMFORT_COLD - degrees, 0)
    weather = 1 + response * (kind.cooling * hot + kind.heating * cold)
    spells, noise = _drawn(kind, index, first_day, len(kinds), seed)
    day = weather * np.exp(kind.day_noise * spells)
    scale = (size * 1000 / 4 * day).astype(np.float32)
    noise *= shapes[kinds]
    noise *= scale[:, None]
    return np.rint(noise, out=noise).astype(np.int32)


def _drawn(
    kind: CustomerClass, index: int, first_day: dt.date, days: int, seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Standard normal per day and noise per slot, from one stream a month, whatever part of it is wanted."""
    spells, noise = np.empty(days), np.empty((days, SLOTS), np.float32)
    at = 0
    while at < days:
        day = first_day + dt.timedelta(days=at)
        count = min(calendar.monthrange(day.year, day.month)[1] - day.day + 1, days - at)
        rng = np.random.Generator(np.random.SFC64([seed, index, day.year * 12 + day.month]))
        until = day.day - 1 + count  # the month's days are drawn in order, so its later ones may be left out
        spells[at : at + count] = rng.standard_normal(31)[day.day - 1 : until]
        noise[at : at + count] = _noise(rng, kind.noise, until)[day.day - 1 :]
        at += count
    return spells, noise


def _noise(rng: np.random.Generator, shape: float, days: int) -> npt.NDArray[np.float32]:
    """Gamma noise around 1; above a shape of 9 its normal neighbour, which is quicker to draw."""
    if shape < 9:
        found = rng.standard_gamma(shape, (days, SLOTS), np.float32)
        found /= np.float32(shape)
        return found
    drawn = rng.standard_normal((days, SLOTS), np.float32)
    drawn *= np.float32(1 / np.sqrt(shape))
    drawn += np.float32(1)
    return np.maximum(drawn, np.float32(0), out=drawn)


def generate(
    accounts: int,
    first_day: dt.date,
    last_day: dt.date,
    seed: int = SEED,
    chunk: int = 200,
    *,
    with_faults: bool = True,
) -> Iterator[pa.Table]:
    """Raw day-rows of the county, sorted by point and day, `chunk` customers at a time."""
    of = class_of(accounts, seed)
    kinds, degrees = day_kinds(first_day, last_day), temperatures(first_day, last_day, seed)
    days = np.arange(np.datetime64(first_day), np.datetime64(last_day) + 1)
    for begin in range(0, accounts, chunk):
        end = min(begin + chunk, accounts)
        values = np.stack([customer(CLASSES[of[i]], i, first_day, kinds, degrees, seed) for i in range(begin, end)])
        valid = np.ones(values.shape, bool)
        if with_faults:
            for i in range(begin, end):
                faults.plant(i, values[i - begin], valid[i - begin])
        names = pa.array([point_name(i) for i in range(begin, end)])
        points = names.take(pa.array(np.repeat(np.arange(end - begin), len(days))))
        yield from_matrix(points, np.tile(days, end - begin), values.reshape(-1, SLOTS), valid.reshape(-1, SLOTS))


def households(count: int, first_day: dt.date, days: int, seed: int = SEED) -> npt.NDArray[np.int32]:
    """Urban households alone: int32[count, days, 96] Wh, without faults."""
    last_day = first_day + dt.timedelta(days=days - 1)
    kinds, degrees = day_kinds(first_day, last_day), temperatures(first_day, last_day, seed)
    return np.stack([customer(CLASSES[0], i, first_day, kinds, degrees, seed) for i in range(count)])


def write_county(
    folder: Path | str,
    *,
    accounts: int = 2_000,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    months: int = 13,
    seed: int = SEED,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write `readings.parquet` (a day a row, Wh) and `accounts.csv` into a folder.

    Args:
        folder: made if absent.
        accounts: customers.
        first_day, last_day: both included; by default `months` months ending yesterday.
        months: of readings.
        seed: the county's.
        progress: told customers done and customers in all.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    begin, end = span_until_yesterday(months)
    first_day, last_day = first_day or begin, last_day or end
    writer: pq.ParquetWriter | None = None
    done = 0
    try:
        for table in generate(accounts, first_day, last_day, seed):
            wide = table.drop_columns(["channel"])
            if writer is None:
                writer = pq.ParquetWriter(
                    folder / "readings.parquet", wide.schema, compression="lz4", use_dictionary=["point"]
                )
            writer.write_table(wide)
            done = min(done + 200, accounts)
            if progress:
                progress(done, accounts)
    finally:
        if writer is not None:
            writer.close()
    pa_csv.write_csv(accounts_table(accounts, seed), folder / "accounts.csv")
