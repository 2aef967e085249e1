"""Readings → determinants: energy and maximum per time-of-use period, in one scan for all tariffs.

Block sums at the union of all period boundaries come first, then joins on single
integer keys, then one CASE per period; maxima are found by pairwise halving inside
each block. The same Ibis expression runs on DuckDB and on Spark.

Shapes: the result has one row per point number and bill with `slots` (readings that
counted) and `e0..` in Wh or `m0..` in W, one per period of the widest calendar.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.rating.charges.bills import EMPTY
from wattloop.library.rating.measuring.reckoning import Reckoning


def energy(
    rows: ir.Table, who: ir.Table, days: ir.Table, plan: Reckoning, *, by_day: bool = False, largest: int | None = None
) -> ir.Table:
    """Energy per period of every point and bill.

    Args:
        rows: day-rows `point`, `day` and one integer column (Wh) per slot, none null.
        who: `point`, `number` (int32), `base` (int32, from `Reckoning.key_of`).
        days: `Reckoning.days` as a table of the same engine.
        plan: the calendars.
        by_day: keep days apart (for tiers that fill in time order).
        largest: no reading is larger, in Wh; where a day of such readings fits 32 bits, sums
            inside a day are taken in 32 bits, which is half the memory to move.

    Returns:
        `number`, `bill`, with `by_day` also `day`, `slots`, `e0..` int64 Wh.
    """
    narrow = fits_32_bits(largest, plan.slots)
    blocks = {
        f"b{i}": _sum([rows[n] for n in _names(plan)[lo:hi]], narrow=narrow)
        for i, (lo, hi) in enumerate(itertools.pairwise(plan.edges()))
    }
    joined = _joined(rows.select("point", "day", **blocks), list(blocks), who, days)
    totals = _totals(joined, plan, narrow=narrow)
    keys = ["number", "bill", "day"] if by_day else ["number", "bill"]
    priced = joined.select(*keys, "filled", found=_by_pattern(joined, plan, totals))
    return priced.group_by(keys).aggregate(slots=priced.filled.sum().cast("int64"), **_energies(priced.found, plan))


def maximum(
    rows: ir.Table,
    who: ir.Table,
    days: ir.Table,
    plan: Reckoning,
    *,
    merge: int = 1,
    with_energy: bool = False,
    billed: list[int] | None = None,
    halve: bool = True,
    largest: int | None = None,
) -> ir.Table:
    """Highest average power per period of every point and bill.

    Args:
        rows, who, days, plan: as for `energy`.
        merge: readings that make one demand block (2 for 30 minutes from 15).
        with_energy: add `e0..` and `slots` in the same scan.
        billed: the patterns whose maxima are asked for; the others' come out EMPTY.
        halve: halve blocks to their maximum in every row first, which pays where most rows are
            billed; without, each billed row compares its own readings and the others none.
        largest: as for `energy`.

    Returns:
        `number`, `bill`, `m0..` int64 W, EMPTY where a period has no slot.
    """
    narrow = fits_32_bits(largest, plan.slots)
    rows, names = _merged(rows, plan, merge, keep=with_energy, narrow=narrow)
    billed = list(range(len(plan.patterns))) if billed is None else billed
    sums = {}
    if with_energy:
        spans = itertools.pairwise(plan.edges())
        sums = {
            f"b{i}": _sum([rows[n] for n in _names(plan)[lo:hi]], narrow=narrow) for i, (lo, hi) in enumerate(spans)
        }
    edges = plan.edges(billed)
    columns = {f"x{i}": names[lo // merge : hi // merge] for i, (lo, hi) in enumerate(itertools.pairwise(edges))}
    halved = rows.select("point", "day", *dict.fromkeys(itertools.chain(*columns.values())), **sums)
    level = 0
    while halve and any(len(c) > 1 for c in columns.values()):
        halved, columns = _halve(halved, columns, list(sums), level)
        level += 1
    kept = list(columns.values())
    joined = _joined(halved, [*sums, *itertools.chain(*kept)], who, days)

    width = "int32" if merge == 1 or narrow else "int64"
    none = ibis.literal(EMPTY, width)

    def highest(pattern: int) -> dict[str, ir.IntegerValue]:
        of_block = plan.patterns[pattern][edges[:-1]]
        found = {}
        for p in range(plan.periods):
            asked = [joined[name] for block in np.flatnonzero(of_block == p) for name in kept[block]]
            if not asked or pattern not in billed:
                found[f"m{p}"] = none
            else:
                # Spark's GREATEST takes no single argument.
                found[f"m{p}"] = (ibis.greatest(*asked) if len(asked) > 1 else asked[0]).cast(width)
        return found

    parts = [highest, _totals(joined, plan, narrow=narrow)] if with_energy else [highest]
    priced = joined.select("number", "bill", "filled", found=_by_pattern(joined, plan, *parts))
    to_watts = plan.slots // merge // 24 if (plan.slots // merge) % 24 == 0 else None
    shown: dict[str, ir.IntegerValue] = {
        f"m{p}": _watts(priced.found[f"m{p}"].max().cast("int64"), plan.slots, merge, to_watts)
        for p in range(plan.periods)
    }
    if with_energy:
        shown |= {"slots": priced.filled.sum().cast("int64"), **_energies(priced.found, plan)}
    return priced.group_by(["number", "bill"]).aggregate(**shown)


def _names(plan: Reckoning) -> list[str]:
    return slot_names(plan.slots)


def fits_32_bits(largest: int | None, slots: int) -> bool:
    """Whether the sum of a day of readings, none larger than `largest` Wh, fits 32 bits."""
    return largest is not None and largest * slots < 2**31


def _sum(columns: list[ir.IntegerColumn], *, narrow: bool) -> ir.IntegerColumn:
    # The first operand carries the 64 bits: Ibis already calls the sum int64 and would drop a cast of it,
    # while DuckDB and Spark would add in 32 bits and fail on a large meter.
    total = columns[0] if narrow else columns[0].cast("int64")
    for column in columns[1:]:
        total = total + column
    return total


def _joined(rows: ir.Table, values: list[str], who: ir.Table, days: ir.Table) -> ir.Table:
    key = (rows.day.epoch_days() + who.base).cast("int32")
    chain = rows.join(who, "point").join(days, days.key == key)
    return chain.select(who.number, rows.day, days.pattern, days.bill, days.filled, *(rows[v] for v in values))


Determined = Callable[[int], dict[str, ir.IntegerValue]]  # a pattern's number → what is determined under it


def _by_pattern(joined: ir.Table, plan: Reckoning, *parts: Determined) -> ir.StructColumn:
    # One CASE that gives everything at once: one per period would ask every row for its pattern as often.
    def determined(pattern: int) -> ir.StructValue:
        return ibis.struct({name: value for part in parts for name, value in part(pattern).items()})

    return joined.pattern.cases(*((pattern, determined(pattern)) for pattern in range(len(plan.patterns))))


def _totals(joined: ir.Table, plan: Reckoning, *, narrow: bool) -> Determined:
    """Energy per period, from the sums of blocks."""
    width = "int32" if narrow else "int64"
    edges = plan.edges()

    @functools.cache
    def spell(first: int, last: int) -> ir.IntegerColumn:
        # Patterns share their spells, or how they begin: each is in the expression once.
        return joined[f"b{last}"] if first == last else spell(first, last - 1) + spell(last, last)

    def total(blocks: npt.NDArray[np.intp]) -> ir.IntegerValue:
        if not len(blocks):
            return ibis.literal(0, width)
        spells = np.split(blocks, np.flatnonzero(np.diff(blocks) > 1) + 1)
        # Sums of sums are in the width of the blocks themselves (see `_sum`), whatever Ibis calls them.
        return _sum([spell(int(s[0]), int(s[-1])) for s in spells], narrow=True).cast(width)

    def totals(pattern: int) -> dict[str, ir.IntegerValue]:
        of_block = plan.patterns[pattern][edges[:-1]]
        return {f"e{p}": total(np.flatnonzero(of_block == p)) for p in range(plan.periods)}

    return totals


def _energies(found: ir.StructColumn, plan: Reckoning) -> dict[str, ir.IntegerScalar]:
    return {f"e{p}": found[f"e{p}"].sum().cast("int64") for p in range(plan.periods)}


def _merged(rows: ir.Table, plan: Reckoning, merge: int, *, keep: bool, narrow: bool) -> tuple[ir.Table, list[str]]:
    names = _names(plan)
    if merge == 1:
        return rows, names
    blocks = {
        f"d{i}": _sum([rows[n] for n in names[i : i + merge]], narrow=narrow) for i in range(0, plan.slots, merge)
    }
    return rows.select("point", "day", *(names if keep else []), **blocks), list(blocks)


def _halve(
    rows: ir.Table, columns: dict[str, list[str]], keep: list[str], level: int
) -> tuple[ir.Table, dict[str, list[str]]]:
    # A CASE per pair: GREATEST of two costs three times as much, and nesting would compute every pair again.
    pairs: dict[str, ir.IntegerColumn] = {}
    carried: dict[str, list[str]] = {}
    for block, names in columns.items():
        carried[block] = []
        for i in range(0, len(names) - 1, 2):
            a, b = rows[names[i]], rows[names[i + 1]]
            name = f"h{level}_{block}_{i}"
            pairs[name] = ibis.ifelse(a > b, a, b)
            carried[block].append(name)
        if len(names) % 2:
            carried[block].append(names[-1])
    plain = [n for names in carried.values() for n in names if n not in pairs]
    return rows.select("point", "day", *keep, *plain, **pairs), carried


def _watts(energy_wh: ir.IntegerColumn, slots: int, merge: int, factor: int | None) -> ir.IntegerColumn:
    if factor is not None:
        return ibis.ifelse(energy_wh == EMPTY, EMPTY, energy_wh * factor)
    # Blocks longer than an hour: round half up to the watt.
    hours = merge * 24 // slots
    return ibis.ifelse(energy_wh == EMPTY, EMPTY, (2 * energy_wh + hours) // (2 * hours))
