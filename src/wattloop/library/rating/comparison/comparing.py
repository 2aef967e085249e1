"""What a population pays under several tariffs: who wins and loses, what comes in, and what is best for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Mask, Whole, decimal_array
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import Agreements
from wattloop.library.tariffs.compiled import Kind

CURRENT = "current"
KINDS = list(Kind)
DECILES = 10


@dataclass(eq=False)
class Priced:
    """What everybody pays under one tariff.

    Args:
        amount: int64[agreements, kinds], smallest unit of money; one column where kinds are not kept apart.
        billed: bool[agreements], whether there is any bill.
        held: bool[agreements], whether a bill is held back, so that the amount is not whole.
    """

    amount: Whole
    billed: Mask
    held: Mask

    @classmethod
    def nothing(cls, count: int, kinds: int) -> Priced:
        """Nobody has paid anything yet."""
        return cls(np.zeros((count, kinds), np.int64), np.zeros(count, bool), np.zeros(count, bool))

    @property
    def known(self) -> Mask:
        """Whose amount is whole."""
        return self.billed & ~self.held

    @property
    def total(self) -> Whole:
        """int64[agreements]."""
        found: Whole = self.amount.sum(axis=1)
        return found


@dataclass(eq=False)
class WhatIf:
    """Amounts of a span under several tariffs.

    Args:
        names: string[n], the agreements.
        classes: string[n], the class of each, "" where it has none.
        energy: int64[n], Wh billed.
        priced: {tariff's id: what everybody pays}; `CURRENT` is what they pay now.
        currency: of all amounts, which have `digits` decimals.
    """

    names: pa.Array
    classes: pa.Array
    energy: Whole
    priced: dict[str, Priced]
    currency: str
    digits: int

    @classmethod
    def of(cls, agreements: Agreements, priced: dict[str, Priced], energy: Whole, currency: str, digits: int) -> WhatIf:
        """The amounts of agreements; the class of each is that of its newest version."""
        versions = agreements.versions
        kind = np.zeros(len(agreements.names), np.int64)
        kind[versions.agreement] = versions.kind
        words = pa.array([str(kind.get("class", "")) for kind in versions.kinds], pa.string())
        return cls(agreements.names, words.take(pa.array(kind)), energy, priced, currency, digits)

    @property
    def tariffs(self) -> list[str]:
        """The candidates' ids."""
        return [name for name in self.priced if name != CURRENT]

    def amounts(self) -> pa.Table:
        """`agreement, class, kwh` and a column of amounts per tariff, null where it cannot bill the agreement whole."""
        columns = {name: self._money(p.total, p.known) for name, p in self.priced.items()}
        kwh = decimal_array(self.energy, 21, 3)
        return pa.table({"agreement": self.names, "class": self.classes, "kwh": kwh, **columns})

    def revenue(self) -> pa.Table:
        """`tariff, agreements, amount, difference`: what each tariff brings in, and that less what comes in now.

        The difference is over those whose amount is known under both; null where nothing is compared with.
        """
        rows = []
        for name, priced in self.priced.items():
            both = priced.known & self.priced[CURRENT].known if CURRENT in self.priced else None
            change = None if both is None else int((priced.total - self.priced[CURRENT].total)[both].sum())
            rows.append((name, int(priced.known.sum()), int(priced.total[priced.known].sum()), change))
        names, counts, amounts, changes = map(list, zip(*rows, strict=True))
        told = np.array([change is not None for change in changes])
        more = np.array([change or 0 for change in changes], np.int64)
        return pa.table(
            {"tariff": names, "agreements": counts, "amount": self._money(np.array(amounts, np.int64)),
             "difference": self._money(more, told)}
        )  # fmt: skip

    def by_class(self, tariff: str) -> pa.Table:
        """`class, agreements, winners, losers, current, amount, difference` of one tariff against what is paid now.

        Raises:
            Refused: where there is no such tariff, or nothing to compare with.
        """
        both, change, before = self._against(tariff)
        code = self.classes.dictionary_encode()
        order = np.asarray(pc.array_sort_indices(code.dictionary))
        groups = np.argsort(order)[np.asarray(code.indices)]
        return self._grouped("class", code.dictionary.take(pa.array(order)), groups, both, change, before)

    def by_decile(self, tariff: str) -> pa.Table:
        """As `by_class`, with `decile`: tenths of the agreements by the energy they use, 1 for the smallest.

        Raises:
            Refused: where there is no such tariff, or nothing to compare with.
        """
        both, change, before = self._against(tariff)
        place = np.zeros(len(self.energy), np.int64)
        counted = np.flatnonzero(both)
        order = counted[np.argsort(self.energy[counted], kind="stable")]
        place[order] = np.arange(len(order)) * DECILES // max(1, len(order))
        return self._grouped("decile", pa.array(range(1, DECILES + 1)), place, both, change, before)

    def best(self) -> pa.Table:
        """`agreement, class, tariff, amount, saves`: the cheapest tariff for each, and what it saves against now.

        Where two are alike it is the one given first; `saves` is below zero where every candidate costs
        more, and null where nothing is compared with or no candidate can bill the agreement.
        """
        most = np.iinfo(np.int64).max
        cost = np.stack([np.where(self.priced[n].known, self.priced[n].total, most) for n in self.tariffs])
        at, least = cost.argmin(axis=0), cost.min(axis=0)
        known = least < most
        now = self.priced.get(CURRENT)
        saves = np.where(known, (now.total if now is not None else 0) - np.where(known, least, 0), 0)
        told = known & now.known if now is not None else np.zeros(len(known), bool)
        tariff = pa.array(self.tariffs).take(pa.array(at, mask=~known))
        return pa.table(
            {"agreement": self.names, "class": self.classes, "tariff": tariff,
             "amount": self._money(np.where(known, least, 0), known), "saves": self._money(saves, told)}
        )  # fmt: skip

    def kinds(self, tariff: str) -> pa.Table:
        """`agreement`, `difference` and a column per kind of charge: one tariff less what is paid now, of a shadow run.

        Raises:
            Refused: where kinds were not kept apart, there is no such tariff, or nothing to compare with.
        """
        both, change, _ = self._against(tariff)
        parts = self.priced[tariff].amount - self.priced[CURRENT].amount
        if parts.shape[1] != len(KINDS):
            raise Refused("amounts were not kept apart by kind", "Make a shadow run of the tariff.")
        columns = {str(k.value): self._money(parts[:, i], both) for i, k in enumerate(KINDS) if parts[:, i].any()}
        return pa.table({"agreement": self.names, "difference": self._money(change, both), **columns})

    def _against(self, tariff: str) -> tuple[Mask, Whole, Whole]:
        """Those known under both, int64[n] the difference, int64[n] what is paid now."""
        if CURRENT not in self.priced:
            raise Refused("there is nothing to compare with", "Give the tariffs in force as `current`.")
        if tariff not in self.priced:
            raise Refused(f"there is no tariff {tariff}", f"There are {', '.join(self.tariffs)}.")
        new, now = self.priced[tariff], self.priced[CURRENT]
        return new.known & now.known, new.total - now.total, now.total

    def _grouped(self, name: str, labels: pa.Array, group: Whole, both: Mask, change: Whole, before: Whole) -> pa.Table:
        def added(values: Any) -> Whole:
            found = np.zeros(len(labels), np.int64)
            np.add.at(found, group[both], np.asarray(values)[both])
            return found

        count, old, more = added(np.ones(len(both), np.int64)), added(before), added(change)
        table = pa.table(
            {name: labels, "agreements": count, "winners": added(change < 0), "losers": added(change > 0),
             "current": self._money(old), "amount": self._money(old + more), "difference": self._money(more)}
        )  # fmt: skip
        return table.filter(pa.array(count > 0))

    def _money(self, values: Whole, known: Mask | None = None) -> pa.Array:
        made = decimal_array(values, 21, self.digits)
        return made if known is None else pc.if_else(pa.array(known), made, pa.scalar(None, made.type))
