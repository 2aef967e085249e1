"""Long or wide, and which column is what: told by the header where that is unambiguous."""

from __future__ import annotations

from pathlib import Path

from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import columns as names
from wattloop.library.readings.cells import is_time_of_day
from wattloop.library.readings.channels import POWER
from wattloop.library.readings.recognised import Recognised

_NAME_UNIT = "Name it: unit kWh, Wh or kW; of reactive energy kvarh, varh or kvar, of voltage V or kV."
ROLES = ("point", "start", "day", "time", "value")


def shape_of(
    path: Path, kinds: dict[str, str], told: dict[str, str], unit: str | None, stamp: str | None,
    sample: list[dict[str, str]] | None, channel: str | None = None,
) -> Recognised:  # fmt: skip
    """Tell a file's shape, columns, unit and stamps by its header.

    Args:
        path: the file, for messages.
        kinds: every column, in the file's order, to what it holds.
        told: role to column name, as given.
        unit, stamp: as given.
        sample: the first rows of a CSV, column to cell; None for Parquet.
        channel: as given; tells which of several columns is meant.

    Raises:
        Refused: naming what is ambiguous or missing, and the option that settles it.
    """
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
    return _all_used(_long(path, kinds, told, unit, stamp, sample or [], channel), told)


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
        raise Refused("the header does not say the unit of the readings", _NAME_UNIT, file=str(path), row=1)
    notes.append(f"values in {unit}" + (" (average power)" if unit in POWER else ""))
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
    sample: list[dict[str, str]], channel: str | None,
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
    known = names.values_of(rest, channel)
    value = told.get("value") or (rest[0] if len(rest) == 1 else _one(path, rest, "value", set(known), told))
    notes = ["long: a reading a row"]
    if stamp is None:
        stamp = "end" if names.plain(start) in names.END else "start"
        if names.plain(start) not in names.END | names.START:
            notes.append(f"{start!r} is taken as the start of the interval")
    if stamp == "end":
        notes.append(f"{start!r} is the end of the interval")
    unit = unit or names.unit_in(value) or known.get(names.plain(value))
    if unit is None:
        raise Refused(f"the column {value!r} does not say its unit", _NAME_UNIT, file=str(path), row=1)
    notes.append(f"{value!r} in {unit}" + (" (average power)" if unit in POWER else ""))
    return Recognised(
        path, "csv", "long", {"point": point, **stamps, "value": value}, [], header, unit, stamp,
        kinds.get(start) == "zoned", 0, kinds=kinds, notes=notes,
    )  # fmt: skip


def check_kinds(found: Recognised) -> None:
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
