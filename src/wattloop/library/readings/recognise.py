"""What a file of readings is: its format, shape, columns and unit, found where unambiguous and said."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import columns as names
from wattloop.library.readings.cells import decimal_mark, is_time_of_day
from wattloop.library.readings.encodings import Text, text_of
from wattloop.library.readings.header import csv_header, delimiter_of, first_rows, kind_of, parquet_schema

UNITS = ("kWh", "Wh", "kW")
ROLES = ("point", "start", "day", "time", "value")
_LOOKED_AT = 1_000  # rows that tell a decimal comma


@dataclass
class Recognised:
    """A file of readings, understood.

    Args:
        format: "csv" or "parquet".
        shape: "long" (a reading a row) or "wide" (a day a row).
        columns: role to column name: "point"; "start", or "day" and "time", of a long file with its "value"; "day" of
            a wide one.
        slot_columns: the value columns of a wide file, in order.
        all_columns: every column, in the file's order.
        unit: "kWh", "Wh" or "kW" (average power).
        stamp: whether a stamp is an interval's "start" or "end".
        zoned: whether stamps carry their own offset.
        slots: slots per day; 0 until the readings of a long file have been looked at.
        encoding, delimiter, decimal: of a CSV.
        text: how a CSV is written; None for Parquet.
        kinds: column name to what a Parquet column holds, as `header.kind_of` says; "text" throughout a CSV.
        stamp_form: the form of stamps that are text, as `stamps.FORMS` has them; found with the readings.
        stamp_shapes: what most stamps look like, as `stamps.shape` has it.
        rows: rows to expect below the header.
        notes: what was recognised and assumed, in words.
    """

    path: Path
    format: str
    shape: str
    columns: dict[str, str]
    slot_columns: list[str]
    all_columns: list[str]
    unit: str
    stamp: str
    zoned: bool
    slots: int
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    text: Text | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    stamp_form: str = ""
    stamp_shapes: list[str] = field(default_factory=list)
    rows: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def stamps_are_text(self) -> bool:
        """Whether stamps or days must be read out of text, as those in two columns are."""
        return "time" in self.columns or self.kinds[self.stamp_column] == "text"

    @property
    def stamp_column(self) -> str:
        """The column to name where a stamp is at fault."""
        return next(self.columns[role] for role in ("start", "time", "day") if role in self.columns)

    @property
    def value_columns(self) -> list[str]:
        """The columns of readings."""
        return self.slot_columns or [self.columns["value"]]


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
) -> Recognised:
    """Understand a file.

    Args:
        path: CSV or Parquet.
        columns: role to column name, where the names alone do not tell: point, start, day, time, value.
        unit: "kWh", "Wh" or "kW", where the header does not say.
        stamp: "start" or "end".
        encoding, delimiter: of a CSV.
        decimal: the decimal mark of a CSV, "." or ",".
        slots: slots per day, where the readings do not show it.

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
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        schema, count = parquet_schema(path)
        kinds = {f.name: kind_of(f.type) for f in schema}
        found = _shape(path, kinds, columns or {}, unit, stamp, None)
        found.format, found.rows = "parquet", count
        _check_kinds(found)
    else:
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
        sample = [dict(zip(header, row, strict=False)) for row in rows]
        found = _shape(path, dict.fromkeys(header, "text"), columns or {}, unit, stamp, sample)
        found.text, found.encoding, found.delimiter = text, text.encoding, delimiter
        numbers = [row.get(name, "") for row in sample for name in found.value_columns]
        found.decimal = decimal or decimal_mark(numbers, str(path), found.value_columns[0])
        found.rows = text.lines - text.finished
        found.notes += [*_said_of(text), *(["numbers with a decimal comma"] if found.decimal == "," else [])]
    if slots and found.slots not in (0, slots):
        raise Refused(f"the file has {found.slots} readings a day, not {slots}", "Leave `slots` out.", file=str(path))
    found.slots = slots or found.slots
    return found


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


def _shape(
    path: Path, kinds: dict[str, str], told: dict[str, str], unit: str | None, stamp: str | None,
    sample: list[dict[str, str]] | None,
) -> Recognised:  # fmt: skip
    header = list(kinds)
    for role, name in told.items():
        if role not in ROLES:
            raise Refused(f"{role!r} is no column of readings", f"Roles: {', '.join(ROLES)}.", field="columns")
        if name not in header:
            raise Refused(
                f"there is no column {name!r}", f"The file has {', '.join(header[:8])}.", file=str(path), row=1
            )
        if list(told.values()).count(name) > 1:
            raise Refused(f"the column {name!r} is named for two roles", "Name one for each.", field="columns")
    wide = names.slot_columns([h for h in header if h not in told.values()])
    if wide is not None and "value" not in told:
        return _all_used(_wide(path, kinds, told, wide, unit, stamp, own=sample is None), told)
    near = names.nearly_slots(header)
    if near > SLOT_COUNTS[0] // 2 and "value" not in told:
        raise Refused(
            f"{near} columns look like the readings of a day, and a day has {', '.join(map(str, SLOT_COUNTS))}",
            "Give every interval of the day its column, named by one rule.",
            file=str(path), row=1,
        )  # fmt: skip
    return _all_used(_long(path, kinds, told, unit, stamp, sample or []), told)


def _all_used(found: Recognised, told: dict[str, str]) -> Recognised:
    for role in told.keys() - found.columns.keys():
        raise Refused(
            f"a {found.shape} file with a column for the {', the '.join(found.columns)} has none for the {role}",
            "Leave it out.", field="columns",
        )  # fmt: skip
    return found


