"""What a file of readings is: its format, shape, columns and unit, found where unambiguous and said."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import columns as names
from wattloop.library.readings.encodings import Text, text_of
from wattloop.library.readings.header import csv_header, delimiter_of, kind_of, parquet_schema

UNITS = ("kWh", "Wh", "kW")
ROLES = ("point", "start", "day", "value")


@dataclass
class Recognised:
    """A file of readings, understood.

    Args:
        format: "csv" or "parquet".
        shape: "long" (a reading a row) or "wide" (a day a row).
        columns: role ("point", "start" or "day", "value") to column name.
        slot_columns: the value columns of a wide file, in order.
        all_columns: every column, in the file's order.
        unit: "kWh", "Wh" or "kW" (average power).
        stamp: whether a stamp is an interval's "start" or "end".
        zoned: whether stamps carry their own offset.
        slots: slots per day; 0 until the readings of a long file have been looked at.
        encoding, delimiter: of a CSV.
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
    text: Text | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    stamp_form: str = ""
    stamp_shapes: list[str] = field(default_factory=list)
    rows: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def stamps_are_text(self) -> bool:
        """Whether stamps or days must be read out of text."""
        return self.kinds[self.columns.get("start") or self.columns["day"]] == "text"


def recognise(
    path: Path | str,
    *,
    columns: dict[str, str] | None = None,
    unit: str | None = None,
    stamp: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    slots: int | None = None,
) -> Recognised:
    """Understand a file.

    Args:
        path: CSV or Parquet.
        columns: role to column name, where the names alone do not tell: point, start, day, value.
        unit: "kWh", "Wh" or "kW", where the header does not say.
        stamp: "start" or "end".
        encoding, delimiter: of a CSV.
        slots: slots per day, where the readings do not show it.

    Raises:
        Refused: naming what is ambiguous or missing, and the option that settles it.
    """
    path = Path(path)
    if not path.exists():
        raise Refused("there is no such file", "Check the path.", file=str(path))
    if path.is_dir():
        raise Refused("this is a folder", "Name a file.", file=str(path))
    _check_options(unit, stamp, slots, delimiter)
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        schema, rows = parquet_schema(path)
        kinds = {f.name: kind_of(f.type) for f in schema}
        found = _shape(path, kinds, columns or {}, unit, stamp, own=True)
        found.format, found.rows = "parquet", rows
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
        found = _shape(path, dict.fromkeys(header, "text"), columns or {}, unit, stamp, own=False)
        found.text, found.encoding, found.delimiter = text, text.encoding, delimiter
        found.rows = text.lines - text.finished
        found.notes += _said_of(text)
    if slots and found.slots not in (0, slots):
        raise Refused(f"the file has {found.slots} readings a day, not {slots}", "Leave `slots` out.", file=str(path))
    found.slots = slots or found.slots
    return found


def _check_options(unit: str | None, stamp: str | None, slots: int | None, delimiter: str | None) -> None:
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
    path: Path, kinds: dict[str, str], told: dict[str, str], unit: str | None, stamp: str | None, *, own: bool
) -> Recognised:
    header = list(kinds)
    for role, name in told.items():
        if role not in ROLES:
            raise Refused(f"{role!r} is no column of readings", f"Roles: {', '.join(ROLES)}.", field="columns")
        if name not in header:
            raise Refused(
                f"there is no column {name!r}", f"The file has {', '.join(header[:8])}.", file=str(path), row=1
            )
    wide = names.slot_columns([h for h in header if h not in told.values()])
    if wide is not None and "value" not in told:
        return _wide(path, kinds, told, wide, unit, stamp, own=own)
    near = names.nearly_slots(header)
    if near > SLOT_COUNTS[0] // 2 and "value" not in told:
        raise Refused(
            f"{near} columns look like the readings of a day, and a day has {', '.join(map(str, SLOT_COUNTS))}",
            "Give every interval of the day its column, named by one rule.",
            file=str(path), row=1,
        )  # fmt: skip
    return _long(path, kinds, told, unit, stamp)


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


def _long(path: Path, kinds: dict[str, str], told: dict[str, str], unit: str | None, stamp: str | None) -> Recognised:
    header = list(kinds)
    point = _one(path, header, "point", names.POINT, told)
    rest = [h for h in header if h != point]
    # Where both edges of an interval are given, its start is enough.
    edges = names.START | names.STAMP | (set() if any(names.plain(h) in names.START for h in rest) else names.END)
    start = _one(path, rest, "start", edges, told)
    rest = [h for h in rest if h != start]
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
        path, "csv", "long", {"point": point, "start": start, "value": value}, [], header, unit, stamp,
        kinds[start] == "zoned", 0, kinds=kinds, notes=notes,
    )  # fmt: skip


def _check_kinds(found: Recognised) -> None:
    """Refuse Parquet columns whose type cannot be what they are taken for."""
    expected = {
        "point": ("text", "whole"),
        "start": ("moment", "zoned", "text"),
        "day": ("date", "moment", "text", "whole"),
    }
    wanted = [(found.columns[role], kinds) for role, kinds in expected.items() if role in found.columns]
    numbers = found.slot_columns or [found.columns["value"]]
    for name, kinds in [*wanted, *((n, ("number", "whole")) for n in numbers)]:
        if found.kinds[name] not in kinds:
            raise Refused(
                f"the column holds no {' or '.join(kinds)} but values of another type",
                "Name the right column, or write it as another type.", file=str(found.path), field=name,
            )  # fmt: skip
