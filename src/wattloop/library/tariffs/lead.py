"""The days before a tariff's first: tiers of one that begins inside a year or season count what was used before.

They are decided by the tariff's own rules, yet nothing is wrong with them: no rule was
written for them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wattloop.library.tariffs.document_calendar import DayRule
from wattloop.library.tariffs.when import DaySpan

Patterns = npt.NDArray[np.int16]


def lead_patterns(
    lead: DaySpan, decided: list[tuple[DayRule, Patterns]], patterns: Patterns, pattern_of_day: Patterns
) -> Patterns:
    """The number of the pattern of each day of `lead`: of the first rule that names it, else of the tariff's first day.

    Args:
        lead: the days.
        decided: the rules with the periods of their days, int16[steps].
        patterns: int16[patterns, steps] of the tariff's own days.
        pattern_of_day: the number of each of those.
    """
    found = np.full(lead.count, pattern_of_day[0], dtype=np.int16)
    for rule, pattern in reversed(decided):
        at = np.flatnonzero((patterns == pattern).all(axis=1))
        if len(at):
            found[rule.when.mask(lead)] = at[0]
    return found
