"""Capacity that follows from transformers: which of them are billed on which day.

Rule: a transformer is billed while it runs, stands in hot standby, or in cold standby without a
seal; a sealed one is not. Of transformers that are interlocked only one can run, so the largest of
them counts. Only whole transformers are suspended. What a suspension saves is the tariff's rule of
the day (`suspension`): one shorter than so many days is charged in full; under the rules before
2016, one within so many years of the transformer's first day was charged half.

Source: 供电营业规则 (2024) and its form of 1996, as examined in the pages of V09a, V09c and V09f.

Example: 1,000 and 630 kVA since March, the first sealed from 11 June, 15 per kVA: by the old rule
20 days of June at 500 kVA and 10 at 1,000, 10,000.00, and 9,450.00 for the other: 19,450.00.
Without it nothing is charged from the day of the seal on: 14,450.00.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wattloop.library.rating.agreements.model import ALWAYS, FOR_EVER, Agreements, Transformer
from wattloop.library.rating.agreements.variants import EPOCH, Variants
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.compiled_basic import Suspension

SEALED = "sealed"


def with_transformers(agreements: Agreements, variants: Variants) -> Agreements:
    """The same agreements, their versions cut where the capacity billed changes.

    Agreements without transformers keep the capacity that is agreed on, and cost nothing here.
    """
    if not agreements.transformers:
        return agreements
    versions = agreements.versions
    rows: list[int] = []
    starts, ends, capacities = list[int](), list[int](), list[int]()
    concerned = np.isin(versions.agreement, np.fromiter(agreements.transformers, np.int64))
    for row in np.flatnonzero(concerned).tolist():
        owned = agreements.transformers[int(versions.agreement[row])]
        rules = _rules(variants.versions.get(versions.tariff[row].as_py(), []))
        for first, after, billed in _stretches(owned, rules, int(versions.start[row]), int(versions.end[row])):
            rows.append(row)
            starts.append(first)
            ends.append(after)
            capacities.append(billed)
    every = np.concatenate([np.flatnonzero(~concerned), np.array(rows, np.int64)])
    start, end, capacity = (
        np.concatenate([kept[~concerned], np.array(made, np.int64)])
        for kept, made in ((versions.start, starts), (versions.end, ends), (versions.capacity, capacities))
    )
    order = np.lexsort((start, versions.agreement[every]))
    cut = replace(versions.take(every[order]), start=start[order], end=end[order], capacity=capacity[order])
    return replace(agreements, versions=cut)


Rules = list[tuple[int, tuple[Suspension, ...]]]
"""From which day on which rules of suspension hold."""


def _rules(versions: list[Tariff]) -> Rules:
    return [((t.valid_from - EPOCH).days if t.valid_from else ALWAYS, t.suspension) for t in versions]


def _stretches(owned: tuple[Transformer, ...], rules: Rules, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """First day, day after the last and VA billed, as long as these stay the same."""
    edges = {day for one in owned for day, _ in one.states} | {day for day, _ in rules}
    edges |= {
        _anniversary(one.states[0][0], rule.years) for one in owned for _, of in rules for rule in of if rule.years
    }
    days = [start, *sorted(day for day in edges if start < day < end)]
    billed = [billed_capacity(owned, _in_force(rules, day), day) for day in days]
    first = [0, *(i for i in range(1, len(days)) if billed[i] != billed[i - 1])]
    for low, high in itertools.pairwise([*first, len(days)]):
        yield days[low], days[high] if high < len(days) else end, billed[low]


def _in_force(rules: Rules, day: int) -> tuple[Suspension, ...]:
    found: tuple[Suspension, ...] = rules[0][1] if rules else ()
    for since, of in rules:
        if since <= day:
            found = of
    return found


def billed_capacity(owned: tuple[Transformer, ...], rules: tuple[Suspension, ...], day: int) -> int:
    """VA of an agreement's transformers that are billed on a day (since 1970-01-01)."""
    alone = 0
    largest: dict[str, int] = {}
    for one in owned:
        billed = (one.capacity * _halves(one, rules, day) + 1) // 2
        if one.interlock is None:
            alone += billed
        else:
            largest[one.interlock] = max(largest.get(one.interlock, 0), billed)
    return alone + sum(largest.values())


def _halves(one: Transformer, rules: tuple[Suspension, ...], day: int) -> int:
    """How many halves of a transformer are billed on a day."""
    at = sum(since <= day for since, _ in one.states) - 1
    if at < 0:
        return 0
    if one.states[at][1] != SEALED:
        return 2
    began = at
    while began > 0 and one.states[began - 1][1] == SEALED:
        began -= 1
    if began == 0:
        return 0  # it has never run: nothing is suspended
    ended = next((since for since, state in one.states[at:] if state != SEALED), FOR_EVER)
    days, first = ended - one.states[began][0], one.states[0][0]
    for rule in rules:
        short = rule.shorter_than is None or days < rule.shorter_than
        if short and (rule.years is None or day < _anniversary(first, rule.years)):
            return {"full": 2, "half": 1}[rule.charged]
    return 0


def _anniversary(day: int, years: int) -> int:
    """The same day some years later; what is there for ever has had it."""
    if day <= ALWAYS:
        return ALWAYS
    first = EPOCH + dt.timedelta(days=day)
    last_of_february = first.month == 2 and first.day == 29
    later = first.replace(year=first.year + years, day=28 if last_of_february else first.day)
    return (later - EPOCH).days
