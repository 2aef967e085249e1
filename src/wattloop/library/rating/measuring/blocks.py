"""Demand blocks: which maxima a scan is asked for, and whose the readings cannot give.

Rule: power is averaged over blocks of the tariff's length, which begin on the readings' own slots
and lie in one time-of-use period each. A block that is finer than the readings, or that a period
cuts in two, gives no maximum: bills that need one are held back, and the others are billed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.charges.bills import DemandKey
from wattloop.library.rating.measuring.plan import Scan

Requests = dict[int, dict[int, list[list[int]]]]
"""Demand block in minutes (0: the readings' own) → schedule → calendars it is billed by, piece by piece."""


def demand_requests(scan: Scan) -> tuple[Requests, dict[str, Mask]]:
    """The maxima that a scan is asked for and can give; and why it cannot give the others.

    Returns:
        the requests; and by reason bool[schedules, pieces], the pieces whose tariff needs such a maximum.
    """
    wanted: Requests = {}
    lacking: dict[str, Mask] = {}
    place = {piece: number for number, piece in enumerate(scan.plan.periods)}
    for number, schedule in enumerate(scan.schedules):
        tariffs = [scan.plan.variants[v] for _, v in schedule]
        for block in dict.fromkeys(scan.block_of(charge.block_minutes) for t in tariffs for charge in t.maxima):
            listed = [scan.calendars(t, block) for t in tariffs]
            why = _why_not(scan, number, block, max(map(len, listed)))
            if why is None:
                wanted.setdefault(block, {})[number] = listed
                continue
            pieces = lacking.setdefault(why, np.zeros((len(scan.schedules), len(scan.plan.periods)), bool))
            for piece, variant in schedule:
                charges = scan.plan.variants[variant].maxima
                pieces[number, place[piece]] |= any(scan.block_of(charge.block_minutes) == block for charge in charges)
    return wanted, lacking


def by_length(scan: Scan, demand: dict[DemandKey, Whole]) -> dict[DemandKey, Whole]:
    """Maxima over the readings' own blocks, under each length that charges ask for them by; the others as they are."""
    tariffs = {v: scan.plan.variants[v] for schedule in scan.schedules for _, v in schedule}.values()
    lengths = {charge.block_minutes or 0 for tariff in tariffs for charge in tariff.maxima}
    own = [length for length in sorted(lengths) if scan.block_of(length) == 0]
    return {
        (calendar, length): maxima
        for (calendar, block), maxima in demand.items()
        for length in (own if block == 0 else [block])
    }


def merge_of(scan: Scan, block: int) -> int:
    """How many readings make one demand block."""
    return max(1, block * scan.slots // (24 * 60))


def of_rows(lacking: dict[str, Mask], schedule: npt.NDArray[np.int32], piece: npt.NDArray[np.int32]) -> dict[str, Mask]:
    """By reason bool[n], the rows that lack a maximum."""
    return {why: pieces[schedule, piece] for why, pieces in lacking.items()}


def _why_not(scan: Scan, schedule: int, block: int, turns: int) -> str | None:
    own = 24 * 60 // scan.slots
    length = block or own
    if length < own or length % own or scan.slots % (length // own):
        return f"demand over blocks of {length} minutes cannot be had from readings of {own} minutes"
    merge = length // own
    for turn in range(turns if merge > 1 else 0):
        patterns = scan.demand_patterns(schedule, block, turn).patterns
        changes = np.flatnonzero((patterns[:, 1:] != patterns[:, :-1]).any(axis=0)) + 1
        if (changes % merge).any():
            return f"demand blocks of {length} minutes do not fit the time-of-use periods: one begins inside a block"
    return None
