"""A believable county's readings: seeded, the same for the same seed and day, whatever the span or the chunk."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from wattloop.example import faults
from wattloop.example.accounts import accounts_table, class_of, point_name
from wattloop.example.agreements import county_table, factory_documents
from wattloop.example.classes import CLASSES
from wattloop.example.customer import customer
from wattloop.example.meters import Meters
from wattloop.example.surroundings import SLOTS, Surroundings
from wattloop.example.works import works
from wattloop.library.quantity import clock
from wattloop.library.quantity.dayrows import from_matrix

SEED = 20_260_101


def span_until_yesterday(months: int = 13) -> tuple[dt.date, dt.date]:
    """The first of the month that many months back, and yesterday, on China's clock."""
    last = clock.today("Asia/Shanghai") - dt.timedelta(days=1)
    back = last.year * 12 + last.month - 1 - (months - 1)
    return dt.date(back // 12, back % 12 + 1, 1), last


def last_whole_month(first_day: dt.date, last_day: dt.date) -> dt.date:
    """The first day of the last month that lies wholly between two days; the last one's if none does."""
    end = (last_day + dt.timedelta(days=1)).replace(day=1)
    start = (end - dt.timedelta(days=1)).replace(day=1)
    return start if start >= first_day else last_day.replace(day=1)


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
    around = Surroundings.around(first_day, last_day, seed)
    wanted = around.within(first_day, last_day)
    planted = list(faults.faults(accounts, first_day, last_day)) if with_faults else []
    days = np.arange(np.datetime64(first_day), np.datetime64(last_day) + 1)
    for begin in range(0, accounts, chunk):
        end = min(begin + chunk, accounts)
        values = np.stack([customer(CLASSES[of[i]], i, around, seed)[wanted] for i in range(begin, end)])
        valid = np.ones(values.shape, bool)
        faults.plant(planted, begin, first_day, values, valid)
        names = pa.array([point_name(i) for i in range(begin, end)])
        points = names.take(pa.array(np.repeat(np.arange(end - begin), len(days))))
        yield from_matrix(points, np.tile(days, end - begin), values.reshape(-1, SLOTS), valid.reshape(-1, SLOTS))


def late_readings(accounts: int, month: dt.date, last_day: dt.date, seed: int = SEED) -> pa.Table:
    """The days of a month in which faults are planted, without them: a day a row, by point and day.

    Args:
        accounts, seed: the county's.
        month: its first day.
        last_day: of the county's readings.
    """
    end = min(month.replace(day=monthrange(month.year, month.month)[1]), last_day)
    planted = sorted(faults.faults(accounts, month, end), key=lambda fault: (fault.index, fault.day))
    of, around = class_of(accounts, seed), Surroundings.around(month, end, seed)
    values = [
        customer(CLASSES[of[fault.index]], fault.index, around, seed)[(fault.day - month).days] for fault in planted
    ]
    days = np.array([fault.day for fault in planted], "datetime64[D]")
    names = pa.array([point_name(fault.index) for fault in planted], pa.string())
    rows = np.stack(values) if values else np.empty((0, SLOTS), np.int32)
    return from_matrix(names, days, rows).drop_columns(["channel"])


def households(count: int, first_day: dt.date, days: int, seed: int = SEED) -> npt.NDArray[np.int32]:
    """Urban households alone: int32[count, days, 96] Wh, without faults."""
    last_day = first_day + dt.timedelta(days=days - 1)
    around = Surroundings.around(first_day, last_day, seed)
    wanted = around.within(first_day, last_day)
    return np.stack([customer(CLASSES[0], i, around, seed)[wanted] for i in range(count)])


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
    """Write a county into a folder.

    `readings.parquet` (a day a row, Wh), `accounts.csv` (who they are), `agreements/county.csv`, `faults.csv`; where
    there are works, `reactive.parquet` (varh), `registers.csv`, `agreements/factories.yaml`; where readings of the
    last whole month were lost, `late.parquet`. What changes with a factory does so in that month, or in the last one if
    none is whole.

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
    pa_csv.write_csv(faults.planted(accounts, first_day, last_day), folder / "faults.csv")
    late = late_readings(accounts, last_whole_month(first_day, last_day), last_day, seed)
    if len(late):
        pq.write_table(late, folder / "late.parquet", compression="lz4")
    _write_terms(folder, accounts, first_day, last_day, seed)


def _write_terms(folder: Path, accounts: int, first_day: dt.date, last_day: dt.date, seed: int) -> None:
    found, month = works(accounts, seed), last_whole_month(first_day, last_day)
    terms = folder / "agreements"
    terms.mkdir(exist_ok=True)
    pa_csv.write_csv(county_table(accounts, seed, found), terms / "county.csv")
    if any(one.turn >= 0 for one in found):
        (terms / "factories.yaml").write_text(factory_documents(found, month), encoding="utf-8")
    meters = Meters(found, first_day, last_day, month, seed)
    if len(reactive := meters.reactive()):
        pq.write_table(reactive, folder / "reactive.parquet", compression="lz4")
    if len(registers := meters.registers()):
        pa_csv.write_csv(registers, folder / "registers.csv")
