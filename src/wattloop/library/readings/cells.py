"""What the first cells of a column tell: a decimal comma, a time of day."""

from __future__ import annotations

import re

from wattloop.library.quantity.refusal import Refused

_COMMA = r"[+-]?\d*,\d+"
_SURELY_DECIMAL = r"[+-]?(0*|\d{4,}),\d+|.*,(\d\d?|\d{4,})"
_TIME_OF_DAY = r"\d{1,2}:\d\d(:\d\d)? *(Z|[+-]\d\d:?\d\d)?"


def decimal_mark(cells: list[str], file: str, field: str) -> str:
    """The decimal mark of numbers, "." or ",".

    Args:
        cells: some of them, as text.
        file, field: where they stand, for the refusal.

    Raises:
        Refused: where a comma could as well part thousands.
    """
    cells = [cell.strip() for cell in cells]
    commas = [cell for cell in cells if re.fullmatch(_COMMA, cell)]
    if not commas or any("." in cell for cell in cells):
        return "."
    if not any(re.fullmatch(_SURELY_DECIMAL, cell) for cell in commas):
        what = f"{commas[0]!r} may have three decimals or be more than a thousand"
        raise Refused(what, "Tell which: decimal , or .", file=file, field=field)
    return ","


def is_time_of_day(cell: str) -> bool:
    """Whether a cell is a time of day alone, as `00:15`."""
    return re.fullmatch(_TIME_OF_DAY, cell.strip()) is not None