def _one(path: Path, header: list[str], role: str, accepted: set[str], told: dict[str, str]) -> str:
    if role in told:
        return told[role]
    found = names.candidates(header, accepted)
    exact = [h for h in found if names.plain(h) == role]
    if len(exact) == 1:
        return exact[0]
    if len(found) == 1:
        return found[0]
    what = (
        f"more than one column could be the {role}: {', '.join(found)}"
        if found
        else f"no column is known as the {role}"
    )
    raise Refused(what, f"Name it: columns {role}=NAME, one of {', '.join(header[:8])}.", file=str(path), row=1)


def _wide(
    path: Path, kinds: dict[str, str], told: dict[str, str], wide: tuple[list[str], str | None],
    unit: str | None, stamp: str | None, *, own: bool,
) -> Recognised:  # fmt: skip
    slot_columns, named = wide
    header = list(kinds)
    others = [h for h in header if h not in slot_columns]
    point = _one(path, others, "point", names.POINT, told)
    day = _one(path, others, "day", names.DAY | names.STAMP, told)
    notes = [f"wide: a row a day, {len(slot_columns)} readings each"]
    # A unit in any other column is that column's own: a day's total in kWh says nothing of curves in kW.
    said = {u for u in map(names.unit_in, [*slot_columns, day, point]) if u}
    if unit is None and len(said) == 1:
        unit = said.pop()
    elif unit is None and not said and own and slot_columns[0].startswith("v0"):
        unit = "Wh"
    if unit is None:
        raise Refused(
            "the header does not say the unit of the readings", "Name it: unit kWh, Wh or kW.", file=str(path), row=1
        )
    notes.append(f"values in {unit}" + (" (average power)" if unit == "kW" else ""))
    if stamp is not None and named is not None and stamp != named:
        raise Refused(f"the columns name the {named}s of intervals", "Leave `stamp` out.", file=str(path), row=1)
    notes.append(
        f"columns name the {named}s of intervals" if named else f"{slot_columns[0]!r} is the day's first interval"
    )
    return Recognised(
        path, "csv", "wide", {"point": point, "day": day}, slot_columns, header, unit, "start", False,
        len(slot_columns), kinds=kinds, notes=notes,
    )  # fmt: skip


def _parted(
    path: Path, rest: list[str], kinds: dict[str, str], told: dict[str, str], sample: list[dict[str, str]]
) -> dict[str, str]:
    """The columns of the day and of the time of day, where they are two; else nothing."""
    if "start" in told:
        return {}
    if not told.keys() & {"day", "time"}:
        days, times = names.candidates(rest, names.DAY), names.candidates(rest, names.TIME)
        if len(days) != 1 or len(times) != 1:
            return {}
        # `time` may as well be the whole stamp, beside a date of settlement.
        if kinds[times[0]] != "clock" and not any(is_time_of_day(row.get(times[0], "")) for row in sample[:1]):
            return {}
    day = _one(path, rest, "day", names.DAY, told)
    return {"day": day, "time": _one(path, [h for h in rest if h != day], "time", names.TIME, told)}


def _long(
    path: Path, kinds: dict[str, str], told: dict[str, str], unit: str | None, stamp: str | None,
    sample: list[dict[str, str]],
) -> Recognised:  # fmt: skip
    header = list(kinds)
    point = _one(path, header, "point", names.POINT, told)
    rest = [h for h in header if h != point]
    stamps = _parted(path, rest, kinds, told, sample)
    if not stamps:
        # Where both edges of an interval are given, its start is enough.
        edges = names.START | names.STAMP | (set() if any(names.plain(h) in names.START for h in rest) else names.END)
        stamps = {"start": _one(path, rest, "start", edges, told)}
    rest = [h for h in rest if h not in stamps.values()]
    start = " ".join(stamps.values())
    value = told.get("value") or (rest[0] if len(rest) == 1 else _one(path, rest, "value", set(names.VALUES), told))
    notes = ["long: a reading a row"]
    if stamp is None:
        stamp = "end" if names.plain(start) in names.END else "start"
        if names.plain(start) not in names.END | names.START:
            notes.append(f"{start!r} is taken as the start of the interval")
    if stamp == "end":
        notes.append(f"{start!r} is the end of the interval")
    unit = unit or names.unit_in(value) or names.VALUES.get(names.plain(value))
    if unit is None:
        raise Refused(
            f"the column {value!r} does not say its unit", "Name it: unit kWh, Wh or kW.", file=str(path), row=1
        )
    notes.append(f"{value!r} in {unit}" + (" (average power)" if unit == "kW" else ""))
    return Recognised(
        path, "csv", "long", {"point": point, **stamps, "value": value}, [], header, unit, stamp,
        kinds.get(start) == "zoned", 0, kinds=kinds, notes=notes,
    )  # fmt: skip


def _check_kinds(found: Recognised) -> None:
    """Refuse Parquet columns whose type cannot be what they are taken for."""
    expected = {
        "point": ("text", "whole"),
        "start": ("moment", "zoned", "text"),
        "day": ("date", "moment", "text", "whole"),
        "time": ("clock", "text"),
    }
    wanted = [(found.columns[role], kinds) for role, kinds in expected.items() if role in found.columns]
    for name, kinds in [*wanted, *((n, ("number", "whole")) for n in found.value_columns)]:
        if found.kinds[name] not in kinds:
            raise Refused(
                f"the column holds no {' or '.join(kinds)} but values of another type",
                "Name the right column, or write it as another type.", file=str(found.path), field=name,
            )  # fmt: skip
