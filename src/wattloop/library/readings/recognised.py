"""A file of readings, understood: what its columns are, its unit and its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wattloop.library.readings.encodings import Text


@dataclass
class Recognised:
    """A file of readings, understood.

    Args:
        format: "csv", "parquet" or "green-button".
        shape: "long" (a reading a row), "wide" (a day a row) or "feed" (of Green Button, which has no columns: what
            names a point stands in place of the point's).
        columns: role to column name: "point"; "start", or "day" and "time", of a long file with its "value"; "day" of
            a wide one.
        slot_columns: the value columns of a wide file, in order.
        all_columns: every column, in the file's order.
        unit: one of `channels.UNITS`; kW and kvar are average power.
        stamp: whether a stamp is an interval's "start" or "end".
        zoned: whether stamps carry their own offset.
        slots: slots per day; 0 until the readings of a long file have been looked at.
        encoding, delimiter, decimal: of a CSV.
        text: how a CSV is written; None for Parquet.
        kinds: column name to what a Parquet column holds, as `header.kind_of` says; "text" throughout a CSV.
        stamp_form: the form of stamps that are text, as `stamps.FORMS` has them; found with the readings.
        stamp_shapes: what most stamps look like, as `stamps.shape` has it.
        rows: rows to expect below the header.
        points: points in a feed, found with the readings.
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
    points: int = 0
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
