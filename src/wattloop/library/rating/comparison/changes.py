"""What a change of tariff does to people: several months together, how changes are spread, who changes most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.exact import add_at
from wattloop.library.quantity.money import Mask, Whole
from wattloop.library.rating.comparison.comparing import CURRENT, Priced, WhatIf

EDGES = (-200, -100, -50, -20, 0, 20, 50, 100, 200)
"""In thousandths of what is paid now."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many agreements change by more than `low` and up to `high` thousandths of what they pay now.

    None is open. Both 0 are those that pay the same.
    """

    low: int | None
    high: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Changed:
    """One agreement: amounts in the smallest unit of money."""

    agreement: str
    customer_class: str
    wh: int
    current: int
    amount: int

    @property
    def difference(self) -> int:
        """Above 0 where it pays more."""
        return self.amount - self.current


def together(months: list[WhatIf]) -> WhatIf:
    """Several spans as one: amounts and energy added up agreement by agreement.

    An agreement that is in some of them alone counts with those; its class is that of the last.
    """
    if len(months) == 1:
        return months[0]
    names = pc.unique(pa.concat_arrays([one.names for one in months]))
    names = names.take(pc.array_sort_indices(names))
    count = len(names)
    classes = np.full(count, "", object)
    energy = np.zeros(count, np.int64)
    priced = {name: Priced.nothing(count, 1) for name in months[0].priced}
    for one in months:
        at = np.asarray(pc.index_in(one.names, names))
        classes[at] = one.classes.to_numpy(zero_copy_only=False)
        add_at(energy, at, one.energy)
        for name, sums in priced.items():
            add_at(sums.amount[:, 0], at, one.priced[name].total)
            sums.billed[at] |= one.priced[name].billed
            sums.held[at] |= one.priced[name].held
    return WhatIf(names, pa.array(classes, pa.string()), energy, priced, months[0].currency, months[0].digits)


def compared(found: WhatIf, tariff: str) -> tuple[Mask, Whole]:
    """bool[agreements], those whose amount is known under both; int64[agreements], the difference."""
    new, now = found.priced[tariff], found.priced[CURRENT]
    return new.known & now.known, new.total - now.total


def spread(found: WhatIf, tariff: str) -> list[Bar]:
    """How the changes are spread, from the largest fall to the largest rise, those without change apart."""
    both, change = compared(found, tariff)
    now = np.maximum(found.priced[CURRENT].total[both], 1)
    change = change[both]
    # change / now > edge / 1000, in whole numbers; who pays nothing now and something then rises most.
    above = np.stack([change * 1000 > now * edge for edge in EDGES], axis=1) if len(change) else np.zeros((0, 9), bool)
    place = above.sum(axis=1)
    zero = EDGES.index(0)
    bars = []
    for at, (low, high) in enumerate(zip((None, *EDGES), (*EDGES, None), strict=True)):
        bars.append(Bar(low, high, int(((place == at) & (change != 0)).sum())))
        if at == zero:
            bars.append(Bar(0, 0, int((change == 0).sum())))
    return bars


def largest(found: WhatIf, tariff: str, count: int) -> tuple[list[Changed], list[Changed]]:
    """The largest winners and the largest losers, at most so many of each, the largest first."""
    both, change = compared(found, tariff)
    change = np.where(both, change, 0)
    some = min(count, len(change))
    falls = np.argpartition(change, some - 1)[:some] if some else np.empty(0, np.int64)
    rises = np.argpartition(-change, some - 1)[:some] if some else np.empty(0, np.int64)

    def told(at: Whole, sign: int) -> list[Changed]:
        at = at[change[at] * sign > 0]
        order = at[np.lexsort((at, -change[at] * sign))]
        return [
            Changed(
                found.names[row].as_py(),
                found.classes[row].as_py(),
                int(found.energy[row]),
                int(found.priced[CURRENT].total[row]),
                int(found.priced[tariff].total[row]),
            )
            for row in order.tolist()
        ]

    return told(falls, -1), told(rises, 1)
