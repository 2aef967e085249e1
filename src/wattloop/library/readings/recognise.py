"""What a file of readings is: of intervals or registers, its format, shape, columns and unit, found and said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.cells import decimal_mark
from wattloop.library.readings.channels import UNITS, check_channel
from wattloop.library.readings.encodings import Text, text_of
from wattloop.library.readings.espi_prolog import is_xml, recognise_feed
from wattloop.library.readings.header import csv_header, delimiter_of, first_rows, kind_of, parquet_schema
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.register_file import RegisterFile, holds_registers, register_file
from wattloop.library.readings.shapes import check_kinds, shape_of
from wattloop.library.readings.workbook import MAGIC, workbook_header

Tell = Callable[[dict[str, str], list[dict[str, str]] | None], Recognised]
"""What a file is, by its columns and the first rows of a CSV."""
_LOOKED_AT = 1_000  # rows that tell a decimal comma


def recognise(
    path: Path | str,
    *,
    columns: dict[str, str] | None = None,
    unit: str | None = None,
    stamp: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    slots: int | None = None,
    channel: str | None = None,
) -> Recognised:
    """Understand a file.

    Args:
        path: CSV, Parquet or Green Button XML, which tells all of the following itself; of register readings, XLSX too.
        columns: role to column name, where the names alone do not tell: point, start, day, time, value; of register
            readings point, meter, register, from, to, last, this, multiplier, digits, at. Of Green Button
            `{"point": "title"}` names points by their titles, not their ids.
        unit: one of `channels.UNITS`, where the header does not say.
        stamp: "start" or "end".
        encoding, delimiter: of a CSV.
        decimal: the decimal mark of a CSV, "." or ",".
        slots: slots per day, where the readings do not show it.
        channel: tells which of several columns of readings is meant.

    Raises:
        Refused: naming what is ambiguous or missing, and the option that settles it.
    """
    path = Path(path)
    if not path.exists():
        raise Refused("there is no such file", "Check the path.", file=str(path))
    if not path.is_file():
        what = "a folder" if path.is_dir() else "a pipe or a device"
        raise Refused(f"this is {what}, and a file is read more than once", "Name a file.", file=str(path))
    _check_options(unit, stamp, slots, delimiter, decimal)
    check_channel(channel)
    if is_xml(path):
        return recognise_feed(
            path, columns, slots, unit=unit, stamp=stamp, encoding=encoding, delimiter=delimiter, decimal=decimal,
            channel=channel,
        )  # fmt: skip
    tell = partial(_shape, path, told=columns or {}, unit=unit, stamp=stamp, slots=slots, channel=channel)
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"PAR1":
        found = _parquet(path, tell)
    elif magic == MAGIC:
        found = _workbook(path, tell, decimal)
    else:
        found = _csv(path, tell, encoding, delimiter, decimal)
    if slots and found.slots not in (0, slots):
        raise Refused(f"the file has {found.slots} readings a day, not {slots}", "Leave `slots` out.", file=str(path))
    found.slots = slots or found.slots
    return found


def _parquet(path: Path, tell: Tell) -> Recognised:
    schema, count = parquet_schema(path)
    found = tell({f.name: kind_of(f.type) for f in schema}, None)
    found.format, found.rows = "parquet", count
    if not isinstance(found, RegisterFile):
        check_kinds(found)
    return found


def _workbook(path: Path, tell: Tell, decimal: str | None) -> Recognised:
    header, rows = workbook_header(path, _LOOKED_AT)
    found = tell(dict.fromkeys(header, "text"), [])
    found.format = "xlsx"
    found.decimal = decimal or _mark(found, rows)
    return found


def _csv(path: Path, tell: Tell, encoding: str | None, delimiter: str | None, decimal: str | None) -> Recognised:
    text = text_of(path, encoding)
    delimiter = delimiter or delimiter_of(path, text.encoding)
    header = csv_header(path, text.encoding, delimiter)
    if text.last == delimiter.encode():
        raise Refused(
            "the last row has neither a last value nor an end: the file is cut short",
            "Export it again, or end the row if its reading is meant to be missing.",
            file=str(path), row=text.lines + 1, field=header[-1],
        )  # fmt: skip
    rows = first_rows(path, text.encoding, delimiter, _LOOKED_AT)
    found = tell(dict.fromkeys(header, "text"), [dict(zip(header, row, strict=False)) for row in rows])
    found.text, found.encoding, found.delimiter = text, text.encoding, delimiter
    found.decimal = decimal or _mark(found, rows)
    found.rows = text.lines - text.finished
    found.notes += [*_said_of(text), *(["numbers with a decimal comma"] if found.decimal == "," else [])]
    return found


def _shape(
    path: Path, kinds: dict[str, str], sample: list[dict[str, str]] | None, *, told: dict[str, str], unit: str | None,
    stamp: str | None, slots: int | None, channel: str | None,
) -> Recognised:  # fmt: skip
    if not holds_registers(list(kinds), told):
        if sample == []:
            raise Refused(
                "a workbook is read for register readings, and its columns are not theirs",
                "Save interval readings as CSV. Those of registers have a point, a meter, two dates, last and this "
                "reading and a multiplier.", file=str(path), row=1,
            )  # fmt: skip
        return shape_of(path, kinds, told, unit, stamp, sample, channel)
    for option, value in (("unit", unit), ("stamp", stamp), ("slots", slots)):
        if value is not None:
            raise Refused(
                "registers are read over spans of days, in kWh, kvarh and kW", f"Leave `{option}` out.", field=option
            )
    return register_file(path, kinds, told)


def _mark(found: Recognised, rows: list[list[str]]) -> str:
    """The decimal mark of the first rows' readings."""
    at = [found.all_columns.index(name) for name in found.value_columns]
    numbers = [row[i] for row in rows for i in at if i < len(row)]
    return decimal_mark(numbers, str(found.path), found.value_columns[0])


def _check_options(
    unit: str | None, stamp: str | None, slots: int | None, delimiter: str | None, decimal: str | None
) -> None:
    if unit is not None and unit not in UNITS:
        raise Refused(f"unknown unit {unit!r}", f"Give one of {', '.join(UNITS)}.", field="unit")
    if stamp not in (None, "start", "end"):
        raise Refused(
            f"a stamp is the start or the end of its interval, not {stamp!r}", "Give start or end.", field="stamp"
        )
    if slots is not None and slots not in SLOT_COUNTS:
        raise Refused(
            f"a day does not have {slots} slots", f"Give one of {', '.join(map(str, SLOT_COUNTS))}.", field="slots"
        )
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or ord(delimiter) > 127):
        raise Refused(f"{delimiter!r} cannot be a delimiter", "Give one character such as , or ;", field="delimiter")
    if decimal not in (None, ".", ","):
        raise Refused(f"{decimal!r} is no decimal mark", "Give . or ,", field="decimal")


def _said_of(text: Text) -> list[str]:
    said = []
    if text.encoding not in ("utf-8", "utf-8-sig"):
        said.append(f"the text is {text.encoding.upper()}")
    if text.mixed:
        said.append("some lines end in CR LF and some in LF alone")
    if not text.finished:
        said.append("the last line has no end: check that the file is not cut short")
    return said
