"""The forms in which files write moments and days, and the SQL that reads them.

The engine alone would read `2026-01-01 00:15+08:00` in a file of plain stamps as a
quarter past midnight and drop the offset in silence; so every stamp is held against
its form, and one that is otherwise comes out as null.
"""

from __future__ import annotations

import re

PLAIN = ""  # 2026-01-31 00:15, 2026/1/31 0:15:00, 2026-01-31T24:00
FORMS = (
    "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H时%M分",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M",
)  # fmt: skip
DAY_FORMS = ("%Y%m%d", "%Y年%m月%d日", "%d.%m.%Y")

_OFFSET = r":\d\d(\.\d+)? *(Z|z|UTC|[+-]\d\d?(:?\d\d)?)\s*$"
_NAIVE = r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*"
_MIDNIGHT = r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]0?0:00(:00(\.0+)?)?)?\s*"


def micros_sql(text: str, form: str, *, zoned: bool) -> str:
    """SQL for microseconds since 1970 of a stamp; null where it is not of the form.

    Args:
        text: SQL of the stamp as text.
        form: one of `FORMS`, or `PLAIN`.
        zoned: stamps must carry their offset, and the result is UTC; else they must not.
    """
    if form:
        return f"epoch_us(TRY_STRPTIME({text}, '{form}'))"
    if zoned:
        return f"CASE WHEN regexp_matches({text}, '{_OFFSET}') THEN epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)) END"
    # Nearly every stamp ends in `:mm` or `:ss`; five comparisons of characters tell those, the rest take the pattern.
    sign = "('+', '-')"
    usual = (
        f"substr({text}, -3, 1) = ':' AND right({text}, 1) BETWEEN '0' AND '9'"
        f" AND substr({text}, -6, 1) NOT IN {sign} AND substr({text}, -5, 1) NOT IN {sign}"
    )
    fits = f"CASE WHEN {usual} THEN true ELSE regexp_full_match({text}, '{_NAIVE}') END"
    return f"CASE WHEN {fits} THEN epoch_us(TRY_CAST({text} AS TIMESTAMP)) END"


def day_sql(text: str) -> str:
    """SQL for the date that a text is; null where it is none, or a moment other than midnight."""
    forms = ", ".join(f"'{form}'" for form in DAY_FORMS)
    return (
        f"CASE WHEN regexp_full_match({text}, '{_MIDNIGHT}') THEN TRY_CAST({text} AS TIMESTAMP)::DATE"
        f" ELSE TRY_STRPTIME(trim({text}), [{forms}])::DATE END"
    )


def carries_offset(text: str) -> bool:
    """Whether a stamp says how far from UTC it is."""
    return re.search(_OFFSET, text) is not None
