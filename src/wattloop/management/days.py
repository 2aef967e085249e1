"""Days as people write them on a command line."""

from __future__ import annotations

import datetime as dt

from wattloop.library.quantity.refusal import Refused


def day(text: str | None, option: str) -> dt.date | None:
    """A day from YYYY-MM-DD, or a month's first day from YYYY-MM; None from nothing.

    Raises:
        Refused: naming the option.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text if len(text) != 7 else f"{text}-01")
    except ValueError:
        raise Refused(f"{text!r} is not a day", "Write YYYY-MM-DD.", field=option) from None


def span(first: str, last: str) -> tuple[dt.date, dt.date]:
    """The span of `--from` and `--to`.

    Raises:
        Refused: where it holds no day.
    """
    start, end = day(first, "--from"), day(last, "--to")
    if start is None or end is None or end <= start:
        mend = "Give the day, or the month, after the last one to bill."
        raise Refused(f"a span from {start} up to {end} holds no day", mend, field="--to")
    return start, end
