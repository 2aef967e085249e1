"""A count with its word, in the singular and the plural, for messages."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """Say how many: 1 bill, 2,000 bills.

    Args:
        count: how many there are.
        one: the word for one.
        many: the word for several, where that is not `one` with an s.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
