"""Which column of a table each heading of a file means, in English or Chinese."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from dataclasses import replace as with_other

from wattloop.apps.customers.importing.tables import Column, Table
from wattloop.library.quantity.refusal import Refused

PROBLEM = ("problem", "问题")
"""The column that a file of refused rows has more; it is no part of what is taken."""

_BETWEEN = re.compile(r"[\s_\-－—]+")


@dataclass
class Headings:
    """The columns of a file.

    Args:
        told: a file's columns in order; None where one is let be.
        ignored: the headings that are let be.
    """

    told: list[Column | None]
    ignored: list[str] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """The columns that are there."""
        return {column.name for column in self.told if column is not None}


def plain(heading: str) -> str:
    """A heading without what does not matter in it: capitals, spaces, lines between words, units in brackets."""
    bare = re.sub(r"[(（\[].*?[)）\]]", "", heading.strip().lower())
    return _BETWEEN.sub("-", bare).strip("-*:：")


def recognise(table: Table, header: list[str], file: str) -> Headings:
    """Find the columns of a file.

    Raises:
        Refused: where a heading stands twice, is almost one that is known, or what is needed to tell things apart
            is missing.
    """
    known = {plain(name): c for c in table.columns for name in (c.name, c.chinese, *c.also)}
    found = Headings([])
    seen: dict[str, str] = {}
    for heading in header:
        column = known.get(plain(heading)) or _more(table, plain(heading))
        if column is None and heading.strip() and plain(heading) not in PROBLEM:
            _refuse_slip(heading, known, file)
            found.ignored.append(heading.strip())
        if column is not None:
            if column.name in seen:
                mend = "Keep one of them."
                said = f"the columns {seen[column.name]!r} and {heading!r} are the same"
                raise Refused(said, mend, file=file, row=1, field=heading)
            seen[column.name] = heading
        found.told.append(column)
    missing = [name for name in table.parts[0].key if name not in seen and name not in table.parts[0].optional]
    if missing:
        first = table.column(missing[0])
        raise Refused(
            f"there is no column {first.name} ({first.chinese})",
            f"The first row names the columns: {', '.join(c.name for c in table.columns)}.", file=file, row=1,
        )  # fmt: skip
    return found


def _more(table: Table, heading: str) -> Column | None:
    if table.more is None or not heading.startswith(table.more[0]) or heading == table.more[0]:
        return None
    begin, gathered, kind = table.more
    return with_other(Column(heading, heading, kind, gathered), also=(heading.removeprefix(begin),))


def _refuse_slip(heading: str, known: dict[str, Column], file: str) -> None:
    bare = plain(heading)
    if bare.isascii() and (close := difflib.get_close_matches(bare, known, n=1, cutoff=0.85)):
        raise Refused(
            f"there is no column {heading!r}", f"Did you mean {known[close[0]].name}?", file=file, row=1, field=heading
        )
