"""The day-row: one point, one channel, one day, one integer per slot, in standard time.

Plain columns, not lists, because that is what engines sum fastest. Values are Wh
(varh, or 0.1 V); a raw row may hold nulls, a final row never does and says per slot
whether the value was estimated or edited.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.refusal import Refused

SLOT_COUNTS = (24, 48, 96, 144, 288)

ACTIVE_IN = "active_in"
REACTIVE = ("reactive_in", "reactive_out")
CHANNELS = (ACTIVE_IN, "active_out", *REACTIVE, "voltage")

_ZONE, _OFFSET = b"wattloop.zone", b"wattloop.offset"


def slot_names(slots: int) -> list[str]:
    """Column names of a day-row: v00..v95, three digits above a hundred slots.

    Raises:
        ValueError: for a slot count that is not one of `SLOT_COUNTS`.
    """
    if slots not in SLOT_COUNTS:
        msg = f"a day has {', '.join(map(str, SLOT_COUNTS))} slots, not {slots}"
        raise ValueError(msg)
    width = len(str(slots - 1))
    return [f"v{i:0{width}d}" for i in range(slots)]


def bitmap_bytes(slots: int) -> int:
    """Bytes of a quality bitmap: bit i of byte i // 8 is slot i, lowest bit first."""
    return slots // 8


def raw_schema(slots: int) -> pa.Schema:
    """What arrived, nulls and all."""
    return pa.schema(
        [("point", pa.string()), ("channel", pa.string()), ("day", pa.date32())]
        + [(name, pa.int32()) for name in slot_names(slots)]
    )


def final_schema(slots: int) -> pa.Schema:
    """What is billed: no nulls; `estimated` and `edited` are bitmaps, null where no slot is marked."""
    return pa.schema(
        [pa.field("point", pa.string()), pa.field("channel", pa.string()), pa.field("day", pa.date32())]
        + [pa.field(name, pa.int32(), nullable=False) for name in slot_names(slots)]
        + [pa.field("estimated", pa.binary()), pa.field("edited", pa.binary())]
    )


def month_of(text: str) -> dt.date:
    """First day of a month written 'YYYY-MM'.

    Raises:
        Refused: where it is none.
    """
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refused(f"{text!r} is no month", "Write YYYY-MM, such as 2026-10.", field="month") from None


def last_of_month(text: str) -> dt.date:
    """Last day of a month written 'YYYY-MM'."""
    return (month_of(text) + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def with_zone(table: pa.Table, zone: str | None, offset: int) -> pa.Table:
    """The same rows, saying whose standard time their slots are in (`offset`: minutes east of UTC)."""
    metadata: dict[bytes, bytes] = dict(table.schema.metadata or {})
    metadata.pop(_ZONE, None)
    if zone is not None:
        metadata[_ZONE] = zone.encode()
    metadata[_OFFSET] = str(offset).encode()
    return table.replace_schema_metadata(metadata)


def zone_of(table: pa.Table) -> tuple[str | None, int | None]:
    """Zone and offset that the rows carry; None where they say nothing."""
    metadata: dict[bytes, bytes] = table.schema.metadata or {}
    zone, offset = metadata.get(_ZONE), metadata.get(_OFFSET)
    return (zone.decode() if zone else None, int(offset) if offset else None)


def matrix(table: pa.Table | pa.RecordBatch, slots: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Slot columns as one array, laid out column by column in memory as in the table.

    Returns:
        int32[rows, slots], zero where null, and bool[rows, slots], True where a value stands.

    Raises:
        pa.ArrowInvalid: where a wider column holds a value that 32 bits do not, or a fraction.
    """
    rows = table.num_rows
    values = np.zeros((rows, slots), np.int32, order="F")
    valid = np.ones((rows, slots), np.bool_, order="F")
    for at, name in enumerate(slot_names(slots)):
        column = table.column(name)
        if column.null_count:
            valid[:, at] = np.asarray(pc.is_valid(column))
            column = pc.fill_null(column, 0)
        if column.type != pa.int32():
            column = column.cast(pa.int32())
        values[:, at] = np.asarray(column)
    return values, valid


def from_matrix(
    points: Any,
    days: npt.NDArray[np.datetime64],
    values: npt.NDArray[np.int32],
    valid: npt.NDArray[np.bool_] | None = None,
    *,
    channel: str = ACTIVE_IN,
) -> pa.Table:
    """Raw day-rows from arrays.

    Args:
        points: names, one per row (list, NumPy or Arrow).
        days: datetime64[D] per row.
        values: int32[rows, slots].
        valid: False where there is no reading.
        channel: the channel of all rows.

    Raises:
        OverflowError: where a valid value does not fit 32 bits.
        TypeError: for values that are not integers.
        ValueError: for a number of slots that no day has.
    """
    _fits(values, valid)
    rows, slots = values.shape
    by_slot = np.ascontiguousarray(values.T.astype(np.int32, copy=False))
    missing = None if valid is None or valid.all() else np.ascontiguousarray(~valid.T)
    columns = [
        pa.array(points, pa.string())
        if not isinstance(points, pa.Array | pa.ChunkedArray)
        else points.cast(pa.string()),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array([channel])).cast(pa.string()),
        pa.array(days.astype("datetime64[D]")).cast(pa.date32()),
    ]
    columns += [
        pa.array(by_slot[i], mask=None if missing is None or not missing[i].any() else missing[i]) for i in range(slots)
    ]
    return pa.Table.from_arrays(columns, schema=raw_schema(slots))


def _fits(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None) -> None:
    """Refuse what turning into int32 would wrap or cut off in silence."""
    if values.dtype == np.int32:
        return
    if values.dtype.kind not in "iu":
        msg = f"readings are whole numbers of their unit, not {values.dtype}"
        raise TypeError(msg)
    kept = values if valid is None else values[valid]
    if kept.size and (int(kept.max()) >= 2**31 or int(kept.min()) < -(2**31)):
        msg = "a reading is larger than 32 bits hold"
        raise OverflowError(msg)
