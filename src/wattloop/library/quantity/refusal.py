"""The one way an input is refused: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Refused(ValueError):
    """An input that cannot be taken as it is; nothing was changed because of it.

    Args:
        what: what is wrong, in one sentence.
        mend: what the user can do about it.
        file: the file concerned, where there is one.
        row: the row in that file, counted from 1 and including a header line.
        field: the column, or the dotted path inside a document.
    """

    what: str
    mend: str = ""
    file: str | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        where = [
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row is not None else None,
                self.field,
            )
            if part
        ]
        place = f"{', '.join(where)}: " if where else ""
        mend = f". {self.mend}" if self.mend else ""
        return f"{place}{self.what}{mend}"
