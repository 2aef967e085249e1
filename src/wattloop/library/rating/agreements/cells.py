"""A table of agreements, asked for its columns by name; every value that is amiss is named with its row."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ABSENT

NEEDED = ("point", "tariff")
TEXTS = ("customer", "class", "voltage", "market", "demand-method", "options", "source", "behind", "point-tariff")
DATES = ("valid-from", "valid-to")
AMOUNTS = ("capacity-kva", "contract-kw")
COLUMNS = ("agreement", *NEEDED, *DATES, *AMOUNTS, *TEXTS)
"""Every column a table of agreements may have, beside `allowance-NAME`; `options` are words with spaces between."""
ALLOWANCE = "allowance-"
ALIKE = 0.85


class Cells:
    """A table of agreements, asked for its columns by name."""

    def __init__(self, given: pa.Table) -> None:
        self.given = given.rename_columns([name.replace("_", "-") for name in given.column_names])
        held = self.given.column_names
        for name in NEEDED:
            if name not in held:
                raise Refused(f"the agreements have no column {name!r}", "They have agreement, point and tariff.")
        known = [name for name in held if name in COLUMNS or name.startswith(ALLOWANCE)]
        self.more = [name for name in known if name not in ("agreement", *NEEDED)]
        for name in set(held) - set(known):
            # Other columns are the reader's own affair; a slip in a name would lose what it says in silence.
            meant = difflib.get_close_matches(name, set(COLUMNS) - set(held), n=1, cutoff=ALIKE)
            if meant:
                mend = f"Did you mean {meant[0]}? If not, leave the column out."
                raise Refused(f"the agreements have a column {name!r}, which tells nothing", mend)

    def needed(self, name: str) -> pa.Array:
        """A text column with a value in every row; an agreement without a number is its point."""
        there = name if name in self.given.column_names else "point"
        column = self.given[there].cast(pa.string()).combine_chunks()
        empty = pc.index(pc.is_null(column), True).as_py() if column.null_count else pc.index(column, "").as_py()
        if empty >= 0:
            raise Refused(f"row {empty + 1} of the agreements has no {name}", "Fill it in, or leave the row out.")
        return column

    def text(self, name: str) -> pa.Array:
        """A text column, null where nothing is told."""
        if name not in self.more:
            return pa.nulls(len(self.given), pa.string())
        column = self.given[name].cast(pa.string()).combine_chunks()
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)

    def days(self, name: str, missing: int) -> Whole:
        """A column of dates as days since 1970-01-01."""
        if name not in self.more:
            return np.full(len(self.given), missing, np.int64)
        column = self._cast(name, pa.date32(), "is no date", "Write YYYY-MM-DD.")
        return np.asarray(pc.fill_null(column.cast(pa.int32()), missing)).astype(np.int64)

    def thousandths(self, name: str) -> Whole:
        """A column of kVA or kW as VA or W."""
        if name not in self.more:
            return np.full(len(self.given), ABSENT, np.int64)
        column = self._cast(name, pa.decimal128(18, 3), "is not a number of kVA or kW", "Write 630 or 62.5.")
        below = pc.index(pc.less(pc.fill_null(column, 0), 0), True).as_py()
        if below >= 0:
            raise Refused(f"row {below + 1} of the agreements has {name} below zero", "Check the row.", field=name)
        scaled = pc.multiply(column, pa.scalar(1000)).cast(pa.int64())
        return np.asarray(pc.fill_null(scaled, ABSENT)).astype(np.int64)

    def _cast(self, name: str, to: pa.DataType, said: str, mend: str) -> pa.Array:
        column = self.given[name].combine_chunks()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            column = column.cast(pa.string())
        try:
            return column.cast(to)
        except pa.ArrowInvalid:
            at, value = next((i, v) for i, v in enumerate(column) if not _casts(v, to))
            raise Refused(f"row {at + 1} of the agreements: {value} {said}", mend, field=name) from None

    def words(self, name: str, known: dict[str, int]) -> npt.NDArray[np.int8]:
        """A column of words as the numbers that stand for them."""
        column = pc.fill_null(self.text(name), "")
        at = pc.index_in(column, pa.array(list(known)))
        if at.null_count:
            row = pc.index(pc.is_null(at), True).as_py()
            mend = f"There are {', '.join(word for word in known if word)}."
            raise Refused(f"row {row + 1} of the agreements has {name} {column[row]}", mend, field=name)
        numbers = np.array(list(known.values()), np.int8)
        return np.asarray(numbers[np.asarray(at)])


def _casts(value: Any, to: pa.DataType) -> bool:
    try:
        value.cast(to)
    except pa.ArrowInvalid:
        return False
    return True
