"""A file of register readings, known by its columns: a register a row, or a meter a row with all its registers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from wattloop.library.lake.registers import DEMAND
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import register_names as names
from wattloop.library.readings.columns import candidates, plain
from wattloop.library.readings.recognised import Recognised

NEEDED = ("point", "meter", "from", "to", "multiplier")


class Sides(NamedTuple):
    """The columns of one register: what it showed before, what it shows now, and when a maximum was."""

    last: str | None
    this: str
    at: str | None


@dataclass
class RegisterFile(Recognised):
    """A file of register readings, understood.

    Args:
        sides: of a wide file, each register to its columns; empty for a long one, whose `columns` hold them.
    """

    sides: dict[str, Sides] = field(default_factory=dict)

    @property
    def value_columns(self) -> list[str]:
        """The columns of readings."""
        if not self.sides:
            return [self.columns[role] for role in ("last", "this") if role in self.columns]
        return [column for s in self.sides.values() for column in (s.last, s.this) if column]


def holds_registers(header: list[str], told: dict[str, str]) -> bool:
    """Whether columns, or the roles told of them, are those of register readings and not of intervals."""
    if told.keys() & {"register", "last", "this", "multiplier", "digits", "meter"}:
        return True
    sides = [found for name in header if (found := names.side_of(name))]
    if any(side == "this" and not register.startswith(DEMAND) for side, register in sides):
        return True
    # A demand alone may stand beside the curve of a day; one with a multiplier is of a register.
    return any(side == "this" for side, _ in sides) and bool(candidates(header, names.COLUMNS["multiplier"]))


def register_file(path: Path, kinds: dict[str, str], told: dict[str, str]) -> RegisterFile:
    """Tell which column of a register file is what.

    Args:
        path: the file, for messages.
        kinds: every column, in the file's order, to what it holds.
        told: role to column name, as given.

    Raises:
        Refused: naming what is ambiguous or missing, and what would be known.
    """
    header, row = list(kinds), 1 if "text" in kinds.values() else None
    _check_told(path, header, told)
    columns = dict(told)
    rest = [h for h in header if h not in told.values()]
    for role in names.ROLES:
        if role not in columns and (name := _found(path, rest, role)):
            columns[role] = name
            rest.remove(name)
    notes = []
    long = "register" in columns
    if "point" not in columns and "meter" in columns:
        columns["point"] = columns["meter"]
        notes.append(f"{columns['meter']!r} names the point as well as the meter")
    for role in (*NEEDED, *(("this",) if long else ())):
        if role not in columns:
            known = ", ".join(sorted(_accepted(role)))
            raise Refused(
                f"no column is known as the {role} of a register reading",
                f"Name it: columns {role}=NAME, one of {', '.join(header[:12])}; or call it one of {known}.",
                file=str(path), row=row,
            )  # fmt: skip
    sides = {} if long else _sides(path, header, told)
    for role in ("last", "this", "at") if sides else ():
        columns.pop(role, None)
    shape = "a register a row" if long else f"a meter a row: {', '.join(sides)}"
    notes = [f"register readings, {shape}", *notes]
    return RegisterFile(
        path, "csv", "registers", columns, [], header, "", "", False, 0, kinds=kinds, notes=notes, sides=sides
    )


def _check_told(path: Path, header: list[str], told: dict[str, str]) -> None:
    for role, name in told.items():
        if role not in names.ROLES:
            raise Refused(
                f"{role!r} is no column of register readings", f"Roles: {', '.join(names.ROLES)}.", field="columns"
            )
        if name not in header:
            raise Refused(f"there is no column {name!r}", f"The file has {', '.join(header[:12])}.", file=str(path))
        if list(told.values()).count(name) > 1:
            raise Refused(f"the column {name!r} is named for two roles", "Name one for each.", field="columns")


def _accepted(role: str) -> set[str]:
    return names.POINT[0] | names.POINT[1] if role == "point" else names.COLUMNS[role]


def _found(path: Path, header: list[str], role: str) -> str | None:
    """The one column known as a role; a measuring point comes before a customer."""
    for accepted in names.POINT if role == "point" else (names.COLUMNS[role],):
        found = [h for h in header if plain(h) in accepted]
        if not found and role in ("last", "this", "multiplier", "digits"):
            found = [h for h in candidates(header, accepted) if role not in ("last", "this") or _bare(h)]
        exact = [h for h in found if plain(h) == role]
        if len(found) > 1 and len(exact) != 1:
            raise Refused(
                f"more than one column could be the {role}: {', '.join(found)}", f"Name it: columns {role}=NAME.",
                file=str(path),
            )  # fmt: skip
        if found:
            return (exact or found)[0]
    return None


def _bare(name: str) -> bool:
    """Whether a column holds the readings of a row's register, and not those of a register of its own."""
    side = names.side_of(name)
    return side is not None and side[1] == "active_in"


def _sides(path: Path, header: list[str], told: dict[str, str]) -> dict[str, Sides]:
    """Each register of a wide file to its columns."""
    known: dict[str, dict[str, str]] = {}
    given = {told[side]: (side, "active_in") for side in ("last", "this") if side in told}
    for name in header:
        found = given.get(name) or (None if name in told.values() else names.side_of(name))
        if found is None:
            continue
        side, register = found
        twice = known.setdefault(register, {}).setdefault(side, name)
        if twice != name:
            raise Refused(
                f"the columns {twice!r} and {name!r} are both the {side} reading of {register}", "Leave one out.",
                file=str(path),
            )  # fmt: skip
    for register, columns in known.items():
        missing = "this" if "this" not in columns else "last"
        if missing not in columns and (missing == "this" or not register.startswith(DEMAND)):
            raise Refused(
                f"there is a column {next(iter(columns.values()))!r} and none for the {missing} reading of {register}",
                f"Add it, as {missing}_{register}.", file=str(path),
            )  # fmt: skip
    # A maximum is of its span alone: what the register showed before says nothing.
    return {
        register: Sides(None if register.startswith(DEMAND) else c["last"], c["this"], c.get("at"))
        for register, c in known.items()
    }
