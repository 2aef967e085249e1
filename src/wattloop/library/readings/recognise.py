"""What a file of readings is: its format, shape, columns, unit and interval, found where unambiguous and said."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import columns as names
from wattloop.library.readings.encodings import as_utf8, encoding_of

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
UNITS = ("kWh", "Wh", "kW")


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
    notes: list[str] = field(default_factory=list)


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
    _check_options(unit, stamp, slots)
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        header, zoned = _parquet_header(path)
        found = _shape(path, "parquet", header, columns or {}, unit, stamp)
        found.zoned = zoned.get(found.columns.get("start", ""), False)
    else:
        encoding = encoding_of(path, encoding)
        delimiter = delimiter or _delimiter(path, encoding)
        header = _csv_header(path, encoding, delimiter)
        found = _shape(path, "csv", header, columns or {}, unit, stamp)
        found.encoding, found.delimiter = encoding, delimiter
        if encoding not in ("utf-8", "utf-8-sig"):
            found.notes.append(f"the text is {encoding.upper()}")
    if slots:
        found.slots = slots
    return found


def _check_options(unit: str | None, stamp: str | None, slots: int | None) -> None:
    if unit is not None and unit not in UNITS:
        raise Refused(f"unknown unit {unit!r}", f"Give one of {', '.join(UNITS)}.", field="unit")
    if stamp not in (None, "start", "end"):
        raise Refused(f"a stamp is the 'start' or the 'end' of its interval, not {stamp!r}", field="stamp")
    if slots is not None and slots not in SLOT_COUNTS:
        raise Refused(f"a day has {', '.join(map(str, SLOT_COUNTS))} slots, not {slots}", field="slots")


def _parquet_header(path: Path) -> tuple[list[str], dict[str, bool]]:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused(
            f"the Parquet file is damaged or cut short: {str(error).splitlines()[0]}", "Export it again.", file=str(path)
        ) from None
    return schema.names, {f.name: pa.types.is_timestamp(f.type) and f.type.tz is not None for f in schema}


def _first_lines(path: Path, encoding: str, count: int) -> list[str]:
    found = []
    with path.open(encoding=encoding, newline="") as file:
        for line in file:
            found.append(line)
            if len(found) == count:
                break
    return found


def _delimiter(path: Path, encoding: str) -> str:
    lines = _first_lines(path, encoding, 20)
    counts = {d: lines[0].count(d) for d in DELIMITERS}
    best = max(counts, key=lambda d: counts[d])
    if counts[best] == 0:
        raise Refused(
            "the header holds none of the delimiters comma, semicolon, tab and bar",
            "Name the delimiter, or give a file with at least a point, a time and a value.",
            file=str(path), row=1,
        )
    return best


def _csv_header(path: Path, encoding: str, delimiter: str) -> list[str]:
    lines = _first_lines(path, encoding, 2)
    header = next(csv.reader([lines[0]], delimiter=delimiter))
    header = [h.strip().strip("\ufeff") for h in header]
    if len(set(header)) != len(header):
        twice = next(h for h in header if header.count(h) > 1)
        raise Refused(f"the column {twice!r} stands there twice", "Give every column its own name.", file=str(path), row=1)
    if len(header) < 3:
        raise Refused(
            f"the header has {len(header)} column(s): {', '.join(header)}",
            "A file of readings has at least a point, a time and a value; check the delimiter.", file=str(path), row=1,
        )
    if len(lines) < 2 or not lines[1].strip():
        raise Refused("there is a header and no reading", "Give a file with readings.", file=str(path), row=1)
    if any(_is_number(h) for h in header[:3]):
        raise Refused("the first row is no header", "Put the columns' names in the first row.", file=str(path), row=1)
    return header


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shape(
    path: Path, kind: str, header: list[str], told: dict[str, str], unit: str | None, stamp: str | None
) -> Recognised:
    for role, name in told.items():
        if role not in ("point", "start", "day", "value"):
            raise Refused(f"{role!r} is no column of readings", "Roles: point, start, day, value.", field="columns")
        if name not in header:
            raise Refused(f"there is no column {name!r}", f"The file has {', '.join(header[:8])}.", file=str(path), row=1)
    wide = names.slot_columns([h for h in header if h not in told.values()])
    if wide is not None and "value" not in told:
        return _wide(path, kind, header, told, wide, unit, stamp)
    return _long(path, kind, header, told, unit, stamp)


def _one(path: Path, header: list[str], role: str, accepted: set[str], told: dict[str, str]) -> str:
    if role in told:
        return told[role]
    found = [h for h in header if names.plain(h) in accepted or names.plain(h).split("_")[0] in accepted - {"id", "from", "to"}]
    exact = [h for h in found if names.plain(h) == role]
    if len(exact) == 1:
        return exact[0]
    if len(found) == 1:
        return found[0]
    what = f"more than one column could be the {role}: {', '.join(found)}" if found else f"no column is known as the {role}"
    raise Refused(what, f"Name it: columns {role}=NAME, one of {', '.join(header[:8])}.", file=str(path), row=1)


def _wide(
    path: Path, kind: str, header: list[str], told: dict[str, str], wide: tuple[list[str], str],
    unit: str | None, stamp: str | None,
) -> Recognised:  # fmt: skip
    slot_columns, named = wide
    others = [h for h in header if h not in slot_columns]
    point = _one(path, others, "point", names.POINT, told)
    day = _one(path, others, "day", names.DAY | names.STAMP, told)
    notes = [f"wide: a row a day, {len(slot_columns)} readings each"]
    own = all(h.startswith("v") for h in slot_columns) and kind == "parquet"
    unit = unit or next((u for u in map(names.unit_in, others) if u), None) or ("Wh" if own else None)
    if unit is None:
        raise Refused("the header does not say the unit", "Name it: unit kWh, Wh or kW.", file=str(path), row=1)
    notes.append(f"values in {unit}" + (" (average power)" if unit == "kW" else ""))
    if stamp is None and named == "end":
        notes.append("columns name the ends of intervals")
    elif stamp == "end" and named == "start":
        raise Refused("the columns name the starts of intervals", "Leave `stamp` out.", file=str(path), row=1)
    return Recognised(
        path, kind, "wide", {"point": point, "day": day}, slot_columns, header, unit, "start", False,
        len(slot_columns), notes=notes,
    )  # fmt: skip


def _long(
    path: Path, kind: str, header: list[str], told: dict[str, str], unit: str | None, stamp: str | None
) -> Recognised:
    point = _one(path, header, "point", names.POINT, told)
    start = _one(path, [h for h in header if h != point], "start", names.START | names.END | names.STAMP, told)
    rest = [h for h in header if h not in (point, start)]
    value = told.get("value") or (
        rest[0] if len(rest) == 1 else _one(path, rest, "value", set(names.VALUES), told)
    )
    plain = names.plain(start)
    if stamp is None:
        stamp = "end" if plain in names.END else "start"
    notes = ["long: a reading a row"]
    if plain in names.STAMP:
        notes.append(f"{start!r} is taken as the {stamp} of the interval")
    unit = unit or names.unit_in(value) or names.VALUES.get(names.plain(value))
    if unit is None:
        raise Refused(
            f"the column {value!r} does not say its unit", "Name it: unit kWh, Wh or kW.", file=str(path), row=1
        )
    notes.append(f"{value!r} in {unit}" + (" (average power)" if unit == "kW" else ""))
    return Recognised(
        path, kind, "long", {"point": point, "start": start, "value": value}, [], header, unit, stamp, False, 0, notes=notes
    )


def csv_relation(found: Recognised, path: Path, types: dict[str, str]) -> str:
    """The DuckDB expression that reads a recognised CSV with the given column types, others as text."""
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    listed = ", ".join(f"{quoted(c)}: {quoted(types.get(c, 'VARCHAR'))}" for c in found.all_columns)
    return (
        f"read_csv({quoted(str(path))}, header = true, auto_detect = false, delim = {quoted(found.delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{listed}}})"
    )


def utf8_source(found: Recognised, staging: Path) -> Path:
    """The file to read, in UTF-8."""
    return as_utf8(found.path, found.encoding, staging) if found.format == "csv" else found.path


def identifier(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def connect(staging: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that keeps the file's order, holds little in memory and spills into the staging folder."""
    con = duckdb.connect()
    con.execute("SET memory_limit = '1GiB'")
    con.execute(f"SET temp_directory = '{str(staging).replace(chr(39), chr(39) * 2)}'")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    return con
